// SPDX-License-Identifier: MIT
// Debian packages of any suite, unpacked into a folder of ours: no root, and the system's own
// packages, lists and apt state stay as they are.
//
// Installing another suite's packages the usual way would upgrade libc and remove whatever conflicts.
// Here apt works on a private state whose list of installed packages is empty, so that it resolves
// everything down to libc, verifies it with the machine's own keyring, and only downloads; dpkg -x
// then unpacks. Mirror, keyring and proxy are the machine's own.

import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheFolder, install, withLock } from './cache.mjs';
import { ScriptError, run, say, which } from './run.mjs';

const RELEASE_FILE = '/etc/os-release';
const APT_FOLDER = '/etc/apt';

/**
 * Installs Debian packages with all they need into `prefix`, unless that is done.
 *
 * - `suite`    'bookworm', 'trixie', 'sid', …; by default the machine's own
 * - `assume`   packages taken as installed, so that neither they nor their dependencies come along
 * - `exclude`  a pattern of package names that are resolved but not downloaded
 * - `finish`   called with `(folder, facts)` before the folder is declared complete; returns more facts
 *
 * Resolves with the stamp: `{suite, versions: {name: version}, …}`.
 */
export async function debianPackages(request) {
  const {
    packages,
    prefix,
    assume = [],
    exclude = /^$/,
    withDependencies = true,
    finish,
  } = request;
  const suite = request.suite ?? (await machineSuite());
  const what = request.what ?? `${packages.join(', ')} from Debian ${suite}`;
  return install(prefix, what, async (folder) => {
    const versions = await withApt({ suite, types: 'deb', assume }, async (apt) => {
      const wanted = withDependencies
        ? await resolve(apt, packages)
        : await candidates(apt, packages);
      const chosen = Object.entries(wanted).filter(([name]) => !exclude.test(name));
      await download(apt, chosen, what);
      await unpack(apt.archives, folder);
      return Object.fromEntries(chosen);
    });
    const facts = { suite, versions };
    return { ...facts, ...(await finish?.(folder, facts)) };
  });
}

/**
 * Downloads a Debian source package and unpacks upstream's own tarball (no Debian patches) into
 * `prefix`, unless that is done. Resolves with the stamp: `{suite, name, version}`.
 */
export async function debianSource({ suite: asked, name, prefix }) {
  const suite = asked ?? (await machineSuite());
  return install(prefix, `the sources of ${name} from Debian ${suite}`, (folder) =>
    withApt({ suite, types: 'deb-src' }, async (apt) => {
      await apt.run(
        'apt-get',
        ['source', '--download-only', '--tar-only', '-q', name],
        `downloading ${name}`,
        apt.archives,
      );
      const files = (await readdir(apt.archives)).filter((file) => /\.tar\.\w+$/.test(file));
      const main =
        files.find((file) => /\.orig\.tar\.\w+$/.test(file)) ??
        files.find((file) => !/debian\.tar/.test(file));
      if (!main)
        throw new ScriptError(
          `no upstream tarball among ${files.join(', ')} of source package ${name}`,
        );
      await run('tar', [
        '-xf',
        path.join(apt.archives, main),
        '-C',
        folder,
        '--strip-components=1',
      ]);
      for (const file of files) {
        const component = /\.orig-([\w-]+)\.tar/.exec(file)?.[1];
        if (!component) continue;
        await mkdir(path.join(folder, component), { recursive: true });
        const target = path.join(folder, component);
        await run('tar', [
          '-xf',
          path.join(apt.archives, file),
          '-C',
          target,
          '--strip-components=1',
        ]);
      }
      const version = /_([^_]+?)(\.orig)?\.tar\.\w+$/.exec(main)[1];
      return { suite, name, version };
    }),
  );
}

/** The Debian suite this machine runs, e.g. 'bookworm'. */
export async function machineSuite() {
  const release = await readFile(RELEASE_FILE, 'utf8').catch(() => '');
  const suite = /^VERSION_CODENAME=(\S+)/m.exec(release)?.[1];
  if (/^ID=debian$/m.test(release) && suite) return suite;
  throw new ScriptError(
    'this machine does not run Debian, so nothing can be installed from Debian packages',
    'install the missing tool yourself and put it on PATH (for Emscripten: activate emsdk)',
  );
}

