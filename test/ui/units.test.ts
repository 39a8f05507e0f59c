/** Numbers as people read them, at the edges where rounding changes the unit. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatBytes, formatDuration, formatTimeLeft, plural } from '../../src/ui/units.ts';

test('bytes are given in decimal units with three digits', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 bytes'],
    [1, '1 byte'],
    [999, '999 bytes'],
    [1000, '1.00 kB'],
    [1234567, '1.23 MB'],
    [999_499, '999 kB'],
    [999_500, '1.00 MB'],
    [4_294_967_296, '4.29 GB'],
    [12_000_000_000_000, '12.0 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(formatBytes(bytes), text);
});

test('durations keep hundredths below an hour and never show sixty seconds', () => {
  const cases: [seconds: number, text: string][] = [
    [0, '0.00 s'],
    [12.484, '12.48 s'],
    [59.99, '59.99 s'],
    [59.999, '1:00.00'],
    [119.999, '2:00.00'],
    [187.2, '3:07.20'],
    [3599.999, '1:00:00'],
    [3723.4, '1:02:03'],
    [86_399.7, '24:00:00'],
  ];
  for (const [seconds, text] of cases) assert.equal(formatDuration(seconds), text);
});

test('a time left is rounded up to whole seconds', () => {
  const cases: [seconds: number, text: string][] = [
    [0.2, '1 s'],
    [59, '59 s'],
    [59.1, '1:00'],
    [187, '3:07'],
    [3723, '1:02:03'],
  ];
  for (const [seconds, text] of cases) assert.equal(formatTimeLeft(seconds), text);
});

test('a duration read back from its text is the duration, to the hundredth below an hour and to the second above', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 200_000, noNaN: true }), (seconds) => {
      const text = formatDuration(seconds);
      const parts = text.replace(' s', '').split(':').map(Number);
      const read = parts.reduce((sum, part) => sum * 60 + part, 0);
      assert.ok(
        parts.slice(1).every((part) => part < 60),
        text,
      );
      assert.ok(Math.abs(read - seconds) <= (seconds < 3599 ? 0.00501 : 0.501), `${text} for ${seconds}`);
    }),
  );
});

test('a noun takes an s unless there is one of it', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => plural(count, 'sample')),
    ['0 samples', '1 sample', '2 samples'],
  );
});
