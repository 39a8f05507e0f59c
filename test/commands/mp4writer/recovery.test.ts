/**
 * Staging sets whose server was killed, recovered by the real programs: every sample that lies whole in the media comes
 * back, described by a track file or not, at its time, and nothing that was never recorded. What is described the tests
 * read for themselves; what is right the truth files and ffprobe say.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compareWithTruth, type Comparison } from '../../support/compare.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import type { ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { trackSamples, type TrackKind } from '../../support/truth.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { withoutParameterSets } from './recovered-set.ts';
import { describedSamples, untrueRanges } from './staging-entries.ts';

const kinds = ['video', 'audio'] as const;
const fixtures = allStagingFixtures('crashed');

/** What is known of each set: for the table that the last test prints. */
const figures: string[] = [];
const totals = { found: 0, whole: 0, invented: 0 };

/** Described samples keep their times; those that nothing describes are placed by the audio beside them. */
const describedToleranceMs = 1;
const carvedTolerancesMs = { video: 40, audio: 25 } as const;

interface Recovery {
  readonly fixture: StagingFixture;
  readonly recording: string;
  readonly described: Readonly<Record<TrackKind, readonly number[]>>;
  /** Whether whole samples fill `.mdat`, and no file of the set is missing, so that nothing in it is left unused. */
  readonly whole: boolean;
  /** Whether entries describe all whole samples. */
  readonly allDescribed: boolean;
  readonly before: Readonly<Record<string, string>>;
  readonly result: ProcessResult;
}

