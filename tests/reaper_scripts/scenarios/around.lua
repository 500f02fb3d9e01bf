--- Around the answers: cancelling, settings, starting the server, the self test.

local stage = require("stage")

scenario("a second click on an action cancels it", function(options)
  local S, item = stage.theme(options)
  S.action("vary")
  stage.equal(#S.scripts, 1, "running")

  S.action("vary")

  stage.equal(#item.takes, 1, "takes")
  stage.settled(S)
end)

scenario("stop ends what runs", function(options)
  local S, item = stage.theme(options)
  S.resource_path = stage.own_folder(options)
  stage.scripted(options, S, function()
    return {}
  end)
  S.action("vary")
  S.tick()

  S.act("stop")

  stage.equal(#item.takes, 1, "takes")
  stage.settled(S)
end)

scenario("two actions run beside each other on two items", function(options)
  local S, first, track = stage.theme(options)
  local second = S.midi_item(track, 16, 8, stage.BASS)

  S.action("vary")
  first.selected, second.selected = 0, 1
  S.action("rewrite")
  S.pump()

  stage.equal(#first.takes .. #second.takes, "33", "takes")
  stage.equal(#S.undo_steps, 2, "undo steps")
  stage.settled(S)
end)

scenario("older REAPERs without set_action_options work", function(options)
  local S, item = stage.theme(options)
  S.lacks_action_options = true

  S.act("vary")

  stage.equal(#item.takes, 3, "takes")
  stage.equal(S.called.set_action_options, nil, "calls")
end)

scenario("older REAPERs without MIDIEditor_EnumTakes work", function(options)
  local S, item = stage.theme(options)
  item.selected = 0
  S.open_editor(item.takes[1])
  S.calls.MIDIEditor_EnumTakes = nil

  S.act("vary", stage.MIDI_EDITOR)

  stage.equal(#item.takes, 3, "takes")
  stage.settled(S)
end)

scenario("settings in a menu and a form, where ReaImGui is not there", function(options)
  local S = stage.reaper(options)
  local shown
  S.gfx = {
    init = function() end,
    quit = function() end,
    showmenu = function(text)
      shown = text
      return S.menu_choice
    end,
  }
  S.menu_choice = 3
  S.act("settings")
  stage.is_true(shown:find("^>Engine|!?Auto|"), shown)
  stage.is_true(shown:find("!From the Clip", 1, true), "the server's engines by their names")
  local count = 0
  for part in shown:gmatch("[^|]+") do
    count = count + (part:sub(1, 1) ~= ">" and 1 or 0)
  end

  S.menu_choice = count
  S.user_answers = { "60,3,,40,,,,1 2,bass line,75" }
  S.act("settings")

  stage.equal(S.ext["Reprise/change"] .. " " .. S.ext["Reprise/count"], "60 3")
  stage.equal(S.ext["Reprise/voices"] .. " " .. S.ext["Reprise/role"], "1 2 bass line")
  stage.equal(S.ext["Reprise/amount"], "75")
  local _, commas = S.asked[1].captions:gsub(",", "")
  stage.equal(commas, S.asked[1].count, "captions, one of them the width")
  stage.settled(S)
end)

scenario("a form filled in wrongly says what is wrong and keeps the rest", function(options)
  local S = stage.reaper(options)
  S.gfx = { init = function() end, quit = function() end, showmenu = function(text)
    local _, bars = text:gsub("|", "")
    local _, menus = text:gsub(">", "")
    return bars + 1 - menus
  end }
  S.user_answers = { "400,3,,40,,,,,,50" }

  S.act("settings")

  stage.said(S, "Change, 0-100 %: 0 to 100, got 400")
  stage.equal(tostring(S.ext["Reprise/change"]) .. S.ext["Reprise/count"], "nil3")
end)

scenario("settings in a window, where ReaImGui is there", function(options)
  local S = stage.reaper(options)
  function S.calls.ImGui_GetBuiltinPath()
    return options.here .. "/fake"
  end
  S.imgui_moves = { ["Change"] = 70, ["Scale"] = 2, ["Accompany with, such as bass"] = "pad" }
  _G.fake_imgui_stage = S

  S.action("settings")
  for _ = 1, 3 do
    S.tick()
  end
  S.imgui_closes = true
  S.pump()

  stage.equal(S.ext["Reprise/change"] .. S.ext["Reprise/scale"] .. S.ext["Reprise/role"], "70strictpad")
  stage.settled(S)
end)

scenario("start server runs what the server wrote down", function(options)
  local S = stage.reaper(options)
  S.resource_path = stage.own_folder(options)
  local home = stage.own_folder(options)
  options.files.make_directory(home .. "/.reprise")
  options.files.write(home .. "/.reprise/mailboxes.json",
    '{"command": ["/opt/my apps/python", "-m", "reprise", "start"], "mailboxes": []}')
  S.os_library = setmetatable({ getenv = function(name)
    return name == "HOME" and home or nil
  end }, { __index = os })

  S.action("start")
  S.tick()
  options.files.make_directory(S.resource_path .. "/Data/Reprise")
  stage.say_hello(options, S.resource_path)
  S.pump()

  stage.equal(S.executed[1].command, "'/opt/my apps/python' -m reprise start")
  stage.equal(S.executed[1].timeout, -2, "nobody waits")
  stage.said(S, "is running")
  local registered = options.files.list(home .. "/.reprise/mailboxes")
  stage.equal(#registered, 1, "the folder of this REAPER")
  local text = options.files.read(home .. "/.reprise/mailboxes/" .. registered[1])
  stage.is_true(text:find(S.resource_path, 1, true), text)
  stage.settled(S)
end)

scenario("start server that was never run here says what to do once", function(options)
  local S = stage.reaper(options)
  S.resource_path = stage.own_folder(options)
  S.os_library = setmetatable({ getenv = function() end }, { __index = os })

  S.act("start")

  stage.said(S, "Run `reprise start` once in a terminal")
  stage.equal(#S.executed, 0, "commands")
end)

scenario("start server where one runs only says so", function(options)
  local S = stage.reaper(options)

  S.act("start")

  stage.said(S, "is running")
  stage.equal(#S.executed, 0, "commands")
end)

scenario("the self test says which ways of writing takes work", function(options)
  local S, item = stage.theme(options)
  local before = stage.dump(S)
  S.routes.a = nil

  S.act("self_test")

  local said = stage.said(S, "Takes can be written.")
  for _, way in ipairs({ "way a", "way b", "way c" }) do
    stage.is_true(said:find(way .. " [^\n]*: works\n"), way .. "\n" .. said)
  end
  for _, line in ipairs({ "written and read back: yes", "exact: yes", "Bar lines found: yes",
    "data ends with its end: yes", "Ticks a quarter note: 960" }) do
    stage.is_true(said:find(line, 1, true), said)
  end
  stage.equal(stage.dump(S), before, "the project")
  stage.equal(item.selected, 1, "the selection")
  stage.settled(S)
end)

scenario("the self test tells of ways that do not work", function(options)
  local S = stage.theme(options)
  S.routes.b, S.routes.c = "broken", "broken"
  local before = stage.dump(S)

  S.act("self_test")

  local said = stage.said(S, "Takes can be written.")
  stage.is_true(said:find("way b [^\n]*: does not work here"), said)
  stage.is_true(said:find("way c [^\n]*: does not work here"), said)
  stage.equal(stage.dump(S), before, "the project")
  stage.settled(S)
end)
