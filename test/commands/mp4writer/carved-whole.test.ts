/**
 * Recordings that were closed in good order and then lost `.info` and both track files: all that is left is the media, and
 * all of it comes back by reading it. Limits, set before it was tried: every sample, none that was never recorded, sync
 * samples exact, presentation times at the 95th percentile within one frame for pictures and 25 ms for sound. Where nothing
 * in the media can tell what is asked for, the exception stands here with its reason.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { comparePackets, type Comparison } from '../../support/compare.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { trackSamples, type Truth } from '../../support/truth.ts';
import { folderContents } from './folder-contents.ts';
import { readMovieSamples } from './movie-samples.ts';
import { memoryDirectory, recoverInProcess } from './recovered-set.ts';

const audioLimitMs = 25;
/** Times are recorded in milliseconds, or come from ticks rounded to them. */
const roundingMs = 1;

interface Exception {
  readonly reason: string;
  /** Tracks that cannot come back. */
  readonly without?: 'video' | 'all';
  /** Presentation times that are known no better than this. */
  readonly limitsMs?: { readonly video: number; readonly audio: number };
}

const constantDelay = {
  reason: 'by how much all pictures are shown later than they need to be stands only in the index',
  limitsMs: { video: 80, audio: audioLimitMs },
};

const exceptions: Readonly<Record<string, Exception>> = {
  'constant-cts': constantDelay,
  'negative-cts-liveflv': constantDelay,
  'negative-cts-rtmp': constantDelay,
  'time-gap-20s': {
    reason: 'where pictures and sound pause together nothing lies in the media that lasts',
    limitsMs: { video: 20_000, audio: 20_000 },
  },
  'no-keyframe': { reason: 'its pictures have no parameter sets, in the media or elsewhere', without: 'video' },
  'samesize-both': { reason: 'its sounds were filled up with zeros, which no encoder does', without: 'all' },
};

function percentile95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;
}

function timeErrorMs({ found, deviations }: Comparison['tracks'][number]): number {
  const listed = deviations.map(({ ptsErrorMs }) => ptsErrorMs);
  return percentile95([...new Array<number>(found - listed.length).fill(0), ...listed]);
}

/** The usual step between two pictures. */
function frameMs(truth: Truth): number {
  const times = trackSamples(truth, 'video').map(({ dtsTicks }) => (dtsTicks * 1000) / truth.timescale.video);
  const steps = times.slice(1).map((time, n) => time - times[n]!);
  return steps.sort((a, b) => a - b)[steps.length >> 1] ?? 0;
}

async function checkWhole(recording: string, { name, truth }: StagingFixture): Promise<void> {
  const { without, limitsMs } = exceptions[name] ?? {};
  const before = folderContents(recording.slice(0, recording.lastIndexOf('/')));
  const outcome = await recoverInProcess(recording);
  if (without === 'all') {
    assert.ok(outcome instanceof SalvorError && outcome.kind === 'unrecoverable');
    assert.deepEqual(folderContents(recording.slice(0, recording.lastIndexOf('/'))), before);
    return;
  }
  if (outcome instanceof SalvorError) assert.fail(outcome.describe());
  const { streams, packets } = readMovieSamples(recording);
  const comparison = comparePackets(streams, packets, truth);
  assert.equal(comparison.invented, 0, 'samples nobody recorded');
  assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
  for (const track of comparison.tracks) {
    const isLost: boolean = track.kind === without;
    assert.equal(track.missing.length, isLost ? track.expected : 0, `${track.kind} samples that are missing`);
    const limit = limitsMs?.[track.kind] ?? (track.kind === 'audio' ? audioLimitMs : frameMs(truth));
    const error = timeErrorMs(track);
    assert.ok(error <= limit + roundingMs, `${track.kind} is ${error} ms off at the 95th percentile, may be ${limit}`);
  }
}

describe('a closed recording of which only the media is left', () => {
  for (const fixture of allStagingFixtures('clean')) {
    const { name, base } = fixture;
    const reason = exceptions[name]?.reason;
    test(`${name}/${base} comes back${reason === undefined ? '' : `, but: ${reason}`}`, async (t) => {
      const folder = memoryDirectory(t);
      copyStagingCase('clean', name, folder);
      const recording = join(folder, base);
      for (const suffix of ['.info', '.track1', '.track2']) rmSync(recording + suffix, { force: true });
      await checkWhole(recording, fixture);
    });
  }
});
