/**
 * `salvor sweep` on trees of genuine recordings: what can be finished is, everything else stays as it was, and a second sweep
 * changes nothing. Run as cron does, without a terminal.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  utimesSync,
  writeFileSync,
  openSync,
  closeSync,
  appendFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { copyStagingCase } from '../../support/fixtures.ts';
import { noFaults } from '../../support/faults.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { killAfterNaming, temporariesIn } from '../../support/leavings.ts';
import { programPath, runProgram, startProgram } from '../../support/programs.ts';
import { runProcess } from '../../support/run-process.ts';
import { fixturesDirectory } from '../../support/project.ts';
import type { ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { runKillTrial } from '../../support/kill-trial.ts';
import { age, foldersOf, makeTree, stateOf } from '../../support/sweep-tree.ts';
import { trialCount } from '../../support/trials.ts';

/** The environment that cron gives. */
const cron = ['PATH=/usr/bin:/bin', 'HOME=/', 'SHELL=/bin/sh'];

/** Runs `salvor sweep` with one worker: what it does is the same with more, and each is a process to start. */
async function sweep(...args: readonly string[]): Promise<ProcessResult> {
  return runProgram('salvor', ['sweep', '-j', '1', ...args]);
}

/** Writes a finished FLV whose duration was never filled in, and gives what it has to become. */
async function withoutDuration(path: string): Promise<Buffer> {
  copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), path);
  assert.equal((await runProgram('salvor', ['flv-fix', '-q', path])).status, 0);
  const intact = readFileSync(path);
  const zero = Buffer.from(intact);
  zero.fill(0, zero.indexOf('duration') + 9, zero.indexOf('duration') + 17);
  writeFileSync(path, zero);
  return intact;
}

const noFault = noFaults === undefined ? {} : { skip: noFaults };

const results = [
  'cam 1/killed.fixed.flv',
  'cam 1/deeper/named like nothing.repaired.mp4',
  "it's/rec\n$(x).fixed.ts",
  'set/rec.mp4',
];

test('a tree is finished by one line, and the second sweep finds nothing to do', needs('ffprobe'), async (t) => {
  const root = join(scratchDirectory(t), 'tree');
  mkdirSync(root);
  makeTree(root);
  copyFileSync(join(root, 'cam 1/killed.flv'), join(root, 'other/recorded now.flv'));
  age(root);
  const before = stateOf(root);

  const dry = await sweep('-n', root);
  assert.equal(dry.status, 0, dry.stderr);
  assert.match(dry.stdout, /5 to be finished/);
  assert.deepEqual(stateOf(root), before, 'a dry run changes nothing');

  // As cron runs it; meanwhile a recorder has a recording open.
  const open = openSync(join(root, 'other/recorded now.flv'), 'r+');
  const swept = await runProcess('env', ['-i', ...cron, process.execPath, programPath('salvor'), 'sweep', root]);
  closeSync(open);
  assert.equal(swept.status, 75, swept.stderr);
  assert.equal(swept.stderr, '');
  assert.match(swept.stdout, /^4 finished, 1 still being written; \d+ looked at in /m);
  const after = stateOf(root);
  const changed = [...after.keys()].filter((name) => after.get(name) !== before.get(name));
  assert.deepEqual(changed.sort(), results.toSorted());
  for (const name of changed) {
    assert.ok((await probePackets(join(root, name), { asStored: true })).length > 20, name);
  }

  const folders = foldersOf(root);
  const again = await runProgram('salvor', ['sweep', '--min-age', '0', '--exclude', 'recorded now*', root]);
  assert.deepEqual([again.status, again.stdout, again.stderr], [0, '', '']);
  assert.deepEqual(stateOf(root), after);
  assert.deepEqual(foldersOf(root), folders, 'not even a lock was laid');
});

