/**
 * Fragments whose moov is lost, of codecs whose samples do not say where they end: the tables of the fragments do, and what is
 * asked of a reference is only whether these can be its samples. Judged by ffprobe, which reads the recording that the moov was
 * cut out of.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';

const pictures = ['-f', 'lavfi', '-i', 'testsrc2=size=128x96:rate=25:duration=1'] as const;
const tone = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=1'] as const;
const vp9 = ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25'] as const;
/** Offsets count from the beginning of the file: the moov that is cut out moves the media. */
const fromStart = ['-movflags', 'frag_keyframe+empty_moov', '-frag_duration', '300000'] as const;
const fromFragment = ['-movflags', 'frag_keyframe+empty_moov+default_base_moof', '-frag_duration', '300000'] as const;

const recordings = {
  'Opus, offsets from the fragment': [...tone, '-c:a', 'libopus', ...fromFragment],
  'Opus, offsets from the beginning of the file': [...tone, '-c:a', 'libopus', ...fromStart],
  'Opus of 60 ms': [...tone, '-c:a', 'libopus', '-frame_duration', '60', ...fromStart],
  'VP9 and Opus': [...pictures, ...tone, ...vp9, '-c:a', 'libopus', ...fromFragment],
  'MPEG-4 Visual and AAC': [...pictures, ...tone, '-c:v', 'mpeg4', '-g', '25', '-c:a', 'aac', ...fromStart],
  'H.264 and AAC': [...pictures, ...tone, '-c:v', 'libx264', '-g', '25', '-c:a', 'aac', ...fromStart],
  'H.264 and AAC, of which the moov describes the beginning': [
    ...[...pictures, ...tone, '-c:v', 'libx264', '-g', '25', '-c:a', 'aac'],
    ...['-movflags', 'frag_keyframe', '-frag_duration', '300000'],
  ],
  'H.264 and AAC that is longer by a quarter, of which the moov describes the beginning': [
    ...['-f', 'lavfi', '-i', 'testsrc2=size=128x96:rate=30000/1001:duration=0.8', ...tone, '-c:v', 'libx264'],
    ...['-c:a', 'aac', '-movflags', 'frag_keyframe', '-frag_duration', '200000'],
  ],
} as const;

const judged = needs('ffmpeg', 'ffprobe');

/** The file without its moov: what lay behind that lies where it began. */
function withoutMovie(bytes: Buffer): Buffer {
  const start = bytes.indexOf('moov', 0, 'latin1') - 4;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(start + bytes.readUInt32BE(start))]);
}

async function repaired(
  complete: string,
  damaged: Buffer,
  reference: string,
): Promise<{ readonly output: string; readonly report: RecordingReport }> {
  const [path, output] = ['damaged.mp4', 'repaired.mp4'].map((name) => join(dirname(complete), name)) as [
    string,
    string,
  ];
  writeFileSync(path, damaged);
  const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  return { output, report: await repair(path, { ...plain, output, reference }) };
}

/** What every sample is, and how many milliseconds behind the first one of its stream it is decoded. */
async function samplesOf(path: string): Promise<Record<number, string[]>> {
  const steps = (await probe(path)).streams.map(({ time_base: base }) => Number(base.split('/')[1]));
  const streams: Record<number, string[]> = {};
  const firsts: number[] = [];
  for (const { stream, sha1, dtsTicks = 0 } of await probePackets(path, { asStored: true })) {
    firsts[stream] ??= dtsTicks;
    const milliseconds = Math.round((1000 * (dtsTicks - firsts[stream])) / steps[stream]!);
    (streams[stream] ??= []).push(`${sha1} at ${milliseconds} ms`);
  }
  return streams;
}

describe('fragments without their moov', () => {
  for (const [what, args] of Object.entries(recordings)) {
    test(`${what}: every sample comes back at its time`, judged, async (t) => {
      const complete = await encode(t, 'complete.mp4', args);
      const { output } = await repaired(complete, withoutMovie(readFileSync(complete)), complete);
      assert.deepEqual(await samplesOf(output), await samplesOf(complete));
    });
  }

  test('parameter sets in the media are enough, whatever the encoder is known for', judged, async (t) => {
    const complete = await encode(t, 'complete.mp4', [
      ...[...pictures, '-c:v', 'libx264', '-qp', '31', '-g', '25', '-bsf:v', 'dump_extra', ...fromFragment],
    ]);
    const bytes = readFileSync(complete);
    // With this rate control x264 would have said that quantisation begins at 26.
    for (let at = bytes.indexOf('rc=cqp'); at >= 0; at = bytes.indexOf('rc=cqp', at)) bytes.write('rc=abr', at);
    writeFileSync(complete, bytes);
    const lendsNothing = await encode(t, 'svq1.mov', [...pictures, '-c:v', 'svq1']);
    const { output, report } = await repaired(complete, withoutMovie(bytes), lendsNothing);
    assert.deepEqual(await samplesOf(output), await samplesOf(complete));
    const notUsed = report.findings.find(({ code }) => code === 'reference-not-used');
    assert.match(notUsed?.message ?? '', /svq1\.mov: lends nothing: its video is Sorenson Video/);
    await assert.rejects(repaired(complete, withoutMovie(bytes), `${complete}.not-there`), /no such recording/);
  });

  test('what cannot be Opus is not taken for it', judged, async (t) => {
    const opus = await encode(t, 'opus.mp4', [...tone, '-c:a', 'libopus']);
    const complete = await encode(t, 'complete.mp4', [...pictures, ...vp9, ...fromFragment]);
    await assert.rejects(repaired(complete, withoutMovie(readFileSync(complete)), opus), /cannot be read with/);
    const others = await encode(t, 'others.mp4', [...tone, '-c:a', 'libopus', '-frame_duration', '60', ...fromStart]);
    const { output } = await repaired(others, withoutMovie(readFileSync(others)), opus);
    assert.deepEqual(await samplesOf(output), await samplesOf(others));
  });
});
