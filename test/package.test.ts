/**
 * The package as it is published: installed by one Node.js, run by another, by somebody who may not write to it, from where it
 * was moved to; and what it is made from.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { verbs } from '../src/commands/index.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { findNodes, type Node } from './support/nodes.ts';
import { fixturesDirectory, projectRoot } from './support/project.ts';
import { cleanEnvironment } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

/** What is run of each verb, in a folder of `makeMedia`. */
const lines: Readonly<Record<string, string>> = {
  mp4writer: 'salvor mp4writer -o made.mp4 rec.mp4',
  'flv-fix': 'salvor flv-fix -o fixed.flv killed.flv',
  'ts-split': 'salvor ts-split -d 2 -o parts/ rec.ts',
  'ts-fix': 'salvor ts-fix -o fixed.ts rec.ts',
  probe: 'salvor probe --json made.mp4 killed.flv rec.ts torn.mp4',
  repair: 'salvor repair -o whole.mp4 torn.mp4',
  remux: 'salvor remux -o remuxed.mp4 rec.ts',
  // What it makes says when it was made.
  record: 'salvor record --help',
  sweep: 'salvor sweep --min-age 0 --only killed.flv -o swept .',
  // What a queue needs is the user's to install.
  work: '! salvor work --queue redis://:secret@127.0.0.1:1 2>&1',
};
const others = [
  'salvor --version',
  'evo-mp4writer --version',
  'salvor --help',
  'salvor completion bash',
  'evo-mp4writer -path=rec.mp4',
];

function makeMedia(folder: string): void {
  mkdirSync(folder);
  copyStagingCase('clean', 'short-1s', folder);
  const copies = {
    'killed.flv': 'flv/killed-chunk3.flv',
    'rec.ts': 'ems/ts/killed-chunked4-10s/rec_part0001.ts',
    'torn.mp4': 'go-rtmp/h265_inband_aac_kill193/recording.mp4',
  };
  for (const [name, source] of Object.entries(copies)) {
    // What is made of it says when it was recorded.
    cpSync(join(fixturesDirectory, source), join(folder, name), { preserveTimestamps: true });
  }
}

/** Every file in a folder and what it holds. */
function contentOf(folder: string): Record<string, string> {
  const files = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
    statSync(join(folder, name)).isFile(),
  );
  return Object.fromEntries(
    files.toSorted().map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex'),
    ]),
  );
}

interface Runner {
  /** What the program is found by; the folder of Node.js comes first. */
  readonly path: readonly string[];
  readonly folder: string;
  readonly user?: number;
}

/** Runs a command line of the shell; gives what it printed. */
function run(line: string, { path, folder, user }: Runner): string {
  const options = { cwd: folder, encoding: 'utf8', ...(user === undefined ? {} : { uid: user, gid: user }) } as const;
  const env = cleanEnvironment({ PATH: [...path, '/usr/bin', '/bin'].join(delimiter), HOME: folder });
  const { status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], { ...options, env });
  assert.deepEqual(
    { status, signal, stderr: status === 0 ? '' : stderr },
    { status: 0, signal: null, stderr: '' },
    line,
  );
  return stdout;
}

const all: readonly string[] = [...verbs.map(({ name }) => lines[name]!), ...others];

/** Runs lines with the package in a folder of media; gives what was printed, and all that is there now. */
function runIn(runner: Runner, wanted: readonly string[] = all): readonly unknown[] {
  makeMedia(runner.folder);
  if (runner.user !== undefined) run(`chown -R ${runner.user} .`, { ...runner, user: 0 });
  const printed = wanted.map((line) => {
    // How long it took is no result.
    const text = run(line, runner).replaceAll(/\d+(?:\.\d+)? m?s$/gm, '');
    return [line, text];
  });
  return [...printed, contentOf(runner.folder)];
}

