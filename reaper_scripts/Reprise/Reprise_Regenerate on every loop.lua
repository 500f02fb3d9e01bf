-- @description Reprise: Regenerate on every loop
-- @version 0.1.0
-- @author Reprise
-- @about
--   While you play a loop: a new variation at every loop point.
--   The last eight stay as takes. Run it again, or Reprise: Stop, to keep the one that you hear.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("regenerate", section)
