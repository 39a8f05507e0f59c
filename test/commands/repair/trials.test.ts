/**
 * How far media is looked through to find out what stands in it: zeros, as preallocation leaves them, count for nothing; a
 * first picture may be larger than all that is tried on at first, and audio may lie far behind. Judged by ffprobe against the
 * recording that the damage was done to.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { repair } from '../../../src/commands/repair/repair.ts';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import { compareSamples, findSamples } from './damaged-recordings.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

/** The file with an open mdat that holds `media`, and no moov. */
function withoutMovie(...media: readonly Uint8Array[]): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32BE(24);
  header.write('ftypmp42\0\0\0\0mp42isom', 4, 'latin1');
  header.write('mdat', 28, 'latin1');
  return Buffer.concat([header, ...media]);
}

/** The media of a file whose moov is at its end. */
function mediaOf(bytes: Buffer): Buffer {
  const [mdat, moov] = [bytes.indexOf('mdat', 0, 'latin1'), bytes.lastIndexOf('moov', undefined, 'latin1')];
  return bytes.subarray(mdat + 4, moov - 4);
}

async function foundOf(complete: string, damaged: Buffer, reference?: string): Promise<number> {
  const [path, output] = ['damaged.mp4', 'repaired.mp4'].map((name) => join(dirname(complete), name)) as [
    string,
    string,
  ];
  writeFileSync(path, damaged);
  const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  await repair(path, { ...plain, output, reference: reference ?? complete });
  const recorded = (await findSamples(complete)).samples;
  const { found, strange, expected } = compareSamples(
    recorded,
    (await findSamples(output, { mayLackPictures: true })).samples,
  );
  assert.equal(strange, 0);
  return found / expected;
}

describe('media is looked through as far as it takes', () => {
  test('zeros longer than the media, behind it and in front of it', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', 'testsrc2=size=160x120:rate=25:duration=2'],
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=2'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '25', '-c:a', 'aac'],
    ]);
    const media = mediaOf(readFileSync(complete));
    const zeros = Buffer.alloc(2 * media.length + 1_500_000);
    assert.equal(await foundOf(complete, withoutMovie(media, zeros)), 1);
    // Nothing proves where the first audio frame behind a hole begins.
    assert.ok((await foundOf(complete, withoutMovie(zeros, media))) > 0.98);
  });

  test('a first picture of more than a megabyte, audio behind it', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', "testsrc2=size=1280x960:rate=30:duration=0.7,noise=alls=60:allf=t:enable='lt(n,1)'"],
      ...['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=48000:duration=0.7'],
      ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '250', '-qp', '20', '-c:a', 'aac'],
    ]);
    const media = mediaOf(readFileSync(complete));
    const first = (await findSamples(complete)).samples.find(({ kind }) => kind === 'video');
    assert.ok(first!.size > 1024 * 1024, `the first picture has ${first!.size} bytes`);
    assert.equal(await foundOf(complete, withoutMovie(media)), 1);
  });

  test('a first picture of VP9 of more than a hundred kilobytes', needs('ffmpeg', 'ffprobe'), async (t) => {
    const complete = await encode(t, 'complete.mp4', [
      ...['-f', 'lavfi', '-i', "testsrc2=size=640x480:rate=30:duration=2,noise=alls=60:allf=t:enable='lt(n,1)'"],
      ...['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '90', '-crf', '20', '-b:v', '0'],
    ]);
    const first = (await findSamples(complete)).samples.find(({ kind }) => kind === 'video');
    assert.ok(first!.size > 100_000, `the first picture has ${first!.size} bytes`);
    const share = await shareOf(complete);
    assert.ok(share > 0.9, `${share} came back`);
  });
});

/** Samples of VP9 say not where they end: a few may be taken for one. */
async function shareOf(complete: string): Promise<number> {
  const [path, output] = ['damaged.mp4', 'repaired.mp4'].map((name) => join(dirname(complete), name)) as [
    string,
    string,
  ];
  writeFileSync(path, withoutMovie(mediaOf(readFileSync(complete))));
  const plain = { replace: true, dryRun: false, inPlace: false, framesPerSecond: undefined };
  await repair(path, { ...plain, output, reference: complete });
  const recorded = (await findSamples(complete)).samples;
  const { found, expected } = compareSamples(recorded, (await findSamples(output, { mayLackPictures: true })).samples);
  return found / expected;
}
