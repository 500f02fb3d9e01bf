--- Tracks with fixed lanes: an answer is an item on a lane of its own, not a take.

local items = require("items")
local project_of = require("project")
local takes = require("takes")

local M = {}

local FIXED_LANES = 2
local ITEM_VALUES = { "D_VOL", "D_FADEINLEN", "D_FADEOUTLEN", "B_LOOPSRC", "I_CUSTOMCOLOR" }
local EXCLUSIVE = 1

--- Tell whether a track has fixed lanes.
function M.has(track)
  return reaper.GetMediaTrackInfo_Value(track, "I_FREEMODE") == FIXED_LANES
end

--- Return the number of an item's lane.
function M.of(item)
  return math.tointeger(reaper.GetMediaItemInfo_Value(item, "I_FIXEDLANE"))
end

--- Return how many lanes a track has, which is the number of the next one.
function M.count(track)
  return math.tointeger(reaper.GetMediaTrackInfo_Value(track, "I_NUMFIXEDLANES"))
end

local function copy_manner(state, item, take)
  for _, name in ipairs(ITEM_VALUES) do
    local value = reaper.GetMediaItemInfo_Value(state.item, name)
    reaper.SetMediaItemInfo_Value(item, name, value)
  end
  takes.copy_manner(state.take, take)
end

--- Remove an item from the lane that was made for it, and the lane with it.
function M.remove(track, item, lane)
  reaper.DeleteTrackMediaItem(track, item)
  reaper.SetMediaTrackInfo_Value(track, "I_NUMFIXEDLANES", lane)
end

--- Put an item with events on a lane, at the place of the item that the state is of.
-- Returns its take, or nil and a sentence.
function M.add(state, events, name, lane)
  local start, stop = items.span(state.project, state.item)
  local made, sentence = takes.new_item(state.project, state.track, start, stop)
  if not made then
    return nil, sentence
  end
  copy_manner(state, made.item, made.take)
  reaper.SetMediaTrackInfo_Value(state.track, "I_NUMFIXEDLANES", lane + 1)
  reaper.SetMediaItemInfo_Value(made.item, "I_FIXEDLANE", lane)
  local is_there = M.of(made.item) == lane
  if not is_there or not takes.fill(made.take, state, events) then
    M.remove(state.track, made.item, lane)
    return nil, "REAPER took no notes on a new lane. Run Reprise: Self test, which says more."
  end
  reaper.GetSetMediaItemTakeInfo_String(made.take, "P_NAME", name, true)
  reaper.GetSetMediaTrackInfo_String(state.track, "P_LANENAME:" .. lane, name, true)
  return made.take
end

--- Tell whether an item is alone on its lane; then another lane can play in its stead.
function M.is_alone(item)
  local lane, count = M.of(item), 0
  for _, other in ipairs(project_of.items(reaper.GetMediaItem_Track(item))) do
    count = count + (M.of(other) == lane and 1 or 0)
  end
  return count == 1
end

--- Let only the lane of an item play.
function M.play(item)
  local track = reaper.GetMediaItem_Track(item)
  reaper.SetMediaTrackInfo_Value(track, "C_LANEPLAYS:" .. M.of(item), EXCLUSIVE)
end

return M
