-- @description Reprise: Next result
-- @version 0.1.0
-- @author Reprise
-- @about
--   The next Reprise take, in all items of the same answer at once.
--   After the last comes the original.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("next_result", section)
