/** The rate that a reference lends: the mean step of its pictures, although its writer rounded each time to the millisecond. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { readMovieConfigurations } from '../../src/mp4/codec-configurations.ts';
import { encode } from '../codecs/encoded.ts';
import { needs, probePackets } from '../support/judges.ts';

for (const [rate, timescale] of [
  ['30', '16000'],
  ['30000/1001', '90000'],
  ['24', '1000'],
] as const) {
  test(`of ${rate} pictures a second, in ticks of 1/${timescale} s`, needs('ffmpeg', 'ffprobe'), async (t) => {
    const file = await encode(t, 'rounded.mp4', [
      ...['-f', 'lavfi', '-i', `testsrc2=size=320x240:rate=${rate}`, '-t', '4', '-vf', 'settb=1/1000'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '0', '-enc_time_base', '1/1000'],
      ...['-fps_mode', 'passthrough', '-video_track_timescale', timescale],
    ]);
    const times = (await probePackets(file, { asStored: true, hashed: false })).map(({ dtsTicks }) => dtsTicks!);
    const steps = new Set(times.slice(1).map((time, n) => time - times[n]!));
    assert.ok(steps.size > 1, 'ffmpeg rounds the times');
    const source = new FileSource(file);
    try {
      const [video] = [...readMovieConfigurations(source)];
      const mean = (times.at(-1)! - times[0]!) / (times.length - 1) / Number(timescale);
      assert.ok(Math.abs(video!.stepSeconds! / mean - 1) < 2e-3, `${video!.stepSeconds} s, on the average ${mean} s`);
    } finally {
      source.close();
    }
  });
}
