/**
 * Every crashed set damaged further: files deleted, emptied, cut, of another state or of another recording. What must come
 * back is said before in the table below; whatever the damage, no sample whose bytes are left is lost, described or not,
 * none is invented, and no staging file is changed as long as anything is left in it.
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { allStagingFixtures, copyStagingCase, stagingIndexBytes, type StagingFixture } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import {
  judgeRecovery,
  memoryDirectory,
  stillThere,
  withoutParameterSets,
  type TimeTolerance,
} from './recovered-set.ts';
import { trialsOf } from '../../support/trials.ts';

/** The times are those of the files that are left: the runs, and `.info` where it is of this recording. */
const asRecorded: TimeTolerance = { trackMs: 2, offsetMs: 2 };
/** `.info` is lost: steps from the runs and the rhythm, the tracks' beginnings from the order of arrival. */
const byRhythm: TimeTolerance = { trackMs: 2, offsetMs: 25 };
/** One track is left, which has no other to be beside. */
const alone: TimeTolerance = { trackMs: 2, offsetMs: 0 };

/** How much is missing can only be estimated where no entry tells, so what comes behind may be that much off. */
const acrossDamage: TimeTolerance = { trackMs: 600, offsetMs: 100 };

/** Sets that are states of one recording, and an earlier state of its `.info`. */
const earlierStates: readonly (readonly [RegExp, string])[] = [
  [/^b-12\.30s$/, 'b-08.70s'],
  [/^d-flush2-op(?:06|10|47)$/, 'c-flush1-op47'],
  [/^e-close-op(?:08|46|51)$/, 'e-close-op04'],
  [/^k-60fps-flush2-op05$/, 'k-60fps-bframes-09.60s'],
];

interface Workplace {
  readonly fixture: StagingFixture;
  /** Path of the recording. */
  readonly recording: string;
  /** A folder to put other sets into. */
  readonly aside: string;
}

interface Damage {
  readonly name: string;
  readonly tolerance: TimeTolerance;
  /** Whether the set has what is to be damaged. */
  readonly concerns: (fixture: StagingFixture) => boolean;
  readonly apply: (workplace: Workplace) => void;
}

function infoOf(group: StagingFixture['group'], name: string, aside: string): Buffer {
  copyStagingCase(group, name, join(aside, name));
  return readFileSync(join(aside, name, 'rec.mp4.info'));
}

function has(suffix: string): Damage['concerns'] {
  return (fixture) => (stagingIndexBytes(fixture, suffix) ?? 0) > 0;
}

function always(): boolean {
  return true;
}

/** Whether anything tells an `.info` of another recording from its own: entries, or parameter sets in the media. */
function tellsItsOwn({ name }: StagingFixture): boolean {
  return name !== withoutParameterSets;
}

function removeFile(suffix: string): Damage['apply'] {
  return ({ recording }) => rmSync(recording + suffix);
}

function earlierStateOf({ name }: StagingFixture): string | undefined {
  return earlierStates.find(([states]) => states.test(name))?.[1];
}

const zeroedBytes = 20_000;

const damages: readonly Damage[] = [
  { name: '.info deleted', tolerance: byRhythm, concerns: has('.info'), apply: removeFile('.info') },
  {
    name: '.info emptied',
    tolerance: byRhythm,
    concerns: has('.info'),
    apply: ({ recording }) => truncateSync(`${recording}.info`, 0),
  },
  {
    name: '.info cut in the middle',
    tolerance: byRhythm,
    concerns: has('.info'),
    apply: ({ recording }) => truncateSync(`${recording}.info`, readFileSync(`${recording}.info`).length >> 1),
  },
  {
    name: '.info of the previous state',
    tolerance: asRecorded,
    concerns: (fixture) => earlierStateOf(fixture) !== undefined,
    apply: ({ fixture, recording, aside }) =>
      writeFileSync(`${recording}.info`, infoOf('crashed', earlierStateOf(fixture)!, aside)),
  },
  {
    name: '.info of another recording',
    tolerance: byRhythm,
    concerns: tellsItsOwn,
    apply: ({ recording, aside }) => writeFileSync(`${recording}.info`, infoOf('clean', 'winqt', aside)),
  },
  {
    name: '.info of another recording at 90 kHz',
    tolerance: byRhythm,
    concerns: tellsItsOwn,
    apply: ({ recording, aside }) => writeFileSync(`${recording}.info`, infoOf('clean', 'ts-ingest', aside)),
  },
  {
    name: '.info of an audio-only recording',
    tolerance: byRhythm,
    concerns: tellsItsOwn,
    apply: ({ recording, aside }) => writeFileSync(`${recording}.info`, infoOf('clean', 'audio-only', aside)),
  },
  { name: '.track1 deleted', tolerance: alone, concerns: has('.track1'), apply: removeFile('.track1') },
  { name: '.track2 deleted', tolerance: alone, concerns: has('.track2'), apply: removeFile('.track2') },
  {
    name: '.mdat cut at 60 %',
    tolerance: asRecorded,
    concerns: always,
    apply: ({ recording }) =>
      truncateSync(`${recording}.mdat`, Math.floor(readFileSync(`${recording}.mdat`).length * 0.6)),
  },
  {
    name: '20 kB of zeros in the middle of .mdat',
    tolerance: acrossDamage,
    concerns: ({ truth }) => truth.samples.reduce((sum, { size }) => sum + size, 0) > zeroedBytes,
    apply: ({ recording }) => {
      const media = readFileSync(`${recording}.mdat`);
      const start = (media.length - zeroedBytes) >> 1;
      writeFileSync(`${recording}.mdat`, media.fill(0, start, start + zeroedBytes));
    },
  },
];

