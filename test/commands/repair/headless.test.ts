/** Frames of AV1 and VP9 that a Go server robbed of their first three bytes come back whole. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { decode, needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  compareSamples,
  encode,
  findSamples,
  killed,
  placeBytes,
  runRepair,
  type FoundSample,
} from './damaged-recordings.ts';

const judged = needs('ffprobe', 'ffmpeg');
const picture = '-f lavfi -i testsrc2=s=320x180:r=25:d=3'.split(' ');
const encoders = {
  av1: '-c:v libsvtav1 -preset 12 -g 25 -svtav1-params lp=1'.split(' '),
  vp9: '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 25 -lag-in-frames 0'.split(' '),
};

function box(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat([Buffer.alloc(4), Buffer.from(type, 'latin1'), ...parts]);
  body.writeUInt32BE(body.length);
  return body;
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [n, value] of values.entries()) bytes.writeInt32BE(value | 0, 4 * n);
  return bytes;
}

/**
 * A recording of video alone as the server closes it: the first three bytes of every sample are its composition offset, or
 * nowhere where `offsets` is false.
 */
function withoutHeads(bytes: Buffer, samples: readonly FoundSample[], offsets: boolean): Buffer {
  const media = samples.map(({ end, size }) => bytes.subarray(end - size + 3, end));
  const heads = samples.map(({ end, size }) => bytes.readIntBE(end - size, 3));
  const moov = Buffer.from(bytes.subarray(bytes.lastIndexOf('moov', undefined, 'latin1') - 4));
  const bodyOf = (type: string): number => moov.indexOf(type, 0, 'latin1') + 4;
  const sizes = bodyOf('stsz') + 12;
  for (const [n, { length }] of media.entries()) moov.writeUInt32BE(length, sizes + 4 * n);
  const chunks = bodyOf('stco') + 4;
  assert.equal(moov.readUInt32BE(chunks), 1, 'all samples of a recording without sound are one chunk');
  moov.writeUInt32BE(40, chunks + 4);
  const table = offsets
    ? box('ctts', words(0x01000000, heads.length, ...heads.flatMap((head) => [1, head])))
    : Buffer.alloc(0);
  for (const type of ['moov', 'trak', 'mdia', 'minf', 'stbl']) {
    const at = moov.indexOf(type, 0, 'latin1') - 4;
    moov.writeUInt32BE(moov.readUInt32BE(at) + table.length, at);
  }
  // The size that this recorder gives every picture.
  const entry = bodyOf('stsd') + 8 + 8;
  moov.writeUInt16BE(1280, entry + 24);
  moov.writeUInt16BE(720, entry + 26);
  const place = bodyOf('stsz') - 8;
  const fileType = Buffer.from('isom\0\0\0\0isomiso2avc1hev1', 'latin1');
  return Buffer.concat([
    box('ftyp', fileType),
    box('mdat', ...media),
    moov.subarray(0, place),
    table,
    moov.subarray(place),
  ]);
}

describe('frames that lack their first three bytes', () => {
  for (const [codec, args] of Object.entries(encoders)) {
    test(`${codec}: the composition offsets are those bytes`, judged, async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...picture, ...args]);
      const { samples } = await findSamples(whole);
      const path = placeBytes(directory, 'rec.mp4', withoutHeads(bytes, samples, true));
      const { report } = await runRepair(path);
      assert.equal(report.outcome, 'made');
      const { found, expected, strange, syncWrong } = compareSamples(
        samples,
        (await findSamples(report.output!.path)).samples,
      );
      assert.deepEqual([found, strange, syncWrong], [expected, 0, 0]);
      assert.deepEqual((await decode(report.output!.path)).complaints, []);
      const made = readFileSync(report.output!.path);
      const entry = made.indexOf('stsd', 0, 'latin1') + 4 + 8 + 8;
      assert.deepEqual([made.readUInt16BE(entry + 24), made.readUInt16BE(entry + 26)], [320, 180]);
      const told = report.findings.find(({ code }) => code === 'mp4-frame-heads-missing');
      assert.match(told?.message ?? '', /75 frames lack .* 75 from the composition offsets$/);
      const again = await runRepair(report.output!.path);
      assert.equal(again.report.outcome, 'untouched');
      for (const words of [['-n'], []]) assert.equal((await runRepair(path, words)).report.outcome, 'already-made');
    });
  }

  test('vp9 of a killed recording: nothing tells them, and that is said', judged, async (t) => {
    const directory = scratchDirectory(t);
    const whole = join(directory, 'whole.mp4');
    const bytes = await encode(whole, [...picture, ...encoders.vp9]);
    const closed = withoutHeads(bytes, (await findSamples(whole)).samples, true);
    const path = placeBytes(directory, 'rec.mp4', killed(closed));
    const { status, report } = await runRepair(path, ['--reference', whole]);
    assert.equal(status, 1);
    assert.match(report.failure!.message, /VP9 without their first three bytes/);
  });

  test(
    'av1: without them the syntax tells those of most frames, and the others are left out and told',
    judged,
    async (t) => {
      const directory = scratchDirectory(t);
      const whole = join(directory, 'whole.mp4');
      const bytes = await encode(whole, [...picture, ...encoders.av1]);
      const { samples } = await findSamples(whole);
      const path = placeBytes(directory, 'rec.mp4', withoutHeads(bytes, samples, false));
      const { report } = await runRepair(path);
      const { found, expected, strange } = compareSamples(samples, (await findSamples(report.output!.path)).samples);
      assert.equal(strange, 0, 'no frame is given a head that it did not have');
      assert.ok(found > 0.5 * expected, `${found} of ${expected}`);
      assert.match(report.findings.map(({ message }) => message).join('\n'), /frames lack .* from the syntax/);
      assert.equal(report.tracks[0]?.kept.samples, found);
    },
  );
});
