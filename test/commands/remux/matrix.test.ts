/**
 * Every container into every other, judged by ffmpeg: what is decoded is the same, and so are times and sync flags, and between
 * containers that hold samples in the same form each packet byte for byte; a staging set by what its publisher sent.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { remux, type OutputKind } from '../../../src/commands/remux/remux.ts';
import { record } from '../../../src/index.ts';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { needs, probe, probePackets, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import type { TruthSample } from '../../support/truth.ts';

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
  'h264-eac3.mp4': ['h264-eac3.ts'],
  'h264-opus-fragments.mp4': ['h264-opus.ts', ...fragments],
  'h265-ac3-fragments.mp4': ['h265-ac3.ts', '-movflags', 'frag_keyframe+delay_moov'],
  'h264-mp3.flv': [...pictures, ...tone, ...h264, '-c:a', 'libmp3lame', '-ar', '44100'],
  'vp9-flac.mp4': [...pictures, ...tone, '-c:v', 'libvpx-vp9', '-g', '10', '-cpu-used', '8', '-c:a', 'flac'],
  'vp9-flac.flv': ['vp9-flac.mp4'],
  'vp9-flac-fragments.mp4': ['vp9-flac.mp4', ...fragments],
  'av1-opus.mp4': [...pictures, ...tone, '-c:v', 'libaom-av1', '-cpu-used', '8', '-g', '10', '-c:a', 'libopus'],
  'av1-opus.flv': ['av1-opus.mp4'],
  'h264-flac.mp4': [...pictures, ...tone, ...h264, '-c:a', 'flac'],
};

/** What was made by copying has the same samples, so that it is read is shown once, but for these. */
const copiedTo: Readonly<Record<string, readonly OutputKind[]>> = {
  'h264-aac.mp4': ['flv', 'ts'],
  'h264-aac-fragments.mp4': ['mp4', 'flv', 'ts'],
  'h265-ac3-fragments.mp4': ['flv', 'ts'],
  'vp9-flac-fragments.mp4': ['mp4', 'flv'],
  'av1-opus.flv': ['mp4', 'flv', 'ts'],
};

/** What a transport stream has no place for, and why. */
const notInTs: Readonly<Record<string, RegExp>> = {
  vp9: /cannot hold video of the codec vp9 as it is: no standard says/,
  av1: /cannot hold video of the codec av1 as it is: its mapping to transport streams is a draft/,
  'h264-flac': /cannot hold audio of the codec flac as it is: no standard says/,
};
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

/** Hashes of the packets of each kind, as the container holds them. */
async function hashesOf(file: string): Promise<Record<string, string[]>> {
  const packets = await probePackets(file, { asStored: true });
  const hashes: Record<string, string[]> = {};
  // ffprobe makes an empty packet of what an enhanced FLV says of colours.
  for (const { kind, sha1, size } of packets) if (size > 0) (hashes[kind] ??= []).push(sha1);
  return hashes;
}

async function assertSame(input: string, output: string): Promise<void> {
  const [here, there] = await Promise.all([timesOf(input), timesOf(output)]);
  // FLV and MP4 hold samples in the same form.
  if (!input.endsWith('.ts') && !output.endsWith('.ts')) {
    assert.deepEqual(await hashesOf(output), await hashesOf(input));
  }
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

/** What is recorded of a live stream is what is made of it here, to the bytes and times of each packet, in every codec. */
async function assertRecordedAlike(input: string, remuxed: string): Promise<void> {
  const recorded = `${remuxed}.recorded.mp4`;
  await record(input, { output: recorded });
  const [here, there] = await Promise.all([remuxed, recorded].map((file) => probePackets(file, { asStored: true })));
  // Where a track begins is an edit in milliseconds.
  const packetsOf = (packets: typeof here, wanted: string): unknown => {
    const all = packets!.filter(({ kind }) => kind === wanted);
    const from = all[0]!.dtsTicks!;
    return all.map(({ sha1, ptsTicks, dtsTicks, sync }) => [sha1, ptsTicks! - from, dtsTicks! - from, sync]);
  };
  for (const kind of ['video', 'audio']) assert.deepEqual(packetsOf(there, kind), packetsOf(here, kind));
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
    const kinds: readonly OutputKind[] =
      copiedTo[name] ?? (inputs[source!] === undefined ? ['mp4', 'flv', 'ts'] : ['mp4']);
    for (const kind of kinds) {
      test(`${name} as ${kind}`, async () => {
        const output = pathOf(`${name}.out.${kind}`);
        const options = { output, kind, replace: false, dryRun: false, gaps: 'keep' } as const;
        const message = Object.entries(notInTs).find(([codecs]) => name.startsWith(codecs))?.[1];
        if (kind === 'ts' && message !== undefined) {
          await assert.rejects(remux([pathOf(name)], options), { kind: 'unrecoverable', message });
          return;
        }
        const report = await remux([pathOf(name)], options);
        assert.equal(report.outcome, 'made');
        assert.deepEqual(report.findings, []);
        await assertSame(pathOf(name), output);
        if (kind === 'mp4' && !name.endsWith('.mp4')) await assertRecordedAlike(pathOf(name), output);
      });
    }
  }

  for (const kind of ['mp4', 'flv', 'ts'] as const) {
    test(`a staging set as ${kind}`, async () => {
      const folder = pathOf(`set-${kind}`);
      copyStagingCase('clean', 'av-bframes', folder);
      const output = pathOf(`set.out.${kind}`);
      const options = { output, kind, replace: false, dryRun: false, gaps: 'keep' } as const;
      const report = await remux([join(folder, 'rec.mp4.info')], options);
      assert.deepEqual(report.findings, []);
      const [{ truth }] = stagingFixtures('clean', 'av-bframes') as [StagingFixture];
      const there = await timesOf(output);
      const hashes = kind === 'ts' ? undefined : await hashesOf(output);
      const secondsOf = (sample: TruthSample): number => sample.dtsTicks / truth.timescale[sample.track];
      const moved = there['video']![0]!.dts - secondsOf(truth.samples.find(({ track }) => track === 'video')!);
      for (const track of ['video', 'audio'] as const) {
        const samples = truth.samples.filter((sample) => sample.track === track);
        assert.equal(there[track]!.length, samples.length);
        if (hashes !== undefined) {
          assert.deepEqual(
            hashes[track]!.map((sha1) => sha1.slice(0, 16)),
            samples.map(({ sha1 }) => sha1),
          );
        }
        for (const [index, sample] of samples.entries()) {
          const { pts, dts, sync } = there[track]![index]!;
          const place = `${track} sample ${index}: ${dts} ${pts}, moved by ${moved}`;
          assert.ok(Math.abs(dts - secondsOf(sample) - moved) < 2 * tick, place);
          assert.ok(Math.abs(pts - dts - sample.ctsTicks / truth.timescale[track]) < 2 * tick, place);
          assert.equal(sync, sample.sync, place);
        }
      }
    });
  }
});
