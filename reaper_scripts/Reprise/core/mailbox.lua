--- Asks the Reprise server through files in one folder, docs/protocol.md says how.
-- Lua 5.3 or newer, no REAPER global. Nothing here waits: call `poll` some thirty times a second.

local json = require("json")
local packing = require("packing")
local protocol = require("protocol_table")

local M = {}

-- Codes of errors that the client finds out by itself, as in docs/protocol.md.
M.MALFORMED, M.CANCELLED, M.FILE, M.STOPPED, M.RESTARTED = 13, 30, 50, 73, 70

local MAX_FILES_A_POLL = 8
local MAX_FILE_BYTES = 1024 * 1024
local MAX_HELD = 400000
-- What one call may take; a poll reads another file where that will probably still fit.
local WRITE_S, READ_S = 0.006, 0.008
local LOOK_S = 1.0
local SILENCE_S, GONE_S = 10.0, 2.0
local HALF_WRITTEN_S = 2.0
local FORGOTTEN_S = 600.0
local LATE_BEATS, LATE_S = 3, 2

local FINAL = {}
for _, kind in ipairs({ "done", "error", "history_reply", "status_reply", "welcome" }) do
  FINAL[kind] = true
end
local SCORES = { "source", "context", "target" }

local Mailbox = {}
Mailbox.__index = Mailbox

local Handle = {}
Handle.__index = Handle

--- Return a mailbox.
-- `dir`: the folder Data/Reprise of REAPER's resource folder. `guid`: of this script's run, no two
-- the same. `now`: seconds that never go back. `wall`: seconds since 1970. `open`, `rename`,
-- `remove`: as in io and os.
function M.new(options)
  return setmetatable({
    dir = options.dir,
    guid = options.guid:gsub("[^%w%-]", ""),
    now = options.now,
    wall = options.wall or os.time,
    open = options.open or io.open,
    rename = options.rename or os.rename,
    remove = options.remove or os.remove,
    asked = 0,
  }, Mailbox)
end

function Mailbox:path(...)
  return table.concat({ self.dir, ... }, "/")
end

--- Return the content of a file, nil where there is none; false where it is too large to be ours.
function Mailbox:read(path)
  local file = self.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read(MAX_FILE_BYTES + 1)
  file:close()
  if text and #text > MAX_FILE_BYTES then
    return false
  end
  return text or ""
end

--- Return what the server last said of itself, nil where nothing readable is there.
function Mailbox:hello()
  local text = self:read(self:path("hello.json"))
  local hello = text and json.decode(text)
  if type(hello) ~= "table" or math.type(hello.beat) ~= "integer" then
    return nil
  end
  return hello
end

--- Return "running", "stale", "missing" or "version", a sentence for people, and the hello.
function Mailbox:health()
  local hello = self:hello()
  if not hello then
    return "missing", "The Reprise server is not running. Run the action Reprise: Start server."
  end
  local age = math.abs(self.wall() - (tonumber(hello.time) or 0))
  if age > LATE_BEATS * (tonumber(hello.period_s) or 1) + LATE_S then
    return "stale", string.format(
      "The Reprise server has not been heard for %d seconds. Run the action Reprise: Start server.",
      math.floor(age)
    ), hello
  end
  if hello.protocol_version ~= protocol.protocol_version then
    return "version", string.format(
      "The Reprise server (%s) speaks version %s of the protocol, these actions version %d. "
        .. "Install the same Reprise on both sides.",
      tostring(hello.server_version), tostring(hello.protocol_version), protocol.protocol_version
    ), hello
  end
  return "running", string.format("Reprise %s is running.", tostring(hello.server_version)), hello
end

-- ---------------------------------------------------------------- asking

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

--- Ask the server; `plain` is a message of docs/protocol.md without its request_id.
-- Leave it alone until `handle.is_sent`. Returns a handle, or nil and a sentence.
function Mailbox:ask(plain)
  local state, sentence, hello = self:health()
  if state ~= "running" then
    return nil, sentence
  end
  self.asked = self.asked + 1
  local handle = setmetatable({
    box = self,
    number = self.asked,
    id = self.guid .. "-" .. self.asked,
    next_file = 0,
    held = {},
    held_count = 0,
    session = hello.session,
    beat = hello.beat,
    finished = false,
    is_sent = false,
  }, Handle)
  local is_begun
  is_begun, sentence = handle:begin(plain)
  if not is_begun then
    return nil, sentence
  end
  return handle
end

local function unwritable(path, reason)
  return string.format("%s cannot be written (%s). Is the disk full or the folder read-only?",
    path, tostring(reason))
end

function Handle:begin(plain)
  local now = self.box.now()
  self.heard_at, self.beat_at, self.looked_at = now, now, now
  self.temporary = self.box:path("in", self.id .. ".tmp")
  local file, reason = self.box.open(self.temporary, "wb")
  if not file then
    return nil, unwritable(self.temporary, reason)
  end
  self.file = file
  self.writer = coroutine.create(function()
    return json.encode_into(written_form(plain, self.number), function(piece)
      local is_written, why = file:write(piece)
      if not is_written then
        json.refuse("%s", unwritable(self.temporary, why))
      end
      if self.box.now() - self.step_began > WRITE_S then
        coroutine.yield()
      end
    end)
  end)
  return self:write_on()
end

