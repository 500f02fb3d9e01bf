--- In the style of a corpus: chosen in the settings, asked with, and told of.

local json = require("json")
local stage = require("stage")

local OFFERS = {
  { name = "markov", title = "From the Clip", verbs = { "vary", "continue", "morph" } },
  { name = "able", title = "Able", verbs = { "vary", "continue", "morph" } },
}
local STYLES = {
  corpora = { "mine", "tunes" },
  engines = { { engine = "able", verbs = { "vary", "continue" } } },
}

local function answer_after(names)
  return function(request)
    local messages = {}
    for index = 1, request.count do
      local added = { { start = 1, pitch = 71 + index, duration = 1 } }
      messages[index] = stage.result(request, index - 1, {}, { added })
      messages[index].style_from = request.style_of ~= "" and names[index] or ""
    end
    messages[#messages + 1] = stage.done(request, request.count)
    return messages
  end
end

--- A theme on a track, and a server with corpora that are told here; returns what it was asked.
local function told(options, names, styles)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  S.ext["Reprise/engine"] = "able"
  local asked = stage.scripted(options, S, answer_after(names or { "riff.mid", "riff.mid" }))
  stage.say_hello(options, S.resource_path, { engines = OFFERS, styles = styles or STYLES })
  return S, asked, item
end

--- Show the settings as a menu of REAPER's own, choose a row under "In the style of" where there is
-- one, and return all of its rows.
local function choose(S, label)
  local rows, found, is_under, count = {}, 0, false, 0
  S.gfx = { init = function() end, quit = function() end, showmenu = function(text)
    for part in text:gmatch("[^|]+") do
      if part:sub(1, 1) == ">" then
        is_under = part == ">In the style of"
      else
        count = count + 1
        local row = part:gsub("^[<!]+", "")
        rows[#rows + 1] = is_under and row or nil
        found = is_under and row == label and count or found
        is_under = is_under and part:sub(1, 1) ~= "<"
      end
    end
    return found
  end }
  S.act("settings")
  return table.concat(rows, " ")
end

scenario("a corpus is chosen in the settings and asked with until none is", function(options)
  local S, asked = told(options)

  stage.equal(choose(S, "mine"), "- mine tunes", "rows")
  S.act("vary")
  choose(S, "-")
  S.act("continue")

  stage.equal(asked[1].style_of, "mine")
  stage.equal(asked[2].style_of or "", "")
end)

scenario("takes say once whose music they take after, with whatever else there is to say", function(options)
  local S, _, item = told(options, { "riff.mid", "bass.als: Sub", "riff.mid" })
  S.ext["Reprise/style"], S.ext["Reprise/count"] = "mine", "3"

  S.act("vary")

  stage.equal(#item.takes, 4, "takes")
  stage.said(S, "3 answers in 3 takes.\nTakes after riff.mid \xC2\xB7 bass.als: Sub.")
  stage.settled(S)
end)

scenario("answers that take after nobody all the same say so", function(options)
  local S = told(options, { "", "" })
  S.ext["Reprise/style"] = "mine"

  S.act("vary")

  stage.said(S, "2 answers in 2 takes.\nTakes after no clip of mine.")
end)

scenario("many names are told in part", function(options)
  local names = {}
  for index = 1, 9 do
    names[index] = ("clip %d.mid"):format(index)
  end
  local S = told(options, names)
  S.ext["Reprise/style"], S.ext["Reprise/count"] = "mine", "9"

  S.act("vary")

  stage.said(S, "clip 6.mid and 3 more.")
end)

scenario("without a corpus nothing is said of one", function(options)
  local S = told(options)

  S.act("vary")

  stage.is_true(not stage.said(S, "in 2 takes."):find("after", 1, true), "silence on styles")
end)

scenario("what an engine cannot do in a style is said and not sent", function(options)
  local S, asked = told(options)
  S.ext["Reprise/style"] = "mine"
  S.midi_item(S.add_track("Other"), 16, 8, stage.BASS).selected = 1
  local before = stage.dump(S)

  S.act("morph")

  stage.refused(S, before, "Able cannot Morph in the style of mine, only Vary and Continue. "
    .. "Choose - for In the style of, or another engine, in Reprise: Settings.")
  stage.equal(#asked, 0, "requests")
end)

scenario("an engine that takes after nobody says so, Auto asks who can", function(options)
  local S, asked = told(options)
  S.ext["Reprise/style"], S.ext["Reprise/engine"] = "mine", "markov"
  local before = stage.dump(S)

  S.act("vary")
  stage.refused(S, before, "From the Clip cannot Vary in the style of mine. Choose -")
  S.ext["Reprise/engine"] = "auto"
  S.act("vary")

  stage.equal(#asked, 1, "requests")
  stage.equal(asked[1].style_of .. " " .. asked[1].engine, "mine auto")
end)

scenario("regenerating refuses beforehand like everything else", function(options)
  local S, asked = told(options)
  S.ext["Reprise/style"], S.ext["Reprise/engine"] = "mine", "markov"

  S.act("regenerate")

  stage.said(S, "From the Clip cannot Vary in the style of mine.")
  stage.equal(#asked, 0, "requests")
  stage.settled(S)
end)

scenario("regenerating says at each loop point whose music the answer takes after", function(options)
  local S, _, item = told(options)
  S.ext["Reprise/style"], S.playing = "mine", true
  S.action("regenerate")

  S.play_position = 1.0
  S.pump(function()
    return #item.takes == 2
  end)
  S.play_position = 3.99
  S.tick()

  stage.said(S, "loop 1: 7F3K00\nTakes after riff.mid.")
  S.act("stop")
  stage.settled(S)
end)

scenario("a server that knows of no corpora has none to choose, and answers as ever", function(options)
  local S, asked = told(options)
  stage.say_hello(options, S.resource_path, { engines = OFFERS })

  stage.equal(choose(S, "mine"), "-", "rows")
  S.act("vary")

  stage.equal(#asked, 1, "requests")
end)

scenario("a corpus that is not there now stays chosen and is shown", function(options)
  local S = told(options, nil, { corpora = { "tunes" }, engines = STYLES.engines })
  S.ext["Reprise/style"] = "mine"

  stage.equal(choose(S, "nothing"), "- tunes mine", "rows")
  stage.equal(S.ext["Reprise/style"], "mine")
end)

--- Wait until the real server's hello tells of a corpus.
local function wait_for_corpus(options, S, name)
  local path = S.resource_path .. "/Data/Reprise/hello.json"
  local limit = host.now() + 30
  while host.now() < limit do
    for _, corpus in ipairs(json.decode(options.files.read(path)).styles.corpora) do
      if corpus == name then
        return
      end
    end
    host.sleep(0.1)
  end
  error("the hello has no corpus " .. name)
end

scenario("what was just learnt is taken after, by the real server", function(options)
  local S, item = stage.theme(options)
  S.act("learn")
  wait_for_corpus(options, S, "mine")
  S.ext["Reprise/engine"], S.ext["Reprise/count"] = "ensemble", "1"

  stage.is_true(choose(S, "mine"):find("mine", 1, true), "a row")
  S.act("vary")

  stage.said(S, "Takes after Lead ")
  stage.equal(#item.takes, 2, "takes")
  stage.settled(S)
end)