test('what cannot be repaired is named, with why, and what is being written is left', async (t) => {
  const root = scratchDirectory(t);
  writeFileSync(join(root, 'zeros.mp4'), Buffer.alloc(100_000));
  writeFileSync(join(root, 'young.flv'), readFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv')));
  copyFileSync(join(root, 'young.flv'), join(root, 'open.flv'));
  age(root);
  utimesSync(join(root, 'young.flv'), Date.now() / 1000, Date.now() / 1000);
  const before = stateOf(root);
  const open = openSync(join(root, 'open.flv'), 'r+');
  try {
    const { status, stdout, stderr } = await sweep('--json', root);
    assert.equal(status, 1);
    const { recordings, summary } = JSON.parse(stdout) as {
      recordings: { path: string; result: string; reason?: string }[];
      summary: Record<string, number>;
    };
    assert.deepEqual(recordings.map(({ path, result }) => [path.slice(root.length + 1), result]).sort(), [
      ['open.flv', 'busy'],
      ['young.flv', 'busy'],
      ['zeros.mp4', 'failed'],
    ]);
    assert.ok(recordings.every(({ reason }) => reason !== undefined && reason.length > 10));
    assert.equal(summary['busy'], 2);
    assert.equal(stderr, '');
    const quiet = await sweep('-q', '--exclude', 'zeros*', root);
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [75, '', '']);
  } finally {
    closeSync(open);
  }
  assert.deepEqual(stateOf(root), before);
});

test('results go to a directory, each at its place, and originals stay as they were', async (t) => {
  const scratch = scratchDirectory(t);
  const [root, out] = [join(scratch, 'tree'), join(scratch, 'out')];
  mkdirSync(root);
  makeTree(root);
  const before = stateOf(root);
  let folders: [string, number][] = [];
  for (const round of [1, 2]) {
    const { status, stderr, stdout } = await sweep('-o', out, root);
    assert.equal(status, 0, `${round}: ${stderr}`);
    if (round === 2) assert.deepEqual([stdout, foldersOf(out)], ['', folders]);
    folders = foldersOf(out);
  }
  assert.deepEqual(stateOf(root), before);
  assert.deepEqual(
    [...stateOf(out).keys()],
    ['cam 1/deeper/named like nothing.mp4', 'cam 1/killed.flv', "it's/rec\n$(x).ts", 'set/rec.mp4'],
  );
});

test('results take the place of the originals, which are kept', async (t) => {
  const scratch = scratchDirectory(t);
  const [root, kept] = [join(scratch, 'tree'), join(scratch, 'kept')];
  mkdirSync(root);
  makeTree(root);
  const before = stateOf(root);
  const { status, stderr } = await sweep('--replace', '--keep', kept, root);
  assert.equal(status, 0, stderr);
  const after = stateOf(root);
  const [gone, changed] = [
    [...before.keys()].filter((name) => !after.has(name)),
    [...after.keys()].filter((name) => after.get(name) !== before.get(name)),
  ];
  assert.deepEqual(gone, ['set/rec.mp4.info', 'set/rec.mp4.mdat', 'set/rec.mp4.track1', 'set/rec.mp4.track2']);
  assert.deepEqual(changed, [
    'cam 1/deeper/named like nothing.tmp',
    'cam 1/killed.flv',
    "it's/rec\n$(x).ts",
    'set/rec.mp4',
  ]);
  // Every byte that was there is somewhere still.
  const originals = stateOf(kept);
  for (const name of [...gone, ...changed]) {
    if (name !== 'set/rec.mp4') assert.equal(originals.get(name), before.get(name), name);
  }
  const again = await sweep('--replace', '--keep', kept, root);
  assert.deepEqual([again.status, again.stdout, again.stderr], [0, '', '']);
  assert.deepEqual(stateOf(root), after);
});

