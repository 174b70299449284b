/** Weights: what the servers get, and what that makes of live requests. The same sums as core/domain/edge-control/weights.ts. */
export const balance = String.raw`
local MOST, ALL = 256, 1

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

-- HAProxy's own round robin comes to its shares only in the long run after a change, and a change of weights is what a roll is made of.
-- So requests are dealt here, by the real weights of the servers that are up: in blocks of the fewest requests that have exactly the
-- candidate's share (1 of 20 at 5 %), each shuffled, lest a client that asks its addresses in turn finds one always at the same arm.
-- A server that can't be had after all is HAProxy's to replace.
local hand = { told = "", sums = { stable = 0, candidate = 0 }, slots = { stable = {}, candidate = {} }, block = {} }

local function take_cards(arms)
  local cards, told = { stable = {}, candidate = {} }, {}
  local sums = { stable = 0, candidate = 0 }
  for _, name in ipairs(ARMS) do
    for _, slot in ipairs(arms[name] and arms[name].slots or {}) do
      if slot.weight > 0 then
        table.insert(cards[name], slot)
        sums[name] = sums[name] + slot.weight
        told[#told + 1] = name .. slot.name .. "=" .. slot.weight
      end
    end
  end
  told = table.concat(told, " ")
  if told == hand.told then return end
  for _, slot in ipairs(slots) do slot.credit = 0 end
  hand = { told = told, sums = sums, slots = cards, block = {} }
end

local function new_block(stable, candidate)
  local divisor, rest = stable, candidate
  while rest ~= 0 do divisor, rest = rest, divisor % rest end
  local block = {}
  for index = 1, (stable + candidate) // divisor do block[index] = index <= candidate // divisor and "candidate" or "stable" end
  for last = #block, 2, -1 do
    local other = math.random(last)
    block[last], block[other] = block[other], block[last]
  end
  return block
end

-- The slot for the next request, or nothing.
local function deal()
  local stable, candidate = hand.sums.stable, hand.sums.candidate
  if stable + candidate == 0 then return "" end
  local name = stable == 0 and "candidate" or "stable"
  if stable > 0 and candidate > 0 then
    if #hand.block == 0 then hand.block = new_block(stable, candidate) end
    name = table.remove(hand.block)
  end
  -- Within an arm by weight, in turn.
  local best
  for _, slot in ipairs(hand.slots[name]) do
    slot.credit = slot.credit + slot.weight
    if not best or slot.credit > best.credit then best = slot end
  end
  best.credit = best.credit - hand.sums[name]
  return best.name
end

-- Percent of new requests that reach the candidate, to two decimals, and whether anybody serves at all.
local function real_share(arms)
  local stable, candidate = hand.sums.stable, hand.sums.candidate
  if stable + candidate == 0 then return 0, up_of(arms.stable) > 0 end
  return math.floor(candidate * 10000 / (stable + candidate) + 0.5) / 100, true
end
`
