--- What sounds beside the piece: MIDI items of other tracks that are heard, folder siblings first.

local items = require("items")
local events_of = require("events")
local lanes = require("lanes")
local project_of = require("project")

local M = {}

local MAX_TRACKS = 8

local function is_heard(item)
  if reaper.GetMediaItemInfo_Value(item, "B_MUTE") == 1 or not items.is_midi(item) then
    return false
  end
  local track = reaper.GetMediaItem_Track(item)
  return not lanes.has(track) or reaper.GetMediaItemInfo_Value(item, "C_LANEPLAYS") > 0
end

local function add_pass(found, notes, take, shift, window)
  for _, note in ipairs(notes) do
    local start = reaper.MIDI_GetProjQNFromPPQPos(take, note.start) + shift
    local stop = reaper.MIDI_GetProjQNFromPPQPos(take, note.stop) + shift
    if not note.is_muted and start >= window.start - 1e-6 and start < window.stop - 1e-6 then
      found[#found + 1] = {
        start = math.max(0, start - window.origin), duration = math.min(stop, window.stop) - start,
        pitch = note.pitch, velocity = note.velocity, channel = note.channel,
        release = note.release, is_muted = false,
      }
    end
  end
end

--- Add what an item sounds like between two quarter notes, each pass of its source.
local function add_item(found, project, item, from, to)
  local take = reaper.GetActiveTake(item)
  local _, buffer = reaper.MIDI_GetAllEvts(take)
  local events = events_of.parse(buffer)
  local start, stop = items.span(project, item)
  local window = { start = math.max(from, start), stop = math.min(to, stop), origin = from }
  local length, is_qn = reaper.GetMediaSourceLength(reaper.GetMediaItemTake_Source(take))
  local repeats = is_qn and length > 0 and reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") == 1
  local notes = events and events_of.notes(events) or {}
  local first = reaper.MIDI_GetProjQNFromPPQPos(take, 0)
  for pass = 0, repeats and math.ceil((stop - first) / length - 1e-6) - 1 or 0 do
    add_pass(found, notes, take, pass * (repeats and length or 0), window)
  end
end

local function voice_of(project, track, from, to)
  local notes = {}
  for _, item in ipairs(project_of.items(track)) do
    local start, stop = items.span(project, item)
    if start < to - 1e-6 and stop > from + 1e-6 and is_heard(item) then
      add_item(notes, project, item, from, to)
    end
  end
  if #notes == 0 then
    return nil
  end
  local name = items.voice_name(track)
  return { name = name, notes = notes, pads = items.pads(project, track, notes) }
end

--- Return the tracks to listen to, those in the same folder as one of ours first.
local function candidates(project, own, only_folder)
  local parents, siblings, others = {}, {}, {}
  for track in pairs(own) do
    parents[reaper.GetParentTrack(track) or false] = true
  end
  for _, track in ipairs(project_of.tracks(project)) do
    if not own[track] and not items.is_silent_track(track) then
      local parent = reaper.GetParentTrack(track) or false
      local is_sibling = parents[parent] and (parent or only_folder)
      table.insert(is_sibling and siblings or others, track)
    end
  end
  if not only_folder then
    table.move(others, 1, #others, #siblings + 1, siblings)
  end
  return siblings
end

--- Return the voices heard from one quarter note to another.
-- @param own {table} set of tracks that the request is about
-- @param mode {string} all, folder or off
function M.gather(project, own, from, to, mode)
  local found = {}
  if mode == "off" then
    return found
  end
  for _, track in ipairs(candidates(project, own, mode == "folder")) do
    local voice = #found < MAX_TRACKS and voice_of(project, track, from, to)
    if voice then
      found[#found + 1] = voice
    end
  end
  return found
end

return M
