-- @description Reprise: Settings
-- @version 0.1.0
-- @author Reprise
-- @about
--   How much to change, how many answers, which engine, in whose style, whom to hear.
--   A window where ReaImGui is installed, a menu and a form where it is not.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("settings", section)
