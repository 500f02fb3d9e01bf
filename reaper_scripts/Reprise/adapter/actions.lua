--- What each action does, by its name; the action files hold nothing but a call of `run`.

local asking = require("asking")
local jobs_of = require("jobs")
local project_of = require("project")
local screen = require("screen")

local M = {}

--- Ask for the jobs that `make` returns for what is selected, and land the answers.
-- @param engine {string|nil} who answers, whatever the settings say
local function ask(make, verb, title, engine, section)
  local project = project_of.current()
  local settings, sentences = asking.settings()
  local jobs, sentence = make(project, section, verb, title, settings)
  if not jobs then
    return screen.refuse(sentence)
  end
  for _, job in ipairs(jobs) do
    job.engine = engine or job.engine
  end
  table.move(sentences, 1, #sentences, #jobs[1].piece.hints + 1, jobs[1].piece.hints)
  return asking.start(project, title, jobs, settings)
end

local function asking_for(maker, verb, title, engine)
  return function(section)
    return ask(jobs_of[maker], verb, title, engine, section)
  end
end

M.actions = {
  vary = asking_for("in_place", "vary", "Vary into takes"),
  refill = asking_for("in_place", "refill", "Refill"),
  rewrite = asking_for("in_place", "redo", "Rewrite all voices"),
  continue_ = asking_for("after", "continue", "Continue"),
  develop = asking_for("after", "develop", "Develop"),
  accompany = asking_for("beside", "accompany", "Accompany"),
  morph = asking_for("between", "morph", "Morph two selected items"),
  vary_chords = asking_for("in_place", "vary", "Vary chords", "chords"),
  continue_chords = asking_for("after", "continue", "Continue chords", "chords"),
  again = asking_for("again", false, "Again"),
  more = asking_for("again", true, "More like this take"),
}

function M.actions.next_result(section)
  require("results").go(section, 1)
end

function M.actions.previous_result(section)
  require("results").go(section, -1)
end

function M.actions.keep(section)
  require("results").keep(section)
end

function M.actions.learn(section)
  require("learning").start(section)
end

function M.actions.regenerate(section)
  require("looping").start(section)
end

function M.actions.stop()
  asking.stop_all()
  screen.tell({ "stopped." })
end

function M.actions.settings()
  require("settings_window").show()
end

function M.actions.start_server()
  require("starting").start()
end

function M.actions.self_test()
  require("self_test").run()
end

--- Run an action from the section of the action list that it was started in.
function M.run(name, section)
  M.actions[name](section)
end

return M
