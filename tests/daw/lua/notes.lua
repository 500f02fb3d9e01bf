-- Print every note of a saved session: ardour7-lua notes.lua SESSION_FOLDER NAME
-- A line for each: track, start and length as beats:ticks (1,920 ticks a beat), channel, pitch, velocity.
local folder, name = table.unpack(arg)

assert(AudioEngine:set_backend("None (Dummy)", "Unit-Test", ""), "no engine")
local session = assert(load_session(folder, name), "no session")
for route in session:get_routes():iter() do
  local track = route:to_track()
  if not track:isnil() then
    for region in track:playlist():region_list():iter() do
      local midi = region:to_midiregion()
      if not midi:isnil() then
        for note in ARDOUR.LuaAPI.note_list(midi:midi_source(0):model()):iter() do
          print(table.concat({
            "note", track:name(), tostring(note:time()), tostring(note:length()),
            note:channel(), note:note(), note:velocity(),
          }, "\t"))
        end
      end
    end
  end
end
close_session()
