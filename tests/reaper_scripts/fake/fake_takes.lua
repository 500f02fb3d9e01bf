--- Takes of the fake, their MIDI, and the few actions of REAPER that the scripts use.

local midi = require("fake_midi")

local DUPLICATE_TAKE, DELETE_TAKE, IMPLODE, UNPOOL = 40639, 40129, 40543, 41613

local TAKE_VALUES = {
  D_STARTOFFS = "offset",
  D_PLAYRATE = "rate",
  D_VOL = "volume",
  D_PAN = "pan",
  D_PITCH = "transpose",
  I_CUSTOMCOLOR = "color",
}

return function(S, calls)
  local state, add_take, remove_item = S.state, S.add_take, S.remove_item
  local index_of, handle_at = S.index_of, S.handle_at
  local all_items, selected_items = S.all_items, S.selected_items

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
    elseif command == UNPOOL and S.routes.unpool == "broken" then
      return
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
end