for (const [number, fixture] of trialsOf([...allStagingFixtures('crashed').entries()], 3)) {
  const { name, base } = fixture;
  describe(`crashed/${name}/${base}`, () => {
    for (const { name: damage, tolerance, concerns, apply } of damages) {
      if (!concerns(fixture)) continue;
      test(`with ${damage}: what is left comes back`, async (t) => {
        const folder = memoryDirectory(t);
        copyStagingCase('crashed', name, folder);
        const recording = join(folder, base);
        const media = readFileSync(`${recording}.mdat`);
        apply({ fixture, recording, aside: scratchDirectory(t) });
        const { found, trackErrorMs, offsetErrorMs } = await judgeRecovery(recording, fixture, media, tolerance);
        t.diagnostic(
          `${name}, ${damage}: video ${found.video}, audio ${found.audio}, ${trackErrorMs.toFixed(1)} ms, tracks ${offsetErrorMs.toFixed(1)} ms`,
        );
      });
    }

    for (const suffix of ['.track1', '.track2'].filter((each) => has(each)(fixture))) {
      test(`with ${suffix} cut within its last 64 bytes: what is left comes back`, async (t) => {
        const folder = memoryDirectory(t);
        copyStagingCase('crashed', name, folder);
        const recording = join(folder, base);
        const media = readFileSync(`${recording}.mdat`);
        const contents = readFileSync(recording + suffix);
        // One byte in eight of each set: over all sets, each of the 64 several times.
        for (let cut = 1 + (number % 8); cut <= Math.min(64, contents.length); cut += 8) {
          writeFileSync(recording + suffix, contents.subarray(0, contents.length - cut));
          try {
            await judgeRecovery(recording, fixture, media, asRecorded);
          } catch (error) {
            throw new Error(`${cut} bytes cut off: ${String(error)}`, { cause: error });
          }
          // A cut that happens to leave a set whole has its files removed.
          copyStagingCase('crashed', name, folder);
        }
      });
    }
  });
}

test('the programs end with 0 where anything is described, and say whether the staging files are kept', async (t) => {
  for (const name of ['d-flush2-op06', 'f-intra60-18.40s', 'g-videoonly-06.00s', 'h-audioonly-08.00s']) {
    const fixture = allStagingFixtures('crashed').find((each) => each.name === name)!;
    for (const { name: damage, apply } of damages.filter(({ concerns }) => concerns(fixture))) {
      const folder = scratchDirectory(t);
      copyStagingCase('crashed', name, folder);
      const recording = join(folder, fixture.base);
      const media = readFileSync(`${recording}.mdat`);
      apply({ fixture, recording, aside: scratchDirectory(t) });
      const { samples } = stillThere(recording, fixture.truth, media);
      const nothing = samples.video.length + samples.audio.length === 0;
      const before = folderContents(folder);
      const { status, stdout, stderr } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
      if (!nothing) assert.equal(status, 0, `${name}, ${damage}: ${stderr}`);
      assert.equal(stdout, '');
      assert.ok(stderr.trim().split('\n').length <= 2, stderr);
      if (/kept/.test(stderr)) assert.deepEqual(stagingFilesIn(folderContents(folder)), before, `${name}, ${damage}`);
    }
  }
});

test('a .mdat that is missing is a clear error, and the rest stays', async (t) => {
  const folder = scratchDirectory(t);
  copyStagingCase('crashed', 'd-flush2-op06', folder);
  const recording = join(folder, 'rec.mp4');
  rmSync(`${recording}.mdat`);
  const before = folderContents(folder);
  const { status, stderr } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
  assert.equal(status, 255);
  assert.match(stderr, /rec\.mp4\.mdat/);
  assert.deepEqual(folderContents(folder), before);
});

test('a set whose audio configuration is lost takes it from another recording of the same stream beside it', async (t) => {
  const folder = scratchDirectory(t);
  copyStagingCase('crashed', 'd-flush2-op06', folder);
  copyStagingCase('crashed', 'b-12.30s', join(folder, 'other'));
  copyFileSync(join(folder, 'other', 'rec.mp4.info'), join(folder, 'earlier.mp4.info'));
  rmSync(join(folder, 'rec.mp4.info'));
  const fixture = allStagingFixtures('crashed').find(({ name }) => name === 'd-flush2-op06')!;
  const recording = join(folder, 'rec.mp4');
  const { outcome } = await judgeRecovery(recording, fixture, readFileSync(`${recording}.mdat`), byRhythm);
  assert.ok(!(outcome instanceof SalvorError));
  const taken = outcome.findings.filter(({ code }) => code === 'codec-configuration-taken');
  assert.ok(taken.some(({ message }) => message.includes('earlier.mp4.info')));
});
