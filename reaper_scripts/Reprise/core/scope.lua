--- What may change: areas of voices in beats, and from them the span, locks and chosen notes.
-- A voice has `notes` in order and either `areas` {{start, stop}, ..} or `chosen`, a set of notes.

local M = {}

--- Parse razor edit areas; returns {{start, stop, top, bottom}, ..} in seconds without envelopes'.
function M.razor_areas(text)
  local found = {}
  for part in text:gmatch("[^,]+") do
    local start, stop, rest = part:match("^%s*([%d%.eE+-]+)%s+([%d%.eE+-]+)%s*(.*)$")
    local guid = rest and rest:match('^"([^"]*)"') or ""
    if start and guid == "" then
      local top, bottom = rest:match('^"" +([%d%.]+) +([%d%.]+)')
      found[#found + 1] = {
        start = tonumber(start),
        stop = tonumber(stop),
        top = tonumber(top) or 0,
        bottom = tonumber(bottom) or 1,
      }
    end
  end
  return found
end

--- Return what tells a note of a take from the others, however often the take is read.
function M.key(note)
  return ("%d %d %d"):format(note.start, note.channel, note.pitch)
end

--- Return the selected notes of several takes, for each a set, where together they are at least
-- two and not all; else nil.
function M.chosen_of(takes)
  local found, count, total = {}, 0, 0
  for index, notes in ipairs(takes) do
    found[index] = {}
    for _, note in ipairs(notes) do
      total = total + 1
      if note.is_selected then
        found[index][note], count = true, count + 1
      end
    end
  end
  return count >= 2 and count < total and found or nil
end

local function hull(notes)
  local start, stop
  for note in pairs(notes) do
    start = math.min(start or note.start, note.start)
    stop = math.max(stop or 0, note.start + note.duration)
  end
  return start and { { start = start, stop = stop } } or {}
end

--- Return the areas of a voice: those given, or what its chosen notes fill.
function M.areas(voice)
  return voice.chosen and hull(voice.chosen) or voice.areas
end

--- Return the area in which a beat is, nil where none is.
function M.area_at(areas, beat)
  for _, area in ipairs(areas) do
    if area.start <= beat + 1e-6 and beat < area.stop - 1e-6 then
      return area
    end
  end
  return nil
end

--- Return the least span that holds every area, cut to the length.
function M.span(voices, length)
  local start, stop = length, 0
  for _, voice in ipairs(voices) do
    for _, area in ipairs(M.areas(voice)) do
      start, stop = math.min(start, area.start), math.max(stop, area.stop)
    end
  end
  return { start = math.max(0, start), ["end"] = math.min(stop, length) }
end

local function is_open(voice, note)
  if voice.chosen then
    return voice.chosen[note] ~= nil
  end
  return M.area_at(voice.areas, note.start) ~= nil
end

--- Return the places of notes that may change and of those in the span that may not, from 0.
function M.places(voices, span)
  local open, locked, place = {}, {}, 0
  for _, voice in ipairs(voices) do
    for _, note in ipairs(voice.notes) do
      if is_open(voice, note) then
        open[#open + 1] = place
      elseif note.start >= span.start - 1e-6 and note.start < span["end"] then
        locked[#locked + 1] = place
      end
      place = place + 1
    end
  end
  return open, locked
end

--- Split things with `start` and `stop` into groups whose members overlap in time, in order.
function M.groups(list)
  local sorted = table.move(list, 1, #list, 1, {})
  table.sort(sorted, function(left, right)
    return left.start < right.start
  end)
  local found, stop = {}, -math.huge
  for _, thing in ipairs(sorted) do
    if thing.start >= stop - 1e-6 then
      found[#found + 1] = {}
    end
    stop = math.max(stop, thing.stop)
    table.insert(found[#found], thing)
  end
  return found
end

return M
