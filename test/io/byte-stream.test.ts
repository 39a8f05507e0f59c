import assert from 'node:assert/strict';
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileStream } from '../../src/io/byte-stream.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

function filesOf(t: Lifetime, ...contents: string[]): string[] {
  const directory = scratchDirectory(t);
  return contents.map((content, index) => {
    const path = join(directory, `${index}`);
    writeFileSync(path, content);
    return path;
  });
}

function open(t: Lifetime, paths: readonly string[]): FileStream {
  const stream = new FileStream(paths);
  t.after(() => stream.close());
  return stream;
}

function readAll(stream: FileStream, length: number): string {
  const buffer = Buffer.alloc(length);
  let text = '';
  for (let count = stream.readInto(buffer, 0, length); count > 0; count = stream.readInto(buffer, 0, length)) {
    text += buffer.toString('latin1', 0, count);
  }
  return text;
}

test('several files are one stream, and every byte is found in its file again', (t) => {
  const paths = filesOf(t, 'abc', '', 'defgh', 'i');
  for (const length of [1, 2, 100]) {
    const stream = open(t, paths);
    assert.equal(stream.size, 9);
    assert.equal(readAll(stream, length), 'abcdefghi');
    assert.deepEqual(
      [0, 2, 3, 7, 8].map((offset) => stream.placeOf(offset)),
      [
        { file: paths[0], offset: 0 },
        { file: paths[0], offset: 2 },
        { file: paths[2], offset: 0 },
        { file: paths[2], offset: 4 },
        { file: paths[3], offset: 0 },
      ],
    );
    assert.equal(stream.changed(), undefined);
  }
});

test('what is appended while a file is read is read as well, and the file counts as changed', (t) => {
  const [path] = filesOf(t, 'abc');
  const stream = open(t, [path!]);
  const buffer = Buffer.alloc(3);
  stream.readInto(buffer, 0, 3);
  appendFileSync(path!, 'def');
  assert.equal(readAll(stream, 10), 'def');
  assert.equal(stream.changed(), path);
});

test('a file that has become shorter is an error that says where it ends', (t) => {
  const [path] = filesOf(t, 'abcdef');
  const stream = open(t, [path!]);
  truncateSync(path!, 4);
  assert.throws(() => readAll(stream, 10), /the file ends here, it had 6 bytes when it was opened/);
});

test('a file that is not there is an error before anything is read', (t) => {
  const [path] = filesOf(t, 'abc');
  assert.throws(() => new FileStream([path!, `${path}.missing`]), /no such file/);
});
