--- Asks the Reprise server through files in one folder, docs/protocol.md says how.
-- Lua 5.3 or newer, no REAPER global. Nothing here waits: call `poll` some thirty times a second.

local json = require("json")
local parts = require("parts")
local protocol = require("protocol_table")
local writer = require("writer")

local M = {}

-- Codes of errors that the client finds out by itself, as in docs/protocol.md.
M.MALFORMED, M.CANCELLED, M.FILE, M.STOPPED, M.RESTARTED = 13, 30, 50, 73, 70

local MAX_FILES_A_POLL = 8
local MAX_FILE_BYTES = 1024 * 1024
-- What one poll may take; it reads another file where that will probably still fit.
local READ_S = 0.008
local LOOK_S = 1.0
local SILENCE_S, GONE_S = 10.0, 2.0
local HALF_WRITTEN_S = 2.0
local FORGOTTEN_S = 600.0
local LATE_BEATS, LATE_S = 3, 2

local FINAL = {}
for _, kind in ipairs({
  "done",
  "error",
  "history_reply",
  "status_reply",
  "styles_reply",
  "learn_reply",
  "welcome",
}) do
  FINAL[kind] = true
end

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
  local path = self:path("hello.json")
  -- Windows opens no file in the moment in which it is replaced.
  local text = self:read(path) or self:read(path)
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

--- Ask the server; `plain` is a message of docs/protocol.md without its request_id.
-- Leave it alone until `handle.is_sent`. Returns a handle, or nil and a sentence.
function Mailbox:ask(plain)
  local state, sentence, hello = self:health()
  if state ~= "running" then
    return nil, sentence
  end
  self.asked = self.asked + 1
  local now = self.now()
  local handle = setmetatable({
    box = self,
    number = self.asked,
    id = self.guid .. "-" .. self.asked,
    parts = parts.new(),
    next_file = 0,
    session = hello.session,
    beat = hello.beat,
    heard_at = now,
    beat_at = now,
    looked_at = now,
    finished = false,
    is_sent = false,
  }, Handle)
  handle.writer, sentence = writer.new(self, handle.id, plain, handle.number)
  if not handle.writer then
    return nil, sentence
  end
  local is_well
  is_well, sentence = handle:write_on()
  if not is_well then
    return nil, sentence
  end
  return handle
end

-- ---------------------------------------------------------------- one request

local function error_message(self, code, sentence)
  return { kind = "error", request_id = self.number, code = code, sentence = sentence }
end

--- Write a little more of the request; returns true, or nil and a sentence.
function Handle:write_on()
  local state, sentence = self.writer:step()
  if state ~= "more" then
    self.writer = nil
  end
  if state == "written" then
    self.is_sent, self.heard_at = true, self.box.now()
  end
  return state ~= nil, sentence
end

--- Throw a request away that is only half written.
function Handle:drop()
  if self.writer then
    self.writer:drop()
    self.writer = nil
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

--- Read the next answer file; returns its message or "part", nil where there is none yet, and
-- false and a sentence where it cannot be read.
function Handle:read_next()
  local path = self.box:path("out", string.format("%s.%d.json", self.id, self.next_file))
  local text = self.box:read(path)
  if text == nil then
    return nil
  end
  local message, sentence = nil, "it is too large"
  if text then
    message, sentence = self.parts:read(text)
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
-- Every request ends with exactly one done, error, history_reply, status_reply, styles_reply,
-- learn_reply or welcome.
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
