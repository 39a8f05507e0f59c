/**
 * Genuine recordings of which the track files or `.info` are lost, torn or overwritten: each sample comes back at the time
 * it was recorded, audio and pictures together. Limits: 40 ms at the 95th percentile of each track, both under one offset.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { comparePackets, type TrackComparison } from '../../support/compare.ts';
import { copyStagingCase, stagingCases, stagingFixtures } from '../../support/fixtures.ts';
import { indexLosses } from './index-losses.ts';
import { readMovieSamples } from './movie-samples.ts';
import { memoryDirectory, recoverInProcess } from './recovered-set.ts';

const limitMs = 40;

/**
 * What nothing in a set tells, by case: a clock that was set back, audio padded to one size of which no frame can be read,
 * and how long both tracks paused together. Of audio in bundles the place is known to half a bundle.
 */
const exceptions: Readonly<Record<string, { readonly fates?: RegExp; readonly limitMs: number }>> = {
  'dts-backwards': { limitMs: 300 },
  'samesize-both': { fates: /audio|video’s track file is zero/, limitMs: Infinity },
  'time-gap-20s': { fates: /first half|\.info and/, limitMs: 6000 },
  'ts-ingest': { limitMs: 60 },
  'negative-cts-liveflv': { fates: /\.info and the video/, limitMs: 500 },
};

function percentile({ found, deviations }: TrackComparison): number {
  const off = deviations.map(({ dtsErrorMs }) => Math.abs(dtsErrorMs)).sort((a, b) => a - b);
  const at = Math.floor(found * 0.95) - (found - off.length);
  return at < 0 ? 0 : off[at]!;
}

describe('a set whose index files are lost in part keeps audio and pictures together', () => {
  for (const name of stagingCases('clean')) {
    for (const { base, truth } of stagingFixtures('clean', name)) {
      if (
        !truth.samples.some(({ track }) => track === 'video') ||
        !truth.samples.some(({ track }) => track === 'audio')
      ) {
        continue;
      }
      test(`${name}, ${base}`, async (t) => {
        for (const [what, damage] of Object.entries(indexLosses)) {
          const directory = memoryDirectory(t);
          copyStagingCase('clean', name, directory);
          const recording = join(directory, base);
          if (!existsSync(`${recording}.track2`)) continue;
          damage(recording);
          const outcome = await recoverInProcess(recording);
          if (outcome instanceof SalvorError) assert.fail(`${what}: ${outcome.describe()}`);
          const { streams, packets } = readMovieSamples(recording);
          const { tracks } = comparePackets(streams, packets, truth);
          const exception = exceptions[name];
          const limit = exception !== undefined && (exception.fates?.test(what) ?? true) ? exception.limitMs : limitMs;
          // Pictures whose parameter sets stood in .info alone, and audio of one size without entries, stay lost.
          const found = tracks.filter((track) => track.found > 0);
          assert.ok(found.length > 0, what);
          for (const track of found) {
            const off = percentile(track);
            assert.ok(off <= limit, `${what}: the ${track.kind} is ${off} ms off`);
          }
        }
      });
    }
  }
});
