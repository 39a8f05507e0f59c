/**
 * MP4s without a moov, laid out as phones, cameras and packagers do: whole chunks of pictures and of audio in turn; and as
 * packet writers do, or with pictures alone. One encoded recording is written in every layout; repaired, each sample has the
 * time that it has in the recording, to a frame, audio and pictures under one offset. The reference rate of a stream that
 * announces none is taken too.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';

interface Sample {
  readonly kind: 'video' | 'audio';
  readonly bytes: Uint8Array;
  readonly sha1: string;
  /** Seconds. */
  readonly decoded: number;
  readonly shown: number;
}

async function samplesOf(file: string): Promise<Sample[]> {
  const bytes = new Uint8Array(readFileSync(file));
  const { streams } = await probe(file);
  return (await probePackets(file, { asStored: true })).map(({ stream, dtsTicks, ptsTicks, offset, size, sha1 }) => {
    const { codec_type: kind, time_base: timeBase } = streams[stream]!;
    const tick = 1 / Number(timeBase.split('/')[1]);
    return {
      kind: kind === 'video' ? 'video' : 'audio',
      bytes: bytes.subarray(offset, offset! + size),
      sha1,
      decoded: dtsTicks! * tick,
      shown: ptsTicks! * tick,
    };
  });
}

type Layout = (video: readonly Sample[], audio: readonly Sample[]) => readonly Sample[];

/** Cuts a track wherever its clock passes the sums of the lengths, the last of which is repeated. */
function cut(samples: readonly Sample[], lengths: readonly number[]): Sample[][] {
  const chunks: Sample[][] = [[]];
  const start = samples[0]!.decoded;
  let end = start + lengths[0]!;
  for (const sample of samples) {
    while (sample.decoded >= end - 1e-9) {
      end += lengths[Math.min(chunks.length, lengths.length - 1)]!;
      chunks.push([]);
    }
    chunks.at(-1)!.push(sample);
  }
  return chunks;
}

function inTurn(one: readonly Sample[][], other: readonly Sample[][]): Sample[] {
  const all: Sample[] = [];
  for (let n = 0; n < Math.max(one.length, other.length); n++) all.push(...(one[n] ?? []), ...(other[n] ?? []));
  return all;
}

const layouts: Readonly<Record<string, Layout>> = {
  '0.2 s of pictures, 0.2 s of audio': (video, audio) => inTurn(cut(video, [0.2]), cut(audio, [0.2])),
  '1 s of pictures, 1 s of audio': (video, audio) => inTurn(cut(video, [1]), cut(audio, [1])),
  '1 s of audio, 1 s of pictures': (video, audio) => inTurn(cut(audio, [1]), cut(video, [1])),
  '3 s of audio, 3 s of pictures': (video, audio) => inTurn(cut(audio, [3]), cut(video, [3])),
  'audio kept 2.5 s ahead (CoreMedia)': (video, audio) => inTurn(cut(audio, [2.5, 0.5]), cut(video, [0.5])),
  'chunks of unequal lengths': (video, audio) => inTurn(cut(video, [0.4, 1.3, 0.7, 2]), cut(audio, [0.4, 1.3, 0.7, 2])),
  'each sample as it was decoded': (video, audio) => [...video, ...audio].sort((a, b) => a.decoded - b.decoded),
  'pictures alone': (video) => video,
  'all of the audio behind all of the pictures': (video, audio) => [...video, ...audio],
  'audio comes 2.4 s late': (video, audio) => asTheyFill(cut(video, [1]), cut(begunAt(audio, 2.4), [1])),
  'pictures come 2 s late': (video, audio) => asTheyFill(cut(begunAt(video, 2), [1]), cut(audio, [1])),
};

/** Chunks in the order in which they are full, as a writer that keeps only what it has yet to write puts them. */
function asTheyFill(one: readonly Sample[][], other: readonly Sample[][]): Sample[] {
  return [...one, ...other].sort((a, b) => a.at(-1)!.decoded - b.at(-1)!.decoded).flat();
}

function begunAt(samples: readonly Sample[], seconds: number): readonly Sample[] {
  return samples.filter(({ decoded }) => decoded >= samples[0]!.decoded + seconds - 0.001);
}

/** Milliseconds that a report says audio and pictures may be off against each other; 0 where it says none. */
function statedBound({ findings }: RecordingReport): number {
  return 1000 * Math.max(0, ...bounds(findings));
}

/** Seconds that findings say audio and pictures may be off against each other. */
function bounds(findings: RecordingReport['findings']): number[] {
  return findings.flatMap(({ message }) => /(?:at most|up to|, to) ([\d.]+) s/.exec(message)?.[1] ?? []).map(Number);
}

/** Writes samples into an MP4 without a moov. */
function writeDamaged(file: string, samples: readonly Sample[]): void {
  const media = Buffer.concat(samples.map(({ bytes }) => bytes));
  const header = Buffer.alloc(32);
  header.writeUInt32BE(24);
  header.write('ftypmp42\0\0\0\0mp42isom', 4, 'latin1');
  header.writeUInt32BE(8 + media.length, 24);
  header.write('mdat', 28, 'latin1');
  writeFileSync(file, Buffer.concat([header, media]));
}

const frameMs = 40;