/** Runs `body` with a private apt on one suite: `{run, archives}`. */
async function withApt({ suite, types, assume = [] }, body) {
  if (!which('apt-get'))
    throw new ScriptError('apt-get is not on PATH', 'this set-up needs a Debian machine');
  const state = path.join(cacheFolder(), 'apt', types === 'deb' ? suite : `${suite}-sources`);
  return withLock(path.join(`${state}.lock`), `packages of ${suite}`, async () => {
    const source = await debianMirror(await machineSuite());
    let apt = await aptState({ state, suite, types, assume, source });
    try {
      await apt.run(
        'apt-get',
        ['update', '-q', '--error-on=any'],
        `reading the package lists of ${suite}`,
      );
    } catch (error) {
      if (!/NO_PUBKEY|not signed|EXPKEYSIG/.test(error.message)) throw error;
      // An old keyring may not know the keys of a newer suite. The keyring package of the machine's
      // own suite is kept up to date with them, and the old keyring can verify that suite.
      if (suite === (await machineSuite())) throw error;
      say(
        `this machine's Debian keys do not know ${suite}'s: fetching newer keys, verified by these`,
      );
      const keyring = await newerKeyring();
      apt = await aptState({ state, suite, types, assume, source: { ...source, keyring } });
      await apt.run(
        'apt-get',
        ['update', '-q', '--error-on=any'],
        `reading the package lists of ${suite}`,
      );
    }
    const result = await body(apt);
    await rm(apt.archives, { recursive: true, force: true }); // unpacked: no need to keep them twice
    return result;
  });
}

async function newerKeyring() {
  const prefix = path.join(cacheFolder(), 'debian-archive-keyring');
  await debianPackages({ packages: ['debian-archive-keyring'], withDependencies: false, prefix });
  return path.join(prefix, 'usr/share/keyrings/debian-archive-keyring.gpg');
}

/** Writes the private apt configuration and returns a way to call apt with it. */
async function aptState({ state, suite, types, assume, source }) {
  const archives = path.join(state, 'archives');
  for (const folder of ['lists/partial', 'cache/archives/partial', 'sources', 'archives']) {
    await mkdir(path.join(state, folder), { recursive: true });
  }
  const config = path.join(state, 'apt.conf');
  // Only what says how to reach the mirror is taken from the machine's configuration: hooks of its
  // package managers would run on our calls otherwise.
  const dump = await run('apt-config', ['dump']);
  const network = dump.stdout
    .split('\n')
    .filter((line) => /^Acquire::(?!IndexTargets|Languages|Changelogs)/.test(line));
  await writeFile(config, [...network, ...aptSettings(state)].join('\n') + '\n', { mode: 0o600 });
  await chmod(config, 0o600); // a proxy's address may carry a password
  await writeFile(
    path.join(state, 'status'),
    assume.map(installedStanza(await architecture())).join('\n'),
  );
  const entry = [`Types: ${types}`, `URIs: ${source.uri}`, `Suites: ${suite}`, 'Components: main'];
  if (source.keyring) entry.push(`Signed-By: ${source.keyring}`);
  await writeFile(path.join(state, 'sources/debian.sources'), `${entry.join('\n')}\n`);
  const env = {
    ...process.env,
    APT_CONFIG: config,
    LC_ALL: 'C',
    DEBIAN_FRONTEND: 'noninteractive',
  };
  const hint =
    'check the network and the Debian mirror in /etc/apt, then run the same command again';
  return {
    archives,
    run: (command, args, label, cwd = state) => run(command, args, { cwd, env, label, hint }),
  };
}

function aptSettings(state) {
  const at = (name) => JSON.stringify(path.join(state, name));
  return [
    'Dir::Etc::Parts "/dev/null";',
    'Dir::Etc::Main "/dev/null";',
    'Dir::Etc::SourceList "/dev/null";',
    `Dir::Etc::SourceParts ${at('sources')};`,
    'Dir::Etc::Preferences "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    `Dir::State ${JSON.stringify(state)};`,
    `Dir::State::Lists ${at('lists')};`,
    `Dir::State::Status ${at('status')};`,
    `Dir::Cache ${at('cache')};`,
    'Dir::Cache::pkgcache "";', // these would only speed up the next call, at 80 MB a suite
    'Dir::Cache::srcpkgcache "";',
    'Dir::Log "/dev/null";',
    'APT::Install-Recommends "false";',
    'APT::Sandbox::User "";', // the cache folder is private to the user, also to root
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
  ];
}

