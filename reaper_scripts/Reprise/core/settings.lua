--- What a producer may set: names, defaults, bounds, and their texts as REAPER keeps them.

local engines = require("engines")

local M = {}

--- In the order of the settings window. `kind` says how a text becomes a value.
M.LIST = {
  { name = "change", caption = "Change, 0-100 %", default = "35", kind = "percent" },
  { name = "count", caption = "Answers, 1-16", default = "4", kind = "whole", low = 1, high = 16 },
  { name = "engine", caption = "Engine", default = "auto", kind = "engine" },
  { name = "style", caption = "In the style of", default = "", kind = "style" },
  {
    name = "seed", caption = "Seed (empty: any)",
    default = "", kind = "whole", low = 0, high = 16777215,
  },
  { name = "surprise", caption = "Surprise, 0-100 %", default = "50", kind = "percent" },
  {
    name = "lowest", caption = "Lowest pitch, 0-127",
    default = "", kind = "whole", low = 0, high = 127,
  },
  {
    name = "highest", caption = "Highest pitch, 0-127",
    default = "", kind = "whole", low = 0, high = 127,
  },
  {
    name = "scale", caption = "Scale (off guide strict)",
    default = "guide", kind = "choice", choices = { "off", "guide", "strict" },
  },
  {
    name = "rhythm", caption = "Keep rhythm (no yes)",
    default = "no", kind = "choice", choices = { "no", "yes" },
  },
  {
    name = "pitches", caption = "Keep pitches (no yes)",
    default = "no", kind = "choice", choices = { "no", "yes" },
  },
  {
    name = "context", caption = "Hear tracks (all folder off)",
    default = "all", kind = "choice", choices = { "all", "folder", "off" },
  },
  {
    name = "bars", caption = "New bars (empty: by item)",
    default = "", kind = "whole", low = 1, high = 256,
  },
  { name = "voices", caption = "Refill tracks, such as 1 3", default = "", kind = "numbers" },
  { name = "role", caption = "Accompany with, such as bass", default = "", kind = "text" },
  { name = "amount", caption = "Morph, 0-100 %", default = "50", kind = "percent" },
}

-- Each action may have an engine of its own; left empty, it has the one of all.
for _, verb in ipairs(engines.VERBS) do
  M.LIST[#M.LIST + 1] = {
    name = "engine_" .. verb.name, caption = "Engine of " .. verb.title,
    default = "", kind = "engine", verb = verb.name,
  }
end

local by_name = {}
for _, setting in ipairs(M.LIST) do
  by_name[setting.name] = setting
end

local readers = {}

function readers.text(text)
  return (text:gsub("%c", " "))
end

readers.engine, readers.style = readers.text, readers.text

function readers.percent(text, setting)
  local number = tonumber((text:gsub(",", "."):gsub("%%", "")))
  if not number or number < 0 or number > 100 then
    return nil, ("%s: 0 to 100, got %s"):format(setting.caption, text)
  end
  return number / 100
end

function readers.whole(text, setting)
  if text == "" then
    return nil
  end
  local number = math.tointeger(tonumber(text))
  if not number or number < setting.low or number > setting.high then
    return nil, ("%s: %d to %d, got %s"):format(setting.caption, setting.low, setting.high, text)
  end
  return number
end

function readers.choice(text, setting)
  for _, choice in ipairs(setting.choices) do
    if choice == text:lower() then
      return choice
    end
  end
  local known = table.concat(setting.choices, " ")
  return nil, ("%s: one of %s, got %s"):format(setting.caption, known, text)
end

function readers.numbers(text, setting)
  local found = {}
  for word in text:gmatch("[^%s,;]+") do
    local number = math.tointeger(tonumber(word))
    if not number or number < 1 then
      return nil, ("%s: numbers from 1, got %s"):format(setting.caption, word)
    end
    found[#found + 1] = number
  end
  return found
end

--- Return the value of a setting's text; nil where it is left open; nil and a sentence if wrong.
function M.value(name, text)
  local setting = by_name[name]
  return readers[setting.kind]((text:gsub("^%s+", ""):gsub("%s+$", "")), setting)
end

--- Return the name of the engine that answers to a verb.
function M.engine(values, verb)
  local own = values["engine_" .. verb] or ""
  return own ~= "" and own or values.engine
end

--- Return the values of all texts by name, and sentences on those that are wrong and not used.
-- @param text_of {function} name -> text, "" for one never set
function M.values(text_of)
  local found, sentences = {}, {}
  for _, setting in ipairs(M.LIST) do
    local text = text_of(setting.name)
    local value, sentence = M.value(setting.name, text ~= "" and text or setting.default)
    if sentence then
      sentences[#sentences + 1] = sentence
      value = M.value(setting.name, setting.default)
    end
    found[setting.name] = value
  end
  return found, sentences
end

return M
