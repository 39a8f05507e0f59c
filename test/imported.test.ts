/**
 * The package as programs import it: from the packed tarball, by ES modules and CommonJS, on every Node.js that is supported;
 * with types that are right, without effect when it is imported, and with the reports that the command line prints.
 */
import assert from 'node:assert/strict';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  combine,
  fixFlv,
  fixTs,
  probe,
  record,
  remux,
  repair,
  SalvorError,
  splitTs,
  stagingRecordings,
  type RecordingReport,
} from '../src/index.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { findNodes } from './support/nodes.ts';
import { runInProcess } from './support/programs.ts';
import { fixturesDirectory, projectRoot } from './support/project.ts';
import { cleanEnvironment } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

/** What every verb is tried on, in a new folder. Times are set back: what was written just now may still be written to. */
function makeMedia(folder: string): void {
  mkdirSync(folder);
  copyStagingCase('clean', 'short-1s', folder);
  const copies = {
    'killed.flv': 'flv/killed-chunk3.flv',
    'rec.ts': 'ems/ts/killed-chunked4-10s/rec_part0001.ts',
    'torn.mp4': 'go-rtmp/h265_inband_aac_kill193/recording.mp4',
  };
  for (const [name, source] of Object.entries(copies)) cpSync(join(fixturesDirectory, source), join(folder, name));
  for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1_700_000_000, 1_700_000_000);
}

/** What a program does with the package: everything once; what came of it as JSON on standard output. */
const program = `
const folder = process.argv[2];
const at = (name) => folder + '/' + name;
const stripped = (value) => JSON.parse(JSON.stringify(value, (key, each) => (key === 'elapsedSeconds' ? 0 : key === 'course' ? undefined : each)));
async function run() {
  const results = [
    await probe(at('killed.flv')),
    await combine(at('rec.mp4')),
    await repair(at('torn.mp4'), { output: at('whole.mp4') }),
    await fixFlv(at('killed.flv'), { output: at('fixed.flv'), index: true }),
    await fixTs(at('rec.ts'), { output: at('fixed.ts') }),
    await splitTs(at('rec.ts'), { durationSeconds: 2, output: at('parts/') }),
    await remux(at('killed.flv'), { output: at('remuxed.mp4') }),
    await record(at('killed.flv'), { output: at('recorded'), type: 'flv' }),
  ];
  console.log(JSON.stringify(stripped(results)));
}
run();
`;
const names = 'probe, combine, repair, fixFlv, fixTs, splitTs, remux, record';
const programs = {
  'program.mjs': `import { ${names} } from 'salvor';\n${program}`,
  'program.cjs': `const { ${names} } = require('salvor');\n${program}`,
  // Whoever imports does nothing by it: no listener, no global, no output, nothing that keeps the process.
  'effect.mjs': `
const state = () => JSON.stringify([Object.getOwnPropertyNames(globalThis), process.eventNames().map(String), process._getActiveHandles().length, process.env]);
const before = state();
const salvor = await import('salvor');
if (state() !== before) throw new Error(before + ' became ' + state());
const hidden = ['salvor/dist/lib/index.cjs', 'salvor/dist/bin/programs.cjs', 'salvor/bin/start.js', 'salvor/lib'];
for (const name of hidden) {
  const code = await import(name).then(() => 'imported', ({ code }) => code);
  if (code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw new Error(name + ': ' + code);
}
console.log(Object.keys(salvor).filter((name) => !['default', 'module.exports'].includes(name)).sort().join(' '));
`,
};

/** The same by the command line. */
const lines: readonly (readonly string[])[] = [
  ['mp4writer', '--json', 'rec.mp4'],
  ['repair', '--json', 'torn.mp4', '-o', 'whole.mp4'],
  ['flv-fix', '--json', '--index', 'killed.flv', '-o', 'fixed.flv'],
  ['ts-fix', '--json', 'rec.ts', '-o', 'fixed.ts'],
  ['ts-split', '--json', '-d', '2', 'rec.ts', '-o', 'parts/'],
  ['remux', '--json', 'killed.flv', '-o', 'remuxed.mp4'],
];

function npm(args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return stdout;
}

