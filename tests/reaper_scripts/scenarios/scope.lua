--- What an action acts on, and what it hears; a server that is told what to say shows the request.

local stage = require("stage")

local function answer_nothing_new(request)
  local kept = {}
  local place = 0
  for _, voice in ipairs(request.source.voices) do
    for _ = 1, #voice.notes do
      kept[#kept + 1], place = place, place + 1
    end
  end
  local empty = {}
  for index = 1, #request.source.voices + (request.kind == "accompany" and 1 or 0) do
    empty[index] = {}
  end
  return { stage.result(request, 0, kept, empty), stage.done(request) }
end

local function told(options, S)
  S.resource_path = stage.own_folder(options)
  return stage.scripted(options, S, answer_nothing_new)
end

scenario("notes selected in the MIDI editor come before all else", function(options)
  local notes = stage.notes(stage.THEME, function(note, place)
    note.selected = place == 3 or place == 4
  end)
  local S, item, track = stage.theme(options, { notes = notes })
  track.razor = '0.0 4.0 ""'
  S.open_editor(item.takes[1])
  local asked = told(options, S)

  S.act("vary")

  local request = asked[1]
  stage.equal(request.span.start, 2, "span")
  stage.is_true(request.span["end"] > 3 and request.span["end"] < 4, "end of the span")
  stage.equal(#(request.locks or {}).notes or 0, 0, "locked notes inside the span")
end)

scenario("unselected notes between the selected ones are locked", function(options)
  local notes = stage.notes(stage.THEME, function(note, place)
    note.selected = place == 3 or place == 6
  end)
  local S, item = stage.theme(options, { notes = notes })
  S.open_editor(item.takes[1])
  local asked = told(options, S)

  S.act("vary")
  S.act("refill")

  stage.equal(table.concat(asked[1].locks.notes, " "), "3 4", "locked")
  stage.equal(table.concat(asked[2].notes, " "), "2 5", "to replace")
end)

scenario("one selected note, or all of them, are no selection", function(options)
  local one = stage.notes(stage.THEME, function(note, place)
    note.selected = place == 3
  end)
  local S, item = stage.theme(options, { notes = one })
  S.open_editor(item.takes[1])
  local asked = told(options, S)
  S.act("vary")
  stage.equal(asked[1].span.start .. " " .. asked[1].span["end"], "0 8", "one")

  local all = stage.notes(stage.THEME, function(note)
    note.selected = true
  end)
  local again, other = stage.theme(options, { notes = all })
  again.open_editor(other.takes[1])
  local asked_again = told(options, again)
  again.act("vary")
  stage.equal(asked_again[1].span["end"], 8, "all")
end)

scenario("a closed MIDI editor selects nothing", function(options)
  local notes = stage.notes(stage.THEME, function(note, place)
    note.selected = place < 4
  end)
  local S = stage.theme(options, { notes = notes })
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].span["end"], 8, "the whole item")
end)

