/**
 * Staging sets whose server was killed, recovered by the real programs: every sample that a whole entry of a track file
 * describes comes back, at its time, and nothing that was never recorded. What is described the tests read for
 * themselves; what is right the truth files and ffprobe say.
 */
import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compareWithTruth, type Comparison } from '../../support/compare.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { needs, probe } from '../../support/judges.ts';
import { runProgram } from '../../support/programs.ts';
import type { ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { trackSamples, type TrackKind } from '../../support/truth.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { describedRanges, describedSamples, untrueRanges } from './staging-entries.ts';

const kinds = ['video', 'audio'] as const;
const fixtures = allStagingFixtures('crashed');

/** What is known of each set: for the table that the last test prints. */
const figures: string[] = [];

/** The issue allows 2 ms where the open runs are lost; the rhythm of the samples before them is better than that. */
const toleranceMs = 1;

interface Recovery {
  readonly fixture: StagingFixture;
  readonly recording: string;
  readonly described: Readonly<Record<TrackKind, readonly number[]>>;
  /** Whether the described samples fill `.mdat`, so that nothing in the set is left unused. */
  readonly whole: boolean;
  readonly before: Readonly<Record<string, string>>;
  readonly result: ProcessResult;
}

async function recover(fixture: StagingFixture, directory: string): Promise<Recovery> {
  copyStagingCase('crashed', fixture.name, directory);
  const recording = join(directory, fixture.base);
  const described = describedSamples(recording, fixture.truth);
  const bytes = [...describedRanges(recording).values()].reduce((sum, size) => sum + size, 0);
  const mediaBytes = statSync(`${recording}.mdat`).size - 16;
  const contents = folderContents(directory);
  const result = await runProgram('evo-mp4writer', [`-path=${recording}`, '--recovery']);
  return { fixture, recording, described, whole: bytes === mediaBytes, before: contents, result };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function note({ fixture: { name, base, truth }, described }: Recovery, comparison: Comparison | undefined): void {
  const cell = (kind: TrackKind): string => {
    const found = comparison?.tracks.find((track) => track.kind === kind)?.found ?? 0;
    return `${kind} ${found} / ${described[kind].length} / ${trackSamples(truth, kind).length}`.padEnd(26);
  };
  const off = comparison === undefined ? '' : `${comparison.maxPtsErrorMs.toFixed(1)} ms off at most`;
  figures.push(`${`${name}/${base}`.padEnd(44)}${kinds.map(cell).join('')}${off}`);
}

/** Every described sample is found, no other is invented, and times and flags are the recorded ones. */
async function checkSamples(recovery: Recovery): Promise<void> {
  const { fixture, recording, described, result } = recovery;
  assert.equal(result.status, 0, result.stderr);
  const comparison = await compareWithTruth(recording, fixture.truth);
  note(recovery, comparison);
  for (const { kind, missing } of comparison.tracks) {
    const lost = described[kind].filter((number) => missing.includes(number));
    assert.deepEqual(lost, [], `${kind} samples described but not found`);
  }
  assert.equal(comparison.invented, 0, 'samples nobody recorded');
  assert.equal(comparison.discarded, 0, 'samples that no player shows');
  assert.equal(comparison.syncErrors, 0, 'wrong key-frame flags');
  assert.ok(comparison.maxPtsErrorMs <= toleranceMs, `presentation times are ${comparison.maxPtsErrorMs} ms off`);
  assert.ok(comparison.maxDtsErrorMs <= toleranceMs, `decode times are ${comparison.maxDtsErrorMs} ms off`);
  const { complaints } = await probe(recording);
  // The decoder ffprobe looks through has no picture before a stream's first.
  assert.deepEqual(
    complaints.filter((line) => !line.includes('co located POCs unavailable')),
    [],
  );
}

for (const fixture of fixtures) {
  const { name, base, truth } = fixture;
  describe(`crashed/${name}/${base}`, () => {
    const directory = scratchDirectory({ after });
    let recovery: Recovery;
    before(async () => {
      recovery = await recover(fixture, directory);
    });
    const nothing = (): boolean => recovery.described.video.length + recovery.described.audio.length === 0;

    test('every described sample comes back as it was recorded, and nothing else', needs('ffprobe'), async () => {
      assert.equal(untrueRanges(join(directory, base), truth), 0, 'the fixture describes only what was recorded');
      if (!nothing()) return checkSamples(recovery);
      note(recovery, undefined);
      const { status, stderr } = recovery.result;
      assert.equal(status, 255);
      assert.match(stderr, /describes? any sample|no track file|nothing/, 'it says why');
      assert.match(stderr, /stay|keep/, 'it says what becomes of the media');
      assert.deepEqual(folderContents(directory), recovery.before, 'everything is as it was');
      assert.ok(!existsSync(recovery.recording));
      return undefined;
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
      if (nothing()) return;
      if (recovery.whole) assert.equal(stderr, '');
      else assert.match(stderr, /kept/);
    });

    test('a second run does not do the work again, --force does', async () => {
      if (nothing()) return;
      const first = statSync(recovery.recording);
      const again = await runProgram('evo-mp4writer', [`-path=${recovery.recording}`, '--recovery']);
      assert.equal(again.status, 0, again.stderr);
      const second = statSync(recovery.recording);
      assert.deepEqual([second.ino, second.mtimeMs], [first.ino, first.mtimeMs]);
      if (recovery.whole) return;
      assert.deepEqual(stagingFilesIn(folderContents(directory)), recovery.before);
      const forced = await runProgram('evo-mp4writer', [`-path=${recovery.recording}`, '--recovery', '--force']);
      assert.equal(forced.status, 0, forced.stderr);
      assert.notEqual(statSync(recovery.recording).ino, first.ino);
    });
  });
}

test('found / described / whole on disk, for every crashed set', needs('ffprobe'), (t) => {
  assert.equal(figures.length, fixtures.length);
  for (const line of figures) t.diagnostic(line);
});
