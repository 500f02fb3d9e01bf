--- Asks the server for jobs one after another, without waiting, and lands what comes.

local engines = require("engines")
local landing = require("landing")
local Mailbox = require("mailbox")
local project_of = require("project")
local request = require("request")
local screen = require("screen")
local settings_of = require("settings")
local styles = require("styles")

local M = {}

local SECTION = "Reprise"
local NOTHING_CAME = "No other answer was found. Raise Change in Reprise: Settings and ask again."

--- Return the mailbox of this REAPER.
function M.mailbox()
  return Mailbox.new({
    dir = reaper.GetResourcePath() .. "/Data/Reprise",
    guid = reaper.genGuid(),
    now = reaper.time_precise,
  })
end

--- Return the settings, and sentences on those that were not understood.
function M.settings()
  return settings_of.values(function(name)
    return reaper.GetExtState(SECTION, name)
  end)
end

--- End every action that is running, in whatever script.
function M.stop_all()
  reaper.SetExtState(SECTION, "stop", reaper.genGuid(), false)
end

--- Return a text that changes with every `stop_all`.
function M.stop_mark()
  return reaper.GetExtState(SECTION, "stop")
end

--- Ask for one job; returns true, or false and a sentence. What the engine has no answer for is
-- not sent.
function M.ask(box, job, settings)
  local plain = request.build(job.verb, job.piece, settings, job.family or {})
  plain.engine = job.engine or plain.engine
  local _, _, hello = box:health()
  local sentence = engines.why_not(hello, plain.engine, job.verb)
    or styles.why_not(hello, plain.engine, job.verb, plain.style_of)
  if sentence then
    return false, sentence
  end
  local handle
  handle, sentence = box:ask(plain)
  job.handle, job.results, job.warnings = handle, {}, {}
  return handle ~= nil, sentence
end

local function add_all(list, more)
  for _, sentence in ipairs(more or {}) do
    list[#list + 1] = sentence
  end
end

local heard = {}

function heard.progress(job, message)
  if job.is_quiet then
    return
  end
  local text = message.queued > 0 and ("%d before it"):format(message.queued)
    or ("%s %d %%"):format(message.stage, math.floor(100 * message.fraction + 0.5)):gsub("^ ", "")
  screen.progress(job.title .. ", " .. text)
end

function heard.result(job, message)
  table.insert(job.results, message)
  add_all(job.warnings, message.warnings)
end

function heard.done(job, message)
  add_all(job.warnings, message.warnings)
end

heard["error"] = function(job, message)
  job.error_sentence = message.sentence
  job.is_cancelled = message.code == Mailbox.CANCELLED
end

--- Take what has come for a job; returns whether it has ended.
function M.listen(job)
  for _, message in ipairs(job.handle:poll()) do
    if heard[message.kind] then
      heard[message.kind](job, message)
    end
  end
  return job.handle.finished
end

-- ---------------------------------------------------------------- a run of several jobs

local Run = {}
Run.__index = Run

function Run:landed_jobs()
  local found = {}
  for _, job in ipairs(self.jobs) do
    if job.results and #job.results > 0 then
      found[#found + 1] = job
    end
  end
  return found
end

local function once(sentences)
  local found, seen = {}, {}
  for _, sentence in ipairs(sentences) do
    if not seen[sentence] then
      found[#found + 1], seen[sentence] = sentence, true
    end
  end
  return found
end

local function count_text(jobs)
  local count, takes = 0, 0
  for _, job in ipairs(jobs) do
    count = count + #job.results
    takes = takes + #job.results * #job.landing_voices
  end
  return ("%d %s in %d takes."):format(count, count == 1 and "answer" or "answers", takes)
end

function Run:report(jobs, hints)
  local told, errors = { count_text(jobs) }, {}
  add_all(told, hints)
  for _, job in ipairs(self.jobs) do
    add_all(told, job.piece.hints)
    add_all(told, { styles.told(job.results or {}, self.settings.style) })
    add_all(told, job.warnings)
    errors[#errors + 1] = job.error_sentence
  end
  screen.tell(once(told))
  for _, sentence in ipairs(once(errors)) do
    screen.complain(sentence)
  end
end

--- Say why nothing came; a request that was cancelled says nothing.
function Run:explain()
  local sentences = {}
  for _, job in ipairs(self.jobs) do
    if job.is_cancelled then
      return
    end
    sentences[#sentences + 1] = job.error_sentence
    add_all(sentences, job.warnings)
  end
  sentences[#sentences + 1] = #sentences == 0 and NOTHING_CAME or nil
  screen.complain(table.concat(once(sentences), "\n"))
end

function Run:land()
  local jobs = self:landed_jobs()
  if #jobs == 0 then
    return self:explain()
  end
  local hints, sentence = landing.land(self.project, self.title, jobs)
  if not hints then
    return screen.complain(sentence)
  end
  return self:report(jobs, hints)
end

--- Wait for the project's tab to be in front; returns whether it is time to go on.
function Run:is_in_front()
  if project_of.current() == self.project then
    return true
  end
  if not project_of.is_open(self.project) then
    screen.complain("The project was closed meanwhile, so nothing was written.")
    self.is_over = true
  elseif not self.has_told then
    self.has_told = true
    screen.tell({ "The answer is ready. It is written when you go back to its project's tab." })
  end
  return false
end

function Run:next_job()
  self.position = self.position + 1
  local job = self.jobs[self.position]
  if not job then
    return false
  end
  local is_asked, sentence = M.ask(self.box, job, self.settings)
  if not is_asked then
    job.error_sentence = sentence
    self.position = #self.jobs
    return false
  end
  return true
end

--- One tick; returns whether there is more to do.
function Run:tick()
  if M.stop_mark() ~= self.stop_mark then
    self.is_over = true
    return false
  end
  local job = self.jobs[self.position]
  if not self.is_ready and M.listen(job) then
    self.is_ready = job.is_cancelled or not self:next_job()
  end
  if self.is_ready and self:is_in_front() then
    self.is_over = true
    self:land()
  end
  return not self.is_over
end

function Run:cancel()
  for _, job in ipairs(self.jobs) do
    if job.handle and not job.handle.finished then
      job.handle:cancel()
    end
  end
end

--- Go on with a run in the background until its tick says that it is over; a second click on the
-- action ends it.
function M.go_on(run, title)
  screen.begin()
  screen.progress(title .. " ...")
  reaper.atexit(function()
    run:cancel()
    screen.finish()
  end)
  local function tick()
    if run:tick() then
      reaper.defer(tick)
    end
  end
  reaper.defer(tick)
end

--- Ask for jobs and land them; the action goes on in the background.
function M.start(project, title, jobs, settings)
  local run = setmetatable({
    project = project, title = title, jobs = jobs, settings = settings,
    box = M.mailbox(), position = 0, stop_mark = M.stop_mark(),
  }, Run)
  if not run:next_job() then
    screen.refuse(jobs[1].error_sentence)
    return
  end
  M.go_on(run, title)
end

return M