scenario("from the MIDI editor the edited take counts, selected or not", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  S.open_editor(item.takes[1])
  told(options, S)

  S.act("vary", stage.MIDI_EDITOR)

  stage.equal(#item.takes, 2, "takes")
  stage.settled(S)
end)

scenario("a razor area limits what changes, also in voice", function(options)
  local S, item, track = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1
  track.razor = '1.0 3.0 ""'
  local asked = told(options, S)

  S.act("vary")

  stage.equal(#asked[1].source.voices, 1, "voices")
  stage.equal(asked[1].span.start .. " " .. asked[1].span["end"], "2 6", "span")
  stage.equal(#item.takes .. #bass.takes, "21", "takes")
end)

scenario("razor areas of different length on two tracks are one request, each kept to its own", function(options)
  local S, lead, track = stage.theme(options)
  local bass_track = S.add_track("Bass", { razor = '0.0 2.0 ""' })
  local bass = S.midi_item(bass_track, 0, 8, stage.BASS)
  track.razor = '0.0 4.0 ""'
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, function(request)
    local fresh = { { start = 1, pitch = 50, duration = 8 }, { start = 5, pitch = 51, duration = 1 } }
    return { stage.result(request, 0, { 10, 11 }, { fresh, fresh }), stage.done(request) }
  end)

  S.act("vary")

  stage.equal(asked[1].span["end"], 8, "span")
  stage.equal(table.concat(asked[1].locks.notes, " "), "10 11", "locked notes of the bass")
  stage.equal(#S.midi.notes(lead.takes[2].source), 2, "notes of the lead")
  local heard = stage.heard(S, bass.takes[2])
  stage.equal(heard, "1.0000 4.0000 50 100 0\n4.0000 6.0000 41 96 0\n6.0000 8.0000 43 96 0", "bass")
end)

scenario("a razor area over one of several lanes means the item there", function(options)
  local S, item, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 2, { [0] = 1, [1] = 0 }
  local below = S.midi_item(track, 0, 8, stage.BASS)
  below.lane = 1
  track.razor = '0.0 4.0 "" 0.5 1.0'
  local asked = told(options, S)

  S.act("vary")

  stage.equal(#asked[1].source.voices, 1, "voices")
  stage.equal(asked[1].source.voices[1].notes[1].pitch, 36, "the lower lane's item")
  stage.equal(#item.takes, 1, "takes of the other")
end)

scenario("an item that plays all its takes is told of", function(options)
  local S, item = stage.theme(options)
  item.plays_all = 1
  told(options, S)

  S.act("vary")

  stage.said(S, "plays all of its takes at once")
end)

scenario("new notes have the channel of those around them", function(options)
  local notes = stage.notes(stage.THEME, function(note)
    note.channel = 2
  end)
  local S, item = stage.theme(options, { notes = notes })
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, function(request)
    local fresh = { { start = 1, pitch = 99, duration = 1 } }
    return { stage.result(request, 0, { 0 }, { fresh }), stage.done(request) }
  end)

  S.act("vary")

  stage.equal(asked[1].source.voices[1].notes[1].channel, 2, "sent")
  stage.equal(stage.note_of_pitch(S, item.takes[2], 99).channel, 2, "written")
end)

scenario("envelopes' razor areas are none of ours", function(options)
  local S, _, track = stage.theme(options)
  track.razor = '1.0 3.0 "{12345678-0000-4000-8000-000000000000}"'
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].span["end"], 8, "span")
end)

scenario("a time selection that crosses the item limits what changes", function(options)
  local S, item = stage.theme(options)
  S.project.selection = { 2.0, 10.0 }
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].span.start .. " " .. asked[1].span["end"], "4 8", "span")
  stage.equal(#item.takes, 2, "takes")
end)

scenario("a time selection elsewhere does not matter", function(options)
  local S = stage.theme(options)
  S.project.selection = { 20.0, 30.0 }
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].span["end"], 8, "span")
end)

