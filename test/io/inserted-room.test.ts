/**
 * Room in front of a file, on the file system of the tests (it is said where that offers none): the bytes come before those
 * that were there, and whatever an insertion that was stopped has left, the file is as it was when that is settled.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { canInsertRoom, putInFront } from '../../src/io/inserted-room.ts';
import { hashOf, writeJournal } from '../../src/io/journal.ts';
import { settlePending } from '../../src/io/journalled-patch.ts';
import { placeOfRoom, witnessPlaces } from '../../src/io/room-place.ts';
import { SalvorError } from '../../src/media/errors.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';
import { patterned } from './patterned.ts';

const block = 4096;
const room = 3 * block;
const own = 16;

/** A file that was, with zeros in the midst of it as a crash leaves them. */
function original(length: number, zeros: readonly (readonly [number, number])[] = []): Buffer {
  const bytes = Buffer.from(patterned(length));
  for (const [from, to] of zeros) bytes.fill(0, from, to);
  return bytes;
}

function withRoomAt(bytes: Buffer, place: number): Buffer {
  return Buffer.concat([bytes.subarray(0, place), Buffer.alloc(room), bytes.subarray(place)]);
}

function witnessesOf(bytes: Buffer): { offset: number; length: number; hash: string }[] {
  return witnessPlaces(own, bytes.length).map(({ offset, length }) => ({
    offset,
    length,
    hash: hashOf(bytes.subarray(offset, offset + length)),
  }));
}

function placeIn(bytes: Buffer, moved: Buffer): number | undefined {
  return placeOfRoom({
    read: (offset, length) => moved.subarray(offset, offset + length),
    size: bytes.length,
    room,
    first: bytes.subarray(0, own),
    witnesses: witnessesOf(bytes),
    blockLength: block,
  });
}

describe('where the room stands in a file that is moved in part', () => {
  const files: Readonly<Record<string, Buffer>> = {
    'of few blocks': original(9 * block + 5),
    'of less than a block': original(100),
    'of many blocks': original(700 * block + 1),
    'with a hole': original(300 * block, [[20 * block, 40 * block]]),
    'with holes at both ends': original(300 * block, [
      [own, 20 * block],
      [270 * block, 300 * block],
    ]),
    'of zeros': original(300 * block, [[own, 300 * block]]),
  };
  for (const [name, bytes] of Object.entries(files)) {
    test(name, () => {
      const places = Array.from({ length: Math.ceil(bytes.length / block) }, (_, index) => index * block);
      for (const place of [...places, bytes.length]) {
        const moved = withRoomAt(bytes, place);
        const found = placeIn(bytes, moved);
        assert.ok(found !== undefined, `room at ${place}`);
        const without = Buffer.concat([moved.subarray(0, found), moved.subarray(found + room)]);
        assert.ok(without.equals(bytes), `room at ${place}, found at ${found}`);
      }
    });
  }

  test('nobody can tell between two holes that no witness lies between', () => {
    const bytes = original(2560 * block, [
      [1012 * block, 1016 * block],
      [1018 * block, 1022 * block],
    ]);
    const moved = withRoomAt(bytes, 1014 * block);
    assert.equal(placeIn(bytes, moved), undefined);
  });

  test('another file has none', () => {
    const bytes = original(300 * block);
    assert.equal(placeIn(bytes, Buffer.from(patterned(300 * block + room).toReversed())), undefined);
  });
});

interface Staged {
  readonly directory: string;
  readonly path: string;
  readonly bytes: Buffer;
}

function stage(t: Lifetime, bytes = original(50 * block + 77)): Staged {
  const directory = scratchDirectory(t);
  const path = join(directory, 'media');
  writeFileSync(path, bytes);
  return { directory, path, bytes };
}

/** Whether room can be inserted where the tests have their files. */
function isOffered(t: Lifetime): boolean {
  const directory = scratchDirectory(t);
  const before = statSync(directory, { bigint: true });
  const isOffered = canInsertRoom(directory);
  assert.deepEqual(readdirSync(directory), []);
  assert.equal(statSync(directory, { bigint: true }).mtimeNs, before.mtimeNs, 'a dry run tries it as well');
  return isOffered;
}

const notOffered =
  'NOT TESTED: the file system of the tests inserts no room (ext4 and XFS do), or there is no fallocate';

