--- From what is selected to jobs: which request each group of targets becomes, where it lands.

local items = require("items")
local piece_of = require("piece")
local places = require("places")
local scope = require("scope")
local selection = require("selection")
local stamps = require("stamps")

local M = {}

local LEFT_OUT = "Items left out because they are not MIDI: %d."
local MIXED = "An empty razor area is among them, so all of the areas were refilled."
local NO_INSTRUMENT = "The new track has no instrument yet."

local function new_job(project, verb, title, piece)
  local first = piece.voices[1]
  local stamp = first and first.take_state and stamps.of(first.take_state.take)
  return {
    project = project, verb = verb, title = title, piece = piece, run = reaper.genGuid(),
    landing_voices = {}, family = { parent = stamp and stamp.id },
  }
end

local function all_voices(piece)
  local found = {}
  for index in ipairs(piece.voices) do
    found[index] = index
  end
  return found
end

-- ---------------------------------------------------------------- in place

local function count_parts(targets)
  local count = 0
  for _, target in ipairs(targets) do
    count = count + (target.is_part and 1 or 0)
  end
  return count
end

--- One empty razor area: a part for what sounds there.
local function part_job(project, title, piece)
  local part = piece.voices[1]
  piece.voices, piece.part = {}, part
  local job = new_job(project, "accompany", title, piece)
  piece.new_start = part.target.start - piece.origin
  piece.new_stop = part.target.stop - piece.origin
  job.place = { start = part.target.start, stop = part.target.stop, tracks = { part.target.track } }
  job.landing_voices = { 1 }
  if #piece.context == 0 then
    return nil, "Nothing sounds beside the razor area, so there is nothing to go by. "
      .. "Draw it where other tracks play, or let Reprise hear all tracks (Reprise: Settings)."
  end
  return job
end

