/**
 * The media file of a killed recording cut at every byte of its last 3000, with its index or without: the recovery as a
 * whole keeps every sample that lies before the cut, invents none, and says which bytes are left. It is run without writing
 * for each byte, and every now and then with, so that thousands of cuts take seconds.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { combine } from '../../../src/commands/mp4writer/combine.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { comparePackets } from '../../support/compare.ts';
import { copyStagingCase, stagingFixtures } from '../../support/fixtures.ts';
import type { Truth } from '../../support/truth.ts';
import { readMovieSamples } from './movie-samples.ts';
import { memoryDirectory, recoverInProcess } from './recovered-set.ts';
import { trialStep } from '../../support/trials.ts';

const cuts = 3000;
/** Every so many bytes the MP4 is written and looked at. */
const written = 97;

function wholeOf(truth: Truth, size: number): Truth {
  return { ...truth, samples: truth.samples.filter((sample) => sample.offset + sample.size <= size) };
}

async function tryOut(recording: string): Promise<RecordingReport> {
  const recovery = { references: () => [] };
  const settings = { replace: true, again: true, removeStaging: true, dryRun: true, recovery };
  return combine(recording, { output: recording, ...settings });
}

/** Every whole sample is kept, none else, and what is left is said to the byte. */
function checkReport({ tracks, unindexed }: RecordingReport, { samples }: Truth, size: number): void {
  for (const { kind, kept } of tracks) {
    const whole = samples.filter(({ track }) => track === kind).length;
    assert.equal(kept.samples, whole, `${kind} samples of ${size} bytes`);
  }
  const last = samples.at(-1)!;
  const end = last.offset + last.size;
  const left = unindexed.map(({ offset, length }) => [offset, length]);
  assert.deepEqual(left, end === size ? [] : [[end, size - end]], `bytes left of ${size}`);
}

async function checkMovie(recording: string, truth: Truth): Promise<void> {
  const outcome = await recoverInProcess(recording);
  if (outcome instanceof SalvorError) assert.fail(outcome.describe());
  const { streams, packets } = readMovieSamples(recording);
  const { missing, invented, syncErrors, maxPtsErrorMs } = comparePackets(streams, packets, truth);
  assert.deepEqual({ missing, invented, syncErrors }, { missing: 0, invented: 0, syncErrors: 0 });
  assert.ok(maxPtsErrorMs <= 41, `times are ${maxPtsErrorMs} ms off`);
}

/** A recording whose track files are cut too, so that its end is to be carved; and a chunk that never had any. */
for (const [group, name, number, said, indexLeft] of [
  ['clean', 'short-1s', 0, 'with half of its index', 0.5],
  ['crashed', 'i-chunked4-12.00s', 2, 'without an index', 0],
] as const) {
  test(`${name}, ${said}, cut at every byte: all before the cut comes back`, async (t) => {
    const folder = memoryDirectory(t);
    copyStagingCase(group, name, folder);
    const { base, truth } = stagingFixtures(group, name)[number]!;
    const recording = join(folder, base);
    for (const path of ['.track1', '.track2'].map((suffix) => recording + suffix)) {
      if (existsSync(path)) truncateSync(path, Math.floor(statSync(path).size * indexLeft));
    }
    const media = `${recording}.mdat`;
    const size = statSync(media).size;
    for (let cut = 1; cut <= cuts; cut += trialStep(5)) {
      truncateSync(media, size - cut);
      const whole = wholeOf(truth, size - cut);
      checkReport(await tryOut(recording), whole, size - cut);
      if (cut % written < trialStep(5)) await checkMovie(recording, whole);
    }
  });
}
