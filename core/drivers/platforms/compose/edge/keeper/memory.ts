/** What the keeper finds of itself after a restart: its counters, and what was latched. */
export const memory = String.raw`
local WISH, KEPT, STATE = FOLDER .. "/wish", FOLDER .. "/wish.kept", FOLDER .. "/state"

-- Counters that are on the disk, by an edge that ran before or still ends its requests: they only ever rise.
local function merge(lines)
  for _, line in ipairs(lines or {}) do
    if line[1] == "counters" and #line == 4 + #BOUNDS + 1 then
      local counter = counter_of(line[2])
      counter.requests = math.max(counter.requests, whole(line[3]) or 0)
      counter.errors = math.max(counter.errors, whole(line[4]) or 0)
      for index = 1, #BOUNDS + 1 do counter.latency[index] = math.max(counter.latency[index], whole(line[4 + index]) or 0) end
    end
  end
end

-- Nobody knows what became of the candidate, or would know after a restart: stable gets everything until somebody wishes anew.
local function withheld(wish, why)
  if wish.weight == 0 or not wish.arms.stable or not wish.arms.candidate then return nil end
  core.log(core.alert, "ecluse: candidate " .. escape(wish.arms.candidate.version) .. " gets nothing until the next wish after " .. wish.revision .. ": " .. why)
  return { fallen = false, returned = true }
end

-- What was latched holds over a restart. Of the time that was left, what passed meanwhile by the host's clock is gone; a clock that
-- was set back does not make it longer. A wish that was taken and is not in the state (the disk was full) does not begin again.
local function remembered(wish)
  local at, lines = parse("ecluse-state", read(STATE))
  merge(lines)
  if not wish or not at then return nil end
  if at < wish.revision and parse("ecluse-wish", read(KEPT)) == wish.revision then
    return withheld(wish, "it was in effect before, and the last state that could be written is of wish " .. at)
  end
  if at ~= wish.revision then return nil end
  local kept = { fallen = false, returned = false }
  for _, line in ipairs(lines) do
    if line[1] == "fallen" or line[1] == "returned" then kept[line[1]] = line[2] == "1" end
    if line[1] == "deadline" then
      kept.deadline = steady() + math.max(0, math.min(whole(line[3]) or 0, (whole(line[2]) or 0) - wall()))
    end
  end
  return kept
end
`
