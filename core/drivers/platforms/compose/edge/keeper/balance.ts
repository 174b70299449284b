/** Weights: what the servers get, and what that makes of live requests. The same sums as core/domain/edge-control/weights.ts. */
export const balance = String.raw`
local MOST, ALL = 256, 100

local function server_weights(weight, stable, candidate)
  if weight <= 0 or candidate == 0 then return ALL, 0 end
  if weight >= 100 or stable == 0 then return 0, ALL end
  local a, b = (100 - weight) * candidate, weight * stable
  local x, y = a, b
  while y ~= 0 do x, y = y, x % y end
  a, b = a // x, b // x
  if a > MOST or b > MOST then return nil end
  return a, b
end

local function up_of(arm)
  local up = 0
  for _, slot in ipairs(arm and arm.slots or {}) do up = up + (slot.up and 1 or 0) end
  return up
end

-- The share is kept exact over the replicas that are up: with one of two stable ones down the candidate would else get nearly twice its part.
local function weights_for(arms, weight)
  local stable, candidate = arms.stable and #arms.stable.slots or 0, arms.candidate and #arms.candidate.slots or 0
  local stable_up, candidate_up = up_of(arms.stable), up_of(arms.candidate)
  local a, b
  if stable_up > 0 and candidate_up > 0 then a, b = server_weights(weight, stable_up, candidate_up) end
  if not a then a, b = server_weights(weight, stable, candidate) end
  if not a then
    say(core.alert, "weights", weight .. " % can't be had with " .. stable .. " and " .. candidate .. " replicas: the candidate gets nothing")
    return ALL, 0
  end
  return a, b
end

-- More comes before less, so that there is no moment in which nobody serves.
local function set_weights(arms, stable, candidate)
  local wanted = {}
  for name, weight in pairs({ stable = stable, candidate = candidate }) do
    for _, slot in ipairs(arms[name] and arms[name].slots or {}) do table.insert(wanted, { slot = slot, weight = weight }) end
  end
  table.sort(wanted, function(one, other) return one.weight > other.weight end)
  for _, want in ipairs(wanted) do want.slot.main:set_weight(tostring(want.weight)) end
end

-- At 100 % stable has no weight; it stands by for the moment in which the candidate ends.
local function set_standby(arms)
  for _, slot in ipairs(slots) do
    if slot.held and arms.stable and slot.owner.instance == arms.stable.instance then slot.standby:set_ready() else slot.standby:set_maint() end
  end
end

-- Percent of new requests that reach the candidate, to two decimals, and whether anybody serves at all.
local function real_share(arms)
  local sums = { stable = 0, candidate = 0 }
  for name, arm in pairs(arms) do
    for _, slot in ipairs(arm.slots) do sums[name] = sums[name] + slot.weight end
  end
  local all = sums.stable + sums.candidate
  if all == 0 then return 0, up_of(arms.stable) > 0 end
  return math.floor(sums.candidate * 10000 / all + 0.5) / 100, true
end
`
