--- Answers in the style of a corpus of the user's own: which there are, who can, what they say.
-- The server's hello has `styles`: names of corpora, and what engines can be asked for in the style
-- of one of them.

local engines = require("engines")

local M = {}

local MOST_NAMES = 6

--- Return the names of the corpora that a hello tells of.
function M.corpora(hello)
  return hello and hello.styles and hello.styles.corpora or {}
end

--- Return {title, verbs}: what can be asked for of an engine, or of all of them by Auto.
local function able(hello, name)
  local offer = engines.offer_of(hello, name) or { title = name == engines.AUTO and "Auto" or name }
  local found = { title = offer.title, verbs = {} }
  for _, style in ipairs(hello.styles.engines) do
    if name == engines.AUTO or style.engine == name then
      table.move(style.verbs, 1, #style.verbs, #found.verbs + 1, found.verbs)
    end
  end
  return found
end

--- Return why an engine cannot be asked for a verb in the style of a corpus and what to do, nil
-- where it can be, or where the server has to say.
-- @param corpus {string|nil} nil or "" for none
function M.why_not(hello, name, verb, corpus)
  if not corpus or corpus == "" or not (hello and hello.styles) then
    return nil
  end
  local offer = able(hello, name)
  if engines.can(offer, verb) then
    return nil
  end
  local titles = engines.titles(offer)
  return ("%s cannot %s in the style of %s%s. "
    .. "Choose - for In the style of, or another engine, in Reprise: Settings.")
    :format(offer.title, engines.title_of(verb), corpus, titles == "" and "" or ", only " .. titles)
end

--- Return whose music results take after, as a sentence; nil where there are none, or where no
-- corpus was asked for.
-- @param corpus {string|nil} nil or "" for none
function M.told(results, corpus)
  if #results == 0 or not corpus or corpus == "" then
    return nil
  end
  local names, seen = {}, {}
  for _, result in ipairs(results) do
    local from = result.style_from or ""
    if from ~= "" and not seen[from] then
      names[#names + 1], seen[from] = from, true
    end
  end
  if #names == 0 then
    return ("Takes after no clip of %s."):format(corpus)
  end
  local shown = math.min(#names, MOST_NAMES)
  local more = shown < #names and (" and %d more"):format(#names - shown) or ""
  return ("Takes after %s%s."):format(table.concat(names, " \xC2\xB7 ", 1, shown), more)
end

return M