/** The error that 95 % of the samples do not exceed, in milliseconds, under one offset for both tracks. */
function percentiles(made: readonly Sample[], recorded: readonly Sample[]): Record<'video' | 'audio', number> {
  const times = new Map(recorded.map(({ sha1, shown }) => [sha1, shown]));
  const off = made.flatMap(({ kind, sha1, shown }) => {
    const time = times.get(sha1);
    return time === undefined ? [] : [{ kind, seconds: shown - time }];
  });
  assert.ok(off.length > 0.95 * recorded.length, `${off.length} of ${recorded.length} samples came back`);
  const middle = off.map(({ seconds }) => seconds).sort((a, b) => a - b)[off.length >> 1]!;
  const percentile = (kind: Sample['kind']): number => {
    const own = off.filter((one) => one.kind === kind).map(({ seconds }) => Math.abs(seconds - middle) * 1000);
    return own.sort((a, b) => a - b)[Math.floor(own.length * 0.95)] ?? 0;
  };
  return { video: percentile('video'), audio: percentile('audio') };
}

const sources = {
  'H.264 at 25 a second that announces its timing, AAC at 48 kHz': ['25', '48000', 'libx264', ['-bf', '2', '-g', '25']],
  'the same, its pictures 0.12 s later than the audio, as an empty edit of the reference says': [
    '25',
    '48000',
    'libx264',
    ['-bf', '2', '-g', '25'],
    '0.12',
  ],
  'VP9 at 30 a second that announces none, AAC at 44.1 kHz': [
    '30',
    '44100',
    'libvpx-vp9',
    ['-deadline', 'realtime', '-g', '30'],
  ],
} as const;

describe('MP4s without a moov, in the layouts of many writers', () => {
  for (const [what, [rate, hertz, encoder, options, late = '0']] of Object.entries(sources)) {
    test(`${what}: audio and pictures stay together`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const complete = await encode(t, 'complete.mp4', [
        ...['-itsoffset', late, '-f', 'lavfi', '-i', `testsrc2=size=176x144:rate=${rate}:duration=8`],
        ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=${hertz}:duration=8`],
        ...['-c:v', encoder, ...options, '-c:a', 'aac', '-b:a', '64k'],
      ]);
      const samples = await samplesOf(complete);
      const [video, audio] = (['video', 'audio'] as const).map((kind) => samples.filter((one) => one.kind === kind));
      const failures: string[] = [];
      for (const [layout, order] of Object.entries(layouts)) {
        // Frames of VP9 are not marked, and seconds of them alone teach too little.
        if (encoder !== 'libx264' && layout.endsWith('late')) continue;
        const written = order(video!, audio!);
        const damaged = join(dirname(complete), 'damaged.mp4');
        const output = join(dirname(complete), 'repaired.mp4');
        writeDamaged(damaged, written);
        const report = await repair(damaged, {
          output,
          replace: true,
          dryRun: false,
          reference: complete,
          inPlace: false,
          framesPerSecond: undefined,
        });
        const off = percentiles(await samplesOf(output), written);
        const warned = bounds(report.findings.filter(({ severity }) => severity === 'warning'));
        if (new Set(warned).size < warned.length) failures.push(`${layout}: ${warned.join(' s, ')} s said twice`);
        // Where nothing tells that a track came late, the bound that is stated holds.
        const limit = layout.endsWith('late') ? Math.max(frameMs, statedBound(report)) : frameMs;
        if (Math.max(off.video, off.audio) > limit) {
          failures.push(`${layout}: ${JSON.stringify(off)}, ${limit} ms stated`);
        }
      }
      assert.deepEqual(failures, []);
    });
  }
});

describe('the rate that pictures alone announce', () => {
  for (const [what, flag, rate] of [
    ['without holding themselves to it is that of the reference', '0', 25],
    // QuickTime's screen recordings announce 25 pictures a second so, and have 60.
    ['with fixed_frame_rate_flag is that of the reference, whose pictures announce the same', '1', 25],
  ] as const) {
    test(what, needs('ffmpeg', 'ffprobe'), async (t) => {
      const complete = await encode(t, 'complete.mp4', [
        ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3', '-c:v', 'libx264', '-preset', 'ultrafast'],
        // A tick of H.264 is a field: 100 a second are 50 pictures.
        ...['-x264-params', `force-cfr=${flag}`, '-bsf:v', 'h264_metadata=tick_rate=100'],
      ]);
      const pictures = await samplesOf(complete);
      const [damaged, output] = ['damaged.mp4', 'repaired.mp4'].map((name) => join(dirname(complete), name)) as [
        string,
        string,
      ];
      writeDamaged(damaged, pictures);
      await repair(damaged, {
        ...{ output, replace: true, dryRun: false, reference: complete, inPlace: false, framesPerSecond: undefined },
      });
      const shown = (await samplesOf(output)).map((sample) => sample.shown).sort((a, b) => a - b);
      assert.equal(shown.length, pictures.length);
      const seconds = shown.at(-1)! - shown[0]!;
      assert.ok(Math.abs(seconds - (pictures.length - 1) / rate) < 0.02, `${seconds} s`);
    });
  }

  test('that no audio beside them contradicts does not cost the audio', needs('ffmpeg', 'ffprobe'), async (t) => {
    // 40 pictures a second announced where there are 60: as if audio of 48000 Hz were of 32000.
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=60:duration=2'],
      ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=2:seed=1', '-c:a', 'aac'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bsf:v', 'h264_metadata=tick_rate=80'],
    ]);
    const samples = await samplesOf(complete);
    const [damaged, output] = ['damaged.mp4', 'repaired.mp4'].map((name) => join(dirname(complete), name)) as [
      string,
      string,
    ];
    writeDamaged(damaged, samples);
    await repair(damaged, {
      ...{ output, replace: true, dryRun: false, reference: complete, inPlace: false, framesPerSecond: undefined },
    });
    assert.deepEqual((await samplesOf(output)).map(({ sha1 }) => sha1).sort(), samples.map(({ sha1 }) => sha1).sort());
  });
});
