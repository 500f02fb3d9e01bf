--- MIDI events of a take <-> the buffer of MIDI_GetAllEvts; the notes among them.
-- An event is {tick, flag, message}; events that nobody changes keep their bytes.

local M = {}

local END_OF_SOURCE = "\xB0\x7B\x00"
local NOTE_OFF, NOTE_ON = 0x80, 0x90
local SELECTED, MUTED = 1, 2
local HASH_STEP = 0x100000001B3
local NOTATION = "^\xFF\x0FNOTE (%d+) (%d+)"

--- Return the events of a buffer in its order, or nil and a sentence where it is cut.
function M.parse(buffer)
  local events, position, tick, size = {}, 1, 0, #buffer
  while position <= size do
    local is_whole, delta, flag, message, following =
      pcall(string.unpack, "<i4Bs4", buffer, position)
    if not is_whole then
      return nil, "The take's MIDI data cannot be read."
    end
    tick, position = tick + delta, following
    events[#events + 1] = { tick = tick, flag = flag, message = message }
  end
  return events
end

--- Return the buffer of events that are in order.
function M.build(events)
  local parts, tick = {}, 0
  for index, event in ipairs(events) do
    parts[index] = string.pack("<i4Bs4", event.tick - tick, event.flag, event.message)
    tick = event.tick
  end
  return table.concat(parts)
end

--- Return the event that ends the source, nil where there is none.
function M.end_of(events)
  local last = events[#events]
  return last and last.message == END_OF_SOURCE and last or nil
end

--- Return the event's kind (0x80 .. 0xF0) and its channel 0-15.
function M.status(event)
  local first = event.message:byte(1) or 0xFF
  return first & 0xF0, first & 0x0F
end

local function new_note(event, channel)
  return {
    start = event.tick,
    pitch = event.message:byte(2),
    velocity = event.message:byte(3),
    channel = channel,
    is_selected = event.flag & SELECTED ~= 0,
    is_muted = event.flag & MUTED ~= 0,
    on = event,
  }
end

local function close(note, event, release)
  note.stop, note.off, note.release = event.tick, event, release
end

--- Return the notes that begin and end, in the order of their beginnings.
-- Where one pitch sounds twice at once, the earlier note ends first. A note that never ends is left
-- alone as one of the other events.
function M.notes(events)
  local open, found = {}, {}
  for _, event in ipairs(events) do
    local kind, channel = M.status(event)
    if (kind == NOTE_ON or kind == NOTE_OFF) and #event.message == 3 then
      local _, pitch, velocity = event.message:byte(1, 3)
      local key = channel << 7 | pitch
      open[key] = open[key] or {}
      if kind == NOTE_ON and velocity > 0 then
        found[#found + 1] = new_note(event, channel)
        table.insert(open[key], found[#found])
      elseif open[key][1] then
        close(table.remove(open[key], 1), event, kind == NOTE_OFF and velocity or 64)
      end
    end
  end
  local whole = {}
  for _, note in ipairs(found) do
    if note.off and note.stop > note.start then
      whole[#whole + 1] = note
    end
  end
  return whole
end

--- Return the events that say how a note is written (its articulation), of the notes given.
function M.notations(events, notes)
  local wanted = {}
  for _, note in ipairs(notes) do
    wanted[("%d %d %d"):format(note.start, note.channel, note.pitch)] = true
  end
  local found = {}
  for _, event in ipairs(events) do
    local channel, pitch = event.message:match(NOTATION)
    if channel and wanted[("%d %d %d"):format(event.tick, channel, pitch)] then
      found[#found + 1] = event
    end
  end
  return found
end

--- Return the two events of a note {start, stop, pitch, velocity, channel, release, is_muted}.
function M.of_note(note)
  local flag = SELECTED | (note.is_muted and MUTED or 0)
  local on = string.char(NOTE_ON | note.channel, note.pitch, note.velocity)
  local off = string.char(NOTE_OFF | note.channel, note.pitch, note.release)
  return { tick = note.start, flag = flag, message = on },
    { tick = note.stop, flag = flag, message = off }
end

local function is_before(event, tick)
  return event.tick < tick or (event.tick == tick and event.is_early)
end

--- Return the events with others among them.
-- `inserted` are in order of tick; at one tick those with `is_early` stand before what was there,
-- the others behind it. `before[event]` stands right before that event; `gone[event]` is left out.
-- Nothing stands behind the end of the source.
function M.merged(events, changes)
  local found, position, last = {}, 1, M.end_of(events)
  local function put_until(tick)
    local following = changes.inserted[position]
    while following and is_before(following, tick) do
      found[#found + 1], position = following, position + 1
      following = changes.inserted[position]
    end
  end
  for _, event in ipairs(events) do
    put_until(event == last and math.huge or event.tick)
    table.move(changes.before[event] or {}, 1, #(changes.before[event] or {}), #found + 1, found)
    if not changes.gone[event] then
      found[#found + 1] = event
    end
  end
  put_until(math.huge)
  return found
end

local function without_selection(event)
  local kind = M.status(event)
  if (kind ~= NOTE_ON and kind ~= NOTE_OFF) or event.flag & SELECTED == 0 then
    return event
  end
  return { tick = event.tick, flag = event.flag & ~SELECTED, message = event.message }
end

--- Return the events with no note selected but the fresh ones.
-- @param fresh {table} set of events
function M.with_selected(events, fresh)
  local found = {}
  for index, event in ipairs(events) do
    found[index] = fresh[event] and event or without_selection(event)
  end
  return found
end

--- Return the events moved by so many ticks; what would begin before the source is left out, but
-- for controllers, of which the last one counts.
function M.moved(events, ticks)
  if ticks == 0 then
    return events
  end
  local found = {}
  for _, event in ipairs(events) do
    local kind = M.status(event)
    local tick = event.tick + ticks
    if tick >= 0 or (kind ~= NOTE_ON and kind ~= NOTE_OFF) then
      found[#found + 1] = { tick = math.max(0, tick), flag = event.flag, message = event.message }
    end
  end
  return found
end

--- Return the events with their ticks multiplied, for a source of another resolution.
function M.scaled(events, factor)
  if factor == 1 then
    return events
  end
  local found = {}
  for index, event in ipairs(events) do
    local tick = math.floor(event.tick * factor + 0.5)
    found[index] = { tick = tick, flag = event.flag, message = event.message }
  end
  return found
end

--- Return a number of one event, whatever is selected; arithmetic wraps at 64 bits.
local function number_of(event)
  local hash = (event.tick * HASH_STEP) ~ (event.flag & ~SELECTED)
  for position = 1, #event.message do
    hash = (hash ~ event.message:byte(position)) * HASH_STEP
  end
  return hash ~ (hash >> 29)
end

--- Return a short text that changes when notes or controllers do; the order at one tick and what is
-- selected do not matter.
function M.hash(events)
  local total = #events
  for _, event in ipairs(events) do
    total = total + number_of(event) * HASH_STEP
  end
  return ("%016x"):format(total)
end

return M
