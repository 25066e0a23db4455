// SPDX-License-Identifier: MIT
// Runs in QuickJS, an engine compiled to WebAssembly: JSON is made, parsed, changed and written again.

const people = [];
for (let i = 0; i < 3000; i++) {
  people.push({
    id: i,
    name: 'person ' + i,
    tags: ['a', 'b', 'c'].slice(i % 3),
    address: { street: i * 17 + ' Long Street', city: 'city ' + (i % 40) },
  });
}
let text = JSON.stringify(people);
for (let round = 0; round < 4; round++) {
  const parsed = JSON.parse(text);
  const kept = parsed.filter(({ id }) => id % 5 !== round);
  text = JSON.stringify(kept.map((person) => ({ ...person, round })));
  print('round', round, kept.length, 'people,', text.length, 'characters');
}
