--- Several targets as one piece of music: voices on one time line, what is heard beside, its time.
-- Beat 0 is the bar line at or before the first note of it all, so that bars are the project's.

local context_of = require("context")
local items = require("items")
local project_of = require("project")
local scope = require("scope")

local M = {}

local function relative(areas, origin, limit)
  local found = {}
  for index, area in ipairs(areas) do
    local start, stop = area.start - origin, math.min(area.stop, limit) - origin
    found[index] = { start = math.max(0, start), stop = stop }
  end
  return found
end

local function chosen_notes(notes, keys)
  local found = {}
  for _, note in ipairs(notes) do
    if keys[scope.key(note.original)] then
      found[note] = true
    end
  end
  return found
end

local function voice_of(piece, target, state)
  local notes = items.notes(state, piece.origin)
  return {
    name = items.voice_name(state.track, state.take),
    notes = notes,
    pads = items.pads(piece.project, state.track, notes),
    is_mpe = state.is_mpe,
    areas = relative(target.areas, piece.origin, state.stop),
    chosen = target.chosen and chosen_notes(notes, target.chosen),
    take_state = state,
    target = target,
  }
end

--- A voice for an area with no item yet; its notes will be in ticks of an item still to be made.
local function part_of(piece, target)
  return {
    name = items.voice_name(target.track),
    notes = {},
    pads = items.pads(piece.project, target.track, {}),
    areas = relative({ target }, piece.origin, target.stop),
    is_part = true,
    target = target,
  }
end

local function opened(project, targets)
  local states, first, last, hints = {}, math.huge, 0, {}
  for _, target in ipairs(targets) do
    local start, stop = target.start, target.stop
    if not target.is_part then
      local state, sentence = items.open(project, target.item, target.take)
      if not state then
        return nil, sentence
      end
      states[target] = state
      start, stop = state.start, state.stop
      table.move(state.hints, 1, #state.hints, #hints + 1, hints)
    end
    first, last = math.min(first, start), math.max(last, stop)
  end
  return states, first, last, hints
end

--- Fill in the time of a piece that is from one quarter note to another.
local function timed(project, first, last)
  local origin = project_of.bar_start(project, first)
  local meters, tempi = project_of.time_maps(project, origin, last)
  return {
    project = project, project_name = items.shortened(project_of.name(project)), origin = origin,
    length = last - origin, meters = meters, tempi = tempi, voices = {}, parts = {},
    time_text = project_of.time_text(project, origin, last),
  }
end

local function in_track_order(targets)
  local sorted = table.move(targets, 1, #targets, 1, {})
  local function number(target)
    local track = target.track or reaper.GetMediaItem_Track(target.item)
    return reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER")
  end
  table.sort(sorted, function(left, right)
    local first, second = number(left), number(right)
    if first ~= second then
      return first < second
    end
    return left.start < right.start
  end)
  return sorted
end

local function own_tracks(piece)
  local found = {}
  for _, voice in ipairs(piece.voices) do
    found[voice.target.track or voice.take_state.track] = true
  end
  return found
end

local function names_of(voices)
  local found = {}
  for index, voice in ipairs(voices) do
    found[index] = voice.name ~= "" and voice.name or "a track without a name"
  end
  return table.concat(found, ", ")
end

--- Hear what sounds beside the piece.
local function with_context(piece, mode)
  local from = piece.origin
  local to = from + piece.length
  piece.context = context_of.gather(piece.project, own_tracks(piece), from, to, mode)
  if #piece.context > 0 then
    table.insert(piece.hints, "Heard: " .. names_of(piece.context) .. ".")
  end
  return piece
end

--- Return a piece of targets that overlap in time, or nil and a sentence.
-- @param mode {string} whom to hear beside: all, folder or off
function M.of(project, targets, mode)
  local states, first, last, hints = opened(project, targets)
  if not states then
    return nil, first
  end
  local piece = timed(project, first, last)
  piece.hints = hints
  for _, target in ipairs(in_track_order(targets)) do
    local state = states[target]
    local voice = state and voice_of(piece, target, state) or part_of(piece, target)
    table.insert(piece.voices, voice)
    piece.name = piece.name or voice.name
  end
  return with_context(piece, mode)
end

return M
