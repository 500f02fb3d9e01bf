--- A take's events with some notes gone and others new; everything else as it was, to the byte.

local events_of = require("events")
local mpe = require("mpe")

local M = {}

local function kept_of(notes, removed)
  local kept = {}
  for _, note in ipairs(notes) do
    if not removed[note] then
      kept[#kept + 1] = note
    end
  end
  return kept
end

local function by_tick(list)
  for index, event in ipairs(list) do
    event.order = (event.is_early and 0 or 1 << 32) + index
  end
  table.sort(list, function(left, right)
    if left.tick ~= right.tick then
      return left.tick < right.tick
    end
    return left.order < right.order
  end)
  return list
end

local function gone_with(take, removed)
  local gone, list = {}, {}
  for note in pairs(removed) do
    gone[note.on], gone[note.off] = true, true
    list[#list + 1] = note
  end
  for _, event in ipairs(events_of.notations(take.events, list)) do
    gone[event] = true
  end
  return gone
end

--- Return the events of new notes in order, and the set of them; a note ends before others begin.
local function inserted(new_notes, setters)
  local list, fresh = {}, {}
  for _, note in ipairs(new_notes) do
    local on, off = events_of.of_note(note)
    off.is_early = true
    table.move(setters[note] or {}, 1, #(setters[note] or {}), #list + 1, list)
    list[#list + 1], list[#list + 2] = on, off
    fresh[on], fresh[off] = true, true
  end
  return by_tick(list), fresh
end

local function plain(take, removed, new_notes)
  local list, fresh = inserted(new_notes, {})
  local changes = { gone = gone_with(take, removed), before = {}, inserted = list }
  return events_of.with_selected(events_of.merged(take.events, changes), fresh)
end

--- Curves leave with their notes, and no note that stays hears another bend than before.
local function expressive(take, removed, new_notes)
  local kept = kept_of(take.notes, removed)
  local setters = mpe.place(kept, take.notes, new_notes, take.ticks_per_beat)
  local list, fresh = inserted(new_notes, setters)
  local changes = { gone = gone_with(take, removed), before = {}, inserted = list }
  local curves = mpe.curves_of(take.events, take.notes, removed, take.ticks_per_beat)
  for event in pairs(curves) do
    changes.gone[event] = true
  end
  local after = mpe.in_force(events_of.merged(take.events, changes), kept)
  changes.before = mpe.restoring(kept, mpe.in_force(take.events, kept), after)
  return events_of.with_selected(events_of.merged(take.events, changes), fresh)
end

local function within(note, limit)
  local start = math.min(note.start, limit - 1)
  note.start, note.stop = start, math.max(start + 1, math.min(note.stop, limit))
  return note
end

--- Return the events of a take with notes taken out and others put in.
-- @param take {table} {events, notes, is_mpe, ticks_per_beat}
-- @param removed {table} set of notes of the take
-- @param new_notes {table} {start, stop, pitch, velocity, channel, release, is_muted} in ticks
function M.rewritten(take, removed, new_notes)
  local last = events_of.end_of(take.events)
  for _, note in ipairs(new_notes) do
    within(note, last and last.tick or math.huge)
  end
  if take.is_mpe then
    return expressive(take, removed, new_notes)
  end
  return plain(take, removed, new_notes)
end

return M
