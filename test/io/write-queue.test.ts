import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { Findings } from '../../src/media/findings.ts';
import { BackgroundCommits, type WrittenBytes } from '../../src/io/background-commit.ts';
import { WriteQueue } from '../../src/io/write-queue.ts';
import { SalvorError } from '../../src/media/errors.ts';
import { scratchDirectory } from '../support/scratch.ts';

function written(bytes: Uint8Array): WrittenBytes {
  return { length: bytes.length, head: bytes.subarray(0, 10), tail: bytes.subarray(-10) };
}

test('queued writes arrive where they belong, and outputs get their names in the order they were finished', async (t) => {
  const directory = scratchDirectory(t);
  const queue = new WriteQueue();
  const commits = new BackgroundCommits(new Findings());
  const names: string[] = [];
  const contents = new Map<string, Buffer>();
  for (let index = 0; index < 12; index++) {
    const name = `${index}.bin`;
    const bytes = Buffer.alloc(300_000, index + 1);
    contents.set(name, bytes);
    const output = new AtomicOutput(join(directory, name), { replace: false });
    queue.write(output, bytes.subarray(0, 100_000), 0);
    queue.write(output, bytes.subarray(100_000), 100_000);
    await commits.add(output, queue, written(bytes), () => void names.push(name));
  }
  await commits.finish();
  assert.deepEqual(names, [...contents.keys()]);
  assert.deepEqual(readdirSync(directory).sort(), names.toSorted());
  for (const [name, bytes] of contents) assert.ok(readFileSync(join(directory, name)).equals(bytes), name);
});

test('what adjoins is written in whole pages, and the rest may move to another buffer before it is', async (t) => {
  const directory = scratchDirectory(t);
  const queue = new WriteQueue();
  const [one, other] = ['1', '2'].map((name) => new AtomicOutput(join(directory, name), { replace: false }));
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, index) => index % 251));
  const first = Buffer.alloc(10_000);
  bytes.copy(first);
  queue.write(one!, first.subarray(0, 188), 0);
  queue.write(one!, first.subarray(188, 5000), 188);
  queue.flushPages();
  assert.ok(readFileSync(one!.temporaryPath).equals(bytes.subarray(0, 4096)));
  assert.equal(queue.heldOf(first), 5000 - 4096);
  assert.equal(queue.heldOf(bytes), 0);
  const second = Buffer.alloc(10_000);
  first.copy(second, 48, 4096);
  first.fill(0xff);
  queue.moveTo(second.subarray(48, 48 + 5000 - 4096));
  assert.equal(queue.heldOf(second), 5000 - 4096);
  queue.write(one!, second.subarray(48 + 5000 - 4096, 48 + 10_000 - 4096), 5000);
  assert.equal(queue.nextOffset, 10_000);
  // Another output: what was gathered is written, and what follows is not put behind it.
  queue.write(other!, bytes.subarray(0, 100), 0);
  queue.flush(one);
  queue.flush(other);
  queue.check();
  assert.ok(readFileSync(one!.temporaryPath).equals(bytes));
  assert.ok(readFileSync(other!.temporaryPath).equals(bytes.subarray(0, 100)));
  for (const output of [one!, other!]) output.discard();
});

test('after a write that failed nothing gets a name any more, and the error says which file it was', async (t) => {
  const directory = scratchDirectory(t);
  const queue = new WriteQueue();
  const commits = new BackgroundCommits(new Findings());
  const bytes = Buffer.alloc(1000, 7);
  const [first, second, third] = ['1', '2', '3'].map(
    (name) => new AtomicOutput(join(directory, name), { replace: false }),
  );
  queue.write(first!, bytes, 0);
  await commits.add(first!, queue, written(bytes), () => undefined);
  await commits.finish();
  // Nothing can be written there: a stand-in for a disk that fails.
  queue.write(second!, bytes, Number.MAX_SAFE_INTEGER - 1);
  queue.flush();
  assert.throws(() => queue.check(), SalvorError);
  const isAboutSecond = (error: unknown): boolean => error instanceof SalvorError && error.file === second!.target;
  queue.write(third!, bytes, 0);
  const failed = [second!, third!].map((output) =>
    commits.add(output, queue, written(bytes), () => assert.fail('it was named')),
  );
  const settled = await Promise.allSettled([...failed, commits.finish()]);
  assert.ok(settled.some((each) => each.status === 'rejected' && isAboutSecond(each.reason)));
  assert.deepEqual(readdirSync(directory), ['1']);
});

test('what is read back has to be what was written', async (t) => {
  const directory = scratchDirectory(t);
  const commits = new BackgroundCommits(new Findings());
  const queue = new WriteQueue();
  const bytes = Buffer.alloc(5000, 7);
  for (const claimed of [written(Buffer.alloc(5001, 7)), written(Buffer.alloc(5000, 8))]) {
    const output = new AtomicOutput(join(directory, 'file'), { replace: false });
    output.write(bytes, 0);
    const commit = async (): Promise<void> => {
      const own = new BackgroundCommits(new Findings());
      await own.add(output, queue, claimed, () => undefined);
      await own.finish();
    };
    await assert.rejects(commit(), /what was read back is not what was written/);
  }
  await commits.finish();
  assert.deepEqual(readdirSync(directory), []);
});
