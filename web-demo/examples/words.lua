-- SPDX-License-Identifier: MIT
-- An index of made-up text: every word, and every place where it stands.

local syllables = { 'ka', 'lo', 'mi', 'ter', 'un', 'vex', 'so', 'ra', 'dil', 'pen' }
math.randomseed(7)

local function word()
  local parts = {}
  for i = 1, math.random(1, 4) do parts[i] = syllables[math.random(#syllables)] end
  return table.concat(parts)
end

local index = {}
for place = 1, 30000 do
  local w = word()
  index[w] = index[w] or { places = {} }
  table.insert(index[w].places, place)
end

local words = {}
for w in pairs(index) do words[#words + 1] = w end
table.sort(words, function(a, b)
  local x, y = #index[a].places, #index[b].places
  if x ~= y then return x > y end
  return a < b
end)
print(#words .. ' different words')
for i = 1, 5 do print(words[i], #index[words[i]].places) end
