/** The loop: read the wish, look at the servers, decide, write the state. */
export const loop = String.raw`
local TICK_MS, PUBLISH_MS, ALIVE_MS = 25, 250, 1000
-- After a start, or for a candidate that is new, so long may pass until its first check; then being down means that it fell.
local GRACE_MS = 10000

local wish = { revision = 0, weight = 0, arms = {} }
local latch = { fallen = false, returned = false, deadline = nil }
local seen_text, written, balanced, since = nil, nil, nil, 0
local started, published_at, counted_at, leaving = 0, 0, 0, false

local function header_of(text)
  return text:find("[^\32-\126]") and escape(text) or text
end

local function apply(next_wish, kept)
  wish, arms_now, since = next_wish, next_wish.arms, steady()
  latch = kept or { fallen = false, returned = false, deadline = wish.returns_in and since + wish.returns_in }
  for _, arm in pairs(wish.arms) do arm.header = header_of(arm.version) end
  assign(wish)
  set_standby(wish.arms)
  forget_old(wish)
  balanced = nil
  local told = {}
  for name, arm in pairs(wish.arms) do table.insert(told, name .. " " .. escape(arm.version) .. " (" .. escape(arm.instance) .. ", " .. #arm.slots .. ")") end
  table.sort(told, function(one, other) return one > other end)
  core.log(core.notice, "ecluse: wish " .. wish.revision .. ": " .. wish.weight .. " % to the candidate; " .. (told[1] and table.concat(told, ", ") or "no release"))
end

-- A text that is not whole is on its way, or was cut: what was wished before stays.
local function take()
  local text = read(WISH)
  if text == seen_text then return false end
  local next_wish = parse_wish(text)
  if not next_wish then
    if text and parse("ecluse-wish", text) then say(core.alert, "wish", "the wish in " .. WISH .. " can't be understood; the one before stays") end
    return false
  end
  seen_text = text
  apply(next_wish, not write(KEPT, text) and withheld(next_wish, KEPT .. " can't be written, so that a restart would know nothing of it") or nil)
  return true
end

local function look()
  local key = {}
  for _, slot in ipairs(slots) do
    if slot.held then
      local stats = slot.main:get_stats()
      local is_up = stats.status:find("^UP") ~= nil
      local was_up = slot.up
      slot.up = slot.address ~= nil and (is_up or stats.status:find("^DRAIN") ~= nil)
      slot.weight = slot.address and is_up and stats.weight or 0
      slot.seen_up = slot.seen_up or slot.up
      -- Its address may be another's by the time it answers again.
      if was_up and stats.status:find("^DOWN") then unplace(slot) end
      if stats.srv_abrt > slot.cut then
        local counter = counter_of(slot.owner.instance)
        counter.errors, slot.cut, dirty = counter.errors + stats.srv_abrt - slot.cut, stats.srv_abrt, true
      end
      key[#key + 1] = slot.name .. (slot.up and "+" or "-")
    end
  end
  return table.concat(key)
end

local function target()
  return (latch.fallen or latch.returned) and 0 or wish.weight
end

local function has_been_up(arm)
  for _, slot in ipairs(arm.slots) do
    if slot.seen_up then return true end
  end
  return false
end

-- The candidate's checks may pass first after a start; that is no reason to give it everybody.
local function weight_now(now)
  local weight, stable = target(), wish.arms.stable
  if weight < 100 and stable and now - started < GRACE_MS and not has_been_up(stable) then return 0 end
  return weight
end

-- Whether something happened that stays until the next wish.
local function latched(now)
  local before = target()
  local stable, candidate = wish.arms.stable, wish.arms.candidate
  if before > 0 and stable and candidate and up_of(candidate) == 0 then
    if has_been_up(candidate) or (now - since > GRACE_MS and up_of(stable) > 0) then
      latch.fallen = true
      core.log(core.alert, "ecluse: candidate " .. escape(candidate.version) .. " is down, stable gets everything")
    end
  end
  if latch.deadline and now >= latch.deadline then
    latch.returned, latch.deadline = true, nil
    core.log(core.alert, "ecluse: nobody extended the deadline of wish " .. wish.revision .. ", stable gets everything")
    return true
  end
  return before ~= target()
end

local function counters_line(instance, counter)
  return table.concat({ "counters", escape(instance), counter.requests, counter.errors, table.concat(counter.latency, " ") }, " ")
end

local function state_text(now)
  local rows = { "ecluse-state 1", "revision " .. wish.revision, "at " .. wall() }
  local function add(...) rows[#rows + 1] = table.concat({ ... }, " ") end
  add("weight", (string.format("%.2f", share):gsub("%.?0+$", "")))
  add("fallen", latch.fallen and 1 or 0)
  add("returned", latch.returned and 1 or 0)
  add("made", escape(MADE))
  if latch.deadline then
    add("returns", wish.returns_at)
    add("deadline", wall() + latch.deadline - now, latch.deadline - now)
  end
  for _, name in ipairs(ARMS) do
    local arm, active = wish.arms[name], 0
    if arm then
      for _, slot in ipairs(arm.slots) do active = active + slot.active end
      add(name, escape(arm.instance), escape(arm.version), up_of(arm), #arm.servers, active)
    end
  end
  for instance, counter in pairs(counters) do rows[#rows + 1] = counters_line(instance, counter) end
  add("end", wish.revision)
  return table.concat(rows, "\n") .. "\n"
end

local function publish(now)
  if leaving then return end
  local text = read(STATE)
  if text ~= written then
    local _, lines = parse("ecluse-state", text)
    merge(lines)
  end
  dirty, published_at = false, now
  local fresh = state_text(now)
  if write(STATE, fresh) then written = fresh end
end

local function start()
  open_pool()
  started = steady()
  math.randomseed(os.time())
  seen_text = read(WISH)
  local first = parse_wish(seen_text) or parse_wish(read(KEPT))
  if not first then say(core.warning, "wish", "no wish in " .. WISH .. " yet: nothing is served") end
  local kept = remembered(first)
  if first then
    if parse_wish(seen_text) and not write(KEPT, seen_text) then kept = kept or withheld(first, KEPT .. " can't be written") end
    apply(first, kept)
  end
end

local last_key, last_share
local function tick()
  local news = take()
  -- After the wish: one whose time has come already gives nothing for not even a moment.
  local now = steady()
  local key = look()
  news = latched(now) or news
  local stable, candidate = weights_for(wish.arms, weight_now(now))
  local wanted = stable .. ":" .. candidate .. key
  for _, slot in ipairs(slots) do
    if slot.fresh then slot.fresh, wanted = false, wanted .. "!" end
  end
  if wanted ~= balanced then
    set_weights(wish.arms, stable, candidate)
    key, balanced = look(), wanted
  end
  take_cards(wish.arms)
  share, serving = real_share(wish.arms)
  rounds = rounds + 1
  expected = wish.arms.stable ~= nil or (wish.arms.candidate ~= nil and target() > 0)
  news = news or key ~= last_key or share ~= last_share
  if news or now - counted_at >= PUBLISH_MS then
    counted_at = now
    if in_flight() or dirty or news or now - published_at >= ALIVE_MS then
      last_key, last_share = key, share
      publish(now)
    end
  end
end

core.register_task(function()
  start()
  local turn = 0
  while true do
    turn = turn + 1
    -- A process that took over speaks from now on. This one still does what is wished, for the connections that it has.
    if not leaving and turn % 10 == 0 and core.get_info().Stopping == 1 then
      publish(steady())
      leaving = true
    end
    local fine, problem = pcall(tick)
    if not fine then say(core.alert, "tick", "the keeper met a fault: " .. tostring(problem)) end
    core.msleep(TICK_MS)
  end
end)
`
