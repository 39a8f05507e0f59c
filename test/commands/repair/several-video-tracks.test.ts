/**
 * MP4s without a moov that have several tracks of pictures, other angles, sizes or layers of one recording, with one of the
 * same encoder as reference. Each picture comes back in its own track.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';

const seconds = 1.5;
const pictures = (source: string): string[] => ['-f', 'lavfi', '-i', source];
const first = pictures('testsrc2=size=160x96:rate=25');
const large = pictures('mandelbrot=size=224x128:rate=30');
const alike = pictures('mandelbrot=size=160x96:rate=25');
const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000'];
const both = ['-t', `${seconds}`, '-map', '0', '-map', '1'];
const three = [...both, '-map', '2', '-c:a', 'aac'];
const h264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '12'];
const h265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none:keyint=12'];
const eachItsOwn = ['-c:v:0', 'libx264', '-c:v:1', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'];

const recordings: readonly (readonly [string, string, readonly string[]])[] = [
  ['H.264 of two sizes and rates beside AAC', 'two.mp4', [...first, ...large, ...tone, ...three, ...h264]],
  ['H.264 of the same settings beside AAC', 'two.mp4', [...first, ...alike, ...tone, ...three, ...h264]],
  ['H.264 and H.265', 'two.mp4', [...first, ...large, ...both, ...eachItsOwn]],
  ['H.265 of two sizes', 'two.mp4', [...first, ...large, ...both, ...h265]],
  ['H.264 and JPEG', 'two.mov', [...first, ...large, ...both, ...h264, '-c:v:1', 'mjpeg']],
];

async function packetsOf(file: string): Promise<string[][]> {
  const { streams } = await probe(file);
  const packets = await probePackets(file, { asStored: true });
  return streams.map((_, index) => packets.filter(({ stream }) => stream === index).map(({ sha1 }) => sha1));
}

/** The packets of a recording by its tracks, and those of what is made of a copy of it without its moov. */
async function repairWithoutMovie(
  complete: string,
  damage: (media: Buffer) => void = () => undefined,
): Promise<{ readonly whole: string[][]; readonly made: string[][] }> {
  const bytes = readFileSync(complete);
  const media = Buffer.from(bytes.subarray(0, bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
  damage(media);
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'out', 'repaired.mp4');
  mkdirSync(dirname(output));
  writeFileSync(damaged, media);
  const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  await repair(damaged, { ...options, output, reference: complete });
  return { whole: await packetsOf(complete), made: await packetsOf(output) };
}

describe('several tracks of pictures whose index is lost', () => {
  for (const [name, file, args] of recordings) {
    test(`come back each in its own: ${name}`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const { whole, made } = await repairWithoutMovie(await encode(t, file, args));
      assert.deepEqual(made, whole);
    });
  }

  test('are told apart behind a hole too, where their parameter sets differ', needs('ffmpeg', 'ffprobe'), async (t) => {
    const [, file, args] = recordings[0]!;
    const { whole, made } = await repairWithoutMovie(await encode(t, file, args), (media) => {
      const hole = Math.floor(media.length / 2);
      media.fill(0, hole, hole + 4096);
    });
    for (const [n, packets] of made.entries()) {
      assert.deepEqual(
        packets.filter((packet) => !whole[n]!.includes(packet)),
        [],
        `track ${n}`,
      );
      assert.ok(packets.length >= whole[n]!.length * 0.8, `track ${n}: ${packets.length} of ${whole[n]!.length}`);
    }
  });
});
