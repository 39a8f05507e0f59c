/**
 * MP4s without a moov in which samples of other tracks stand between pictures and audio: camera data, timed metadata, text.
 * One encoded recording is written with each kind of them; repaired, every picture and audio sample is one of the recording,
 * and all of them are back wherever the other samples can be told.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { killed } from './damaged-recordings.ts';

interface Sample {
  readonly stream: number;
  readonly bytes: Uint8Array;
  readonly sha1: string;
}

/** Data between samples: what stands before a sample and behind it. */
type Between = (sample: Sample, n: number) => { readonly before?: Uint8Array; readonly behind?: Uint8Array };

/** Bytes as random as they need to be, the same in every run. */
function noise(seed: number): (length: number) => Uint8Array {
  let state = seed;
  return (length) =>
    Uint8Array.from({ length }, () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state >>> 24;
    });
}

function record(size: number, fill: (view: DataView) => void, content: Uint8Array = new Uint8Array(0)): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(content, size - content.length);
  fill(new DataView(bytes.buffer));
  return bytes;
}

const layouts: Readonly<Record<string, () => Between>> = {
  'a record of 16 bytes before every sample': () => (sample) => ({
    before: record(16, (view) => {
      view.setUint32(0, sample.stream === 0 ? 0x47500300 : 0x47500400);
      view.setUint32(4, sample.bytes.length);
      view.setUint32(8, 1001);
    }),
  }),
  '132 bytes of anything behind every picture': () => {
    const any = noise(3);
    return (sample) => (sample.stream === 0 ? { behind: any(132) } : {});
  },
  'boxes of several sizes behind every seventh sample': () => {
    const any = noise(5);
    return (_sample, n) => {
      if (n % 7 !== 0) return {};
      const content = any(4 + ((n * 37) % 300));
      const sized = record(8 + content.length, (view) => view.setUint32(0, 8 + content.length), content);
      sized[7] = 1;
      return { behind: sized };
    };
  },
  'a timecode of 4 bytes before all, and one of 32 bytes that begins alike behind every picture': () => {
    const any = noise(7);
    return (sample, n) => ({
      ...(n === 0 ? { before: any(4) } : {}),
      ...(sample.stream === 0 ? { behind: record(32, (view) => view.setUint32(0, 0x0a1c0a09), any(20)) } : {}),
    });
  },
};

/** The pictures and the audio that come back of a recording without its moov. */
async function repaired(complete: string, samples: readonly Sample[], between: Between): Promise<Sample[]> {
  const empty = new Uint8Array(0);
  const media = Buffer.concat(
    samples.flatMap((sample, n) => {
      const { before = empty, behind = empty } = between(sample, n);
      return [before, sample.bytes, behind];
    }),
  );
  const header = Buffer.alloc(32);
  header.writeUInt32BE(24);
  header.write('ftypmp42\0\0\0\0mp42isom', 4, 'latin1');
  header.writeUInt32BE(8 + media.length, 24);
  header.write('mdat', 28, 'latin1');
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'repaired.mp4');
  writeFileSync(damaged, Buffer.concat([header, media]));
  const report = await repair(damaged, {
    output,
    replace: true,
    dryRun: false,
    reference: complete,
    inPlace: false,
    framesPerSecond: undefined,
  });
  assert.ok(report.findings.some(({ code }) => code === 'media-passed-over'));
  return await samplesOf(output);
}

async function samplesOf(file: string): Promise<Sample[]> {
  const bytes = new Uint8Array(readFileSync(file));
  return (await probePackets(file, { asStored: true })).map(({ stream, offset, size, sha1 }) => ({
    stream,
    bytes: bytes.subarray(offset, offset! + size),
    sha1,
  }));
}

function countsOf(samples: readonly Sample[]): number[] {
  return [0, 1].map((stream) => samples.filter((one) => one.stream === stream).length);
}

