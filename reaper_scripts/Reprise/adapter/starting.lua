--- Starts the server, which wrote down how when it last ran.

local asking = require("asking")
local json = require("json")
local screen = require("screen")

local M = {}

local NO_WAIT_HIDDEN = -2
local WAIT_S = 30
local UNKNOWN = "Reprise does not know yet how to start its server. Run `reprise start` once in a "
  .. "terminal; from then on this action can do it. docs/reaper.md has the three steps."

--- Return the folder that the server calls home: on Windows it never asks for HOME.
local function home()
  return os.getenv("USERPROFILE") or os.getenv("HOME")
end

local function read_json(path)
  local file = io.open(path, "rb")
  if not file then
    return nil
  end
  local text = file:read(1024 * 1024)
  file:close()
  local value = json.decode(text or "")
  return type(value) == "table" and value or nil
end

--- Leave this REAPER's folder where the server looks, for installs in unusual places.
function M.register(folder)
  local resource = reaper.GetResourcePath()
  local number = 5381
  for position = 1, #resource do
    number = (number * 33 + resource:byte(position)) & 0xFFFFFFFF
  end
  reaper.RecursiveCreateDirectory(folder .. "/.reprise/mailboxes", 0)
  local path = ("%s/.reprise/mailboxes/%08x.json"):format(folder, number)
  local text = json.encode({ resource_dir = resource })
  local file = io.open(path .. ".tmp", "wb")
  if not file then
    return false
  end
  file:write(text)
  file:close()
  os.remove(path)
  return os.rename(path .. ".tmp", path) ~= nil
end

local function is_command(words)
  if type(words) ~= "table" or #words == 0 then
    return false
  end
  for _, word in ipairs(words) do
    if type(word) ~= "string" or word:find("[%c]") then
      return false
    end
  end
  return true
end

--- Return one word as a command line has it.
local function quoted(word)
  if not word:find("[^%w%-_./:\\=]") then
    return word
  end
  if reaper.GetOS():find("^Win") then
    return '"' .. word:gsub('"', '\\"') .. '"'
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Return the command line that starts the server, nil where nobody wrote it down.
function M.command(folder)
  local note = folder and read_json(folder .. "/.reprise/mailboxes.json")
  local words = note and note.command
  if not is_command(words) then
    return nil
  end
  local found = {}
  for index, word in ipairs(words) do
    found[index] = quoted(word)
  end
  return table.concat(found, " ")
end

local function wait(box, until_time)
  local state, sentence = box:health()
  if state == "running" or state == "version" then
    screen.tell({ sentence })
  elseif reaper.time_precise() > until_time then
    screen.complain("The server did not answer within half a minute. Run `reprise doctor`.")
  else
    reaper.defer(function()
      wait(box, until_time)
    end)
  end
end

--- Start the server where it does not run, and say when it does.
function M.start()
  local box, folder = asking.mailbox(), home()
  local state, sentence = box:health()
  if state == "running" or state == "version" then
    return screen.refuse(sentence)
  end
  local command = M.command(folder)
  if not command then
    return screen.refuse(UNKNOWN)
  end
  M.register(folder)
  reaper.ExecProcess(command, NO_WAIT_HIDDEN)
  screen.progress("starting the server ...")
  reaper.atexit(function()
    screen.progress("")
  end)
  return wait(box, reaper.time_precise() + WAIT_S)
end

return M
