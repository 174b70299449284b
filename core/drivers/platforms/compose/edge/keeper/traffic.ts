import { latencyBounds } from '../../../../../domain/latency-bounds.js'

/** What HAProxy asks for each request: who answered (counted), whom a header names, where a client sticks. */
export const traffic = `
local BOUNDS = { ${latencyBounds.join(', ')} }
${String.raw`
local WAIT_MS = 3000
-- Instances that left are remembered for when they come back; more than these are forgotten.
local REMEMBERED = 16

local counters, dirty = {}, false

local function counter_of(instance)
  local counter = counters[instance]
  if not counter then
    counter = { requests = 0, errors = 0, latency = {}, turn = 0 }
    for index = 1, #BOUNDS + 1 do counter.latency[index] = 0 end
    counters[instance] = counter
  end
  return counter
end

local function forget_old(wish)
  local old = {}
  for _, arm in pairs(wish.arms) do counter_of(arm.instance).turn = wish.revision end
  for instance, counter in pairs(counters) do
    if counter.turn ~= wish.revision then table.insert(old, instance) end
  end
  table.sort(old, function(one, other) return counters[one].turn > counters[other].turn end)
  for index = REMEMBERED + 1, #old do counters[old[index]] = nil end
end

-- Once for each answer that leaves, ours in place of the server's too: "<server> <status> <microseconds>". Gives the version as a header
-- may hold it, or nothing. (Converters, since they cost half of what other functions cost: HAProxy makes them no picture of the request.)
local function counted(seen)
  local server, status, took = seen:match("^(%S+) (%d+) (%-?%d+)$")
  local slot = by_name[server]
  if not slot or not slot.owner then return "" end
  local counter = counter_of(slot.owner.instance)
  counter.requests = counter.requests + 1
  if tonumber(status) >= 500 then counter.errors = counter.errors + 1 end
  local ms, bucket = tonumber(took) / 1000, 1
  while BOUNDS[bucket] and ms > BOUNDS[bucket] do bucket = bucket + 1 end
  counter.latency[bucket] = counter.latency[bucket] + 1
  dirty = true
  return slot.owner.header
end

local function version(server)
  local slot = by_name[server]
  return slot and slot.owner and slot.owner.header or ""
end

-- A server of the instance that a header names, one that is up if there is any.
local function named(instance)
  local found = ""
  for _, slot in ipairs(slots) do
    if slot.held and slot.owner.instance == instance then
      if slot.up then return slot.name end
      found = slot.name
    end
  end
  return found
end

-- Percent of live requests that the candidate gets now, and whether anybody serves or is to, by which round of the loop. HAProxy may accept
-- requests before the loop's first round.
local share, arms_now, serving, expected, rounds = 0, {}, false, true, 0

-- A client's place between 0 and 100 is fixed for a candidate: raising the weight only ever moves clients to it, going back moves them
-- all to stable, and the next candidate meets other clients first.
local function place_of(client, candidate)
  local sum = 2166136261
  for _, byte in ipairs({ (client .. " " .. candidate):byte(1, -1) }) do sum = ((sum ~ byte) * 16777619) & 0xffffffff end
  -- The last letters alone would hardly move it.
  sum = ((sum ~ (sum >> 16)) * 0x85ebca6b) & 0xffffffff
  sum = ((sum ~ (sum >> 13)) * 0xc2b2ae35) & 0xffffffff
  return (sum ~ (sum >> 16)) / 2 ^ 32 * 100
end

local function stuck(client)
  local candidate = arms_now.candidate
  local arm = candidate and place_of(client, candidate.instance) < share and candidate or arms_now.stable
  local best, highest = "", -1
  for _, slot in ipairs(arm and arm.slots or {}) do
    local rank = place_of(client, slot.host)
    if slot.up and rank > highest then best, highest = slot.name, rank end
  end
  return best
end

-- For a release that is just starting, or starting again. What the loop knows may be older than what HAProxy found: a round of it must pass.
local function wait(txn)
  local began, round = steady(), rounds
  while expected and not (serving and rounds > round + 1) and steady() - began < WAIT_MS do core.msleep(20) end
end

core.register_converters("ecluse_counted", counted)
core.register_converters("ecluse_version", version)
core.register_converters("ecluse_named", named)
core.register_converters("ecluse_dealt", deal)
core.register_converters("ecluse_stuck", stuck)
core.register_action("ecluse_wait", { "http-req" }, wait)
`}`
