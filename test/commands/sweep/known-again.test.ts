/**
 * What a sweep knows again, and what it does not: the same files under other names, the same names with other files, and a tree
 * that goes and comes back while it is watched.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { copyStagingCase } from '../../support/fixtures.ts';
import { programPath, runProgram, startProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { runProcess } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { age } from '../../support/sweep-tree.ts';

const killedFlv = join(fixturesDirectory, 'flv/killed-chunk3.flv');
const killedMp4 = join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4');

interface Report {
  readonly recordings: readonly {
    readonly path: string;
    readonly result: string;
    readonly output?: string;
    readonly seconds?: number;
  }[];
  readonly summary: Readonly<Record<string, number>>;
}

async function sweep(words: readonly string[], cwd?: string): Promise<Report> {
  const all = ['sweep', '--json', '--min-age', '0', ...words];
  const { stdout, stderr } = await runProgram('salvor', all, cwd === undefined ? {} : { cwd });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as Report;
}

/** Those that a worker was asked about. */
function workedOn({ recordings }: Report): string[] {
  return recordings.filter(({ seconds }) => seconds !== undefined).map(({ path }) => path);
}

test('a state file knows files however the tree is named, and lines of paths as they were named once', async (t) => {
  const scratch = scratchDirectory(t);
  const [tree, state] = [join(scratch, 'tree'), join(scratch, 'state')];
  mkdirSync(join(tree, 'cam'), { recursive: true });
  symlinkSync('tree', join(scratch, 'link'));
  copyFileSync(killedFlv, join(tree, 'cam/rec.flv'));
  copyStagingCase('clean', 'short-1s', join(tree, 'set'));
  writeFileSync(join(tree, 'zeros.mp4'), Buffer.alloc(100_000));
  assert.deepEqual(workedOn(await sweep(['--state', state, 'tree'], scratch)).toSorted(), [
    'tree/cam/rec.flv',
    'tree/set/rec.mp4',
    'tree/zeros.mp4',
  ]);
  // The results are recordings, too.
  await sweep(['--state', state, tree]);
  const lines = readFileSync(state, 'utf8');
  const isKnown = async (name: string, cwd: string): Promise<void> => {
    const report = await sweep(['--state', state, name], cwd);
    assert.deepEqual(workedOn(report), [], `${name} in ${cwd}`);
    assert.equal(readFileSync(state, 'utf8'), lines, 'nothing new is remembered');
    assert.deepEqual(
      report.recordings.map(({ result, output }) => [result, output]).toSorted(),
      [
        ['failed', undefined],
        ['finished', join(name, 'cam/rec.fixed.flv')],
        ['finished', join(name, 'set/rec.mp4')],
      ],
      name,
    );
  };
  await isKnown('./tree/', scratch);
  await isKnown('../link', tree);
  await isKnown(join(scratch, 'link'), '/');

  const earlier = lines.replaceAll(scratch, 'elsewhere').replaceAll('elsewhere/', '');
  assert.ok(!earlier.includes(scratch));
  writeFileSync(state, earlier);
  const migrated = await sweep(['--state', state, tree], scratch);
  assert.deepEqual(workedOn(migrated), []);
  assert.equal(readFileSync(state, 'utf8'), earlier);
  // What such lines name is another tree here.
  const elsewhere = join(scratch, 'other');
  mkdirSync(elsewhere);
  renameSync(tree, join(elsewhere, 'moved'));
  mkdirSync(join(elsewhere, 'tree/cam'), { recursive: true });
  copyFileSync(killedFlv, join(elsewhere, 'tree/cam/rec.flv'));
  assert.deepEqual(workedOn(await sweep(['--state', state, 'tree'], elsewhere)), ['tree/cam/rec.flv']);
});

test('one tree under several names is gone through once, and its own folders are, whatever leads to them', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  mkdirSync(join(tree, 'kept'), { recursive: true });
  mkdirSync(join(tree, 'cam'));
  symlinkSync('tree', join(scratch, 'link'));
  for (const name of ['cam/rec.flv', 'kept/original.flv']) copyFileSync(killedFlv, join(tree, name));
  const several = ['tree', './tree/cam', join(scratch, 'link'), join(scratch, 'link/cam/rec.flv')];
  const report = await sweep(['--replace', '--keep', join(scratch, 'link/kept'), ...several], scratch);
  assert.deepEqual(
    report.recordings.map(({ path, result }) => [path, result]),
    [['tree/cam/rec.flv', 'made']],
  );
  assert.equal(report.summary['looked'], 2);
  assert.deepEqual(readdirSync(join(tree, 'kept')), ['cam', 'original.flv']);
});

test('the MP4 of a set that is gone is made again, with a state file as without', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  copyStagingCase('clean', 'short-1s', tree);
  const words = ['--state', join(scratch, 'state'), tree];
  assert.equal((await sweep(words)).summary['made'], 1);
  const made = readFileSync(join(tree, 'rec.mp4'));
  assert.deepEqual(workedOn(await sweep(words)), []);
  unlinkSync(join(tree, 'rec.mp4'));
  assert.equal((await sweep(words)).summary['made'], 1);
  assert.deepEqual(readFileSync(join(tree, 'rec.mp4')), made);
});

