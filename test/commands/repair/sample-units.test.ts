/**
 * MP4s without a moov whose samples of H.264 are not what most writers make one of: a field of a frame each, both fields with a
 * delimiter between them, a NAL unit each. The reference shows it, and every sample comes back as it was. Judged by ffprobe.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { encode } from '../../codecs/encoded.ts';
import { fieldStream, type FieldStream } from '../../codecs/h264/field-pictures.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { killed } from './damaged-recordings.ts';

const tones = ['-f', 'lavfi', '-i', 'sine=duration=1'] as const;
const judged = needs('ffmpeg', 'ffprobe');

/** Fields by ffmpeg, which makes a sample of each. */
async function fields(t: Lifetime, stream: FieldStream, audio: readonly string[]): Promise<string> {
  const bare = join(scratchDirectory(t), 'fields.h264');
  writeFileSync(bare, fieldStream(25, stream));
  const times = ['-c:v', 'copy', '-bsf:v', 'setts=pts=N*24000:dts=N*24000:duration=24000', '-c:a', 'aac'];
  return await encode(t, 'fields.mp4', ['-framerate', '50', '-i', bare, ...audio, ...times]);
}

interface Samples {
  readonly sizes: readonly number[];
  /** Numbers from 1 on. */
  readonly sync: readonly number[];
  readonly duration: number;
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) bytes.writeUInt32BE(value, 4 * n);
  return bytes;
}

const containers: ReadonlySet<string> = new Set(['moov', 'trak', 'mdia', 'minf', 'stbl']);

/** The boxes with another index of their only track, whose samples lie one behind the other from its first on. */
function indexed(bytes: Buffer, { sizes, sync, duration }: Samples): Buffer {
  const tables: Readonly<Record<string, Buffer>> = {
    stts: words(0, 1, sizes.length, duration),
    stss: words(0, sync.length, ...sync),
    stsc: words(0, 1, 1, sizes.length, 1),
    stsz: words(0, 0, sizes.length, ...sizes),
  };
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const body = bytes.subarray(at + 8, at + length);
    const own = tables[type] ?? (containers.has(type) ? indexed(body, { sizes, sync, duration }) : body);
    parts.push(words(own.length + 8), Buffer.from(type, 'latin1'), own);
    at += length;
  }
  return Buffer.concat(parts);
}

/** The recording without its moov, or as `damage` leaves it, repaired with itself as reference. */
async function repairedOf(complete: string, damage: (bytes: Buffer) => Buffer = killed): Promise<string> {
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'repaired.mp4');
  writeFileSync(damaged, damage(readFileSync(complete)));
  const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  await repair(damaged, { ...options, output, reference: complete });
  return output;
}

/** Of every sample the stream, the SHA-1, whether it is a sync sample, and milliseconds from the first of its stream. */
async function samplesOf(path: string): Promise<readonly (readonly [number, string, boolean, number])[]> {
  const { streams } = await probe(path);
  const first = new Map<number, number>();
  const packets = await probePackets(path, { asStored: true });
  return packets
    .map(({ stream, sha1, sync, dtsTicks }) => {
      const time = (1000 * dtsTicks!) / Number(streams[stream]!.time_base.split('/')[1]);
      if (!first.has(stream)) first.set(stream, time);
      return [stream, sha1, sync, Math.round((time - first.get(stream)!) / 2)] as const;
    })
    .sort(([a], [b]) => a - b);
}

/** How a sample of so many NAL units lies between two offsets. */
function nalUnitSizes(bytes: Buffer, offset: number, size: number): number[] {
  const sizes: number[] = [];
  for (let at = offset; at < offset + size; at += sizes.at(-1)!) sizes.push(4 + bytes.readUInt32BE(at));
  return sizes;
}

describe('what a sample of H.264 is', () => {
  for (const delimited of ['none', 'all'] as const) {
    test(
      `a field, ${delimited === 'all' ? 'with' : 'without'} delimiters: every field comes back as one`,
      judged,
      async (t) => {
        const complete = await fields(t, { period: 12, delimited }, tones);
        const recorded = await samplesOf(complete);
        assert.equal(recorded.filter(([stream]) => stream === 0).length, 50);
        assert.deepEqual(await samplesOf(await repairedOf(complete)), recorded);
      },
    );

    test(
      `a frame of two fields, ${delimited === 'all' ? 'with' : 'without'} delimiters: none is taken apart`,
      judged,
      async (t) => {
        const complete = await fields(t, { period: 12, delimited }, []);
        const sizes = (await probePackets(complete, { asStored: true })).map(({ size }) => size);
        const frames = Array.from({ length: 25 }, (_, n) => sizes[2 * n]! + sizes[2 * n + 1]!);
        writeFileSync(
          complete,
          indexed(readFileSync(complete), { sizes: frames, sync: [1, 13, 25], duration: 48_000 }),
        );
        const recorded = await samplesOf(complete);
        assert.equal(recorded.length, 25);
        assert.deepEqual(await samplesOf(await repairedOf(complete)), recorded);
      },
    );
  }

  test('a NAL unit: messages, parameter sets and slices come back by themselves', judged, async (t) => {
    const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=1'];
    const x264 = ['-c:v', 'libx264', '-bf', '0', '-g', '10', '-x264-params', 'aud=1:slices=2'];
    const complete = await encode(t, 'units.mp4', [...pictures, ...x264]);
    const bytes = readFileSync(complete);
    const packets = await probePackets(complete, { asStored: true });
    const sizes: number[] = [];
    const sync: number[] = [];
    for (const { offset, size } of packets) {
      let at = offset!;
      for (const unit of nalUnitSizes(bytes, offset!, size)) {
        sizes.push(unit);
        // Slices of IDR pictures (ITU-T H.264, Table 7-1).
        if ((bytes[at + 4]! & 0x1f) === 5) sync.push(sizes.length);
        at += unit;
      }
    }
    assert.ok(sizes.length > 3 * packets.length - 1);
    // No longer than the edit list, a second of 12,800 ticks.
    const duration = Math.floor(12_800 / sizes.length);
    writeFileSync(complete, indexed(bytes, { sizes, sync, duration }));
    const recorded = await samplesOf(complete);
    assert.equal(recorded.length, sizes.length);
    assert.deepEqual(await samplesOf(await repairedOf(complete)), recorded);
    // Torn in the table of sizes the moov has the configuration, and places none.
    const torn = (whole: Buffer): Buffer => whole.subarray(0, whole.lastIndexOf('stsz') + 64);
    assert.deepEqual(await samplesOf(await repairedOf(complete, torn)), recorded);
  });

  test('a recovery point is a sync sample where it is one in the reference', judged, async (t) => {
    const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=96x64:rate=25:duration=2'];
    const x264 = ['-c:v', 'libx264', '-bf', '2', '-g', '10', '-x264-params', 'open-gop=1:scenecut=0'];
    const complete = await encode(t, 'open.mp4', [...pictures, ...x264]);
    const recorded = await samplesOf(complete);
    assert.equal(recorded.filter(([, , sync]) => sync).length, 5);
    assert.deepEqual(await samplesOf(await repairedOf(complete)), recorded);
  });
});
