import assert from 'node:assert/strict';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileSize, findFiles, isSameFile, listDirectory, pathKind } from '../../src/io/directory.ts';
import { scratchDirectory } from '../support/scratch.ts';

describe('what is in a directory', () => {
  test('is listed in order; a directory that is not there has nothing in it', (t) => {
    const directory = scratchDirectory(t);
    for (const name of ['b', 'a', '.c']) writeFileSync(join(directory, name), '');
    assert.deepEqual(listDirectory(directory), ['.c', 'a', 'b']);
    assert.deepEqual(listDirectory(join(directory, 'missing')), []);
    assert.deepEqual(listDirectory(join(directory, 'a')), []);
  });

  test('is a file, a directory, something else, or nothing; links are followed', (t) => {
    const directory = scratchDirectory(t);
    writeFileSync(join(directory, 'file'), 'abc');
    mkdirSync(join(directory, 'inner'));
    symlinkSync('file', join(directory, 'link'));
    symlinkSync('nowhere', join(directory, 'dangling'));
    const kinds = ['file', 'inner', 'link', 'dangling', 'missing', 'file/within'].map((name) =>
      pathKind(join(directory, name)),
    );
    assert.deepEqual(kinds, ['file', 'directory', 'file', undefined, undefined, undefined]);
    assert.equal(pathKind('/dev/null'), 'other');
    const sizes = ['file', 'link', 'inner', 'missing', 'file/within'].map((name) => fileSize(join(directory, name)));
    assert.deepEqual(sizes, [3, 3, undefined, undefined, undefined]);
  });

  test('is found at any depth, but for what is hidden or a link; what cannot be looked into is told', (t) => {
    const directory = scratchDirectory(t);
    const path = (name: string): string => join(directory, name);
    mkdirSync(path('inner/.hidden'), { recursive: true });
    for (const name of ['b', 'inner/a', 'inner/.hidden/c', '.d']) writeFileSync(path(name), '');
    symlinkSync('inner', path('link'));
    symlinkSync('b', path('twin'));
    const refused: (string | undefined)[] = [];
    const found = [...findFiles(directory, ({ file }) => void refused.push(file))];
    assert.deepEqual([found, refused], [['b', 'inner/a'].map(path), []]);
    assert.deepEqual([...findFiles(path('missing'), ({ file }) => void refused.push(file))], []);
    assert.deepEqual(refused, [path('missing')]);
  });

  test('two names lead to one file or to two', (t) => {
    const directory = scratchDirectory(t);
    const path = (name: string): string => join(directory, name);
    for (const name of ['file', 'twin']) writeFileSync(path(name), 'abc');
    symlinkSync('file', path('link'));
    linkSync(path('file'), path('hard'));
    assert.equal(isSameFile(path('file'), path('link')), true);
    assert.equal(isSameFile(path('file'), path('hard')), true);
    assert.equal(isSameFile(path('file'), path('twin')), false);
    assert.equal(isSameFile(path('file'), path('missing')), false);
    assert.equal(isSameFile(path('missing'), path('missing')), false);
  });
});
