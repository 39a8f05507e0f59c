/**
 * What of times is assumed, and which sources of them contradict each other, is printed on standard error by every verb that
 * finds times anew, without --verbose and without a terminal, with a bound that holds or its size. Media whose truth is
 * known, written packet after packet as servers do, with nothing left that tells the times.
 */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, probePackets } from '../support/judges.ts';
import { runInProcess } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { flvBytes, place } from './flv-fix/flv-tags.ts';
import {
  encodedAudio,
  encodedPictures,
  writeStagingSet,
  type EncodedSample,
  type EncodedTrack,
} from './mp4writer/recorded-sets.ts';
import { unannounced } from './mp4writer/unannounced.ts';

const seconds = 6;
/** AudioSpecificConfig of AAC-LC in mono at 44.1 kHz. */
const configuration44100 = Buffer.from('1208', 'hex');

/** Both tracks in the order in which they were decoded; `slower`: pictures come so many times slower than they announce. */
function inOrder(pictures: EncodedTrack, audio: EncodedTrack | undefined, slower = 1): EncodedSample[] {
  const shown = pictures.samples.map((sample) => ({ ...sample, decoded: sample.decoded * slower }));
  return [...shown, ...(audio?.samples ?? [])].sort((a, b) => a.decoded - b.decoded);
}

/** An MP4 whose recorder died before it wrote the moov. */
function unfinishedMp4(samples: readonly EncodedSample[]): Buffer {
  const media = Buffer.concat(samples.map(({ bytes }) => bytes));
  const header = Buffer.alloc(32);
  header.writeUInt32BE(24);
  header.write('ftypmp42\0\0\0\0mp42isom', 4, 'latin1');
  header.writeUInt32BE(8 + media.length, 24);
  header.write('mdat', 28, 'latin1');
  return Buffer.concat([header, media]);
}

/** The media file of a staging set, of which nothing else is left. */
function lonelyMedia(samples: readonly EncodedSample[]): Buffer {
  const header = Buffer.from('000000016d6461740000000000000000', 'hex');
  return Buffer.concat([header, ...samples.map(({ bytes }) => bytes)]);
}

/** An `onMetaData` with nothing but a picture rate. */
function metadataOf(rate: number): Buffer {
  const value = Buffer.alloc(8);
  value.writeDoubleBE(rate);
  const named = (name: string): Buffer => Buffer.from(`\0${String.fromCharCode(name.length)}${name}`, 'latin1');
  const [text, array, number, end] = ['02', '0800000001', '00', '000009'].map((hex) => Buffer.from(hex, 'hex'));
  return Buffer.concat([text!, named('onMetaData'), array!, named('framerate'), number!, value, end!]);
}

/** An FLV all of whose timestamps are 0. */
function stillFlv(samples: readonly EncodedSample[], pictures: EncodedTrack, claimedRate?: number): Buffer {
  const tag = (type: number, head: string, bytes: Uint8Array): { type: number; timestamp: number; data: Buffer } => ({
    type,
    timestamp: 0,
    data: Buffer.concat([Buffer.from(head, 'hex'), bytes]),
  });
  const hasAudio = samples.some(({ kind }) => kind === 'audio');
  return flvBytes([
    ...(claimedRate === undefined ? [] : [tag(18, '', metadataOf(claimedRate))]),
    tag(9, '1700000000', pictures.configuration),
    ...(hasAudio ? [tag(8, 'af00', configuration44100)] : []),
    ...samples.map(({ kind, sync, bytes }) =>
      kind === 'audio' ? tag(8, 'af01', bytes) : tag(9, sync ? '1701000000' : '2701000000', bytes),
    ),
  ]);
}

