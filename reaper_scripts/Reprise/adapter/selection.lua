--- What an action acts on, in this order: notes selected in the MIDI editor, razor areas, the part
-- of the items that the time selection crosses, the items.
-- A target is {item, take, areas = {{start, stop}, ..} in quarters, chosen = set of MIDI notes,
-- start, stop}; a part without an item is {track, is_part = true, start, stop}.

local items = require("items")
local lanes = require("lanes")
local project_of = require("project")
local scope = require("scope")

local M = {}

local MIDI_EDITORS = { [32060] = true, [32061] = true, [32062] = true }
local EDGE = 1e-6
local NOTHING = "No item is selected. Select a MIDI item, or draw a razor area over one."

local function target_of(project, item, take, areas)
  local start, stop = items.span(project, item)
  areas = areas or { { start = start, stop = stop } }
  local target = { item = item, take = take or reaper.GetActiveTake(item), areas = areas }
  target.start, target.stop = areas[1].start, areas[1].stop
  for _, area in ipairs(areas) do
    target.start = math.min(target.start, area.start)
    target.stop = math.max(target.stop, area.stop)
  end
  return target
end

-- ---------------------------------------------------------------- the MIDI editor

--- Return take number `index` of an editor; REAPERs before 6.37 tell of the active one alone.
local function take_in(editor, index)
  if reaper.MIDIEditor_EnumTakes then
    return reaper.MIDIEditor_EnumTakes(editor, index, true)
  end
  return index == 0 and reaper.MIDIEditor_GetTake(editor) or nil
end

--- Return the takes being edited in the editor, where it is the editor that is meant.
local function edited_takes(project, section)
  local editor = reaper.MIDIEditor_GetActive()
  local found, index = {}, 0
  while editor do
    local take = take_in(editor, index)
    if not take then
      break
    end
    if project_of.has(project, take, "MediaItem_Take*") then
      local item = reaper.GetMediaItemTake_Item(take)
      local is_meant = MIDI_EDITORS[section] or reaper.GetMediaItemInfo_Value(item, "B_UISEL") == 1
      found[#found + 1] = is_meant and take or nil
    end
    index = index + 1
  end
  return found
end

local function from_notes(project, takes)
  local targets, lists = {}, {}
  for _, take in ipairs(takes) do
    local state = items.open(project, reaper.GetMediaItemTake_Item(take), take)
    if state then
      targets[#targets + 1] = target_of(project, state.item, take)
      lists[#lists + 1] = items.notes(state, state.start)
    end
  end
  local chosen = scope.chosen_of(lists)
  local found = {}
  for index, target in ipairs(chosen and targets or {}) do
    target.chosen = {}
    for note in pairs(chosen[index]) do
      target.chosen[scope.key(note.original)] = true
    end
    found[#found + 1] = next(target.chosen) and target or nil
  end
  return found
end

-- ---------------------------------------------------------------- razor areas

local function is_on_lane(item, track, area)
  if not lanes.has(track) then
    return true
  end
  local middle = (lanes.of(item) + 0.5) / math.max(1, lanes.count(track))
  return area.top <= middle and middle <= area.bottom
end

local function add_area(project, track, area, found)
  local from, to = project_of.to_qn(project, area.start), project_of.to_qn(project, area.stop)
  local is_empty = true
  for _, item in ipairs(project_of.items(track)) do
    local start, stop = items.span(project, item)
    if start < to - EDGE and stop > from + EDGE and is_on_lane(item, track, area) then
      is_empty = false
      local cut = { start = math.max(start, from), stop = math.min(stop, to) }
      if items.is_midi(item) then
        found.areas[item] = found.areas[item] or {}
        table.insert(found.areas[item], cut)
        found.items[#found.items + 1] = #found.areas[item] == 1 and item or nil
      end
    end
  end
  if is_empty then
    found.parts[#found.parts + 1] = { track = track, is_part = true, start = from, stop = to }
  end
end

local function from_razor(project)
  local found = { areas = {}, items = {}, parts = {}, count = 0 }
  for _, track in ipairs(project_of.tracks(project)) do
    local _, text = reaper.GetSetMediaTrackInfo_String(track, "P_RAZOREDITS_EXT", "", false)
    for _, area in ipairs(scope.razor_areas(text)) do
      found.count = found.count + 1
      add_area(project, track, area, found)
    end
  end
  local targets = found.parts
  for _, item in ipairs(found.items) do
    targets[#targets + 1] = target_of(project, item, nil, found.areas[item])
  end
  if found.count > 0 and #targets == 0 then
    return nil, "The razor areas hold no MIDI item and no empty place for one. Draw them elsewhere."
  end
  return targets
end

-- ---------------------------------------------------------------- items

--- Return the targets that are MIDI, and in `left_out` how many are not; all where none is MIDI.
local function without_audio(targets)
  local found = { left_out = 0 }
  for _, target in ipairs(targets) do
    local is_midi = target.take ~= nil and reaper.TakeIsMIDI(target.take)
    found[#found + 1] = is_midi and target or nil
    found.left_out = found.left_out + (is_midi and 0 or 1)
  end
  return #found > 0 and found or targets
end

--- Return the items that are meant: those of the editor, or the selected ones; or nil, a sentence.
function M.items(project, section)
  local found, takes = {}, MIDI_EDITORS[section] and edited_takes(project, section) or {}
  for _, take in ipairs(takes) do
    found[#found + 1] = target_of(project, reaper.GetMediaItemTake_Item(take), take)
  end
  if #found == 0 then
    for _, item in ipairs(project_of.selected_items(project)) do
      found[#found + 1] = target_of(project, item)
    end
  end
  if #found == 0 then
    return nil, NOTHING
  end
  return without_audio(found)
end

local function crossed(project, targets)
  local first, last = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  local found = { left_out = targets.left_out }
  if last - first < EDGE then
    return targets
  end
  local from, to = project_of.to_qn(project, first), project_of.to_qn(project, last)
  for _, target in ipairs(targets) do
    local start, stop = math.max(target.start, from), math.min(target.stop, to)
    if stop > start + EDGE then
      local areas = { { start = start, stop = stop } }
      found[#found + 1] = target_of(project, target.item, target.take, areas)
    end
  end
  return #found > 0 and found or targets
end

--- Return what is meant, or nil and a sentence.
function M.gather(project, section)
  local chosen = from_notes(project, edited_takes(project, section))
  if #chosen > 0 then
    return chosen
  end
  local areas, sentence = from_razor(project)
  if not areas or #areas > 0 then
    return areas, sentence
  end
  local targets
  targets, sentence = M.items(project, section)
  if not targets then
    return nil, sentence
  end
  return crossed(project, targets)
end

return M
