-- SPDX-License-Identifier: MIT
-- Tables, closures, strings and objects with methods: arg[1] is a text file.
local words, count = {}, {}
for line in io.lines(arg[1]) do
  for word in line:gmatch("%a+") do
    words[#words + 1] = word
    count[word] = (count[word] or 0) + 1
  end
end

local Node = {}
Node.__index = Node
function Node.new(key) return setmetatable({ key = key, size = 1 }, Node) end
function Node:insert(key)
  self.size = self.size + 1
  local side = key < self.key and "left" or "right"
  if self[side] then return self[side]:insert(key) end
  self[side] = Node.new(key)
end
function Node:walk(visit)
  if self.left then self.left:walk(visit) end
  visit(self)
  if self.right then self.right:walk(visit) end
end

for round = 1, 4 do
  local tree = Node.new("m")
  for index = round, #words, 7 do tree:insert(words[index] .. (index % 13)) end
  local parts = {}
  tree:walk(function(node) parts[#parts + 1] = node.key:upper():rep(1 + node.size % 3) end)
  local text = table.concat(parts, " ")
  local replaced = text:gsub("BA", function() return "ab" end)
  local makers = {}
  for index = 1, 4000 do makers[index] = function(x) return x + index + #replaced end end
  local total = 0
  for _, maker in ipairs(makers) do total = total + maker(1) end
  io.write(round, " ", #text, " ", total, "\n")
end
