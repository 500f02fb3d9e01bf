--- Tracks, items and takes of the fake, and the few actions of REAPER that the scripts use.

local midi = require("fake_midi")

local DUPLICATE_TAKE, DELETE_TAKE, IMPLODE, UNPOOL = 40639, 40129, 40543, 41613

local ITEM_VALUES = {
  D_POSITION = "position",
  D_LENGTH = "length",
  B_MUTE = "muted",
  B_LOOPSRC = "loops",
  B_UISEL = "selected",
  C_LOCK = "lock",
  C_BEATATTACHMODE = "time_base",
  I_GROUPID = "group",
  I_FIXEDLANE = "lane",
  I_CUSTOMCOLOR = "color",
  D_VOL = "volume",
  D_FADEINLEN = "fade_in",
  D_FADEOUTLEN = "fade_out",
}
local TAKE_VALUES = {
  D_STARTOFFS = "offset",
  D_PLAYRATE = "rate",
  D_VOL = "volume",
  D_PAN = "pan",
  D_PITCH = "transpose",
  I_CUSTOMCOLOR = "color",
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

  function calls.CountSelectedTracks(project)
    local count = 0
    for _, track in ipairs(S.project_of(project).tracks) do
      count = count + (track.selected or 0)
    end
    return count
  end

  function calls.GetSelectedTrack(project, index)
    for _, track in ipairs(S.project_of(project).tracks) do
      if track.selected == 1 then
        if index == 0 then
          return track.handle
        end
        index = index - 1
      end
    end
  end

  function calls.GetTrackName(track)
    return true, state[track].name
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

  local track_values = { B_MUTE = "mute", I_FREEMODE = "free_mode", I_NUMFIXEDLANES = "lane_count", I_SELECTED = "selected" }

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

  function calls.AddMediaItemToTrack(track)
    S.changed()
    return add_item(state[track], 0.0, 0.0).handle
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

  function calls.UpdateItemInProject() end

  -- ---------------------------------------------------------------- takes

  function calls.CountTakes(item)
    return #state[item].takes
  end

  function calls.GetTake(item, index)
    return handle_at(state[item].takes, index)
  end

  function calls.GetActiveTake(item)
    local take = state[item].takes[state[item].active]
    return take and take.handle
  end

  function calls.SetActiveTake(take)
    S.changed()
    local item = state[take].item
    item.active = index_of(item.takes, state[take])
  end

  function calls.AddTakeToMediaItem(item)
    S.changed()
    return add_take(state[item], { kind = "EMPTY" }).handle
  end

  function calls.GetMediaItemTake_Item(take)
    return state[take].item.handle
  end

  function calls.GetMediaItemTake_Source(take)
    local source = state[take].source
    source.handle = source.handle or S.register("PCM_source", source)
    return source.handle
  end

  function calls.SetMediaItemTake_Source(take, source)
    S.changed()
    local lent = state[source]
    if S.routes.a == "broken" or lent.kind ~= "MIDI" then
      state[take].source = { kind = "EMPTY" }
      return false
    end
    state[take].source = midi.copy_source(lent)
    state[take].source.handle = nil
    return true
  end

  function calls.GetMediaItemTakeByGUID(project, guid)
    for _, item in ipairs(all_items(project)) do
      for _, take in ipairs(item.takes) do
        if take.guid == guid then
          return take.handle
        end
      end
    end
  end

  function calls.GetSetMediaItemTakeInfo_String(take, name, text, sets)
    local found = state[take]
    if name == "GUID" then
      return true, found.guid
    end
    local place, key = found, "name"
    if name ~= "P_NAME" then
      place, key = found.ext, name:match("^P_EXT:(%w+)$") or error("no take text " .. name)
    end
    if sets then
      S.changed()
      place[key] = text
    end
    return place[key] ~= nil, place[key] or ""
  end

  function calls.GetMediaItemTakeInfo_Value(take, name)
    return state[take][TAKE_VALUES[name] or error("no take value " .. name)] + 0.0
  end

  function calls.SetMediaItemTakeInfo_Value(take, name, value)
    S.changed()
    state[take][TAKE_VALUES[name] or error("no take value " .. name)] = value
    return true
  end

  function calls.TakeFX_GetCount(take)
    return state[take].fx
  end

  function calls.TakeFX_CopyToTake(_, _, target)
    S.changed()
    state[target].fx = state[target].fx + 1
  end

  function calls.GetMediaSourceType(source)
    return state[source].kind
  end

  function calls.GetMediaSourceLength(source)
    local found = state[source]
    if not found.events then
      return found.seconds or 0.0, false
    end
    return midi.length_qn(found) + 0.0, true
  end

  -- ---------------------------------------------------------------- REAPER's own actions

  local function for_selected(project, act)
    for _, item in ipairs(selected_items(project)) do
      for _, other in ipairs(all_items(project)) do
        if other == item or (item.group ~= 0 and other.group == item.group) then
          act(other)
        end
      end
    end
  end

  local function duplicate(item)
    local original = item.takes[item.active]
    local take = add_take(item, original.source)
    if not S.routes.pools_duplicates then
      take.source = midi.copy_source(original.source)
      take.source.handle = nil
    end
    for _, key in pairs(TAKE_VALUES) do
      take[key] = original[key]
    end
    take.name, take.fx = original.name, original.fx
    take.ext = {}
    for key, value in pairs(original.ext) do
      take.ext[key] = value
    end
    item.active = #item.takes
  end

  local function delete_active(item)
    if #item.takes > 1 then
      local take = table.remove(item.takes, item.active)
      S.forget(take.handle)
      item.active = math.min(item.active, #item.takes)
    end
  end

  local function unpool(item)
    local take = item.takes[item.active]
    take.source = midi.copy_source(take.source)
    take.source.handle = nil
    take.source.kind = "MIDI"
  end

  local function implode(project)
    local items = selected_items(project)
    for index = 2, #items do
      for _, take in ipairs(items[index].takes) do
        take.item = items[1]
        table.insert(items[1].takes, take)
      end
      items[index].takes = {}
      remove_item(items[index])
    end
  end

  function calls.Main_OnCommandEx(command, _, project)
    S.changed()
    if command == DUPLICATE_TAKE and S.routes.b ~= "broken" then
      for_selected(project, duplicate)
    elseif command == DELETE_TAKE then
      for_selected(project, delete_active)
    elseif command == UNPOOL then
      for_selected(project, unpool)
    elseif command == IMPLODE and S.routes.c ~= "broken" then
      implode(project)
    elseif command ~= DUPLICATE_TAKE and command ~= IMPLODE then
      error("the fake knows no action " .. command)
    end
  end

  -- ---------------------------------------------------------------- MIDI

  local function live(take)
    local source = state[take].source
    return source.events and source
  end

  local function first_qn(take)
    local map, item = S.project.time_map, take.item
    local qn = map:to_qn(item.position)
    return qn - take.offset * map:bpm_at(qn) / 60
  end

  function calls.TakeIsMIDI(take)
    return live(take) ~= nil
  end

  function calls.MIDI_CountEvts(take)
    local source = live(take)
    local notes = source and #midi.notes(source) or 0
    return notes, notes, 0, 0
  end

  function calls.MIDI_GetAllEvts(take)
    local source = live(take)
    return source ~= nil, source and midi.buffer(source) or ""
  end

  function calls.MIDI_SetAllEvts(take, buffer)
    local source = live(take)
    if not source or S.routes.refuses_events then
      return false
    end
    S.changed()
    midi.set_buffer(source, buffer)
    return true
  end

  function calls.MIDI_Sort() end

  function calls.MIDI_GetPPQPosFromProjQN(take, qn)
    local source = live(take)
    if not source then
      return -1.0
    end
    return (qn - first_qn(state[take])) * source.ticks_per_qn * state[take].rate + 0.0
  end

  function calls.MIDI_GetProjQNFromPPQPos(take, tick)
    return tick / live(take).ticks_per_qn / state[take].rate + first_qn(state[take])
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
