/** HAProxy's servers are a pool: a replica keeps its slot when its release changes from candidate to stable, so traffic does not notice. */
export const pool = String.raw`
local LOOK_UP_MS, DOUBT_MS = 250, 100
local NOWHERE = "127.0.0.1"

local ARMS = { "stable", "candidate" }
local slots, by_name = {}, {}
local follow

local function open_pool()
  local app, direct = core.backends["app"], core.backends["direct"]
  for index = 1, POOL do
    local slot = {
      name = "p" .. index, main = app.servers["p" .. index], standby = app.servers["b" .. index], direct = direct.servers["p" .. index],
      held = false, up = false, weight = 0, cut = 0, misses = 0, turn = 0, active = 0,
    }
    slots[index] = slot
    by_name["p" .. index], by_name["b" .. index] = slot, slot
  end
end

local function unplace(slot)
  slot.address, slot.up, slot.weight = nil, false, 0
  slot.main:set_maint()
  -- Nobody who brings this server back by hand shall meet whoever has the address now.
  for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do server:set_addr(NOWHERE, "1") end
end

-- The server is down until its first check has passed: HAProxy itself would call it up at once.
local function place(slot, address)
  slot.main:set_maint()
  for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do server:set_addr(address, tostring(slot.port)) end
  slot.main:set_weight("0")
  slot.main:set_ready()
  slot.main:check_force_down()
  slot.address, slot.last, slot.up, slot.fresh = address, address, false, true
end

local function hold(slot, arm, server, turn)
  if not slot.held or slot.owner.instance ~= arm.instance then
    unplace(slot)
    slot.last, slot.misses, slot.seen_up, slot.cut = nil, 0, false, slot.main:get_stats().srv_abrt
  end
  slot.held, slot.owner, slot.host, slot.port, slot.turn = true, arm, server.host, server.port, turn
  if not slot.followed then
    slot.followed = true
    core.register_task(function() follow(slot) end)
  end
end

local function let_go(slot, turn)
  slot.held, slot.turn = false, turn
  slot.standby:set_maint()
  unplace(slot)
end

-- Requests in flight, by slot; whether they are others than before.
local function in_flight()
  local news = false
  for _, slot in ipairs(slots) do
    if slot.owner then
      local active = 0
      for _, server in ipairs({ slot.main, slot.standby, slot.direct }) do active = active + server:get_stats().scur end
      slot.active, news = active, news or active ~= slot.active
    end
  end
  return news
end

-- A slot for a replica: the one it has, else one whose last request has ended, else the one let go of longest ago, whose requests end now.
local function slot_for(arm, server, taken)
  local free
  for _, slot in ipairs(slots) do
    if slot.held and slot.owner.instance == arm.instance and slot.host == server.host and slot.port == server.port and not taken[slot] then return slot end
    if not slot.held and not taken[slot] then
      local better = not free or (slot.active == 0) ~= (free.active == 0) and slot.active == 0 or (slot.active == 0) == (free.active == 0) and slot.turn < free.turn
      if better then free = slot end
    end
  end
  if free and free.active > 0 then
    for _, server_of in ipairs({ free.main, free.standby, free.direct }) do server_of:shut_sess() end
  end
  return free
end

local function assign(wish)
  local taken = {}
  in_flight()
  for _, slot in ipairs(slots) do
    local stays = false
    for _, arm in pairs(wish.arms) do
      for _, server in ipairs(arm.servers) do
        stays = stays or slot.held and slot.owner.instance == arm.instance and slot.host == server.host and slot.port == server.port
      end
    end
    if slot.held and not stays then let_go(slot, wish.revision) end
  end
  for _, name in ipairs(ARMS) do
    local arm = wish.arms[name]
    if arm then arm.slots = {} end
    for _, server in ipairs(arm and arm.servers or {}) do
      local slot = slot_for(arm, server, taken)
      if slot then
        taken[slot] = true
        hold(slot, arm, server, wish.revision)
        table.insert(arm.slots, slot)
      else
        say(core.alert, "surplus", "wish " .. wish.revision .. " names more replicas than this edge has room for: " .. escape(server.host) .. " gets nothing")
      end
    end
  end
end

local function keep_right(slot)
  local host, owner = slot.host, slot.owner
  local found, silent = look_up(host)
  if not slot.held or slot.host ~= host or slot.owner.instance ~= owner.instance then return end
  if not found then
    say(core.warning, "dns", "DNS at " .. DNS_HOST .. ":" .. DNS_PORT .. (silent and " answers nobody" or " can't be asked") .. "; known addresses stay")
    if not slot.address and silent then
      -- The engine is there, and may give the address of one that went down to another.
      slot.last = nil
    elseif not slot.address and slot.last then
      place(slot, slot.last)
    end
    return
  end
  said["dns"] = nil
  if #found == 0 then
    slot.misses = slot.misses + 1
    if slot.misses < 2 then return end
    slot.last = nil
    if slot.address then
      say(core.warning, slot.name, escape(host) .. " is gone")
      unplace(slot)
    end
    return
  end
  slot.misses = 0
  for _, address in ipairs(found) do
    if address == slot.address then return end
  end
  say(core.notice, slot.name, escape(host) .. " is at " .. found[1] .. ":" .. slot.port .. ", slot " .. slot.name)
  place(slot, found[1])
end

-- Keeps the address of one slot right for as long as the slot is held.
function follow(slot)
  while slot.held do
    local fine, problem = pcall(keep_right, slot)
    if not fine then say(core.alert, "follow", "could not follow " .. escape(slot.host) .. ": " .. tostring(problem)) end
    core.msleep(not slot.address and 50 or slot.misses > 0 and DOUBT_MS or LOOK_UP_MS)
  end
  slot.followed = false
end
`