async function recover(fixture: StagingFixture, directory: string): Promise<Recovery> {
  copyStagingCase('crashed', fixture.name, directory);
  const recording = join(directory, fixture.base);
  const described = describedSamples(recording, fixture.truth);
  const bytes = fixture.truth.samples.reduce((sum, { size }) => sum + size, 0);
  const kindsThere = kinds.filter((kind) => trackSamples(fixture.truth, kind).length > 0);
  const tracks = kindsThere.map((_, index) => `${recording}.track${index + 1}`);
  const complete = tracks.every((path) => existsSync(path)) && statSync(`${recording}.info`).size > 0;
  const contents = folderContents(directory);
  const whole = complete && bytes === statSync(`${recording}.mdat`).size - 16;
  const allDescribed = kinds.every((kind) => described[kind].length === trackSamples(fixture.truth, kind).length);
  const result = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
  return { fixture, recording, described, whole, allDescribed, before: contents, result };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function percentile95(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;
}

/** Presentation time errors of a track's found samples; samples that are not listed are at most 1 ms off. */
function errorsMs({ found, deviations }: Comparison['tracks'][number]): readonly number[] {
  const listed = deviations.map(({ ptsErrorMs, dtsErrorMs }) => Math.max(ptsErrorMs, dtsErrorMs));
  return [...new Array<number>(found - listed.length).fill(0), ...listed];
}

function note({ fixture: { name, base, truth }, described }: Recovery, comparison: Comparison): void {
  const cell = (kind: TrackKind): string => {
    const track = comparison.tracks.find((each) => each.kind === kind);
    const indexed = described[kind].length;
    const found = track?.found ?? 0;
    totals.found += found;
    totals.whole += trackSamples(truth, kind).length;
    const carved = Math.max(0, found - indexed);
    return `${kind} ${indexed} + ${carved} / ${trackSamples(truth, kind).length}`.padEnd(26);
  };
  totals.invented += comparison.invented;
  const p95 = Math.max(...comparison.tracks.map((track) => percentile95(errorsMs(track))));
  figures.push(`${`${name}/${base}`.padEnd(44)}${kinds.map(cell).join('')}${p95.toFixed(1)} ms`);
}

/** Every whole sample is found, no other is invented, and times and flags are the recorded ones. */
async function checkSamples(recovery: Recovery): Promise<void> {
  const { fixture, recording, allDescribed, result } = recovery;
  assert.equal(result.status, 0, result.stderr);
  const comparison = await compareWithTruth(recording, fixture.truth);
  note(recovery, comparison);
  const audioOnly = fixture.name === withoutParameterSets;
  for (const track of comparison.tracks) {
    const { kind, missing, maxPtsErrorMs, maxDtsErrorMs } = track;
    if (!audioOnly || kind === 'audio') assert.deepEqual(missing, [], `${kind} samples that are whole but not found`);
    if (allDescribed) {
      const error = Math.max(maxPtsErrorMs, maxDtsErrorMs);
      assert.ok(error <= describedToleranceMs, `${kind} times are ${error} ms off`);
    } else {
      const error = percentile95(errorsMs(track));
      assert.ok(error <= carvedTolerancesMs[kind], `${kind} times are ${error} ms off at the 95th percentile`);
    }
  }
  assert.equal(comparison.invented, 0, 'samples nobody recorded');
  assert.equal(comparison.discarded, 0, 'samples that no player shows');
  assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
  await checkCompositionOffsets(recording, fixture);
  const { complaints } = await probe(recording);
  // The decoder ffprobe looks through has no picture before a stream's first.
  assert.deepEqual(
    complaints.filter((line) => !line.includes('co located POCs unavailable')),
    [],
  );
}

/** Composition offsets are the recorded ones, to the tick that times in milliseconds are rounded to, up to ffprobe's one shift. */
async function checkCompositionOffsets(recording: string, { truth }: StagingFixture): Promise<void> {
  const { streams } = await probe(recording);
  const stream = streams.find(({ codec_type: type }) => type === 'video');
  if (stream === undefined) return;
  const [numerator, denominator] = stream.time_base.split('/').map(Number);
  const recorded = new Map(
    trackSamples(truth, 'video').map(({ size, sha1, ctsTicks }) => [
      `${size}:${sha1}`,
      (ctsTicks * 1000) / truth.timescale.video,
    ]),
  );
  const packets = await probePackets(recording, { asStored: true });
  const errors = packets
    .filter((packet) => packet.stream === stream.index)
    .map(({ ptsTicks, dtsTicks, size, sha1 }) => {
      const offset = (((ptsTicks ?? 0) - (dtsTicks ?? 0)) * 1000 * numerator!) / denominator!;
      return offset - recorded.get(`${size}:${sha1.slice(0, 16)}`)!;
    });
  const shift = [...errors].sort((a, b) => a - b)[errors.length >> 1]!;
  assert.ok(shift > -1.01, 'composition offsets are not less than was recorded');
  const wrong = errors.filter((error) => Math.abs(error - shift) > 1.01).length;
  assert.equal(wrong, 0, 'composition offsets that are not the recorded ones');
}

for (const fixture of fixtures) {
  const { name, base, truth } = fixture;
  describe(`crashed/${name}/${base}`, () => {
    const directory = scratchDirectory({ after });
    let recovery: Recovery;
    before(async () => {
      recovery = await recover(fixture, directory);
    });
    test('every whole sample comes back as it was recorded, and nothing else', needs('ffprobe'), async () => {
      assert.equal(untrueRanges(join(directory, base), truth), 0, 'the fixture describes only what was recorded');
      await checkSamples(recovery);
    });

    test('the staging files are removed only if nothing in them is left unrecovered', () => {
      const now = stagingFilesIn(folderContents(directory));
      const own = Object.keys(recovery.before).filter((file) => file.startsWith(base));
      if (recovery.whole) {
        for (const file of own) assert.ok(!(file in now), `${file} is gone`);
      } else {
        assert.deepEqual(now, recovery.before);
      }
    });

    test('without a terminal it says at most two lines, and that the staging files are kept', () => {
      const { stdout, stderr } = recovery.result;
      assert.equal(stdout, '');
      assert.ok(lines(stderr).length <= 2, stderr);
      if (recovery.whole) assert.equal(stderr, '');
      else assert.match(stderr, /kept/);
    });

    test('a second run does not do the work again, --force does', async () => {
      const first = statSync(recovery.recording);
      const again = await runInProcess('evo-mp4writer', [`-path=${recovery.recording}`, '--recovery']);
      assert.equal(again.status, 0, again.stderr);
      const second = statSync(recovery.recording);
      assert.deepEqual([second.ino, second.mtimeMs], [first.ino, first.mtimeMs]);
      if (recovery.whole) return;
      assert.deepEqual(stagingFilesIn(folderContents(directory)), recovery.before);
      const forced = await runInProcess('evo-mp4writer', [`-path=${recovery.recording}`, '--recovery', '--force']);
      assert.equal(forced.status, 0, forced.stderr);
      assert.notEqual(statSync(recovery.recording).ino, first.ino);
    });
  });
}

test(
  'indexed + carved / whole on disk and time error (95th percentile), for every crashed set',
  needs('ffprobe'),
  (t) => {
    assert.equal(figures.length, fixtures.length);
    for (const line of figures) t.diagnostic(line);
    t.diagnostic(`${totals.found} of ${totals.whole} whole samples, ${totals.invented} others`);
    assert.ok(totals.found / totals.whole >= 0.999, `${totals.found} of ${totals.whole}`);
    assert.ok(totals.invented / totals.whole <= 0.0002, `${totals.invented} false samples`);
  },
);
