--- The protocol's messages as Lua: plain tables <-> atoms. Lua 5.3 or newer, no REAPER global.
-- The tables have the keys of docs/protocol.md; a field that may be missing is nil.
-- For scripts that have a socket and speak OSC; the actions go through the mailbox and need none.

local table_of = require("protocol_table")

local M = {}

local MAX_INT32 = 2147483647
local NOTE_FIELDS = table_of.structs.note

local kinds = {}
for kind, row in pairs(table_of.messages) do
  kinds[row.address] = kind
end

local function fail(sentence, ...)
  error({ protocol_error = string.format(sentence, ...) }, 0)
end

local function int32(value)
  local rounded = type(value) == "number" and math.tointeger(math.floor(value + 0.5))
  if not rounded or rounded > MAX_INT32 or rounded < -MAX_INT32 - 1 then
    fail("numbers on the wire are int32, got %s", tostring(value))
  end
  return rounded
end

--- Return the text without NUL and of at most so many bytes as the wire takes.
local function cut_text(text)
  local cut = text:gsub("\0", "")
  if #cut <= table_of.max_text_bytes then
    return cut
  end
  local stop = table_of.max_text_bytes
  while stop > 0 and (cut:byte(stop + 1) & 0xC0) == 0x80 do
    stop = stop - 1
  end
  return cut:sub(1, stop)
end

-- ---------------------------------------------------------------- reading atoms in order

local Reader = {}
Reader.__index = Reader

local function new_reader(atoms)
  return setmetatable({ atoms = atoms, position = 1 }, Reader)
end

function Reader:left()
  return #self.atoms - self.position + 1
end

function Reader:number()
  local atom = self.atoms[self.position]
  if type(atom) ~= "number" or atom ~= atom or math.abs(atom) == math.huge then
    fail("a number was expected at atom %d, got %s", self.position, tostring(atom))
  end
  self.position = self.position + 1
  return int32(atom)
end

function Reader:string()
  local atom = self.atoms[self.position]
  if type(atom) ~= "string" then
    fail("a string was expected at atom %d, got %s", self.position, tostring(atom))
  end
  self.position = self.position + 1
  return atom
end

function Reader:count(limit)
  local count = self:number()
  if count < 0 or count > limit or count > self:left() then
    fail("a list of %d elements cannot be", count)
  end
  return count
end

-- ---------------------------------------------------------------- texts

local InlineTexts = {}
InlineTexts.__index = InlineTexts

--- From client to server a text is itself.
function M.inline_texts()
  return setmetatable({}, InlineTexts)
end

