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

local function is_on_lanes(item)
  return lanes.has(reaper.GetMediaItem_Track(item))
end

--- Return the runs on lanes that came from one of the takes, the newest last.
local function runs_beside(project, targets)
  local sources, found, seen = {}, {}, {}
  for _, target in ipairs(targets) do
    sources[items.take_guid(target.take)] = true
  end
  for index = 0, reaper.CountMediaItems(project) - 1 do
    for _, entry in ipairs(stamps.in_item(reaper.GetMediaItem(project, index))) do
      if sources[entry.stamp.source] and not seen[entry.stamp.run] then
        seen[entry.stamp.run] = true
        found[#found + 1] = entry.stamp.run
      end
    end
  end
  return found
end

--- Return the runs that the targets belong to, be they results or what results came from.
local function runs_of(project, targets)
  local found, seen = {}, {}
  local function add(run)
    if not seen[run] then
      seen[run] = true
      found[#found + 1] = run
    end
  end
  for _, target in ipairs(targets) do
    for _, entry in ipairs(stamps.in_item(target.item)) do
      add(entry.stamp.run)
    end
  end
  for _, run in ipairs(runs_beside(project, targets)) do
    add(run)
  end
  return found
end

local function original_of(project, entry)
  local take = reaper.GetMediaItemTakeByGUID(project, entry.stamp.source)
  local item = take and reaper.GetMediaItemTake_Item(take)
  local is_beside = item and (item == entry.item or (is_on_lanes(item) and is_on_lanes(entry.item)))
  return is_beside and take or nil
end

local function is_heard(take, item)
  if is_on_lanes(item) then
    return reaper.GetMediaItemInfo_Value(item, "C_LANEPLAYS") == 1
  end
  return reaper.GetActiveTake(item) == take
end

--- Return the steps to go through, in order: {takes, id, is_heard}. Takes with one run and number
-- are one step; the originals, where results stand beside them, are the first.
local function steps_of(project, runs)
  local originals, found = { takes = {} }, {}
  for _, run in ipairs(runs) do
    local by_index = {}
    for _, entry in ipairs(stamps.of_run(project, run)) do
      local step = by_index[entry.stamp.index] or { takes = {}, id = entry.stamp.id }
      by_index[entry.stamp.index] = step
      step.takes[#step.takes + 1] = entry.take
      step.is_heard = step.is_heard or is_heard(entry.take, entry.item)
      step.index = entry.stamp.index
      originals.takes[#originals.takes + 1] = original_of(project, entry)
    end
    local own = {}
    for _, step in pairs(by_index) do
      own[#own + 1] = step
    end
    table.sort(own, function(left, right)
      return left.index < right.index
    end)
    table.move(own, 1, #own, #found + 1, found)
  end
  if #originals.takes > 0 then
    table.insert(found, 1, originals)
  end
  return found
end

local function neighbour(steps, direction)
  local heard = 1
  for place, step in ipairs(steps) do
    heard = step.is_heard and place or heard
  end
  return (heard - 1 + direction) % #steps + 1
end

local function show(take)
  local item = reaper.GetMediaItemTake_Item(take)
  if is_on_lanes(item) then
    lanes.play(item)
  else
    reaper.SetActiveTake(take)
  end
end

--- Show the next result (direction 1) or the one before (-1), in all items of the run at once.
function M.go(section, direction)
  local project = project_of.current()
  local targets, sentence = selection.items(project, section)
  if not targets then
    return screen.refuse(sentence)
  end
  local steps = steps_of(project, runs_of(project, targets))
  if #steps == 0 then
    return screen.refuse(NONE)
  end
  local place = neighbour(steps, direction)
  local step, title = steps[place], direction > 0 and "Next result" or "Previous result"
  landing.in_one_step(project, title, function()
    for _, take in ipairs(step.takes) do
      show(take)
    end
    return true
  end, nil, is_on_lanes(targets[1].item) and landing.ALL_STATES or landing.ITEM_STATES)
  if not step.id then
    return screen.tell({ "the original" })
  end
  local has_original = not steps[1].id
  local number, count = place - (has_original and 1 or 0), #steps - (has_original and 1 or 0)
  return screen.tell({ ("%d of %d: %s"):format(number, count, step.id) })
end

-- ---------------------------------------------------------------- keeping

--- Return what may go: results of the same items that are not heard now, and how many were edited.
local function superfluous(project, targets)
  local found, edited, seen = {}, 0, {}
  for _, run in ipairs(runs_of(project, targets)) do
    for _, entry in ipairs(stamps.of_run(project, run)) do
      local is_new = not seen[entry.take] and not is_heard(entry.take, entry.item)
      seen[entry.take] = true
      if is_new and stamps.is_edited(entry.take, entry.stamp) then
        edited = edited + 1
      elseif is_new then
        found[#found + 1] = entry
      end
    end
  end
  return found, edited
end

local function remove(project, list)
  for _, entry in ipairs(list) do
    if is_on_lanes(entry.item) then
      reaper.DeleteTrackMediaItem(reaper.GetMediaItem_Track(entry.item), entry.item)
    else
      takes.delete(project, entry.take)
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
