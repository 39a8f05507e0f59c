/**
 * What the kernel copies, on whatever file system the tests are run on: where nothing can be shared it really copies. Programs
 * that are not what they should be stand in for `cat`. Blocks that are shared: test/commands/mp4writer/shared.test.ts.
 */
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { copyRange, type RangeOptions } from '../../src/io/copy-range.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { copyByKernel } from '../../src/io/kernel-copy.ts';
import { SalvorError } from '../../src/media/errors.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';
import { patterned } from './patterned.ts';

const skip = process.platform === 'linux' ? false : 'descriptors are handed to the programs by /proc, on Linux';
const bytes = patterned(600_000);

interface Copying {
  readonly source: FileSource;
  readonly output: AtomicOutput;
}

function copying(t: Lifetime): Copying {
  const directory = scratchDirectory(t);
  const path = join(directory, 'source');
  writeFileSync(path, bytes);
  const source = new FileSource(path);
  const output = new AtomicOutput(join(directory, 'output'), { replace: false });
  t.after(() => {
    source.close();
    output.discard();
  });
  return { source, output };
}

/** Programs that are found first, in the place of the system's, for as long as a test lasts; undefined: there is none. */
function standIn(t: Lifetime, programs: Readonly<Record<string, string | undefined>>): void {
  const directory = scratchDirectory(t);
  for (const [name, text] of Object.entries(programs)) {
    if (text === undefined) continue;
    const path = join(directory, name);
    writeFileSync(path, `#!/bin/sh\n${text}\n`);
    chmodSync(path, 0o755);
  }
  for (const name of ['sh', 'cat', 'head', 'sleep']) {
    if (!(name in programs)) symlinkSync(`/bin/${name}`, join(directory, name));
  }
  const before = process.env['PATH'];
  process.env['PATH'] = directory;
  t.after(() => void (process.env['PATH'] = before));
}

describe('a range copied by the kernel', { skip }, () => {
  test('is just that range, wherever it lies, and nothing of the output before it changes', async (t) => {
    const ranges = [
      [0, bytes.length, 0],
      [16, bytes.length - 16, 8192 + 16],
      [4096, 4096, 0],
      [4095, 300_001, 2 * 4096 + 4095],
      [100_000, 1, 100_000],
      [5000, 90, 5000 - 4096],
      [5000, bytes.length - 5000, 5000 + 40 * 4096],
    ] as const;
    for (const [start, length, at] of ranges) {
      const { source, output } = copying(t);
      const head = patterned(at).toReversed();
      output.write(head, 0);
      const from = source.placeInFile(start);
      const done: number[] = [];
      assert.ok(await copyByKernel({ from, length, output, at }, { progress: (count) => done.push(count) }));
      const expected = Buffer.concat([head, bytes.subarray(start, start + length)]);
      assert.ok(readFileSync(output.temporaryPath).equals(expected), `${length} bytes from ${start} to ${at}`);
      assert.equal(done.at(-1), length);
    }
  });

  const unexpected: Readonly<Record<string, Readonly<Record<string, string | undefined>>>> = {
    'there is no cat': { cat: undefined },
    'it fails at once': { cat: 'exit 1' },
    'it fails at the end': { cat: '/bin/cat; exit 1' },
    'it is killed': { cat: 'kill -9 $$' },
    'it complains': { cat: '/bin/cat; echo "something is wrong" >&2' },
    'it copies less': { cat: 'head -c 300000' },
    'it copies nothing': { cat: 'exit 0' },
    'it copies from elsewhere': { cat: 'head -c 1 >/dev/null; /bin/cat' },
    'its last bytes are others': { cat: 'head -c 590000; head -c 10000 >/dev/null; head -c 10000 /dev/zero' },
  };
  for (const [what, programs] of Object.entries(unexpected)) {
    test(`is copied as everywhere else where ${what}`, async (t) => {
      const { source, output } = copying(t);
      standIn(t, programs);
      output.write(patterned(8192 + 16), 0);
      const [length, at] = [bytes.length - 16, 8192 + 16];
      assert.equal(await copyByKernel({ from: source.placeInFile(16), length, output, at }), false);
      await copyRange(source, 16, length, output, at, { isShared: () => true });
      const copied = readFileSync(output.temporaryPath);
      assert.ok(copied.equals(Buffer.concat([patterned(at), bytes.subarray(16)])));
    });
  }

  test('stops with its run, and leaves no program behind', async (t) => {
    const { source, output } = copying(t);
    const pidFile = join(scratchDirectory(t), 'pid');
    standIn(t, { cat: `echo $$ > ${pidFile}; exec sleep 60` });
    const stop = new AbortController();
    const copied = copyByKernel({ from: source.placeInFile(0), length: bytes.length, output, at: 0 }, stop);
    while (statSync(pidFile, { throwIfNoEntry: false })?.size === undefined || readFileSync(pidFile).length === 0) {
      await sleep(5);
    }
    stop.abort();
    await assert.rejects(copied, (error) => error instanceof SalvorError && error.kind === 'interrupted');
    assert.throws(() => process.kill(Number(readFileSync(pidFile, 'latin1')), 0), { code: 'ESRCH' });
  });
});

describe('who looks at the bytes of a range that the kernel copies', { skip }, () => {
  const copied = async (t: Lifetime, options: RangeOptions): Promise<Buffer> => {
    const { source, output } = copying(t);
    await copyRange(source, 16, bytes.length - 16, output, 4096 + 16, { ...options, isShared: () => true });
    return readFileSync(output.temporaryPath).subarray(4096 + 16);
  };

  test('is shown all of them, once and in order', async (t) => {
    const seen: Uint8Array[] = [];
    let next = 16;
    const made = await copied(t, {
      observe: (block, offset) => {
        assert.equal(offset, next);
        next += block.length;
        seen.push(block.slice());
      },
    });
    assert.ok(made.equals(bytes.subarray(16)));
    assert.ok(Buffer.concat(seen).equals(bytes.subarray(16)));
  });

  test('looks by itself if it can', async (t) => {
    let looked = 0;
    const observe = (): void => assert.fail('it was shown bytes');
    const made = await copied(t, { observe, inspect: async () => void looked++ });
    assert.ok(made.equals(bytes.subarray(16)));
    assert.equal(looked, 1);
  });

  test('may change them: then they are not the kernel’s to copy', async (t) => {
    const made = await copied(t, { edit: (block) => void block.fill(7) });
    assert.ok(made.length === bytes.length - 16 && made.every((byte) => byte === 7));
  });
});
