--- Which engine answers: one for all, one for an action, and what an engine has no answer for.

local stage = require("stage")

local OFFERS = {
  { name = "markov", title = "From the Clip", verbs = { "vary", "continue", "develop", "morph" } },
  { name = "hymns", title = "Hymns", verbs = { "continue" } },
  { name = "gone", title = "Gone", verbs = { "vary" }, problem = "its weights are damaged" },
  { name = "chords", title = "Chords", verbs = { "vary", "continue", "morph" } },
}

local function answer(request)
  local added = { { start = 1, pitch = 72, duration = 1 } }
  return { stage.result(request, 0, {}, { added }), stage.done(request) }
end

--- A theme on a track, and a server with engines that are told here; returns what it was asked.
local function told(options)
  local S, item, track = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  local asked = stage.scripted(options, S, answer)
  stage.say_hello(options, S.resource_path, { engines = OFFERS })
  return S, asked, item, track
end

--- Show the settings as a menu of REAPER's own and choose the row with a label, under a heading.
local function choose(S, heading, label)
  local found, is_under, rows = nil, false, 0
  S.gfx = { init = function() end, quit = function() end, showmenu = function(text)
    for part in text:gmatch("[^|]+") do
      if part:sub(1, 1) == ">" then
        is_under = part == ">" .. heading
      else
        rows = rows + 1
        found = is_under and part:gsub("^[<!]+", "") == label and rows or found
      end
    end
    return found or 0
  end }
  S.act("settings")
  return found ~= nil
end

scenario("an action has the engine that was chosen for it, the others have the one of all", function(options)
  local S, asked = told(options)
  stage.is_true(choose(S, "Engine of Continue", "Hymns"), "a row")

  S.act("continue")
  S.act("vary")

  stage.equal(S.ext["Reprise/engine_continue"], "hymns")
  stage.equal(asked[1].engine .. " " .. asked[2].engine, "hymns markov")
end)

scenario("an action's engines are those that can do it, by their names", function(options)
  local S = told(options)

  stage.is_true(choose(S, "Engine of Morph", "Chords"), "one that can")
  stage.is_true(not choose(S, "Engine of Morph", "Hymns"), "one that cannot")
  stage.is_true(not choose(S, "Engine of Vary", "Gone"), "one that is damaged")
  stage.is_true(choose(S, "Engine of Morph", "the same as Engine"), "none of its own")
  stage.equal(S.ext["Reprise/engine_morph"], "")
end)

scenario("an engine that is not there now stays chosen and is shown", function(options)
  local S = told(options)
  S.ext["Reprise/engine"] = "my style"

  stage.is_true(choose(S, "Engine", "my style"), "a row")
end)

scenario("what an engine has no answer for is said and not sent", function(options)
  local S, asked = told(options)
  S.ext["Reprise/engine"] = "hymns"
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before,
    "Hymns cannot Vary. It can Continue. Choose Auto or another engine in Reprise: Settings.")
  stage.equal(#asked, 0, "requests")
end)

scenario("an engine that cannot be used says why", function(options)
  local S = told(options)
  S.ext["Reprise/engine_vary"] = "gone"
  local before = stage.dump(S)

  S.act("vary")

  stage.refused(S, before, "Gone cannot be used: its weights are damaged")
end)

