-- @description Reprise: Continue
-- @version 0.1.0
-- @author Reprise
-- @about
--   New bars after the selected items, as a new item.
--   Never on top of another item; run it again on the same item for more continuations as takes.
-- @noindex

local _, file, section = reaper.get_action_context()
local folder = file:match("^(.*[/\\])")
package.path = folder .. "core/?.lua;" .. folder .. "adapter/?.lua"
require("actions").run("continue_", section)
