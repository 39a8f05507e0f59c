/**
 * Genuine recordings as they were reported, with what is right of each: how many samples there are of each track, and when
 * the tracks begin. Others that were reported are made in the tests of their kind.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs, probe } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { runRepair } from './damaged-recordings.ts';

interface Reported {
  /** By stream: codec and samples. */
  readonly streams: readonly (readonly [codec: string, samples: number])[];
  /** A finding that has to be there. */
  readonly says?: RegExp;
}

const reported: Readonly<Record<string, Reported>> = {
  'android-av-offset': {
    streams: [
      ['h264', 23],
      ['aac', 47],
    ],
  },
  'coremedia-av-offset': {
    streams: [
      ['h264', 60],
      ['aac', 210],
    ],
  },
  // Chunks of half a second; all samples of a track of one recording last 1024/48000 s.
  'two-aac-tracks': {
    streams: [
      ['aac', 120],
      ['aac', 102],
    ],
    says: /dealt out to tracks 1 and 2/,
  },
};

describe('recordings of phones and of a packager without their moov, with a reference', () => {
  for (const [name, { streams: expected, says }] of Object.entries(reported)) {
    test(`${name}: all tracks begin together, with all of their samples`, needs('ffprobe'), async (t) => {
      const [damaged, reference] = ['damaged.mp4', 'reference.mp4'].map((file) =>
        join(fixturesDirectory, 'mp4', name, file),
      );
      const output = join(scratchDirectory(t), 'made.mp4');
      const { status, report, stderr } = await runRepair(damaged!, ['-o', output, '--reference', reference!]);
      assert.equal(status, 0, stderr);
      const { streams } = await probe(output);
      assert.deepEqual(
        streams.map(({ codec_name: codec, nb_frames: samples, start_time: start }) => [
          codec,
          Number(samples),
          Number(start),
        ]),
        expected.map(([codec, samples]) => [codec, samples, 0]),
      );
      if (says !== undefined) assert.ok(report.findings.some(({ message }) => says.test(message)));
    });
  }
});
