/**
 * Recordings with pauses, dropped pictures and late sound, of which nothing is left but the media: made by ffmpeg's encoders,
 * written as the media server does in the order of their decode times, and recovered by the program. Limits: pictures
 * within one frame and sound within 25 ms at the 95th percentile, tracks against each other included.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { encode } from '../../codecs/encoded.ts';
import { comparePackets, type Comparison } from '../../support/compare.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { Truth, TruthSample } from '../../support/truth.ts';
import { readMovieSamples } from './movie-samples.ts';

const limitsMs = { video: 40, audio: 25 } as const;
const roundingMs = 1;
const ticksPerSecond = 1000;

/** A sample as it was encoded. */
interface Sample {
  readonly track: 'video' | 'audio';
  readonly bytes: Uint8Array;
  readonly sha1: string;
  /** Seconds. */
  readonly decoded: number;
  readonly shown: number;
  readonly sync: boolean;
}

/** Whether no other picture refers to it (nal_ref_idc 0): what a server drops under load. */
function isDisposable({ track, bytes }: Sample): boolean {
  if (track !== 'video') return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 4 < bytes.length; at += 4 + view.getUint32(at)) {
    const header = bytes[at + 4]!;
    if ((header & 0x1f) === 1 || (header & 0x1f) === 5) return (header & 0x60) === 0;
  }
  return false;
}

const sources = {
  steady: [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=15'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=15'],
    ...['-c:v', 'libx264', '-g', '25', '-x264-params', 'repeat-headers=1:bframes=2:scenecut=0'],
    ...['-c:a', 'aac', '-b:a', '48k'],
  ],
  changing: [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=50:duration=15'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=15'],
    ...['-vf', "select='lt(t,7)+not(mod(n,2))'", '-fps_mode', 'vfr', '-c:v', 'libx264', '-g', '50'],
    ...['-x264-params', 'repeat-headers=1:bframes=2', '-c:a', 'aac', '-b:a', '48k'],
  ],
} as const;

function between(time: number, from: number, to: number): boolean {
  return time >= from && time < to;
}

/** What of an encoded recording reached the server. */
const cases: readonly {
  readonly name: string;
  readonly of: keyof typeof sources;
  readonly arrived: (sample: Sample, number: number) => boolean;
}[] = [
  { name: 'nothing is missing', of: 'steady', arrived: () => true },
  {
    name: 'pictures were dropped all along',
    of: 'steady',
    arrived: (sample, number) => !isDisposable(sample) || number % 3 !== 0,
  },
  {
    name: 'the picture stood still for three seconds',
    of: 'steady',
    arrived: ({ track, decoded }) => track === 'audio' || !between(decoded, 5, 8),
  },
  {
    name: 'the sound paused for 1.7 s',
    of: 'steady',
    arrived: ({ track, decoded }) => track === 'video' || !between(decoded, 6, 7.7),
  },
  {
    name: 'the sound came 1.679 s late',
    of: 'steady',
    arrived: ({ track, decoded }) => track === 'video' || decoded >= 1.679,
  },
  {
    name: 'the pictures came 2.3 s late',
    of: 'steady',
    arrived: ({ track, decoded }) => track === 'audio' || decoded >= 2.3,
  },
  {
    name: 'the sound ended four seconds before the pictures',
    of: 'steady',
    arrived: ({ track, decoded }) => track === 'video' || decoded < 11,
  },
  { name: 'the rate of the pictures was halved', of: 'changing', arrived: () => true },
];

async function samplesOf(file: string): Promise<Sample[]> {
  const bytes = new Uint8Array(readFileSync(file));
  const { streams } = await probe(file);
  const packets = await probePackets(file, { asStored: true });
  const samples = packets.map(({ stream, dtsTicks, ptsTicks, offset, size, sync, sha1 }): Sample => {
    const { codec_type: kind, time_base: timeBase } = streams[stream]!;
    const tick = 1 / Number(timeBase.split('/')[1]);
    return {
      track: kind === 'video' ? 'video' : 'audio',
      bytes: bytes.subarray(offset, offset! + size),
      sha1: sha1.slice(0, 16),
      decoded: dtsTicks! * tick,
      shown: ptsTicks! * tick,
      sync,
    };
  });
  return samples.sort((a, b) => a.decoded - b.decoded);
}

/** Writes the media file of a recording whose server never came to write an index, and says what is in it. */
function writeMedia(path: string, samples: readonly Sample[]): Truth {
  const header = Buffer.from('000000016d6461740000000000000000', 'hex');
  writeFileSync(path, Buffer.concat([header, ...samples.map(({ bytes }) => bytes)]));
  let offset = header.length;
  const recorded = samples.map(({ track, bytes, sha1, decoded, shown, sync }): TruthSample => {
    const dtsTicks = Math.round(decoded * ticksPerSecond);
    const ctsTicks = Math.round(shown * ticksPerSecond) - dtsTicks;
    const sample = { track, offset, size: bytes.length, dtsTicks, ctsTicks, sync, sha1 };
    offset += bytes.length;
    return sample;
  });
  const timescale = { video: ticksPerSecond, audio: ticksPerSecond };
  return { note: '', source: undefined, timescale, config: { video: '', audio: '' }, samples: recorded };
}

function percentile95({ found, deviations }: Comparison['tracks'][number]): number {
  const listed = deviations.map(({ ptsErrorMs }) => ptsErrorMs);
  const all = [...new Array<number>(found - listed.length).fill(0), ...listed].sort((a, b) => a - b);
  return all[Math.floor(all.length * 0.95)] ?? 0;
}

describe('times of recordings of which only the media is left', needs('ffmpeg', 'ffprobe'), () => {
  const folder = scratchDirectory({ after });
  const encoded = new Map<string, readonly Sample[]>();
  before(async () => {
    for (const [name, args] of Object.entries(sources)) {
      encoded.set(name, await samplesOf(await encode({ after }, `${name}.mp4`, args)));
    }
  });
  for (const [number, { name, of, arrived }] of cases.entries()) {
    test(`${name}: it still is so`, async (t) => {
      const own = join(folder, String(number));
      mkdirSync(own);
      const recording = join(own, 'rec.mp4');
      const truth = writeMedia(`${recording}.mdat`, encoded.get(of)!.filter(arrived));
      const { status, stderr } = await runInProcess('salvor', ['mp4writer', '--recovery', recording]);
      assert.equal(status, 0, stderr);
      const { streams, packets } = readMovieSamples(recording);
      const { tracks, missing, invented, syncErrors } = comparePackets(streams, packets, truth);
      assert.deepEqual({ missing, invented, syncErrors }, { missing: 0, invented: 0, syncErrors: 0 });
      for (const track of tracks) {
        const error = percentile95(track);
        t.diagnostic(`${track.kind}: ${error.toFixed(1)} ms`);
        const limit = limitsMs[track.kind] + roundingMs;
        assert.ok(error <= limit, `${track.kind} is ${error} ms off at the 95th percentile, may be ${limit}`);
      }
    });
  }
});
