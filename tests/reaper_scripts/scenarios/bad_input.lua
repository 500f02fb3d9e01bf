--- Each line of bad input: a sentence, nothing half written, undo balanced.

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

local function refused(options, part, change, action)
  local S, item, track = stage.theme(options)
  change(S, item, track)
  local before = stage.dump(S)
  S.act(action or "vary")
  stage.refused(S, before, part)
end

-- ---------------------------------------------------------------- what is selected

scenario("no item", function(options)
  refused(options, "No item is selected", function(_, item)
    item.selected = 0
  end)
end)

scenario("no item for any action", function(options)
  for _, name in ipairs({ "continue", "refill", "rewrite", "accompany", "morph", "develop", "again",
    "more", "next", "previous", "keep", "regenerate" }) do
    refused(options, "No item is selected", function(_, item)
      item.selected = 0
    end, name)
  end
end)

scenario("audio item", function(options)
  refused(options, '"Lead" is audio', function(S, item, track)
    S.audio_item(track, 20, 4).selected = 1
    item.selected = 0
  end)
end)

scenario("item without a take", function(options)
  refused(options, "has no take", function(_, item)
    item.takes = {}
  end)
end)

scenario("item without notes", function(options)
  local S, item = stage.theme(options, { notes = {} })
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "the clip is empty")
  stage.equal(#item.takes, 1, "takes")
end)

scenario("playrate other than 1", function(options)
  refused(options, "playrate other than 1", function(_, item)
    item.takes[1].rate = 1.5
  end)
end)

scenario("item that ignores the project tempo", function(options)
  refused(options, "ignores the project tempo", function(_, item)
    item.takes[1].source.own_bpm = 90
  end)
end)

scenario("item with the time base time", function(options)
  local S, item = stage.theme(options)
  item.time_base = 0

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.said(S, 'has the time base "time"')
  stage.settled(S)
end)

scenario("looped source", function(options)
  local S, item = stage.theme(options)
  item.length = 12.0

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.length_qn(item.takes[2].source), 8, "length of the source, as before")
  stage.said(S, "every pass follows the first")
  stage.settled(S)
end)

scenario("looped source that starts in its middle", function(options)
  refused(options, "Glue the item first", function(_, item)
    item.length, item.takes[1].offset = 12.0, 1.0
  end)
end)

scenario("item longer than its source, not looped", function(options)
  local S, item = stage.theme(options)
  item.length, item.loops = 8.0, 0

  S.act("vary")

  stage.equal(S.midi.length_qn(item.takes[2].source), 16, "the new source fills the item")
  stage.settled(S)
end)

scenario("pooled group", function(options)
  local S, item, track = stage.theme(options)
  local ghost = S.midi_item(track, 16, 8, {})
  ghost.takes[1].source = item.takes[1].source
  item.takes[1].source.kind = "MIDIPOOL"
  local before = S.midi.buffer(ghost.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes .. #ghost.takes, "31", "takes")
  stage.equal(S.midi.buffer(ghost.takes[1].source), before, "the other copy")
  stage.said(S, "is pooled")
  stage.settled(S)
end)

scenario("pooled group where REAPER pools duplicated takes", function(options)
  local S, item = stage.theme(options)
  S.routes.a, S.routes.pools_duplicates = "broken", true
  local before = S.midi.buffer(item.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.buffer(item.takes[1].source), before, "the original")
  stage.settled(S)
end)

scenario("item followed at once by another", function(options)
  for _, action in ipairs({ "continue", "develop" }) do
    refused(options, "is followed at once by another item", function(S, _, track)
      S.midi_item(track, 8, 8, stage.BASS)
    end, action)
  end
end)

scenario("muted item", function(options)
  local S, item = stage.theme(options)
  item.muted = 1

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.said(S, '"Lead" is muted, so you will not hear it')
  stage.settled(S)
end)

scenario("muted track", function(options)
  local S, _, track = stage.theme(options)
  track.parent = S.add_track("Folder", { mute = 1 })

  S.act("vary")

  stage.said(S, 'The track of "Lead" is muted')
  stage.settled(S)
end)

scenario("locked item", function(options)
  refused(options, "is locked", function(_, item)
    item.lock = 1
  end)
end)

scenario("item locked while waiting", function(options)
  local S, item = waiting(options, function(_, item)
    item.lock = 1
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "is locked")
  stage.settled(S)
end)

scenario("razor area with nothing usable", function(options)
  refused(options, "The razor areas hold no MIDI item", function(S, item)
    item.selected = 0
    local track = S.add_track("Vocals", { razor = '0.0 2.0 ""' })
    S.audio_item(track, 0, 4)
  end)
end)

scenario("empty razor area with nothing to go by", function(options)
  refused(options, "there is nothing to go by", function(S, item, track)
    S.remove_item(item)
    S.loose_changes = 0
    track.razor = '0.0 2.0 ""'
  end)
end)

scenario("voice that is not there", function(options)
  refused(options, "there is no voice 5 to refill", function(S)
    S.ext["Reprise/voices"] = "5"
  end, "refill")
end)

scenario("again where nothing was asked", function(options)
  refused(options, "no Reprise takes yet", function() end, "again")
  refused(options, "is none of Reprise's", function() end, "more")
end)

-- ---------------------------------------------------------------- what changes while waiting

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

scenario("project tab switched while waiting", function(options)
  local S, item = waiting(options, function(S)
    local home = S.project
    S.project = S.new_project("other.rpp")
    S.home = home
  end)

  S.action("vary")
  S.pump(function()
    return #S.tips > 0
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

-- ---------------------------------------------------------------- the server and its folder

local function beside(options, hello)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  if hello then
    stage.scripted(options, S, function()
      return {}
    end)
    stage.say_hello(options, S.resource_path, hello)
  end
  return S, item
end

scenario("server not running", function(options)
  local S = beside(options)
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "The Reprise server is not running")
end)

scenario("server not heard for long", function(options)
  local S = beside(options, { time = os.time() - 100 })
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "has not been heard for")
end)

scenario("server of another version", function(options)
  local S = beside(options, { protocol_version = 99 })
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "Install the same Reprise on both sides")
end)

