--- What takes carry so that they are known again: which result, of which run, edited since or not.
-- A run is one answer to one request; its takes, one a voice and result, belong together.

local events_of = require("events")
local items = require("items")
local json = require("json")
local project_of = require("project")

local M = {}

local KEY = "P_EXT:reprise"

--- Return a text that changes when what a take holds does.
function M.hash_of(take)
  local _, buffer = reaper.MIDI_GetAllEvts(take)
  local events = events_of.parse(buffer)
  return events and events_of.hash(events) or ""
end

--- Stamp a take with {id, run, index, verb, source}; what it holds now counts as unedited.
function M.put(take, stamp)
  stamp.hash = M.hash_of(take)
  reaper.GetSetMediaItemTakeInfo_String(take, KEY, json.encode(stamp), true)
  local item = reaper.GetMediaItemTake_Item(take)
  reaper.GetSetMediaItemInfo_String(item, KEY, stamp.run, true)
end

--- Return the stamp of a take, nil where it has none or none of ours.
function M.of(take)
  local has, text = reaper.GetSetMediaItemTakeInfo_String(take, KEY, "", false)
  local stamp = has and text ~= "" and json.decode(text)
  local is_ours = type(stamp) == "table"
    and type(stamp.run) == "string"
    and math.type(stamp.index) == "integer"
  return is_ours and stamp or nil
end

--- Tell whether a stamped take was changed since it was made.
function M.is_edited(take, stamp)
  return M.hash_of(take) ~= stamp.hash
end

--- Return the run that an item was last given takes of, nil where none.
function M.last_run(item)
  local has, text = reaper.GetSetMediaItemInfo_String(item, KEY, "", false)
  return has and text ~= "" and text or nil
end

--- Return the stamped takes of an item: {{take, stamp, item}, ..}.
function M.in_item(item)
  local found = {}
  if not M.last_run(item) then
    return found
  end
  for index = 0, reaper.CountTakes(item) - 1 do
    local take = reaper.GetTake(item, index)
    local stamp = take and M.of(take)
    if stamp then
      found[#found + 1] = { take = take, stamp = stamp, item = item }
    end
  end
  return found
end

--- Return every take of a run in the project.
function M.of_run(project, run)
  local found = {}
  for index = 0, reaper.CountMediaItems(project) - 1 do
    for _, entry in ipairs(M.in_item(reaper.GetMediaItem(project, index))) do
      if entry.stamp.run == run then
        found[#found + 1] = entry
      end
    end
  end
  return found
end

-- ---------------------------------------------------------------- the question of a run

--- Tell of a voice; one that had no item yet is from now on the item that was made for it.
local function told_voice(voice, made)
  local target = voice.target
  local start = voice.take_state and voice.take_state.start or target.start
  local areas, chosen = {}, nil
  for index, area in ipairs(target.areas or { target }) do
    areas[index] = { area.start - start, area.stop - start }
  end
  if target.chosen then
    chosen = {}
    for key in pairs(target.chosen) do
      chosen[#chosen + 1] = key
    end
  end
  return {
    take = voice.take_state and voice.take_state.guid or made and items.take_guid(made),
    hash = voice.take_state and voice.take_state.hash,
    areas = areas,
    chosen = chosen,
  }
end

--- Keep in the project what a run was asked, so that it can be asked again years later.
-- @param made {table} by number of the voice, the first take written for it
function M.remember(job, made)
  local piece = job.piece
  local told = { verb = job.verb, engine = job.engine, voices = {} }
  for index, voice in ipairs(piece.voices) do
    told.voices[index] = told_voice(voice, made[index])
  end
  told.target = piece.target and piece.target.voices[1].take_state.guid
  told.part = piece.part and items.take_guid(made[1])
  local text = json.encode(told)
  project_of.remember(job.project, job.run, text)
end

local function target_of(project, told)
  local take = told.take and reaper.GetMediaItemTakeByGUID(project, told.take)
  if not take then
    return nil, "The take that the result came from is no longer there. Run Reprise: Vary instead."
  end
  local item = reaper.GetMediaItemTake_Item(take)
  local start = items.span(project, item)
  local found = { item = item, take = take, areas = {} }
  for index, area in ipairs(told.areas) do
    found.areas[index] = { start = start + area[1], stop = start + area[2] }
    found.start = math.min(found.start or math.huge, start + area[1])
    found.stop = math.max(found.stop or 0, start + area[2])
  end
  if told.chosen and M.hash_of(take) == told.hash then
    found.chosen = {}
    for _, key in ipairs(told.chosen) do
      found.chosen[key] = true
    end
  end
  return found
end

--- Return the item of a take as a target, nil where it is gone.
local function whole_item(project, guid)
  local take = guid and reaper.GetMediaItemTakeByGUID(project, guid)
  if not take then
    return nil
  end
  local item = reaper.GetMediaItemTake_Item(take)
  local start, stop = items.span(project, item)
  local areas = { { start = start, stop = stop } }
  return { item = item, take = take, areas = areas, start = start, stop = stop }
end

--- Return what a run was asked: {verb, engine, targets, target, part}, or nil and a sentence.
-- `engine` is the one of the action itself, nil where the settings say; `target` is the item to
-- morph towards, `part` the one that was made in an empty razor area.
function M.question(project, run)
  local text = project_of.remembered(project, run)
  local told = text and json.decode(text)
  if type(told) ~= "table" then
    return nil, "This project does not know what the take was asked for. Run Reprise: Vary instead."
  end
  local found = { verb = told.verb, engine = told.engine, targets = {} }
  for index, voice in ipairs(told.voices) do
    local target, sentence = target_of(project, voice)
    if not target then
      return nil, sentence
    end
    found.targets[index] = target
  end
  found.target = whole_item(project, told.target)
  found.part = whole_item(project, told.part)
  return found
end

return M
