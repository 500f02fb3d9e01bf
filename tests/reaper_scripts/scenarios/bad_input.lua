--- Bad input as it is selected: a sentence, nothing half written, undo balanced.

local stage = require("stage")

local function refused(options, part, change, action)
  local S, item, track = stage.theme(options)
  change(S, item, track)
  local before = stage.dump(S)
  S.act(action or "vary")
  stage.refused(S, before, part)
end

scenario("no item", function(options)
  refused(options, "No item is selected", function(_, item)
    item.selected = 0
  end)
end)

scenario("no item for any action", function(options)
  for _, name in ipairs({ "continue", "refill", "rewrite", "accompany", "morph", "develop", "again",
    "more", "next", "previous", "keep", "regenerate" }) do
    refused(options, "No item is selected", function(_, item)
      item.selected = 0
    end, name)
  end
end)

scenario("audio item", function(options)
  refused(options, '"Lead" is audio', function(S, item, track)
    S.audio_item(track, 20, 4).selected = 1
    item.selected = 0
  end)
end)

scenario("audio items among MIDI items are left out and told of", function(options)
  local S, item, track = stage.theme(options)
  S.audio_item(S.add_track("Vocals"), 0, 4).selected = 1
  S.audio_item(track, 20, 4).selected = 1

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.said(S, "Items left out because they are not MIDI: 2.")
  stage.settled(S)
end)

scenario("item without a take", function(options)
  refused(options, "has no take", function(_, item)
    item.takes = {}
  end)
end)

scenario("item without notes", function(options)
  local S, item = stage.theme(options, { notes = {} })
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "the clip is empty")
  stage.equal(#item.takes, 1, "takes")
end)

scenario("playrate other than 1", function(options)
  refused(options, "playrate other than 1", function(_, item)
    item.takes[1].rate = 1.5
  end)
end)

scenario("item that ignores the project tempo", function(options)
  refused(options, "ignores the project tempo", function(_, item)
    item.takes[1].source.own_bpm = 90
  end)
end)

scenario("item with the time base time", function(options)
  local S, item = stage.theme(options)
  item.time_base = 0

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.said(S, 'has the time base "time"')
  stage.settled(S)
end)

scenario("looped source", function(options)
  local S, item = stage.theme(options)
  item.length = 12.0

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.length_qn(item.takes[2].source), 8, "length of the source, as before")
  stage.said(S, "every pass follows the first")
  stage.settled(S)
end)

scenario("looped source that starts in its middle", function(options)
  refused(options, "Glue the item first", function(_, item)
    item.length, item.takes[1].offset = 12.0, 1.0
  end)
end)

scenario("item longer than its source, not looped", function(options)
  local S, item = stage.theme(options)
  item.length, item.loops = 8.0, 0

  S.act("vary")

  stage.equal(S.midi.length_qn(item.takes[2].source), 16, "the new source fills the item")
  stage.settled(S)
end)

scenario("pooled group", function(options)
  local S, item, track = stage.theme(options)
  local ghost = S.midi_item(track, 16, 8, {})
  ghost.takes[1].source = item.takes[1].source
  item.takes[1].source.kind = "MIDIPOOL"
  local before = S.midi.buffer(ghost.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes .. #ghost.takes, "31", "takes")
  stage.equal(S.midi.buffer(ghost.takes[1].source), before, "the other copy")
  stage.said(S, "is pooled")
  stage.settled(S)
end)

scenario("pooled group where REAPER pools duplicated takes", function(options)
  local S, item = stage.theme(options)
  S.routes.a, S.routes.pools_duplicates = "broken", true
  local before = S.midi.buffer(item.takes[1].source)

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.midi.buffer(item.takes[1].source), before, "the original")
  stage.settled(S)
end)

scenario("item followed at once by another", function(options)
  for _, action in ipairs({ "continue", "develop" }) do
    refused(options, "is followed at once by another item", function(S, _, track)
      S.midi_item(track, 8, 8, stage.BASS)
    end, action)
  end
end)

scenario("muted item", function(options)
  local S, item = stage.theme(options)
  item.muted = 1

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.said(S, '"Lead" is muted, so you will not hear it')
  stage.settled(S)
end)

scenario("muted track", function(options)
  local S, _, track = stage.theme(options)
  track.parent = S.add_track("Folder", { mute = 1 })

  S.act("vary")

  stage.said(S, 'The track of "Lead" is muted')
  stage.settled(S)
end)

scenario("locked item", function(options)
  refused(options, "is locked", function(_, item)
    item.lock = 1
  end)
end)

scenario("razor area with nothing usable", function(options)
  refused(options, "The razor areas hold no MIDI item", function(S, item)
    item.selected = 0
    local track = S.add_track("Vocals", { razor = '0.0 2.0 ""' })
    S.audio_item(track, 0, 4)
  end)
end)

scenario("empty razor area with nothing to go by", function(options)
  refused(options, "there is nothing to go by", function(S, item, track)
    S.remove_item(item)
    S.loose_changes = 0
    track.razor = '0.0 2.0 ""'
  end)
end)

scenario("voice that is not there", function(options)
  refused(options, "there is no voice 5 to refill", function(S)
    S.ext["Reprise/voices"] = "5"
  end, "refill")
end)

scenario("again where nothing was asked", function(options)
  refused(options, "no Reprise takes yet", function() end, "again")
  refused(options, "is none of Reprise's", function() end, "more")
end)
