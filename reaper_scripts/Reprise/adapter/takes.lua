--- New takes in an item. REAPER has no call for a MIDI take that holds notes, so there are three
-- ways round; each is read back, and what did not work is taken away again.

local events_of = require("events")
local items = require("items")
local project_of = require("project")

local M = {}

local BEHIND_S = 10
local DUPLICATE_TAKE, DELETE_TAKE, IMPLODE, UNPOOL = 40639, 40129, 40543, 41613
local TAKE_VALUES = { "D_STARTOFFS", "D_PLAYRATE", "D_VOL", "D_PAN", "D_PITCH", "I_CUSTOMCOLOR" }
local REFUSED = "REAPER took no way of writing a new take. Run Reprise: Self test, which says more."

M.ORDER = { "a", "b", "c" }
M.routes = {}

local function run(command, project)
  reaper.Main_OnCommandEx(command, 0, project)
end

--- Run something while given items are the only selected ones and in no group.
local function alone(project, list, act)
  local selected, groups = project_of.selected_items(project), {}
  for _, item in ipairs(selected) do
    reaper.SetMediaItemSelected(item, false)
  end
  for index, item in ipairs(list) do
    groups[index] = reaper.GetMediaItemInfo_Value(item, "I_GROUPID")
    reaper.SetMediaItemInfo_Value(item, "I_GROUPID", 0)
    reaper.SetMediaItemSelected(item, true)
  end
  act()
  for index, item in ipairs(list) do
    if project_of.has(project, item, "MediaItem*") then
      reaper.SetMediaItemSelected(item, false)
      reaper.SetMediaItemInfo_Value(item, "I_GROUPID", groups[index])
    end
  end
  for _, item in ipairs(selected) do
    if project_of.has(project, item, "MediaItem*") then
      reaper.SetMediaItemSelected(item, true)
    end
  end
end

local function guids(item)
  local found = {}
  for index = 0, reaper.CountTakes(item) - 1 do
    found[items.take_guid(reaper.GetTake(item, index))] = true
  end
  return found
end

local function new_take(item, before)
  for index = 0, reaper.CountTakes(item) - 1 do
    local take = reaper.GetTake(item, index)
    if not before[items.take_guid(take)] then
      return take
    end
  end
  return nil
end

--- Delete a take of an item, whichever is active; returns whether it is gone.
function M.delete(project, take)
  local item = reaper.GetMediaItemTake_Item(take)
  local count = reaper.CountTakes(item)
  local active = reaper.GetActiveTake(item)
  local guid = active ~= take and active and items.take_guid(active)
  alone(project, { item }, function()
    reaper.SetActiveTake(take)
    run(DELETE_TAKE, project)
  end)
  local before = guid and reaper.GetMediaItemTakeByGUID(project, guid)
  if before then
    reaper.SetActiveTake(before)
  end
  return reaper.CountTakes(item) == count - 1
end

--- Give a take the volume, effects and so on of another.
function M.copy_manner(from, to)
  for _, name in ipairs(TAKE_VALUES) do
    local value = reaper.GetMediaItemTakeInfo_Value(from, name)
    reaper.SetMediaItemTakeInfo_Value(to, name, value)
  end
  for index = 0, reaper.TakeFX_GetCount(from) - 1 do
    reaper.TakeFX_CopyToTake(from, index, to, index, false)
  end
end

-- ---------------------------------------------------------------- filling and reading back

--- Return the model's events as they must be in another take, so that they sound where they did.
local function fitted(take, state, events)
  local origin = reaper.MIDI_GetProjQNFromPPQPos(state.take, 0)
  local first = reaper.MIDI_GetPPQPosFromProjQN(take, origin)
  local ticks = reaper.MIDI_GetPPQPosFromProjQN(take, origin + 1) - first
  local scaled = events_of.scaled(events, math.floor(ticks + 0.5) / state.ticks_per_beat)
  return events_of.moved(scaled, math.floor(first + 0.5))
end

