--- Runs one scenario of a file by its name. A file calls `scenario(name, function(options) ... end)`.

local M = {}

function M.run(path, wanted, options)
  local found
  local environment = setmetatable({
    scenario = function(name, act)
      if name == wanted then
        found = act
      end
    end,
  }, { __index = _G })
  assert(loadfile(path, "t", environment))()
  assert(found, "no such scenario")
  local is_well, problem = xpcall(found, debug.traceback, options)
  if not is_well then
    error(problem, 0)
  end
end

return M
