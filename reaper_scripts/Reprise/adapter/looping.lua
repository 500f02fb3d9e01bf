--- Regenerate on every loop: the next answer is made while this one plays and put in at the loop
-- point. The last eight stay; stopping keeps the one heard; the whole run is one undo step.

local asking = require("asking")
local jobs_of = require("jobs")
local landing = require("landing")
local lanes = require("lanes")
local project_of = require("project")
local screen = require("screen")
local stamps = require("stamps")
local styles = require("styles")
local takes = require("takes")

local M = {}

local KEPT = 8
local LEAD_S = 0.05
local MORE_CHANGE = 0.15
local NO_OTHER = "There is no other answer to this; choose another part."
local TITLE = "Regenerate on every loop"
local PLAYING = 1

local Loop = {}
Loop.__index = Loop

function Loop:ask()
  self.job.piece.hints = {}
  local is_asked, sentence = asking.ask(self.box, self.job, self.settings)
  if not is_asked then
    self:stop(sentence)
  end
end

function Loop:stop(sentence)
  self.is_over = true
  if sentence then
    screen.complain(sentence)
  end
end

--- Return the end of what is looped, in seconds: the project's loop, or the item.
local function loop_end(project, state)
  local _, stop = reaper.GetSet_LoopTimeRange2(project, false, true, 0, 0, false)
  if stop > 0 and reaper.GetSetRepeatEx(project, -1) == 1 then
    return stop
  end
  return project_of.to_seconds(project, state.stop)
end

--- Tell whether the loop begins anew now, or so soon that the next tick would be too late; each
-- loop point is told of once.
function Loop:is_at_loop_point()
  local is_playing = math.tointeger(reaper.GetPlayStateEx(self.project)) & PLAYING ~= 0
  local now = reaper.GetPlayPositionEx(self.project)
  local has_wrapped = self.play_position ~= nil and now < self.play_position
  self.play_position = is_playing and now or nil
  if not is_playing then
    return false
  end
  local left = loop_end(self.project, self.job.piece.voices[1].take_state) - now
  local is_due = left >= 0 and left < LEAD_S
  local is_first = not self.was_due
  self.was_due = is_due
  return is_first and (is_due or has_wrapped)
end

--- Write the answer that is ready, not heard yet; one undo step holds the whole run.
function Loop:write()
  self.count = self.count + 1
  self.has_changed = true
  local journal = {}
  local is_written, sentence = landing.unseen(function()
    landing.check(self.job)
    self.sites = self.sites or landing.sites(self.job)
    landing.write(self.job, self.sites, self.job.results[1], self.count, journal)
    self:restore_active()
    return true
  end, function()
    landing.take_back(journal)
    self:restore_active()
  end)
  if not is_written then
    return self:stop(sentence)
  end
  self.next_takes = journal
  return nil
end

function Loop:restore_active()
  for _, entry in ipairs(self.heard) do
    if project_of.has(self.project, entry, "MediaItem_Take*") then
      reaper.SetActiveTake(entry)
    end
  end
end

local function remove_oldest(self)
  if #self.written <= KEPT then
    return
  end
  for _, entry in ipairs(table.remove(self.written, 1)) do
    local is_there = project_of.has(self.project, entry.take, "MediaItem_Take*")
    local stamp = is_there and stamps.of(entry.take)
    if stamp and not stamps.is_edited(entry.take, stamp) then
      takes.delete(self.project, entry.take)
    end
  end
end

