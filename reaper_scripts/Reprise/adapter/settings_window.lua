--- The settings: a window where ReaImGui is installed, else a menu and a form of REAPER's own.

local asking = require("asking")
local engines_of = require("engines")
local screen = require("screen")
local settings_of = require("settings")
local styles_of = require("styles")

local M = {}

local SECTION = "Reprise"
local IMGUI_VERSION = "0.9"
local WIDTH = 340

local function text_of(setting)
  local text = reaper.GetExtState(SECTION, setting.name)
  return text ~= "" and text or setting.default
end

local function set(setting, text)
  local value, sentence = settings_of.value(setting.name, text)
  if value == nil and sentence then
    return sentence
  end
  reaper.SetExtState(SECTION, setting.name, text, true)
  return nil
end

--- Menus of REAPER's own take these for marks.
local function plain_label(text)
  return (text:gsub("[|#!<>&]", ""))
end

--- Return the engines to choose from, those of a running server that can do what is asked.
local function engines(setting)
  local found = {}
  if setting.verb then
    found[1] = { text = "", label = "the same as Engine" }
  end
  found[#found + 1] = { text = engines_of.AUTO, label = "Auto" }
  local _, _, hello = asking.mailbox():health()
  for _, offer in ipairs(engines_of.usable(hello)) do
    if not setting.verb or engines_of.can(offer, setting.verb) then
      found[#found + 1] = { text = offer.name, label = plain_label(offer.title) }
    end
  end
  return found
end

--- Return the corpora to choose from, and none.
local function corpora()
  local found = { { text = "", label = "-" } }
  local _, _, hello = asking.mailbox():health()
  for _, name in ipairs(styles_of.corpora(hello)) do
    found[#found + 1] = { text = name, label = plain_label(name) }
  end
  return found
end

--- Return what is chosen as a choice of its own, where it is none of those there are now.
local function with_current(choices, current)
  for _, choice in ipairs(choices) do
    if choice.text == current then
      return choices
    end
  end
  choices[#choices + 1] = { text = current, label = plain_label(current) }
  return choices
end

--- Return what a setting may be: {{text, label}, ..}, nil where it is typed in.
local function choices_of(setting)
  if setting.kind == "engine" then
    return with_current(engines(setting), text_of(setting))
  elseif setting.kind == "style" then
    return with_current(corpora(), text_of(setting))
  end
  local found = {}
  for index, choice in ipairs(setting.choices or {}) do
    found[index] = { text = choice, label = choice }
  end
  return #found > 0 and found or nil
end

-- ---------------------------------------------------------------- a menu and a form

local function add_submenu(parts, acts, setting)
  local choices, current = choices_of(setting), text_of(setting)
  parts[#parts + 1] = ">" .. setting.caption:gsub(" *%(.*", "")
  for index, choice in ipairs(choices) do
    local mark = (index == #choices and "<" or "") .. (choice.text == current and "!" or "")
    parts[#parts + 1] = mark .. choice.label
    acts[#acts + 1] = function()
      set(setting, choice.text)
    end
  end
end

local function form()
  local captions, values, shown = {}, {}, {}
  for _, setting in ipairs(settings_of.LIST) do
    if not choices_of(setting) then
      shown[#shown + 1] = setting
      captions[#captions + 1] = (setting.caption:gsub(",", ":"))
      values[#values + 1] = (text_of(setting):gsub(",", " "))
    end
  end
  captions[#captions + 1] = "extrawidth=120"
  local is_given, text = reaper.GetUserInputs(
    "Reprise: settings", #shown, table.concat(captions, ","), table.concat(values, ","))
  local sentences, position = {}, 0
  for value in (is_given and text .. "," or ""):gmatch("([^,]*),") do
    position = position + 1
    sentences[#sentences + 1] = shown[position] and set(shown[position], value)
  end
  if #sentences > 0 then
    screen.refuse(table.concat(sentences, "\n"))
  end
end

local function menu()
  local parts, acts = {}, {}
  for _, setting in ipairs(settings_of.LIST) do
    if choices_of(setting) then
      add_submenu(parts, acts, setting)
    end
  end
  parts[#parts + 1], acts[#acts + 1] = "Numbers and names...", form
  local x, y = reaper.GetMousePosition()
  gfx.init("Reprise: settings", 0, 0, 0, x, y)
  gfx.x, gfx.y = 0, 0
  local chosen = gfx.showmenu(table.concat(parts, "|"))
  gfx.quit()
  if acts[chosen] then
    acts[chosen]()
  end
end

-- ---------------------------------------------------------------- a window

local function draw_percent(imgui, context, setting)
  local current = math.floor(settings_of.value(setting.name, text_of(setting)) * 100 + 0.5)
  local caption = setting.caption:gsub(",.*", "")
  local is_moved, value = imgui.SliderInt(context, caption, current, 0, 100, "%d %%")
  return is_moved, ("%d"):format(value)
end

local function draw_choice(imgui, context, setting, choices)
  local current, labels = 0, {}
  for index, choice in ipairs(choices) do
    labels[index] = choice.label
    if choice.text == text_of(setting) then
      current = index - 1
    end
  end
  local caption = setting.caption:gsub(" *%(.*", "")
  local list = table.concat(labels, "\0") .. "\0"
  local is_moved, value = imgui.Combo(context, caption, current, list)
  return is_moved, choices[value + 1].text
end

local function draw(imgui, context, setting, choices)
  local is_moved, text
  if setting.kind == "percent" then
    is_moved, text = draw_percent(imgui, context, setting)
  elseif choices then
    is_moved, text = draw_choice(imgui, context, setting, choices)
  else
    is_moved, text = imgui.InputText(context, setting.caption, text_of(setting))
  end
  return is_moved and set(setting, text) or nil
end

local function window(imgui)
  local context = imgui.CreateContext("Reprise: settings")
  local known, sentence = {}, ""
  for _, setting in ipairs(settings_of.LIST) do
    known[setting.name] = choices_of(setting)
  end
  local function frame()
    imgui.SetNextWindowSize(context, WIDTH, 0, imgui.Cond_FirstUseEver)
    local is_visible, is_open = imgui.Begin(context, "Reprise: settings", true)
    if is_visible then
      for _, setting in ipairs(settings_of.LIST) do
        sentence = draw(imgui, context, setting, known[setting.name]) or sentence
      end
      imgui.Text(context, sentence)
      imgui.End(context)
    end
    if is_open then
      reaper.defer(frame)
    end
  end
  reaper.defer(frame)
end

--- Return ReaImGui, nil where it is not installed or too old.
local function imgui_found()
  if not reaper.ImGui_GetBuiltinPath then
    return nil
  end
  package.path = reaper.ImGui_GetBuiltinPath() .. "/?.lua;" .. package.path
  local is_there, version_of = pcall(require, "imgui")
  local is_well, imgui = pcall(is_there and version_of or error, IMGUI_VERSION)
  return is_well and imgui or nil
end

--- Show the settings.
function M.show()
  local imgui = imgui_found()
  if imgui then
    window(imgui)
  else
    menu()
  end
end

return M
