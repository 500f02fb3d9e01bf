--- A fake REAPER: projects, items, takes, undo, windows and running scripts, behind the real signatures.
-- What is beyond signatures is our reading of the documentation. `new` returns the state `S`, which
-- tests look at and change; scripts see nothing but the guarded `reaper`.

local guard = require("fake_guard")
local time_map = require("fake_time_map")
local midi = require("fake_midi")

local M = {}

local TICK_SECONDS = 1 / 30

local function new_project(S, path, changes)
  local project = {
    path = path,
    tracks = {},
    ext = {},
    selection = { 0, 0 },
    loop = { 0, 0 },
    time_map = time_map.new(changes or { { qn = 0, bpm = 120, numerator = 4, denominator = 4 } }),
  }
  project.handle = S.register("ReaProject", project)
  S.projects[#S.projects + 1] = project
  return project
end

local function plain_state(options)
  return {
    state = {},
    projects = {},
    ext = {},
    said = {},
    tips = {},
    asked = {},
    executed = {},
    undo_steps = {},
    undo_depth = 0,
    loose_changes = 0,
    refresh = 0,
    scripts = {},
    called = {},
    routes = {},
    play_position = 0,
    repeats = 0,
    ahead = 0,
    first_measure = 1,
    os = options.os or "Other",
    help = "",
    tooltip = "",
    resource_path = options.resource_path,
    now = options.now,
    sleep = options.sleep,
    make_directory = options.make_directory,
    kind_of = guard.kind_of,
    midi = midi,
  }
end

local function add_registry(S)
  local serial = 0
  function S.register(kind, found)
    local handle = guard.handle(kind)
    S.state[handle] = found
    return handle
  end
  function S.forget(handle)
    S.state[handle] = nil
  end
  function S.new_guid()
    serial = serial + 1
    return ("{%08X-0000-4000-8000-%012X}"):format(S.salt, serial)
  end
  function S.project_of(handle)
    return handle == 0 and S.project or handle == nil and S.project or S.state[handle]
  end
  function S.changed()
    if S.undo_depth == 0 then
      S.loose_changes = S.loose_changes + 1
    end
  end
end

-- ---------------------------------------------------------------- scripts

local function own_require(environment)
  local loaded = {}
  return function(name)
    if loaded[name] == nil then
      local path = assert(package.searchpath(name, environment.package.path))
      loaded[name] = assert(loadfile(path, "t", environment))(name) or true
    end
    return loaded[name]
  end
end

local function environment_of(S, script)
  local environment = setmetatable({
    reaper = S.guarded_for(script),
    gfx = S.gfx,
    io = S.io or io,
    os = S.os_library or os,
    package = { path = "", config = package.config },
  }, { __index = _G })
  environment._G = environment
  environment.require = own_require(environment)
  environment.dofile = function(path)
    return assert(loadfile(path, "t", environment))()
  end
  return environment
end

local function end_script(S, script)
  for index, running in ipairs(S.scripts) do
    if running == script then
      table.remove(S.scripts, index)
    end
  end
  for _, act in ipairs(script.at_exit) do
    act()
  end
  script.at_exit, script.deferred = {}, {}
end

local function add_script_calls(S, script, calls)
  function calls.defer(act)
    script.deferred[#script.deferred + 1] = act
    return true
  end
  calls.runloop = calls.defer
  function calls.atexit(act)
    script.at_exit[#script.at_exit + 1] = act
    return true
  end
  function calls.set_action_options(flags)
    script.options[#script.options + 1] = flags
    script.ends_when_run_again = script.ends_when_run_again or flags & 1 == 1
    S.lit[script.path] = flags & 4 == 4
  end
  function calls.get_action_context()
    return true, script.path, script.section, 1, -1, -1, -1.0, ""
  end
end

local function add_running(S)
  S.lit = {}
  --- Run an action as a click does: a second click on one that runs ends it, where it asked so.
  function S.run(path, section)
    for _, running in ipairs(S.scripts) do
      if running.path == path and running.ends_when_run_again then
        return end_script(S, running)
      end
    end
    local script = { path = path, section = section or 0, deferred = {}, at_exit = {}, options = {} }
    S.scripts[#S.scripts + 1] = script
    assert(loadfile(path, "t", environment_of(S, script)))()
    if #script.deferred == 0 then
      end_script(S, script)
    end
  end

  --- Run what was deferred once, as REAPER does about thirty times a second.
  function S.tick()
    for _, script in ipairs({ table.unpack(S.scripts) }) do
      local deferred = script.deferred
      script.deferred = {}
      local before = os.clock()
      S.is_ticking = true
      for _, act in ipairs(deferred) do
        act()
      end
      S.is_ticking = false
      S.longest_tick = math.max(S.longest_tick or 0, os.clock() - before)
      if #script.deferred == 0 and #deferred > 0 then
        end_script(S, script)
      end
    end
    S.ahead = S.ahead + TICK_SECONDS
  end

  --- Tick until nothing runs, or `stop` says so; fails after too many seconds of real time.
  function S.pump(stop, seconds)
    local limit = S.now() + (seconds or 20)
    while #S.scripts > 0 and not (stop and stop()) do
      assert(S.now() < limit, "the scripts still run: " .. table.concat(S.tips, " | "))
      S.tick()
      S.sleep(0.004)
    end
  end

  --- End every script, as closing REAPER does.
  function S.close()
    for _, script in ipairs({ table.unpack(S.scripts) }) do
      end_script(S, script)
    end
  end
end

--- Make a REAPER.
-- @param options {table} resource_path, signatures (path), now and sleep (functions), salt (int)
function M.new(options)
  local S = plain_state(options)
  S.salt = options.salt or 1
  add_registry(S)
  S.signatures = guard.signatures(options.signatures)
  local calls = {}
  require("fake_items")(S, calls)
  require("fake_takes")(S, calls)
  require("fake_host")(S, calls)
  S.calls = calls
  function S.guarded_for(script)
    local own = setmetatable({}, { __index = calls })
    add_script_calls(S, script, own)
    own.set_action_options = not S.lacks_action_options and own.set_action_options or nil
    return guard.guarded(own, S.signatures, function(name)
      S.called[name] = (S.called[name] or 0) + 1
    end)
  end
  function S.new_project(path, changes)
    return new_project(S, path, changes)
  end
  add_running(S)
  S.project = new_project(S, "song.rpp", options.changes)
  return S
end

return M