scenario("server restarted while waiting", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function()
    stage.say_hello(options, S.resource_path, { session = "two" })
    return {}
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "restarted and the request is lost")
  stage.settled(S)
end)

scenario("server stopped while waiting", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function()
    options.files.remove(S.resource_path .. "/Data/Reprise/hello.json")
    return {}
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "stopped and the request is lost")
  stage.settled(S)
end)

local function broken_io(fails)
  return setmetatable({
    open = function(path, mode)
      if mode:find("w") then
        return fails(path)
      end
      return io.open(path, mode)
    end,
  }, { __index = io })
end

scenario("read-only mailbox folder", function(options)
  local S = beside(options, {})
  S.io = broken_io(function(path)
    return nil, path .. ": Permission denied"
  end)
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "Is the disk full or the folder read-only?")
end)

scenario("disk full", function(options)
  local S = beside(options, {})
  S.io = broken_io(function(path)
    local file = io.open(path, "wb")
    return {
      write = function()
        return nil, "No space left on device"
      end,
      close = function()
        return file:close()
      end,
    }
  end)
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "No space left on device")
  stage.equal(#options.files.list(S.resource_path .. "/Data/Reprise/in"), 0, "files left behind")
end)

scenario("half-written answer", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function()
    return { '{"kind": "result", "kept": [0, 1' }
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "The server's answer cannot be read")
  stage.settled(S)
end)

scenario("an answer that lacks what it should have", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function(request)
    return { { kind = "result", request_id = 1, kept = { 0 }, new_notes = {} }, stage.done(request) }
  end)

  S.act("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.equal(#S.said, 1, "sentences")
  stage.settled(S)
end)

scenario("answer after cancel", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  local request
  stage.scripted(options, S, function(asked)
    request = asked
    return {}
  end)

  S.action("vary")
  S.pump(function()
    return request ~= nil
  end)
  stage.equal(#S.scripts, 1, "running")
  S.action("vary")
  local mailbox = S.resource_path .. "/Data/Reprise"
  local cancels = 0
  for _, name in ipairs(options.files.list(mailbox .. "/in")) do
    cancels = cancels + (name:find("%.cancel%.json$") and 1 or 0)
  end
  S.pump()

  stage.equal(cancels, 1, "cancel files")
  stage.equal(#item.takes, 1, "takes")
  stage.equal(#S.said, 0, "sentences")
  stage.settled(S)
end)

scenario("5,000 notes", function(options)
  local notes = {}
  for place = 1, 5000 do
    notes[place] = { start = (place - 1) / 8, duration = 0.1, pitch = 40 + place % 40 }
  end
  local S = stage.reaper(options)
  local item = S.midi_item(S.add_track("Wall"), 0, 640, notes)
  item.selected = 1
  S.ext["Reprise/count"] = "1"

  S.act("vary")

  stage.equal(#item.takes, 2, "takes")
  stage.is_true(#S.midi.notes(item.takes[2].source) > 2500, "notes")
  stage.settled(S)
end)

-- ---------------------------------------------------------------- REAPER refuses

scenario("way a of writing takes fails, way b does it", function(options)
  local S, item = stage.theme(options)
  S.routes.a = "broken"
  item.group = 4
  local grouped = S.midi_item(S.add_track("Other"), 0, 8, stage.BASS)
  grouped.group = 4

  S.act("vary")

  stage.equal(#item.takes .. #grouped.takes, "31", "takes; the group is let be")
  stage.equal(("%d %d"):format(item.group, item.selected), "4 1", "group and selection are as before")
  stage.settled(S)
end)

scenario("no way of writing takes works", function(options)
  local S = stage.theme(options)
  S.routes.refuses_events = true
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "REAPER took no way of writing a new take")
end)

scenario("a lane refuses its notes, so lanes and items are as they were", function(options)
  local S, _, track = stage.theme(options)
  track.free_mode, track.lane_count, track.lane_plays = 2, 1, { [0] = 1 }
  local before, count = stage.dump(S), 0
  local set_events = S.calls.MIDI_SetAllEvts
  function S.calls.MIDI_SetAllEvts(take, buffer)
    count = count + 1
    return count < 2 and set_events(take, buffer)
  end

  S.act("vary")

  stage.equal(track.lane_count, 1, "lanes")
  stage.refused(S, before, "REAPER took no notes on a new lane")
end)

scenario("the second track refuses its take, so the first one's goes too", function(options)
  local S, lead = stage.theme(options)
  local bass = S.midi_item(S.add_track("Bass"), 0, 8, stage.BASS)
  bass.selected = 1
  local before = stage.dump(S)
  local set_events = S.calls.MIDI_SetAllEvts
  function S.calls.MIDI_SetAllEvts(take, buffer)
    if S.state[take].item.track.name == "Bass" then
      return false
    end
    return set_events(take, buffer)
  end

  S.act("vary")

  stage.equal(#lead.takes, 1, "takes")
  stage.refused(S, before, "REAPER took no way")
end)
