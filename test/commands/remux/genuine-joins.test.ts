/** Recordings that a real server cut become what was published: the truth is that of the stream, which was never cut. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { remux, type OutputKind } from '../../../src/commands/remux/remux.ts';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { TrackKind } from '../../support/truth.ts';

/** A sample with its times in milliseconds. */
interface Sample {
  readonly sha1: string;
  readonly decoded: number;
  readonly composition: number;
  readonly sync: boolean;
}

/** FLV counts milliseconds, and so did the publisher. */
const tick = 1.001;

async function samplesOf(file: string, kind: TrackKind): Promise<Sample[]> {
  const [packets, { streams }] = await Promise.all([probePackets(file, { asStored: true }), probe(file)]);
  return packets
    .filter((packet) => packet.kind === kind)
    .map(({ stream, sha1, dtsTicks, ptsTicks, sync }) => {
      const [numerator, denominator] = streams[stream]!.time_base.split('/').map(Number);
      const milliseconds = (ticks: number): number => (1000 * ticks * numerator!) / denominator!;
      const [decoded, composition] = [milliseconds(dtsTicks!), milliseconds(ptsTicks! - dtsTicks!)];
      return { sha1: sha1.slice(0, 16), decoded, composition, sync };
    });
}

/** What was published of a kind. `laterBy`: milliseconds by which the times of each set are moved. */
function truthOf(sets: readonly StagingFixture[], kind: TrackKind, laterBy: readonly number[] = [0]): Sample[] {
  return sets.flatMap(({ truth }, index) => {
    const milliseconds = (ticks: number): number => (1000 * ticks) / truth.timescale[kind];
    return truth.samples
      .filter(({ track }) => track === kind)
      .map(({ sha1, dtsTicks, ctsTicks, sync }) => {
        return { sha1, decoded: milliseconds(dtsTicks) + laterBy[index]!, composition: milliseconds(ctsTicks), sync };
      });
  });
}

/** All that is in the file is what was published, in a row: bytes, sync flags, steps of time, composition offsets. */
function assertIsRun(there: readonly Sample[], published: readonly Sample[], place: string): void {
  const from = published.findIndex(({ sha1 }) => sha1 === there[0]!.sha1);
  assert.ok(from >= 0, place);
  const moved = there[0]!.decoded - published[from]!.decoded;
  for (const [index, { sha1, decoded, composition, sync }] of there.entries()) {
    const truth = published[from + index]!;
    const here = `${place} ${index}`;
    assert.equal(sha1, truth.sha1, here);
    assert.equal(sync, truth.sync, here);
    assert.ok(Math.abs(decoded - moved - truth.decoded) < tick, `${here}: ${decoded} ${truth.decoded} ${moved}`);
    assert.ok(Math.abs(composition - truth.composition) < tick, `${here}: ${composition} ${truth.composition}`);
  }
}

describe('remux of recordings that were cut by their server', needs('ffprobe'), () => {
  const directory = scratchDirectory({ after });

  for (const kind of ['mp4', 'flv'] as const satisfies OutputKind[]) {
    const options = { kind, replace: false, dryRun: false, gaps: 'keep' } as const;

    test(`three chunks as FLV become ${kind} with what was published`, async () => {
      const folder = join(directory, `flv-${kind}`);
      mkdirSync(folder);
      const paths = [
        'ems/flv/killed-chunked4-10s/rec_part0000.flv',
        'ems/flv/killed-chunked4-10s/rec_part0001.flv',
        'flv/killed-chunk3.flv',
      ].map((name, number) => {
        const path = join(folder, `rec_part000${number}.flv`);
        copyFileSync(join(fixturesDirectory, name), path);
        return path;
      });
      const output = join(folder, `all.${kind}`);
      await remux(paths, { ...options, output });
      const uncut = stagingFixtures('crashed', 'b-12.30s');
      const counts: number[] = [];
      for (const track of ['video', 'audio'] as const) {
        const there = await samplesOf(output, track);
        counts.push(there.length);
        assertIsRun(there, truthOf(uncut, track), track);
      }
      // As many as the tags of the three that are whole; the kill cut one.
      assert.deepEqual(counts, [250, 431]);
    });

    test(`the staging sets of two chunks become ${kind} with what was published`, async () => {
      const folder = join(directory, `sets-${kind}`);
      copyStagingCase('clean', 'chunked', folder);
      const sets = stagingFixtures('clean', 'chunked');
      const output = join(folder, `all.${kind}`);
      const { findings } = await remux(
        sets.map(({ base }) => join(folder, base)),
        { ...options, output },
      );
      // The server takes the composition offset of the first picture of a chunk away; that of the next IDR is the same.
      assert.deepEqual(
        findings.map(({ code }) => code),
        ['times-continued'],
      );
      // Each chunk counts from 0: 125 pictures at 25 a second later for the second.
      const moved = [0, 5000];
      const video = truthOf(sets, 'video', moved);
      const lost = sets[0]!.truth.samples.filter(({ track }) => track === 'video').length;
      const { composition } = video.find(({ sync }, index) => sync && index > lost)!;
      video[lost] = { ...video[lost]!, composition };
      assertIsRun(await samplesOf(output, 'video'), video, 'video');
      assertIsRun(await samplesOf(output, 'audio'), truthOf(sets, 'audio', moved), 'audio');
    });
  }
});
