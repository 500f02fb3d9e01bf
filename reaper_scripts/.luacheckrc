-- `reaper` is a known global for adapters and actions only: a host call that creeps into core/ is
-- then an undefined variable.
std = "lua54"
max_line_length = 100
files["**/adapter"] = { read_globals = { "reaper" }, globals = { "gfx" } }
files["**/Reprise_*.lua"] = { read_globals = { "reaper" } }
