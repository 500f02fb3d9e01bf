-- @description Reprise: Accompany
-- @version 0.1.0
-- @author Reprise
-- @about
--   A new part for the selected items, on a new track or in an empty razor area.
--   Set what it is to be (such as bass) in Reprise: Settings. Run it again to cancel.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("accompany", section)