test('what a killed sweep had made is put in its place, and what is kept within the tree is not swept', async (t) => {
  const root = scratchDirectory(t);
  const rec = join(root, 'rec.mp4');
  copyFileSync(join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4'), rec);
  copyStagingCase('clean', 'short-1s', join(root, 'set'));
  const original = readFileSync(rec);
  assert.equal((await runProgram('salvor', ['repair', '-q', rec])).status, 0);
  assert.equal((await runProgram('salvor', ['mp4writer', '-q', join(root, 'set/rec.mp4')])).status, 0);
  const repaired = readFileSync(join(root, 'rec.repaired.mp4'));
  const kept = join(root, 'kept');
  // It had kept the original, too.
  mkdirSync(kept);
  linkSync(rec, join(kept, 'rec.mp4'));
  age(root);
  const line = ['--replace', '--keep', kept, root];
  const { status, stderr } = await sweep(...line);
  assert.deepEqual([status, stderr], [0, '']);
  assert.deepEqual(readFileSync(rec), repaired);
  assert.deepEqual(readFileSync(join(kept, 'rec.mp4')), original);
  assert.deepEqual(readdirSync(join(root, 'set')), ['rec.mp4']);
  assert.equal(readdirSync(join(kept, 'set')).length, 4);
  assert.ok(!existsSync(join(root, 'rec.repaired.mp4')));
  const again = await sweep(...line);
  assert.deepEqual([again.status, again.stdout, again.stderr], [0, '', '']);
});

test('two recordings whose results would have one name both get one', async (t) => {
  const root = scratchDirectory(t);
  const folder = join(fixturesDirectory, 'go-rtmp');
  copyFileSync(join(folder, 'h265_inband_aac_kill193/recording.mp4'), join(root, 'rec.mp4'));
  const whole = readFileSync(join(folder, 'h265_segments_clean/recording.mp4'));
  writeFileSync(join(root, 'earlier.mp4'), whole);
  writeFileSync(join(root, 'rec.mov'), whole.subarray(0, whole.lastIndexOf('moov', undefined, 'latin1') - 4));
  age(root);
  for (const round of [1, 2]) {
    const { status, stderr, stdout } = await sweep(root);
    assert.deepEqual([status, stderr], [0, ''], String(round));
    if (round === 2) assert.equal(stdout, '');
  }
  const made = readdirSync(root).filter((name) => name.includes('.repaired'));
  assert.deepEqual(made, ['rec.mp4.repaired.mp4', 'rec.repaired.mp4']);
});

test('on a full disk what needs no room is done, what is intact is no failure, and the rest is for later', async (t) => {
  const root = join(scratchDirectory(t), 'tree');
  const state = join(scratchDirectory(t), 'state');
  mkdirSync(root);
  makeTree(root);
  await withoutDuration(join(root, 'other/values.flv'));
  age(root);
  const before = stateOf(root);
  const full = await sweep('--reserve', '99.999999%', '--state', state, '--json', root);
  assert.equal(full.status, 1, full.stderr);
  const { recordings } = JSON.parse(full.stdout) as {
    recordings: { path: string; result: string; reason?: string }[];
  };
  const told = recordings.map(({ path, result }) => `${path.slice(root.length + 1)}: ${result}`);
  assert.deepEqual(told.sort(), [
    'cam 1/deeper/named like nothing.tmp: failed',
    'cam 1/killed.flv: failed',
    "it's/rec\n$(x).ts: failed",
    'other/values.flv: made',
    'set/rec.mp4: failed',
  ]);
  for (const { result, reason } of recordings) {
    if (result === 'failed') assert.match(reason!, /no room for the result: it may need \d+ bytes/);
  }
  const after = stateOf(root);
  assert.deepEqual(
    [...after.keys()].filter((name) => after.get(name) !== before.get(name)),
    ['other/values.flv'],
  );
  // As soon as there is room they are tried again, whatever the state file remembers.
  const again = await sweep('--state', state, root);
  assert.equal(again.status, 0, again.stdout);
  assert.match(again.stdout, /^4 finished/m);
});

test('an FLV in which only a value is wrong is patched where it lies', async (t) => {
  const root = scratchDirectory(t);
  const path = join(root, 'rec.flv');
  const intact = await withoutDuration(path);
  age(root);
  const { status, stdout } = await sweep(root);
  assert.equal(status, 0);
  assert.match(stdout, /patched in place/);
  assert.deepEqual(readdirSync(root), ['rec.flv']);
  assert.deepEqual(readFileSync(path), intact);
});

test('without --keep an original is replaced only where nothing of it was lost', async (t) => {
  const root = scratchDirectory(t);
  const whole = readFileSync(join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4'));
  writeFileSync(join(root, 'rec.mp4'), whole);
  copyStagingCase('clean', 'short-1s', root);
  const set = ['rec.mp4.info', 'rec.mp4.mdat', 'rec.mp4.track1', 'rec.mp4.track2'];
  assert.ok(set.every((name) => existsSync(join(root, name))));
  mkdirSync(join(root, 'torn'));
  writeFileSync(join(root, 'torn/rec.mp4'), whole.subarray(0, whole.length - 300));
  writeFileSync(
    join(root, 'torn/rec.mp4'),
    Buffer.concat([whole.subarray(0, 40_000), Buffer.alloc(5000), whole.subarray(45_000)]),
  );
  age(root);
  const { status, stdout, stderr } = await sweep('--replace', join(root, 'torn'));
  assert.equal(status, 1, stdout);
  assert.match(stderr, /media was lost, so the original stays/);
  assert.deepEqual(readdirSync(join(root, 'torn')), ['rec.mp4', 'rec.repaired.mp4']);
});

test('a state file spares the second look, and what failed is tried again only when asked', async (t) => {
  const scratch = scratchDirectory(t);
  const [root, state] = [join(scratch, 'tree'), join(scratch, 'state')];
  mkdirSync(root);
  makeTree(root);
  writeFileSync(join(root, 'zeros.mp4'), Buffer.alloc(100_000));
  age(root);
  const sweepWith = async (...more: string[]) => sweep('--state', state, ...more, root);
  assert.equal((await sweepWith()).status, 1);
  age(root);
  await sweepWith('--min-age', '0');
  const lines = readFileSync(state, 'utf8').split('\n').length;
  // A torn line, as a kill leaves it, is no line.
  appendFileSync(state, '{"p":"half');
  appendFileSync(state, '\n');
  const second = await sweepWith('--min-age', '0', '--json');
  assert.equal(second.status, 1);
  const { recordings } = JSON.parse(second.stdout) as {
    recordings: { path: string; result: string; seconds?: number }[];
  };
  assert.deepEqual(
    recordings.filter(({ seconds }) => seconds !== undefined),
    [],
    'no worker has looked at anything',
  );
  assert.equal(readFileSync(state, 'utf8').split('\n').length, lines + 1);
  const third = await sweepWith('--min-age', '0', '--json', '--retry');
  const retried = (JSON.parse(third.stdout) as typeof second & { recordings: { path: string; seconds?: number }[] })
    .recordings;
  assert.deepEqual(
    retried.filter(({ seconds }) => seconds !== undefined).map(({ path }) => path),
    [join(root, 'zeros.mp4')],
  );
});

test('a worker that dies or hangs costs one recording, said as such', async (t) => {
  const root = scratchDirectory(t);
  const killed = join(fixturesDirectory, 'flv/killed-chunk3.flv');
  for (const name of ['a', 'b', 'c']) copyFileSync(killed, join(root, `${name}.flv`));
  age(root);
  const before = stateOf(root);
  const hung = await sweep('--timeout', '1ms', root);
  assert.equal(hung.status, 1);
  assert.match(hung.stderr, /it took longer than/);
  assert.deepEqual(stateOf(root), before);
  const large = await sweep('--max-memory', '10M', '--timeout', '1h', root);
  assert.ok(large.status === 0 || /more than 10000000 bytes of memory/.test(large.stderr), large.stderr);
  const { status } = await sweep(root);
  assert.equal(status, 0);
});

test(
  'what a run left that was killed as its result had got its name goes, though nothing else is to be done',
  noFault,
  async (t) => {
    const scratch = scratchDirectory(t);
    const [root, out] = [join(scratch, 'tree'), join(scratch, 'out')];
    for (const folder of [root, out]) mkdirSync(folder);
    const recording = join(root, 'rec.flv');
    copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), recording);
    age(root);
    await killAfterNaming(recording, join(root, 'rec.fixed.flv'), join(scratch, 'once'));
    await killAfterNaming(recording, join(out, 'rec.flv'), join(scratch, 'twice'));
    assert.equal((await sweep('-n', root)).status, 0);
    assert.equal(temporariesIn(root).length, 1, 'a dry run removes nothing');
    const before = stateOf(root);
    const { status, stdout, stderr } = await sweep('-o', out, '--min-age', '0', root);
    assert.deepEqual([status, stdout, stderr], [0, '', '']);
    assert.deepEqual([temporariesIn(root), temporariesIn(out)], [[], []]);
    assert.deepEqual(
      [...stateOf(root)],
      [...before].filter(([name]) => !name.startsWith('.')),
    );
  },
);

