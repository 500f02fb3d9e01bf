--- Notes as one flat list of numbers, as the mailbox carries them. Lua 5.3 or newer, no REAPER
-- global. The first number says how many fields each note has, 4 to 9; the fields of all notes
-- follow, in the order of the protocol. Trailing fields that are at their defaults everywhere are
-- left out.

local json = require("json")
local protocol = require("protocol_table")

local M = {}

local FIELDS = protocol.structs.note
local MIN_WIDTH = protocol.min_note_width
local NOTES_A_PIECE = 128

-- Some hosts let the system write a comma in numbers; then commas cannot part them at first.
local POINT = string.format("%.1f", 0.5):sub(2, 2)
local PART = POINT == "." and "," or ";"

local math_type = math.type

local NAMES, DEFAULTS = {}, {}
for index, field in ipairs(FIELDS) do
  NAMES[index], DEFAULTS[index] = field.name, field.default
end

local function width_of(notes)
  local width = MIN_WIDTH
  for place = 1, #notes do
    local note = notes[place]
    for index = #FIELDS, width + 1, -1 do
      local field = FIELDS[index]
      local value = note[field.name]
      if value ~= nil and value ~= field.default then
        width = index
        break
      end
    end
  end
  return width
end

--- Return what is written for a value that is no plain number.
local function checked(value, name)
  if type(value) == "boolean" then
    return value and 1 or 0
  elseif not math.type(value) then
    json.refuse("a note's %s is a number, got %s", name, type(value))
  end
  return json.refuse("a note's %s is a number with an end, got %s", name, tostring(value))
end

--- Return some of the notes as numbers with commas between them.
local function notes_text(notes, first, last, width)
  local template = string.rep("%.17g", width, PART)
  local texts, values = {}, {}
  for place = first, last do
    local note = notes[place]
    for index = 1, width do
      local name = NAMES[index]
      local value = note[name]
      if value == nil then
        value = DEFAULTS[index]
      end
      if not math_type(value) or value - value ~= 0 then
        value = checked(value, name)
      end
      values[index] = value
    end
    texts[place - first + 1] = string.format(template, table.unpack(values, 1, width))
  end
  local text = table.concat(texts, PART)
  return POINT == "." and text or (text:gsub(POINT, "."):gsub(PART, ","))
end

local Packed = {}

function Packed.write_json(packed, put)
  local notes = packed.notes
  if #notes == 0 then
    put("[]")
    return
  end
  local width = width_of(notes)
  put("[" .. width)
  for first = 1, #notes, NOTES_A_PIECE do
    put(",")
    put(notes_text(notes, first, math.min(first + NOTES_A_PIECE - 1, #notes), width))
  end
  put("]")
end

--- Return the notes as a value that `json` writes flat.
function M.packed(notes)
  return setmetatable({ notes = notes }, Packed)
end

--- Return a note of a flat list, written out because a table that is made whole is made fast.
local function note_at(flat, at, width)
  return {
    start = flat[at],
    pitch = flat[at + 1],
    duration = flat[at + 2],
    velocity = flat[at + 3],
    probability = width > 4 and flat[at + 4] or DEFAULTS[5],
    velocity_deviation = width > 5 and flat[at + 5] or DEFAULTS[6],
    release_velocity = width > 6 and flat[at + 6] or DEFAULTS[7],
    is_muted = width > 7 and flat[at + 7] ~= 0,
    channel = width > 8 and flat[at + 8] or DEFAULTS[9],
  }
end

local function are_numbers(values)
  for index = 1, #values do
    if not math_type(values[index]) then
      return false
    end
  end
  return true
end

--- Append the notes of a flat list to `notes`; return them, or nil and a sentence.
function M.unpack_into(notes, flat)
  if #flat == 0 then
    return notes
  end
  local width = flat[1]
  local count = math.type(width) == "integer" and width > 0 and (#flat - 1) // width
  if not count or width < MIN_WIDTH or width > #FIELDS or count * width ~= #flat - 1 then
    return nil, string.format("%d numbers are no notes of %s fields", #flat - 1, tostring(width))
  end
  if not are_numbers(flat) then
    return nil, "a field of a note is no number"
  end
  for at = 2, #flat, width do
    notes[#notes + 1] = note_at(flat, at, width)
  end
  return notes
end

return M
