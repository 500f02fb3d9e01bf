--- From a piece (voices, context, time) and the settings to the plain message of docs/protocol.md.

local scope = require("scope")
local settings_of = require("settings")

local M = {}

local function note_of(note)
  return {
    start = note.start,
    pitch = note.pitch,
    duration = note.duration,
    velocity = note.velocity,
    release_velocity = note.release,
    is_muted = note.is_muted,
    channel = note.channel,
  }
end

local function voice_of(voice)
  local notes = {}
  for index, note in ipairs(voice.notes) do
    notes[index] = note_of(note)
    if voice.is_mpe then
      notes[index].channel = nil
    end
  end
  local is_drums
  if voice.is_mpe then
    is_drums = false
  end
  return { name = voice.name, is_drums = is_drums, pads = voice.pads or {}, notes = notes }
end

--- Return a score of voices on the piece's time.
local function score_of(piece, voices)
  local found = {}
  for index, voice in ipairs(voices) do
    found[index] = voice_of(voice)
  end
  return {
    length = piece.length,
    meter_map = { changes = piece.meters },
    tempo_map = { changes = piece.tempi },
    voices = found,
  }
end

local function controls_of(settings)
  return {
    surprise = settings.surprise,
    lowest_pitch = settings.lowest,
    highest_pitch = settings.highest,
    scale = settings.scale,
  }
end

local function common(verb, piece, settings)
  return {
    kind = verb,
    source = score_of(piece, piece.voices),
    context = #piece.context > 0 and score_of(piece, piece.context) or nil,
    count = settings.count,
    strength = settings.change,
    seed = settings.seed,
    engine = settings_of.engine(settings, verb),
    style_of = settings.style,
    controls = controls_of(settings),
    project = piece.project_name,
    clip_name = piece.name,
  }
end

local function opened(plain, piece, settings)
  plain.span = scope.span(piece.voices, piece.length)
  local _, locked = scope.places(piece.voices, plain.span)
  plain.locks = {
    notes = locked,
    rhythm = settings.rhythm == "yes",
    pitches = settings.pitches == "yes",
  }
  return plain
end

local function zero_based(numbers)
  local found = {}
  for index, number in ipairs(numbers) do
    found[index] = number - 1
  end
  return found
end

local verbs = {}

verbs.vary, verbs.redo = opened, opened

function verbs.morph(plain, piece, settings)
  opened(plain, piece, settings)
  plain.target, plain.amount = score_of(piece.target, piece.target.voices), settings.amount
  return plain
end

local function has_chosen(piece)
  for _, voice in ipairs(piece.voices) do
    if voice.chosen then
      return true
    end
  end
  return false
end

function verbs.refill(plain, piece, settings)
  opened(plain, piece, settings)
  plain.voices = zero_based(settings.voices)
  if has_chosen(piece) then
    plain.notes, plain.locks.notes = (scope.places(piece.voices, plain.span)), {}
  end
  return plain
end

verbs["continue"] = function(plain, piece)
  plain.length = piece.new_length
  return plain
end

verbs.develop = verbs["continue"]

function verbs.accompany(plain, piece, settings)
  local part = piece.part or {}
  plain.role = part.name or settings.role
  plain.pads = part.pads
  plain.span = { start = piece.new_start, ["end"] = piece.new_stop }
  return plain
end

--- Return the request for a piece.
-- @param verb {string} a kind of docs/protocol.md
-- @param family {table} {parent = id, like = {ids}}: what earlier results it comes from
function M.build(verb, piece, settings, family)
  local plain = common(verb, piece, settings)
  plain.parent = family.parent
  plain.like = {}
  for index, id in ipairs(family.like or {}) do
    plain.like[index] = { result_id = id, weight = 1.0 }
  end
  return verbs[verb](plain, piece, settings)
end

--- Return the message that adds a piece to the user's own corpus.
function M.learn(piece)
  return { kind = "learn", clip_name = piece.name, source = score_of(piece, piece.voices) }
end

return M
