--- A stage for scenarios: a fake REAPER with Reprise's actions in it, and words to check with.
-- `options` come from Python: resource_folder, actions, signatures, salt, and `files` (list, read,
-- write, remove, make_directory), since stock Lua has no folders.

local fake_reaper = require("fake_reaper")
local json = require("json")
local packing = require("packing")

local M = {}

local ACTIONS = {
  vary = "Vary into takes",
  continue = "Continue",
  refill = "Refill",
  rewrite = "Rewrite all voices",
  accompany = "Accompany",
  morph = "Morph two selected items",
  develop = "Develop",
  vary_chords = "Vary chords",
  continue_chords = "Continue chords",
  again = "Again",
  more = "More like this take",
  next = "Next result",
  previous = "Previous result",
  keep = "Keep active take and remove the other Reprise takes",
  learn = "Learn this",
  regenerate = "Regenerate on every loop",
  stop = "Stop",
  settings = "Settings",
  start = "Start server",
  self_test = "Self test",
}
M.ACTIONS = ACTIONS
M.MIDI_EDITOR = 32060

--- A theme of eight notes in two bars of four.
M.THEME = {}
for place, pitch in ipairs({ 60, 62, 64, 65, 67, 65, 64, 62 }) do
  M.THEME[place] = { start = place - 1, duration = 0.95, pitch = pitch, velocity = 70 + place }
end

M.BASS = {
  { start = 0, duration = 2, pitch = 36 }, { start = 2, duration = 2, pitch = 43 },
  { start = 4, duration = 2, pitch = 41 }, { start = 6, duration = 2, pitch = 43 },
}

--- Return copies of notes with some fields changed by `change(note, place)`.
function M.notes(notes, change)
  local found = {}
  for place, note in ipairs(notes) do
    found[place] = {}
    for name, value in pairs(note) do
      found[place][name] = value
    end
    if change then
      change(found[place], place)
    end
  end
  return found
end