local function chosen_voices(piece, settings, verb)
  if verb ~= "refill" or #settings.voices == 0 then
    return all_voices(piece)
  end
  local found = {}
  for _, number in ipairs(settings.voices) do
    found[#found + 1] = piece.voices[number] and number or nil
  end
  return found
end

local function job_in_place(project, verb, title, targets, settings)
  local piece, sentence = piece_of.of(project, targets, settings.context)
  if not piece then
    return nil, sentence
  end
  local parts = count_parts(targets)
  if parts == 1 and #targets == 1 then
    return part_job(project, title, piece)
  end
  if parts > 0 and verb ~= "refill" then
    verb = "refill"
    table.insert(piece.hints, MIXED)
  end
  local job = new_job(project, verb, title, piece)
  job.landing_voices = chosen_voices(piece, settings, job.verb)
  return job
end

--- Return jobs for each group of targets that overlap in time, made by `make`; or nil, a sentence.
local function for_groups(targets, make)
  local found = {}
  for index, group in ipairs(scope.groups(targets)) do
    local job, sentence = make(group)
    if not job then
      return nil, sentence
    end
    found[index] = job
  end
  if (targets.left_out or 0) > 0 then
    table.insert(found[1].piece.hints, LEFT_OUT:format(targets.left_out))
  end
  return found
end

--- Jobs that replace notes where they are: vary, refill, redo.
function M.in_place(project, section, verb, title, settings)
  local targets, sentence = selection.gather(project, section)
  if not targets then
    return nil, sentence
  end
  return for_groups(targets, function(group)
    return job_in_place(project, verb, title, group, settings)
  end)
end

-- ---------------------------------------------------------------- after

local function job_after(project, verb, title, targets, settings)
  local piece, sentence = piece_of.of(project, targets, settings.context)
  if not piece then
    return nil, sentence
  end
  local job = new_job(project, verb, title, piece)
  job.place, sentence = places.after(project, piece, verb, settings)
  if not job.place then
    return nil, sentence
  end
  job.landing_voices = all_voices(piece)
  return job
end

--- Jobs that write new bars after the items: continue, develop.
function M.after(project, section, verb, title, settings)
  local targets, sentence = selection.items(project, section)
  if not targets then
    return nil, sentence
  end
  return for_groups(targets, function(group)
    return job_after(project, verb, title, group, settings)
  end)
end

-- ---------------------------------------------------------------- beside

local function job_beside(project, title, targets, settings)
  if count_parts(targets) == #targets then
    return job_in_place(project, "accompany", title, targets, settings)
  end
  local piece, sentence = piece_of.of(project, targets, settings.context)
  if not piece then
    return nil, sentence
  end
  local job = new_job(project, "accompany", title, piece)
  table.insert(piece.hints, NO_INSTRUMENT)
  local start = piece.origin + piece.length
  for _, voice in ipairs(piece.voices) do
    start = math.min(start, voice.target.start)
  end
  piece.new_start, piece.new_stop = start - piece.origin, piece.length
  job.place = {
    start = start, stop = piece.origin + piece.length, tracks = {}, name = settings.role,
    makes_track = true,
  }
  job.landing_voices = { #piece.voices + 1 }
  return job
end

--- Jobs that add a part: in an empty razor area, or on a new track below the items.
function M.beside(project, section, _, title, settings)
  local targets, sentence = selection.gather(project, section)
  if not targets then
    return nil, sentence
  end
  return for_groups(targets, function(group)
    return job_beside(project, title, group, settings)
  end)
end

-- ---------------------------------------------------------------- between

local function earlier_first(left, right)
  return left.start < right.start
end

local function morph_job(project, title, from, to, settings)
  local piece, sentence = piece_of.of(project, { from }, settings.context)
  if not piece then
    return nil, sentence
  end
  piece.target, sentence = piece_of.of(project, { to }, "off")
  if not piece.target then
    return nil, sentence
  end
  local job = new_job(project, "morph", title, piece)
  job.landing_voices = { 1 }
  return job
end

--- The job that morphs the first of two selected items towards the second.
function M.between(project, section, _, title, settings)
  local targets, sentence = selection.items(project, section)
  if not targets then
    return nil, sentence
  end
  if #targets ~= 2 then
    return nil, ("Morph needs two selected items, got %d; its takes land in the earlier one.")
      :format(#targets)
  end
  table.sort(targets, earlier_first)
  local job
  job, sentence = morph_job(project, title, targets[1], targets[2], settings)
  return job and { job }, sentence
end

-- ---------------------------------------------------------------- again

local makers = {}

local function stamped_of(targets)
  local seen, found = {}, {}
  for _, target in ipairs(targets) do
    local stamp = stamps.of(target.take)
    local run = stamp and stamp.run or stamps.last_run(target.item)
    if run and not seen[run] then
      seen[run] = true
      found[#found + 1] = { run = run, stamp = stamp, item = target.item }
    end
  end
  return found
end

makers.vary, makers.refill, makers.redo = job_in_place, job_in_place, job_in_place
makers["continue"], makers.develop = job_after, job_after

function makers.accompany(project, _, title, targets, settings)
  return job_beside(project, title, targets, settings)
end

--- Another part for a razor area that was empty becomes a take of the item made there.
local function part_again(project, title, made, settings)
  local track = reaper.GetMediaItem_Track(made.item)
  local area = { track = track, is_part = true, start = made.start, stop = made.stop }
  local job, sentence = job_in_place(project, "accompany", title, { area }, settings)
  if job then
    job.place.items = { made.item }
  end
  return job, sentence
end

--- Another accompaniment becomes a take of the one that there is.
local function beside_again(project, job, item)
  if job.place and job.place.makes_track then
    local added = #job.piece.voices + 1
    local place = job.place
    place.makes_track, place.items = false, { [added] = item }
    place.tracks[added] = reaper.GetMediaItem_Track(item)
    place.start, place.stop = items.span(project, item)
  end
  return job
end

local function job_of(project, title, question, entry, settings)
  local targets = question.targets
  if question.verb == "morph" then
    if not question.target then
      return nil, "The item to morph towards is no longer there. Select two items and run Morph."
    end
    return morph_job(project, title, targets[1], question.target, settings)
  elseif question.part then
    return part_again(project, title, question.part, settings)
  elseif #targets == 0 then
    return nil, "The part is no longer there. Draw the razor area again."
  end
  local job, sentence = makers[question.verb](project, question.verb, title, targets, settings)
  return job and beside_again(project, job, entry.item), sentence
end

local function again_job(project, title, entry, settings)
  local question, sentence = stamps.question(project, entry.run)
  if not question then
    return nil, sentence
  end
  local job
  job, sentence = job_of(project, title, question, entry, settings)
  if job then
    job.engine = question.engine
  end
  return job, sentence
end

--- Jobs that ask the question of the selected takes once more; `likes` leans to those takes.
function M.again(project, section, likes, title, settings)
  local targets, sentence = selection.items(project, section)
  if not targets then
    return nil, sentence
  end
  local entries, found = stamped_of(targets), {}
  for _, entry in ipairs(entries) do
    local id = entry.stamp and entry.stamp.id
    if not likes or id then
      local job
      job, sentence = again_job(project, title, entry, settings)
      if not job then
        return nil, sentence
      end
      job.family = { parent = id, like = likes and { id } or {} }
      found[#found + 1] = job
    end
  end
  if #found == 0 then
    return nil, likes and "The active take is none of Reprise's. Choose one of its takes first."
      or "The item has no Reprise takes yet. Run Reprise: Vary into takes first."
  end
  return found
end

return M
