-- @description Reprise: Vary into takes
-- @version 0.1.0
-- @author Reprise
-- @about
--   Variations of what is selected, each a new take; the original stays.
--   Acts on notes selected in the MIDI editor, else razor areas, else the part of the selected
--   items inside the time selection, else the items. Items that sound together are varied as one
--   piece. Run it again to cancel.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("vary", section)