function installedStanza(arch) {
  return (name) =>
    `Package: ${name}\nStatus: install ok installed\nPriority: optional\nSection: misc\n` +
    `Maintainer: the machine itself\nArchitecture: ${arch}\nMulti-Arch: allowed\nVersion: 999\n` +
    'Description: provided by the machine\n';
}

async function architecture() {
  return (await run('dpkg', ['--print-architecture'])).stdout.trim();
}

async function resolve(apt, packages) {
  const plan = await apt.run('apt-get', ['-s', 'install', ...packages], 'resolving packages');
  return Object.fromEntries(
    [...plan.stdout.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => [name, version]),
  );
}

async function candidates(apt, packages) {
  const shown = await apt.run(
    'apt-cache',
    ['show', '--no-all-versions', ...packages],
    'looking up packages',
  );
  return Object.fromEntries(
    [...shown.stdout.matchAll(/^Package: (\S+)$[^]*?^Version: (\S+)$/gm)].map(
      ([, name, version]) => [name, version],
    ),
  );
}

async function download(apt, chosen, what) {
  if (chosen.length === 0) throw new ScriptError(`nothing to download for ${what}`);
  const names = chosen.map(([name, version]) => `${name}=${version}`);
  await apt.run(
    'apt-get',
    ['download', '-q', ...names],
    `downloading ${chosen.length} packages`,
    apt.archives,
  );
}

async function unpack(archives, folder) {
  const files = (await readdir(archives)).filter((file) => file.endsWith('.deb'));
  const next = async () => {
    for (let file = files.pop(); file; file = files.pop()) {
      await run('dpkg', ['-x', path.join(archives, file), folder], { label: `unpacking ${file}` });
    }
  };
  await Promise.all([next(), next()]); // xz decompression dominates; two use two cores
}

/** The machine's own main Debian mirror: `{uri, keyring}`. */
export async function debianMirror(suite, aptFolder = APT_FOLDER) {
  const entries = [];
  for (const file of await aptSourceFiles(aptFolder)) {
    const content = await readFile(file, 'utf8');
    entries.push(...(file.endsWith('.sources') ? parseDeb822(content) : parseOneLine(content)));
  }
  // The suite's own name, with component main: that leaves out -security, -updates and third parties,
  // who rarely name their suite like Debian does; a URI ending in /debian breaks the tie.
  const alias = new Set([suite, 'stable', 'oldstable', 'testing']);
  const fitting = entries.filter(
    (entry) => entry.suites.some((s) => alias.has(s)) && entry.components.includes('main'),
  );
  const entry = fitting.find(({ uri }) => /\/debian\/?$/.test(uri)) ?? fitting[0];
  if (!entry) {
    throw new ScriptError(
      `no Debian mirror for ${suite} in ${aptFolder}`,
      'add one to the apt sources of this machine',
    );
  }
  return { uri: entry.uri, keyring: entry.keyring };
}

async function aptSourceFiles(folder) {
  const parts = path.join(folder, 'sources.list.d');
  const names = (await readdir(parts).catch(() => [])).sort();
  const files = names
    .filter((name) => /\.(sources|list)$/.test(name))
    .map((name) => path.join(parts, name));
  const list = path.join(folder, 'sources.list');
  const hasList = await readFile(list).then(
    () => true,
    () => false,
  );
  return hasList ? [list, ...files] : files;
}

export function parseDeb822(content) {
  const stanzas = content.replace(/^#.*\n?/gm, '').split(/\n\s*\n/);
  return stanzas.flatMap((stanza) => {
    const fields = Object.fromEntries(
      [...stanza.matchAll(/^([\w-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)].map(([, key, value]) => [
        key.toLowerCase(),
        value.trim(),
      ]),
    );
    const words = (key) => (fields[key] ?? '').split(/\s+/).filter(Boolean);
    if (!words('types').includes('deb') || /^no$/i.test(fields.enabled ?? '')) return [];
    const keyring = words('signed-by')[0]?.startsWith('/') ? words('signed-by')[0] : undefined;
    return words('uris').map((uri) => ({
      uri,
      suites: words('suites'),
      components: words('components'),
      keyring,
    }));
  });
}

export function parseOneLine(content) {
  return [...content.matchAll(/^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$/gm)].map(
    (match) => {
      const [, options = '', uri, suite, components] = match;
      const keyring = /signed-by=([^\s,]+)/.exec(options)?.[1];
      return {
        uri,
        suites: [suite],
        components: components.split('#')[0].trim().split(/\s+/),
        keyring,
      };
    },
  );
}
