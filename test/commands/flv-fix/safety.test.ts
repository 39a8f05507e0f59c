/**
 * A recording is somebody's only copy: whatever happens while it is repaired, the file is as it was or as it should be, and
 * nothing half-made is left that a second run does not clear away.
 */
import assert from 'node:assert/strict';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { describe, test } from 'node:test';
import { emsFlv, goRecording } from '../../flv/recordings.ts';
import { noUnwritableDirectory, whileUnwritable } from '../../io/unwritable-directory.ts';
import { mutants } from '../../support/damage.ts';
import { measureProgram, programPath, runProgram, startProgram } from '../../support/programs.ts';
import { runProcess, type ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { age, fix, fixed, flvBytes, flvTags, place, type FlvTag } from './flv-tags.ts';
import { trialStep } from '../../support/trials.ts';

/** Files that are repaired in the two ways there are. */
const torn = Buffer.from(emsFlv('killed-chunk3'));

async function patchable(t: Lifetime): Promise<Buffer> {
  const bytes = await fixed(place(scratchDirectory(t), 'whole.flv', torn));
  const at = bytes.indexOf('duration') + 'duration'.length + 1;
  return Buffer.from(bytes).fill(0, at, at + 8);
}

function runWithFault(path: string, fault: string): Promise<ProcessResult> {
  const preload = pathToFileURL(join(import.meta.dirname, '../../io/fault-at-call.js')).href;
  return runProcess(process.execPath, ['--import', preload, programPath('salvor'), 'flv-fix', '-q', path], {
    env: { SALVOR_FAULT: fault },
  });
}

describe('killed or failing at any call that changes the disk', () => {
  for (const way of ['patched', 'rewritten'] as const) {
    test(`a file that is ${way} is as it was or as it should be, and a second run ends as an undisturbed one`, async (t) => {
      const before = way === 'patched' ? await patchable(t) : torn;
      const right = await fixed(place(scratchDirectory(t), 'right.flv', before));
      for (const what of ['kill', 'ENOSPC']) {
        for (let call = 1; ; call += trialStep(3)) {
          const directory = scratchDirectory(t);
          const path = place(directory, 'rec.flv', before);
          const result = await runWithFault(path, `${what}:${call}`);
          const after = readFileSync(path);
          assert.ok(after.equals(before) || after.equals(right), `${what} at call ${call}`);
          if (what === 'ENOSPC') assert.deepEqual(readdirSync(directory), ['rec.flv'], `left at call ${call}`);
          if (result.status === 0) {
            assert.ok(after.equals(right));
            assert.ok(call > (way === 'patched' ? 3 : 4), `only ${call} calls`);
            break;
          }
          assert.ok(what === 'kill' || result.status === 1, result.stderr);
          age(path);
          assert.equal((await fix('-q', path)).status, 0);
          assert.ok(readFileSync(path).equals(right), `second run after ${what} at call ${call}`);
          assert.deepEqual(readdirSync(directory), ['rec.flv']);
        }
      }
    });
  }
});

test(
  'a file that may only be read stays, and the message says why',
  { skip: noUnwritableDirectory ?? false },
  async (t) => {
    for (const bytes of [torn, await patchable(t)]) {
      const directory = scratchDirectory(t);
      const path = place(directory, 'rec.flv', bytes);
      await whileUnwritable(process.getuid?.() === 0 && bytes !== torn ? path : directory, async () => {
        if (process.getuid?.() !== 0) chmodSync(path, 0o444);
        const { status, stderr } = await fix(path);
        assert.equal(status, 1, stderr);
        assert.match(stderr, /rec\.flv: permission to write there is denied; nothing was changed/);
      });
      assert.ok(readFileSync(path).equals(bytes));
    }
  },
);

test('a recording that is still being written is refused with 75, and repaired with --force', async (t) => {
  for (const bytes of [torn, await patchable(t)]) {
    const path = place(scratchDirectory(t), 'rec.flv', bytes);
    const timer = setInterval(() => appendFileSync(path, Buffer.alloc(50, 1)), 20);
    await sleep(40);
    const { status, stderr } = await fix(path);
    clearInterval(timer);
    assert.equal(status, 75, stderr);
    assert.match(stderr, /is still being written; nothing was changed; wait until/);
    assert.ok(readFileSync(path).subarray(0, bytes.length).equals(bytes));
    assert.equal((await fix('--force', path)).status, 0);
  }
});

test(
  'a recording that somebody has open to write to is refused however long it stood still, and one that is read is not',
  { skip: process.platform === 'linux' ? false : 'only Linux tells who has a file open' },
  async (t) => {
    // This process is the recorder, so another one has to look.
    const fixElsewhere = async (path: string): Promise<ProcessResult> => runProgram('salvor', ['flv-fix', path]);
    for (const bytes of [torn, await patchable(t)]) {
      const path = place(scratchDirectory(t), 'rec.flv', bytes);
      const recorder = openSync(path, 'a');
      const { status, stderr } = await fixElsewhere(path);
      closeSync(recorder);
      assert.equal(status, 75, stderr);
      assert.match(stderr, new RegExp(`nothing was changed; wait until process ${process.pid} has closed it`));
      assert.ok(readFileSync(path).equals(bytes));
      const reader = openSync(path, 'r');
      assert.equal((await fixElsewhere(path)).status, 0);
      closeSync(reader);
    }
  },
);

test('an output is never replaced without --force, and the input of one stays as it is', async (t) => {
  const directory = scratchDirectory(t);
  for (const bytes of [torn, await patchable(t)]) {
    const path = place(directory, 'rec.flv', bytes);
    const output = place(directory, 'out.flv', Buffer.from('somebody needs this'));
    const refused = await fix('-o', output, path);
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /out\.flv: the file exists already; use --force/);
    assert.equal(readFileSync(output, 'utf8'), 'somebody needs this');
    assert.equal((await fix('-f', '-o', output, path)).status, 0);
    assert.ok(readFileSync(path).equals(bytes));
    assert.ok(flvTags(readFileSync(output)).length > 10);
  }
});

