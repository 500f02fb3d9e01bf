-- @description Reprise: Rewrite all voices
-- @version 0.1.0
-- @author Reprise
-- @about
--   All selected voices anew, each against the others, as takes.
--   Select items on several tracks to rewrite them as one piece. Run it again to cancel.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("rewrite", section)
