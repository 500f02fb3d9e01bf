-- @description Reprise: Self test
-- @version 0.1.0
-- @author Reprise
-- @about
--   Says what works in this REAPER, in the console.
--   Tries the ways of writing takes in a scratch item on a scratch track, and takes both away.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("self_test", section)
