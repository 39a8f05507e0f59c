/** Memory is a promise that can be held in a test: it does not depend on how busy the machine is. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeLargeSet, makeSet } from '../../../bench/make-set.ts';
import { measureProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const mebibyte = 1024 * 1024;

/** Six and a half million samples of some 40 bytes: a day of 30 pictures and 47 sounds a second, in 280 MB. */
const daySamples = 6_600_000;

for (const { words, name } of [
  { words: [], name: 'the plain command' },
  { words: ['--recovery'], name: '--recovery' },
]) {
  test(`${name} combines 400 MB of media in less than 120 MiB of memory`, async (t) => {
    const recording = join(scratchDirectory(t), 'rec.mp4');
    const made = makeLargeSet(recording, 400e6);
    assert.ok(made.mediaBytes >= 400e6);
    const result = await measureProgram('salvor', ['mp4writer', recording, '--quiet', ...words]);
    assert.equal(result.status, 0, result.stderr);
    assert.ok(
      result.peakMemoryBytes !== undefined && result.peakMemoryBytes < 120 * mebibyte,
      `${result.peakMemoryBytes} bytes`,
    );
  });

  test(`${name} combines a day of samples in less than 200 MiB of memory`, async (t) => {
    const recording = join(scratchDirectory(t), 'rec.mp4');
    const made = makeSet({ recording, fixture: 'samesize', until: { mediaBytes: 275e6 } });
    assert.ok(made.samples >= daySamples, `${made.samples} samples`);
    const result = await measureProgram('salvor', ['mp4writer', recording, '--quiet', ...words]);
    assert.equal(result.status, 0, result.stderr);
    assert.ok(
      result.peakMemoryBytes !== undefined && result.peakMemoryBytes < 200 * mebibyte,
      `${result.peakMemoryBytes} bytes`,
    );
  });
}
