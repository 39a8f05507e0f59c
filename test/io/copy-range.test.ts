import assert from 'node:assert/strict';
import { ftruncateSync, openSync, closeSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { copyRange, readRange, type RangeOptions } from '../../src/io/copy-range.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { SalvorError } from '../../src/media/errors.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';
import { patterned } from './patterned.ts';

const kibibyte = 1024;
const mebibyte = 1024 * kibibyte;
/** What is read and written at once. */
const block = 128 * kibibyte;
/** After so much, others get their turn: signals are noticed then. */
const stretch = 8 * mebibyte;

/** Lengths around everything the copying might count in. */
const lengths = [0, 1, block, mebibyte, 3 * mebibyte + block].flatMap((length) =>
  length < 2 ? [length] : [length - 1, length, length + 1],
);
const longLengths = [stretch - 1, stretch, stretch + 1, 2 * stretch + block + 1];

const bytes = patterned(3 * stretch);

function sourceOf(t: Lifetime): { source: FileSource; path: string; directory: string } {
  const directory = scratchDirectory(t);
  const path = join(directory, 'rec.mp4.mdat');
  writeFileSync(path, bytes);
  const source = new FileSource(path);
  t.after(() => source.close());
  return { source, path, directory };
}

/** Copies into a new output and gives what is in it. */
async function copied(
  t: Lifetime,
  source: FileSource,
  [start, length, at]: readonly [start: number, length: number, at: number],
  options?: RangeOptions,
): Promise<Buffer> {
  const output = new AtomicOutput(join(scratchDirectory(t), 'out.mp4'), { replace: false });
  try {
    await copyRange(source, start, length, output, at, options);
    return readFileSync(output.temporaryPath);
  } finally {
    output.discard();
  }
}

describe('readRange', () => {
  test('shows every byte of a range once, in order, with its offset in the file', async (t) => {
    const { source } = sourceOf(t);
    for (const length of [...lengths, ...longLengths]) {
      for (const start of [0, 16, block - 3]) {
        const seen: Uint8Array[] = [];
        let expected = start;
        await readRange(source, start, length, (part, offset) => {
          assert.equal(offset, expected);
          assert.ok(part.length > 0);
          expected += part.length;
          seen.push(part.slice());
        });
        assert.ok(Buffer.concat(seen).equals(bytes.subarray(start, start + length)), `${length} bytes from ${start}`);
      }
    }
  });

  test('says where a file ends that should go on', async (t) => {
    const { source, path } = sourceOf(t);
    let seen = 0;
    const count = (part: Uint8Array): void => void (seen += part.length);
    const ends = { name: 'SalvorError', kind: 'unreadable', file: path };
    await assert.rejects(readRange(source, bytes.length - 10, 11, count), { ...ends, offset: bytes.length });
    await assert.rejects(readRange(source, bytes.length + 10, 1, count), { ...ends, offset: bytes.length + 10 });
    assert.equal(seen, 0, 'a block that is not whole is not shown');
    truncateSync(path, 2 * block + 5);
    await assert.rejects(readRange(source, 0, 4 * block, count), { ...ends, offset: 2 * block + 5 });
    assert.equal(seen, 2 * block);
  });

  test('a file that gets shorter while it is read is told, not taken for zeros', async (t) => {
    const { source, path } = sourceOf(t);
    let cut = false;
    const reading = readRange(source, 0, 4 * block, () => {
      if (!cut) truncateSync(path, 3 * block);
      cut = true;
    });
    await assert.rejects(reading, { name: 'SalvorError', kind: 'unreadable', message: /ends before byte 524288/ });
  });

  test('stops soon when it is asked to, and does not even begin when it was asked before', async (t) => {
    const { source } = sourceOf(t);
    const controller = new AbortController();
    let seen = 0;
    const count = (part: Uint8Array): void => {
      seen += part.length;
      if (seen >= mebibyte) controller.abort();
    };
    await assert.rejects(readRange(source, 0, bytes.length, count, controller.signal), { kind: 'interrupted' });
    assert.ok(seen <= mebibyte + stretch, `${seen} bytes were read`);
    const nothing = (): void => assert.fail('nothing is shown');
    await assert.rejects(readRange(source, 0, 1, nothing, controller.signal), { kind: 'interrupted' });
  });

  test('lets others have their turn, so that a signal can be noticed at all', async (t) => {
    const { source } = sourceOf(t);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await assert.rejects(
      readRange(source, 0, bytes.length, () => {}, controller.signal),
      { kind: 'interrupted' },
    );
  });

  test('what the visitor throws comes out, and no read is left over that could meet a closed file', async (t) => {
    const { path } = sourceOf(t);
    for (let round = 0; round < 50; round++) {
      const source = new FileSource(path);
      await assert.rejects(
        readRange(source, 0, 4 * block, () => {
          throw new Error('the visitor has had enough');
        }),
        /had enough/,
      );
      source.close();
    }
  });

  test('a descriptor that cannot be read gives the error of the file', async (t) => {
    const { source, path } = sourceOf(t);
    const closed = Object.create(source, { descriptor: { value: 9999 } }) as FileSource;
    await assert.rejects(
      readRange(closed, 0, 10, () => {}),
      { kind: 'unreadable', file: path, offset: 0 },
    );
  });
});

describe('copyRange', () => {
  test('copies ranges of all sizes from anywhere to anywhere', async (t) => {
    const { source } = sourceOf(t);
    for (const length of [...lengths, longLengths.at(-1)!]) {
      for (const [start, at] of [
        [0, 0],
        [16, 5000],
        [block + 7, 1],
      ] as const) {
        const copy = await copied(t, source, [start, length, at]);
        assert.equal(copy.length, length === 0 ? 0 : at + length);
        assert.ok(
          copy.subarray(at).equals(bytes.subarray(start, start + length)),
          `${length} bytes, ${start} to ${at}`,
        );
        assert.ok(copy.subarray(0, at).every((byte) => byte === 0));
      }
    }
  });

  test('shows the bytes on their way and tells how many are done', async (t) => {
    const { source } = sourceOf(t);
    const seen: Uint8Array[] = [];
    const done: number[] = [];
    await copied(t, source, [100, 3 * block, 0], {
      observe: (part) => void seen.push(part.slice()),
      progress: (count) => void done.push(count),
    });
    assert.ok(Buffer.concat(seen).equals(bytes.subarray(100, 100 + 3 * block)));
    assert.equal(done.at(-1), 3 * block);
    assert.deepEqual(
      done,
      done.toSorted((one, other) => one - other),
    );
  });

  test('an interrupted copy, and one whose source has become shorter, end in an error that says so', async (t) => {
    const { source, path } = sourceOf(t);
    const controller = new AbortController();
    const progress = (): void => controller.abort();
    await assert.rejects(copied(t, source, [0, bytes.length, 0], { progress, signal: controller.signal }), {
      kind: 'interrupted',
    });
    const descriptor = openSync(path, 'r+');
    ftruncateSync(descriptor, block + 1);
    closeSync(descriptor);
    await assert.rejects(copied(t, source, [0, 3 * block, 0]), { kind: 'unreadable', file: path });
  });

  test('an output that cannot be written gives the error of the output', async (t) => {
    const { source } = sourceOf(t);
    const target = join(scratchDirectory(t), 'out.mp4');
    const output = new AtomicOutput(target, { replace: false });
    const full = Object.create(output, {
      write: {
        value: () => {
          throw new SalvorError('output', 'the disk is full', { file: target });
        },
      },
    }) as AtomicOutput;
    await assert.rejects(copyRange(source, 0, 3 * block, full, 0), { kind: 'output', file: target });
    output.discard();
  });
});
