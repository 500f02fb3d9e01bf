-- @description Reprise: Develop
-- @version 0.1.0
-- @author Reprise
-- @about
--   New bars after the selected items that state, leave and vary them as a theme.
--   Four times as long as the item where no number of bars is set in Reprise: Settings.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("develop", section)
