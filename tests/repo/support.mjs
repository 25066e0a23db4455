// SPDX-License-Identifier: MIT
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { sourceFiles } from '../../scripts/lint.mjs';
import { repository } from '../../scripts/run.mjs';

const NOT_WRITTEN_BY_HAND =
  /(^|\/)(corpus|traces|fixtures|results)\/|\.(gz|png|wasm|ico|svg|csv)$|(^|\/)package-lock\.json$/;

/** Files of the repository that people write. */
export async function handWritten(pattern = /./) {
  return (await sourceFiles(pattern)).filter((file) => !NOT_WRITTEN_BY_HAND.test(file));
}

export function read(file) {
  return readFileSync(path.join(repository, file), 'utf8');
}
