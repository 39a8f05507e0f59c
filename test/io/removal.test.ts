/** Removing what was read: the very files, in order, never what took their names meanwhile. */
import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { isStillThere, removeFile, removeRead, setAside } from '../../src/io/removal.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';
import { noUnwritableDirectory, whileUnwritable } from './unwritable-directory.ts';

/** Files of these names, open. */
function opened(t: Lifetime, directory: string, names: readonly string[]): FileSource[] {
  return names.map((name) => {
    writeFileSync(join(directory, name), name);
    const source = new FileSource(join(directory, name));
    t.after(() => source.close());
    return source;
  });
}

describe('removing files that were read', () => {
  test('removes all of them; one that is gone already is no failure', (t) => {
    const directory = scratchDirectory(t);
    const sources = opened(t, directory, ['a', 'b', 'c']);
    removeFile(join(directory, 'b'));
    removeRead(sources);
    assert.deepEqual(readdirSync(directory), []);
    removeRead(sources);
    removeRead([]);
    removeFile(join(directory, 'a'));
  });

  test('leaves a file that was put in the place of one, and one that was written to', (t) => {
    const directory = scratchDirectory(t);
    const [a, b, c] = opened(t, directory, ['a', 'b', 'c']);
    writeFileSync(join(directory, 'new'), 'of a new recording');
    renameSync(join(directory, 'new'), join(directory, 'a'));
    appendFileSync(join(directory, 'b'), ' goes on');
    assert.deepEqual([a!, b!, c!].map(isStillThere), [false, false, true]);
    removeRead([a!, b!, c!]);
    assert.deepEqual(readdirSync(directory), ['a', 'b']);
    assert.equal(readFileSync(join(directory, 'a'), 'latin1'), 'of a new recording');
  });

  const needed = { skip: noUnwritableDirectory ?? false };

  test('removes in the order given and stops at the first that cannot be removed', needed, async (t) => {
    const directory = scratchDirectory(t);
    const locked = join(directory, 'locked');
    mkdirSync(locked);
    const sources = opened(t, directory, ['a', 'locked/b', 'c']);
    await whileUnwritable(locked, () => {
      assert.throws(() => removeRead(sources), {
        name: 'SalvorError',
        kind: 'output',
        file: sources[1]!.path,
        message: /could not be removed: permission is denied/,
      });
      assert.throws(
        () => setAside(sources[1]!.path, join(locked, 'aside')),
        (error: Error) => !error.message.includes('nothing was changed'),
      );
    });
    assert.deepEqual(
      sources.map(({ path }) => existsSync(path)),
      [false, true, true],
    );
  });
});
