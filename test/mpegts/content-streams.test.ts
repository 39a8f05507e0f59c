/** Streams are told by their media, as ffprobe tells them, where no table describes them. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { recogniseContent } from '../../src/mpegts/content-codec.ts';
import { describedBy } from '../../src/mpegts/content-streams.ts';
import { packetRuns } from '../../src/mpegts/packet-stream.ts';
import { identifyCodec } from '../../src/mpegts/stream-codec.ts';
import { TransportSurvey } from '../../src/mpegts/survey.ts';
import { memorySource } from '../mp4/memory-source.ts';
import { needs, runJudge } from '../support/judges.ts';
import { scratchDirectory } from '../support/scratch.ts';

const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25:d=2'];
const tone = ['-f', 'lavfi', '-i', 'sine=440:d=2'];

const streams: readonly (readonly [codec: string, args: readonly string[]])[] = [
  ['h264', [...picture, '-c:v', 'libx264', '-g', '25']],
  ['h265', [...picture, '-c:v', 'libx265', '-x265-params', 'log-level=error']],
  ['mpeg2video', [...picture, '-c:v', 'mpeg2video']],
  ['mpeg1video', [...picture, '-c:v', 'mpeg1video']],
  ['mpeg4video', [...picture, '-c:v', 'mpeg4']],
  ['aac', [...tone, '-c:a', 'aac']],
  ['aac-latm', [...tone, '-c:a', 'aac', '-mpegts_flags', 'latm']],
  ['mp2', [...tone, '-c:a', 'mp2']],
  ['mp3', [...tone, '-c:a', 'libmp3lame']],
  ['ac3', [...tone, '-c:a', 'ac3']],
  ['eac3', [...tone, '-c:a', 'eac3']],
  ['dts', [...tone, '-c:a', 'dca', '-strict', '-2']],
];

const tableHeads = new Set([0, 0x11, 0x1000]);

/** The packets of a stream without those of its tables. */
function withoutTables(bytes: Buffer): Buffer {
  const cells: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += 188) {
    if (!tableHeads.has(bytes.readUInt16BE(at + 1) & 0x1fff)) cells.push(bytes.subarray(at, at + 188));
  }
  return Buffer.concat(cells);
}

function surveyed(bytes: Buffer): TransportSurvey {
  const survey = new TransportSurvey({ pictures: true });
  for (const run of packetRuns(memorySource(bytes))) survey.take(run);
  survey.finish();
  return survey;
}

describe('a stream without tables', () => {
  const directory = scratchDirectory({ after });
  const path = (codec: string): string => join(directory, `${codec}.ts`);
  before(async () => {
    for (const [codec, args] of streams) {
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...args, path(codec)]);
      assert.equal(status, 0, stderr);
    }
  });
  for (const [codec] of streams) {
    test(`is told to be ${codec}`, needs('ffmpeg'), () => {
      const bytes = readFileSync(path(codec));
      const bare = surveyed(withoutTables(bytes));
      assert.deepEqual(
        bare.streams.map((stream) => [stream.pid, stream.codec, stream.programNumber]),
        [[0x100, codec, 0]],
      );
      // What was recognised is described in the map as ffmpeg's own map describes it, but for who registered what.
      const [described] = surveyed(bytes).streams;
      assert.equal(described?.codec, codec);
      // ffmpeg knows one number for both kinds of MPEG-1 and MPEG-2 each.
      const number = (type: number | undefined): number => (type === 1 ? 2 : type === 4 ? 3 : (type ?? 0));
      const isPrivate = described!.streamType >= 0x80 || described!.streamType === 6;
      if (!isPrivate) assert.equal(number(bare.streams[0]?.streamType), described?.streamType);
    });
  }

  test('is told from a place within a group of pictures', needs('ffmpeg'), () => {
    const bytes = withoutTables(readFileSync(path('h264')));
    const from = Math.floor(bytes.length / 188 / 3) * 188;
    assert.deepEqual(
      surveyed(bytes.subarray(from)).streams.map(({ codec }) => codec),
      ['h264'],
    );
  });

  test('of noise has no streams', () => {
    const cells = Array.from({ length: 400 }, (_, index) => {
      const cell = Buffer.alloc(188);
      for (let at = 0; at < 188; at++) cell[at] = (index * 7919 + at * 104_729 + ((at * index) >> 3)) & 0xff;
      cell.set([0x47, index % 10 === 0 ? 0x41 : 0x01, 0x00, 0x10 | (index & 15)]);
      if (index % 10 === 0) cell.set([0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0], 4);
      return cell;
    });
    assert.deepEqual(surveyed(Buffer.concat(cells)).streams, []);
  });
});

