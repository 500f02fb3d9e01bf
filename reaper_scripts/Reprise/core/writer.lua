--- Writes a request to its file in the mailbox, a little in each call. Lua 5.3 or newer, no REAPER
-- global.

local json = require("json")
local packing = require("packing")
local protocol = require("protocol_table")

local M = {}

local WRITE_S = 0.007
local SCORES = { "source", "context", "target" }

local Writer = {}
Writer.__index = Writer

local function packed_score(score)
  local copy = {}
  for name, value in pairs(score) do
    copy[name] = value
  end
  copy.voices = {}
  for index, voice in ipairs(score.voices or {}) do
    local voice_copy = {}
    for name, value in pairs(voice) do
      if type(value) ~= "table" or next(value) ~= nil then
        voice_copy[name] = value
      end
    end
    voice_copy.notes = packing.packed(voice.notes or {})
    copy.voices[index] = voice_copy
  end
  return copy
end

--- Return the message as it is written: notes packed, and what is empty left to its default.
local function written_form(plain, request_id)
  local message = {}
  for name, value in pairs(plain) do
    if type(value) ~= "table" or next(value) ~= nil then
      message[name] = value
    end
  end
  for _, name in ipairs(SCORES) do
    message[name] = message[name] and packed_score(message[name])
  end
  message.request_id = plain.kind ~= "hello" and request_id or nil
  return { protocol_version = protocol.protocol_version, message = message }
end

local function unwritable(path, reason)
  return string.format("%s cannot be written (%s). Is the disk full or the folder read-only?",
    path, tostring(reason))
end

function Writer:encoding(plain, number)
  return coroutine.create(function()
    return json.encode_into(written_form(plain, number), function(piece)
      local is_written, why = self.file:write(piece)
      if not is_written then
        json.refuse("%s", unwritable(self.temporary, why))
      end
      if self.box.now() - self.began > WRITE_S then
        coroutine.yield()
      end
    end)
  end)
end

--- Return a writer of the file `in/<id>.json`, or nil and a sentence; nothing is written yet.
-- `plain` is the message, which stays as it is until all is written; `number` its request_id.
function M.new(box, id, plain, number)
  local temporary = box:path("in", id .. ".tmp")
  local file, reason = box.open(temporary, "wb")
  if not file then
    return nil, unwritable(temporary, reason)
  end
  local writer = setmetatable({ box = box, temporary = temporary, file = file }, Writer)
  writer.path = box:path("in", id .. ".json")
  writer.steps = writer:encoding(plain, number)
  return writer
end

--- Give the file its name; returns true, or nil and a sentence.
function Writer:finish(is_well, done, sentence)
  local is_closed, why = self.file:close()
  if not is_well then
    return nil, tostring(done)
  elseif not done then
    return nil, sentence
  elseif not is_closed then
    return nil, unwritable(self.temporary, why)
  end
  done, why = self.box.rename(self.temporary, self.path)
  if not done then
    return nil, unwritable(self.temporary, why)
  end
  return true
end

--- Write a little more; returns "written" at the end, "more" before it, or nil and a sentence.
function Writer:step()
  self.began = self.box.now()
  local is_well, done, sentence = coroutine.resume(self.steps)
  if coroutine.status(self.steps) ~= "dead" then
    return "more"
  end
  local is_finished, why = self:finish(is_well, done, sentence)
  if not is_finished then
    self.box.remove(self.temporary)
    return nil, why
  end
  return "written"
end

--- Throw away what is half written.
function Writer:drop()
  self.file:close()
  self.box.remove(self.temporary)
end

return M
