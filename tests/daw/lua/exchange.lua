-- Exchange notes of the first MIDI region: ardour7-lua exchange.lua FOLDER NAME ANSWER
-- Lines of ANSWER: "keep N", a note's number from 0 in the order of time, or
-- "new START LENGTH CHANNEL PITCH VELOCITY" in ticks, 1,920 a beat. What is not kept goes.
local folder, name, answer = table.unpack(arg)

local function first_region(session)
  for route in session:get_routes():iter() do
    local track = route:to_track()
    if not track:isnil() then
      for region in track:playlist():region_list():iter() do
        if not region:to_midiregion():isnil() then
          return region:to_midiregion()
        end
      end
    end
  end
  error("no MIDI region")
end

local function beats(ticks)
  return Temporal.Beats(ticks // 1920, ticks % 1920)
end

assert(AudioEngine:set_backend("None (Dummy)", "Unit-Test", ""), "no engine")
local session = assert(load_session(folder, name), "no session")
local model = first_region(session):midi_source(0):model()

local kept, new = {}, {}
for line in io.lines(answer) do
  local numbers = {}
  for word in line:gmatch("%d+") do
    numbers[#numbers + 1] = math.tointeger(tonumber(word))
  end
  if line:find("^keep") then
    kept[numbers[1]] = true
  else
    new[#new + 1] = numbers
  end
end

-- First out, then in: a new note may stand where an old one stood.
local out = model:new_note_diff_command("Reprise: notes that went")
local place = 0
for note in ARDOUR.LuaAPI.note_list(model):iter() do
  if not kept[place] then
    out:remove(note)
  end
  place = place + 1
end
model:apply_command(session, out)

local into = model:new_note_diff_command("Reprise: notes that came")
for _, one in ipairs(new) do
  local start, length, channel, pitch, velocity = table.unpack(one)
  into:add(ARDOUR.LuaAPI.new_noteptr(channel, beats(start), beats(length), pitch, velocity))
end
model:apply_command(session, into)

session:save_state("")
close_session()
