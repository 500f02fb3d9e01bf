--- Answer files of a mailbox back to messages, long ones joined. Lua 5.3 or newer, no REAPER
-- global.

local json = require("json")
local packing = require("packing")

local M = {}

local MAX_HELD = 400000

local Parts = {}
Parts.__index = Parts

--- Return a joiner for the answers to one request.
function M.new()
  return setmetatable({ held = {}, held_count = 0 }, Parts)
end

local function node_at(message, path)
  local node = message
  for index = 1, #path - 1 do
    local step = path[index]
    node = type(node) == "table" and node[math.type(step) == "integer" and step + 1 or step] or nil
  end
  local last = path[#path]
  return node, math.type(last) == "integer" and last + 1 or last
end

--- Keep one slice of a part until its message comes; returns true, or nil and a sentence.
function Parts:hold(slice)
  local values = type(slice) == "table" and (slice.notes or slice.items)
  if type(values) ~= "table" or type(slice.path) ~= "table" then
    return nil, "a slice of a part has no path or no values"
  end
  local key = table.concat(slice.path, "/")
  local held = self.held[key] or { path = slice.path, values = {} }
  self.held[key] = held
  local before = #held.values
  if slice.notes then
    local found, sentence = packing.unpack_into(held.values, values)
    if not found then
      return nil, sentence
    end
  else
    table.move(values, 1, #values, before + 1, held.values)
  end
  self.held_count = self.held_count + #held.values - before
  if self.held_count > MAX_HELD then
    return nil, "the answer is too large"
  end
  return true
end

--- Put what earlier parts brought where it belongs; returns true, or nil and a sentence.
function Parts:fill(message)
  for key, held in pairs(self.held) do
    local node, last = node_at(message, held.path)
    if type(node) ~= "table" then
      return nil, "a part belongs to nothing in its message: " .. key
    end
    node[last] = held.values
  end
  self.held, self.held_count = {}, 0
  return true
end

local function unpack_lists(lists)
  for index, flat in ipairs(lists or {}) do
    local notes, sentence = packing.unpack_into({}, flat)
    if not notes then
      return nil, sentence
    end
    lists[index] = notes
  end
  return true
end

local function unpack_voices(voices)
  for _, voice in ipairs(voices or {}) do
    local notes, sentence = packing.unpack_into({}, voice.notes or {})
    if not notes then
      return nil, sentence
    end
    voice.notes = notes
  end
  return true
end

local function unpacked(message)
  local is_well, sentence = unpack_lists(message.new_notes)
  if is_well and type(message.score) == "table" then
    is_well, sentence = unpack_voices(message.score.voices)
  end
  return is_well, sentence
end

function Parts:understood(text)
  local message, sentence = json.decode(text)
  if not message then
    return nil, sentence
  end
  if type(message) ~= "table" or type(message.kind) ~= "string" then
    return nil, "it is no message"
  end
  if message.kind == "part" then
    for _, slice in ipairs(message.slices or {}) do
      local is_well
      is_well, sentence = self:hold(slice)
      if not is_well then
        return nil, sentence
      end
    end
    return "part"
  end
  if message.kind == "error" then
    self.held, self.held_count = {}, 0
    return message
  end
  local is_well
  is_well, sentence = unpacked(message)
  if is_well then
    is_well, sentence = self:fill(message)
  end
  return is_well and message or nil, sentence
end

--- Return the message that a file's text completes, "part" for a part of one, nil and a sentence
-- where it is neither.
function Parts:read(text)
  local is_message, message, sentence = pcall(self.understood, self, text)
  if not is_message then
    return nil, "it is no message of the protocol"
  end
  return message, sentence
end

return M