--- Four block chords, one a bar.
M.CHORDS = {}
for bar, chord in ipairs({ { 57, 60, 64 }, { 53, 57, 60 }, { 55, 60, 64 }, { 55, 59, 62 } }) do
  for _, pitch in ipairs(chord) do
    M.CHORDS[#M.CHORDS + 1] = { start = 4 * (bar - 1), duration = 3.9, pitch = pitch }
  end
end

-- ---------------------------------------------------------------- a REAPER

--- Return a fake REAPER; the quick engine answers unless a scenario says otherwise.
function M.reaper(options, more)
  more = more or {}
  local S = fake_reaper.new({
    resource_path = more.resource_folder or options.resource_folder,
    signatures = options.signatures,
    make_directory = options.files.make_directory,
    now = host.now,
    sleep = host.sleep,
    salt = options.salt + (more.salt or 0),
    changes = more.changes,
    os = more.os,
  })
  S.ext["Reprise/engine"] = "markov"
  S.ext["Reprise/count"] = "2"
  function S.action(name, section)
    S.run(options.actions .. "/Reprise_" .. ACTIONS[name] .. ".lua", section)
  end
  --- Run an action and wait for it to end.
  function S.act(name, section)
    S.action(name, section)
    S.pump()
  end
  return S
end

--- Return notes a little shorter in each scenario: the server, which is one for all of them, gives
-- nobody the answers again that it gave to the same question before.
local function own_notes(options, notes)
  return M.notes(notes, function(note)
    note.duration = note.duration - options.salt // 1000 % 400 / 960
  end)
end

--- Return a REAPER with one track and a selected item of the theme on it: S, item, track.
function M.theme(options, more)
  more = more or {}
  local S = M.reaper(options, more)
  local track = S.add_track("Lead")
  local notes = own_notes(options, more.notes or M.THEME)
  local item = S.midi_item(track, more.start or 0, 8, notes, more.others)
  item.selected = 1
  return S, item, track
end

-- ---------------------------------------------------------------- a server that is told what to say

local function is_request(name)
  return name:match("%.json$") and not name:match("%.cancel%.json$")
end

local function unpacked(request)
  for _, name in ipairs({ "source", "context", "target" }) do
    for _, voice in ipairs(request[name] and request[name].voices or {}) do
      voice.notes = packing.unpack_into({}, voice.notes or {})
    end
  end
  return request
end

local function answer_one(files, mailbox, name, handler)
  local request = json.decode(files.read(mailbox .. "/in/" .. name))
  files.remove(mailbox .. "/in/" .. name)
  unpacked(request.message)
  local id = name:gsub("%.json$", "")
  for number, message in ipairs(handler(request.message)) do
    local text = type(message) == "string" and message or json.encode(message)
    files.write(("%s/out/%s.%d.json"):format(mailbox, id, number - 1), text)
  end
end

--- Say hello in a mailbox as a server does.
function M.say_hello(options, folder, changes)
  local hello = {
    protocol_version = 1, server_version = "0.0", session = "one", beat = 1, time = os.time(),
    period_s = 1, engines = {}, command = {},
  }
  for name, value in pairs(changes or {}) do
    hello[name] = value
  end
  options.files.write(folder .. "/Data/Reprise/hello.json", json.encode(hello))
end

--- Put a server into a folder that answers each request with the messages of `handler(request)`.
-- Returns what it was asked, in order. A handler that returns {} stays silent.
function M.scripted(options, S, handler)
  local files, mailbox = options.files, S.resource_path .. "/Data/Reprise"
  files.make_directory(mailbox .. "/in")
  files.make_directory(mailbox .. "/out")
  M.say_hello(options, S.resource_path)
  local asked, tick = {}, S.tick
  function S.tick()
    for _, name in ipairs(files.list(mailbox .. "/in")) do
      if is_request(name) then
        answer_one(files, mailbox, name, function(request)
          asked[#asked + 1] = request
          return handler(request, #asked)
        end)
      end
    end
    tick()
  end
  return asked
end

--- Return a folder of a scenario's own, for a scripted server.
function M.own_folder(options)
  return options.files.own_folder()
end

--- Return a result in plain form: what is kept (places from 0) and new notes a voice.
function M.result(request, index, kept, new_notes)
  local packed = {}
  for voice, notes in ipairs(new_notes) do
    packed[voice] = packing.packed(notes)
  end
  return {
    kind = "result", request_id = request.request_id, index = index, count = request.count or 1,
    result_id = ("7F3K%02d"):format(index), length = request.source.length, kept = kept,
    new_notes = packed, seed = 1, engine = "told",
  }
end

function M.done(request, count)
  return { kind = "done", request_id = request.request_id, count = count or 1, total_ms = 1 }
end

-- ---------------------------------------------------------------- checking

function M.equal(found, wanted, what)
  if found ~= wanted then
    error(("%s: %s, not %s"):format(what or "found", tostring(found), tostring(wanted)), 2)
  end
end

function M.is_true(found, what)
  if not found then
    error(what or "not so", 2)
  end
end

--- Check that something was said that holds a text, and return all of it.
function M.said(S, part)
  local all = table.concat(S.said, "\n") .. "\n" .. table.concat(S.tips, "\n")
  if not all:find(part, 1, true) then
    error(("nobody said %q but %q"):format(part, all), 2)
  end
  return all
end

--- Check that all is let go of: undo balanced, nothing changed outside a step, redraw on.
function M.settled(S)
  M.equal(S.undo_depth, 0, "undo depth")
  M.equal(S.refresh, 0, "held redraws")
  M.equal(S.loose_changes, 0, "changes without an undo step")
  M.equal(#S.scripts, 0, "running scripts")
  M.is_true(not S.tooltip:find(" %.%.%.$") and not S.tooltip:find("%d percent$"), S.tooltip)
  for path, is_lit in pairs(S.lit) do
    M.equal(is_lit, false, "the button of " .. path)
  end
end

--- Return a text of all tracks, items, takes, notes and controllers.
function M.dump(S)
  local lines = {}
  for _, track in ipairs(S.project.tracks) do
    lines[#lines + 1] = "track " .. track.name
    for _, item in ipairs(track.items) do
      lines[#lines + 1] = ("item %.6f %.6f lane %d active %d selected %d group %d"):format(
        item.position, item.length, item.lane, item.active, item.selected, item.group)
      for _, take in ipairs(item.takes) do
        local data = take.source.events and S.midi.buffer(take.source) or take.source.kind
        lines[#lines + 1] = ("take %s %q"):format(take.name, data)
      end
    end
  end
  return table.concat(lines, "\n")
end

--- Check that a click did nothing but say why.
function M.refused(S, before, part)
  M.said(S, part)
  M.equal(M.dump(S), before, "the project")
  M.settled(S)
end

--- Return the notes of a take in beats as a text, to compare by.
function M.heard(S, take)
  local lines = {}
  for index, note in ipairs(S.midi.notes(take.source)) do
    local ticks = take.source.ticks_per_qn
    lines[index] = ("%.4f %.4f %d %d %d"):format(
      note.start / ticks, note.stop / ticks, note.pitch, note.velocity, note.channel)
  end
  return table.concat(lines, "\n")
end

--- Return the note of a take that has a pitch; fails where none or several have.
function M.note_of_pitch(S, take, pitch)
  local found
  for _, note in ipairs(S.midi.notes(take.source)) do
    if note.pitch == pitch then
      M.is_true(not found, "two notes of that pitch")
      found = note
    end
  end
  return found or error("no note of pitch " .. pitch, 2)
end

--- Return the stamp of a take.
function M.stamp(take)
  return take.ext.reprise and json.decode(take.ext.reprise)
end

return M
