// SPDX-License-Identifier: MIT
// Writes the data files that the recorded programs read: node make-inputs.mjs <folder>
// Everything is generated from a seed; no third-party data is involved. The scripts the
// interpreters run are in programs/.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Random } from '../lib/random.mjs';

const folder = process.argv[2];
if (!folder) throw new Error('usage: node make-inputs.mjs <folder>');
mkdirSync(folder, { recursive: true });
const write = (name, content) => writeFileSync(join(folder, name), content);

const random = new Random(20);
const syllables = 'ba ko ri ten mu sal der pi no vel chi stra lo ge un quo'.split(' ');
const word = () =>
  Array.from({ length: random.skewed(1, 5) }, () => random.pick(syllables)).join('');
const vocabulary = Array.from({ length: 3000 }, word);
const words = (count) => Array.from({ length: count }, () => random.pick(vocabulary)).join(' ');
const repeat = (count, make) => Array.from({ length: count }, (_, index) => make(index));

write('text.txt', repeat(6000, () => words(random.between(3, 16))).join('\n'));

const record = (index) => ({
  id: index,
  name: words(2),
  tags: repeat(random.below(6), word),
  score: random.below(100000) / 100,
  active: random.below(2) === 1,
  address: {
    street: words(3),
    number: random.below(300),
    zip: String(random.between(1000, 99999)),
  },
  history: repeat(random.below(4), () => ({
    at: random.bits(),
    note: words(random.between(1, 8)),
  })),
});
write('records.json', JSON.stringify(repeat(3500, record)));
write('records.jsonl', repeat(4000, (index) => JSON.stringify(record(index))).join('\n'));

const element = (depth) => {
  const name = random.pick(['item', 'group', 'note', 'entry']);
  const attributes = repeat(random.below(3), (index) => ` a${index}="${word()}"`).join('');
  const content =
    depth === 0
      ? words(random.between(1, 6))
      : repeat(random.between(1, 5), () => element(depth - 1)).join('\n');
  return `<${name}${attributes}>${content}</${name}>`;
};
write(
  'document.xml',
  `<?xml version="1.0"?>\n<root>\n${repeat(160, () => element(4)).join('\n')}\n</root>\n`,
);

write(
  'table.csv',
  repeat(
    25000,
    (index) => `${index},${word()},${random.below(5000)},${random.bits()},${words(2)}`,
  ).join('\n'),
);

const sql = [
  'CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT, town TEXT, age INT);',
  'CREATE TABLE visit(person INT, day INT, note TEXT);',
  'BEGIN;',
];
for (let id = 1; id <= 4000; id++) {
  sql.push(
    `INSERT INTO person VALUES(${id},'${words(2)}','${random.pick(vocabulary)}',${random.between(1, 99)});`,
  );
}
for (let n = 0; n < 9000; n++) {
  sql.push(
    `INSERT INTO visit VALUES(${random.between(1, 4000)},${random.below(365)},'${words(random.between(1, 9))}');`,
  );
}
sql.push(
  'COMMIT;',
  'CREATE INDEX visit_person ON visit(person);',
  'CREATE INDEX person_town ON person(town, age);',
);
for (let n = 0; n < 900; n++) {
  const town = random.pick(vocabulary);
  sql.push(
    random.pick([
      `SELECT count(*), avg(age) FROM person WHERE town='${town}';`,
      `SELECT p.name, count(*) c FROM person p JOIN visit v ON v.person=p.id WHERE p.id BETWEEN ${n} AND ${n + 40} GROUP BY p.id ORDER BY c DESC;`,
      `UPDATE visit SET note=note||' ${word()}' WHERE person=${random.between(1, 4000)};`,
      `DELETE FROM visit WHERE person=${random.between(1, 4000)} AND day>300;`,
      `SELECT group_concat(note, ';') FROM visit WHERE person=${random.between(1, 4000)};`,
      `SELECT upper(name), length(town), age*2 FROM person WHERE name LIKE '%${word()}%' LIMIT 20;`,
    ]),
  );
}
sql.push(
  'SELECT town, count(*), max(name) FROM person GROUP BY town ORDER BY 2 DESC LIMIT 10;',
  'VACUUM;',
);
write('script.sql', sql.join('\n'));

