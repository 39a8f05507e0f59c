/**
 * Every crashed set damaged further: files deleted, emptied, cut, of another state or of another recording. What must come
 * back is said before in the table below; whatever the damage, no described sample is lost, none is invented, and no
 * staging file is changed as long as anything is left in it.
 */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { runProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { judgeRecovery, memoryDirectory, stillThere, type TimeTolerance } from './recovered-set.ts';
import { describedSamples } from './staging-entries.ts';

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
  /** Damages the set; false where this cannot be done to it. */
  readonly apply: (workplace: Workplace) => boolean;
}

function infoOf(group: StagingFixture['group'], name: string, aside: string): Buffer {
  copyStagingCase(group, name, join(aside, name));
  return readFileSync(join(aside, name, 'rec.mp4.info'));
}

function removeFile(suffix: string): Damage['apply'] {
  return ({ recording }) => {
    if (!existsSync(recording + suffix)) return false;
    rmSync(recording + suffix);
    return true;
  };
}

const zeroedBytes = 20_000;

const damages: readonly Damage[] = [
  { name: '.info deleted', tolerance: byRhythm, apply: removeFile('.info') },
  {
    name: '.info emptied',
    tolerance: byRhythm,
    apply: ({ recording }) => {
      truncateSync(`${recording}.info`, 0);
      return true;
    },
  },
  {
    name: '.info cut in the middle',
    tolerance: byRhythm,
    apply: ({ recording }) => {
      truncateSync(`${recording}.info`, readFileSync(`${recording}.info`).length >> 1);
      return true;
    },
  },
  {
    name: '.info of the previous state',
    tolerance: asRecorded,
    apply: ({ fixture, recording, aside }) => {
      const earlier = earlierStates.find(([states]) => states.test(fixture.name))?.[1];
      if (earlier !== undefined) writeFileSync(`${recording}.info`, infoOf('crashed', earlier, aside));
      return earlier !== undefined;
    },
  },
  {
    name: '.info of another recording',
    tolerance: byRhythm,
    apply: ({ recording, aside }) => {
      writeFileSync(`${recording}.info`, infoOf('clean', 'winqt', aside));
      return true;
    },
  },
  {
    name: '.info of another recording at 90 kHz',
    tolerance: byRhythm,
    apply: ({ recording, aside }) => {
      writeFileSync(`${recording}.info`, infoOf('clean', 'ts-ingest', aside));
      return true;
    },
  },
  {
    name: '.info of an audio-only recording',
    tolerance: byRhythm,
    apply: ({ recording, aside }) => {
      writeFileSync(`${recording}.info`, infoOf('clean', 'audio-only', aside));
      return true;
    },
  },
  { name: '.track1 deleted', tolerance: alone, apply: removeFile('.track1') },
  { name: '.track2 deleted', tolerance: alone, apply: removeFile('.track2') },
  {
    name: '.mdat cut at 60 %',
    tolerance: asRecorded,
    apply: ({ recording }) => {
      truncateSync(`${recording}.mdat`, Math.floor(readFileSync(`${recording}.mdat`).length * 0.6));
      return true;
    },
  },
  {
    name: '20 kB of zeros in the middle of .mdat',
    tolerance: acrossDamage,
    apply: ({ recording }) => {
      const media = readFileSync(`${recording}.mdat`);
      const start = (media.length - zeroedBytes) >> 1;
      if (start < 16) return false;
      writeFileSync(`${recording}.mdat`, media.fill(0, start, start + zeroedBytes));
      return true;
    },
  },
];

/** The sets that describe anything; the others are carved whole, see carving.test.ts. */
function describable(fixture: StagingFixture, folder: string): boolean {
  copyStagingCase('crashed', fixture.name, folder);
  const { video, audio } = describedSamples(join(folder, fixture.base), fixture.truth);
  return video.length + audio.length > 0;
}

for (const fixture of allStagingFixtures('crashed')) {
  const { name, base, truth } = fixture;
  describe(`crashed/${name}/${base}`, () => {
    for (const { name: damage, tolerance, apply } of damages) {
      test(`with ${damage}: what is still described comes back`, async (t) => {
        const folder = memoryDirectory(t);
        if (!describable(fixture, folder)) return t.skip('nothing is described');
        const recording = join(folder, base);
        const media = readFileSync(`${recording}.mdat`);
        if (!apply({ fixture, recording, aside: scratchDirectory(t) })) return t.skip('cannot be done to this set');
        const { found, trackErrorMs, offsetErrorMs } = await judgeRecovery(recording, truth, media, tolerance);
        t.diagnostic(
          `${name}, ${damage}: video ${found.video}, audio ${found.audio}, ${trackErrorMs.toFixed(1)} ms, tracks ${offsetErrorMs.toFixed(1)} ms`,
        );
        return undefined;
      });
    }

    for (const suffix of ['.track1', '.track2']) {
      test(`with ${suffix} cut at every byte of its last 64: what is still described comes back`, async (t) => {
        const folder = memoryDirectory(t);
        if (!describable(fixture, folder)) return t.skip('nothing is described');
        const recording = join(folder, base);
        const media = readFileSync(`${recording}.mdat`);
        const contents = existsSync(recording + suffix) ? readFileSync(recording + suffix) : Buffer.alloc(0);
        if (contents.length === 0) return t.skip(`no ${suffix}`);
        for (let cut = 1; cut <= Math.min(64, contents.length); cut++) {
          writeFileSync(recording + suffix, contents.subarray(0, contents.length - cut));
          try {
            await judgeRecovery(recording, truth, media, asRecorded);
          } catch (error) {
            throw new Error(`${cut} bytes cut off: ${String(error)}`, { cause: error });
          }
          // A cut that happens to leave a set whole has its files removed.
          copyStagingCase('crashed', name, folder);
        }
        return undefined;
      });
    }
  });
}

test('the programs end with 0 where anything is described, and say whether the staging files are kept', async (t) => {
  for (const name of ['d-flush2-op06', 'f-intra60-18.40s', 'g-videoonly-06.00s', 'h-audioonly-08.00s']) {
    const fixture = allStagingFixtures('crashed').find((each) => each.name === name)!;
    for (const { name: damage, apply } of damages) {
      const folder = scratchDirectory(t);
      copyStagingCase('crashed', name, folder);
      const recording = join(folder, fixture.base);
      const media = readFileSync(`${recording}.mdat`);
      if (!apply({ fixture, recording, aside: scratchDirectory(t) })) continue;
      const { samples } = stillThere(recording, fixture.truth, media);
      const nothing = samples.video.length + samples.audio.length === 0;
      const before = folderContents(folder);
      const { status, stdout, stderr } = await runProgram('evo-mp4writer', [`-path=${recording}`, '--recovery']);
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
  const { status, stderr } = await runProgram('evo-mp4writer', [`-path=${recording}`, '--recovery']);
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
  const { outcome } = await judgeRecovery(recording, fixture.truth, readFileSync(`${recording}.mdat`), byRhythm);
  assert.ok(!(outcome instanceof SalvorError));
  const taken = outcome.findings.filter(({ code }) => code === 'codec-configuration-taken');
  assert.ok(taken.some(({ message }) => message.includes('earlier.mp4.info')));
});
