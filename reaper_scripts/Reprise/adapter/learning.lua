--- "Learn this": the selected items, as they sound now, go into the user's own corpus.

local asking = require("asking")
local piece_of = require("piece")
local project_of = require("project")
local request = require("request")
local scope = require("scope")
local screen = require("screen")
local selection = require("selection")

local M = {}

local TITLE = "Learn this"
local LEFT_OUT = "Items left out because they are not MIDI: %d."

--- Return a message for each group of items that sound together, or nil and a sentence.
local function messages_of(project, targets)
  local found = {}
  for index, group in ipairs(scope.groups(targets)) do
    local piece, sentence = piece_of.of(project, group, "off")
    if not piece then
      return nil, sentence
    end
    found[index] = request.learn(piece)
  end
  return found
end

local Run = {}
Run.__index = Run

--- Send the next message; returns whether there was one.
function Run:send_next()
  self.position = self.position + 1
  local message = self.messages[self.position]
  if not message then
    return false
  end
  self.handle, self.trouble = self.box:ask(message)
  return self.handle ~= nil
end

function Run:hear()
  for _, message in ipairs(self.handle:poll()) do
    if message.kind == "learn_reply" then
      self.answer = message.sentence
    elseif message.kind == "error" then
      self.trouble = message.sentence
    end
  end
end

--- One tick; returns whether there is more to do. The first trouble ends it.
function Run:tick()
  if asking.stop_mark() ~= self.stop_mark then
    return false
  end
  self:hear()
  if not self.handle.finished or (not self.trouble and self:send_next()) then
    return true
  end
  if self.answer then
    screen.tell({ self.answer, self.hint })
  end
  if self.trouble then
    screen.complain(self.trouble)
  end
  return false
end

function Run:cancel()
  if not self.handle.finished then
    self.handle:cancel()
  end
end

--- Send the selected items to be learnt; nothing in the project changes.
function M.start(section)
  local project = project_of.current()
  local targets, messages, sentence
  targets, sentence = selection.items(project, section)
  if targets then
    messages, sentence = messages_of(project, targets)
  end
  if not messages then
    return screen.refuse(sentence)
  end
  local left_out = targets.left_out or 0
  local run = setmetatable({
    box = asking.mailbox(), messages = messages, position = 0, stop_mark = asking.stop_mark(),
    hint = left_out > 0 and LEFT_OUT:format(left_out) or nil,
  }, Run)
  if not run:send_next() then
    return screen.refuse(run.trouble)
  end
  return asking.go_on(run, TITLE)
end

return M
