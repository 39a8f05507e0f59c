/** A patch in place that was stopped anywhere is finished or was never begun, and a journal that is not as it was written is not acted on. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { hashOf, untouchedRanges, writeJournal } from '../../src/io/journal.ts';
import { patchFile, settlePending } from '../../src/io/journalled-patch.ts';
import type { Patch } from '../../src/io/patched-source.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

const journalName = '.rec.flv.salvor-journal';

/** A file, patches of it that differ from what is there in every byte, and the file patched. */
interface Case {
  readonly name: string;
  readonly before: Buffer;
  readonly patches: readonly Patch[];
  readonly after: Buffer;
}

function caseOf(name: string, places: readonly (readonly [offset: number, length: number])[], size = 3000): Case {
  const before = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 7) % 251));
  const after = Buffer.alloc(size);
  before.copy(after);
  const patches = places.map(([offset, length]) => {
    const bytes = Uint8Array.from(
      { length },
      (_, index) => 255 - ((offset + index) % 3) - (before[offset + index] ?? 0),
    );
    after.set(bytes, offset);
    return { offset, bytes };
  });
  return { name, before, patches, after };
}

const cases: readonly Case[] = [
  caseOf('one value', [[400, 8]]),
  caseOf('the first and the last bytes', [
    [0, 13],
    [2990, 10],
  ]),
  caseOf('values that adjoin', [
    [100, 8],
    [108, 8],
    [900, 1],
  ]),
  caseOf('a tail that is cut off', [[40, 8]], 2500),
  caseOf(
    'a tail that is longer',
    [
      [40, 8],
      [2996, 104],
    ],
    3100,
  ),
];

/** What a run that was stopped leaves: the journal of a case, and the file as it is then. */
function leave(t: Lifetime, { before, patches, after }: Case, file: Buffer, journal?: Buffer): string {
  const directory = scratchDirectory(t);
  const path = join(directory, 'rec.flv');
  writeFileSync(path, file);
  writeFileSync(join(directory, journalName), journal ?? journalOf({ before, patches, after }), { mode: 0o600 });
  return path;
}

function journalOf({ before, patches, after }: Pick<Case, 'before' | 'patches' | 'after'>): Buffer {
  const ranges = untouchedRanges(patches, Math.min(before.length, after.length));
  return Buffer.concat(
    writeJournal({
      sizes: [before.length, after.length],
      patches,
      replacedHash: hashOf(...patches.map(({ offset, bytes }) => before.subarray(offset, offset + bytes.length))),
      witnesses: ranges.map(({ offset, length }) => ({
        offset,
        length,
        hash: hashOf(before.subarray(offset, offset + length)),
      })),
    }),
  );
}

/** The file after every number of bytes that can have been written, from the last patch to the first, and the tail cut or not. */
function* tornStates({ before, patches, after }: Case): Generator<Buffer> {
  const state = Buffer.alloc(Math.max(before.length, after.length));
  before.copy(state);
  let length = before.length;
  for (const { offset, bytes } of patches.toReversed()) {
    for (const [index, byte] of bytes.entries()) {
      state[offset + index] = byte;
      length = Math.max(length, offset + index + 1);
      yield Buffer.from(state.subarray(0, length));
    }
  }
  yield Buffer.from(after);
}

const settle = (path: string): boolean => settlePending(path, true, '');

describe('a patch in place', () => {
  for (const each of cases) {
    test(`${each.name}: done at once, and nothing is left beside the file`, (t) => {
      const directory = scratchDirectory(t);
      const path = join(directory, 'rec.flv');
      writeFileSync(path, each.before);
      const source = new FileSource(path);
      try {
        patchFile(source, each.patches, { size: each.after.length });
      } finally {
        source.close();
      }
      assert.ok(readFileSync(path).equals(each.after));
      assert.deepEqual(readdirSync(directory), ['rec.flv']);
    });

    test(`${each.name}: torn at any byte, it is finished`, (t) => {
      for (const state of tornStates(each)) {
        const path = leave(t, each, state);
        assert.equal(settle(path), true);
        assert.ok(readFileSync(path).equals(each.after));
        assert.ok(!existsSync(join(path, '..', journalName)));
      }
    });

    test(`${each.name}: not begun, the file stays as it was`, (t) => {
      const path = leave(t, each, each.before);
      assert.equal(settle(path), true);
      assert.ok(readFileSync(path).equals(each.before));
      assert.ok(!existsSync(join(path, '..', journalName)));
    });

    test(`${each.name}: a journal with one byte changed, or cut anywhere, is not acted on`, (t) => {
      const whole = journalOf(each);
      const torn = [...tornStates(each)][0]!;
      const path = leave(t, each, torn);
      const journal = join(path, '..', journalName);
      const strange = [
        ...Array.from(whole, (byte, at) => {
          const changed = Buffer.from(whole);
          // A digit becomes another digit.
          changed[at] = byte ^ 1;
          return changed;
        }),
        ...Array.from(whole, (_, length) => whole.subarray(0, length)),
        Buffer.concat([whole, Buffer.of(0)]),
      ];
      for (const bytes of strange) {
        writeFileSync(journal, bytes);
        assert.throws(() => settle(path), /the file was not touched/);
        assert.ok(readFileSync(path).equals(torn));
        assert.ok(readFileSync(journal).equals(bytes));
      }
      writeFileSync(journal, whole);
      assert.equal(settle(path), true);
      assert.ok(readFileSync(path).equals(each.after));
    });
  }

  test('of a file in which another byte is not the one it was, nothing is written', (t) => {
    const [each] = cases;
    const other = Buffer.from(each!.before);
    other[1000]! ^= 0x20;
    other[400] = 0;
    const path = leave(t, each!, other);
    assert.throws(() => settle(path), /is that of another file/);
    assert.ok(readFileSync(path).equals(other));
  });

  test('of a file that goes on growing, all that came behind it stays', (t) => {
    const [each] = cases;
    const grown = Buffer.concat([[...tornStates(each!)][3]!, Buffer.from('more')]);
    const path = leave(t, each!, grown);
    assert.equal(settle(path), true);
    assert.ok(readFileSync(path).equals(Buffer.concat([each!.after, Buffer.from('more')])));
  });
});
