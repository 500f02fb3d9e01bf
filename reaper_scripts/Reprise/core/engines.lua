--- Which engines answer, by names for musicians, and what each has no answer for.
-- An offer is what the server's hello says of an engine: name, title, verbs, problem.

local M = {}

M.AUTO = "auto"

--- The protocol's verbs in the order of the action list, each with its name there.
M.VERBS = {
  { name = "vary", title = "Vary" },
  { name = "refill", title = "Refill" },
  { name = "redo", title = "Rewrite" },
  { name = "continue", title = "Continue" },
  { name = "develop", title = "Develop" },
  { name = "accompany", title = "Accompany" },
  { name = "morph", title = "Morph" },
}

--- Tell whether an offered engine answers to a verb.
function M.can(offer, verb)
  for _, name in ipairs(offer.verbs or {}) do
    if name == verb then
      return true
    end
  end
  return false
end

--- Return the engines of a hello that can be used just now; none where there is no hello.
function M.usable(hello)
  local found = {}
  for _, offer in ipairs(hello and hello.engines or {}) do
    found[#found + 1] = (offer.problem or "") == "" and offer or nil
  end
  return found
end

--- Return the offer of an engine, nil where the hello has none of that name.
function M.offer_of(hello, name)
  for _, offer in ipairs(hello and hello.engines or {}) do
    if offer.name == name then
      return offer
    end
  end
  return nil
end

local function joined(titles)
  local last = table.remove(titles)
  return #titles == 0 and last or table.concat(titles, ", ") .. " and " .. last
end

--- Return what an offer's verbs are called in the action list, such as "Vary and Refill", or "".
function M.titles(offer)
  local titles = {}
  for _, verb in ipairs(M.VERBS) do
    titles[#titles + 1] = M.can(offer, verb.name) and verb.title or nil
  end
  return #titles == 0 and "" or joined(titles)
end

--- Return what a verb is called in the action list.
function M.title_of(verb)
  for _, known in ipairs(M.VERBS) do
    if known.name == verb then
      return known.title
    end
  end
  return verb
end

--- Return why an engine cannot be asked for a verb and what to do, nil where it can be, or where
-- the server has to say.
function M.why_not(hello, name, verb)
  local offer = M.offer_of(hello, name)
  if not offer then
    return nil
  elseif (offer.problem or "") ~= "" then
    return ("%s cannot be used: %s"):format(offer.title, offer.problem)
  elseif M.can(offer, verb) then
    return nil
  end
  local titles = M.titles(offer)
  return ("%s cannot %s. %sChoose Auto or another engine in Reprise: Settings.")
    :format(offer.title, M.title_of(verb), titles == "" and "" or ("It can %s. "):format(titles))
end

return M
