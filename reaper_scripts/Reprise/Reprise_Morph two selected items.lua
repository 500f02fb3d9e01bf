-- @description Reprise: Morph two selected items
-- @version 0.1.0
-- @author Reprise
-- @about
--   What lies between two selected items, as takes of the earlier one.
--   Set how far in Reprise: Settings. Run it again to cancel.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("morph", section)
