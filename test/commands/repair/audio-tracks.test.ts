/**
 * Audio of MP4s without a moov that says little of itself: uncompressed, in values of any size and with silence in it, and
 * tracks that are coded alike. What comes back is held against the packets of the complete recording.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

interface Stream {
  readonly codec: string;
  readonly bytes: number;
  /** Of all of its bytes. */
  readonly sha1: string;
}

async function streamsOf(file: string): Promise<Stream[]> {
  const bytes = readFileSync(file);
  const { streams } = await probe(file);
  const packets = await probePackets(file, { asStored: true });
  return streams.map(({ codec_name: codec }, index) => {
    const hash = createHash('sha1');
    let length = 0;
    for (const { stream, offset, size } of packets) {
      if (stream !== index) continue;
      hash.update(bytes.subarray(offset, offset! + size));
      length += size;
    }
    return { codec: String(codec), bytes: length, sha1: hash.digest('hex') };
  });
}

/** Repairs what is left of a recording when its moov, which stands at the end, was never written. */
async function repairWithoutMovie(
  complete: string,
): Promise<{ readonly output: string; readonly report: RecordingReport }> {
  const bytes = readFileSync(complete);
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'repaired.mp4');
  const cut = Buffer.from(bytes.subarray(0, bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
  writeFileSync(damaged, cut);
  return { output, report: await repairOf(damaged, complete, output) };
}

async function repairOf(damaged: string, reference: string, output: string): Promise<RecordingReport> {
  const options = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  return await repair(damaged, { ...options, output, reference });
}

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=176x144:rate=25:duration=1'];

const judged = needs('ffmpeg', 'ffprobe');

/** The name of the file, and the encoder. */
const uncompressed = [
  ['s16be.mp4', 'pcm_s16be'],
  ['s24le.mp4', 'pcm_s24le'],
  ['f32le.mp4', 'pcm_f32le'],
  ['alaw.mov', 'pcm_alaw'],
] as const;

describe('audio of MP4s without a moov', () => {
  for (const [name, encoder] of uncompressed) {
    test(`${encoder}: every value comes back, silence too`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const complete = await encode(t, name, [
        ...pictures,
        ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.3:sample_rate=44100:duration=0.8:seed=1,adelay=200'],
        ...['-c:v', 'libx264', '-g', '25', '-c:a', encoder, '-shortest'],
      ]);
      const { output } = await repairWithoutMovie(complete);
      assert.deepEqual(await streamsOf(output), await streamsOf(complete));
    });
  }

  for (const [name, encoder] of [
    ['s16.mov', 'pcm_s16le'],
    ['f64.mov', 'pcm_f64be'],
  ] as const) {
    test(`${encoder} alone: every value comes back, and all that are whole of a cut one`, judged, async (t) => {
      const audio = 'anoisesrc=amplitude=0.3:sample_rate=44100:duration=4:seed=1,adelay=2000';
      const complete = await encode(t, name, ['-f', 'lavfi', '-i', audio, '-c:a', encoder]);
      const { output } = await repairWithoutMovie(complete);
      const [whole] = await streamsOf(complete);
      assert.deepEqual(await streamsOf(output), [whole]);

      const damaged = join(dirname(complete), 'damaged.mp4');
      const cut = readFileSync(damaged).subarray(0, -7);
      writeFileSync(damaged, cut);
      await repairOf(damaged, complete, output);
      const value = encoder === 'pcm_f64be' ? 8 : 2;
      assert.deepEqual((await streamsOf(output))[0]!.bytes, whole!.bytes - Math.ceil(7 / value) * value);
    });
  }

  // Of pictures of 100 kB some bytes look like pictures by chance, and all that is left would be audio.
  test(
    'large pictures beside uncompressed audio: each comes back; zeros over some cost these alone',
    judged,
    async (t) => {
      const sources = [
        'testsrc2=size=640x360:rate=25:duration=2,noise=alls=30:allf=t',
        'anoisesrc=amplitude=0.3:duration=2:seed=2',
      ];
      const media = sources.flatMap((source) => ['-f', 'lavfi', '-i', source]);
      const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'pcm_s16le'];
      const complete = await encode(t, 'large.mov', [...media, ...codecs]);
      const { output } = await repairWithoutMovie(complete);
      assert.deepEqual(await streamsOf(output), await streamsOf(complete));

      const bytes = readFileSync(complete);
      const packets = await probePackets(complete, { asStored: true });
      // From the middle of a picture to the middle of the next.
      const hit = packets.find(({ stream, offset }) => stream === 0 && offset! > bytes.length / 2)!;
      const [from, length] = [hit.offset! + (hit.size >> 1), 110_000];
      const damaged = join(dirname(complete), 'zeros.mov');
      const moov = bytes.lastIndexOf('moov', undefined, 'latin1') - 4;
      writeFileSync(damaged, Buffer.from(bytes.subarray(0, moov)).fill(0, from, from + length));
      const report = await repairOf(damaged, complete, output);
      const given = await probePackets(output, { asStored: true });
      const recorded = [0, 1].map((index) =>
        Buffer.concat(
          packets
            .filter(({ stream }) => stream === index)
            .map(({ offset, size }) => bytes.subarray(offset, offset! + size)),
        ),
      );
      const made = readFileSync(output);
      const strange = given.filter(
        ({ stream, offset, size }) => !recorded[stream]!.includes(made.subarray(offset, offset! + size)),
      );
      assert.deepEqual(strange, []);
      const pictures = (all: typeof packets): number => all.filter(({ stream }) => stream === 0).length;
      assert.equal(pictures(given), pictures(packets) - 2);
      assert.equal(report.tracks?.find(({ kind }) => kind === 'video')?.lost.samples, 2);
    },
  );

  test('compressed media is no uncompressed audio, whatever is named', judged, async (t) => {
    const noise = ['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.3:sample_rate=48000:duration=2:seed=1'];
    const lent = await encode(t, 'lent.mov', [...noise, '-c:a', 'pcm_s16le']);
    for (const [name, ...args] of [
      ['pictures.mp4', ...pictures, '-t', '3', '-c:v', 'libx264', '-g', '25'],
      ['audio.mp4', ...noise, '-c:a', 'aac'],
    ] as const) {
      const damaged = join(dirname(lent), 'damaged.mp4');
      const bytes = readFileSync(await encode(t, name, args));
      writeFileSync(damaged, bytes.subarray(0, bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
      await assert.rejects(
        repairOf(damaged, lent, join(dirname(lent), 'repaired.mp4')),
        /spread as those of compressed/,
      );
    }
  });

  test(
    'two tracks that are coded alike are dealt out in the chunks of their writer, and it is said',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const complete = await encode(t, 'two.mp4', [
        ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.3:sample_rate=48000:duration=3:seed=1'],
        ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=3'],
        ...['-map', '0:a', '-map', '1:a', '-c:a', 'aac', '-b:a:0', '96k', '-b:a:1', '48k'],
      ]);
      const bytes = readFileSync(complete);
      const packets = await probePackets(complete, { asStored: true });
      const tracks = [0, 1].map((stream) => packets.filter((packet) => packet.stream === stream).slice(0, 6 * 23));
      const chunks: Buffer[] = [];
      for (let from = 0; from < tracks[0]!.length; from += 23) {
        for (const track of tracks) {
          const chunk = track.slice(from, from + 23);
          chunks.push(...chunk.map(({ offset, size }) => bytes.subarray(offset, offset! + size)));
        }
      }
      const media = Buffer.concat(chunks);
      const header = Buffer.alloc(32);
      header.writeUInt32BE(24);
      header.write('ftypmp42\0\0\0\0mp42isom', 4, 'latin1');
      header.writeUInt32BE(8 + media.length, 24);
      header.write('mdat', 28, 'latin1');
      const damaged = join(dirname(complete), 'damaged.mp4');
      writeFileSync(damaged, Buffer.concat([header, media]));
      const output = join(dirname(complete), 'repaired.mp4');
      const { findings } = await repairOf(damaged, complete, output);
      const repaired = await probePackets(output, { asStored: true });
      assert.deepEqual(
        [0, 1].map((stream) => repaired.filter((packet) => packet.stream === stream).map(({ sha1 }) => sha1)),
        tracks.map((track) => track.map(({ sha1 }) => sha1)),
      );
      assert.ok(findings.some(({ code, message }) => code === 'streams-alike' && message.includes('23 samples')));
    },
  );

  for (const [encoder, name] of [
    ['adpcm_ima_qt', 'IMA ADPCM'],
    ['adpcm_ms', 'ADPCM'],
  ] as const) {
    test(`${encoder} costs itself, by name, and not the pictures`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const complete = await encode(t, 'adpcm.mov', [
        ...['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=4,noise=alls=8:allf=t'],
        ...['-f', 'lavfi', '-i', 'anoisesrc=amplitude=0.2:sample_rate=48000:duration=4:seed=1'],
        ...['-c:v', 'libx264', '-preset', 'veryfast', '-threads', '1', '-g', '25', '-c:a', encoder],
      ]);
      const { output, report } = await repairWithoutMovie(complete);
      assert.deepEqual(await streamsOf(output), (await streamsOf(complete)).slice(0, 1));
      assert.ok(report.findings.some(({ code, message }) => code === 'codec-not-read' && message.includes(name)));
    });
  }

  test('a reference takes nothing away from what a torn moov says', needs('ffprobe'), async (t) => {
    const directory = join(fixturesDirectory, 'mp4/torn-moov-plus-reference');
    const output = join(scratchDirectory(t), 'repaired.mp4');
    const { findings } = await repairOf(join(directory, 'damaged.mov'), join(directory, 'reference.mov'), output);
    const packets = await probePackets(output, { asStored: true });
    assert.deepEqual(
      [0, 1].map((stream) => packets.filter((packet) => packet.stream === stream).length),
      [5, 7],
    );
    assert.ok(findings.some(({ code }) => code === 'reference-not-used'));
  });
});
