/**
 * MP4s without a moov and without a reference that have two tracks of AAC beside their pictures. Each frame comes back in its
 * track, or what could not be told apart is said; in no case does anything last twice as long without a word.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';

const seconds = 4;
const pictures = ['-f', 'lavfi', '-i', `testsrc2=size=176x144:rate=25:duration=${seconds}`];
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25'];
/** Parameter sets before each key picture, which say the rate of the pictures. */
const timed = [...h264, '-bsf:v', 'dump_extra'];
/** Of these the rate stands nowhere. */
const untimed = h264;

const tone = (hertz: number, rate: number): string[] => [
  ...['-f', 'lavfi', '-i', `sine=frequency=${hertz}:beep_factor=4:sample_rate=${rate}:duration=${seconds}`],
];
const noise = (rate: number): string[] => [
  ...['-f', 'lavfi', '-i', `anoisesrc=amplitude=0.3:sample_rate=${rate}:duration=${seconds}:seed=1`],
];
const both = ['-map', '0:v', '-map', '1:a', '-map', '2:a', '-c:a', 'aac'];

interface Found {
  readonly report: RecordingReport;
  /** By stream, the packets' hashes. */
  readonly whole: readonly string[][];
  readonly made: readonly string[][];
  readonly durations: readonly number[];
}

async function packetsOf(file: string): Promise<string[][]> {
  const { streams } = await probe(file);
  const packets = await probePackets(file, { asStored: true });
  return streams.map((_, index) => packets.filter(({ stream }) => stream === index).map(({ sha1 }) => sha1));
}

async function repairWithoutMovie(complete: string, framesPerSecond?: number): Promise<Found> {
  const bytes = readFileSync(complete);
  const damaged = join(dirname(complete), 'damaged.mp4');
  const output = join(dirname(complete), 'out', 'repaired.mp4');
  mkdirSync(dirname(output));
  const whole = await packetsOf(complete);
  writeFileSync(damaged, bytes.subarray(0, bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
  // Nothing may lend a configuration.
  writeFileSync(complete, '');
  const options = { replace: true, dryRun: false, inPlace: false, reference: undefined };
  const report = await repair(damaged, { ...options, output, framesPerSecond });
  const { streams } = await probe(output);
  return { report, whole, made: await packetsOf(output), durations: streams.map(({ duration }) => Number(duration)) };
}

const told: readonly (readonly [string, readonly string[]])[] = [
  ['with the rate of the pictures, 48 kHz', [...pictures, ...tone(440, 48_000), ...noise(48_000), ...both, ...timed]],
  ['with the rate of the pictures, 44.1 kHz', [...pictures, ...tone(440, 44_100), ...noise(44_100), ...both, ...timed]],
  ['without, of different sizes', [...pictures, ...tone(440, 48_000), ...noise(48_000), ...both, ...untimed]],
  ['without, of the same audio', [...pictures, ...noise(48_000), ...noise(48_000), ...both, ...untimed]],
  [
    'without, of one channel and of two',
    [...pictures, ...noise(44_100), ...noise(44_100), ...both, '-ac:a:0', '1', '-ac:a:1', '2', ...untimed],
  ],
];

describe('two tracks of AAC whose index is lost', () => {
  for (const [name, args] of told) {
    test(`come back as they were, ${name}`, needs('ffmpeg', 'ffprobe'), async (t) => {
      const { report, whole, made, durations } = await repairWithoutMovie(await encode(t, 'two.mp4', args));
      assert.deepEqual(made, whole, JSON.stringify(report.findings.map(({ message }) => message)));
      for (const duration of durations) assert.ok(Math.abs(duration - seconds) < 0.3, `${durations.join(' ')}`);
      assert.ok(report.findings.some(({ code }) => code === 'streams-alike') || name.includes('channel'));
    });
  }

  test('of different rates are no track of twice the length', needs('ffmpeg', 'ffprobe'), async (t) => {
    const args = [...pictures, ...tone(440, 44_100), ...noise(48_000), ...both, ...timed];
    const { report, whole, made, durations } = await repairWithoutMovie(await encode(t, 'two.mp4', args));
    assert.deepEqual(made[0], whole[0]);
    assert.ok(
      report.findings.some(({ code, message }) => code === 'streams-alike' && message.includes('left out')),
      JSON.stringify(report.findings),
    );
    assert.deepEqual([made.length, Math.abs(durations[0]! - seconds) < 0.3], [1, true]);
  });

  test(
    'are one where neither they nor the pictures tell, and how far off that may be is said',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const silence = ['-f', 'lavfi', '-t', `${seconds}`, '-i', 'anullsrc=r=48000:cl=stereo'];
      const file = await encode(t, 'two.mp4', [...pictures, ...silence, ...silence, ...both, ...untimed]);
      const { report, whole, made } = await repairWithoutMovie(file);
      assert.deepEqual([made.length, made[0], made[1]!.length], [2, whole[0], 2 * whole[1]!.length]);
      const said = report.findings.find(({ code }) => code === 'times-assumed')?.message ?? '';
      assert.match(said, /if it is of 2, they come at about 2[45]\.\d, and everything lasts 2 times too long; --fps/);
    },
  );

  test(
    'are not made of one beside pictures that come at half of the rate they announce',
    needs('ffmpeg', 'ffprobe'),
    async (t) => {
      const one = [
        ...pictures,
        ...noise(48_000),
        '-c:a',
        'aac',
        ...h264,
        '-bsf:v',
        'h264_metadata=tick_rate=100,dump_extra',
      ];
      const { report, whole, made, durations } = await repairWithoutMovie(await encode(t, 'one.mp4', one));
      assert.deepEqual([made.length, made[1]], [2, whole[1]]);
      for (const duration of durations) assert.ok(Math.abs(duration - seconds) < 0.3, `${durations.join(' ')}`);
      assert.ok(report.findings.some(({ code, message }) => code === 'times-assumed' && message.includes('one track')));
    },
  );
});
