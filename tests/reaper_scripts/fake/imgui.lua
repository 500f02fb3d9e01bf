--- A stand-in for ReaImGui: the few calls of the settings, told by the stage what people move.

local arity = {
  CreateContext = 1, SetNextWindowSize = 4, Begin = 3, End = 1, Text = 2,
  SliderInt = 6, Combo = 4, InputText = 3,
}

local function stage()
  return fake_imgui_stage
end

local function moved(label, value)
  local wanted = stage().imgui_moves[label]
  stage().imgui_moves[label] = nil
  return wanted ~= nil, wanted == nil and value or wanted
end

local calls = {
  CreateContext = function()
    return "context"
  end,
  SetNextWindowSize = function() end,
  Begin = function()
    stage().imgui_depth = (stage().imgui_depth or 0) + 1
    return true, not stage().imgui_closes
  end,
  End = function()
    stage().imgui_depth = stage().imgui_depth - 1
  end,
  Text = function() end,
  SliderInt = function(_, label, value)
    return moved(label, value)
  end,
  Combo = function(_, label, value, items)
    assert(items:sub(-1) == "\0", "items end with a zero")
    return moved(label, value)
  end,
  InputText = function(_, label, value)
    return moved(label, value)
  end,
}

return function(version)
  assert(version == "0.9")
  local found = { Cond_FirstUseEver = 4 }
  for name, call in pairs(calls) do
    found[name] = function(...)
      assert(select("#", ...) == arity[name], name .. " takes " .. arity[name])
      return call(...)
    end
  end
  return found
end