function InlineTexts.write(_, text, atoms)
  atoms[#atoms + 1] = cut_text(text)
end

function InlineTexts.read(_, reader)
  return reader:string()
end

local NumberedTexts = {}
NumberedTexts.__index = NumberedTexts

--- From server to client a text is a number, and itself only where it is new in the session.
function M.numbered_texts()
  return setmetatable({ texts = { [0] = "" }, numbers = { [""] = 0 }, said = 0 }, NumberedTexts)
end

function NumberedTexts:write(text, atoms)
  local cut = cut_text(text)
  local known = self.numbers[cut]
  if known then
    atoms[#atoms + 1] = known
    return
  end
  local number = self.said % table_of.max_texts + 1
  self.said = self.said + 1
  local old = self.texts[number]
  if old then
    self.numbers[old] = nil
  end
  self.numbers[cut], self.texts[number] = number, cut
  atoms[#atoms + 1] = -number
  atoms[#atoms + 1] = cut
end

function NumberedTexts:read(reader)
  local number = reader:number()
  if number < 0 and number >= -table_of.max_texts then
    self.texts[-number] = reader:string()
  end
  local text = self.texts[math.abs(number)]
  if not text then
    fail("text number %d was never said in this session", number)
  end
  return text
end

-- ---------------------------------------------------------------- result ids

--- Return a result id such as "7F3K2M" as a number of 30 bits.
local function number_from_id(id)
  local number = 0
  for letter in id:upper():gmatch(".") do
    local place = table_of.id_alphabet:find(letter, 1, true)
    number = place and number and number * #table_of.id_alphabet + place - 1
  end
  if not number or #id ~= table_of.id_length then
    fail("%s is no result id", id)
  end
  return number
end

--- Return the result id of a number of 30 bits.
local function id_from_number(number)
  local base = #table_of.id_alphabet
  if number < 0 or number >= base ^ table_of.id_length then
    fail("%d is no result id", number)
  end
  local id = ""
  for _ = 1, table_of.id_length do
    local digit = number % base
    id = table_of.id_alphabet:sub(digit + 1, digit + 1) .. id
    number = number // base
  end
  return id
end

-- ---------------------------------------------------------------- writing

local encoders = {}

local function encode(wire_type, value, atoms, texts)
  local name, inner, limit = wire_type[1], wire_type[2], wire_type[3]
  local unit = table_of.units[name]
  if unit then
    atoms[#atoms + 1] = int32(value * unit)
  else
    encoders[name](value, atoms, texts, inner, limit)
  end
end

local function value_of(owner, field, values)
  local value = values[field.name]
  if value ~= nil then
    return value
  end
  if field.required then
    fail("%s needs %s", owner, field.name)
  end
  return field.default
end

local function encode_fields(owner, fields, values, atoms, texts)
  local known = {}
  for _, field in ipairs(fields) do
    known[field.name] = true
  end
  for name in pairs(values) do
    if not known[name] then
      fail("%s has no %s", owner, tostring(name))
    end
  end
  for _, field in ipairs(fields) do
    encode(field.type, value_of(owner, field, values), atoms, texts)
  end
end

local function add_count(values, limit, atoms)
  if #values > limit then
    fail("a list may hold %d elements, got %d", limit, #values)
  end
  atoms[#atoms + 1] = #values
end

function encoders.int(value, atoms)
  atoms[#atoms + 1] = int32(value)
end

function encoders.bool(value, atoms)
  atoms[#atoms + 1] = value and 1 or 0
end

function encoders.text(value, atoms, texts)
  texts:write(value, atoms)
end

function encoders.id(value, atoms)
  atoms[#atoms + 1] = number_from_id(value)
end

function encoders.choice(value, atoms, _, names)
  for number, name in ipairs(names) do
    if name == value then
      atoms[#atoms + 1] = number - 1
      return
    end
  end
  fail("one of %s was expected, got %s", table.concat(names, ", "), tostring(value))
end

function encoders.struct(value, atoms, texts, name)
  encode_fields(name, table_of.structs[name], value, atoms, texts)
end

function encoders.tuple(value, atoms, texts, inner)
  for index, wire_type in ipairs(inner) do
    encode(wire_type, value[index], atoms, texts)
  end
end

function encoders.optional(value, atoms, texts, inner)
  atoms[#atoms + 1] = value == nil and 0 or 1
  if value ~= nil then
    encode(inner, value, atoms, texts)
  end
end

function encoders.list(value, atoms, texts, inner, limit)
  add_count(value, limit, atoms)
  for _, element in ipairs(value) do
    encode(inner, element, atoms, texts)
  end
end

function encoders.ints(value, atoms, texts)
  encoders.list(value, atoms, texts, { "int" }, table_of.max_list)
end

local function note_width(notes)
  for width = #NOTE_FIELDS, table_of.min_note_width + 1, -1 do
    local field = NOTE_FIELDS[width]
    for _, note in ipairs(notes) do
      if value_of("note", field, note) ~= field.default then
        return width
      end
    end
  end
  return table_of.min_note_width
end

function encoders.notes(value, atoms, texts)
  add_count(value, table_of.max_list, atoms)
  local width = note_width(value)
  atoms[#atoms + 1] = width
  for _, note in ipairs(value) do
    for index = 1, width do
      local field = NOTE_FIELDS[index]
      encode(field.type, value_of("note", field, note), atoms, texts)
    end
  end
end

-- ---------------------------------------------------------------- reading

local decoders = {}

local function decode(wire_type, reader, texts)
  local name, inner, limit = wire_type[1], wire_type[2], wire_type[3]
  local unit = table_of.units[name]
  if unit then
    return reader:number() / unit
  end
  return decoders[name](reader, texts, inner, limit)
end

local function decode_fields(fields, reader, texts)
  local values = {}
  for _, field in ipairs(fields) do
    values[field.name] = decode(field.type, reader, texts)
  end
  return values
end

function decoders.int(reader)
  return reader:number()
end

function decoders.bool(reader)
  return reader:number() ~= 0
end

function decoders.text(reader, texts)
  return texts:read(reader)
end

function decoders.id(reader)
  return id_from_number(reader:number())
end

function decoders.choice(reader, _, names)
  local number = reader:number()
  return names[number + 1] or fail("0 to %d was expected, got %d", #names - 1, number)
end

function decoders.struct(reader, texts, name)
  return decode_fields(table_of.structs[name], reader, texts)
end

function decoders.tuple(reader, texts, inner)
  local values = {}
  for index, wire_type in ipairs(inner) do
    values[index] = decode(wire_type, reader, texts)
  end
  return values
end

function decoders.optional(reader, texts, inner)
  if reader:number() == 0 then
    return nil
  end
  return decode(inner, reader, texts)
end

function decoders.list(reader, texts, inner, limit)
  local values = {}
  for index = 1, reader:count(limit) do
    values[index] = decode(inner, reader, texts)
  end
  return values
end

function decoders.ints(reader, texts)
  return decoders.list(reader, texts, { "int" }, table_of.max_list)
end

function decoders.notes(reader, texts)
  local count, width = reader:count(table_of.max_list), reader:number()
  if width < table_of.min_note_width or width > #NOTE_FIELDS or count * width > reader:left() then
    fail("%d notes of %d fields cannot be", count, width)
  end
  local notes = {}
  for place = 1, count do
    local note = {}
    for index, field in ipairs(NOTE_FIELDS) do
      note[field.name] = field.default
      if index <= width then
        note[field.name] = decode(field.type, reader, texts)
      end
    end
    notes[place] = note
  end
  return notes
end

-- ---------------------------------------------------------------- the module's doors

local function guarded(act, ...)
  local ok, found = pcall(act, ...)
  if ok then
    return found
  end
  if type(found) == "table" and found.protocol_error then
    return nil, found.protocol_error
  end
  error(found, 0)
end

--- Return the atoms of a message; keys left out have their defaults.
-- @tparam table message with its `kind`
-- @param texts how strings travel, `inline_texts()` where left out
-- @treturn[1] table atoms
-- @treturn[2] nil, string what is wrong
function M.encode(message, texts)
  return guarded(function()
    local row = table_of.messages[message.kind]
    if not row then
      fail("%s is no kind of message", tostring(message.kind))
    end
    local body = {}
    for name, value in pairs(message) do
      if name ~= "kind" then
        body[name] = value
      end
    end
    local atoms = {}
    encode_fields(message.kind, row.fields, body, atoms, texts or M.inline_texts())
    return atoms
  end)
end

--- Return the message that atoms hold.
-- @tparam string address
-- @tparam table atoms of all its parts, without their heads
-- @param texts of the session, `numbered_texts()` for what a server says
-- @treturn[1] table the message with its `kind`
-- @treturn[2] nil, string what is wrong
function M.decode(address, atoms, texts)
  return guarded(function()
    local kind = kinds[address] or fail("%s is no address of the protocol", tostring(address))
    local reader = new_reader(atoms)
    local message = decode_fields(table_of.messages[kind].fields, reader, texts)
    if reader:left() > 0 then
      fail("%d atoms follow the end of a %s message", reader:left(), kind)
    end
    message.kind = kind
    return message
  end)
end

return M
