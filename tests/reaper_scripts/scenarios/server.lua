--- The server, its folder and REAPER itself fail: a sentence, nothing half written.

local stage = require("stage")

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

scenario("no answer at all is told of, with the server's reason where it gives one", function(options)
  for _, reason in ipairs({ false, "2 of 2 answers were left out; raise Change" }) do
    local S, item = stage.theme(options)
    S.resource_path = stage.own_folder(options)
    stage.scripted(options, S, function(request)
      local done = stage.done(request, 0)
      done.warnings = reason and { reason } or nil
      return { done }
    end)

    S.act("vary")

    stage.equal(#item.takes .. #S.undo_steps, "10", "takes and undo steps")
    stage.said(S, reason or "No other answer was found")
    stage.settled(S)
  end
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

scenario("a duplicate that stays pooled would change the original, so it is put right", function(options)
  local S, item = stage.theme(options)
  S.routes.a, S.routes.pools_duplicates, S.routes.unpool = "broken", true, "broken"
  local before = S.midi.buffer(item.takes[1].source)

  S.act("vary")

  stage.equal(S.midi.buffer(item.takes[1].source), before, "the original")
  stage.equal(#item.takes, 1, "takes")
  stage.said(S, "REAPER took no way of writing a new take")
  stage.settled(S)
end)

scenario("no way of writing takes works", function(options)
  local S = stage.theme(options)
  S.routes.refuses_events = true
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "REAPER took no way of writing a new take")
end)

scenario("a new item refuses its notes, so neither it nor its track stays", function(options)
  for _, action in ipairs({ "continue", "accompany", "develop" }) do
    local S = stage.theme(options)
    S.routes.refuses_events = true
    local before = stage.dump(S)

    S.act(action)

    stage.refused(S, before, "REAPER took no notes in a new item")
  end
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
