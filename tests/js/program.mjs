// SPDX-License-Identifier: MIT
//
// A program that uses a good part of the package and nothing of any runtime's, for the places where
// no test runner runs: workers, Deno, Bun, the packed package.

/** Runs with the package's exports and a source of the module; resolves with what must be EXPECTED. */
export async function runProgram({ loadHeaplet, Layout, owned, text, drop, explain }, wasm) {
  const [heaplet, other] = await Promise.all([loadHeaplet({ wasm }), loadHeaplet({ wasm })]);
  const results = [];
  const code = (body) => {
    try {
      return body();
    } catch (error) {
      return error.code ?? String(error);
    }
  };

  const box = heaplet.box('i32', 41);
  box.value += 1;
  results.push(box.value);
  drop(box);
  results.push(code(() => box.value));

  const Node = Layout.of({ value: 'f64', next: owned(() => Node) }, 'Node');
  const list = heaplet.rc(Node, { value: 1, next: heaplet.rc(Node, { value: 2 }) });
  const weak = list.downgrade();
  results.push(
    list.value.next.value,
    code(() => other.box(Node, { next: list })),
  );
  drop(list);
  results.push(weak.upgrade());

  const cell = heaplet.refCell(text, 'né');
  const guard = cell.borrow();
  results.push(
    code(() => cell.borrowMut()),
    guard.value,
  );
  drop(guard);
  drop(cell);

  // Enough to make memory grow.
  const sum = heaplet.scope((scope) => {
    const boxes = Array.from({ length: 50_000 }, (_, i) => scope.own(heaplet.box('f64', i)));
    return boxes.reduce((total, { value }) => total + value, 0);
  });
  results.push(sum, heaplet.stats().liveCount, explain('E0382').startsWith('E0382'));

  const lost = other.box('i32');
  heaplet.close();
  results.push(
    code(() => heaplet.box('i32')),
    lost.value,
    other.leakReport().length,
  );
  drop(lost);
  return results;
}

export const EXPECTED = [
  42,
  'E0382',
  2,
  'H0004',
  null,
  'E0502',
  'né',
  1249975000,
  0,
  true,
  'H0005',
  0,
  1,
];