scenario("bars and meters are the project's, also for an item inside a bar", function(options)
  local changes = {
    { qn = 0, bpm = 120, numerator = 4, denominator = 4 },
    { qn = 8, bpm = 90, numerator = 3, denominator = 4 },
  }
  for _, first_measure in ipairs({ 0, 1 }) do
    local S = stage.theme(options, { changes = changes, start = 5 })
    S.first_measure = first_measure
    local asked = told(options, S)

    S.act("vary")

    local source = asked[1].source
    stage.equal(source.length, 9, "length from the bar line")
    stage.equal(source.voices[1].notes[1].start, 1, "the first note, after the bar line")
    stage.equal(asked[1].span.start, 1, "span")
    local meters = source.meter_map.changes
    stage.equal(#meters .. " " .. meters[2][1] .. " " .. meters[2][2].numerator, "2 4 3", "meters")
    stage.equal(source.tempo_map.changes[2][2], 90, "tempo")
  end
end)

scenario("a track's note names are its pads", function(options)
  local S, _, track = stage.theme(options)
  track.note_names = { [36] = "Kick", [60] = "Snare" }
  local asked = told(options, S)

  S.act("vary")

  local pads = asked[1].source.voices[1].pads
  stage.equal(#pads .. pads[1][1] .. pads[1][2] .. pads[2][1] .. pads[2][2], "236Kick60Snare")
end)

scenario("other tracks are heard, folder siblings first, at most eight, and named", function(options)
  local S, _, track = stage.theme(options)
  local folder = S.add_track("Folder")
  track.parent = folder
  for number = 1, 9 do
    S.midi_item(S.add_track("Far " .. number), 0, 8, stage.BASS)
  end
  S.midi_item(S.add_track("Near", { parent = folder }), 4, 8, stage.BASS)
  S.midi_item(S.add_track("Muted", { mute = 1 }), 0, 8, stage.BASS)
  S.midi_item(S.add_track("Later"), 8, 8, stage.BASS)
  local asked = told(options, S)

  S.act("vary")

  local voices = asked[1].context.voices
  stage.equal(#voices .. voices[1].name .. voices[8].name, "8NearFar 7", "voices")
  stage.equal(#voices[1].notes, 2, "two notes begin inside")
  stage.said(S, "Heard: Near, Far 1")
end)

scenario("what is muted is not heard", function(options)
  local S = stage.theme(options)
  S.midi_item(S.add_track("Muted", { mute = 1 }), 0, 8, stage.BASS)
  S.midi_item(S.add_track("In it", { parent = S.project.tracks[2] }), 0, 8, stage.BASS)
  S.midi_item(S.add_track("Muted item"), 0, 8, stage.BASS).muted = 1
  S.midi_item(S.add_track("Heard"), 0, 8, stage.notes(stage.BASS, function(note, place)
    note.muted = place == 1
  end))
  local asked = told(options, S)

  S.act("vary")

  local voices = asked[1].context.voices
  stage.equal(#voices .. voices[1].name .. #voices[1].notes, "1Heard3", "voices and notes")
end)

scenario("of a repeated source one pass is asked about", function(options)
  local S, item = stage.theme(options)
  item.length = 12.0
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].source.length .. " " .. asked[1].span["end"], "8 8", "length")
end)

scenario("a setting chooses whom to hear", function(options)
  local S = stage.theme(options)
  S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  local asked = told(options, S)

  S.ext["Reprise/context"] = "off"
  S.act("vary")
  S.ext["Reprise/context"] = "folder"
  S.act("vary")

  stage.equal(asked[1].context, nil, "off")
  stage.equal(asked[2].context.voices[1].name, "Bass", "both at the top are siblings")
end)

scenario("a repeated context item is heard in every pass", function(options)
  local S = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 4, { { start = 0, duration = 1, pitch = 36 } })
  bass.length = 4.0
  local asked = told(options, S)

  S.act("vary")

  stage.equal(#asked[1].context.voices[1].notes, 2, "two passes")
end)

scenario("settings reach the request", function(options)
  local S = stage.theme(options)
  for name, text in pairs({
    change = "80", count = "3", seed = "7", surprise = "20", lowest = "40", highest = "90",
    scale = "strict", rhythm = "yes", engine = "chorale",
  }) do
    S.ext["Reprise/" .. name] = text
  end
  local asked = told(options, S)

  S.act("vary")

  local request = asked[1]
  stage.equal(request.strength .. " " .. request.count .. " " .. request.seed, "0.8 3 7")
  stage.equal(request.controls.surprise .. " " .. request.controls.scale, "0.2 strict")
  stage.equal(request.controls.lowest_pitch .. " " .. request.controls.highest_pitch, "40 90")
  stage.equal(tostring(request.locks.rhythm) .. request.engine, "truechorale")
end)

scenario("a setting that cannot be is named and its default used", function(options)
  local S = stage.theme(options)
  S.ext["Reprise/change"] = "loud"
  local asked = told(options, S)

  S.act("vary")

  stage.equal(asked[1].strength, 0.35, "strength")
  stage.said(S, "Change, 0-100 percent: 0 to 100, got loud")
end)

scenario("an MPE take is one voice, and curves go with their notes", function(options)
  local S = stage.reaper(options)
  local item = S.midi_item(S.add_track("Seaboard"), 0, 8, {
    { start = 0, duration = 2, pitch = 60, channel = 1 },
    { start = 2, duration = 2, pitch = 64, channel = 2 },
    { start = 4, duration = 4, pitch = 67, channel = 1 },
  }, {
    { 0, "\xE1\x00\x50" }, { 1, "\xE1\x00\x60" }, { 2, "\xE2\x00\x30" }, { 3, "\xB2\x4A\x11" },
    { 4, "\xE1\x00\x41" }, { 5, "\xD1\x33" }, { 0, "\xB0\x40\x7F" },
  })
  item.selected = 1
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, function(request)
    local fresh = { { start = 2, pitch = 70, duration = 2, velocity = 80 } }
    return { stage.result(request, 0, { 0, 2 }, { fresh }), stage.done(request) }
  end)

  S.act("vary")

  stage.equal(#asked[1].source.voices, 1, "voices")
  stage.equal(asked[1].source.voices[1].is_drums, false, "is_drums")
  local made = S.midi.controllers(item.takes[2].source)
  stage.is_true(not made:find("e20030", 1, true), "the removed note's bend is gone")
  stage.is_true(not made:find("b24a11", 1, true), "its CC 74 too")
  stage.is_true(made:find("e10060", 1, true), "the other notes' curves stay")
  stage.is_true(made:find("b0407f", 1, true), "the pedal stays")
  local fresh
  for _, note in ipairs(S.midi.notes(item.takes[2].source)) do
    fresh = note.pitch == 70 and note or fresh
  end
  stage.is_true(fresh.channel ~= 1 and fresh.channel ~= 0, "a free member channel")
  stage.is_true(made:find(("e%x0040"):format(fresh.channel), 1, true), "and no bend")
  stage.settled(S)
end)