/** As a run leaves it that was stopped when its journal was on the disk. */
function leaveJournal({ directory, bytes }: Staged): void {
  const old = bytes.subarray(0, own);
  const parts = writeJournal({
    sizes: [bytes.length, bytes.length + room],
    patches: [{ offset: 0, bytes: old }],
    replacedHash: hashOf(old),
    witnesses: witnessesOf(bytes),
    inserted: room,
  });
  writeFileSync(join(directory, '.media.salvor-journal'), Buffer.concat(parts), { mode: 0o600 });
}

function insertAt(path: string, place: number): void {
  const words = ['--insert-range', '--offset', String(place), '--length', String(room), path];
  assert.equal(spawnSync('fallocate', words).status, 0);
}

function settle(path: string): boolean {
  return settlePending(path, true, 'advice');
}

describe('room in front of a file', () => {
  test('has the bytes, the file follows, and nothing is left', (t) => {
    if (!isOffered(t)) return t.skip(notOffered);
    const { directory, path, bytes } = stage(t);
    const front = Buffer.from(patterned(room + own).toReversed());
    const source = new FileSource(path);
    putInFront(source, front, own);
    source.close();
    assert.ok(readFileSync(path).equals(Buffer.concat([front, bytes.subarray(own)])));
    assert.deepEqual(readdirSync(directory), ['media']);
    return undefined;
  });

  test('a run that was stopped is undone, wherever it was', (t) => {
    if (!isOffered(t)) return t.skip(notOffered);
    const staged = stage(t);
    const { directory, path, bytes } = staged;
    const states: Readonly<Record<string, () => void>> = {
      'not begun': () => {},
      'longer, and nothing moved': () => truncateSync(path, bytes.length + room),
      'all moved, nothing written': () => insertAt(path, 0),
      'all moved, half written': () => {
        insertAt(path, 0);
        const file = openSync(path, 'r+');
        writeSync(file, Buffer.alloc(room + own, 0xa5), 0, room + 5, 0);
        closeSync(file);
      },
      ...Object.fromEntries(
        [1, 2, 17, 49, 50].map((place) => [`moved from block ${place} on`, () => insertAt(path, place * block)]),
      ),
    };
    for (const [name, change] of Object.entries(states)) {
      writeFileSync(path, bytes);
      change();
      leaveJournal(staged);
      assert.equal(settle(path), true, name);
      assert.ok(readFileSync(path).equals(bytes), name);
      assert.deepEqual(readdirSync(directory), ['media'], name);
      assert.equal(settle(path), false);
    }
    return undefined;
  });

  test('what cannot be told, or is of another file, is not touched', (t) => {
    if (!isOffered(t)) return t.skip(notOffered);
    const twoHoles = original(2560 * block, [
      [1012 * block, 1016 * block],
      [1018 * block, 1022 * block],
    ]);
    const cases: readonly (readonly [Staged, (path: string) => void, RegExp])[] = [
      [stage(t, twoHoles), (path) => insertAt(path, 1014 * block), /where they stand cannot be told.*not touched/],
      [stage(t), (path) => appendFileSync(path, 'more'), /the journal beside the file is that of a file of/],
      [
        stage(t),
        (path) => writeFileSync(path, new Uint8Array(original(50 * block + 77)).toReversed()),
        /journal beside the file/,
      ],
    ];
    for (const [staged, change, says] of cases) {
      leaveJournal(staged);
      change(staged.path);
      const before = readFileSync(staged.path);
      assert.throws(
        () => settle(staged.path),
        (error) => error instanceof SalvorError && says.test(error.message),
      );
      assert.ok(readFileSync(staged.path).equals(before));
      assert.ok(existsSync(join(staged.directory, '.media.salvor-journal')));
    }
    return undefined;
  });

  test('where the program is not there, or fails, the file is as it was', (t) => {
    if (!isOffered(t)) return t.skip(notOffered);
    const { directory, path, bytes } = stage(t);
    const programs = join(directory, 'programs');
    mkdirSync(programs);
    const search = process.env['PATH'];
    t.after(() => void (process.env['PATH'] = search));
    process.env['PATH'] = programs;
    for (const script of [undefined, 'exit 1', 'exit 0', 'kill -9 $$']) {
      if (script !== undefined) writeFileSync(join(programs, 'fallocate'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      assert.equal(canInsertRoom(directory), false);
      const source = new FileSource(path);
      assert.throws(() => putInFront(source, Buffer.alloc(room + own), own), /nothing was changed/);
      source.close();
      assert.ok(readFileSync(path).equals(bytes));
      assert.deepEqual(readdirSync(directory).sort(), ['media', 'programs']);
    }
    return undefined;
  });
});
