--- Tracks and items of the fake.

local midi = require("fake_midi")

local ITEM_VALUES = {
  D_POSITION = "position",
  D_LENGTH = "length",
  B_MUTE = "muted",
  B_LOOPSRC = "loops",
  B_UISEL = "selected",
  C_LOCK = "lock",
  B_ALLTAKESPLAY = "plays_all",
  C_BEATATTACHMODE = "time_base",
  I_GROUPID = "group",
  I_FIXEDLANE = "lane",
  I_CUSTOMCOLOR = "color",
  D_VOL = "volume",
  D_FADEINLEN = "fade_in",
  D_FADEOUTLEN = "fade_out",
}

return function(S, calls)
  local state = S.state
  local new_guid = S.new_guid

  local function add_take(item, source)
    local take = {
      item = item,
      source = source,
      name = "",
      guid = new_guid(),
      ext = {},
      offset = 0.0,
      rate = 1.0,
      volume = 1.0,
      pan = 0.0,
      transpose = 0.0,
      color = 0,
      fx = 0,
    }
    take.handle = S.register("MediaItem_Take", take)
    item.takes[#item.takes + 1] = take
    return take
  end

  local function add_item(track, position, length)
    local item = {
      track = track,
      project = S.project,
      position = position,
      length = length,
      takes = {},
      active = 1,
      guid = new_guid(),
      ext = {},
      muted = 0,
      loops = 1,
      selected = 0,
      lock = 0,
      plays_all = 0,
      time_base = -1,
      group = 0,
      lane = 0,
      color = 0,
      volume = 1.0,
      fade_in = 0.0,
      fade_out = 0.0,
    }
    item.handle = S.register("MediaItem", item)
    track.items[#track.items + 1] = item
    table.sort(track.items, function(left, right)
      return left.position < right.position
    end)
    return item
  end
  S.add_item, S.add_take = add_item, add_take

  local function index_of(list, wanted)
    for index, entry in ipairs(list) do
      if entry == wanted then
        return index
      end
    end
  end

  local function remove_item(item)
    S.changed()
    table.remove(item.track.items, index_of(item.track.items, item))
    S.forget(item.handle)
    for _, take in ipairs(item.takes) do
      S.forget(take.handle)
    end
  end
  S.remove_item = remove_item

  local function all_items(project)
    local found = {}
    for _, track in ipairs(S.project_of(project).tracks) do
      for _, item in ipairs(track.items) do
        found[#found + 1] = item
      end
    end
    return found
  end
  S.all_items = all_items

  local function selected_items(project)
    local found = {}
    for _, item in ipairs(all_items(project)) do
      if item.selected == 1 then
        found[#found + 1] = item
      end
    end
    return found
  end

  local function handle_at(list, index)
    return list[index + 1] and list[index + 1].handle
  end

  S.index_of, S.selected_items, S.handle_at = index_of, selected_items, handle_at

  -- ---------------------------------------------------------------- tracks

  function S.add_track(name, options)
    local track = { name = name, items = {}, guid = new_guid(), mute = 0, razor = "", lane_names = {} }
    for key, value in pairs(options or {}) do
      track[key] = value
    end
    track.handle = S.register("MediaTrack", track)
    table.insert(S.project.tracks, track)
    return track
  end

  function calls.CountTracks(project)
    return #S.project_of(project).tracks
  end

  function calls.GetTrack(project, index)
    return handle_at(S.project_of(project).tracks, index)
  end

  function calls.GetParentTrack(track)
    local parent = state[track].parent
    return parent and parent.handle
  end

  function calls.InsertTrackAtIndex(index)
    S.changed()
    S.add_track("")
    local tracks = S.project.tracks
    table.insert(tracks, index + 1, table.remove(tracks))
  end

  function calls.DeleteTrack(track)
    S.changed()
    local tracks = S.project.tracks
    for _, item in ipairs({ table.unpack(state[track].items) }) do
      remove_item(item)
    end
    table.remove(tracks, index_of(tracks, state[track]))
    S.forget(track)
  end

  local track_values = {
    B_MUTE = "mute", I_FREEMODE = "free_mode", I_NUMFIXEDLANES = "lane_count", I_SELECTED = "selected",
  }

  function calls.GetMediaTrackInfo_Value(track, name)
    if name == "IP_TRACKNUMBER" then
      return index_of(S.project.tracks, state[track]) + 0.0
    end
    local lane = name:match("^C_LANEPLAYS:(%d+)$")
    if lane then
      return ((state[track].lane_plays or {})[tonumber(lane)] or 0) + 0.0
    end
    return (state[track][track_values[name] or error("no track value " .. name)] or 0) + 0.0
  end

  function calls.SetMediaTrackInfo_Value(track, name, value)
    S.changed()
    local lane = name:match("^C_LANEPLAYS:(%d+)$")
    if not lane then
      state[track][track_values[name] or error("no track value " .. name)] = value
      return true
    end
    assert(state[track].free_mode == 2, "lanes on a track without fixed lanes")
    local plays = state[track].lane_plays or {}
    for other in pairs(value == 1 and plays or {}) do
      plays[other] = 0
    end
    plays[math.tointeger(tonumber(lane))] = value
    state[track].lane_plays = plays
    return true
  end

  function calls.GetSetMediaTrackInfo_String(track, name, text, sets)
    local found = state[track]
    local key = name == "P_NAME" and "name" or name == "GUID" and "guid" or name == "P_RAZOREDITS_EXT" and "razor"
    local place = found
    if name:match("^P_LANENAME:%d+$") then
      place, key = found.lane_names, name
    end
    if sets then
      S.changed()
      place[key or error("no track text " .. name)] = text
    end
    return true, place[key or error("no track text " .. name)] or ""
  end

  function calls.GetTrackMIDINoteNameEx(_, track, pitch)
    return (state[track].note_names or {})[pitch]
  end

  -- ---------------------------------------------------------------- items

  function calls.CountMediaItems(project)
    return #all_items(project)
  end

  function calls.GetMediaItem(project, index)
    return handle_at(all_items(project), index)
  end

  function calls.CountSelectedMediaItems(project)
    return #selected_items(project)
  end

  function calls.GetSelectedMediaItem(project, index)
    return handle_at(selected_items(project), index)
  end

  function calls.CountTrackMediaItems(track)
    return #state[track].items
  end

  function calls.GetTrackMediaItem(track, index)
    return handle_at(state[track].items, index)
  end

  function calls.GetMediaItem_Track(item)
    return state[item].track.handle
  end

  function calls.CreateNewMIDIItemInProj(track, start, stop, in_qn)
    S.changed()
    local map = S.project.time_map
    local from = in_qn and start or map:to_qn(start)
    local to = in_qn and stop or map:to_qn(stop)
    local item = add_item(state[track], map:to_seconds(from), map:to_seconds(to) - map:to_seconds(from))
    add_take(item, S.routes.a ~= "broken" and midi.new_source(to - from, S.new_ticks_per_qn) or { kind = "EMPTY" })
    return item.handle
  end

  function calls.DeleteTrackMediaItem(track, item)
    if state[item].track ~= state[track] then
      return false
    end
    remove_item(state[item])
    return true
  end

  function calls.GetMediaItemInfo_Value(item, name)
    local found = state[item]
    if name == "I_CURTAKE" then
      return found.active - 1.0
    end
    if name == "C_LANEPLAYS" then
      return ((found.track.lane_plays or {})[found.lane] or 0) + 0.0
    end
    return found[ITEM_VALUES[name] or error("no item value " .. name)] + 0.0
  end

  function calls.SetMediaItemInfo_Value(item, name, value)
    S.changed()
    local found = state[item]
    local key = ITEM_VALUES[name] or error("no item value " .. name)
    if name == "I_FIXEDLANE" then
      value = math.min(math.tointeger(value), (found.track.lane_count or 1) - 1)
    end
    found[key] = value
    return true
  end

  function calls.SetMediaItemSelected(item, selected)
    state[item].selected = selected and 1 or 0
  end

  function calls.GetSetMediaItemInfo_String(item, name, text, sets)
    local found = state[item]
    if name == "GUID" then
      return true, found.guid
    end
    local key = name:match("^P_EXT:(%w+)$") or error("no item text " .. name)
    if sets then
      S.changed()
      found.ext[key] = text
    end
    return found.ext[key] ~= nil, found.ext[key] or ""
  end

  function calls.GetItemStateChunk(item)
    local lines = { "<ITEM" }
    for _, take in ipairs(state[item].takes) do
      lines[#lines + 1] = "GUID " .. take.guid
      lines[#lines + 1] = "<SOURCE " .. take.source.kind
      lines[#lines + 1] = "IGNTEMPO " .. (take.source.own_bpm and 1 or 0) .. " 120 4 4"
      lines[#lines + 1] = ">"
    end
    return true, table.concat(lines, "\n") .. "\n>\n"
  end

  -- ---------------------------------------------------------------- for tests

  --- Add a MIDI item at `start` of `length` quarters with notes; returns its state.
  function S.midi_item(track, start, length, notes, others)
    local map = S.project.time_map
    local from = map:to_seconds(start)
    local item = add_item(track, from, map:to_seconds(start + length) - from)
    local take = add_take(item, midi.new_source(length, S.item_ticks_per_qn))
    take.name = "clip"
    midi.fill(take.source, notes, others)
    return item
  end

  function S.audio_item(track, start, length)
    local item = add_item(track, start, length)
    add_take(item, { kind = "WAVE", seconds = length })
    return item
  end

end
