--- "Learn this": items go into the user's own corpus, once each, and the project stays as it is.

local stage = require("stage")

local function learnt(request, sentence)
  return {
    {
      kind = "learn_reply", request_id = request.request_id, corpus = "mine", added = 1, count = 1,
      sentence = sentence,
    },
  }
end

local function recorded(options, S, sentence)
  S.resource_path = stage.own_folder(options)
  return stage.scripted(options, S, function(request)
    return learnt(request, sentence or "It is there.")
  end)
end

scenario("the selected item is learnt by the real server, and once", function(options)
  local S = stage.theme(options)
  local before = stage.dump(S)

  S.act("learn")
  stage.said(S, "now in mine. Train with: reprise train mine")
  S.act("learn")

  stage.said(S, "It is in mine already")
  stage.equal(stage.dump(S), before, "the project")
  stage.equal(#S.undo_steps, 0, "undo steps")
  stage.settled(S)
end)

scenario("what is learnt has its names, its meter and its tempo", function(options)
  local S = stage.theme(options)
  local asked = recorded(options, S)

  S.act("learn")

  local message = asked[1]
  stage.equal(message.kind, "learn", "kind")
  stage.equal(message.clip_name, "Lead", "name")
  stage.equal(message.source.voices[1].name, "Lead", "voice")
  stage.equal(#message.source.voices[1].notes, 8, "notes")
  stage.equal(message.source.tempo_map.changes[1][2], 120, "tempo")
  stage.equal(message.source.meter_map.changes[1][2].numerator, 4, "meter")
  stage.said(S, "It is there.")
  stage.settled(S)
end)

scenario("items that sound together are one clip, others are clips of their own", function(options)
  local S, _, track = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  local later = S.midi_item(track, 16, 8, stage.THEME)
  bass.selected, later.selected = 1, 1
  local asked = recorded(options, S)

  S.act("learn")

  stage.equal(#asked, 2, "messages")
  stage.equal(#asked[1].source.voices, 2, "voices of the first")
  stage.equal(#asked[2].source.voices, 1, "voices of the second")
  stage.settled(S)
end)

scenario("the active take is what is learnt", function(options)
  local S, item = stage.theme(options)
  S.act("vary")
  local heard = stage.heard(S, item.takes[item.active])
  local asked = recorded(options, S)

  S.act("learn")

  local pitches = {}
  for line in heard:gmatch("[^\n]+") do
    pitches[#pitches + 1] = line:match("^%S+ %S+ (%d+)")
  end
  local sent = {}
  for _, note in ipairs(asked[1].source.voices[1].notes) do
    sent[#sent + 1] = note.pitch
  end
  stage.is_true(item.active > 1 and #sent > 0, "a result is active")
  stage.equal(table.concat(sent, " "), table.concat(pitches, " "), "pitches")
  stage.settled(S)
end)

scenario("learning without an item, or without a server, says why", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  local before = stage.dump(S)
  S.act("learn")
  stage.refused(S, before, "No item is selected")

  item.selected = 1
  S.resource_path = stage.own_folder(options)
  before = stage.dump(S)
  S.act("learn")
  stage.refused(S, before, "server")
end)

scenario("what the server refuses to learn is told, and the rest is not sent", function(options)
  local S, _, track = stage.theme(options)
  local later = S.midi_item(track, 16, 8, stage.THEME)
  later.selected = 1
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, function(request)
    return {
      { kind = "error", request_id = request.request_id, code = 11, sentence = "It is full." },
    }
  end)

  S.act("learn")

  stage.equal(#asked, 1, "messages")
  stage.said(S, "It is full.")
  stage.settled(S)
end)
