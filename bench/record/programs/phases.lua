-- SPDX-License-Identifier: MIT
-- A long-running service in small: a cache that stays, and phases that come back in turn
-- (load, sort, render, big buffers), each with other data. Shows memory drift.
local seed = 7
local function random(limit)
  seed = (seed * 1103515245 + 12345) % 2147483648
  return seed // 65536 % limit
end

local cache, clock = {}, 0
local function remember(key, value)
  clock = clock + 1
  cache[key % 900] = { key = key, value = value, at = clock }
end

local phases = {
  function(n) -- load: many small records, some of which are kept
    local records = {}
    for index = 1, 5000 do
      local record = { id = index, name = "record " .. random(100000), tags = {} }
      for tag = 1, random(4) do record.tags[tag] = "t" .. random(500) end
      records[index] = record
      if random(20) == 0 then remember(index * n, record) end
    end
  end,
  function() -- sort: one large array and its comparisons
    local list = {}
    for index = 1, 9000 do list[index] = random(1000000) end
    table.sort(list)
  end,
  function(n) -- render: strings that grow
    local page = ""
    for line = 1, 260 do
      page = page .. ("<li>%d %s</li>"):format(line, ("x"):rep(random(60)))
    end
    remember(n, page)
  end,
  function() -- buffers: few and large
    local buffers = {}
    for index = 1, 60 do buffers[index] = ("b"):rep(20000 + random(90000)) end
  end,
}

for round = 1, 10 do
  for n, phase in ipairs(phases) do phase(round * 10 + n) end
  collectgarbage()
end