test('killed at any moment, the next sweep ends the same; two at once do no harm', async (t) => {
  await runKillTrial(scratchDirectory(t), { kills: trialCount(10, 2), killsPerTree: 5, seed: 18 });
});

test('a command is run after each finished recording, by no shell, with the report on its input', async (t) => {
  const root = scratchDirectory(t);
  copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), join(root, "a $(b) 'c'.flv"));
  age(root);
  const script = join(root, 'after.sh');
  writeFileSync(script, `#!/bin/sh\ncat > "$1.told"\n`, { mode: 0o755 });
  const { status, stderr } = await sweep('--exec', `'${script}' {}`, root);
  assert.equal(status, 0, stderr);
  const told = JSON.parse(readFileSync(join(root, "a $(b) 'c'.fixed.flv.told"), 'utf8')) as {
    result: string;
    verb: string;
  };
  assert.deepEqual([told.result, told.verb], ['made', 'flv-fix']);
  copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), join(root, 'second.flv'));
  age(root);
  const failing = await sweep('--exec', 'false {}', root);
  assert.equal(failing.status, 1);
  assert.match(failing.stderr, /false ended with 1/);
});

test('a watch takes up what falls silent, and ends when asked', async (t) => {
  const root = scratchDirectory(t);
  const { child, done } = startProgram('salvor', [
    'sweep',
    '--watch',
    '--interval',
    '200ms',
    '--min-age',
    '300ms',
    root,
  ]);
  await sleep(700);
  copyFileSync(join(fixturesDirectory, 'flv/killed-chunk3.flv'), join(root, 'rec.flv'));
  // It is told when the result was looked at, a while after it has got its name.
  let said = '';
  child.stdout!.on('data', (text: Buffer) => void (said += text.toString()));
  for (let round = 0; round < 300 && !said.includes('fixed  '); round++) await sleep(100);
  assert.ok(existsSync(join(root, 'rec.fixed.flv')));
  child.kill('SIGTERM');
  const { status, stdout } = await done;
  assert.equal(status, 143);
  assert.match(stdout, /fixed {2}/);
});

