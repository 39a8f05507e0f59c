import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { FileSource } from '../../src/io/file-source.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';
import { patterned } from './patterned.ts';

const kibibyte = 1024;
const window = 256 * kibibyte;

/** A file of these bytes, opened; closed when the test ends. */
function opened(t: Lifetime, bytes: Uint8Array): { source: FileSource; path: string } {
  const path = join(scratchDirectory(t), 'rec.mp4.mdat');
  writeFileSync(path, bytes);
  const source = new FileSource(path);
  t.after(() => source.close());
  return { source, path };
}

describe('FileSource', () => {
  test('knows the path, the size and the time of the last change', (t) => {
    const before = Date.now();
    const { source, path } = opened(t, patterned(1000));
    assert.equal(source.path, path);
    assert.equal(source.size, 1000);
    assert.ok(Math.abs(source.modified - before) < 60_000);
  });

  test('reads the same bytes through its window as lie in the file, wherever and how much is asked for', (t) => {
    const bytes = patterned(3 * window + 1234);
    const { source } = opened(t, bytes);
    const offset = fc.oneof(
      fc.nat(bytes.length + 100),
      fc.constantFrom(0, window - 1, window, window + 1, 2 * window - 8, bytes.length - 1, bytes.length),
    );
    const length = fc.oneof(fc.nat(64), fc.nat(bytes.length), fc.constantFrom(0, 1, window / 4, window, window + 1));
    fc.assert(
      fc.property(fc.array(fc.tuple(offset, length), { minLength: 1, maxLength: 20 }), (reads) => {
        for (const [at, count] of reads) {
          assert.ok(Buffer.from(bytes.subarray(at, at + count)).equals(source.read(at, count)), `${count} at ${at}`);
        }
      }),
    );
  });

  test('gives what there is where a read goes beyond the end, and nothing behind it', (t) => {
    const { source } = opened(t, patterned(100));
    assert.equal(source.read(90, 20).length, 10);
    assert.equal(source.read(100, 1).length, 0);
    assert.equal(source.read(5_000_000_000, 16).length, 0);
    assert.equal(source.read(0, 2 ** 40).length, 100, 'a length that damage claims allocates no more than the file');
  });

  test('an empty file reads as nothing', (t) => {
    const { source } = opened(t, new Uint8Array(0));
    assert.equal(source.size, 0);
    assert.equal(source.read(0, 16).length, 0);
    assert.equal(source.read(10, 16).length, 0);
  });

  test('reads offsets beyond 4 GiB', (t) => {
    const path = join(scratchDirectory(t), 'large.mdat');
    writeFileSync(path, '');
    truncateSync(path, 5 * 2 ** 30);
    appendFileSync(path, 'the end');
    const source = new FileSource(path);
    t.after(() => source.close());
    assert.equal(source.size, 5 * 2 ** 30 + 7);
    assert.equal(Buffer.from(source.read(5 * 2 ** 30, 100)).toString(), 'the end');
  });

  test('keeps to the size it had when it was opened, and gives short reads once the file is shorter', (t) => {
    const { source, path } = opened(t, patterned(2 * window));
    appendFileSync(path, patterned(1000));
    assert.equal(source.read(2 * window - 10, 100).length, 10);
    truncateSync(path, window);
    assert.equal(source.read(window + 100, 100).length, 0);
    assert.equal(source.read(window - 10, 100).length, 10);
    assert.equal(source.read(window - 10, window).length, 10);
  });

  test('knows whether the file was written to since it was opened', async (t) => {
    const { source, path } = opened(t, patterned(1000));
    assert.equal(source.hasChanged(), false);
    source.read(0, 1000);
    assert.equal(source.hasChanged(), false, 'to read is not to write');
    await sleep(20);
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, 'x', 500);
    closeSync(descriptor);
    assert.equal(source.hasChanged(), true, 'of the same size, but written to');
    const { source: other, path: otherPath } = opened(t, patterned(1000));
    appendFileSync(otherPath, 'x');
    assert.equal(other.hasChanged(), true);
    const { source: gone, path: gonePath } = opened(t, patterned(1000));
    rmSync(gonePath);
    assert.equal(gone.hasChanged(), false, 'removed, but as it was');
  });

  test('a missing file, a directory and a name of a file used as one are named and explained', (t) => {
    const directory = scratchDirectory(t);
    const file = join(directory, 'file');
    writeFileSync(file, '');
    const cases: [path: string, message: RegExp][] = [
      [join(directory, 'missing'), /no such file/],
      [directory, /is a directory/],
      [join(file, 'within'), /not a directory/],
      [join(directory, 'n'.repeat(300)), /too long/],
      ['/dev/null', /not a regular file/],
    ];
    for (const [path, message] of cases) {
      assert.throws(() => new FileSource(path), { name: 'SalvorError', kind: 'unreadable', file: path, message });
    }
  });

  test('links are followed, and a circle of them is told', (t) => {
    const directory = scratchDirectory(t);
    const [one, other] = [join(directory, 'one'), join(directory, 'other')];
    symlinkSync(one, other);
    symlinkSync(other, one);
    assert.throws(() => new FileSource(one), { kind: 'unreadable', message: /too many symbolic links/ });
    writeFileSync(join(directory, 'file'), 'abc');
    symlinkSync('file', join(directory, 'link'));
    const source = new FileSource(join(directory, 'link'));
    t.after(() => source.close());
    assert.equal(source.size, 3);
  });

  test('a named pipe that nobody writes to is refused at once', { timeout: 10_000 }, (t) => {
    const path = join(scratchDirectory(t), 'rec.mp4.mdat');
    if (spawnSync('mkfifo', [path]).status !== 0) return t.skip('there is no mkfifo here');
    assert.throws(() => new FileSource(path), { kind: 'unreadable', message: /not a regular file/ });
  });

  test('a refused file leaves no descriptor open', (t) => {
    const directory = scratchDirectory(t);
    mkdirSync(join(directory, 'rec.mp4.info'));
    // A process may have some thousand files open: were one left behind each time, this would end in EMFILE.
    for (let round = 0; round < 20_000; round++) {
      assert.throws(() => new FileSource(join(directory, 'rec.mp4.info')), {
        kind: 'unreadable',
        message: /directory/,
      });
    }
  });
});