scenario("chords have actions of their own, and Again keeps to their engine", function(options)
  local S, asked, item = told(options)

  S.act("vary_chords")
  S.act("again")
  S.act("vary")

  stage.equal(asked[1].kind .. " " .. asked[1].engine, "vary chords")
  stage.equal(asked[2].kind .. " " .. asked[2].engine, "vary chords")
  stage.equal(asked[3].engine, "markov")
  stage.equal(#item.takes, 4, "takes")
end)

scenario("continue chords asks for what comes after", function(options)
  local S, asked = told(options)

  S.act("continue_chords")

  stage.equal(asked[1].kind .. " " .. asked[1].engine, "continue chords")
end)

scenario("the real server's engines say no in words", function(options)
  local S = stage.theme(options)
  S.ext["Reprise/engine_morph"] = "chorale"
  S.midi_item(S.add_track("Other"), 16, 8, stage.BASS).selected = 1
  local before = stage.dump(S)

  S.act("morph")

  stage.refused(S, before, "Chorale cannot Morph. It can Vary, Refill, Rewrite and Continue.")
end)

scenario("develop and morph with an engine of their own land as ever", function(options)
  local S, item, track = stage.theme(options)
  S.ext["Reprise/engine"] = "chorale"
  S.ext["Reprise/engine_develop"] = "markov"
  S.ext["Reprise/engine_morph"] = "markov"
  S.ext["Reprise/count"] = "1"
  S.ext["Reprise/bars"] = "4"

  S.act("develop")

  stage.equal(track.items[2].length, 8.0, "four bars")
  local second = S.midi_item(S.add_track("Other"), 24, 8, stage.BASS)
  item.selected, track.items[2].selected, second.selected = 1, 0, 1
  S.act("morph")
  stage.equal(item.takes[2].name:sub(1, 7), "Morph 1", "name")
  stage.settled(S)
end)

scenario("develop by the theme engine writes bars behind the item", function(options)
  local S, _, track = stage.theme(options)
  S.ext["Reprise/engine_develop"] = "theme"
  S.ext["Reprise/count"] = "1"
  S.ext["Reprise/bars"] = "8"

  S.act("develop")

  stage.equal(track.items[2].length, 16.0, "eight bars")
  stage.is_true(#S.midi.notes(track.items[2].takes[1].source) >= 8, "notes")
  stage.settled(S)
end)

--- Return a REAPER with a selected item of block chords: S, item, track.
local function progression(options)
  local S = stage.reaper(options)
  local track = S.add_track("Keys")
  local item = S.midi_item(track, 0, 16, stage.CHORDS)
  item.selected = 1
  S.ext["Reprise/count"] = "1"
  return S, item, track
end

--- Tell whether at least two in three notes of a take begin together with another one.
local function is_chordal(S, take)
  local notes, together = S.midi.notes(take.source), 0
  for index, note in ipairs(notes) do
    for other, another in ipairs(notes) do
      local apart = math.abs(another.start - note.start) / take.source.ticks_per_qn
      if other ~= index and apart < 0.1 then
        together = together + 1
        break
      end
    end
  end
  return #notes > 0 and together >= 2 / 3 * #notes
end

scenario("continue chords writes the next chords of the progression", function(options)
  local S, _, track = progression(options)

  S.act("continue_chords")

  stage.equal(#track.items, 2, "items")
  stage.is_true(is_chordal(S, track.items[2].takes[1]), "chords")
  stage.settled(S)
end)

scenario("vary chords writes other chords as takes", function(options)
  local S, item = progression(options)
  S.ext["Reprise/change"] = "80"

  S.act("vary_chords")

  stage.equal(#item.takes, 2, "takes")
  stage.is_true(is_chordal(S, item.takes[2]), "chords")
  stage.settled(S)
end)

scenario("morph by the chord engine leads from one progression to another", function(options)
  local S, item = progression(options)
  local notes = stage.notes(stage.CHORDS, function(note)
    note.pitch = note.pitch + 5
  end)
  S.midi_item(S.add_track("Other"), 16, 16, notes).selected = 1
  S.ext["Reprise/engine_morph"] = "chords"

  S.act("morph")

  stage.equal(#item.takes, 2, "takes")
  stage.is_true(is_chordal(S, item.takes[2]), "chords")
  stage.settled(S)
end)

scenario("vary chords of a melody says that there are none, in the server's words", function(options)
  local S, item = stage.theme(options)

  S.act("vary_chords")

  stage.said(S, "hears no chords in it")
  stage.equal(#item.takes, 1, "takes")
  stage.settled(S)
end)
