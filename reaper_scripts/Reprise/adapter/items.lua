--- One item as Reprise reads it: its take's events and notes, where it lies, and why it cannot.

local events_of = require("events")
local mpe = require("mpe")
local project_of = require("project")

local M = {}

local LOCKED = 1
local TIME_BASE_TIME = 0
local EDGE = 1e-3
local MAX_NAME = 60

local function value(item, name)
  return reaper.GetMediaItemInfo_Value(item, name)
end

--- Return the GUID of a take, by which it is found again.
function M.take_guid(take)
  local _, guid = reaper.GetSetMediaItemTakeInfo_String(take, "GUID", "", false)
  return guid
end

--- Return start and end of an item in quarter notes.
function M.span(project, item)
  local start = value(item, "D_POSITION")
  local stop = start + value(item, "D_LENGTH")
  return project_of.to_qn(project, start), project_of.to_qn(project, stop)
end

--- Return a name of at most so many characters as a list can show.
function M.shortened(name)
  local stop = utf8.len(name) and utf8.offset(name, MAX_NAME + 1)
  return stop and name:sub(1, stop - 1) or name:sub(1, 4 * MAX_NAME)
end

--- Return the name that people know a voice by: the track's, else the take's.
function M.voice_name(track, take)
  local _, name = reaper.GetSetMediaTrackInfo_String(track, "P_NAME", "", false)
  if name == "" and take then
    local _, take_name = reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", "", false)
    name = take_name
  end
  return M.shortened(name)
end

--- Return a name for sentences, in quotes.
function M.quoted(item)
  local take = reaper.GetActiveTake(item)
  local name = M.voice_name(reaper.GetMediaItem_Track(item), take)
  return name ~= "" and ('"' .. name .. '"') or "The item"
end

--- Tell whether the item's active take is MIDI.
function M.is_midi(item)
  local take = reaper.GetActiveTake(item)
  return take ~= nil and reaper.TakeIsMIDI(take)
end

--- Tell whether a track is muted, or a folder around it.
function M.is_silent_track(track)
  while track do
    if reaper.GetMediaTrackInfo_Value(track, "B_MUTE") == 1 then
      return true
    end
    track = reaper.GetParentTrack(track)
  end
  return false
end

--- Tell whether a take ignores the project's tempo; only the item's state says so.
local function ignores_tempo(item, take)
  local _, chunk = reaper.GetItemStateChunk(item, "", false)
  local wanted, is_inside = M.take_guid(take), false
  for line in chunk:gmatch("[^\r\n]+") do
    if line:find("^%s*TAKE") then
      is_inside = false
    elseif line:match("^%s*GUID (%b{})") == wanted then
      is_inside = true
    elseif is_inside and line:find("^%s*IGNTEMPO ") then
      return line:find("^%s*IGNTEMPO 1") ~= nil
    end
  end
  return false
end

--- Return a sentence where a take cannot be worked with, else nil.
function M.refusal(item, take)
  local name = M.quoted(item)
  if not take then
    return name .. " is empty: it has no take. Choose a MIDI item."
  elseif not reaper.TakeIsMIDI(take) then
    return name .. " is audio. Reprise works on MIDI items; choose one."
  elseif math.tointeger(value(item, "C_LOCK")) & LOCKED ~= 0 then
    return name .. " is locked. Unlock the item (Item properties) and run the action again."
  elseif math.abs(reaper.GetMediaItemTakeInfo_Value(take, "D_PLAYRATE") - 1) > 1e-9 then
    return name .. " has a playrate other than 1. Set it to 1 or glue the item first."
  elseif ignores_tempo(item, take) then
    return name .. " ignores the project tempo. Switch that off in its source properties first."
  end
  return nil
end

