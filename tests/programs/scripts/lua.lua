-- SPDX-License-Identifier: MIT
--
-- Lua at work: a real document (Lua's own manual) is taken apart, indexed and turned into JSON and
-- back; then trees, strings, sorting, closures, coroutines and metatables. No output depends on
-- addresses, on the clock or on the order of pairs().

local path, scale = arg[1], tonumber(arg[2] or '1')

local function checksum(text)
  local hash = 2166136261
  for i = 1, #text do
    hash = ((hash ~ text:byte(i)) * 16777619) & 0xffffffff
  end
  return string.format('%08x', hash)
end

local function sortedKeys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

-- JSON, with sorted keys so that encoding is a function of the value.
local json = {}

local escapes = { ['"'] = '\\"', ['\\'] = '\\\\', ['\n'] = '\\n', ['\r'] = '\\r', ['\t'] = '\\t' }
local function quote(text)
  return '"' .. text:gsub('[%c"\\]', function(c)
    return escapes[c] or string.format('\\u%04x', c:byte())
  end) .. '"'
end

function json.encode(value)
  local kind = type(value)
  if kind == 'string' then return quote(value) end
  if kind ~= 'table' then return tostring(value) end
  local parts = {}
  if value[1] ~= nil or next(value) == nil then
    for i, item in ipairs(value) do parts[i] = json.encode(item) end
    return '[' .. table.concat(parts, ',') .. ']'
  end
  for i, key in ipairs(sortedKeys(value)) do
    parts[i] = quote(key) .. ':' .. json.encode(value[key])
  end
  return '{' .. table.concat(parts, ',') .. '}'
end

local unescapes = { n = '\n', r = '\r', t = '\t' }
local parseValue

local function parseString(text, at)
  local pieces = {}
  while true do
    local stop = text:find('["\\]', at)
    pieces[#pieces + 1] = text:sub(at, stop - 1)
    if text:byte(stop) == 34 then return table.concat(pieces), stop + 1 end
    local c = text:sub(stop + 1, stop + 1)
    if c == 'u' then
      pieces[#pieces + 1] = utf8.char(tonumber(text:sub(stop + 2, stop + 5), 16))
      at = stop + 6
    else
      pieces[#pieces + 1] = unescapes[c] or c
      at = stop + 2
    end
  end
end

local function parseList(text, at, close, each)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    at = each(at)
    local c = text:sub(at, at)
    if c == close then return at + 1 end
    assert(c == ',', 'comma expected')
    at = at + 1
  end
end

function parseValue(text, at)
  local c = text:sub(at, at)
  if c == '"' then return parseString(text, at + 1) end
  if c == '[' or c == '{' then
    local result = {}
    at = parseList(text, at + 1, c == '[' and ']' or '}', function(place)
      local key, value
      if c == '{' then
        key, place = parseString(text, place + 1)
        place = place + 1
      else
        key = #result + 1
      end
      value, place = parseValue(text, place)
      result[key] = value
      return place
    end)
    return result, at
  end
  local word = text:match('^[%w%.%+%-]+', at)
  at = at + #word
  if word == 'true' then return true, at end
  if word == 'false' then return false, at end
  return math.tointeger(word) or tonumber(word), at
end

function json.decode(text)
  return (parseValue(text, 1))
end

local function readDocument()
  local file = assert(io.open(path, 'rb'))
  local text = file:read('a')
  file:close()
  print('document', #text, checksum(text))
  return text
end

-- The manual as a tree of sections with paragraphs, code and links.
local function parseDocument(text)
  local sections = {}
  local section = { title = 'front', paragraphs = {}, code = {}, links = {} }
  for block in text:gmatch('[^\n]+[^<]*') do
    local title = block:match('<h%d>(.-)</h%d>')
    if title then
      sections[#sections + 1] = section
      section = { title = title:gsub('<[^>]*>', ''), paragraphs = {}, code = {}, links = {} }
    end
    for link, label in block:gmatch('<a href="([^"]*)">(.-)</a>') do
      section.links[#section.links + 1] = { to = link, label = label }
    end
    for code in block:gmatch('<code>(.-)</code>') do
      section.code[#section.code + 1] = code
    end
    local plain = block:gsub('<[^>]*>', ''):gsub('&(%w+);', { lt = '<', gt = '>', amp = '&' })
    if plain:find('%S') then section.paragraphs[#section.paragraphs + 1] = plain end
  end
  sections[#sections + 1] = section
  return sections
end

local function documents(text)
  for round = 1, scale do
    local sections = parseDocument(text)
    local encoded = json.encode(sections)
    local decoded = json.decode(encoded)
    assert(json.encode(decoded) == encoded, 'JSON did not survive the round trip')
    if round == scale then print('json', #sections, #encoded, checksum(encoded)) end
  end
end

local function words(text)
  local counts, places = {}, {}
  local position = 0
  for word in text:gmatch('%a+') do
    position = position + 1
    word = word:lower()
    counts[word] = (counts[word] or 0) + 1
    local list = places[word]
    if list then list[#list + 1] = position else places[word] = { position } end
  end
  local order = sortedKeys(counts)
  table.sort(order, function(a, b)
    if counts[a] ~= counts[b] then return counts[a] > counts[b] end
    return a < b
  end)
  print('words', position, #order)
  for i = 1, 15 do
    local list = places[order[i]]
    print(order[i], counts[order[i]], list[1], list[#list])
  end
end

-- Every node is a table of its own; the trees of one depth live and die together.
local function bottomUp(depth)
  if depth == 0 then return {} end
  return { bottomUp(depth - 1), bottomUp(depth - 1) }
end

local function count(tree)
  return tree[1] and 1 + count(tree[1]) + count(tree[2]) or 1
end

local function binaryTrees()
  local deepest = 9
  local long = bottomUp(deepest + 2)
  for depth = 4, deepest, 2 do
    local trees = scale << (deepest - depth)
    local nodes = 0
    for _ = 1, trees do nodes = nodes + count(bottomUp(depth)) end
    print('trees', trees, depth, nodes)
  end
  print('long-lived tree', count(long))
end

local function strings()
  local buffer, grown = {}, ''
  for i = 1, 3000 * scale do
    buffer[#buffer + 1] = ('%d:%x:%s'):format(i, i * 2654435761 & 0xffffffff, ('x'):rep(i % 37))
    if i % 10 == 0 then grown = grown .. buffer[#buffer]:sub(1, 24):upper() end
    if #grown > 20000 then grown = grown:sub(-500):reverse() end
  end
  local all = table.concat(buffer, '\n')
  print('strings', #all, checksum(all), checksum(grown))
  local packed = {}
  for i = 1, 500 * scale do packed[i] = string.pack('<i4 s2 d', i, buffer[i], i / 3) end
  local sum = 0
  for i = 1, #packed do
    local number, text, third = string.unpack('<i4 s2 d', packed[i])
    sum = sum + number + #text + third // 1
  end
  print('packed', #packed, sum)
end

local function sorting()
  math.randomseed(42)
  local records = {}
  for i = 1, 2000 * scale do
    records[i] = { key = math.random(1, 1000), name = 'n' .. math.random(1, 1 << 30), place = i }
  end
  table.sort(records, function(a, b)
    if a.key ~= b.key then return a.key < b.key end
    if a.name ~= b.name then return a.name < b.name end
    return a.place < b.place
  end)
  local first, last = records[1], records[#records]
  print('sorted', #records, first.key, first.name, last.key, last.name)
  for i = 1, #records, 2 do table.remove(records, #records) end
  for i = 1, 50 do table.insert(records, i, { key = i, name = 'new', place = 0 }) end
  print('left', #records, records[60].name)
end

local function closures()
  local pipeline = {}
  for i = 1, 200 do
    pipeline[i] = function(next) return function(x) return next((x * 31 + i) % 1000003) end end
  end
  local sum = 0
  for round = 1, 20 * scale do
    local run = function(x) return x end
    for i = #pipeline, 1, -1 do run = pipeline[i](run) end
    sum = sum + run(round)
  end
  print('closures', sum)
  local function permutations(items, n)
    if n == 0 then coroutine.yield(items) end
    for i = 1, n do
      items[i], items[n] = items[n], items[i]
      permutations(items, n - 1)
      items[i], items[n] = items[n], items[i]
    end
  end
  local seen, total = 0, 0
  for items in coroutine.wrap(function() permutations({ 1, 2, 3, 4, 5, 6 }, 6) end) do
    seen = seen + 1
    total = (total * 7 + tonumber(table.concat(items))) % 1000000007
  end
  print('permutations', seen, total)
  local workers = {}
  for i = 1, 200 * scale do
    workers[i] = coroutine.wrap(function()
      local bag = {}
      while true do bag[#bag + 1] = coroutine.yield(#bag + i) end
    end)
  end
  local answers = 0
  for _ = 1, 5 do
    for i = 1, #workers do answers = answers + workers[i](i) end
  end
  print('coroutines', #workers, answers)
end

local Vector = {}
Vector.__index = Vector
Vector.__add = function(a, b) return Vector.new(a.x + b.x, a.y + b.y) end
Vector.__eq = function(a, b) return a.x == b.x and a.y == b.y end
Vector.__tostring = function(v) return '(' .. v.x .. ', ' .. v.y .. ')' end
function Vector.new(x, y) return setmetatable({ x = x, y = y }, Vector) end

local function objects()
  local sum = Vector.new(0, 0)
  for i = 1, 10000 * scale do sum = sum + Vector.new(i % 7, i % 11) end
  print('vectors', tostring(sum), sum == sum + Vector.new(0, 0))
  local cache, kept = setmetatable({}, { __mode = 'v' }), {}
  for i = 1, 1000 * scale do
    local value = { i }
    cache[i] = value
    if i % 3 == 0 then kept[#kept + 1] = value end
  end
  collectgarbage()
  local alive = 0
  for _ in pairs(cache) do alive = alive + 1 end
  print('weak', alive, #kept)
end

local function errors()
  local caught, lengths = 0, 0
  for i = 1, 200 * scale do
    local ok, problem = pcall(function()
      local nothing = i % 2 == 0 and {} or nil
      return nothing.field.deeper
    end)
    if not ok then
      caught = caught + 1
      lengths = lengths + #problem
    end
  end
  local chunk = {}
  for i = 1, 300 do chunk[i] = ('local function f%d(a) return a * %d end'):format(i % 150, i) end
  print('errors', caught, lengths, load(table.concat(chunk, '\n')) == nil)
  local compiled = 0
  for i = 1, 100 * scale do
    local body = assert(load(('local a = ... ; return { a + %d, "%s", function() return a end }')
      :format(i, ('s'):rep(i % 50))))
    compiled = compiled + body(i)[1] + #body(i)[2] + body(i)[3]()
  end
  print('compiled', compiled)
end

local text = readDocument()
documents(text)
words(text)
binaryTrees()
strings()
sorting()
closures()
objects()
errors()
collectgarbage()
collectgarbage()
print('kilobytes in use', collectgarbage('count') // 1 > 0)