const repeated = (count: number, bytes: readonly number[]): number[] =>
  Array.from({ length: count }, () => bytes).flat();
const zeros = (count: number): number[] => Array.from({ length: count }, () => 0);

describe('media that looks like another', () => {
  for (const [name, bytes, codec] of [
    [
      'DTS-HD: behind each core stands an extension',
      // Cores of 128 bytes, and extensions of 40 whose header has 16.
      repeated(3, [
        0x7f,
        0xfe,
        0x80,
        0x01,
        0xfc,
        0x3c,
        0x07,
        0xf0,
        ...zeros(120),
        0x64,
        0x58,
        0x20,
        0x25,
        0,
        0x01,
        0xe0,
        0x04,
        0xe0,
        ...zeros(31),
      ]),
      'dts',
    ],
    [
      'DTS Express: extensions are all there is',
      repeated(3, [0x64, 0x58, 0x20, 0x25, 0, 0x01, 0xe0, 0x04, 0xe0, ...zeros(31)]),
      'dts',
    ],
    [
      'start codes of H.264 among others that it cannot have',
      repeated(5, [0, 0, 1, 0x61, 0xff, 0xf8, 0x33, 0, 0, 1, 0xf3, 0xbf, 0xff, 0xe8]),
      undefined,
    ],
    [
      'short slices of H.264, whose numbers are those of an MPEG-4 video object and its layer',
      repeated(3, [0, 0, 1, 0x01, 0x9f, 0x40, 0x55, 0, 0, 1, 0x21, 0x9a, 0x40, 0x55]),
      'h264',
    ],
    [
      'headers of MPEG audio one behind the other that disagree',
      // Layer I with 32 kbit/s: 32 bytes at 48 kHz, 36 at 44.1 kHz.
      [0xff, 0xff, 0x14, 0, ...zeros(28), 0xff, 0xff, 0x10, 0, ...zeros(28), 0xff, 0xff, 0x14, 0, ...zeros(60)],
      undefined,
    ],
  ] as const) {
    test(name, () => assert.equal(recogniseContent(Uint8Array.from([...bytes, ...zeros(32)]))?.codec, codec));
  }

  test('is of no account where a descriptor says subtitles', () => {
    const stream = {
      pid: 1,
      streamType: 6,
      language: undefined,
      descriptors: [],
      kind: 'subtitle',
      codec: 'dvb-subtitle',
    } as const;
    const content = { kind: 'audio', codec: 'mp2', streamType: 3, descriptors: [] } as const;
    assert.equal(describedBy(stream, content).codec, 'dvb-subtitle');
    assert.equal(
      describedBy({ ...stream, streamType: 0x82, codec: 'scte27' }, { ...content, codec: 'dts' }).codec,
      'dts',
    );
  });
});

test('MPEG-H 3D audio and DTS-UHD are audio by their type and their descriptor', () => {
  assert.deepEqual(identifyCodec(0x2d, [], []), { kind: 'audio', codec: 'mpegh-3d-audio' });
  const descriptor = { tag: 0x7f, bytes: Uint8Array.of(0x21, 0x01, 0x28) };
  assert.deepEqual(identifyCodec(0x06, [descriptor], []), { kind: 'audio', codec: 'dts-uhd' });
});
