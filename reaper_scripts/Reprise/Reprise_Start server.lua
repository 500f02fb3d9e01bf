-- @description Reprise: Start server
-- @version 0.1.0
-- @author Reprise
-- @about
--   Starts the Reprise server in the background.
--   Works once the server was run on this computer; see docs/reaper.md.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("start_server", section)
