--- MPE takes: every note on a channel of its own, with bend, CC 74 and pressure around it.
-- A removed note takes its curves along; a new one gets a channel that is free and neutral values.

local events_of = require("events")

local M = {}

local PRESSURE, BEND, CONTROL = 0xD0, 0xE0, 0xB0
local BRIGHTNESS = 74
local LEAD_BEATS = 1 / 32
local NEUTRAL = {
  bend = { status = BEND, first = 0x00, second = 0x40 },
  brightness = { status = CONTROL, first = BRIGHTNESS, second = 64 },
  pressure = { status = PRESSURE, first = 0 },
}
local ORDER = { "bend", "brightness", "pressure" }

--- Return the ticks before a note in which its first values are set.
local function lead_ticks(ticks_per_beat)
  return math.floor(LEAD_BEATS * ticks_per_beat)
end

--- Return which of a note's three expressions an event sets, and its channel; nil for others.
local function expression(event)
  local kind, channel = events_of.status(event)
  if kind == BEND then
    return "bend", channel
  elseif kind == PRESSURE then
    return "pressure", channel
  elseif kind == CONTROL and event.message:byte(2) == BRIGHTNESS then
    return "brightness", channel
  end
  return nil, channel
end

local function note_channels(notes)
  local found, count = {}, 0
  for _, note in ipairs(notes) do
    if not found[note.channel] then
      found[note.channel], count = true, count + 1
    end
  end
  return found, count
end

local function has_zone(events)
  for _, event in ipairs(events) do
    local kind, channel = events_of.status(event)
    local is_master = channel == 0 or channel == 15
    if kind == CONTROL and is_master and event.message:sub(2, 3) == "\x64\x06" then
      return true
    end
  end
  return false
end

--- Tell whether a take is MPE: it says so, or notes on several channels bend on their own.
function M.is_mpe(events, notes)
  local channels, count = note_channels(notes)
  if has_zone(events) then
    return count > 0
  end
  if count < 2 or (channels[0] and channels[15]) then
    return false
  end
  local expressive, expressive_count = {}, 0
  for _, event in ipairs(events) do
    local name, channel = expression(event)
    if name and channels[channel] and not expressive[channel] then
      expressive[channel], expressive_count = true, expressive_count + 1
    end
  end
  return expressive_count >= 2
end

local function by_channel(notes)
  local found = {}
  for _, note in ipairs(notes) do
    found[note.channel] = found[note.channel] or {}
    table.insert(found[note.channel], note)
  end
  return found
end

--- Return the notes of a channel that an expression at a tick belongs to.
local function owners(notes, tick, lead)
  local found, before, following = {}, nil, nil
  for _, note in ipairs(notes) do
    if note.start <= tick and tick < note.stop then
      found[#found + 1] = note
    elseif note.stop <= tick and (not before or note.stop > before.stop) then
      before = note
    elseif note.start > tick and (not following or note.start < following.start) then
      following = note
    end
  end
  if #found > 0 then
    return found
  end
  if following and (not before or following.start - tick <= lead) then
    return { following }
  end
  return { before }
end

--- Return the expressions that go with the removed notes, as a set of events.
function M.curves_of(events, notes, removed, ticks_per_beat)
  local lead, channels, found = lead_ticks(ticks_per_beat), by_channel(notes), {}
  for _, event in ipairs(events) do
    local name, channel = expression(event)
    if name and channels[channel] then
      local is_needed = false
      for _, note in ipairs(owners(channels[channel], event.tick, lead)) do
        is_needed = is_needed or not removed[note]
      end
      found[event] = not is_needed or nil
    end
  end
  return found
end

local function setter(name, channel, tick, values)
  local parts = { values.status | channel, values.first, values.second }
  return { tick = tick, flag = 0, message = string.char(table.unpack(parts)), name = name }
end

local function neutral_setters(channel, tick)
  local found = {}
  for _, name in ipairs(ORDER) do
    found[#found + 1] = setter(name, channel, tick, NEUTRAL[name])
  end
  return found
end

local function member_channels(notes)
  local used = note_channels(notes)
  local first, last = 1, 15
  if used[0] then
    first, last = 0, 14
  end
  local found = {}
  for channel = first, last do
    found[#found + 1] = channel
  end
  return found
end

local function is_free(taken, note, lead)
  for _, other in ipairs(taken or {}) do
    if other.start - lead < note.stop and note.start - lead < other.stop then
      return false
    end
  end
  return true
end

local function last_use(taken, note)
  local found = -math.huge
  for _, other in ipairs(taken or {}) do
    if other.stop <= note.start then
      found = math.max(found, other.stop)
    end
  end
  return found
end

local function overlap(taken, note)
  local total = 0
  for _, other in ipairs(taken or {}) do
    total = total + math.max(0, math.min(other.stop, note.stop) - math.max(other.start, note.start))
  end
  return total
end

local function best_channel(channels, taken, note, lead)
  local best, best_use
  for _, channel in ipairs(channels) do
    local use = last_use(taken[channel], note)
    if is_free(taken[channel], note, lead) and (not best or use < best_use) then
      best, best_use = channel, use
    end
  end
  if best then
    return best, true
  end
  for _, channel in ipairs(channels) do
    local shared = overlap(taken[channel], note)
    if not best or shared < best_use then
      best, best_use = channel, shared
    end
  end
  return best, false
end

--- Give each new note a member channel that no other uses then, the one unused for longest.
-- Returns, for each, the neutral values to set before it; none where it has to share a channel.
function M.place(kept, all_notes, new_notes, ticks_per_beat)
  local lead = lead_ticks(ticks_per_beat)
  local taken, channels, setters = by_channel(kept), member_channels(all_notes), {}
  for _, note in ipairs(new_notes) do
    local channel, is_own = best_channel(channels, taken, note, lead)
    note.channel = channel
    taken[channel] = taken[channel] or {}
    table.insert(taken[channel], note)
    setters[note] = is_own and neutral_setters(channel, note.start) or {}
  end
  return setters
end

--- Return, for each note that stays, what was in force when it began: {bend = message, ...}.
function M.in_force(events, notes)
  local is_start, now, found = {}, {}, {}
  for _, note in ipairs(notes) do
    is_start[note.on] = note
  end
  for _, event in ipairs(events) do
    local name, channel = expression(event)
    if name then
      now[channel] = now[channel] or {}
      now[channel][name] = event.message
    end
    local note = is_start[event]
    if note then
      found[note] = {}
      for _, known in ipairs(ORDER) do
        found[note][known] = now[channel] and now[channel][known]
      end
    end
  end
  return found
end

--- Return the events that give notes that stay the values back that they began with.
-- @param before {table} of in_force for the take as it was
-- @param after {table} the same for the take as it would be
function M.restoring(notes, before, after)
  local found = {}
  for _, note in ipairs(notes) do
    for _, name in ipairs(ORDER) do
      local was, is = before[note][name], after[note] and after[note][name]
      if was ~= is then
        local neutral = setter(name, note.channel, note.start, NEUTRAL[name])
        local event = was and { tick = note.start, flag = 0, message = was } or neutral
        found[note.on] = found[note.on] or {}
        table.insert(found[note.on], event)
      end
    end
  end
  return found
end

return M
