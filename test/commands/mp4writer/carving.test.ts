/**
 * Staging sets of which more than the end is without an index: `.info` and both track files deleted, one track file
 * deleted, track files cut. Every sample that lies whole in the media comes back by reading it, none that was never
 * recorded, in its order and at its time.
 */
import assert from 'node:assert/strict';
import { existsSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SalvorError } from '../../../src/media/errors.ts';
import { comparePackets, type Comparison } from '../../support/compare.ts';
import { allStagingFixtures, copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { memoryDirectory, recoverInProcess, withoutParameterSets } from './recovered-set.ts';
import { readMovieSamples } from './movie-samples.ts';

interface Loss {
  readonly name: string;
  readonly group: StagingFixture['group'];
  readonly apply: (recording: string) => void;
  /** Sets this cannot be asked of, and why. */
  readonly except: Readonly<Record<string, string>>;
}

const tracks = ['.track1', '.track2'];

function remove(recording: string, suffixes: readonly string[]): void {
  for (const suffix of suffixes) rmSync(recording + suffix, { force: true });
}

const noParameterSets = 'its pictures have no parameter sets, neither in the media nor elsewhere';

const losses: readonly Loss[] = [
  {
    name: '.info and both track files deleted',
    group: 'crashed',
    apply: (recording) => remove(recording, ['.info', ...tracks]),
    except: { [withoutParameterSets]: noParameterSets },
  },
  {
    name: 'both track files deleted',
    group: 'crashed',
    apply: (recording) => remove(recording, tracks),
    except: { [withoutParameterSets]: noParameterSets },
  },
  {
    name: 'the first track file deleted',
    group: 'crashed',
    apply: (recording) => remove(recording, ['.track1']),
    except: { [withoutParameterSets]: noParameterSets },
  },
  {
    name: 'the second track file deleted',
    group: 'crashed',
    apply: (recording) => remove(recording, ['.track2']),
    except: { [withoutParameterSets]: noParameterSets },
  },
  {
    name: 'both track files cut to 60 %',
    group: 'clean',
    apply: (recording) => {
      for (const path of tracks.map((suffix) => recording + suffix)) {
        if (existsSync(path)) truncateSync(path, Math.floor(statSync(path).size * 0.6));
      }
    },
    except: {
      'samesize-both': 'its sounds were filled up with zeros, which no encoder does',
      'dts-backwards': 'its clock steps back where nothing tells it',
    },
  },
];

const limits = { video: 0.042, audio: 0.025 } as const;

function percentile95(track: Comparison['tracks'][number]): number {
  const errors = track.deviations.map(({ ptsErrorMs, dtsErrorMs }) => Math.max(ptsErrorMs, dtsErrorMs));
  const all = [...new Array<number>(track.found - errors.length).fill(0), ...errors].sort((a, b) => a - b);
  return all[Math.floor(all.length * 0.95)] ?? 0;
}

for (const { name: loss, group, apply, except } of losses) {
  describe(`with ${loss}`, () => {
    for (const { name, base, truth } of allStagingFixtures(group)) {
      if (name in except) continue;
      test(`${group}/${name}/${base}: every whole sample comes back, at its time`, async (t) => {
        const folder = memoryDirectory(t);
        copyStagingCase(group, name, folder);
        const recording = join(folder, base);
        apply(recording);
        const outcome = await recoverInProcess(recording);
        if (outcome instanceof SalvorError) assert.fail(outcome.describe());
        const { streams, packets } = readMovieSamples(recording);
        const comparison = comparePackets(streams, packets, truth);
        assert.equal(comparison.missing, 0);
        assert.equal(comparison.invented, 0);
        assert.equal(comparison.syncErrors, 0);
        for (const track of comparison.tracks) {
          const error = percentile95(track) / 1000;
          assert.ok(error <= limits[track.kind], `${track.kind} is ${error} s off at the 95th percentile`);
        }
      });
    }
  });
}
