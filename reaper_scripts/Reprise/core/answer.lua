--- From a result to what changes in each take: the notes that go and the new ones, in ticks.

local rewriting = require("rewriting")
local scope = require("scope")

local M = {}

--- Return the notes of each voice that a result does not keep, as sets of the voice's notes.
function M.removed(piece, result)
  local kept = {}
  for _, place in ipairs(result.kept) do
    kept[place] = true
  end
  local found, place = {}, 0
  for index, voice in ipairs(piece.voices) do
    found[index] = {}
    for _, note in ipairs(voice.notes) do
      if not kept[place] then
        found[index][note.original] = true
      end
      place = place + 1
    end
  end
  return found
end

local function common_channel(voice)
  local channel
  for _, note in ipairs(voice.notes) do
    if channel and channel ~= note.channel then
      return nil
    end
    channel = note.channel
  end
  return channel
end

--- Return a note in the ticks of a take whose beat 0 is at `first_tick`.
local function in_ticks(note, take, channel)
  local function tick_of(beat)
    return math.floor(take.first_tick + beat * take.ticks_per_beat + 0.5)
  end
  local start = tick_of(note.start)
  return {
    start = start,
    stop = math.max(start + 1, tick_of(note.start + note.duration)),
    pitch = note.pitch,
    velocity = note.velocity or 100,
    release = note.release_velocity or 64,
    is_muted = note.is_muted or false,
    channel = channel or note.channel or 0,
  }
end

--- Return how far notes that begin in an area may ring: to its end, or as far as one did before.
local function limit_of(voice, area)
  local limit = area.stop
  for _, note in ipairs(voice.notes) do
    if note.start >= area.start and note.start < area.stop then
      limit = math.max(limit, note.start + note.duration)
    end
  end
  return limit
end

local function clipped(note, limit)
  if note.start + note.duration <= limit then
    return note
  end
  local copy = {}
  for name, value in pairs(note) do
    copy[name] = value
  end
  copy.duration = limit - note.start
  return copy
end

--- Return the notes of an answer for one voice; what begins outside its areas is left out.
local function inside(voice, notes)
  local areas, found = scope.areas(voice), {}
  for _, area in ipairs(areas) do
    area.limit = area.limit or limit_of(voice, area)
  end
  for _, note in ipairs(notes) do
    local area = scope.area_at(areas, note.start)
    if area then
      found[#found + 1] = clipped(note, area.limit)
    end
  end
  return found
end

local function all_in_ticks(notes, take, channel)
  local found = {}
  for index, note in ipairs(notes) do
    found[index] = in_ticks(note, take, channel)
  end
  return found
end

--- Return the events of a take that holds an answer for a voice, all else as in its own take.
-- @param removed {table} of M.removed, for this voice
function M.events_in_place(voice, removed, notes)
  local state = voice.take_state
  local new_notes = all_in_ticks(inside(voice, notes), state, common_channel(voice))
  return rewriting.rewritten(state, removed, new_notes)
end

--- Return the events of a new item, given by its state, that holds an answer for a voice; what
-- begins outside the item is left out.
-- @param voice {table} whose channel the notes get, nil for a part that nobody plays yet
function M.events_beside(state, voice, notes)
  local channel = voice and common_channel(voice)
  local last, found = state.events[#state.events].tick, {}
  for _, note in ipairs(all_in_ticks(notes, state, channel)) do
    if note.start >= 0 and note.start < last then
      found[#found + 1] = note
    end
  end
  return rewriting.rewritten(state, {}, found)
end

return M
