-- @description Reprise: Keep active take and remove the other Reprise takes
-- @version 0.1.0
-- @author Reprise
-- @about
--   Keeps what is heard and removes the other Reprise takes.
--   Takes that you edited stay, and so does every take that is none of Reprise's.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("keep", section)
