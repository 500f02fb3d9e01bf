-- @description Reprise: Refill
-- @version 0.1.0
-- @author Reprise
-- @about
--   New notes for the selected notes, razor areas or items, as takes.
--   An empty razor area gets a part of its own. Run it again to cancel.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("refill", section)
