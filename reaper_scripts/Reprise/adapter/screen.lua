--- What people see: refusals, progress, what came of it. Only a refusal of a click is modal.

local M = {}

local TITLE = "Reprise"

--- Say why a click does nothing.
function M.refuse(sentence)
  reaper.ShowMessageBox(sentence, TITLE, 0)
end

--- Say something that went wrong later, in a window that holds nothing up.
function M.complain(sentence)
  reaper.ShowConsoleMsg(TITLE .. ": " .. sentence .. "\n")
end

-- REAPER calls the text of a tooltip a format, in which a percent sign would mean something.
local function show_tooltip(text, x, y)
  reaper.TrackCtl_SetToolTip((text:gsub("%%", "percent")), x + 16, y + 16, true)
end

--- Show how far it is, below the track list and where the mouse was; "" takes it away.
function M.progress(text)
  if not M.place then
    M.place = { reaper.GetMousePosition() }
  end
  local shown = text ~= "" and (TITLE .. ": " .. text) or ""
  M.shows_progress = text ~= ""
  reaper.Help_Set(shown, false)
  show_tooltip(shown, table.unpack(M.place))
end

--- Show what came of it beside the mouse, until it moves.
function M.tell(sentences)
  local text = TITLE .. ": " .. table.concat(sentences, "\n")
  M.shows_progress = false
  show_tooltip(text, reaper.GetMousePosition())
  reaper.Help_Set((text:gsub("\n", " ")), true)
end

--- Light the action's button and let a second click end it, where REAPER can (7.03 and newer).
function M.begin()
  if reaper.set_action_options then
    reaper.set_action_options(1 | 4)
  end
end

--- Put the button out, and the progress; what came of it is left to be read.
function M.finish()
  if M.shows_progress then
    M.progress("")
  end
  if reaper.set_action_options then
    reaper.set_action_options(8)
  end
end

return M