write(
  'graph.dot',
  `digraph g {\n${repeat(170, (node) => `n${node} [label="${words(2)}"];`).join('\n')}\n${repeat(
    260,
    (edge) => `n${random.below(170)} -> n${random.below(170)} [label="${edge}"];`,
  ).join('\n')}\n}\n`,
);

write(
  'plot.gp',
  [
    'set terminal svg',
    'set output "/dev/null"',
    'set samples 2000',
    'set isosamples 60',
    ...repeat(
      12,
      (n) =>
        `plot ${repeat(6, (k) => `sin(${n + 1}*x+${k})*exp(-x*x/${k + 3}) title "curve ${n} ${k}"`).join(', ')}`,
    ),
    ...repeat(6, (n) => `splot x**2*cos(${n}*y) with lines title "surface ${n}"`),
  ].join('\n'),
);

write(
  'paper.ms',
  `.TL\nA paper\n.AU\nNobody\n${repeat(
    120,
    (n) =>
      `.NH\n${words(4)}\n.PP\n${repeat(6, () => words(random.between(8, 14))).join('.\n')}.\n${
        n % 4
          ? ''
          : `.TS\nbox;\nl r.\n${repeat(6, () => `${word()}\t${random.below(100)}`).join('\n')}\n.TE\n`
      }`,
  ).join('')}`,
);

write(
  'numbers.bc',
  `scale=60\n${repeat(400, (n) => `a=${random.bits()}^${random.between(2, 9)}\nb=sqrt(a/${n + 1})\na*b-${n}^12`).join('\n')}\nfor(i=1;i<200;i++){f=1;for(j=1;j<=i;j++)f=f*j;f}\n`,
);

const rules = repeat(
  700,
  (n) =>
    `obj/${word()}_${n}.o: src/${word()}_${n}.c ${repeat(random.below(5), () => `inc/${random.pick(vocabulary)}.h`).join(' ')}\n\t@echo $(CC) $(CFLAGS) -c $< -o $@ ${word()}\n`,
);
write(
  'project.mk',
  `CC=cc\nCFLAGS=-O2 ${repeat(20, () => `-D${word().toUpperCase()}=${random.below(9)}`).join(' ')}\n.DEFAULT_GOAL:=all\nOBJS:=${rules
    .map((rule) => rule.slice(0, rule.indexOf(':')))
    .join(
      ' ',
    )}\nall: $(patsubst obj/%.o,out/%.x,$(OBJS))\nout/%.x: obj/%.o\n\t@echo link $@\nsrc/%.c inc/%.h: ;\n${rules.join('\n')}`,
);

const page = (n) =>
  `%%Page: ${n} ${n}\n/F${n % 5} /Times-Roman findfont ${random.between(8, 20)} scalefont def F${n % 5} setfont\n${repeat(
    45,
    (line) => `60 ${760 - line * 15} moveto (${words(9)}) show`,
  ).join('\n')}\n${repeat(
    25,
    () =>
      `newpath ${random.below(600)} ${random.below(800)} ${random.below(200)} 0 ${random.below(360)} arc ${random.below(100) / 100} setgray stroke`,
  ).join('\n')}\nshowpage\n`;
write('pages.ps', `%!PS-Adobe-3.0\n${repeat(24, (n) => page(n + 1)).join('')}%%EOF\n`);

const shape = () =>
  random.pick([
    () =>
      `circle ${random.below(320)},${random.below(240)} ${random.below(320)},${random.below(240)}`,
    () =>
      `rectangle ${random.below(320)},${random.below(240)} ${random.below(320)},${random.below(240)}`,
    () => `bezier ${repeat(4, () => `${random.below(320)},${random.below(240)}`).join(' ')}`,
  ])();
write(
  'picture.mvg',
  `viewbox 0 0 320 240
${repeat(120, () => `fill rgb(${random.below(256)},${random.below(256)},${random.below(256)})\n${shape()}`).join('\n')}\n`,
);
