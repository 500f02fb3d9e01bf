--- Answers become takes, lanes or new items: all of them or none, in one undo step.
-- A job is {project, verb, title, piece, run, results, place}. `place` says where answers go that
-- replace nothing: {start, stop, tracks and items by number of voice, makes_track, name, check}.

local answer = require("answer")
local items = require("items")
local lanes = require("lanes")
local places = require("places")
local project_of = require("project")
local stamps = require("stamps")
local takes = require("takes")

local M = {}

--- What undo remembers: everything, or items alone.
M.ALL_STATES, M.ITEM_STATES = -1, 4

local PLACE_LOST = "The empty place is no longer there or no longer empty, so nothing was written."

local function fail(sentence)
  error({ sentence = sentence }, 0)
end

local function need(value, sentence)
  if not value then
    fail(sentence)
  end
  return value
end

-- ---------------------------------------------------------------- where one voice is written

local function in_item(job, voice)
  local state = voice.take_state
  return {
    source = state.guid,
    write = function(_, removed, notes, name)
      local events = answer.events_in_place(voice, removed, notes)
      return need(takes.add(state, events, name))
    end,
    unwrite = function(_, take)
      takes.delete(job.project, take)
    end,
  }
end

local function on_lanes(voice)
  local state = voice.take_state
  return {
    source = state.guid,
    lane = lanes.count(state.track),
    write = function(self, removed, notes, name)
      local events = answer.events_in_place(voice, removed, notes)
      local take = need(lanes.add(state, events, name, self.lane))
      self.lane = self.lane + 1
      return take
    end,
    unwrite = function(self, take)
      self.lane = self.lane - 1
      lanes.remove(state.track, reaper.GetMediaItemTake_Item(take), self.lane)
    end,
  }
end