test('a backup holds the file as it was, and one that is there already stays', async (t) => {
  const directory = scratchDirectory(t);
  for (const [name, bytes] of [
    ['a.flv', torn],
    ['b.flv', await patchable(t)],
  ] as const) {
    const path = place(directory, name, bytes);
    chmodSync(path, 0o640);
    assert.equal((await fix('--backup', path)).status, 0);
    assert.ok(readFileSync(`${path}.bak`).equals(bytes));
    assert.equal(statSync(`${path}.bak`).mode & 0o777, 0o640);
    writeFileSync(path, bytes);
    age(path);
    assert.equal((await fix('--backup', path)).status, 0, 'a backup with the same bytes is one of this file');
    writeFileSync(path, bytes);
    age(path);
    writeFileSync(`${path}.bak`, 'of another file');
    const other = await fix('--backup', path);
    assert.equal(other.status, 1);
    assert.match(other.stderr, /\.bak: the file exists already/);
    assert.ok(readFileSync(path).equals(bytes));
    assert.equal(readFileSync(`${path}.bak`, 'utf8'), 'of another file');
    writeFileSync(`${path}.bak`, bytes);
  }
  // A directory is gone through every night: what was kept is not repaired too.
  assert.equal((await fix('-r', '-f', directory)).status, 0);
  assert.ok(readFileSync(join(directory, 'a.flv.bak')).equals(torn));
});

test('what cannot be read in a directory is told, and everything else there is repaired', async (t) => {
  const directory = scratchDirectory(t);
  place(directory, 'a.flv', Buffer.from('not an FLV at all'));
  const path = place(directory, 'b.flv', torn);
  const { status, stdout, stderr } = await fix('-r', directory, join(directory, 'none.flv'));
  assert.equal(status, 1);
  assert.match(stderr, /a\.flv: is not an FLV/);
  assert.match(stderr, /none\.flv: no such file/);
  assert.match(stdout, /^fixed {2}\S*b\.flv: /);
  assert.ok(!readFileSync(path).equals(torn));
});

test('a dry run changes nothing and says what it would do; --strict tells of lost media by its exit code', async (t) => {
  const directory = scratchDirectory(t);
  const path = place(directory, 'rec.flv', torn);
  const { status, stdout, stderr } = await fix('-n', '--strict', path);
  assert.equal(status, 3);
  assert.match(stdout, /^would fix {2}/);
  assert.match(stderr, /^lost {2}.*1 truncated video tag/);
  assert.ok(readFileSync(path).equals(torn));
  assert.deepEqual(readdirSync(directory), ['rec.flv']);
});

