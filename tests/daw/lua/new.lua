-- Make a session with MIDI tracks, without sound or JACK: ardour7-lua new.lua FOLDER NAME TRACK...
local folder, name = table.unpack(arg)

assert(AudioEngine:set_backend("None (Dummy)", "Unit-Test", ""), "no engine")
local session = assert(create_session(folder, name, 48000), "no session")
local one_port = ARDOUR.ChanCount(ARDOUR.DataType("midi"), 1)
for number = 3, #arg do
  session:new_midi_track(
    one_port, one_port, true, ARDOUR.PluginInfo(), nil, nil, 1, arg[number],
    ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true, false
  )
end
session:save_state("")
close_session()
