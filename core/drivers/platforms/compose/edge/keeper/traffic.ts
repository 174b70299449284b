import { INSTANCE_HEADER } from '../../../../../domain/edge-control/index.js'
import { latencyBounds } from '../../../../../domain/latency-bounds.js'

/** What HAProxy asks for each request: who answered (counted), whom a header names, where a client sticks. */
export const traffic = `
local BOUNDS = { ${latencyBounds.join(', ')} }
local INSTANCE_HEADER = "${INSTANCE_HEADER}"
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

-- Once for each answer that leaves, ours in place of the server's too. Text that may stand in a header, or nothing.
local function counted(txn)
  local slot = by_name[txn.sf:srv_name()]
  if not slot or not slot.owner then return "" end
  local counter = counter_of(slot.owner.instance)
  counter.requests = counter.requests + 1
  if txn.f:status() >= 500 then counter.errors = counter.errors + 1 end
  local ms, bucket = (txn:get_var("txn.ecluse_took") or 0) / 1000, 1
  while BOUNDS[bucket] and ms > BOUNDS[bucket] do bucket = bucket + 1 end
  counter.latency[bucket] = counter.latency[bucket] + 1
  dirty = true
  return slot.owner.header
end

local function version(txn)
  local slot = by_name[txn.sf:srv_name()]
  return slot and slot.owner and slot.owner.header or ""
end

-- A server of the instance that a header names, one that is up if there is any.
local function named(txn)
  local instance, found = txn.sf:req_fhdr(INSTANCE_HEADER), ""
  for _, slot in ipairs(slots) do
    if slot.held and slot.owner.instance == instance then
      if slot.up then return slot.name end
      found = slot.name
    end
  end
  return found
end

-- Percent of live requests that the candidate gets now; the loop keeps it.
local share, arms_now, serving, expected = 0, {}, false, false

-- A client's place between 0 and 100 is fixed for a candidate: raising the weight only ever moves clients to it, going back moves them
-- all to stable, and the next candidate meets other clients first.
local function stuck(txn)
  local client = txn.sf:req_cook("ecluse"):match("^%x+$")
  if not client or #client ~= 32 then
    client = txn.sf:uuid():gsub("-", "")
    txn:set_var("txn.ecluse_client", client)
  end
  local candidate = arms_now.candidate
  local to_candidate = candidate and txn.c:xxh32(client .. " " .. candidate.instance) / 2 ^ 32 * 100 < share
  local arm, best, highest = to_candidate and candidate or arms_now.stable, "", -1
  for _, slot in ipairs(arm and arm.slots or {}) do
    local rank = txn.c:xxh32(client .. " " .. slot.host)
    if slot.up and rank > highest then best, highest = slot.name, rank end
  end
  return best
end

-- For a release that is just starting, or starting again.
local function wait(txn)
  local began = steady()
  while expected and not serving and steady() - began < WAIT_MS do core.msleep(20) end
end

core.register_fetches("ecluse_counted", counted)
core.register_fetches("ecluse_version", version)
core.register_fetches("ecluse_named", named)
core.register_fetches("ecluse_dealt", deal)
core.register_fetches("ecluse_stuck", stuck)
core.register_action("ecluse_wait", { "http-req" }, wait)
`}`
