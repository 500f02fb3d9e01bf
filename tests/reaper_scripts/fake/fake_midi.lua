--- MIDI sources and takes of the fake: events, the quarter notes they fall on, the buffers.

local M = {}

M.TICKS_PER_QN = 960
local END = "\xB0\x7B\x00"

--- Return the state of a new MIDI source of so many quarter notes.
function M.new_source(length_qn, ticks_per_qn)
  local ticks = ticks_per_qn or M.TICKS_PER_QN
  return {
    kind = "MIDI",
    ticks_per_qn = ticks,
    events = { { tick = math.floor(length_qn * ticks + 0.5), flag = 0, message = END } },
  }
end

function M.copy_source(source)
  local copy = {}
  for key, value in pairs(source) do
    copy[key] = value
  end
  copy.events = {}
  for index, event in ipairs(source.events) do
    copy.events[index] = { tick = event.tick, flag = event.flag, message = event.message }
  end
  copy.pool = nil
  return copy
end

function M.length_qn(source)
  return source.events[#source.events].tick / source.ticks_per_qn
end

function M.buffer(source)
  local parts, tick = {}, 0
  for index, event in ipairs(source.events) do
    parts[index] = string.pack("<i4Bs4", event.tick - tick, event.flag, event.message)
    tick = event.tick
  end
  return table.concat(parts)
end

--- Read a buffer as REAPER does, but refuse what REAPER would spoil without a word.
function M.set_buffer(source, buffer)
  local events, position, tick = {}, 1, 0
  while position <= #buffer do
    local delta, flag, message
    delta, flag, message, position = string.unpack("<i4Bs4", buffer, position)
    assert(delta >= 0, "an event before the one it follows")
    tick = tick + delta
    events[#events + 1] = { tick = tick, flag = flag, message = message }
  end
  local last = events[#events]
  assert(last and last.message == END, "the last event must be the source's end, CC 123")
  source.events = events
end

--- Return the notes that REAPER would show: {start, stop, pitch, velocity, channel, ...} in ticks.
function M.notes(source)
  local open, found = {}, {}
  for _, event in ipairs(source.events) do
    local status = event.message:byte(1) & 0xF0
    local channel, pitch = event.message:byte(1) & 15, event.message:byte(2)
    local key = channel * 128 + (pitch or 0)
    local is_on = status == 0x90 and event.message:byte(3) > 0
    if open[key] and (is_on or status == 0x80 or status == 0x90) then
      open[key].stop = event.tick
      open[key] = nil
    end
    if is_on then
      open[key] = {
        start = event.tick,
        pitch = pitch,
        velocity = event.message:byte(3),
        channel = channel,
        selected = event.flag & 1 == 1,
        muted = event.flag & 2 == 2,
      }
      found[#found + 1] = open[key]
    end
  end
  local last = source.events[#source.events].tick
  for _, note in ipairs(found) do
    note.stop = note.stop or last
  end
  return found
end

--- Return bytes as text, two digits each.
function M.hex(bytes)
  return (bytes:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end))
end

--- Return every event that is neither note nor end, as text, to compare controllers by.
function M.controllers(source)
  local lines = {}
  for index = 1, #source.events - 1 do
    local event = source.events[index]
    local status = event.message:byte(1) & 0xF0
    if status ~= 0x80 and status ~= 0x90 then
      lines[#lines + 1] = ("%d %d %s"):format(event.tick, event.flag, M.hex(event.message))
    end
  end
  return table.concat(lines, "\n")
end

--- Put notes {start, duration, pitch, velocity, channel, selected, muted} in beats into a source.
-- @param others {table} more events {beat, message, flag}
function M.fill(source, notes, others)
  local last = table.remove(source.events)
  local events = source.events
  local order = 0
  for _, event in ipairs(events) do
    event.rank, event.order = event.rank or 1, event.order or 0
  end
  local function add(beat, flag, message, rank)
    order = order + 1
    local tick = math.floor(beat * source.ticks_per_qn + 0.5)
    events[#events + 1] = { tick = tick, flag = flag, message = message, rank = rank, order = order }
  end
  for _, note in ipairs(notes) do
    local flag = (note.selected and 1 or 0) | (note.muted and 2 or 0)
    local channel = note.channel or 0
    add(note.start, flag, string.char(0x90 | channel, note.pitch, note.velocity or 96), 2)
    add(note.start + note.duration, flag, string.char(0x80 | channel, note.pitch, 0), 0)
  end
  for _, other in ipairs(others or {}) do
    add(other[1], other[3] or 0, other[2], 1)
  end
  table.sort(events, function(left, right)
    if left.tick ~= right.tick then
      return left.tick < right.tick
    end
    if left.rank ~= right.rank then
      return left.rank < right.rank
    end
    return left.order < right.order
  end)
  events[#events + 1] = last
end

return M
