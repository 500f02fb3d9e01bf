--- What is done with answers: going through them, keeping, asking again, regenerating in a loop.

local stage = require("stage")

--- A server that answers every request with so many results; each changes the first note's pitch.
local function numbered(options, S)
  S.resource_path = stage.own_folder(options)
  local serial = 0
  return stage.scripted(options, S, function(request)
    local messages, kept, voices = {}, {}, request.source.voices
    local place, fresh = 0, {}
    for voice = 1, #voices do
      for index = 1, #voices[voice].notes do
        if index > 1 then
          kept[#kept + 1] = place
        end
        place = place + 1
      end
    end
    for index = 1, request.count or 1 do
      serial = serial + 1
      for voice = 1, #voices do
        fresh[voice] = { { start = 0, pitch = 80 + serial % 40, duration = 0.5 } }
      end
      messages[index] = stage.result(request, index - 1, kept, fresh)
      messages[index].result_id = ("7F3K%02d"):format(serial)
    end
    messages[#messages + 1] = stage.done(request, request.count)
    return messages
  end)
end

local function two_tracks(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1
  local asked = numbered(options, S)
  S.act("vary")
  return S, lead, bass, asked
end

scenario("next and previous result switch all tracks together, round and round", function(options)
  local S, lead, bass = two_tracks(options)
  bass.selected = 0

  local seen = {}
  for _, action in ipairs({ "next", "next", "next", "previous", "previous" }) do
    S.act(action)
    stage.equal(lead.active, bass.active, "both tracks")
    seen[#seen + 1] = lead.active
  end

  stage.equal(table.concat(seen, " "), "3 1 2 1 3", "active takes")
  stage.said(S, "Reprise: 2 of 2: 7F3K02")
  stage.said(S, "the original")
  stage.equal(#S.undo_steps, 6, "an undo step each")
  stage.settled(S)
end)

scenario("next result goes through the answers of every run in the item", function(options)
  local S, lead, bass = two_tracks(options)
  S.act("again")

  local seen = {}
  for _ = 1, 5 do
    S.act("next")
    seen[#seen + 1] = lead.active .. bass.active
  end

  stage.equal(table.concat(seen, " "), "55 11 22 33 44", "active takes")
  stage.said(S, "Reprise: 4 of 4: 7F3K04")
  stage.settled(S)
end)

scenario("next result on a continuation knows no original", function(options)
  local S, item, track = stage.theme(options)
  S.act("continue")
  local after = track.items[2]
  item.selected, after.selected = 0, 1

  local seen = {}
  for _ = 1, 3 do
    S.act("next")
    seen[#seen + 1] = after.active
  end

  stage.equal(table.concat(seen, " "), "2 1 2", "active takes")
  stage.equal(item.active, 1, "the source item is let be")
  stage.settled(S)
end)

scenario("again of an accompaniment adds takes to it", function(options)
  local S, item = stage.theme(options)
  S.act("accompany")
  local part = S.project.tracks[2].items[1]
  item.selected, part.selected = 0, 1

  S.act("again")

  stage.equal(#S.project.tracks, 2, "tracks")
  stage.equal(#part.takes, 4, "takes")
  stage.equal(part.active, 3, "the first new take is active")
  stage.settled(S)
end)

scenario("again of a part in a razor area adds takes to it", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })
  S.act("vary")
  bass.razor, bass.items[1].selected = "", 1

  S.act("again")

  stage.equal(#bass.items .. #bass.items[1].takes, "14", "items and takes")
  stage.equal(bass.items[1].active, 3, "the first new take is active")
  stage.is_true(#S.midi.notes(bass.items[1].takes[3].source) > 0, "notes")
  stage.settled(S)
end)

scenario("again of several parts asks for all of them", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })
  local pad = S.add_track("Pad", { razor = '0.0 4.0 ""' })
  S.act("refill")
  bass.razor, pad.razor, bass.items[1].selected = "", "", 1

  S.act("again")

  stage.equal(#bass.items .. #bass.items[1].takes, "14", "items and takes of the bass")
  stage.equal(#pad.items .. #pad.items[1].takes, "14", "of the pad")
  stage.settled(S)
end)

scenario("next result on fixed lanes plays the next lane", function(options)
  local S, _, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 1, { [0] = 1 }
  numbered(options, S)
  S.act("vary")

  S.act("next")
  stage.equal(track.lane_plays[1] .. " " .. track.lane_plays[2], "0 1", "lanes that play")
  S.act("next")

  stage.equal(track.lane_plays[2] .. " " .. track.lane_plays[0], "0 1", "the original again")
  stage.settled(S)
end)

scenario("next result where there is none says so", function(options)
  local S = stage.theme(options)
  local before = stage.dump(S)

  S.act("next")

  stage.refused(S, before, "There are no Reprise results")
end)

scenario("keep removes the other Reprise takes and nothing else", function(options)
  local S, lead, bass = two_tracks(options)
  local own = S.add_take(lead, S.midi.copy_source(lead.takes[1].source))
  S.act("keep")

  stage.equal(#lead.takes .. #bass.takes, "32", "takes")
  stage.equal(lead.takes[3], own, "the user's own take stays")
  stage.equal(lead.active .. bass.active, "22", "the kept takes stay active")
  stage.equal(#S.undo_steps, 2, "undo steps")
  stage.said(S, "removed 2 takes")
  stage.settled(S)
end)

scenario("keep leaves a take that was edited since", function(options)
  local S, lead = two_tracks(options)
  S.midi.fill(lead.takes[3].source, { { start = 1, duration = 1, pitch = 99 } })

  S.act("keep")

  stage.equal(#lead.takes, 3, "takes")
  stage.said(S, "Kept 1 that you edited")
  stage.settled(S)
end)

scenario("a take whose notes were only selected is not edited", function(options)
  local S, lead = two_tracks(options)
  for _, event in ipairs(lead.takes[3].source.events) do
    event.flag = event.flag ~ 1
  end

  S.act("keep")

  stage.equal(#lead.takes, 2, "takes")
end)

scenario("keep on fixed lanes removes the lanes that do not play", function(options)
  local S, item, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 1, { [0] = 1 }
  numbered(options, S)
  S.act("vary")
  item.selected, track.items[2].selected, track.items[3].selected = 0, 1, 0
  local playing = track.items[2].lane == 1 and track.items[2] or track.items[3]
  for _, other in ipairs(track.items) do
    other.selected = other == playing and 1 or 0
  end

  S.act("keep")

  stage.equal(#track.items, 2, "items: the original and the one that plays")
  stage.settled(S)
end)

scenario("again asks the same question of the original, not of the answer", function(options)
  local S, lead, _, asked = two_tracks(options)

  S.act("again")

  stage.equal(#asked, 2, "requests")
  stage.equal(asked[2].source.voices[1].notes[1].pitch, 60, "the original's first note")
  stage.equal(#asked[2].source.voices, 2, "voices, though asked from one result")
  stage.equal(asked[2].parent, "7F3K01", "parent")
  stage.equal(#lead.takes, 5, "takes")
  stage.equal(lead.active, 4, "the first new take is active")
  stage.settled(S)
end)

scenario("again keeps to the selected notes of the first time", function(options)
  local notes = stage.notes(stage.THEME, function(note, place)
    note.selected = place == 1 or place == 2
  end)
  local S, item = stage.theme(options, { notes = notes })
  S.open_editor(item.takes[1])
  local asked = numbered(options, S)
  S.act("refill")
  S.editor = nil

  S.act("again")

  stage.equal(table.concat(asked[2].notes, " "), "0 1", "notes")
  stage.equal(asked[2].kind, "refill", "kind")
end)

scenario("again gives other answers, from the real server", function(options)
  local S, item = stage.theme(options)

  S.act("vary")
  S.act("again")

  stage.equal(#item.takes, 5, "takes")
  local seen = {}
  for index = 2, 5 do
    local heard = stage.heard(S, item.takes[index])
    stage.is_true(not seen[heard], "an answer that was there before")
    seen[heard] = true
  end
  stage.settled(S)
end)

scenario("again after the source take was deleted says so", function(options)
  local S, lead = two_tracks(options)
  S.forget(table.remove(lead.takes, 1).handle)
  lead.active = 1
  local before = stage.dump(S)

  S.act("again")

  stage.refused(S, before, "is no longer there")
end)

scenario("again of a morph asks for the same two items", function(options)
  local S, first = stage.theme(options)
  local second = S.midi_item(S.add_track("Other"), 16, 8, stage.BASS)
  second.selected = 1
  local asked = numbered(options, S)
  S.act("morph")
  second.selected = 0

  S.act("again")

  stage.equal(asked[2].target.voices[1].notes[1].pitch, 36, "target")
  stage.equal(#first.takes, 5, "takes")
  stage.settled(S)
end)

scenario("again of a continuation adds to it", function(options)
  local S, item, track = stage.theme(options)
  S.act("continue")
  item.selected, track.items[2].selected = 0, 1

  S.act("again")

  stage.equal(#track.items .. " " .. #track.items[2].takes, "2 4", "items and takes")
  stage.settled(S)
end)

scenario("more like this take leans to the active take", function(options)
  local S, lead, _, asked = two_tracks(options)
  S.act("next")

  S.act("more")

  stage.equal(asked[2].like[1].result_id, "7F3K02", "like")
  stage.equal(asked[2].parent, "7F3K02", "parent")
  stage.equal(#lead.takes, 5, "takes")
end)

scenario("more like this take works with the real server", function(options)
  local S, item = stage.theme(options)
  S.act("vary")

  S.act("more")

  stage.equal(#item.takes, 5, "takes")
  stage.settled(S)
end)

scenario("results can be told from the saved project alone", function(options)
  local S, lead, _, asked = two_tracks(options)
  local ext, project_ext = lead.takes[2].ext.reprise, S.project.ext
  stage.is_true(not ext:find("[\r\n]"), "one line")
  S.ext = { ["Reprise/count"] = "1" }
  S.project.ext = project_ext

  S.act("again")

  stage.equal(asked[2].kind, "vary", "kind")
end)

-- ---------------------------------------------------------------- in a loop

local function loop(options, count)
  local S, item = stage.theme(options)
  local asked = numbered(options, S)
  S.playing, S.repeats, S.project.loop = true, 1, { 0.0, 4.0 }
  S.action("regenerate")
  local function play_to(position)
    S.play_position = position
    S.tick()
  end
  for pass = 1, count do
    for _ = 1, 4 do
      play_to(1.0)
    end
    stage.equal(item.active, math.min(pass, 9), "before the loop point of pass " .. pass)
    play_to(3.98)
    play_to(0.01)
  end
  return S, item, asked
end

scenario("regenerate swaps at each loop point, the last eight stay, one undo for the run", function(options)
  local S, item, asked = loop(options, 11)
  local undone = #S.undo_steps
  local heard = item.takes[item.active].name

  S.action("regenerate")

  stage.equal(undone, 0, "undo steps while it runs")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.equal(#item.takes, 9, "takes")
  stage.equal(item.takes[item.active].name, heard, "the one heard stays")
  stage.equal(heard, "Vary 11: 7F3K11", "the eleventh is heard")
  stage.is_true(#asked >= 11, "requests")
  stage.equal(asked[2].source.voices[1].notes[1].pitch, 60, "each comes from the original")
  stage.settled(S)
end)

scenario("regenerate two tracks with the real server, loop after loop", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected, S.playing = 1, true
  S.action("regenerate")

  local seen = {}
  for pass = 1, 4 do
    S.play_position = 1.0
    S.pump(function()
      return #lead.takes == pass + 1
    end)
    S.play_position = 3.99
    S.tick()
    stage.equal(lead.active .. bass.active, ("%d%d"):format(pass + 1, pass + 1), "active takes")
    local heard = stage.heard(S, lead.takes[lead.active]) .. stage.heard(S, bass.takes[bass.active])
    stage.is_true(not seen[heard], "an answer that was heard before")
    seen[heard] = true
    S.play_position = 0.0
    S.tick()
  end
  S.action("regenerate")

  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.settled(S)
end)

scenario("stop keeps the one heard and throws away the one that waits", function(options)
  local S, item = loop(options, 1)
  for _ = 1, 5 do
    S.play_position = 1.0
    S.tick()
  end
  stage.equal(#item.takes, 3, "one heard, one waiting")

  S.act("stop")

  stage.equal(#item.takes .. item.active, "22", "takes and the active one")
  stage.settled(S)
end)

scenario("regenerate asks for more change when the answers run out", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, function(request, number)
    if number < 3 then
      return { stage.done(request, 0) }
    end
    return { stage.result(request, 0, {}, { stage.THEME }), stage.done(request) }
  end)
  S.action("regenerate")
  for _ = 1, 20 do
    S.tick()
  end

  stage.equal(("%.2f %.2f %.2f"):format(asked[1].strength, asked[2].strength, asked[3].strength),
    "0.35 0.50 0.65", "change")
  stage.equal(#item.takes, 2, "takes")
  S.action("regenerate")
  stage.settled(S)
end)

scenario("regenerate ends with a sentence when nothing new can be had", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function(request)
    return { stage.done(request, 0) }
  end)

  S.act("regenerate")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "There is no other answer")
  stage.settled(S)
end)

scenario("regenerate goes on when the waiting take is deleted", function(options)
  local S, item = loop(options, 1)
  for _ = 1, 5 do
    S.play_position = 1.0
    S.tick()
  end
  S.forget(table.remove(item.takes, 3).handle)
  S.play_position = 3.99
  S.tick()
  for _ = 1, 5 do
    S.play_position = 1.0
    S.tick()
  end

  stage.equal(#S.scripts, 1, "it runs")
  stage.equal(#item.takes, 3, "the next one waits")
  S.action("regenerate")
  stage.settled(S)
end)

scenario("regenerate waits while nothing plays", function(options)
  local S, item = stage.theme(options)
  numbered(options, S)
  S.action("regenerate")
  for _ = 1, 10 do
    S.tick()
  end
  stage.equal(item.active, 1, "the original")
  S.action("regenerate")
  stage.equal(#item.takes, 1, "takes")
  stage.settled(S)
end)

scenario("regenerate ends with a sentence when the item is deleted", function(options)
  local S, item = loop(options, 1)
  S.remove_item(item)

  S.pump()

  stage.said(S, "deleted meanwhile")
  stage.settled(S)
end)
