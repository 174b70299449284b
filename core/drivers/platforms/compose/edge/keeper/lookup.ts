/** Names to addresses. HAProxy's own resolver can't tell a name that is gone from a DNS server that is; see `look_up`. */
export const lookup = String.raw`
local A, AAAA = 1, 28
local ANSWER_MS = 500
-- When the engine answered last, whatever it was asked.
local heard_at = -1

local function literal(host)
  return host:match("^%d+%.%d+%.%d+%.%d+$") or (host:find(":", 1, true) and host) or nil
end

local function question(host, kind)
  local labels = {}
  for label in host:gmatch("[^.]+") do
    if #label > 63 then return nil end
    labels[#labels + 1] = string.char(#label) .. label
  end
  local packet = string.pack(">I2I2I2I2I2I2", 1, 0x0100, 1, 0, 0, 0) .. table.concat(labels) .. "\0" .. string.pack(">I2I2", kind, 1)
  return string.pack(">s2", packet)
end

local function after_name(packet, at)
  while true do
    local size = packet:byte(at)
    if size >= 192 then return at + 2 end
    if size == 0 then return at + 1 end
    at = at + 1 + size
  end
end

local function addresses_in(packet, kind)
  local found = {}
  local _, _, questions, answers = string.unpack(">I2I2I2I2", packet)
  local at = 13
  for _ = 1, questions do at = after_name(packet, at) + 4 end
  for _ = 1, answers do
    local type, _, _, size, start = string.unpack(">I2I2I4I2", packet, after_name(packet, at))
    if type == A and kind == A then
      found[#found + 1] = table.concat({ packet:byte(start, start + 3) }, ".")
    elseif type == AAAA and kind == AAAA then
      found[#found + 1] = string.format("%x:%x:%x:%x:%x:%x:%x:%x", string.unpack(">I2I2I2I2I2I2I2I2", packet, start))
    end
    at = start + size
  end
  return found
end

local function ask(host, kind)
  local packet = question(host, kind)
  if not packet then return {} end
  local began = steady()
  local socket = core.tcp()
  socket:settimeout(ANSWER_MS / 1000)
  if not socket:connect(DNS_HOST, tonumber(DNS_PORT)) or not socket:send(packet) then
    socket:close()
    return nil
  end
  local size = socket:receive(2)
  local answer = size and socket:receive((string.unpack(">I2", size)))
  socket:close()
  if not answer then
    local silent = steady() - began >= ANSWER_MS * 0.8
    -- Silence is an answer too: an engine answers at once for a name it knows, and asks the world, which may never answer, for any
    -- other. But one that answered nobody meanwhile is only slow.
    if silent and heard_at >= began then return {} end
    return nil, silent
  end
  heard_at = steady()
  local fine, found = pcall(addresses_in, answer, kind)
  return fine and found or nil
end

-- The addresses of a name; none when the engine does not know it (any more); nothing at all when nobody could be asked. In that
-- case the engine is down, no other container can have got the address meanwhile, and those that run go on. With a second value
-- the engine was there and answered nobody.
local function look_up(host)
  if literal(host) then return { host } end
  local found, silent = ask(host, A)
  if found and #found == 0 then found, silent = ask(host, AAAA) end
  return found, silent
end
`
