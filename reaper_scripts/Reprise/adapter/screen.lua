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

--- Show how far it is, below the track list.
function M.progress(text)
  reaper.Help_Set(text ~= "" and (TITLE .. ": " .. text) or "", false)
end

--- Show what came of it beside the mouse, until it moves.
function M.tell(sentences)
  local text = TITLE .. ": " .. table.concat(sentences, "\n")
  local x, y = reaper.GetMousePosition()
  reaper.TrackCtl_SetToolTip(text, x + 16, y + 16, true)
  reaper.Help_Set((text:gsub("\n", " ")), true)
end

--- Light the action's button and let a second click end it, where REAPER can (7.03 and newer).
function M.begin()
  if reaper.set_action_options then
    reaper.set_action_options(1 | 4)
  end
end

--- Put the button out.
function M.finish()
  M.progress("")
  if reaper.set_action_options then
    reaper.set_action_options(8)
  end
end

return M
