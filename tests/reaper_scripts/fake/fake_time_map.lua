--- The project's time: tempo and meter changes, seconds <-> quarter notes, measures.

local M = {}
M.__index = M

--- Make a map from changes {qn, bpm, numerator, denominator}, the first at quarter 0.
function M.new(changes)
  return setmetatable({ changes = changes }, M)
end

local function seconds_until(changes, position)
  local seconds = 0
  for index = 1, position - 1 do
    local change, following = changes[index], changes[index + 1]
    seconds = seconds + (following.qn - change.qn) * 60 / change.bpm
  end
  return seconds
end

function M:to_seconds(qn)
  local changes = self.changes
  local position = 1
  while changes[position + 1] and changes[position + 1].qn <= qn do
    position = position + 1
  end
  return seconds_until(changes, position) + (qn - changes[position].qn) * 60 / changes[position].bpm
end

function M:to_qn(seconds)
  local changes = self.changes
  local position = 1
  while changes[position + 1] and seconds_until(changes, position + 1) <= seconds do
    position = position + 1
  end
  local change = changes[position]
  return change.qn + (seconds - seconds_until(changes, position)) * change.bpm / 60
end

function M:bpm_at(qn)
  local found = self.changes[1]
  for _, change in ipairs(self.changes) do
    if change.qn <= qn + 1e-9 then
      found = change
    end
  end
  return found.bpm
end

--- Return measure number `wanted` as {start, stop, numerator, denominator}, in quarters.
function M:measure(wanted)
  local start, number, position = 0.0, 0, 1
  local changes = self.changes
  local meter = changes[1]
  while true do
    while changes[position + 1] and changes[position + 1].qn <= start + 1e-9 do
      position = position + 1
      if changes[position].numerator then
        meter = changes[position]
      end
    end
    local stop = start + meter.numerator * 4 / meter.denominator
    if number == wanted then
      return { start = start, stop = stop, meter = meter }
    end
    start, number = stop, number + 1
  end
end

--- Return the number of the measure that holds a quarter note.
function M:measure_at(qn)
  local number = 0
  while self:measure(number).stop <= qn + 1e-9 do
    number = number + 1
  end
  return number
end

return M
