// SPDX-License-Identifier: MIT
// What every consumer runs: values that are owned, shared and lent, and nothing left at the end.

import { drop, loadHeaplet, text } from 'heaplet';

/** Resolves with a line that says what came out, the same everywhere. */
export async function program(options) {
  const heaplet = await loadHeaplet(options);
  const box = heaplet.box('i32', 41);
  box.value += 1;
  const name = heaplet.rc(text, 'shared');
  const again = name.clone();
  const said = `${box.value} ${again.value} ${name.strongCount}`;
  again.drop();
  name.drop();
  drop(box);
  let code = 'none';
  try {
    box.value;
  } catch (error) {
    code = error.code;
  }
  return `${said} ${code} ${heaplet.liveValues().length}`;
}
