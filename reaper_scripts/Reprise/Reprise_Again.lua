-- @description Reprise: Again
-- @version 0.1.0
-- @author Reprise
-- @about
--   The same question once more: other answers, as more takes.
--   Asks what the active Reprise take was asked for, of the take that it came from.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("again", section)