test('mode and owner stay, a link stays a link, and what is named twice is repaired once', async (t) => {
  const directory = scratchDirectory(t);
  const path = place(directory, 'rec.flv', torn);
  chmodSync(path, 0o640);
  symlinkSync(path, join(directory, 'link.flv'));
  const { status, stdout } = await fix(join(directory, 'link.flv'), join(directory, 'link.flv'));
  assert.deepEqual([status, stdout.trim().split('\n').length], [0, 1]);
  assert.equal(statSync(path).mode & 0o777, 0o640);
  assert.ok(!readFileSync(path).equals(torn));
});

test('an interrupt leaves the file as it was and ends with 130', async (t) => {
  const directory = scratchDirectory(t);
  const frame: FlvTag = { type: 9, timestamp: 0, data: Buffer.alloc(100_000, 0x27) };
  const bytes = flvBytes(Array.from({ length: 1500 }, (_, index) => ({ ...frame, timestamp: index * 40 })));
  const path = place(directory, 'rec.flv', bytes);
  const running = startProgram('salvor', ['flv-fix', '--index', path]);
  const hasBegun = (): boolean => readdirSync(directory).some((name) => name.includes('.salvor-'));
  while (!hasBegun() && running.child.exitCode === null) await sleep(1);
  running.child.kill('SIGINT');
  const { status } = await running.done;
  // It may have been done before the signal came.
  if (status === 0) return;
  assert.equal(status, 130);
  assert.deepEqual(readdirSync(directory), ['rec.flv']);
  assert.equal(statSync(path).size, bytes.length);
});

test('strange bytes make it neither crash nor hang nor lose anything', async (t) => {
  const directory = scratchDirectory(t);
  const whole = new Uint8Array(goRecording('h264_aac', 'recording.flv'));
  const paths: string[] = [];
  const before = new Map<string, Buffer>();
  for (const { bytes, description } of mutants(whole, { seed: 900, count: 120, other: emsFlv('video-only') })) {
    const path = place(directory, `${description.replaceAll(/\W+/g, '_').slice(0, 60)}-${paths.length}.flv`, bytes);
    paths.push(path);
    before.set(path, Buffer.from(bytes));
  }
  const options = ['--index', '--retime', '--dedupe-headers', '-q'];
  const { status, stderr } = await fix(...options, '-o', `${directory}/out/`, ...paths);
  assert.ok(status === 0 || status === 1, stderr);
  assert.doesNotMatch(stderr, /this is a fault in|\n {4}at /);
  for (const [path, bytes] of before) assert.ok(readFileSync(path).equals(bytes), path);
  const repaired = await fix(...options, ...paths);
  assert.doesNotMatch(repaired.stderr, /this is a fault in|\n {4}at /);
  const sound: string[] = [];
  for (const path of paths) if (!repaired.stderr.includes(path)) sound.push(path);
  assert.ok(sound.length > paths.length / 2);
  // What was repaired is flawless, and a second run finds nothing to do.
  for (const path of sound) flvTags(readFileSync(path));
  const again = await fix(...options.filter((option) => option !== '-q'), ...sound);
  for (const line of again.stdout.trim().split('\n')) assert.match(line, /^intact /);
});

test('a day of small tags takes no more than 120 MB', async (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, 'day.flv');
  const sound: FlvTag = { type: 8, timestamp: 0, data: Buffer.from('af0121', 'hex') };
  const picture: FlvTag = { type: 9, timestamp: 0, data: Buffer.from('27010000000000000141', 'hex') };
  const key: FlvTag = { type: 9, timestamp: 0, data: Buffer.from('17010000000000000165', 'hex') };
  writeFileSync(path, flvBytes([]));
  for (let second = 0; second < 86_400; second += 600) {
    const tags = Array.from({ length: 600 * 73 }, (_, index) => {
      const timestamp = second * 1000 + Math.floor((index * 1000) / 73);
      const kind = index % 73;
      return { ...(kind === 0 ? key : kind % 5 < 2 ? picture : sound), timestamp };
    });
    appendFileSync(path, flvBytes(tags).subarray(13));
  }
  age(path);
  const { status, stderr, peakMemoryBytes } = await measureProgram('salvor', ['flv-fix', '--index', '--retime', path]);
  assert.equal(status, 0, stderr);
  assert.ok(peakMemoryBytes! <= 120 * 1024 * 1024, `${Math.round(peakMemoryBytes! / 1024 / 1024)} MiB`);
  assert.ok(existsSync(path));
});
