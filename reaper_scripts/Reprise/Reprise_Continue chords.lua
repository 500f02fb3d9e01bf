-- @description Reprise: Continue chords
-- @version 0.1.0
-- @author Reprise
-- @about
--   The chord progression of the selected items goes on, as a new item after them.
--   The engine Chords answers, whatever Reprise: Settings says; Again keeps to it. The chords may
--   be struck together or broken.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("continue_chords", section)
