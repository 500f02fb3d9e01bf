--- Answers of the real server land as takes, and nothing else moves.

local stage = require("stage")

scenario("variations arrive as takes and the original stays", function(options)
  local S, item = stage.theme(options)
  local original = S.midi.buffer(item.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.buffer(item.takes[1].source), original, "the original")
  stage.equal(item.active, 2, "active take")
  stage.equal(item.selected, 1, "selected")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.equal(S.undo_steps[1].name, "Reprise: Vary into takes")
  stage.equal(S.undo_steps[1].flags, 4, "undo remembers items, not every plugin")
  stage.is_true(S.help:find("2 answers", 1, true), "what came of it can be read")
  stage.equal(#S.all_items(0), 1, "items")
  stage.is_true(stage.heard(S, item.takes[2]) ~= stage.heard(S, item.takes[3]), "two answers")
  stage.settled(S)
end)

scenario("controllers, text and bezier curves keep their bytes", function(options)
  local others = {
    { 0, "\xB0\x40\x7F" }, { 0.5, "\xB0\x01\x20", 0x50 }, { 0.5, "\xFF\x0FCCBZ abcd" },
    { 1, "\xE0\x00\x50" }, { 3.3, "\xC0\x05" }, { 4, "\xFF\x01lyric" }, { 7.9, "\xB0\x40\x00" },
  }
  local S, item = stage.theme(options, { others = others })

  S.act("vary")

  local wanted = S.midi.controllers(item.takes[1].source)
  for index = 2, 3 do
    stage.equal(S.midi.controllers(item.takes[index].source), wanted, "controllers")
  end
  stage.settled(S)
end)

scenario("new notes are left selected and the others are not", function(options)
  local notes = stage.notes(stage.THEME, function(note)
    note.selected = true
  end)
  local S, item = stage.theme(options, { notes = notes })

  S.act("vary")

  local before = {}
  for line in stage.heard(S, item.takes[1]):gmatch("[^\n]+") do
    before[line] = true
  end
  local new_count = 0
  for place, note in ipairs(S.midi.notes(item.takes[2].source)) do
    local line
    local position = 0
    for each in stage.heard(S, item.takes[2]):gmatch("[^\n]+") do
      position = position + 1
      line = position == place and each or line
    end
    if not before[line] then
      stage.is_true(note.selected, "a new note is selected")
      new_count = new_count + 1
    end
  end
  stage.is_true(new_count > 0, "something is new")
end)

scenario("takes carry the result's id, their run and their number", function(options)
  local S, item = stage.theme(options)

  S.act("vary")

  local first, second = stage.stamp(item.takes[2]), stage.stamp(item.takes[3])
  stage.is_true(first.id:match("^[0-9A-Z]+$") and #first.id == 6, "an id of six characters")
  stage.is_true(first.id ~= second.id, "ids differ")
  stage.equal(first.run, second.run, "run")
  stage.equal(first.index .. second.index, "12", "numbers")
  stage.equal(first.source, item.takes[1].guid, "source")
  stage.equal(item.takes[2].name, "Vary 1: " .. first.id, "name")
  stage.equal(stage.stamp(item.takes[1]), nil, "the original is not stamped")
end)

scenario("ticks are exact at an odd tempo, inside a bar", function(options)
  local changes = { { qn = 0, bpm = 97, numerator = 3, denominator = 4 } }
  local S, item = stage.theme(options, { changes = changes, start = 10.5 })
  S.ext["Reprise/change"] = "10"

  S.act("vary")

  local kept, wanted = 0, {}
  for _, note in ipairs(S.midi.notes(item.takes[1].source)) do
    wanted[("%d %d %d"):format(note.start, note.stop, note.pitch)] = true
  end
  for _, note in ipairs(S.midi.notes(item.takes[2].source)) do
    kept = kept + (wanted[("%d %d %d"):format(note.start, note.stop, note.pitch)] and 1 or 0)
    stage.is_true(note.stop <= 8 * 960, "inside the item")
  end
  stage.is_true(kept >= 4, "most notes stay where they were, to the tick")
end)

scenario("a source of another resolution keeps its beats", function(options)
  local S = stage.reaper(options)
  S.item_ticks_per_qn = 480
  local item = S.midi_item(S.add_track("Lead"), 4, 8, stage.THEME)
  item.selected = 1
  S.ext["Reprise/change"] = "10"

  S.act("vary")

  local wanted, kept = stage.heard(S, item.takes[1]), 0
  for line in stage.heard(S, item.takes[2]):gmatch("[^\n]+") do
    kept = kept + (wanted:find(line, 1, true) and 1 or 0)
  end
  stage.is_true(kept >= 4, "most notes stay")
  stage.settled(S)
end)

scenario("an item trimmed at its left keeps what is hidden", function(options)
  local S, item = stage.theme(options, { start = 4 })
  item.position, item.length = item.position + 1, item.length - 1
  item.takes[1].offset = 1.0

  S.act("vary")

  local original = S.midi.notes(item.takes[1].source)
  local made = S.midi.notes(item.takes[2].source)
  stage.equal(item.takes[2].offset, 1.0, "offset")
  stage.equal(made[1].pitch .. " " .. made[1].start, "60 0", "the hidden first note")
  stage.equal(made[2].pitch .. " " .. made[2].start, "62 960", "the hidden second note")
  stage.equal(#original, 8, "notes of the original")
end)

scenario("a take's volume, pan and effects come along", function(options)
  local S, item = stage.theme(options)
  item.takes[1].volume, item.takes[1].pan, item.takes[1].fx = 0.5, -0.25, 2

  S.act("vary")

  local take = item.takes[2]
  stage.equal(("%g %g %d"):format(take.volume, take.pan, take.fx), "0.5 -0.25 2", "manner")
end)

scenario("items that sound together are one piece, and takes with one number belong together", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1

  S.act("vary")

  stage.equal(#lead.takes .. #bass.takes, "33", "takes")
  for index = 2, 3 do
    stage.equal(stage.stamp(lead.takes[index]).id, stage.stamp(bass.takes[index]).id, "id")
  end
  stage.equal(lead.active .. bass.active, "22", "active takes")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.settled(S)
end)

scenario("items one after another are varied one by one, in one undo step", function(options)
  local S, first, track = stage.theme(options)
  local second = S.midi_item(track, 8, 8, stage.BASS)
  second.selected = 1

  S.act("vary")

  stage.equal(#first.takes .. #second.takes, "33", "takes")
  stage.is_true(stage.stamp(first.takes[2]).id ~= stage.stamp(second.takes[2]).id, "two requests")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.settled(S)
end)

scenario("fixed lanes get a lane for each answer, and the first plays", function(options)
  local S, item, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 1, { [0] = 1 }
  item.takes[1].fx = 1

  S.act("vary")

  stage.equal(#item.takes, 1, "takes of the original")
  stage.equal(#track.items, 3, "items")
  stage.equal(track.lane_count, 3, "lanes")
  stage.equal(track.lane_plays[0] .. " " .. track.lane_plays[1], "0 1", "lanes that play")
  for _, other in ipairs(track.items) do
    stage.equal(other.position .. " " .. other.length, item.position .. " " .. item.length, "place")
    stage.equal(other.takes[1].fx, 1, "effects of the take")
  end
  stage.settled(S)
end)

scenario("lanes do not take over where the playing lane holds other items", function(options)
  local S, _, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 1, { [0] = 1 }
  S.midi_item(track, 16, 8, stage.BASS)

  S.act("vary")

  stage.equal(track.lane_plays[0], 1, "the lane that plays")
  stage.said(S, "lanes do not play yet")
  stage.settled(S)
end)

scenario("refill writes takes in all selected tracks", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1
  S.ext["Reprise/voices"] = "2"

  S.act("refill")

  stage.equal(#lead.takes .. #bass.takes, "13", "only the chosen track gets takes")
  stage.is_true(#S.midi.notes(bass.takes[2].source) > 0, "the refilled bass has notes")
  stage.settled(S)
end)

scenario("rewrite makes all voices anew", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1

  S.act("rewrite")

  stage.equal(#lead.takes .. #bass.takes, "33", "takes")
  stage.equal(lead.takes[2].name, "Rewrite 1: " .. stage.stamp(bass.takes[2]).id, "name")
  stage.settled(S)
end)

scenario("continue writes an item right after, with a take for each answer", function(options)
  local S, item, track = stage.theme(options)

  S.act("continue")

  stage.equal(#track.items, 2, "items")
  local after = track.items[2]
  stage.equal(after.position, item.position + item.length, "start")
  stage.equal(after.length, item.length, "length")
  stage.equal(#after.takes, 2, "takes")
  stage.equal(#item.takes, 1, "takes of the original")
  stage.is_true(#S.midi.notes(after.takes[1].source) > 0, "notes")
  stage.is_true(#S.midi.notes(after.takes[2].source) > 0, "notes of the other take")
  for _, note in ipairs(S.midi.notes(after.takes[1].source)) do
    stage.is_true(note.start >= 0 and note.stop <= 8 * 960, "notes are inside the new item")
  end
  stage.settled(S)
end)

scenario("continue on fixed lanes stays on its lane and minds no other", function(options)
  local S, item, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 2, { [0] = 0, [1] = 1 }
  item.lane = 1
  S.midi_item(track, 8, 8, stage.BASS)

  S.act("continue")

  stage.equal(#track.items, 3, "items")
  local lanes = {}
  for _, each in ipairs(track.items) do
    lanes[#lanes + 1] = each.lane
  end
  table.sort(lanes)
  stage.equal(table.concat(lanes, " "), "0 1 1", "lanes")
  stage.settled(S)
end)

scenario("continue again adds takes to the continuation", function(options)
  local S, _, track = stage.theme(options)

  S.act("continue")
  S.act("continue")

  stage.equal(#track.items, 2, "items")
  stage.equal(#track.items[2].takes, 4, "takes")
  stage.equal(track.items[2].active, 3, "active take")
  stage.settled(S)
end)

scenario("continue takes the room there is", function(options)
  local S, _, track = stage.theme(options)
  S.midi_item(track, 12, 8, stage.BASS)

  S.act("continue")

  stage.equal(#track.items, 3, "items")
  stage.equal(track.items[2].length, 2.0, "seconds of the new item: one bar")
  stage.said(S, "room for less")
  stage.settled(S)
end)

scenario("continue of a repeated source begins after its last pass", function(options)
  local S, item, track = stage.theme(options)
  item.length = 8.0
  S.ext["Reprise/count"] = "1"

  S.act("continue")

  stage.equal(track.items[2].position, 8.0, "start")
  stage.is_true(#S.midi.notes(track.items[2].takes[1].source) > 0, "notes")
  stage.settled(S)
end)

scenario("develop writes four times as much", function(options)
  local S, item, track = stage.theme(options)
  S.ext["Reprise/count"] = "1"

  S.act("develop")

  stage.equal(track.items[2].length, 4 * item.length, "length")
  stage.is_true(#S.midi.notes(track.items[2].takes[1].source) >= 8, "notes")
  stage.settled(S)
end)

scenario("accompany puts a part on a new track below", function(options)
  local S, item = stage.theme(options)
  S.add_track("Last")
  S.ext["Reprise/role"] = "bass"

  S.act("accompany")

  stage.equal(#S.project.tracks, 3, "tracks")
  local track = S.project.tracks[2]
  stage.equal(track.name, "bass", "the new track")
  stage.equal(track.items[1].position .. " " .. track.items[1].length, item.position .. " " .. item.length)
  stage.equal(#track.items[1].takes, 2, "takes")
  stage.equal(S.undo_steps[1].flags, -1, "undo remembers the tracks too")
  stage.said(S, "The new track has no instrument yet")
  stage.is_true(#S.midi.notes(track.items[1].takes[1].source) > 0, "notes")
  stage.settled(S)
end)

scenario("a razor area on an empty track gets a part and its item", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })

  S.act("vary")

  stage.equal(#bass.items, 1, "items")
  stage.equal(bass.items[1].position .. " " .. bass.items[1].length, "0.0 4.0", "place")
  stage.is_true(#S.midi.notes(bass.items[1].takes[1].source) > 0, "notes")
  stage.equal(#item.takes, 1, "the other track is heard, not changed")
  stage.settled(S)
end)

scenario("a razor area inside a bar gets a part from its start to its end", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.75 3.25 ""' })

  S.act("accompany")

  local notes = S.midi.notes(bass.items[1].takes[1].source)
  stage.is_true(#notes > 0, "notes")
  for _, note in ipairs(notes) do
    stage.is_true(note.start >= 0 and note.stop <= 5 * 960, "inside the item")
  end
  stage.settled(S)
end)

scenario("accompany items that begin inside a bar", function(options)
  local S, item = stage.theme(options, { start = 5.5 })

  S.act("accompany")

  local part = S.project.tracks[2].items[1]
  stage.equal(part.position .. " " .. part.length, item.position .. " " .. item.length, "place")
  for _, note in ipairs(S.midi.notes(part.takes[1].source)) do
    stage.is_true(note.start >= 0 and note.stop <= 8 * 960, "inside the item")
  end
  stage.settled(S)
end)

scenario("empty razor areas of different places get parts of their own length", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.0 2.0 ""' })
  local pad = S.add_track("Pad", { razor = '1.5 4.0 ""' })

  S.act("refill")

  stage.equal(pad.items[1].position .. " " .. pad.items[1].length, "1.5 2.5", "place")
  for _, note in ipairs(S.midi.notes(pad.items[1].takes[1].source)) do
    stage.is_true(note.start >= 0 and note.stop <= 5 * 960, "inside the item")
  end
  stage.is_true(#S.midi.notes(bass.items[1].takes[1].source) > 0, "bass")
  stage.settled(S)
end)

scenario("names in any script arrive whole", function(options)
  local S, _, track = stage.theme(options)
  track.name = ("音"):rep(100)

  S.act("vary")

  stage.equal(#S.said, 0, "complaints")
  stage.settled(S)
end)

scenario("two empty razor areas are filled as one piece", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })
  local pad = S.add_track("Pad", { razor = "0.0 4.0" })

  S.act("refill")

  stage.equal(#bass.items .. #pad.items, "11", "items")
  stage.equal(stage.stamp(bass.items[1].takes[1]).id, stage.stamp(pad.items[1].takes[1]).id)
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.settled(S)
end)

scenario("an empty razor area among others makes it one request that refills them all", function(options)
  local S, item, track = stage.theme(options)
  track.razor = '0.0 2.0 ""'
  local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })

  S.act("vary")

  stage.equal(#item.takes .. #bass.items, "31", "takes and the new item")
  stage.equal(stage.stamp(item.takes[2]).id, stage.stamp(bass.items[1].takes[1]).id, "one answer")
  stage.said(S, "so all of the areas were refilled")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.settled(S)
end)

scenario("morph lands in the earlier of two items", function(options)
  local S, first = stage.theme(options)
  local second = S.midi_item(S.add_track("Other"), 16, 8, stage.BASS)
  second.selected = 1

  S.act("morph")

  stage.equal(#first.takes .. #second.takes, "31", "takes")
  stage.equal(first.takes[2].name:sub(1, 7), "Morph 1", "name")
  stage.settled(S)
end)

scenario("morph of one item says that it needs two", function(options)
  local S = stage.theme(options)
  local before = stage.dump(S)

  S.act("morph")

  stage.refused(S, before, "needs two selected items, got 1")
end)