describe('the package, imported', () => {
  const folder = scratchDirectory({ after });
  let tarball: string;

  before(() => {
    const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, projectRoot];
    tarball = join(folder, npm(words, folder).trim());
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    npm(['install', '--offline', '--no-audit', '--no-fund', tarball], folder);
    for (const [name, text] of Object.entries(programs)) writeFileSync(join(folder, name), text);
  });

  const node = (executable: string, words: readonly string[]): string => {
    const { status, stdout, stderr } = spawnSync(executable, words, {
      cwd: folder,
      encoding: 'utf8',
      env: cleanEnvironment(),
    });
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, words.join(' '));
    return stdout;
  };

  test('has the reports that the command line prints, from either kind of module', async () => {
    const media = join(folder, 'by-command-line');
    makeMedia(media);
    const printed: unknown[] = [];
    for (const words of lines) {
      const placed = words.map((word) => (/^[a-z]+\.(?:mp4|flv|ts)$|\/$/.test(word) ? join(media, word) : word));
      const { stdout, stderr } = await runInProcess('salvor', placed);
      assert.equal(stderr, '');
      const { recordings } = JSON.parse(stdout) as { recordings: object[] };
      printed.push({ ...recordings[0], elapsedSeconds: 0 });
    }
    const words = ['record', join(media, 'killed.flv'), '-p', join(media, 'recorded'), '--type', 'flv', '--json'];
    const { stdout } = await runInProcess('salvor', words);
    const recorded = JSON.parse(stdout.split('\n')[1]!) as object;
    for (const name of ['program.mjs', 'program.cjs']) {
      const own = join(folder, `by-${name}`);
      makeMedia(own);
      const results = JSON.parse(node(process.execPath, [name, own]).replaceAll(own, media)) as unknown[];
      assert.deepEqual(results.slice(1, -1), printed, name);
      const [{ report, ...line }, ...others] = results.at(-1) as [{ report: RecordingReport }];
      assert.deepEqual([line, others], [recorded, []]);
      assert.deepEqual([report.recording, report.outcome], [join(media, 'recorded.flv'), 'made']);
      const { container, health } = results[0] as Awaited<ReturnType<typeof probe>>;
      assert.deepEqual([container, health.verdict], ['flv', 'unfinished']);
      for (const made of ['rec.mp4', 'whole.mp4', 'fixed.flv', 'fixed.ts', 'parts/rec_part0000.ts', 'recorded.flv']) {
        assert.deepEqual(readFileSync(join(own, made)), readFileSync(join(media, made)), made);
      }
    }
  });

  test('does what the README says it does', () => {
    const examples = [...readFileSync(join(projectRoot, 'README.md'), 'utf8').matchAll(/^```js\n(.*?)^```$/gms)];
    assert.equal(examples.length, 2);
    const media = join(folder, 'readme');
    makeMedia(media);
    const recorder = `
      import { EventEmitter } from 'node:events';
      import { createWriteStream, readFileSync } from 'node:fs';
      const nms = new EventEmitter();
      const fileStream = createWriteStream('${media}/live.flv');
      fileStream.write(readFileSync('${media}/torn.flv'));
      setImmediate(() => { fileStream.close(); nms.emit('doneRecord', { filePath: '${media}/live.flv', fileStream }); });
    `;
    cpSync(join(media, 'killed.flv'), join(media, 'torn.flv'));
    const printed = examples.map(([, code], index) => {
      const own = code!.replaceAll('/srv/rec/rec.flv', join(media, 'killed.flv'));
      writeFileSync(join(folder, `example-${index}.mjs`), index === 0 ? own : recorder + own);
      return node(process.execPath, [`example-${index}.mjs`]);
    });
    assert.match(printed[0]!, /^made \[ \[ 'video', \d+, \d+ \], \[ 'audio', \d+, \d+ \] \]\n$/);
    assert.equal(printed[1], `${join(media, 'live.flv')} made\n`);
  });

  const nodes = findNodes();
  const skip =
    nodes === undefined && process.env['CI'] !== 'true'
      ? 'NOT TESTED: no other Node.js here; see .ci/get-nodes'
      : false;
  test('does the same on every Node.js, and nothing by being imported', { skip }, () => {
    assert.ok(nodes !== undefined);
    const seen = nodes.map(({ directory, version }) => {
      const executable = join(directory, 'node');
      const exported = node(executable, ['effect.mjs']);
      const results = ['program.mjs', 'program.cjs'].map((name) => {
        const media = join(folder, `${version}-${name}`);
        makeMedia(media);
        return node(executable, [name, media]).replaceAll(media, '');
      });
      return [exported, ...results];
    });
    assert.equal(
      seen[0]![0],
      'SalvorError combine ffprobeForm fixFlv fixTs probe record remux repair splitFlv splitTs stagingRecordings version\n',
    );
    for (const [index, each] of seen.entries()) assert.deepEqual(each, seen[0], nodes[index]!.version);
  });

  test('has types that every way of resolving finds, and that compile where they are used', async () => {
    const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))));
    assert.ok(result.types !== false);
    // Resolution as it was before there were "exports" is that of no Node.js that runs this.
    assert.deepEqual(
      result.problems.filter((problem) => !('resolutionKind' in problem) || problem.resolutionKind !== 'node10'),
      [],
    );
    const source = `
import { combine, probe, SalvorError, type RecordingReport } from 'salvor';
export async function use(path: string, signal: AbortSignal): Promise<number | undefined> {
  const { health } = await probe(path, { deep: true, signal });
  if (health.verdict === 'complete') return health.durationSeconds;
  try {
    const report: RecordingReport = await combine(path, { recovery: true, onProgress: (done, total) => void (done / total) });
    return report.tracks[0]?.kept.samples;
  } catch (error) {
    if (error instanceof SalvorError && error.kind === 'busy') return undefined;
    throw error;
  }
}
// @ts-expect-error: there is no such verdict
export const wrong = (await probe('x')).health.verdict === 'fine';
`;
    // CommonJS has no await at the top.
    writeFileSync(join(folder, 'uses.mts'), source);
    writeFileSync(join(folder, 'uses.cts'), source.split('// @ts-expect-error')[0]!);
    const words = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', 'uses.mts', 'uses.cts'];
    const types = ['--typeRoots', join(projectRoot, 'node_modules/@types'), '--types', 'node'];
    const compiler = join(projectRoot, 'node_modules/typescript/bin/tsc');
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...words, ...types], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(stdout, '');
    assert.equal(status, 0);
  });
});

