/**
 * MP4s without a moov whose media has a hole of zeros that begins within one sample and ends within another: neither comes back
 * as if it were whole, whatever says how long samples are, and all others do. Judged by ffprobe.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { encode } from '../../codecs/encoded.ts';
import { needs, probePackets, type ProbedPacket } from '../../support/judges.ts';
import { killed, placeBytes, runRepair } from './damaged-recordings.ts';

const judged = needs('ffmpeg', 'ffprobe');
const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=4,noise=alls=20:allf=t'];
const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=4'];

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly kind: 'video' | 'audio';
  /** Parts of two samples at which the hole begins and ends. */
  readonly from: number;
  readonly to: number;
}

const cases: readonly Case[] = [
  {
    name: 'H.264 of four slices a picture, in a profile whose slices may come in any order',
    args: [...pictures, ...'-c:v libx264 -profile:v baseline -g 25 -x264-params slices=4'.split(' ')],
    kind: 'video',
    from: 0.5,
    to: 0.1,
  },
  {
    name: 'MPEG-4 Visual beside AAC, at the end of a picture',
    args: [...pictures, ...tone, ...'-c:v mpeg4 -g 25 -c:a aac'.split(' ')],
    kind: 'video',
    from: 0.95,
    to: 0.5,
  },
];

/** The places of the hole: within the first sample of the kind behind a third of the media, and within one that is far enough. */
function holeIn(samples: readonly ProbedPacket[], { from, to }: Case): readonly [number, number] {
  const first = samples[Math.floor(samples.length / 3)]!;
  const start = first.offset! + Math.floor(from * first.size);
  const last = samples.find(({ offset }) => offset! > start + 4096)!;
  return [start, last.offset! + Math.floor(to * last.size)];
}

describe('a hole of zeros', () => {
  for (const each of cases) {
    test(`takes the samples that it reaches into, and no other: ${each.name}`, judged, async (t) => {
      const whole = await encode(t, 'whole.mp4', each.args);
      const bytes = readFileSync(whole);
      const packets = (await probePackets(whole, { asStored: true })).filter(({ offset }) => offset !== undefined);
      const own = packets.filter(({ kind }) => kind === each.kind).toSorted((a, b) => a.offset! - b.offset!);
      const [start, end] = holeIn(own, each);
      const damaged = placeBytes(dirname(whole), 'damaged.mp4', killed(Buffer.from(bytes).fill(0, start, end)));
      const { report } = await runRepair(damaged, ['--reference', whole]);
      const left = packets.filter(({ offset, size }) => offset! + size <= start || offset! >= end);
      const media = (samples: readonly ProbedPacket[]): string[] =>
        samples.flatMap(({ kind, sha1 }) => (kind === 'video' || kind === 'audio' ? [`${kind} ${sha1}`] : [])).sort();
      const found = media(await probePackets(report.output!.path, { asStored: true }));
      assert.deepEqual(found, media(left));
    });
  }
});
