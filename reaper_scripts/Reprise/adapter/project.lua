--- The project's tabs, its time in quarter notes, and what is kept in it.

local M = {}

local EDGE = 1e-6
local SECTION = "Reprise"

--- Return the project of the tab in front.
function M.current()
  return (reaper.EnumProjects(-1))
end

--- Tell whether a project is still open in some tab.
function M.is_open(project)
  local index = 0
  while true do
    local found = reaper.EnumProjects(index)
    if not found or found == project then
      return found ~= nil
    end
    index = index + 1
  end
end

--- Return the project's name without its ending, "" before it was saved.
function M.name(project)
  return (reaper.GetProjectName(project):gsub("%.[Rr][Pp][Pp]$", ""))
end

function M.to_qn(project, seconds)
  return reaper.TimeMap2_timeToQN(project, seconds)
end

function M.to_seconds(project, qn)
  return reaper.TimeMap2_QNToTime(project, qn)
end

local function measure(project, number)
  local seconds, start, stop, numerator, denominator =
    reaper.TimeMap_GetMeasureInfo(project, number)
  return {
    seconds = seconds,
    start = start,
    stop = stop,
    numerator = math.tointeger(numerator),
    denominator = math.tointeger(denominator),
  }
end

--- Return the number of the measure that holds a quarter note, as TimeMap_GetMeasureInfo counts.
local function measure_number(project, qn)
  local number = reaper.TimeMap_QNToMeasures(project, qn + EDGE)
  for guess = math.max(0, number - 1), number do
    local found = measure(project, guess)
    if found.start <= qn + EDGE and qn + EDGE < found.stop then
      return guess
    end
  end
  return math.max(0, number - 1)
end

--- Return the start of the bar that holds a quarter note.
function M.bar_start(project, qn)
  return measure(project, measure_number(project, qn)).start
end

--- Return the length of the bar that holds a quarter note, in quarters.
function M.bar_length(project, qn)
  local found = measure(project, measure_number(project, qn))
  return found.stop - found.start
end

local function tempo_of(project, found)
  local seconds = M.to_seconds(project, found.stop) - found.seconds
  return math.floor(60000 * (found.stop - found.start) / seconds + 0.5) / 1000
end

local function is_same(before, meter)
  return before ~= nil
    and before.numerator == meter.numerator
    and before.denominator == meter.denominator
end

--- Return the meters and tempi from one quarter note to another, as a score wants them.
function M.time_maps(project, from, to)
  local meters, tempi = {}, {}
  local number = measure_number(project, from)
  local before, before_bpm
  repeat
    local found = measure(project, number)
    local beat = math.max(0, found.start - from)
    local meter = { numerator = found.numerator, denominator = found.denominator }
    if not is_same(before, meter) then
      meters[#meters + 1], before = { beat, meter }, meter
    end
    local bpm = tempo_of(project, found)
    if bpm ~= before_bpm then
      tempi[#tempi + 1], before_bpm = { beat, bpm }, bpm
    end
    number = number + 1
  until found.stop >= to - EDGE
  return meters, tempi
end

--- Return a text that changes when the tempo or a meter from one quarter note to another does.
function M.time_text(project, from, to)
  local lines = {}
  local meters, tempi = M.time_maps(project, from, to)
  for _, change in ipairs(meters) do
    lines[#lines + 1] = ("%.3f %d/%d"):format(change[1], change[2].numerator, change[2].denominator)
  end
  for _, change in ipairs(tempi) do
    lines[#lines + 1] = ("%.3f %.3f"):format(change[1], change[2])
  end
  return table.concat(lines, " ")
end

--- Tell whether a handle of a kind such as "MediaItem*" still stands for something in the project.
function M.has(project, handle, kind)
  return handle ~= nil and reaper.ValidatePtr2(project, handle, kind)
end

--- Keep a text in the project under a key; it is saved with it.
function M.remember(project, key, text)
  reaper.SetProjExtState(project, SECTION, key, text)
end

--- Return the text kept under a key, nil where there is none.
function M.remembered(project, key)
  local _, text = reaper.GetProjExtState(project, SECTION, key)
  return text ~= "" and text or nil
end

--- Return the tracks of a project from the top.
function M.tracks(project)
  local found = {}
  for index = 0, reaper.CountTracks(project) - 1 do
    found[#found + 1] = reaper.GetTrack(project, index)
  end
  return found
end

--- Return the items of a track in order of time.
function M.items(track)
  local found = {}
  for index = 0, reaper.CountTrackMediaItems(track) - 1 do
    found[#found + 1] = reaper.GetTrackMediaItem(track, index)
  end
  return found
end

--- Return the selected items of a project.
function M.selected_items(project)
  local found = {}
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    found[#found + 1] = reaper.GetSelectedMediaItem(project, index)
  end
  return found
end

return M