--- Return the state with nothing in it but its end.
local function emptied(state)
  local copy = {}
  for name, value in pairs(state) do
    copy[name] = value
  end
  copy.events, copy.notes = { state.events[#state.events] }, {}
  return copy
end

--- Fill a new item, on the lane of what it follows; without notes it does not stay.
local function first_take(state, events, name, source_voice)
  if source_voice and lanes.has(state.track) then
    local lane = lanes.of(source_voice.take_state.item)
    reaper.SetMediaItemInfo_Value(state.item, "I_FIXEDLANE", lane)
  end
  if not takes.fill(state.take, state, events) then
    reaper.DeleteTrackMediaItem(state.track, state.item)
    fail("REAPER took no notes in a new item. Run Reprise: Self test, which says more.")
  end
  reaper.GetSetMediaItemTakeInfo_String(state.take, "P_NAME", name, true)
  return state.take
end

--- A new item, or one that an earlier run made: the first answer is its take, others are added.
local function in_new_item(job, track, voice, existing)
  local place, piece = job.place, job.piece
  local site = { source = voice and voice.take_state and voice.take_state.guid or "" }
  if existing then
    site.state = need(items.open(job.project, existing))
  end
  function site.write(self, _, notes, name)
    local is_first = not self.state
    local state = self.state or need(takes.new_item(job.project, track, place.start, place.stop))
    self.state = state
    state.first_tick = reaper.MIDI_GetPPQPosFromProjQN(state.take, place.stop - piece.new_stop)
    local source_voice = voice and voice.take_state and voice
    local events = answer.events_beside(existing and emptied(state) or state, source_voice, notes)
    if is_first then
      return first_take(state, events, name, source_voice)
    end
    return need(takes.add(state, events, name))
  end
  function site.unwrite(self, take)
    if reaper.CountTakes(self.state.item) > 1 then
      return takes.delete(job.project, take)
    end
    return reaper.DeleteTrackMediaItem(track, self.state.item)
  end
  return site
end

local function new_track_below(job)
  local last = 0
  for _, voice in ipairs(job.piece.voices) do
    local track = voice.take_state.track
    last = math.max(last, reaper.GetMediaTrackInfo_Value(track, "IP_TRACKNUMBER"))
  end
  reaper.InsertTrackAtIndex(math.tointeger(last), true)
  local track = reaper.GetTrack(job.project, math.tointeger(last))
  local name = job.place.name ~= "" and job.place.name or "Reprise"
  reaper.GetSetMediaTrackInfo_String(track, "P_NAME", name, true)
  return track
end

local function part_place(voice)
  return { start = voice.target.start, stop = voice.target.stop }
end

local function site_of(job, index)
  local voice, place = job.piece.voices[index], job.place
  if place then
    return in_new_item(job, place.tracks[index], voice, place.items and place.items[index])
  elseif voice.is_part then
    local own = { project = job.project, piece = { new_stop = 0 }, place = part_place(voice) }
    own.piece.new_stop = voice.target.stop - job.piece.origin
    return in_new_item(own, voice.target.track, voice)
  elseif lanes.has(voice.take_state.track) then
    return on_lanes(voice)
  end
  return in_item(job, voice)
end

--- Return the sites of a job by number of the voice; a voice that keeps as it is has none.
function M.sites(job)
  local found = {}
  for _, index in ipairs(job.landing_voices) do
    found[index] = site_of(job, index)
  end
  return found
end

-- ---------------------------------------------------------------- before: is all still there

local function check_voice(job, voice, hints)
  local state = voice.take_state
  if not state then
    return need(places.is_free(job.project, voice.target), PLACE_LOST)
  end
  local is_there = project_of.has(job.project, state.item, "MediaItem*")
    and project_of.has(job.project, state.take, "MediaItem_Take*")
  need(is_there, "The item or its take was deleted meanwhile, so nothing was written.")
  local refusal = items.refusal(state.item, state.take)
  need(not refusal, refusal)
  local start = items.span(job.project, state.item)
  if math.abs(start - state.start) > 1e-3 then
    hints[#hints + 1] = "The item was moved meanwhile; what is new went with it."
  end
  if stamps.hash_of(state.take) ~= state.hash then
    hints[#hints + 1] = "The item was edited meanwhile; what is new is made from what it was."
  end
  return true
end

--- Check that everything is where it was; returns hints on what changed and does no harm.
function M.check(job)
  local piece, hints = job.piece, {}
  for _, voice in ipairs(piece.voices) do
    check_voice(job, voice, hints)
  end
  local now = project_of.time_text(job.project, piece.origin, piece.origin + piece.length)
  if now ~= piece.time_text then
    hints[#hints + 1] = "The tempo map changed meanwhile; the notes stayed on their beats."
  end
  local part = piece.part and piece.part.target
  need(not part or job.place.items or places.is_free(job.project, part), PLACE_LOST)
  if job.place and job.place.check then
    local sentence = job.place.check()
    need(not sentence, sentence)
  end
  return hints
end

-- ---------------------------------------------------------------- writing

local NAMES = {
  vary = "Vary", refill = "Refill", redo = "Rewrite", morph = "Morph", accompany = "Accompany",
  develop = "Develop", ["continue"] = "Continue",
}

--- Write one answer everywhere, and in the journal {site, take, index, voice} for each take.
function M.write(job, sites, result, index, journal)
  local removed = answer.removed(job.piece, result)
  local name = ("%s %d: %s"):format(NAMES[job.verb], index, result.result_id)
  for _, voice in ipairs(job.landing_voices) do
    local site = sites[voice]
    local take = site:write(removed[voice], result.new_notes[voice], name)
    journal[#journal + 1] = { site = site, take = take, index = index, voice = voice }
    stamps.put(take, {
      id = result.result_id, run = job.run, index = index, verb = job.verb,
      source = site.source,
    })
  end
end

local function activate(journal)
  local hints = {}
  for _, entry in ipairs(journal) do
    local item = reaper.GetMediaItemTake_Item(entry.take)
    local is_first = entry.index == journal[1].index
    if is_first and not entry.site.lane then
      reaper.SetActiveTake(entry.take)
    elseif is_first then
      local source = reaper.GetMediaItemTakeByGUID(project_of.current(), entry.site.source)
      if lanes.is_alone(reaper.GetMediaItemTake_Item(source)) then
        lanes.play(item)
      else
        hints[1] = "The new lanes do not play yet, because other items share the lane that plays."
      end
    end
  end
  return hints
end

--- Return the first take that was made for each voice.
local function first_takes(journal)
  local found = {}
  for _, entry in ipairs(journal) do
    found[entry.voice] = found[entry.voice] or entry.take
  end
  return found
end

local function land_one(job, journal)
  local hints = M.check(job)
  if job.place and job.place.makes_track then
    local track = new_track_below(job)
    job.place.tracks[#job.piece.voices + 1] = track
    table.insert(journal.tracks, track)
  end
  local sites, own = M.sites(job), {}
  table.insert(journal, own)
  for index, result in ipairs(job.results) do
    M.write(job, sites, result, index, own)
  end
  table.move(activate(own), 1, 1, #hints + 1, hints)
  stamps.remember(job, first_takes(own))
  return hints
end

--- Take away the takes of a journal, the last one first.
function M.take_back(journal)
  for index = #journal, 1, -1 do
    journal[index].site:unwrite(journal[index].take)
  end
end

local function take_all_back(journals)
  for _, journal in ipairs(journals) do
    M.take_back(journal)
  end
  for index = #journals.tracks, 1, -1 do
    reaper.DeleteTrack(journals.tracks[index])
  end
end

local function explained(problem)
  if type(problem) == "table" and problem.sentence then
    return problem
  end
  return { sentence = "Something went wrong in Reprise: " .. debug.traceback(tostring(problem), 2) }
end

--- Do something without REAPER drawing it; returns what it returned, or nil and a sentence.
-- @param undo {function} takes back what was done before `act` failed
function M.unseen(act, undo)
  reaper.PreventUIRefresh(1)
  local is_well, found = xpcall(act, explained)
  if not is_well and undo then
    undo()
  end
  reaper.PreventUIRefresh(-1)
  if not is_well then
    return nil, found.sentence
  end
  return found
end

--- Do something unseen and as one undo step of a project; returns what `unseen` does.
-- @param flags {int} what REAPER has to remember for undo, all of it where not given
function M.in_one_step(project, title, act, undo, flags)
  reaper.Undo_BeginBlock2(project)
  local found, sentence = M.unseen(act, undo)
  reaper.UpdateTimeline()
  reaper.Undo_EndBlock2(project, "Reprise: " .. title, flags or M.ALL_STATES)
  return found, sentence
end

--- Return what undo has to remember: items alone, where no track is made or given lanes.
function M.states_of(jobs)
  for _, job in ipairs(jobs) do
    if job.place and job.place.makes_track then
      return M.ALL_STATES
    end
    for _, voice in ipairs(job.piece.voices) do
      if voice.take_state and lanes.has(voice.take_state.track) then
        return M.ALL_STATES
      end
    end
  end
  return M.ITEM_STATES
end

--- Write the answers of jobs of one project; returns hints for people, or nil and a sentence.
function M.land(project, title, jobs)
  local journals, all = { tracks = {} }, {}
  return M.in_one_step(project, title, function()
    for _, job in ipairs(jobs) do
      local hints = land_one(job, journals)
      table.move(hints, 1, #hints, #all + 1, all)
    end
    return all
  end, function()
    take_all_back(journals)
  end, M.states_of(jobs))
end

return M
