--- JSON text <-> Lua values: strict, bounded in size and depth. Lua 5.3 or newer, no REAPER global.
-- Whatever cannot be comes back as nil and a sentence. In objects null is a key that is not there.

local M = {}

local MAX_DEPTH = 32
local MAX_BYTES = 16 * 1024 * 1024
local MAX_WHOLE = 2 ^ 53
local PIECE_BYTES = 2048
local SPACE = "[^ \n\r\t]"
local SPECIAL = '["\\\0-\31]'
-- Some hosts let the system write a comma in numbers; JSON never has one.
local POINT = string.format("%.1f", 0.5):sub(2, 2)

local byte, find, match, sub = string.byte, string.find, string.match, string.sub
local format = string.format

--- Stands for null inside a list, where a nil would be a hole.
M.null = setmetatable({}, { __tostring = function() return "null" end })

local Object = {}

--- Return the table, marked to be written as an object even where it is empty.
function M.object(values)
  return setmetatable(values, Object)
end

local function fail(sentence, ...)
  error({ json_error = format(sentence, ...) }, 0)
end

--- Stop writing with a sentence: for a `write_json` or a `write` that cannot go on.
M.refuse = fail

local function guarded(act, ...)
  local is_well, found = pcall(act, ...)
  if is_well then
    return found
  end
  if type(found) == "table" and found.json_error then
    return nil, found.json_error
  end
  error(found, 0)
end

-- ---------------------------------------------------------------- reading

local readers = {}

local function read_value(text, at, depth)
  at = find(text, SPACE, at) or fail("the text ends where a value was expected")
  local read = readers[byte(text, at)] or fail("no value begins with the byte %d", at)
  return read(text, at, depth)
end

local function checked_depth(depth)
  if depth >= MAX_DEPTH then
    fail("there are more than %d levels", MAX_DEPTH)
  end
  return depth + 1
end