--- Fill a take; returns whether it holds what was written.
function M.fill(take, state, events)
  local wanted = events_of.build(fitted(take, state, events))
  if not reaper.MIDI_SetAllEvts(take, wanted) then
    return false
  end
  local _, found = reaper.MIDI_GetAllEvts(take)
  if found == wanted then
    return true
  end
  local read = events_of.parse(found)
  return read ~= nil and events_of.hash(read) == events_of.hash(events_of.parse(wanted))
end

--- Make an item from a place on, with a source as long as the model's.
local function temporary_item(state, events, seconds)
  local length = events[#events].tick / state.ticks_per_beat
  local from = project_of.to_qn(state.project, seconds)
  local item = reaper.CreateNewMIDIItemInProj(state.track, from, from + math.max(length, 1), true)
  return item, item and reaper.GetActiveTake(item)
end

--- Way a: a new item's source is lent to a new take. The item lies behind everything, so that it
-- can neither trim another nor push it to another lane.
function M.routes.a(state, events)
  local behind = reaper.GetProjectLength(state.project) + BEHIND_S
  local item, lender = temporary_item(state, events, behind)
  if not item then
    return nil
  end
  local take
  if lender and reaper.TakeIsMIDI(lender) and M.fill(lender, { take = lender,
    ticks_per_beat = state.ticks_per_beat }, events) then
    take = reaper.AddTakeToMediaItem(state.item)
    reaper.SetMediaItemTake_Source(take, reaper.GetMediaItemTake_Source(lender))
    M.copy_manner(state.take, take)
  end
  reaper.DeleteTrackMediaItem(state.track, item)
  return take
end

--- Way b: REAPER's own action duplicates the take; it is taken out of its pool before it is filled.
function M.routes.b(state)
  local before = guids(state.item)
  local active = reaper.GetActiveTake(state.item)
  alone(state.project, { state.item }, function()
    reaper.SetActiveTake(state.take)
    run(DUPLICATE_TAKE, state.project)
    local take = new_take(state.item, before)
    if take then
      reaper.SetActiveTake(take)
      run(UNPOOL, state.project)
    end
  end)
  reaper.SetActiveTake(active)
  return new_take(state.item, before)
end

--- Way c: a new item is imploded into a take of ours.
function M.routes.c(state, events)
  local before = guids(state.item)
  local active = reaper.GetActiveTake(state.item)
  local start = reaper.GetMediaItemInfo_Value(state.item, "D_POSITION")
  local item, lender = temporary_item(state, events, start)
  if not lender or not reaper.TakeIsMIDI(lender) then
    return nil
  end
  alone(state.project, { state.item, item }, function()
    run(IMPLODE, state.project)
  end)
  if project_of.has(state.project, item, "MediaItem*") then
    reaper.DeleteTrackMediaItem(state.track, item)
  end
  local take = new_take(state.item, before)
  if take then
    M.copy_manner(state.take, take)
    reaper.SetActiveTake(active)
  end
  return take
end

--- Try one way; returns the take where it holds the events and the model is as it was.
function M.try(way, state, events)
  local _, original = reaper.MIDI_GetAllEvts(state.take)
  local take = M.routes[way](state, events)
  if not take then
    return nil
  end
  local is_filled = reaper.TakeIsMIDI(take) and M.fill(take, state, events)
  local _, after = reaper.MIDI_GetAllEvts(state.take)
  if after ~= original then
    reaper.MIDI_SetAllEvts(state.take, original)
    is_filled = false
  end
  if not is_filled then
    M.delete(state.project, take)
    return nil
  end
  return take
end

--- Add a take with events to an item, beside the take that the state is of.
-- Returns the take, or nil and a sentence; then the item is as it was.
function M.add(state, events, name)
  for _, way in ipairs(M.ORDER) do
    local take = M.try(way, state, events)
    if take then
      reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
      return take
    end
  end
  return nil, REFUSED
end

--- Make an item from one quarter note to another; returns its state as items.open does, or nil
-- and a sentence.
function M.new_item(project, track, start, stop)
  local item = reaper.CreateNewMIDIItemInProj(track, start, stop, true)
  local take = item and reaper.GetActiveTake(item)
  if not take or not reaper.TakeIsMIDI(take) then
    if item then
      reaper.DeleteTrackMediaItem(track, item)
    end
    return nil, REFUSED
  end
  return items.open(project, item, take)
end

return M
