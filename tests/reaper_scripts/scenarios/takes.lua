--- Answers of the real server land as takes.

local stage = require("stage")

scenario("variations arrive as takes and the original stays", function(options)
  local S, item = stage.theme(options)
  local original = S.midi.buffer(item.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.buffer(item.takes[1].source), original, "the original")
  stage.equal(item.active, 2, "active take")
  stage.equal(item.selected, 1, "selected")
  stage.equal(#S.undo_steps, 1, "undo steps")
  stage.equal(#S.all_items(0), 1, "items")
  stage.settled(S)
end)
