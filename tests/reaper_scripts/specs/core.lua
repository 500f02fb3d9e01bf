--- The pure core: events, MPE, what may change, settings.

local events_of = require("events")
local mpe = require("mpe")
local rewriting = require("rewriting")
local scope = require("scope")
local settings_of = require("settings")
local stage = require("stage")

local END = { tick = 3840, flag = 0, message = "\xB0\x7B\x00" }

local function event(tick, message, flag)
  return { tick = tick, flag = flag or 0, message = message }
end

local function take_of(events)
  events[#events + 1] = END
  local notes = events_of.notes(events)
  return { events = events, notes = notes, ticks_per_beat = 960, is_mpe = mpe.is_mpe(events, notes) }
end

local function new_note(start, stop, pitch)
  return {
    start = start, stop = stop, pitch = pitch, velocity = 100, channel = 0, release = 64,
    is_muted = false,
  }
end

local function lines(events)
  local found = {}
  for index, each in ipairs(events) do
    found[index] = ("%d:%s"):format(each.tick, (each.message:gsub(".", function(byte)
      return ("%02x"):format(byte:byte())
    end)))
  end
  return table.concat(found, " ")
end

scenario("a new note begins after what was there and ends before it", function()
  local take = take_of({ event(0, "\xC0\x05"), event(960, "\x90\x3C\x40"), event(1920, "\x80\x3C\x00") })

  local made = rewriting.rewritten(take, {}, { new_note(0, 960, 60) })

  stage.equal(lines(made),
    "0:c005 0:903c64 960:803c40 960:903c40 1920:803c00 3840:b07b00", "events")
end)

scenario("the end of the source stays last", function()
  local made = rewriting.rewritten(take_of({}), {}, { new_note(3000, 9999, 60) })

  stage.equal(lines(made), "3000:903c64 3840:803c40 3840:b07b00", "events")
end)

scenario("how a removed note is written goes with it, others' stays", function()
  local take = take_of({
    event(0, "\x90\x3C\x40"), event(0, "\xFF\x0FNOTE 0 60 articulation staccato"),
    event(480, "\x80\x3C\x00"), event(960, "\x90\x3E\x40"),
    event(960, "\xFF\x0FNOTE 0 62 articulation accent"), event(1440, "\x80\x3E\x00"),
  })

  local made = rewriting.rewritten(take, { [take.notes[1]] = true }, {})

  local said = lines(made)
  stage.is_true(not said:find("0:ff0f4e4f544520302036302", 1, true), said)
  stage.is_true(said:find("960:ff0f4e4f54452030203632", 1, true), said)
end)

scenario("where one pitch sounds twice, the earlier note ends first", function()
  local take = take_of({ event(0, "\x90\x3C\x40"), event(480, "\x90\x3C\x50"),
    event(960, "\x80\x3C\x00"), event(1440, "\x80\x3C\x00") })

  stage.equal(#take.notes .. " " .. take.notes[1].stop .. " " .. take.notes[2].stop, "2 960 1440")
  local made = rewriting.rewritten(take, { [take.notes[2]] = true }, {})
  stage.equal(lines(made), "0:903c40 960:803c00 3840:b07b00", "the other one is whole")
end)

scenario("a note that never ends is left alone", function()
  local take = take_of({ event(0, "\x90\x3C\x40"), event(960, "\x90\x3E\x40"), event(1440, "\x80\x3E\x00") })

  stage.equal(#take.notes, 1, "notes")
  stage.is_true(lines(rewriting.rewritten(take, {}, {})):find("0:903c40", 1, true))
end)

scenario("a buffer that is cut is refused with a sentence", function()
  local found, sentence = events_of.parse(string.pack("<i4Bs4", 0, 0, "\x90\x3C\x40"):sub(1, -2))

  stage.equal(found, nil)
  stage.equal(sentence, "The take's MIDI data cannot be read.")
end)

scenario("events moved before the source keep their controllers and lose their notes", function()
  local moved = events_of.moved({ event(0, "\xB0\x07\x40"), event(0, "\x90\x3C\x40"),
    event(960, "\x90\x3E\x40"), END }, -480)

  stage.equal(lines(moved), "0:b00740 480:903e40 3360:b07b00", "events")
end)

scenario("takes with one channel or without bends are not MPE", function()
  local plain = take_of({ event(0, "\x90\x3C\x40"), event(0, "\xE0\x00\x50"), event(1, "\x80\x3C\x00") })
  local split = take_of({ event(0, "\x90\x3C\x40"), event(0, "\x91\x30\x40"), event(9, "\x80\x3C\x00"),
    event(9, "\x81\x30\x00") })

  stage.equal(plain.is_mpe, false, "one channel")
  stage.equal(split.is_mpe, false, "a keyboard split")
end)

scenario("a zone announced makes a take MPE", function()
  local take = take_of({ event(0, "\xB0\x64\x06"), event(0, "\xB0\x65\x00"), event(0, "\xB0\x06\x0F"),
    event(0, "\x91\x3C\x40"), event(9, "\x81\x3C\x00") })

  stage.equal(take.is_mpe, true)
end)

scenario("a note that stays keeps the bend that another one had left", function()
  local take = take_of({
    event(0, "\xE1\x00\x60"), event(0, "\x91\x3C\x40"), event(960, "\x81\x3C\x00"),
    event(0 + 1000, "\xE2\x00\x20"), event(1000, "\x92\x3E\x40"), event(1900, "\x82\x3E\x00"),
    event(1920, "\x91\x40\x40"), event(2880, "\x81\x40\x00"),
  })
  stage.equal(take.is_mpe, true, "MPE")

  local made = lines(rewriting.rewritten(take, { [take.notes[1]] = true }, {}))

  stage.is_true(not made:find("0:e10060 0:", 1, true), "the bend left with its note: " .. made)
  stage.is_true(made:find("1920:e10060 1920:914040", 1, true), "and is there when it is needed: " .. made)
end)

scenario("a new MPE note shares no channel while another is free", function()
  local events = {}
  for channel = 1, 14 do
    events[#events + 1] = event(0, string.char(0xE0 | channel, 0, 0x50))
    events[#events + 1] = event(0, string.char(0x90 | channel, 40 + channel, 90))
  end
  for channel = 1, 14 do
    events[#events + 1] = event(1920, string.char(0x80 | channel, 40 + channel, 0))
  end
  local take = take_of(events)
  local fresh = { new_note(960, 1440, 80), new_note(1000, 1200, 81) }

  rewriting.rewritten(take, {}, fresh)

  stage.equal(fresh[1].channel, 15, "the only free one")
  stage.is_true(fresh[2].channel >= 1 and fresh[2].channel <= 14, "then one is shared")
end)

scenario("a hash sees notes and controllers, not what is selected", function()
  local function hash_of(change)
    local events = { event(0, "\xB0\x07\x40"), event(0, "\x90\x3C\x40"), event(96, "\x80\x3C\x00") }
    change(events)
    return events_of.hash(events)
  end
  local plain = hash_of(function() end)

  stage.equal(hash_of(function(events)
    events[2].flag = 1
  end), plain, "selected")
  for name, change in pairs({
    moved = function(events) events[2].tick = 1 end,
    louder = function(events) events[2].message = "\x90\x3C\x41" end,
    muted = function(events) events[2].flag = 2 end,
    controller = function(events) events[1].message = "\xB0\x07\x41" end,
    fewer = function(events) events[3] = nil end,
  }) do
    stage.is_true(hash_of(change) ~= plain, name)
  end
end)

scenario("razor areas are read in all the forms that REAPER writes", function()
  local found = scope.razor_areas('0.0 1.5,2 3.25 "",4 5 "" 0.25 0.75,6 7 "{12-34}"')

  stage.equal(#found, 3, "areas, without the envelope's")
  stage.equal(found[2].start .. " " .. found[2].stop, "2 3.25")
  stage.equal(found[3].top .. " " .. found[3].bottom, "0.25 0.75")
  stage.equal(found[1].bottom, 1, "the whole height")
  stage.equal(#scope.razor_areas(""), 0, "none")
  stage.equal(#scope.razor_areas("nonsense, more"), 0, "nonsense")
end)

scenario("things are grouped by overlap, chains too", function()
  local function thing(start, stop)
    return { start = start, stop = stop }
  end
  local groups = scope.groups({ thing(8, 12), thing(0, 4), thing(3, 7), thing(6, 8), thing(20, 21) })

  stage.equal(#groups, 3, "groups")
  stage.equal(#groups[1] .. #groups[2] .. #groups[3], "311", "members; touching is not overlapping")
end)

scenario("settings are read as people write them", function()
  stage.equal(settings_of.value("change", " 12,5 % "), 0.125)
  stage.equal(settings_of.value("count", "16"), 16)
  stage.equal(settings_of.value("seed", ""), nil)
  stage.equal(settings_of.value("scale", "Strict"), "strict")
  stage.equal(table.concat(settings_of.value("voices", "1, 3;4"), " "), "1 3 4")
  stage.equal(settings_of.value("role", "pad\nL"), "pad L", "no line breaks")
end)

scenario("settings out of range are refused with a sentence", function()
  for name, text in pairs({
    change = "101", count = "0", seed = "x", lowest = "128", scale = "loose", voices = "1 zero",
    bars = "2.5",
  }) do
    local value, sentence = settings_of.value(name, text)
    stage.equal(value, nil, name)
    stage.is_true(sentence:find("got ", 1, true), name)
  end
end)

scenario("the settings fit one form of REAPER's", function()
  local fields = 0
  for _, setting in ipairs(settings_of.LIST) do
    local is_menu = setting.choices or setting.kind == "engine"
    fields = fields + (is_menu and 0 or 1)
    local _, sentence = settings_of.value(setting.name, setting.default)
    stage.equal(sentence, nil, setting.name)
  end
  stage.is_true(fields <= 15, "fields")
end)
