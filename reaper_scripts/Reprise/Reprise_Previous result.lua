-- @description Reprise: Previous result
-- @version 0.1.0
-- @author Reprise
-- @about
--   The Reprise take before, in all items of the same answer at once.
--   Before the first comes the original.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("previous_result", section)