test('beside a recorder that goes on writing, a recording is finished when it has fallen silent, and whole', async (t) => {
  const root = scratchDirectory(t);
  const killed = join(fixturesDirectory, 'flv/killed-chunk3.flv');
  const [path, result] = [join(root, 'rec.flv'), join(root, 'rec.fixed.flv')];
  const watch = ['sweep', '--watch', '--interval', '100ms', '--min-age', '2s', root];
  const { child, done } = startProgram('salvor', watch);
  const bytes = readFileSync(killed);
  const pieces = 40;
  for (let piece = 0; piece < pieces; piece++) {
    const at = (number: number): number => Math.floor((bytes.length * number) / pieces);
    // Opened for each piece: that nobody holds it open says nothing.
    appendFileSync(path, bytes.subarray(at(piece), at(piece + 1)));
    await sleep(60);
    assert.ok(!existsSync(result), `finished after ${piece} of ${pieces}`);
  }
  for (let round = 0; round < 200 && !existsSync(result); round++) await sleep(100);
  child.kill('SIGTERM');
  assert.equal((await done).status, 143);
  assert.deepEqual(readFileSync(path), bytes);
  const whole = join(root, 'whole.flv');
  copyFileSync(killed, whole);
  assert.equal((await runProgram('salvor', ['flv-fix', '-q', whole])).status, 0);
  const sizes = async (file: string): Promise<string[]> =>
    (await probePackets(file, { asStored: true })).map(({ kind, ptsTicks, sha1 }) => `${kind} ${ptsTicks} ${sha1}`);
  assert.deepEqual(await sizes(result), await sizes(whole));
});
