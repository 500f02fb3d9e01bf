--- What changes while the server works: a sentence, nothing half written, undo balanced.

local stage = require("stage")

local function one_new_note(request, index)
  local kept = {}
  for place = 1, #request.source.voices[1].notes - 1 do
    kept[place] = place - 1
  end
  local fresh = { { { start = request.span and request.span.start or 0, pitch = 70, duration = 1 } } }
  return { stage.result(request, index or 0, kept, fresh), stage.done(request) }
end

--- Return a theme beside a told server; `meanwhile(S, item, track)` happens while it is asked.
local function waiting(options, meanwhile, more)
  local S, item, track = stage.theme(options, more)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function(request)
    meanwhile(S, item, track)
    S.loose_changes = 0
    return one_new_note(request)
  end)
  return S, item, track
end

scenario("item locked while waiting", function(options)
  local S, item = waiting(options, function(_, item)
    item.lock = 1
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "is locked")
  stage.settled(S)
end)

scenario("item deleted while waiting", function(options)
  local S = waiting(options, function(S, item)
    S.remove_item(item)
  end)

  S.act("vary")

  stage.equal(#S.all_items(0), 0, "items")
  stage.said(S, "was deleted meanwhile, so nothing was written")
  stage.settled(S)
end)

scenario("one of two items deleted while waiting", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function(request)
    S.remove_item(bass)
    S.loose_changes = 0
    return { stage.result(request, 0, {}, { stage.THEME, stage.BASS }), stage.done(request) }
  end)

  S.act("vary")

  stage.equal(#lead.takes, 1, "takes of the other")
  stage.said(S, "nothing was written")
  stage.settled(S)
end)

scenario("item moved while waiting", function(options)
  local S, item = waiting(options, function(_, item)
    item.position = 10.0
  end)

  S.act("vary")

  stage.equal(#item.takes, 2, "takes")
  stage.equal(stage.note_of_pitch(S, item.takes[2], 70).start, 0, "the new note, from the item's start")
  stage.said(S, "was moved meanwhile")
  stage.settled(S)
end)

scenario("item edited while waiting", function(options)
  local S, item = waiting(options, function(S, item)
    S.midi.fill(item.takes[1].source, { { start = 7, duration = 0.5, pitch = 90 } })
  end)

  S.act("vary")

  stage.equal(#item.takes, 2, "takes")
  stage.equal(stage.note_of_pitch(S, item.takes[1], 90).start, 7 * 960, "the edit stays")
  stage.said(S, "was edited meanwhile")
  stage.settled(S)
end)

scenario("item moved against another while continuing", function(options)
  local S, _, track = waiting(options, function(S, item, track)
    S.midi_item(track, 24, 8, stage.BASS)
    item.position = 8.0
  end)

  S.act("continue")

  stage.equal(#track.items, 2, "items")
  stage.said(S, "is followed at once by another item")
  stage.settled(S)
end)

scenario("an item put into the empty razor area while waiting", function(options)
  for _, second in ipairs({ false, '0.0 2.0 ""' }) do
    local S, item = stage.theme(options)
    item.selected = 0
    local bass = S.add_track("Bass", { razor = '0.0 4.0 ""' })
    S.add_track("Pad", { razor = second or "" })
    S.resource_path = stage.own_folder(options)
    stage.scripted(options, S, function(request)
      S.midi_item(bass, 2, 2, stage.BASS)
      local lists = {}
      for index = 1, #request.source.voices + (request.kind == "accompany" and 1 or 0) do
        lists[index] = stage.BASS
      end
      return { stage.result(request, 0, {}, lists), stage.done(request) }
    end)

    S.act("refill")

    stage.equal(#S.all_items(0), 2, "items")
    stage.said(S, "no longer empty, so nothing was written")
    stage.settled(S)
  end
end)

scenario("project tab switched while waiting", function(options)
  local S, item = waiting(options, function(S)
    local home = S.project
    S.project = S.new_project("other.rpp")
    S.home = home
  end)

  S.action("vary")
  S.pump(function()
    return S.tooltip:find("go back") ~= nil
  end)
  stage.said(S, "written when you go back to its project's tab")
  stage.equal(#item.takes, 1, "takes while the other tab is in front")
  S.project = S.home
  S.pump()

  stage.equal(#item.takes, 2, "takes")
  stage.settled(S)
end)

scenario("project closed while waiting", function(options)
  local S, item = waiting(options, function(S)
    S.projects = {}
    S.project = S.new_project("other.rpp")
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "The project was closed meanwhile")
  stage.settled(S)
end)

scenario("tempo map changed meanwhile", function(options)
  local S, item = waiting(options, function(S, item)
    S.project.time_map.changes[1].bpm = 60
    item.length = 8.0
  end)

  S.act("vary")

  stage.equal(#item.takes, 2, "takes")
  local note = stage.note_of_pitch(S, item.takes[2], 70)
  stage.equal(note.start .. " " .. note.stop, "0 960", "the new note is on its beat")
  stage.said(S, "tempo map changed meanwhile")
  stage.settled(S)
end)
