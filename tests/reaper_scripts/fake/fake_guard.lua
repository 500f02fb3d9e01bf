--- The guard: every call is checked against the real signatures, names, arity and types.
-- Handles are opaque: a script that reads or writes a field of one fails, as with real userdata.

local M = {}

local kinds = setmetatable({}, { __mode = "k" })

local function opaque(_, key)
  error("a script reaches into a handle: " .. tostring(key), 2)
end

local handle_meta = { __index = opaque, __newindex = opaque }

--- Return a handle of a kind such as "MediaItem"; it says nothing about itself.
function M.handle(kind)
  local made = setmetatable({}, handle_meta)
  kinds[made] = kind
  return made
end

local function kind_of(value)
  if math.type(value) then
    return math.type(value)
  end
  return kinds[value] or type(value)
end

M.kind_of = kind_of

local function is_number(value, want)
  if type(value) ~= "number" then
    return false
  end
  return want == "number" or math.tointeger(value) ~= nil
end

local function fits(value, want)
  if want:sub(-1) == "?" then
    return value == nil or fits(value, want:sub(1, -2))
  end
  if want == "project" then
    return value == 0 or value == nil or kind_of(value) == "ReaProject"
  end
  if want == "integer" or want == "number" then
    return is_number(value, want)
  end
  if want == "pointer" then
    return kinds[value] ~= nil
  end
  return kind_of(value) == want
end

local function split(text)
  local parts = {}
  for part in text:gmatch("[^,]+") do
    parts[#parts + 1] = part
  end
  return parts
end

--- Read the signatures: name, argument types, return types.
function M.signatures(path)
  local found = {}
  for line in io.lines(path) do
    if line:sub(1, 1) ~= "#" then
      local name, arguments, returns = line:match("^([%w_]+)\t([^\t]*)\t?(.*)$")
      found[name] = { arguments = split(arguments), returns = split(returns) }
    end
  end
  return found
end

local function check_arguments(name, signature, given)
  if given.n > #signature.arguments then
    error(("reaper.%s takes %d arguments, got %d"):format(name, #signature.arguments, given.n), 3)
  end
  for position, want in ipairs(signature.arguments) do
    if not fits(given[position], want) then
      local got = kind_of(given[position])
      error(("reaper.%s: argument %d is %s, wants %s"):format(name, position, got, want), 3)
    end
  end
end

local function check_returns(name, signature, found)
  for position, want in ipairs(signature.returns) do
    if not fits(found[position], want) then
      local got = kind_of(found[position])
      error(("fake reaper.%s: return %d is %s, not %s"):format(name, position, got, want), 0)
    end
  end
end

--- Return the `reaper` that a script sees: the calls, each checked on its way in and out.
-- @param calls {table} name -> function
-- @param signatures {table} of M.signatures
-- @param called {function} told every name
function M.guarded(calls, signatures, called)
  local function wrapped(name)
    return function(...)
      local given = table.pack(...)
      check_arguments(name, signatures[name], given)
      called(name)
      local found = table.pack(calls[name](...))
      check_returns(name, signatures[name], found)
      return table.unpack(found, 1, found.n)
    end
  end
  return setmetatable({}, {
    __index = function(_, name)
      if not signatures[name] then
        error("no known ReaScript function: reaper." .. tostring(name), 2)
      end
      return calls[name] and wrapped(name)
    end,
    __newindex = function(_, name)
      error("a script writes reaper." .. tostring(name), 2)
    end,
  })
end

return M