describe('what is assumed of times is printed', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  let silent: EncodedTrack;
  let announced: EncodedTrack;
  let audio32000: EncodedTrack;
  let audio44100: EncodedTrack;
  let audio48000: EncodedTrack;
  before(async () => {
    announced = await encodedPictures({ after }, '30000/1001', seconds);
    silent = unannounced(announced);
    audio32000 = await encodedAudio({ after }, 32_000, seconds);
    audio44100 = await encodedAudio({ after }, 44_100, 1);
    audio48000 = await encodedAudio({ after }, 48_000, seconds);
  });

  /** Runs a verb with none of its options for more words. */
  async function stderrOf(...args: readonly string[]): Promise<string> {
    const { status, stderr } = await runInProcess('salvor', args);
    assert.equal(status, 0, stderr);
    return stderr;
  }

  /** That a rate was assumed is said once, and the pictures last as long as the bound allows. */
  function assertRateAssumed(stderr: string): void {
    const [line, ...others] = stderr.split('\n').filter((text) => /rate of the video/.test(text));
    assert.deepEqual(others, []);
    const [taken, least, most] = (
      /what lasts ([\d.]+) s so may last ([\d.]+) s .* to ([\d.]+) s/.exec(line ?? '') ?? []
    )
      .slice(1)
      .map(Number) as [number, number, number];
    assert.ok(Math.abs(taken - silent.samples.length / 25) < 0.1, stderr);
    assert.ok(least <= seconds && seconds <= most, stderr);
  }

  function assertContradiction(stderr: string, percent: number): void {
    const said = /announce and the audio beside them differ by ([\d.]+) %/.exec(stderr);
    assert.ok(said !== null && Math.abs(Number(said[1]) - percent) < 2, stderr);
  }

  test('mp4writer --recovery: a rate that nothing gives', async () => {
    const recording = join(directory, 'rate.mp4');
    writeFileSync(`${recording}.mdat`, lonelyMedia(inOrder(silent, undefined)));
    assertRateAssumed(await stderrOf('mp4writer', '--recovery', recording));
  });

  test('repair: a rate that nothing gives', async () => {
    const file = place(directory, 'rate-lost.mp4', unfinishedMp4(inOrder(silent, undefined)));
    assertRateAssumed(await stderrOf('repair', file, '-o', join(directory, 'rate-made.mp4')));
  });

  test('flv-fix --retime: a rate that nothing gives', async () => {
    const file = place(directory, 'rate.flv', stillFlv(inOrder(silent, undefined), silent));
    assertRateAssumed(await stderrOf('flv-fix', '--retime', file));
  });

  test('flv-fix --retime: nothing is assumed where the pictures announce their rate', async () => {
    const file = place(directory, 'announced.flv', stillFlv(inOrder(announced, undefined), announced));
    assert.doesNotMatch(await stderrOf('flv-fix', '--retime', file), /were taken|may be off/);
  });

  test('flv-fix --retime: nothing is assumed where onMetaData gives the rate', async () => {
    const rate = 30_000 / 1001;
    const file = place(directory, 'claimed.flv', stillFlv(inOrder(silent, undefined), silent, rate));
    assert.doesNotMatch(await stderrOf('flv-fix', '--retime', file), /were taken/);
    const packets = await probePackets(file, { asStored: true, hashed: false });
    assert.equal(packets.length, silent.samples.length);
    for (const [n, { dtsTicks }] of packets.entries()) {
      assert.ok(Math.abs(dtsTicks! - (1000 * n) / rate) <= 1, `picture ${n} at ${dtsTicks} ms`);
    }
  });

  test('mp4writer --recovery: pictures of 29.97 a second beside audio of 32 kHz that .info calls 44.1', async () => {
    const recording = join(directory, 'wrong.mp4');
    const arrived = inOrder(announced, audio32000).map((sample) => ({
      ...sample,
      time: Math.round(1000 * sample.decoded),
      offset: Math.round(1000 * (sample.shown - sample.decoded)),
    }));
    writeStagingSet(recording, arrived, { video: announced.configuration, audio: audio44100.configuration });
    for (const suffix of ['.track1', '.track2']) writeFileSync(recording + suffix, '');
    assertContradiction(await stderrOf('mp4writer', '--recovery', recording), 37.8);
  });

  test('repair: pictures that announce 29.97 a second and come at 25 by the audio', async () => {
    const slower = 30_000 / 1001 / 25;
    const file = place(directory, 'slow-lost.mp4', unfinishedMp4(inOrder(announced, audio48000, slower)));
    assertContradiction(await stderrOf('repair', file, '-o', join(directory, 'slow-made.mp4')), 19.9);
  });

  test('flv-fix --retime: pictures of 29.97 a second beside audio of 32 kHz that is called 44.1', async () => {
    const file = place(directory, 'wrong.flv', stillFlv(inOrder(announced, audio32000), announced));
    assertContradiction(await stderrOf('flv-fix', '--retime', file), 37.8);
  });
});
