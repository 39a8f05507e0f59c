/**
 * An `.info` beside media that no track file describes: whether it is of this recording only the media can tell. Where it
 * does, `.info` is used; where it cannot, it is used and that is said; where the pictures are others, it is not used.
 */
import assert from 'node:assert/strict';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { comparePackets } from '../../support/compare.ts';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { readMovieSamples } from './movie-samples.ts';
import { memoryDirectory, recoverInProcess, withoutParameterSets } from './recovered-set.ts';

/** A set without track files, with the `.info` of another recording or, if none is named, its own. */
async function recoverWith(
  t: Lifetime,
  [group, name]: readonly [StagingFixture['group'], string],
  infoOf?: readonly [StagingFixture['group'], string],
): Promise<{ recording: string; report: RecordingReport }> {
  const folder = memoryDirectory(t);
  copyStagingCase(group, name, folder);
  const recording = join(folder, stagingFixtures(group, name)[0]!.base);
  for (const suffix of ['.track1', '.track2']) rmSync(recording + suffix, { force: true });
  if (infoOf !== undefined) {
    const other = scratchDirectory(t);
    copyStagingCase(...infoOf, other);
    cpSync(join(other, `${stagingFixtures(...infoOf)[0]!.base}.info`), `${recording}.info`);
  }
  const report = await recoverInProcess(recording);
  if (report instanceof SalvorError) assert.fail(report.describe());
  return { recording, report };
}

function tracksWith({ findings }: RecordingReport, code: string): (string | undefined)[] {
  return findings.filter((finding) => finding.code === code).map(({ track }) => track);
}

test('an .info that fits pictures without parameter sets of their own is used, and said to be unconfirmed', async (t) => {
  const { recording, report } = await recoverWith(t, ['crashed', withoutParameterSets], ['crashed', 'b-08.70s']);
  assert.deepEqual(tracksWith(report, 'staging-info-unconfirmed'), ['video', 'audio']);
  const { streams, packets } = readMovieSamples(recording);
  const { truth } = stagingFixtures('crashed', withoutParameterSets)[0]!;
  const { missing, invented } = comparePackets(streams, packets, truth);
  assert.deepEqual({ missing, invented }, { missing: 0, invented: 0 });
});

// ffmpeg cannot decode the pictures by any of these either.
for (const other of ['av-bframes', 'winqt', 'no-keyframe', 'time-gap-20s', 'dts-backwards']) {
  test(`an .info by which the pictures cannot be read is not used: ${other}`, async (t) => {
    const { report } = await recoverWith(t, ['crashed', withoutParameterSets], ['clean', other]);
    assert.deepEqual(tracksWith(report, 'staging-info-foreign'), ['video']);
    assert.deepEqual(tracksWith(report, 'staging-info-unconfirmed'), []);
    assert.deepEqual(
      report.tracks.map(({ kind, kept }) => [kind, kept.samples]),
      [['audio', 15]],
    );
  });
}

test('an .info with other parameter sets than the media gives nothing, whatever fits of it', async (t) => {
  const { recording, report } = await recoverWith(t, ['crashed', 'a-preflush-4.70s'], ['clean', 'winqt']);
  assert.deepEqual(tracksWith(report, 'staging-info-foreign'), ['video']);
  const { streams, packets } = readMovieSamples(recording);
  const { truth } = stagingFixtures('crashed', 'a-preflush-4.70s')[0]!;
  const { missing, invented } = comparePackets(streams, packets, truth);
  assert.deepEqual({ missing, invented }, { missing: 0, invented: 0 });
});

test('an .info of this recording needs no word', async (t) => {
  for (const name of ['av-bframes', 'no-keyframe', 'audio-only', 'video-only']) {
    const { report } = await recoverWith(t, ['clean', name]);
    assert.deepEqual(tracksWith(report, 'staging-info-foreign'), [], name);
    assert.deepEqual(tracksWith(report, 'staging-info-unconfirmed'), [], name);
  }
});
