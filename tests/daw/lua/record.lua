-- Record the first MIDI track of a session over JACK: ardour7-lua record.lua FOLDER NAME SIGNS
-- In the folder SIGNS it makes a file "rolling" once it records; a file "stop" there ends it.
local folder, name, signs = table.unpack(arg)

local function exists(path)
  local file = io.open(path, "r")
  if file then
    file:close()
  end
  return file ~= nil
end

local function wait_for(is_reached)
  for _ = 1, 1200 do
    if is_reached() then
      return
    end
    ARDOUR.LuaAPI.usleep(50000)
  end
  error("waited a minute for nothing")
end

assert(AudioEngine:set_backend("JACK", "ardour", ""), "no JACK")
local session = assert(load_session(folder, name), "no session")
local track
for route in session:get_routes():iter() do
  if not route:to_track():isnil() then
    track = route:to_track()
  end
end
track:rec_enable_control():set_value(1, PBD.GroupControlDisposition.NoGroup)
session:maybe_enable_record(false)
session:request_roll(ARDOUR.TransportRequestSource.TRS_UI)
wait_for(function() return session:transport_rolling() and session:actively_recording() end)
io.open(signs .. "/rolling", "w"):close()
wait_for(function() return exists(signs .. "/stop") end)
session:request_stop(false, false, ARDOUR.TransportRequestSource.TRS_UI)
wait_for(function() return session:transport_stopped() end)
ARDOUR.LuaAPI.usleep(1500000)
session:disable_record(true, true)
session:save_state("")
close_session()
print("saved")