/** Pictures and audio samples whose bytes are there: by counting the records (GoPro); of the iPhone, as many as come back, which FFmpeg decodes without an error. */
const genuine = {
  'gopro-fdsc': { files: ['damaged.mp4', 'reference.mp4'], samples: [6, 5] },
  'iphone-mebx': { files: ['damaged.mov', 'reference.mov'], samples: [60, 175] },
} as const;

describe('genuine recordings of cameras in which other tracks stand between pictures and audio', () => {
  for (const [name, { files, samples }] of Object.entries(genuine)) {
    test(name, needs('ffmpeg', 'ffprobe'), async (t) => {
      const [damaged, reference] = files.map((file) => join(fixturesDirectory, 'mp4', name, file));
      const output = join(scratchDirectory(t), 'repaired.mp4');
      await repair(damaged!, {
        ...{ output, reference, replace: false, dryRun: false, inPlace: false },
        framesPerSecond: undefined,
      });
      assert.deepEqual(countsOf(await samplesOf(output)), samples);
    });
  }
});

describe('MP4s without a moov in which other tracks stand between pictures and audio', () => {
  test('every picture and every audio sample comes back, and nothing else', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3'],
      ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=3:seed=1'],
      ...['-c:v', 'libx264', '-bf', '2', '-g', '25', '-c:a', 'aac', '-b:a', '64k', '-ac', '2'],
    ]);
    const samples = await samplesOf(complete);
    const known = new Set(samples.map(({ sha1 }) => sha1));
    for (const [what, layout] of Object.entries(layouts)) {
      const found = await repaired(complete, samples, layout());
      assert.ok(
        found.every(({ sha1 }) => known.has(sha1)),
        `${what}: false samples`,
      );
      assert.deepEqual(countsOf(found), countsOf(samples), what);
    }
  });

  test('between pieces of any size pictures stand by themselves', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'pictures.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3'],
      ...['-c:v', 'libx264', '-profile:v', 'main', '-g', '25'],
    ]);
    const samples = await samplesOf(complete);
    const any = noise(11);
    const found = await repaired(complete, samples, (_sample, n) => ({ behind: any(60 + ((n * 97) % 3000)) }));
    assert.deepEqual(
      found.map(({ sha1 }) => sha1),
      samples.map(({ sha1 }) => sha1),
    );
  });
});

