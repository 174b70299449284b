/** Files, clocks and the texts of core/domain/edge-control. */
export const words = String.raw`
local FOLDER = os.getenv("ECLUSE_FOLDER")
local POOL = tonumber(os.getenv("ECLUSE_POOL"))
local MADE = os.getenv("ECLUSE_MADE") or ""
local DNS_HOST, DNS_PORT = os.getenv("ECLUSE_RESOLVER"):match("^(.*):(%d+)$")

-- Each message once until another one comes, so that a fault which lasts does not fill the disk.
local said = {}
local function say(level, about, text)
  if said[about] == text then return end
  said[about] = text
  core.log(level, "ecluse: " .. text)
end

local function read(path)
  local file = io.open(path, "r")
  if not file then return nil end
  local text = file:read(1048576)
  file:close()
  return text
end

-- Whoever reads sees the old file or the new one, whole.
local function write(path, text)
  local file, problem = io.open(path .. ".new", "w")
  local done = file
  if done then done, problem = file:write(text) end
  if file then
    local closed, late = file:close()
    if not closed then done, problem = nil, late end
  end
  if done then done, problem = os.rename(path .. ".new", path) end
  if done then said[path] = nil else say(core.alert, path, "could not write " .. path .. ": " .. tostring(problem)) end
  return done ~= nil
end

-- Milliseconds that neither jump nor go back, whatever happens to the host's clock.
local function steady()
  local seconds = tonumber((read("/proc/uptime") or ""):match("^[%d.]+"))
  if seconds then return math.floor(seconds * 1000) end
  local now = core.now()
  return now.sec * 1000 + now.usec // 1000
end

-- The host's clock. HAProxy's own has milliseconds but may not follow a clock that was set.
local function wall()
  local now, rough = core.now(), os.time() * 1000
  local fine = now.sec * 1000 + now.usec // 1000
  if fine > rough - 1500 and fine < rough + 2500 then return fine end
  return rough
end

local function escape(text)
  if text == "" then return "%" end
  return (text:gsub("[^A-Za-z0-9_.~-]", function(sign) return string.format("%%%02X", sign:byte()) end))
end

local function unescape(word)
  if word == "%" then return "" end
  return (word:gsub("%%(%x%x)", function(code) return string.char(tonumber(code, 16)) end))
end

local function whole(word)
  return word and word:match("^%d+$") and math.tointeger(tonumber(word)) or nil
end

-- Revision and lines of a text that is complete; nothing for any other.
local function parse(kind, text)
  if not text or text:sub(-1) ~= "\n" then return nil end
  local rows, lines = {}, {}
  for row in text:gmatch("([^\n]*)\n") do rows[#rows + 1] = row end
  local revision = whole((rows[2] or ""):match("^revision (%d+)$"))
  if #rows < 3 or rows[1] ~= kind .. " 1" or not revision or rows[#rows] ~= "end " .. revision then return nil end
  for index = 3, #rows - 1 do
    local line = {}
    for word in rows[index]:gmatch("[^ ]+") do line[#line + 1] = unescape(word) end
    if not line[1] or line[1] == "end" then return nil end
    lines[#lines + 1] = line
  end
  return revision, lines
end

local function parse_wish(text)
  local revision, lines = parse("ecluse-wish", text)
  if not revision then return nil end
  local wish = { revision = revision, arms = {} }
  for _, line in ipairs(lines) do
    local arm, server = line[1]:match("^(%l+)(.*)$")
    if line[1] == "weight" then
      wish.weight = whole(line[2])
    elseif line[1] == "returns" then
      wish.returns_at, wish.returns_in = whole(line[2]), whole(line[3])
      if not wish.returns_at or not wish.returns_in then return nil end
    elseif (arm == "stable" or arm == "candidate") and server == "" then
      if not line[2] or not line[3] then return nil end
      wish.arms[arm] = { name = arm, instance = line[2], version = line[3], servers = {} }
    elseif server == "-server" and wish.arms[arm] then
      if not line[2] or not whole(line[3]) then return nil end
      table.insert(wish.arms[arm].servers, { host = line[2], port = whole(line[3]) })
    end
  end
  if not wish.weight or wish.weight > 100 then return nil end
  return wish
end
`
