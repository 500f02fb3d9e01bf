--- The fake itself: a guard that passes everything would prove nothing.

local stage = require("stage")

local function fails(part, act)
  local is_well, problem = pcall(act)
  stage.is_true(not is_well, "nothing was refused")
  stage.is_true(tostring(problem):find(part, 1, true), tostring(problem))
end

local function guarded(options)
  local S, item = stage.theme(options)
  return S.guarded_for({ path = "", section = 0, deferred = {}, at_exit = {}, options = {} }), item, S
end

scenario("a name that REAPER does not know is refused", function(options)
  local reaper = guarded(options)
  fails("no known ReaScript function: reaper.MIDI_Foo", function()
    reaper.MIDI_Foo()
  end)
end)

scenario("too many, too few and wrong arguments are refused", function(options)
  local reaper, item = guarded(options)
  fails("takes 1 arguments, got 2", function()
    reaper.CountTakes(item.handle, 1)
  end)
  fails("argument 1 is nil, wants MediaItem", function()
    reaper.CountTakes()
  end)
  fails("argument 1 is MediaTrack, wants MediaItem", function()
    reaper.CountTakes(item.track.handle)
  end)
  fails("argument 3 is float, wants integer", function()
    reaper.ShowMessageBox("a", "b", 0.5)
  end)
end)

scenario("handles are opaque", function(options)
  local _, item = guarded(options)
  fails("reaches into a handle", function()
    return item.handle.takes
  end)
  fails("reaches into a handle", function()
    item.handle.takes = {}
  end)
end)

scenario("a handle of something deleted is valid no more", function(options)
  local reaper, item, S = guarded(options)
  stage.is_true(reaper.ValidatePtr2(0, item.handle, "MediaItem*"))
  S.remove_item(item)
  stage.is_true(not reaper.ValidatePtr2(0, item.handle, "MediaItem*"))
end)

scenario("undo blocks that do not balance are refused", function(options)
  local reaper = guarded(options)
  fails("ends that did not begin", function()
    reaper.Undo_EndBlock2(0, "x", -1)
  end)
  reaper.Undo_BeginBlock2(0)
  fails("an undo block in an undo block", function()
    reaper.Undo_BeginBlock2(0)
  end)
end)

scenario("a buffer that REAPER would spoil is refused", function(options)
  local reaper, item = guarded(options)
  fails("the last event must be the source's end", function()
    reaper.MIDI_SetAllEvts(item.takes[1].handle, string.pack("<i4Bs4", 0, 0, "\x90\x40\x40"))
  end)
  fails("an event before the one it follows", function()
    reaper.MIDI_SetAllEvts(item.takes[1].handle, string.pack("<i4Bs4", -1, 0, "\x90\x40\x40"))
  end)
end)

scenario("a take that was only added takes no notes", function(options)
  local reaper, item = guarded(options)
  local take = reaper.AddTakeToMediaItem(item.handle)
  stage.equal(reaper.TakeIsMIDI(take), false)
  stage.equal(reaper.MIDI_GetPPQPosFromProjQN(take, 1), -1.0)
end)

scenario("time goes to quarter notes and back over a change of tempo", function(options)
  local S = stage.reaper(options, { changes = {
    { qn = 0, bpm = 120, numerator = 4, denominator = 4 },
    { qn = 8, bpm = 60, numerator = 3, denominator = 4 },
  } })
  local map = S.project.time_map
  stage.equal(map:to_seconds(8), 4.0)
  stage.equal(map:to_seconds(10), 6.0)
  stage.equal(map:to_qn(6.0), 10.0)
  stage.equal(map:measure_at(10.9), 2)
  stage.equal(map:measure(3).start, 11.0)
end)
