--- Tries what the actions rely on in a scratch item on a scratch track, and says what works.

local asking = require("asking")
local events_of = require("events")
local items = require("items")
local landing = require("landing")
local project_of = require("project")
local rewriting = require("rewriting")
local takes = require("takes")

local M = {}

local LENGTH = 4
local WAYS = {
  a = "a new item's source lent to a new take",
  b = "the action Take: Duplicate active take (40639)",
  c = "the action Take: Implode items (40543)",
}

local function note(state, number)
  local start = number * state.ticks_per_beat
  return {
    start = start, stop = start + state.ticks_per_beat // 2, pitch = 60 + number, velocity = 90,
    channel = 0, release = 64, is_muted = false,
  }
end

local function scratch(project)
  local count = reaper.CountTracks(project)
  reaper.InsertTrackAtIndex(count, false)
  local track = reaper.GetTrack(project, count)
  local start = math.ceil(project_of.to_qn(project, reaper.GetProjectLength(project))) + LENGTH
  local state, sentence = takes.new_item(project, track, start, start + LENGTH)
  return track, state, sentence
end

local function tried(state, way)
  local events = rewriting.rewritten(state, {}, { note(state, 1), note(state, 2) })
  local before = reaper.CountTakes(state.item)
  local take = takes.try(way, state, events)
  local works = take ~= nil and reaper.CountTakes(state.item) == before + 1
  local is_deleted = take and takes.delete(state.project, take)
  if works and not is_deleted then
    return "works, but a take cannot be removed again"
  end
  return works and "works" or "does not work here"
end

local function try_ways(state, lines)
  local count = 0
  for _, way in ipairs(takes.ORDER) do
    local found = tried(state, way)
    count = count + (found:find("^works") and 1 or 0)
    lines[#lines + 1] = ("Take, way %s (%s): %s"):format(way, WAYS[way], found)
  end
  lines[#lines + 1] = count > 0 and "Takes can be written." or "No way of writing takes works."
end

local function try_reading(state, lines)
  local wanted = rewriting.rewritten(state, {}, { note(state, 0) })
  local is_filled = takes.fill(state.take, state, wanted)
  local found = items.open(state.project, state.item)
  local is_read = found and #found.notes == 1 and found.notes[1].pitch == 60
  lines[#lines + 1] = "Notes written and read back: " .. (is_filled and is_read and "yes" or "no")
  local qn = reaper.MIDI_GetProjQNFromPPQPos(state.take, state.ticks_per_beat)
  local is_exact = math.abs(qn - state.start - 1) < 1e-6
  lines[#lines + 1] = ("Ticks a quarter note: %d, exact: %s")
    :format(state.ticks_per_beat, is_exact and "yes" or "no")
  local bar = project_of.bar_start(state.project, state.start + 0.5)
  local after = bar + project_of.bar_length(state.project, state.start + 0.5)
  local is_bar = bar <= state.start + 0.5 and state.start + 0.5 < after
  lines[#lines + 1] = "Bar lines found: " .. (is_bar and "yes" or "no")
  lines[#lines + 1] = "The item's data ends with its end: "
    .. (events_of.end_of(found and found.events or {}) and "yes" or "no")
end

local function run(project, lines)
  local track, state, sentence = scratch(project)
  if state then
    try_reading(state, lines)
    try_ways(items.open(project, state.item) or state, lines)
  else
    lines[#lines + 1] = sentence
  end
  reaper.DeleteTrack(track)
  return true
end

--- Run the test and show its lines in the console.
function M.run()
  local project = project_of.current()
  local box = asking.mailbox()
  local _, health = box:health()
  local lines = {
    "Reprise: self test", "REAPER " .. reaper.GetAppVersion() .. ", " .. reaper.GetOS(),
    "Lua: " .. _VERSION, health, "Mailbox: " .. box.dir,
    "ReaImGui: " .. (reaper.ImGui_GetBuiltinPath and "installed" or "not installed (not needed)"),
    "A second click ends an action: "
      .. (reaper.set_action_options and "yes" or "REAPER asks first"),
  }
  local is_well, problem = landing.in_one_step(project, "Self test", function()
    return run(project, lines)
  end)
  if not is_well then
    lines[#lines + 1] = problem
  end
  reaper.ShowConsoleMsg(table.concat(lines, "\n") .. "\n")
end

return M
