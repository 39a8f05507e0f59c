/** Every container into every other, judged by ffmpeg: what is decoded is the same, and so are times and sync flags. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remux, type OutputKind } from '../../../src/commands/remux/remux.ts';
import { needs, probe, probePackets, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=s=160x96:r=25:d=1'];
const tone = ['-f', 'lavfi', '-i', 'sine=440:r=48000:d=1'];
const h264 = ['-c:v', 'libx264', '-g', '10', '-bf', '2', '-preset', 'ultrafast', '-x264-params', 'b-adapt=0'];
const h265 = ['-c:v', 'libx265', '-x265-params', 'log-level=none:bframes=2', '-g', '10', '-preset', 'ultrafast'];
const fragments = ['-movflags', 'frag_keyframe+empty_moov'];

/** What is read: its encoding, or another of these of which it is made by copying. */
const inputs: Readonly<Record<string, readonly string[]>> = {
  'h264-aac.flv': [...pictures, ...tone, ...h264, '-c:a', 'aac'],
  'h264-aac.ts': ['h264-aac.flv'],
  'h264-aac.mp4': ['h264-aac.flv'],
  'h264-aac-fragments.mp4': ['h264-aac.flv', ...fragments],
  'h265-ac3.ts': [...pictures, ...tone, ...h265, '-c:a', 'ac3'],
  'h265-ac3.flv': ['h265-ac3.ts'],
  'h264-eac3.ts': [...pictures, ...tone, ...h264, '-c:a', 'eac3'],
  'h264-opus.ts': [...pictures, ...tone, ...h264, '-c:a', 'libopus'],
  'h264-mp3.flv': [...pictures, ...tone, ...h264, '-c:a', 'libmp3lame', '-ar', '44100'],
  'vp9-flac.mp4': [...pictures, ...tone, '-c:v', 'libvpx-vp9', '-g', '10', '-cpu-used', '8', '-c:a', 'flac'],
  'vp9-flac.flv': ['vp9-flac.mp4'],
  'av1-opus.mp4': [...pictures, ...tone, '-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '10', '-c:a', 'libopus'],
};

/** Codecs that a transport stream has no place for. */
const notInTs = /^(?:vp9|av1)/;
/** Milliseconds are the ticks of FLV. */
const tick = 0.001_1;

/** What is decoded of each stream, a checksum a frame. */
async function decoded(file: string): Promise<Record<string, string[]>> {
  const args = ['-nostdin', '-v', 'error', '-i', file, '-map', '0:v', '-map', '0:a', '-f', 'framemd5', '-'];
  const { status, stdout, stderr } = await runJudge('ffmpeg', args);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, file);
  const frames: Record<string, string[]> = {};
  for (const line of stdout.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const fields = line.split(',').map((field) => field.trim());
    (frames[fields[0]!] ??= []).push(fields[5]!);
  }
  return frames;
}

interface Times {
  readonly pts: number;
  readonly dts: number;
  readonly sync: boolean;
}

/** The times of each kind of packets, in seconds. */
async function timesOf(file: string): Promise<Record<string, Times[]>> {
  const [packets, { streams }] = await Promise.all([probePackets(file, { asStored: false }), probe(file)]);
  const times: Record<string, Times[]> = {};
  for (const { stream, kind, ptsTicks, dtsTicks, sync } of packets) {
    const [numerator, denominator] = streams[stream]!.time_base.split('/').map(Number);
    const seconds = (ticks: number | undefined): number => (ticks! * numerator!) / denominator!;
    (times[kind] ??= []).push({ pts: seconds(ptsTicks), dts: seconds(dtsTicks), sync });
  }
  return times;
}

async function assertSame(input: string, output: string): Promise<void> {
  const [here, there] = await Promise.all([timesOf(input), timesOf(output)]);
  // Containers begin at different times: all tracks are moved by one amount.
  const moved = there['video']![0]!.pts - here['video']![0]!.pts;
  for (const kind of ['video', 'audio']) {
    assert.equal(there[kind]!.length, here[kind]!.length, `${kind} packets`);
    for (const [index, { pts, dts, sync }] of here[kind]!.entries()) {
      const made = there[kind]![index]!;
      const place = `${kind} packet ${index}: ${JSON.stringify(made)} of ${pts} ${dts}, moved by ${moved}`;
      assert.ok(Math.abs(made.pts - pts - moved) < 2 * tick && Math.abs(made.dts - dts - moved) < 2 * tick, place);
      assert.equal(made.sync, sync, place);
    }
  }
  const [before, now] = await Promise.all([decoded(input), decoded(output)]);
  assert.deepEqual(
    Object.values(now).map(({ length }) => length),
    Object.values(before).map(({ length }) => length),
  );
  // Decoders of audio begin and end at the times of their container, so that first and last frames may be cut.
  for (const [stream, frames] of Object.entries(before)) {
    assert.deepEqual(now[stream]!.slice(1, -2), frames.slice(1, -2), `stream ${stream}`);
  }
}

describe('remux', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);

  before(async () => {
    for (const [name, words] of Object.entries(inputs)) {
      const [source, ...rest] = words;
      const isCopy = inputs[source!] !== undefined;
      const args = isCopy ? ['-i', pathOf(source!), '-c', 'copy', ...rest] : words;
      const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...args, pathOf(name)]);
      assert.equal(status, 0, stderr);
    }
  });

  for (const [name, [source]] of Object.entries(inputs)) {
    // What was made by copying has the same samples: that it is read is shown once.
    const kinds: readonly OutputKind[] = inputs[source!] === undefined ? ['mp4', 'flv', 'ts'] : ['mp4'];
    for (const kind of kinds) {
      test(`${name} as ${kind}`, async () => {
        const output = pathOf(`${name}.out.${kind}`);
        const options = { output, kind, replace: false, dryRun: false, gaps: 'keep' } as const;
        if (kind === 'ts' && notInTs.test(name)) {
          await assert.rejects(remux([pathOf(name)], options), { kind: 'unrecoverable' });
          return;
        }
        const report = await remux([pathOf(name)], options);
        assert.equal(report.outcome, 'made');
        assert.deepEqual(report.findings, []);
        await assertSame(pathOf(name), output);
      });
    }
  }
});
