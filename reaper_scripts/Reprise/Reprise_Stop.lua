-- @description Reprise: Stop
-- @version 0.1.0
-- @author Reprise
-- @about
--   Ends every Reprise action that is running.
--   What was written stays.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("stop", section)
