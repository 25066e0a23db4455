// SPDX-License-Identifier: MIT
// Follows the guides to the letter: each section of theirs is a project in an empty folder that has
// only the tarball.
//
//   `name`:  before a block    the block is that file; before the first section, a file of all sections
//   ```sh                      is run; one that ends in a web server runs until its page was looked at
//   ```text                    is all that the commands before it print, or what the page shows

import { spawn } from 'node:child_process';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { environmentWith, nativeTools } from '../../scripts/native-tools.mjs';
import { repository, run, which } from '../../scripts/run.mjs';
import { look } from './pages.mjs';

const GUIDES = ['GETTING-STARTED', 'LINKING', 'JAVASCRIPT', 'PORTING', 'FINDING-A-LEAK'];
const BLOCK = /(?:^`([\w./-]+)`[^\n]*:\n\n)?^```(\w+)\n([^]*?)^```$/gm;
const SERVER = /^python3 -m http\.server (\d+)$/m;

/** One consumer for each section with commands; `browsers` are for those that end in a page. */
export async function guideConsumers(workshop, { tools, toolchain, browsers }) {
  const native = await nativeTools(['cmake', 'ninja']);
  const env = environmentWith(native, toolchain.env);
  env.PATH = [path.join(tools.modules, '.bin'), env.PATH].join(path.delimiter);
  // Only what the texts install is to be had, and nothing is asked of the network.
  Object.assign(env, { npm_config_offline: 'true', npm_config_update_notifier: 'false' });
  const sections = [];
  for (const guide of GUIDES) sections.push(...(await sectionsOf(`docs/${guide}.md`)));
  const hasPkgConfig = which('pkg-config');
  if (!hasPkgConfig) console.log('what uses pkg-config is left out: it is not on PATH');
  const idle = sections.filter(({ own }) => own > 0).filter(({ steps }) => !hasCommands(steps));
  if (idle.length > 0)
    throw new Error(`blocks that nothing runs: ${idle.map(({ title }) => title)}`);
  return sections
    .filter(({ steps }) => hasPkgConfig || !steps.some(({ text }) => text.includes('$(pkg-config')))
    .filter(({ steps }) => hasCommands(steps))
    .filter(({ steps }) => browsers || !steps.some(({ text }) => SERVER.test(text)))
    .map((section) => ({
      ...{ name: `${section.file}: ${section.title}`, row: false },
      run: () => follow(section, workshop, { env, browsers }),
    }));
}

async function sectionsOf(file) {
  const text = await readFile(path.join(repository, file), 'utf8');
  const [before, ...parts] = text.split(/^## /m);
  const common = stepsOf(before);
  return parts.map((part) => {
    const own = stepsOf(part);
    const title = part.slice(0, part.indexOf('\n'));
    return { file, title, own: own.length, steps: [...common, ...own] };
  });
}

function hasCommands(steps) {
  return steps.some(({ language }) => language === 'sh');
}

function stepsOf(text) {
  return [...text.matchAll(BLOCK)].map(([, name, language, body]) => ({
    ...{ name, language, text: body },
  }));
}

async function follow({ file, title, steps }, workshop, { env, browsers }) {
  const folder = path.join(workshop.folder, `${file} ${title}`.replace(/\W+/g, '-'));
  await mkdir(folder);
  await copyFile(workshop.tarball, path.join(folder, path.basename(workshop.tarball)));
  let said = '';
  for (const [at, { name, language, text }] of steps.entries()) {
    const server = SERVER.exec(text);
    if (name) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
      await writeFile(path.join(folder, name), text);
    } else if (language === 'sh' && server) {
      const problem = await lookAt(text, server[1], steps[at + 1].text, { folder, env, browsers });
      if (problem) return problem;
      said = steps[at + 1].text;
    } else if (language === 'sh') {
      const options = { cwd: folder, env, allowFailure: true, label: title };
      const ended = await run('bash', ['-eu', '-c', text], options);
      if (ended.code !== 0) return `${text}exit code ${ended.code}\n${ended.stdout}${ended.stderr}`;
      said = ended.stdout;
    } else if (language === 'text') {
      if (said !== text) return `expected\n${text}got\n${said}`;
    } else {
      return `a block of ${language} is neither a file nor a command:\n${text}`;
    }
  }
  return null;
}

async function lookAt(command, port, shows, { folder, env, browsers }) {
  // Two sections may run at a time, and somebody else may have the text's own port.
  const free = await browsers.freePort();
  const script = `${command.replace(port, free).replace('python3', 'exec python3')}`;
  const child = spawn('bash', ['-eu', '-c', script], { cwd: folder, env, stdio: 'ignore' });
  try {
    const url = `http://localhost:${free}/`;
    for (let tries = 0; tries < 100 && !(await fetch(url).catch(() => null)); tries++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    for (const [name, browser] of browsers.each()) {
      const problem = await look(browser, url, shows.trim());
      if (problem) return `${name}: ${problem}`;
    }
    return null;
  } finally {
    child.kill();
  }
}
