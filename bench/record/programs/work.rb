# SPDX-License-Identifier: MIT
# Structs, symbols, blocks and strings.
Person = Struct.new(:id, :name, :tags)
random = Random.new(5)
words = File.read(ARGV[0]).split
3.times do |round|
  people = (1..2500).map { |id| Person.new(id, words.sample(3, random: random).join(" "), words.sample(random.rand(5), random: random)) }
  groups = people.group_by { |person| person.tags.length }
  lines = groups.sort.map { |size, list| "#{size}: " + list.map(&:name).map(&:capitalize).sort.join(", ") }
  report = lines.join("\n").gsub(/\b(ba|ko)/) { |found| found.reverse }
  counts = Hash.new(0)
  report.each_char.each_slice(2) { |pair| counts[pair.join] += 1 }
  puts "#{round} #{report.length} #{counts.length}"
end