test('to keep originals is another thing than not to', async (t) => {
  const scratch = scratchDirectory(t);
  const [tree, keep] = [join(scratch, 'tree'), join(scratch, 'kept')];
  mkdirSync(tree);
  const whole = readFileSync(killedMp4);
  const torn = Buffer.concat([whole.subarray(0, 40_000), Buffer.alloc(5000), whole.subarray(45_000)]);
  writeFileSync(join(tree, 'rec.mp4'), torn);
  const words = ['--state', join(scratch, 'state'), '--replace', tree];
  await sweep(words);
  assert.deepEqual(readdirSync(tree), ['rec.mp4', 'rec.repaired.mp4'], 'media was lost');
  await sweep(['--keep', keep, ...words]);
  assert.deepEqual([readdirSync(tree), readdirSync(keep)], [['rec.mp4'], ['rec.mp4']]);
  assert.deepEqual(readFileSync(join(keep, 'rec.mp4')), torn);
});

test('a file of others that is named after a recording keeps it from nothing', async (t) => {
  const tree = scratchDirectory(t);
  copyFileSync(killedMp4, join(tree, 'rec.mp4'));
  writeFileSync(join(tree, 'rec.mp4.info'), 'a title, and what it is about');
  assert.equal((await sweep([tree])).summary['made'], 1);
  assert.deepEqual(readdirSync(tree), ['rec.mp4', 'rec.mp4.info', 'rec.repaired.mp4']);
});

test('a state file that cannot be written costs no recording', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  mkdirSync(tree);
  writeFileSync(join(tree, 'zeros.mp4'), Buffer.alloc(100_000));
  writeFileSync(join(tree, 'notes.txt'), 'no recording');
  age(tree);
  const line = `ulimit -f 0; exec "$0" "$1" sweep --state "$2/state" "$2/tree"`;
  const { status, stderr, stdout } = await runProcess('sh', [
    '-c',
    line,
    process.execPath,
    programPath('salvor'),
    scratch,
  ]);
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^salvor: .*state: the file would be larger than the system allows; nothing more is remembered there/m,
  );
  assert.match(stderr, /^failed {2}.*zeros\.mp4: /m);
  assert.equal(stderr.trim().split('\n').length, 2, stderr);
  assert.match(stdout, /^1 could not be repaired; 2 looked at/);
});

test('a state file that is something else is left as it is', async (t) => {
  const tree = scratchDirectory(t);
  copyFileSync(killedFlv, join(tree, 'rec.flv'));
  const { status, stderr } = await runProgram('salvor', ['sweep', '--state', join(tree, 'rec.flv'), tree]);
  assert.equal(status, 1);
  assert.match(stderr, /rec\.flv: holds something else; nothing was added to it/);
  assert.deepEqual(readFileSync(join(tree, 'rec.flv')), readFileSync(killedFlv));
  assert.deepEqual(readdirSync(tree), ['rec.flv']);
});

test('a state file most of which is out of date is written anew, and says the same', async (t) => {
  const scratch = scratchDirectory(t);
  const [tree, state] = [join(scratch, 'tree'), join(scratch, 'state')];
  mkdirSync(tree);
  writeFileSync(join(tree, 'zeros.mp4'), Buffer.alloc(100_000));
  copyFileSync(killedFlv, join(tree, 'rec.flv'));
  await sweep(['--state', state, tree]);
  await sweep(['--state', state, tree]);
  const lines = readFileSync(state, 'utf8').trim().split('\n');
  const stale = lines.map((line) => line.replace(/"k":"[^"]*"/, '"k":"0:0:0"'));
  // Longer than what is read at a time, so that lines lie across.
  const repeated = Array.from({ length: 600 }, () => stale).flat();
  writeFileSync(state, `${[...repeated, ...lines].join('\n')}\n{"p":"torn`);
  assert.deepEqual(workedOn(await sweep(['--state', state, tree])), []);
  assert.deepEqual(readFileSync(state, 'utf8').trim().split('\n').toSorted(), lines.toSorted());
  assert.deepEqual(workedOn(await sweep(['--state', state, tree])), []);
});

test('a tree that is removed and made again is watched on, and what is told once is not told again', async (t) => {
  const scratch = scratchDirectory(t);
  const tree = join(scratch, 'tree');
  const put = (name: string, content: Buffer): void => {
    mkdirSync(tree, { recursive: true });
    writeFileSync(join(tree, name), content);
    utimesSync(join(tree, name), 1_000_000_000, 1_000_000_000);
  };
  const until = async (isSo: () => boolean, what: string): Promise<void> => {
    for (let round = 0; round < 300 && !isSo(); round++) await sleep(100);
    assert.ok(isSo(), what);
  };
  put('zeros.mp4', Buffer.alloc(100_000));
  const words = ['sweep', '--watch', '--interval', '200ms', '--state', join(tree, '.state'), tree];
  const { child, done } = startProgram('salvor', words);
  const said = { out: '', err: '' };
  child.stdout!.on('data', (text: Buffer) => void (said.out += text.toString()));
  child.stderr!.on('data', (text: Buffer) => void (said.err += text.toString()));
  const failures = (): number => said.err.split('zeros.mp4').length - 1;
  await until(() => failures() === 1, 'what cannot be repaired is told');
  rmSync(tree, { recursive: true });
  await until(() => /no such file or directory/.test(said.err), 'that it is gone is told');
  // Some more looks at what is not there.
  await sleep(600);
  put('zeros.mp4', Buffer.alloc(100_000));
  put('rec.flv', readFileSync(killedFlv));
  await until(() => existsSync(join(tree, 'rec.fixed.flv')), 'what is there then is finished');
  await until(() => failures() === 2, 'what has come back is told of again');
  await sleep(600);
  child.kill('SIGTERM');
  assert.equal((await done).status, 143);
  assert.deepEqual([failures(), said.err.trim().split('\n').length], [2, 3], said.err);
  assert.match(readFileSync(join(tree, '.state'), 'utf8'), /rec\.flv/);
  assert.ok(said.out.split('\n').length <= 5, said.out);
});