function npm(node: string, args: readonly string[], folder: string): string {
  const names = (process.env['PATH'] ?? '').split(delimiter).flatMap((each) => {
    const path = join(each, 'npm');
    return statSync(path, { throwIfNoEntry: false }) === undefined ? [] : [realpathSync(path)];
  });
  const { status, stdout, stderr } = spawnSync(node, [names[0]!, ...args], { cwd: folder, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('the package', () => {
  const folder = scratchDirectory({ after });
  let tarball: string;
  let installations = 0;

  /** Installs it by a Node.js into a folder of its own. */
  const install = (node: string): string => {
    const prefix = join(folder, `installed-${installations++}`);
    npm(node, ['install', '-g', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, tarball], folder);
    return prefix;
  };

  before(() => {
    chmodSync(folder, 0o755);
    // What was built is packed: to build it anew would pull it from under other tests.
    tarball = join(
      folder,
      npm(
        process.execPath,
        ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, projectRoot],
        folder,
      ).trim(),
    );
  });

  test('every verb is tried', () => {
    assert.deepEqual(Object.keys(lines).toSorted(), verbs.map(({ name }) => name).toSorted());
  });

  const nodes = findNodes();
  const skip =
    nodes === undefined && process.env['CI'] !== 'true'
      ? 'NOT TESTED: no other Node.js here; see .ci/get-nodes'
      : false;
  test('does the same on every Node.js, installed by another', { skip }, () => {
    assert.ok(nodes !== undefined);
    const results = nodes.map((node: Node, index) => {
      const installer = nodes[(index + 1) % nodes.length]!;
      const prefix = install(join(installer.directory, 'node'));
      return runIn({ path: [node.directory, join(prefix, 'bin')], folder: join(folder, `media-${index}`) });
    });
    for (const [index, result] of results.entries()) assert.deepEqual(result, results[0], nodes[index]!.version);
  });

  let installed: string | undefined;
  /** The installation by this Node.js, which no test may change. */
  const installation = (): string => (installed ??= install(process.execPath));

  test('is one package with all it needs, and publint has nothing to say', async () => {
    const prefix = installation();
    assert.deepEqual(readdirSync(join(prefix, 'lib/node_modules')), ['salvor']);
    const home = join(prefix, 'lib/node_modules/salvor');
    assert.equal(statSync(join(home, 'node_modules'), { throwIfNoEntry: false }), undefined);
    const { messages, pkg } = await publint({ pkgDir: home, pack: false, strict: true });
    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg as never)),
      [],
    );
    const { scripts } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { scripts: object };
    for (const script of ['prepare', 'preinstall', 'install', 'postinstall']) assert.ok(!(script in scripts), script);
  });

  test('finds what a queue needs beside itself, and says what is missing where it is not there', () => {
    const place = join(folder, 'with-queue');
    cpSync(installation(), place, { recursive: true, verbatimSymlinks: true });
    const runner = { path: [dirname(process.execPath), join(place, 'bin')], folder };
    const line = '! salvor sweep --queue redis://:secret@127.0.0.1:1 --status 2>&1';
    assert.match(
      run(line, runner),
      /^salvor: --queue needs the package bullmq, .*; install it where salvor is: npm install/,
    );
    const packages = join(place, 'lib/node_modules');
    symlinkSync(join(projectRoot, 'node_modules/bullmq'), join(packages, 'bullmq'));
    const said = run(line, runner);
    assert.match(said, /^salvor: the queue at redis:\/\/127\.0\.0\.1:1 cannot be used: .*ECONNREFUSED/);
    assert.doesNotMatch(said, /secret/);
  });

  test('runs where it was moved to, and for somebody who may not write to it', () => {
    const place = join(folder, 'über all');
    cpSync(installation(), place, { recursive: true, verbatimSymlinks: true });
    const isRoot = process.getuid!() === 0;
    const user = isRoot ? 65534 : undefined;
    // The folder of this Node.js may be one that nobody else may enter.
    mkdirSync(join(folder, 'node'));
    copyFileSync(process.execPath, join(folder, 'node/node'));
    const stranger: Runner = {
      path: [join(folder, 'node'), join(place, 'bin')],
      folder: join(folder, 'media'),
      ...(user === undefined ? {} : { user }),
    };
    run('chmod -R a-w .', { path: [], folder: place });
    try {
      const home = join(place, 'lib/node_modules/salvor');
      const before = contentOf(home);
      // One that starts itself again is among them.
      runIn(stranger, [lines['repair']!, lines['sweep']!, ...others]);
      run(`! touch '${home}/dist/bin/new' 2>/dev/null`, stranger);
      assert.deepEqual(contentOf(home), before);
    } finally {
      run('chmod -R u+w .', { path: [], folder: place });
    }
  });

  test('says with --debug where in its source an error arose', () => {
    const prefix = installation();
    const home = { path: [dirname(process.execPath), join(prefix, 'bin')], folder };
    const text = run('salvor probe --debug missing.flv 2>&1 || true', home);
    assert.match(text, /^ {4}at .*\(.*\/src\/commands\/probe\/probe\.ts:\d+:\d+\)$/m);
    assert.doesNotMatch(text, /programs\.cjs/);
  });
});

test('npm install leaves the lock file as it is', (t) => {
  const folder = scratchDirectory(t);
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    cpSync(join(projectRoot, name), join(folder, name));
  }
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  npm(
    process.execPath,
    ['install', '--package-lock-only', '--ignore-scripts', '--offline', '--no-audit', '--no-fund'],
    folder,
  );
  assert.equal(readFileSync(join(folder, 'package-lock.json'), 'utf8'), lock);
});