--- Let the answer be heard that was waiting, and ask for the one after it.
function Loop:swap()
  self.heard = {}
  for _, entry in ipairs(self.next_takes) do
    if project_of.has(self.project, entry.take, "MediaItem_Take*") then
      reaper.SetActiveTake(entry.take)
      table.insert(self.heard, entry.take)
    end
  end
  self.written[#self.written + 1] = self.next_takes
  remove_oldest(self)
  reaper.UpdateArrange()
  self.next_takes = nil
  self.job.family.parent = self.job.results[1].result_id
  screen.tell({
    ("loop %d: %s"):format(self.count, self.job.results[1].result_id),
    styles.told(self.job.results, self.settings.style),
  })
  self:ask()
end

function Loop:hear()
  if self.next_takes or not asking.listen(self.job) then
    return
  end
  if #self.job.results > 0 then
    return self:write()
  end
  if self.job.error_sentence or self.settings.change >= 1 then
    return self:stop(self.job.error_sentence or self.job.warnings[1] or NO_OTHER)
  end
  -- A short clip runs out of answers that are new; those further away are not used up yet.
  self.settings.change = math.min(1, self.settings.change + MORE_CHANGE)
  return self:ask()
end

--- Tell whether the items and takes that it works on are still there.
function Loop:is_whole()
  for _, voice in ipairs(self.job.piece.voices) do
    if not project_of.has(self.project, voice.take_state.take, "MediaItem_Take*") then
      return false
    end
  end
  return true
end

function Loop:tick()
  if asking.stop_mark() ~= self.stop_mark then
    self.is_over = true
  elseif project_of.is_open(self.project) and not self:is_whole() then
    self:stop("The item was deleted meanwhile, so the loop ended.")
  elseif project_of.current() == self.project then
    local is_time = self:is_at_loop_point()
    self:hear()
    if self.next_takes and is_time and not self.is_over then
      self:swap()
    end
  elseif not project_of.is_open(self.project) then
    self:stop("The project was closed, so the loop ended.")
  end
  return not self.is_over
end

--- End the run: what waits unheard goes, what is heard stays, and it all becomes one undo step.
function Loop:finish()
  if not self.job.handle.finished then
    self.job.handle:cancel()
  end
  if self.has_changed and project_of.is_open(self.project) then
    landing.in_one_step(self.project, TITLE, function()
      for _, entry in ipairs(self.next_takes or {}) do
        if project_of.has(self.project, entry.take, "MediaItem_Take*") then
          takes.delete(self.project, entry.take)
        end
      end
      stamps.remember(self.job, {})
      return true
    end, nil, landing.states_of({ self.job }))
  end
  screen.finish()
end

local function has_lanes(job)
  for _, voice in ipairs(job.piece.voices) do
    if not voice.take_state or lanes.has(voice.take_state.track) then
      return true
    end
  end
  return false
end

local function one_job(project, section, settings)
  settings.count, settings.seed = 1, nil
  local jobs, sentence = jobs_of.in_place(project, section, "vary", TITLE, settings)
  if not jobs then
    return nil, sentence
  elseif #jobs > 1 then
    return nil, "The selected items do not sound together. Select items that overlap in time."
  elseif has_lanes(jobs[1]) then
    return nil, "Regenerating works on items with takes, not on fixed lanes or empty areas."
  end
  return jobs[1]
end

--- Begin; the action goes on until it is run again or stopped.
function M.start(section)
  local project = project_of.current()
  local settings = asking.settings()
  local job, sentence = one_job(project, section, settings)
  if not job then
    return screen.refuse(sentence)
  end
  local loop = setmetatable({
    project = project, job = job, settings = settings, box = asking.mailbox(), count = 0,
    heard = {}, written = {}, stop_mark = asking.stop_mark(),
  }, Loop)
  job.is_quiet = true
  for index, voice in ipairs(job.piece.voices) do
    loop.heard[index] = reaper.GetActiveTake(voice.take_state.item)
  end
  local is_asked
  is_asked, sentence = asking.ask(loop.box, job, settings)
  if not is_asked then
    return screen.refuse(sentence)
  end
  screen.begin()
  reaper.atexit(function()
    loop:finish()
  end)
  local function tick()
    if loop:tick() then
      reaper.defer(tick)
    end
  end
  reaper.defer(tick)
end

return M
