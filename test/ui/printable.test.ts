/** Names that others chose, made safe for a terminal and short enough for a line of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printable, shortened } from '../../src/ui/printable.ts';

test('ordinary names in any script are printed as they are', () => {
  for (const name of ['rec.mp4', '/srv/rec/Übertragung 1.mp4', '録画.mp4', 'a\\b', '🎬.mp4']) {
    assert.equal(printable(name), name);
  }
});

test('a line break, an escape sequence and a change of writing direction are shown, not obeyed', () => {
  assert.equal(printable('a\nb'), 'a\\nb');
  assert.equal(printable('\x1b[31mred\x07'), '\\x1b[31mred\\x07');
  assert.equal(printable('\x9b2J'), '\\u009b2J');
  assert.equal(printable('a\u202e4pm.exe'), 'a\\u202e4pm.exe');
});

test('bytes that are no UTF-8 are shown as such, and nothing else looks like one', () => {
  assert.equal(printable('r\udcff\udc9b.flv'), 'r\\xff\\x9b.flv');
  assert.equal(printable('r\\xff.flv'), 'r\\\\xff.flv');
  assert.equal(printable('a\\nb'), 'a\\\\nb');
  assert.equal(printable('a\\\udcff'), 'a\\\\\\xff');
  assert.equal(printable('\ud83d'), '\\ud83d');
});

test('no control character gets through whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => assert.doesNotMatch(printable(text), /[\p{Cc}\u2028\u2029]/u)),
  );
});

test('a long name loses its middle and keeps the end that tells it from others', () => {
  assert.equal(shortened('stream-20240131-235959.mp4', 26), 'stream-20240131-235959.mp4');
  assert.equal(shortened('stream-20240131-235959.mp4', 16), 'strea…235959.mp4');
});

test('a shortened text never has more characters than asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, width) =>
      assert.ok([...shortened(text, width)].length <= width),
    ),
  );
});
