-- @description Reprise: Learn this
-- @version 0.1.0
-- @author Reprise
-- @about
--   Adds the selected MIDI items, as they sound now, to your own corpus on this computer.
--   Items that sound together are one clip. `reprise train mine` learns from it, and answers can
--   take after it at once. Nothing in the project changes; what is there already is not added.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("learn", section)