local function read_number(text, at)
  local token = match(text, "^[%d%.eE+%-]+", at)
  local whole, fraction, exponent = match(token, "^%-?(%d+)(%.?%d*)([eE]?[+-]?%d*)$")
  local is_number = whole
    and (#whole == 1 or sub(whole, 1, 1) ~= "0")
    and fraction ~= "."
    and (exponent == "" or find(exponent, "^[eE][+-]?%d+$"))
  local number = is_number and tonumber(token)
  if not number or number - number ~= 0 then
    fail("%s at byte %d is no number", sub(token, 1, 40), at)
  end
  return number, at + #token
end

local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local function read_unit(text, at)
  local digits = match(text, "^\\u(%x%x%x%x)", at) or fail("a cut escape at byte %d", at)
  return tonumber(digits, 16)
end

--- Return the character of an escape such as \u00e9, two of them for what lies beyond, and the end.
local function read_code_point(text, at)
  local unit = read_unit(text, at)
  if unit < 0xD800 or unit > 0xDFFF then
    return utf8.char(unit), at + 6
  end
  local low = unit < 0xDC00 and read_unit(text, at + 6) or 0
  if low < 0xDC00 or low > 0xDFFF then
    fail("half a character at byte %d", at)
  end
  return utf8.char(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00), at + 12
end

local function read_escape(text, at)
  local letter = sub(text, at + 1, at + 1)
  if letter == "u" then
    return read_code_point(text, at)
  end
  return ESCAPES[letter] or fail("an unknown escape at byte %d", at), at + 2
end

local function read_string(text, at)
  local start, pieces = at + 1, {}
  while true do
    local stop = find(text, SPECIAL, start) or fail("the text at byte %d has no end", at)
    local special = byte(text, stop)
    pieces[#pieces + 1] = sub(text, start, stop - 1)
    if special == 34 then
      return #pieces == 1 and pieces[1] or table.concat(pieces), stop + 1
    elseif special ~= 92 then
      fail("a control character at byte %d", stop)
    end
    pieces[#pieces + 1], start = read_escape(text, stop)
  end
end

--- Tell whether a point or a comma in a list of numbers has no digit where it needs one.
local function has_loose_point(body)
  return find(body, "^[%.,]") or find(body, "[%.,]$")
    or find(body, ",.", 1, true) or find(body, "-.", 1, true)
    or find(body, ".,", 1, true) or find(body, ",,", 1, true)
end

--- Return a list of plain numbers, quickly; nil where it holds anything else.
local function quick_numbers(text, at)
  local body, stop = match(text, "^%[([%d,%.%-]+)%]()", at)
  if not body or find(body, ",%-?0%d") or find(body, "^%-?0%d") or has_loose_point(body) then
    return nil
  end
  local numbers, count = {}, 0
  for token in body:gmatch("[^,]+") do
    local number = tonumber(token)
    if not number then
      return nil
    end
    count = count + 1
    numbers[count] = number
  end
  return numbers, stop
end

--- Return the position after a comma, or nil and the position after the closing sign.
local function next_element(text, at, closing)
  at = find(text, SPACE, at) or fail("the text ends inside a list or an object")
  local sign = sub(text, at, at)
  if sign ~= "," and sign ~= closing then
    fail("a comma or %s was expected at byte %d", closing, at)
  end
  return sign == "," and at + 1 or nil, at + 1
end

local function read_list(text, at, depth)
  local numbers, stop = quick_numbers(text, at)
  if numbers then
    return numbers, stop
  end
  depth = checked_depth(depth)
  local values, count = {}, 0
  local first = find(text, SPACE, at + 1)
  if first and sub(text, first, first) == "]" then
    return values, first + 1
  end
  local position = at + 1
  while position do
    local value
    value, stop = read_value(text, position, depth)
    if value == nil then
      value = M.null
    end
    count = count + 1
    values[count] = value
    position, stop = next_element(text, stop, "]")
  end
  return values, stop
end

local function read_key(text, at)
  at = find(text, SPACE, at)
  if not at or byte(text, at) ~= 34 then
    fail("a key was expected at byte %d", at or #text)
  end
  local key, stop = read_string(text, at)
  local colon = find(text, SPACE, stop)
  if not colon or byte(text, colon) ~= 58 then
    fail("a colon was expected at byte %d", stop)
  end
  return key, colon + 1
end

local function read_object(text, at, depth)
  depth = checked_depth(depth)
  local values, seen = {}, {}
  local first = find(text, SPACE, at + 1)
  if first and sub(text, first, first) == "}" then
    return M.object(values), first + 1
  end
  local position, stop = at + 1, nil
  while position do
    local key
    key, position = read_key(text, position)
    if seen[key] then
      fail("the key %s comes twice", sub(key, 1, 40))
    end
    seen[key] = true
    values[key], stop = read_value(text, position, depth)
    position, stop = next_element(text, stop, "}")
  end
  return M.object(values), stop
end

local function reader_of(word, value)
  return function(text, at)
    if sub(text, at, at + #word - 1) ~= word then
      fail("no value begins with the byte %d", at)
    end
    return value, at + #word
  end
end

readers[byte("{")], readers[byte("[")], readers[byte('"')] = read_object, read_list, read_string
readers[byte("t")], readers[byte("f")] = reader_of("true", true), reader_of("false", false)
readers[byte("n")] = reader_of("null", nil)
for sign in ("-0123456789"):gmatch(".") do
  readers[byte(sign)] = read_number
end

local function read_text(text)
  if #text > MAX_BYTES then
    fail("a text has at most %d bytes, got %d", MAX_BYTES, #text)
  end
  local length, bad = utf8.len(text)
  if not length then
    fail("the byte %d is not UTF-8", bad)
  end
  local value, stop = read_value(text, 1, 0)
  if find(text, SPACE, stop) then
    fail("something follows the value at byte %d", stop)
  end
  if value == nil then
    return M.null
  end
  return value
end

--- Return the value that a JSON text holds, or nil and a sentence.
function M.decode(text)
  return guarded(read_text, text)
end

-- ---------------------------------------------------------------- writing

--- Return a number as JSON; whole numbers are written without a point.
local function number_text(value)
  if value ~= value or value == math.huge or value == -math.huge then
    fail("%s is no number that JSON has", tostring(value))
  end
  if math.type(value) == "integer" or (value % 1 == 0 and math.abs(value) < MAX_WHOLE) then
    return format("%d", value)
  end
  local text = format("%.14g", value)
  if tonumber(text) ~= value then
    text = format("%.17g", value)
  end
  return POINT == "." and text or (text:gsub(POINT, ".", 1))
end

local SIGNS = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function sign_text(sign)
  return SIGNS[sign] or format("\\u%04x", byte(sign))
end

local function string_text(text)
  if not utf8.len(text) then
    text = text:gsub("[\128-\255]", "?")
  end
  return '"' .. text:gsub('[%c"\\]', sign_text) .. '"'
end

local function sorted_keys(values)
  local keys = {}
  for key in pairs(values) do
    if type(key) ~= "string" then
      fail("a key of an object is a text, got %s", tostring(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function check_list(values)
  local count = 0
  for key in pairs(values) do
    count = count + 1
    if math.type(key) ~= "integer" then
      fail("a table is a list or an object, this one has the key %s", tostring(key))
    end
  end
  if count ~= #values then
    fail("a list of %d values has a hole", count)
  end
end

local write_value

local function write_list(values, put, depth)
  check_list(values)
  put("[")
  for index, value in ipairs(values) do
    if index > 1 then
      put(",")
    end
    write_value(value, put, depth)
  end
  put("]")
end

local function write_object(values, put, depth)
  put("{")
  for index, key in ipairs(sorted_keys(values)) do
    put((index > 1 and "," or "") .. string_text(key) .. ":")
    write_value(values[key], put, depth)
  end
  put("}")
end

local function write_table(values, put, depth)
  local meta = getmetatable(values)
  if values == M.null then
    put("null")
  elseif meta and meta.write_json then
    meta.write_json(values, put)
  elseif meta == Object or (next(values) ~= nil and #values == 0) then
    write_object(values, put, checked_depth(depth))
  else
    write_list(values, put, checked_depth(depth))
  end
end

function write_value(value, put, depth)
  local kind = type(value)
  if kind == "table" then
    write_table(value, put, depth)
  elseif kind == "number" then
    put(number_text(value))
  elseif kind == "string" then
    put(string_text(value))
  elseif kind == "boolean" then
    put(tostring(value))
  else
    fail("JSON has no %s", kind)
  end
end

local function write_all(value, write)
  local pieces, count, bytes = {}, 0, 0
  write_value(value, function(piece)
    count, bytes = count + 1, bytes + #piece
    pieces[count] = piece
    if bytes >= PIECE_BYTES then
      write(table.concat(pieces, "", 1, count))
      count, bytes = 0, 0
    end
  end, 0)
  write(table.concat(pieces, "", 1, count))
  return true
end

--- Hand a value as JSON to `write`, piece by piece; `write` may yield.
-- A table whose metatable has `write_json(value, put)` writes itself. Returns true, or nil and a
-- sentence. An empty table is a list unless `object` marked it.
function M.encode_into(value, write)
  return guarded(write_all, value, write)
end

--- Return a value as JSON text, or nil and a sentence.
function M.encode(value)
  local pieces = {}
  local is_well, sentence = M.encode_into(value, function(piece)
    pieces[#pieces + 1] = piece
  end)
  if not is_well then
    return nil, sentence
  end
  return table.concat(pieces)
end

return M