describe('tracks of a reference that are neither pictures nor audio', () => {
  test('two samples of timed metadata cost no picture and no audio', needs('ffmpeg', 'ffprobe'), async (t) => {
    const directory = scratchDirectory(t);
    const text = join(directory, 'text.srt');
    const cues = [
      '00:00:00,000 --> 00:00:01,500\nwhat a telephone',
      '00:00:01,500 --> 00:00:03,000\nsays of each picture',
    ];
    writeFileSync(text, cues.map((cue, n) => `${n + 1}\n${cue}\n`).join('\n'));
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3'],
      ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=3:seed=1'],
      ...['-i', text, '-map', '0', '-map', '1', '-map', '2', '-c:v', 'libx264', '-g', '25', '-c:a', 'aac'],
      ...['-c:s', 'mov_text'],
    ]);
    const packets = await probePackets(complete, { asStored: true });
    const bytes = readFileSync(complete);
    // Samples of text become items of a key: a size, the number of the key, and what it holds.
    for (const { kind, offset, size } of packets) {
      if (kind !== 'subtitle' || size < 8) continue;
      bytes.writeUInt32BE(size, offset);
      bytes.writeUInt32BE(1, offset! + 4);
    }
    for (let at = bytes.indexOf('moov'); at < bytes.length - 4; at++) {
      const type = bytes.toString('latin1', at, at + 4);
      if (type === 'tx3g') bytes.write('mebx', at, 'latin1');
      if (type === 'sbtl') bytes.write('meta', at, 'latin1');
    }
    const [reference, damaged] = ['reference.mp4', 'damaged.mp4'].map((name) => join(directory, name));
    writeFileSync(reference!, bytes);
    // As telephones lay them out: items before audio, and behind the last picture.
    const item = (size: number): Uint8Array =>
      record(size, (view) => {
        view.setUint32(0, size);
        view.setUint32(4, 1);
      });
    const bytesOf = (wanted: string): Uint8Array[] =>
      packets.filter(({ kind }) => kind === wanted).map(({ offset, size }) => bytes.subarray(offset, offset! + size));
    const [pictures, audio] = [bytesOf('video'), bytesOf('audio')];
    const parts = [...audio.slice(0, 60), item(37), item(8), ...audio.slice(60), ...pictures, item(10), item(8)];
    const header = Buffer.alloc(16);
    header.writeUInt32BE(8);
    header.write('wide', 4, 'latin1');
    header.writeUInt32BE(8 + parts.reduce((sum, { length }) => sum + length, 0), 8);
    header.write('mdat', 12, 'latin1');
    writeFileSync(damaged!, Buffer.concat([header, ...parts]));
    const output = join(directory, 'repaired.mp4');
    await repair(damaged!, {
      ...{ output, reference, replace: false, dryRun: false, inPlace: false },
      framesPerSecond: undefined,
    });
    const wanted = packets.filter(({ kind }) => kind === 'video' || kind === 'audio').map(({ sha1 }) => sha1);
    const found = (await probePackets(output, { asStored: true })).filter(
      ({ kind }) => kind === 'video' || kind === 'audio',
    );
    assert.deepEqual(found.map(({ sha1 }) => sha1).sort(), wanted.sort());
  });

  test('text and timecode come back as tracks, at their times', needs('ffmpeg', 'ffprobe'), async (t) => {
    const directory = scratchDirectory(t);
    const text = join(directory, 'text.srt');
    const times = Array.from(
      { length: 13 },
      (_, n) => `00:00:0${Math.floor(n / 4)},${`${(n % 4) * 250}`.padStart(3, '0')}`,
    );
    const cues = times.slice(0, 12).map((from, n) => `${n + 1}\n${from} --> ${times[n + 1]!}\nline ${10 + n}\n`);
    writeFileSync(text, cues.join('\n'));
    const complete = await encode(t, 'complete.mov', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=3'],
      ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=3:seed=1'],
      ...['-i', text, '-map', '0', '-map', '1', '-map', '2', '-timecode', '01:02:03:04'],
      ...['-c:v', 'libx264', '-g', '25', '-c:a', 'aac', '-c:s', 'mov_text'],
    ]);
    const damaged = join(directory, 'damaged.mov');
    writeFileSync(damaged, killed(readFileSync(complete)));
    const output = join(directory, 'repaired.mp4');
    await repair(damaged, {
      ...{ output, reference: complete, replace: false, dryRun: false, inPlace: false },
      framesPerSecond: undefined,
    });
    const packetsOf = async (path: string): Promise<Record<string, string[]>> => {
      const byKind: Record<string, string[]> = {};
      for (const { kind, sha1 } of await probePackets(path, { asStored: true })) (byKind[kind] ??= []).push(sha1);
      return byKind;
    };
    const [recorded, found] = [await packetsOf(complete), await packetsOf(output)];
    assert.ok(recorded['subtitle']!.length >= 12 && recorded['data']!.length === 1);
    assert.deepEqual(found, recorded);
    const secondsOf = async (path: string): Promise<number[]> => {
      const { streams } = await probe(path);
      const packets = (await probePackets(path, { asStored: true })).filter(({ kind }) => kind === 'subtitle');
      return packets.map(({ stream, ptsTicks = Number.NaN }) => {
        const [numerator, denominator] = streams[stream]!.time_base.split('/').map(Number);
        return Math.round(((ptsTicks * numerator!) / denominator!) * 10);
      });
    };
    assert.deepEqual(await secondsOf(output), await secondsOf(complete));
  });
});