local function hints(item, take, track)
  local found, name = {}, M.quoted(item)
  if value(item, "B_MUTE") == 1 then
    found[#found + 1] = name .. " is muted, so you will not hear it."
  elseif M.is_silent_track(track) then
    found[#found + 1] = "The track of " .. name .. " is muted, so you will not hear it."
  end
  if value(item, "B_ALLTAKESPLAY") == 1 then
    found[#found + 1] = name .. " plays all of its takes at once; switch that off to hear one."
  end
  if value(item, "C_BEATATTACHMODE") == TIME_BASE_TIME then
    found[#found + 1] = name .. ' has the time base "time": it will not follow the tempo.'
  end
  if reaper.GetMediaSourceType(reaper.GetMediaItemTake_Source(take)) == "MIDIPOOL" then
    found[#found + 1] = name .. " is pooled; the new takes are its own, the other copies stay."
  end
  return found
end

local function ticks_per_beat(take, qn)
  local first = reaper.MIDI_GetPPQPosFromProjQN(take, qn)
  return math.floor(reaper.MIDI_GetPPQPosFromProjQN(take, qn + 1) - first + 0.5)
end

--- Make the source as long as the item where the item goes on behind it in silence; where it
-- repeats the source, work on one pass of it. Returns a sentence where that cannot be.
local function settle_length(state)
  local last = events_of.end_of(state.events)
  local stop_tick = reaper.MIDI_GetPPQPosFromProjQN(state.take, state.stop)
  if not last or last.tick >= stop_tick - EDGE * state.ticks_per_beat then
    return nil
  end
  if value(state.item, "B_LOOPSRC") == 0 then
    state.events[#state.events] = {
      tick = math.floor(stop_tick + 0.5), flag = last.flag, message = last.message,
    }
    return nil
  end
  if reaper.GetMediaItemTakeInfo_Value(state.take, "D_STARTOFFS") ~= 0 then
    return M.quoted(state.item) .. " repeats its source from the middle. Glue the item first."
  end
  state.stop = reaper.MIDI_GetProjQNFromPPQPos(state.take, last.tick)
  local name = M.quoted(state.item)
  table.insert(state.hints, name .. " repeats its source: every pass follows the first.")
  return nil
end

--- Read a take; returns its state, or nil and a sentence.
-- The state: project, item, take and its guid, track, start and stop in quarters, events and their
-- hash, notes, ticks_per_beat, is_mpe, hints (sentences that stop nothing).
function M.open(project, item, take)
  take = take or reaper.GetActiveTake(item)
  local refusal = M.refusal(item, take)
  if refusal then
    return nil, refusal
  end
  local _, buffer = reaper.MIDI_GetAllEvts(take)
  local events, sentence = events_of.parse(buffer)
  if not events then
    return nil, sentence
  end
  local start, stop = M.span(project, item)
  local track = reaper.GetMediaItem_Track(item)
  local state = {
    project = project, item = item, take = take, track = track, start = start, stop = stop,
    events = events, notes = events_of.notes(events), hash = events_of.hash(events),
    ticks_per_beat = ticks_per_beat(take, start), hints = hints(item, take, track),
    guid = M.take_guid(take),
  }
  state.is_mpe = mpe.is_mpe(events, state.notes)
  sentence = settle_length(state)
  if sentence then
    return nil, sentence
  end
  return state
end

--- Return the notes of a state in beats from `origin`, those that begin inside the item.
function M.notes(state, origin)
  state.first_tick = reaper.MIDI_GetPPQPosFromProjQN(state.take, origin)
  local found, length = {}, state.stop - origin
  for _, note in ipairs(state.notes) do
    local start = (note.start - state.first_tick) / state.ticks_per_beat
    local stop = (note.stop - state.first_tick) / state.ticks_per_beat
    if start >= state.start - origin - EDGE and start < length - EDGE then
      found[#found + 1] = {
        start = math.max(0, start), duration = math.min(stop, length) - math.max(0, start),
        pitch = note.pitch, velocity = note.velocity, channel = note.channel,
        release = note.release, is_muted = note.is_muted, is_selected = note.is_selected,
        original = note,
      }
    end
  end
  return found
end

--- Return the pads of a track that gives its notes names: {{pitch, name}, ..}.
function M.pads(project, track, notes)
  local found = {}
  local channel = notes[1] and notes[1].channel or 0
  for pitch = 0, 127 do
    local name = reaper.GetTrackMIDINoteNameEx(project, track, pitch, channel)
    if name and name ~= "" then
      found[#found + 1] = { pitch, M.shortened(name) }
    end
  end
  return found
end

return M
