--- What is around the project: undo, ext state, the MIDI editor, windows, playing, other programs.

return function(S, calls)
  local state = S.state

  -- ---------------------------------------------------------------- undo and redraw

  function calls.Undo_BeginBlock2()
    assert(S.undo_depth == 0, "an undo block in an undo block")
    S.undo_depth = 1
  end

  function calls.Undo_EndBlock2(_, description, flags)
    assert(S.undo_depth == 1, "an undo block ends that did not begin")
    S.undo_depth = 0
    S.undo_steps[#S.undo_steps + 1] = { name = description, flags = flags }
    S.loose_changes = 0
  end

  function calls.PreventUIRefresh(step)
    S.refresh = S.refresh + step
    assert(S.refresh >= 0, "the redraw is let go more often than held")
  end

  function calls.UpdateArrange() end
  function calls.UpdateTimeline() end
  -- ---------------------------------------------------------------- ext state

  function calls.GetExtState(section, key)
    return S.ext[section .. "/" .. key] or ""
  end

  function calls.SetExtState(section, key, value, persists)
    assert(not (persists and value:find("[\r\n]")), "a persistent ext state of several lines")
    S.ext[section .. "/" .. key] = value
  end

  function calls.GetProjExtState(project, section, key)
    local found = S.project_of(project).ext[section .. "/" .. key]
    return found and 1 or 0, found or ""
  end

  function calls.SetProjExtState(project, section, key, value)
    S.project_of(project).ext[section .. "/" .. key] = value ~= "" and value or nil
    return #value
  end

  -- ---------------------------------------------------------------- the MIDI editor

  function calls.MIDIEditor_GetActive()
    return S.editor and S.editor.handle
  end

  function calls.MIDIEditor_GetTake()
    return S.editor.takes[1] and S.editor.takes[1].handle
  end

  function calls.MIDIEditor_EnumTakes(_, index)
    local take = S.editor.takes[index + 1]
    return take and take.handle
  end

  function S.open_editor(...)
    S.editor = { takes = { ... } }
    S.editor.handle = S.register("HWND", S.editor)
  end

  -- ---------------------------------------------------------------- windows

  local function check_click(what)
    assert(not S.is_ticking, what .. " opened while nobody clicked: it would hold REAPER up")
  end

  function calls.ShowMessageBox(text)
    check_click("a message box")
    S.said[#S.said + 1] = text
    return 1
  end

  function calls.ShowConsoleMsg(text)
    S.said[#S.said + 1] = text
  end

  function calls.Help_Set(text)
    S.help = text
  end

  function calls.TrackCtl_SetToolTip(text)
    S.tooltip = text
    if text ~= "" then
      S.tips[#S.tips + 1] = text
    end
  end

  function calls.GetMousePosition()
    return 100, 100
  end

  function calls.GetUserInputs(title, count, captions, values)
    check_click("a form")
    S.asked[#S.asked + 1] = { title = title, count = count, captions = captions, values = values }
    local answer = S.user_answers and table.remove(S.user_answers, 1)
    return answer ~= nil, answer or ""
  end

  -- ---------------------------------------------------------------- the program

  function calls.GetAppVersion()
    return "7.60/linux-x86_64"
  end

  function calls.GetOS()
    return S.os
  end

  function calls.GetResourcePath()
    return S.resource_path
  end

  function calls.RecursiveCreateDirectory(path)
    S.make_directory(path)
    return 1
  end

  function calls.ExecProcess(command, timeout)
    S.executed[#S.executed + 1] = { command = command, timeout = timeout }
    return "0\n"
  end

  function calls.genGuid()
    return S.new_guid()
  end

  function calls.time_precise()
    return S.now() + S.ahead
  end

  -- ---------------------------------------------------------------- projects and time

  function calls.EnumProjects(index)
    if index == -1 then
      return S.project.handle, S.project.path
    end
    local found = S.projects[index + 1]
    return found and found.handle, found and found.path or ""
  end

  function calls.GetProjectName(project)
    return S.project_of(project).path:match("[^/]*$")
  end

  function calls.GetProjectLength(project)
    local last = 0.0
    for _, item in ipairs(S.all_items(project)) do
      last = math.max(last, item.position + item.length)
    end
    return last
  end

  function calls.ValidatePtr2(project, pointer, kind)
    local found = state[pointer]
    if not found or S.kind_of(pointer) .. "*" ~= kind then
      return false
    end
    local home = found.project or found.item and found.item.project
    return not home or home == S.project_of(project)
  end

  function calls.TimeMap2_QNToTime(project, qn)
    return S.project_of(project).time_map:to_seconds(qn) + 0.0
  end

  function calls.TimeMap2_timeToQN(project, seconds)
    return S.project_of(project).time_map:to_qn(seconds) + 0.0
  end

  function calls.TimeMap_GetMeasureInfo(project, number)
    local map = S.project_of(project).time_map
    local found = map:measure(number)
    local meter = found.meter
    local bpm = map:bpm_at(found.start) + 0.0
    return map:to_seconds(found.start) + 0.0, found.start, found.stop, meter.numerator, meter.denominator, bpm
  end

  function calls.TimeMap_QNToMeasures(project, qn)
    local map = S.project_of(project).time_map
    local number = map:measure_at(qn)
    local found = map:measure(number)
    return number + S.first_measure, found.start, found.stop
  end

  function calls.GetSet_LoopTimeRange2(project, sets, loops, start, stop)
    local key = loops and "loop" or "selection"
    local of = S.project_of(project)
    if sets then
      of[key] = { start, stop }
    end
    return of[key][1] + 0.0, of[key][2] + 0.0
  end

  function calls.GetSetRepeatEx(_, value)
    if value >= 0 then
      S.repeats = value
    end
    return S.repeats
  end

  function calls.GetPlayStateEx()
    return S.playing and 1 or 0
  end

  function calls.GetPlayPositionEx()
    return S.play_position + 0.0
  end
end