--- Write a little more of the request; returns true, or nil and a sentence.
function Handle:write_on()
  self.step_began = self.box.now()
  local is_well, done, sentence = coroutine.resume(self.writer)
  if coroutine.status(self.writer) ~= "dead" then
    return true
  end
  self.writer = nil
  local is_closed, why = self.file:close()
  if not is_well then
    done, sentence = nil, tostring(done)
  elseif done and not is_closed then
    done, sentence = nil, unwritable(self.temporary, why)
  end
  if done then
    done, why = self.box.rename(self.temporary, self.box:path("in", self.id .. ".json"))
    sentence = not done and unwritable(self.temporary, why) or nil
  end
  if not done then
    self.box.remove(self.temporary)
    return nil, sentence
  end
  self.is_sent, self.heard_at = true, self.box.now()
  return true
end

-- ---------------------------------------------------------------- hearing

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
function Handle:hold(slice)
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
function Handle:fill(message)
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

local function error_message(self, code, sentence)
  return { kind = "error", request_id = self.number, code = code, sentence = sentence }
end

--- Throw a request away that is only half written.
function Handle:drop()
  if self.writer then
    self.writer = nil
    self.file:close()
    self.box.remove(self.temporary)
  end
end

--- End the request with an error of the client's own.
function Handle:fail(code, sentence)
  self:drop()
  if self.is_cancelled then
    code, sentence = M.CANCELLED, string.format("request %d was cancelled", self.number)
  elseif self.is_sent then
    self:write_cancel()
  end
  self.finished = true
  return { error_message(self, code, sentence) }
end

--- Return the message of one answer file, nil and a sentence where it is none, "part" for a part.
function Handle:understood(text)
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

--- Read the next answer file; returns its message or "part", nil where there is none yet, and
-- false and a sentence where it cannot be read.
function Handle:read_next()
  local path = self.box:path("out", string.format("%s.%d.json", self.id, self.next_file))
  local text = self.box:read(path)
  if text == nil then
    return nil
  end
  local message, sentence
  if text then
    local is_message
    is_message, message, sentence = pcall(self.understood, self, text)
    if not is_message then
      message, sentence = nil, "it is no message of the protocol"
    end
  else
    sentence = "it is too large"
  end
  local now = self.box.now()
  if not message then
    self.broken_at = self.broken_at or now
    if now - self.broken_at < HALF_WRITTEN_S then
      return nil
    end
    self.box.remove(path)
    return false, sentence
  end
  self.box.remove(path)
  self.next_file, self.heard_at, self.broken_at = self.next_file + 1, now, nil
  return message
end

function Handle:take(message, messages)
  if FINAL[message.kind] then
    self.finished = true
    if self.is_cancelled then
      message = self:fail()[1]
    end
  elseif self.is_cancelled then
    return
  end
  messages[#messages + 1] = message
end

--- Read answer files until there are no more, the request ends or the time is up.
function Handle:read_files(began)
  local messages, slowest, file_began = {}, 0, began
  for _ = 1, MAX_FILES_A_POLL do
    local message, sentence = self:read_next()
    if message == false then
      return self:fail(M.MALFORMED, "The server's answer cannot be read: " .. sentence .. ".")
    elseif not message then
      break
    elseif message ~= "part" then
      self:take(message, messages)
    end
    local now = self.box.now()
    slowest, file_began = math.max(slowest, now - file_began), now
    if self.finished or now - began + slowest > READ_S then
      break
    end
  end
  return messages
end

--- Return a code and a sentence where no answer can come any more.
function Handle:why_lost(now)
  if self.is_sent and now - self.heard_at > FORGOTTEN_S then
    return M.FILE, "No answer came for ten minutes; the server may have thrown it away. Ask again."
  end
  if now - self.looked_at < LOOK_S then
    return nil
  end
  self.looked_at = now
  local hello = self.box:hello()
  if hello and hello.session ~= self.session then
    return M.RESTARTED, "The Reprise server was restarted and the request is lost. Ask again."
  end
  if hello and hello.beat ~= self.beat then
    self.beat, self.beat_at = hello.beat, now
  end
  self.lost_at = not hello and (self.lost_at or now) or nil
  if now - (self.lost_at or now) > GONE_S or (hello and now - self.beat_at > SILENCE_S) then
    return M.STOPPED, "The Reprise server stopped and the request is lost. Start it and ask again."
  end
  return nil
end

--- Return the messages that have come, at most those of 8 files; `finished` tells of the end.
-- Every request ends with exactly one done, error, history_reply, status_reply or welcome.
function Handle:poll()
  if self.finished then
    return {}
  end
  if self.is_cancelled and not self.is_sent then
    return self:fail()
  end
  local began = self.box.now()
  if self.writer then
    local is_well, sentence = self:write_on()
    if not is_well then
      return self:fail(M.FILE, sentence)
    end
    if not self.is_sent then
      return {}
    end
  end
  local before = self.next_file
  local messages = self:read_files(began)
  if self.next_file == before and not self.finished then
    local code, sentence = self:why_lost(began)
    if code then
      return self:fail(code, sentence)
    end
  end
  return messages
end

function Handle:write_cancel()
  local path = self.box:path("in", self.id .. ".cancel")
  local file = self.box.open(path .. ".tmp", "wb")
  if not file then
    return
  end
  file:write("{}")
  file:close()
  self.box.rename(path .. ".tmp", path .. ".json")
end

--- Stop the request; it still ends with one error, and nothing else of it is heard.
function Handle:cancel()
  if self.finished or self.is_cancelled then
    return
  end
  self.is_cancelled = true
  if self.is_sent then
    self:write_cancel()
  else
    self:drop()
  end
end

return M
