-- @description Reprise: Vary chords
-- @version 0.1.0
-- @author Reprise
-- @about
--   Other chords for the selected progression, each answer a new take; the original stays.
--   The engine Chords answers, whatever Reprise: Settings says; Again keeps to it. The chords may
--   be struck together or broken.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("vary_chords", section)
