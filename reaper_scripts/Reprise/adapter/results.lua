--- Going from result to result, and keeping the one that is heard. Takes of one run go together.

local items = require("items")
local landing = require("landing")
local lanes = require("lanes")
local project_of = require("project")
local screen = require("screen")
local selection = require("selection")
local stamps = require("stamps")
local takes = require("takes")

local M = {}

local NONE = "There are no Reprise results in the selected items. "
  .. "Run Reprise: Vary into takes first."

local function entry_of(target)
  local stamp = stamps.of(target.take)
  return stamp and { run = stamp.run, index = stamp.index }
end

--- Return the run of the selected items and which of its results is active, 0 for the original.
local function position(project, targets)
  for _, target in ipairs(targets) do
    local entry = entry_of(target)
    if entry then
      local has_lanes = lanes.has(reaper.GetMediaItem_Track(target.item))
      return entry.run, has_lanes and M.playing_index(project, entry.run) or entry.index
    end
    local run = stamps.last_run(target.item)
    if run then
      return run, 0
    end
  end
  return M.run_beside(project, targets)
end

--- Return the run on lanes that came from one of the takes, and which of it plays.
function M.run_beside(project, targets)
  for index = reaper.CountMediaItems(project) - 1, 0, -1 do
    for _, entry in ipairs(stamps.in_item(reaper.GetMediaItem(project, index))) do
      for _, target in ipairs(targets) do
        if entry.stamp.source == items.take_guid(target.take) then
          return entry.stamp.run, M.playing_index(project, entry.stamp.run)
        end
      end
    end
  end
  return nil
end

--- Return the index of the result whose lane plays, 0 for none.
function M.playing_index(project, run)
  for _, entry in ipairs(stamps.of_run(project, run)) do
    if reaper.GetMediaItemInfo_Value(entry.item, "C_LANEPLAYS") == 1 then
      return entry.stamp.index
    end
  end
  return 0
end

local function indexes(entries)
  local found, seen = { 0 }, {}
  for _, entry in ipairs(entries) do
    if not seen[entry.stamp.index] then
      seen[entry.stamp.index] = true
      found[#found + 1] = entry.stamp.index
    end
  end
  table.sort(found)
  return found
end

local function neighbour(list, current, step)
  for place, index in ipairs(list) do
    if index == current then
      return list[(place - 1 + step) % #list + 1]
    end
  end
  return list[1]
end

local function show(take)
  local item = reaper.GetMediaItemTake_Item(take)
  if lanes.has(reaper.GetMediaItem_Track(item)) then
    lanes.play(item)
  else
    reaper.SetActiveTake(take)
  end
end

local function show_result(project, entries, index)
  local id
  for _, entry in ipairs(entries) do
    local original = reaper.GetMediaItemTakeByGUID(project, entry.stamp.source)
    if index == 0 and original then
      show(original)
    elseif entry.stamp.index == index then
      show(entry.take)
      id = entry.stamp.id
    end
  end
  return id
end

--- Show the next result (step 1) or the one before (-1), in all items of the run at once.
function M.go(section, step)
  local project = project_of.current()
  local targets, sentence = selection.items(project, section)
  if not targets then
    return screen.refuse(sentence)
  end
  local run, current = position(project, targets)
  local entries = run and stamps.of_run(project, run) or {}
  if #entries == 0 then
    return screen.refuse(NONE)
  end
  local list = indexes(entries)
  local index = neighbour(list, current, step)
  local title = step > 0 and "Next result" or "Previous result"
  local id = landing.in_one_step(project, title, function()
    return show_result(project, entries, index) or ""
  end)
  local text = ("%d of %d%s"):format(index, #list - 1, id and id ~= "" and ": " .. id or "")
  return screen.tell({ index == 0 and "the original" or text })
end

-- ---------------------------------------------------------------- keeping

--- Return what may go: results of the same items that are not heard now, and how many were edited.
local function superfluous(project, targets)
  local found, edited, seen = {}, 0, {}
  local function look_at(item)
    if seen[item] then
      return
    end
    seen[item] = true
    local is_lane = lanes.has(reaper.GetMediaItem_Track(item))
    local active = reaper.GetActiveTake(item)
    local is_heard = is_lane and reaper.GetMediaItemInfo_Value(item, "C_LANEPLAYS") == 1
    for _, entry in ipairs(stamps.in_item(item)) do
      local is_kept = is_heard or (not is_lane and entry.take == active)
      if not is_kept and stamps.is_edited(entry.take, entry.stamp) then
        edited = edited + 1
      elseif not is_kept then
        found[#found + 1] = { entry = entry, is_lane = is_lane }
      end
    end
  end
  for _, target in ipairs(targets) do
    look_at(target.item)
    local run = position(project, { target })
    for _, entry in ipairs(run and stamps.of_run(project, run) or {}) do
      look_at(entry.item)
    end
  end
  return found, edited
end

local function remove(project, list)
  for _, one in ipairs(list) do
    local item = one.entry.item
    if one.is_lane then
      reaper.DeleteTrackMediaItem(reaper.GetMediaItem_Track(item), item)
    else
      takes.delete(project, one.entry.take)
    end
  end
  return true
end

--- Keep what is heard and remove the other results of the selected items, but for edited ones.
function M.keep(section)
  local project = project_of.current()
  local targets, sentence = selection.items(project, section)
  if not targets then
    return screen.refuse(sentence)
  end
  local list, edited = superfluous(project, targets)
  if #list == 0 and edited == 0 then
    return screen.refuse(NONE)
  end
  local told = { ("removed %d %s."):format(#list, #list == 1 and "take" or "takes") }
  if edited > 0 then
    told[2] = ("Kept %d that you edited."):format(edited)
  end
  if #list > 0 then
    landing.in_one_step(project, "Keep active take", function()
      return remove(project, list)
    end)
  end
  return screen.tell(told)
end

return M
