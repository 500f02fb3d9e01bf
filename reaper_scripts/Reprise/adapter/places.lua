--- Where new bars go: after the items, on no other item, or into what an earlier run put there.

local items = require("items")
local lanes = require("lanes")
local project_of = require("project")
local stamps = require("stamps")

local M = {}

local MAX_NEW_BARS = 8
local DEVELOPMENT_TIMES = 4
local EDGE = 1e-3
local NO_ROOM = "%s is followed at once by another item, so there is no room after it. "
  .. "Move that one, or copy the item to where there is room."

--- Return the first item of a track from one quarter note to another, and where it begins.
-- @param beside {MediaItem} on fixed lanes only its lane counts
local function overlapping(project, track, start, stop, beside)
  local lane = beside and lanes.has(track) and lanes.of(beside)
  for _, item in ipairs(project_of.items(track)) do
    local item_start, item_stop = items.span(project, item)
    local is_meant = not lane or lanes.of(item) == lane
    if is_meant and item_start < stop - EDGE and item_stop > start + EDGE then
      return item, item_start
    end
  end
  return nil
end

--- Tell whether an area {track, start, stop} is still there and empty.
function M.is_free(project, area)
  return project_of.has(project, area.track, "MediaTrack*")
    and overlapping(project, area.track, area.start, area.stop) == nil
end

--- Return the item after a voice that an earlier run of ours made from its take.
local function own_follower(project, voice, start)
  local state = voice.take_state
  local item = overlapping(project, state.track, start, start + 3 * EDGE, state.item)
  for _, entry in ipairs(item and stamps.in_item(item) or {}) do
    if entry.stamp.source == voice.take_state.guid then
      return item
    end
  end
  return nil
end

local function followers(project, piece, start)
  local found = {}
  for index, voice in ipairs(piece.voices) do
    found[index] = own_follower(project, voice, start)
  end
  return #found == #piece.voices and found or nil
end

local function wanted_length(project, piece, verb, settings, start)
  local bar = project_of.bar_length(project, start)
  if settings.bars then
    return settings.bars * bar
  end
  local length = 0
  for _, voice in ipairs(piece.voices) do
    length = math.max(length, voice.take_state.stop - voice.take_state.start)
  end
  if verb == "develop" then
    return DEVELOPMENT_TIMES * length
  end
  return math.min(length, MAX_NEW_BARS * bar)
end

--- Return how much of a length is free on every track after the piece.
local function room_after(project, piece, start, length)
  local room, blocked = length, nil
  for _, voice in ipairs(piece.voices) do
    local state = voice.take_state
    local item, item_start = overlapping(project, state.track, start, start + length, state.item)
    if item and item_start - start < room then
      room, blocked = item_start - start, voice
    end
  end
  return room, blocked
end

--- Return where the last item of a piece ends, with all passes of its source.
local function real_end(project, piece)
  local found = 0
  for _, voice in ipairs(piece.voices) do
    local _, stop = items.span(project, voice.take_state.item)
    found = math.max(found, stop)
  end
  return found
end

local function place_of_followers(project, piece, found, start)
  local _, stop = items.span(project, found[1])
  piece.new_length = stop - start
  return { start = start, stop = stop, items = found }
end

local function free_place(project, piece, verb, settings, start)
  local length = wanted_length(project, piece, verb, settings, start)
  local room, blocked = room_after(project, piece, start, length)
  if room < math.min(length, project_of.bar_length(project, start)) - EDGE then
    return nil, NO_ROOM:format(items.quoted(blocked.take_state.item))
  end
  if room < length then
    table.insert(piece.hints, "There was room for less than usual before the next item.")
  end
  piece.new_length = math.min(room, length)
  local place = { start = start, stop = start + piece.new_length }
  function place.check()
    local now = real_end(project, piece)
    place.start, place.stop = now, now + piece.new_length
    local free, by = room_after(project, piece, now, piece.new_length)
    if free < piece.new_length - EDGE then
      return NO_ROOM:format(items.quoted(by.take_state.item))
    end
    return nil
  end
  return place
end

--- Return where the bars after a piece go, and set how many beats they are; or nil, a sentence.
function M.after(project, piece, verb, settings)
  local start = real_end(project, piece)
  local earlier = followers(project, piece, start)
  local place, sentence
  if earlier then
    place = place_of_followers(project, piece, earlier, start)
  else
    place, sentence = free_place(project, piece, verb, settings, start)
  end
  if not place then
    return nil, sentence
  end
  place.tracks = {}
  for index, voice in ipairs(piece.voices) do
    place.tracks[index] = voice.take_state.track
  end
  piece.new_stop = piece.length + piece.new_length
  return place
end

return M