describe('a function of the package', () => {
  const kindOf = async (work: Promise<unknown>): Promise<string> => {
    const error: unknown = await work.then(
      () => assert.fail('nothing was thrown'),
      (error_: unknown) => error_,
    );
    assert.ok(error instanceof SalvorError, String(error));
    return error.kind;
  };

  test('throws errors whose kind tells what to do, and leaves everything as it was', async (t) => {
    const folder = join(scratchDirectory(t), 'media');
    makeMedia(folder);
    const at = (name: string): string => join(folder, name);
    const before = readdirSync(folder);
    assert.equal(await kindOf(probe(at('missing.mp4'))), 'unreadable');
    assert.equal(await kindOf(probe(folder)), 'usage');
    assert.equal(await kindOf(combine(at('missing.mp4'))), 'unreadable');
    assert.equal(await kindOf(repair(at('torn.mp4'), { output: at('rec.ts') })), 'output');
    assert.equal(await kindOf(fixFlv(at('rec.ts'))), 'unreadable');
    assert.equal(await kindOf(fixTs(at('killed.flv'))), 'unreadable');
    assert.equal(await kindOf(splitTs(at('rec.ts'), {})), 'usage');
    assert.equal(await kindOf(splitTs([], { count: 2 })), 'usage');
    assert.equal(await kindOf(remux(at('rec.ts'), { output: at('rec.mkv') })), 'usage');
    assert.equal(await kindOf(remux(at('rec.ts'), { output: at('torn.mp4') })), 'output');
    assert.equal(await kindOf(record(at('torn.mp4'), { output: at('new') })), 'unreadable');
    assert.equal(await kindOf(record(at('rec.ts'), { output: folder, dateFolders: true })), 'usage');
    assert.deepEqual(readdirSync(folder), before);
  });

  test('is ended by its signal and tells its progress', async (t) => {
    const folder = join(scratchDirectory(t), 'media');
    makeMedia(folder);
    const at = (name: string): string => join(folder, name);
    const before = readdirSync(folder);
    const signal = AbortSignal.abort();
    assert.equal(await kindOf(probe(at('rec.ts'), { signal, deep: true })), 'interrupted');
    assert.equal(await kindOf(combine(at('rec.mp4'), { signal })), 'interrupted');
    assert.equal(await kindOf(repair(at('torn.mp4'), { signal })), 'interrupted');
    assert.equal(await kindOf(fixFlv(at('killed.flv'), { signal })), 'interrupted');
    assert.equal(await kindOf(fixTs(at('rec.ts'), { signal, output: at('fixed.ts') })), 'interrupted');
    assert.equal(await kindOf(splitTs(at('rec.ts'), { signal, count: 2 })), 'interrupted');
    assert.equal(await kindOf(remux(at('rec.ts'), { signal, output: at('rec.flv') })), 'interrupted');
    assert.deepEqual(readdirSync(folder), before);
    const steps: (readonly [number, number])[] = [];
    const report = await combine(at('rec.mp4'), { onProgress: (done, total) => steps.push([done, total]) });
    assert.equal(report.outcome, 'made');
    assert.ok(steps.length > 0);
    for (const [done, total] of steps) assert.ok(done >= 0 && done <= total, `${done} of ${total}`);
  });

  test('combines one recording; of one in chunks it says how many there are', async (t) => {
    const folder = join(scratchDirectory(t), 'media');
    makeMedia(folder);
    for (const name of readdirSync(folder).filter((each) => each.startsWith('rec.mp4'))) {
      for (const number of ['0001', '0002']) {
        cpSync(join(folder, name), join(folder, name.replace('rec', `cam_part${number}`)));
      }
    }
    const recordings = stagingRecordings(join(folder, 'cam.mp4'));
    assert.deepEqual(recordings, [join(folder, 'cam_part0001.mp4'), join(folder, 'cam_part0002.mp4')]);
    assert.equal(await kindOf(combine(join(folder, 'cam.mp4'))), 'usage');
    for (const recording of recordings) assert.equal((await combine(recording)).outcome, 'made');
    assert.ok(statSync(join(folder, 'cam_part0002.mp4')).size > 0);
  });
});
