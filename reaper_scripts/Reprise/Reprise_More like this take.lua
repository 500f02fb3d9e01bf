-- @description Reprise: More like this take
-- @version 0.1.0
-- @author Reprise
-- @about
--   More answers that lean to the active Reprise take.
--   Choose a Reprise take that you like, then run this.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("more", section)
