/**
 * Files that differ from what their media says as intact files of many makers do: probe calls them complete, a deep look too,
 * and repair leaves them alone, byte and time, and writes nothing. Each is made of one recording by a change that players
 * never show.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { encode } from '../../codecs/encoded.ts';
import { needs } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { runRepair } from './damaged-recordings.ts';

const whole = readFileSync(join(fixturesDirectory, 'safety/h264-aac.mp4'));

/** Where the nth box of a type begins, by its four characters. */
function boxAt(bytes: Buffer, type: string, nth = 0): number {
  let at = bytes.indexOf(type, 0, 'latin1');
  for (let n = 0; n < nth; n++) at = bytes.indexOf(type, at + 4, 'latin1');
  assert.ok(at > 0, type);
  return at - 4;
}

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
}

/** Adds to the duration of the mdhd of a track: version 0, behind creation, modification and timescale. */
function longer(nth: number, ticks: (timescale: number) => number): Buffer {
  return changed((bytes) => {
    const at = boxAt(bytes, 'mdhd', nth) + 24;
    bytes.writeUInt32BE(bytes.readUInt32BE(at) + Math.round(ticks(bytes.readUInt32BE(at - 4))), at);
  });
}

/** A box of a size of its own. */
function box(type: string, body: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + body.length);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
}

const intact: Readonly<Record<string, () => Buffer>> = {
  'durations of a frame less': () => longer(0, (timescale) => -timescale / 25),
  'audio without its priming, and a third of a second': () => longer(1, (timescale) => -timescale / 3),
  'durations of a quarter of a second more': () => longer(0, (timescale) => timescale / 4),
  'a size that crops the pictures': () =>
    changed((bytes) => {
      const at = boxAt(bytes, 'avc1') + 8 + 24;
      bytes.writeUInt16BE(bytes.readUInt16BE(at + 2) - 8, at + 2);
    }),
  'no size at all': () => changed((bytes) => bytes.fill(0, boxAt(bytes, 'avc1') + 32, boxAt(bytes, 'avc1') + 36)),
  'bytes behind the last box': () => Buffer.concat([whole, Buffer.from('abc')]),
  'a box that nobody knows': () => Buffer.concat([whole, box('XtrA', Buffer.alloc(700))]),
};

async function isLeftAlone(path: string): Promise<void> {
  const bytes = readFileSync(path);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  const before = readdirSync(dirname(path)).sort();
  for (const flags of [[], ['--deep']]) {
    const { stdout } = await runInProcess('salvor', ['probe', '--json', ...flags, path]);
    const { health } = JSON.parse(stdout) as { health: { verdict: string; advice: readonly unknown[] } };
    assert.deepEqual([health.verdict, health.advice], ['complete', []], flags.join(' '));
  }
  const { status, stderr, report } = await runRepair(path);
  assert.deepEqual([status, report.outcome, report.output], [0, 'untouched', undefined], stderr);
  const told = await runInProcess('salvor', ['repair', path]);
  assert.deepEqual([told.status, (told.stdout + told.stderr).trim().split('\n').length], [0, 1]);
  assert.deepEqual(readFileSync(path), bytes);
  assert.equal(statSync(path).mtimeMs, 1_000_000_000_000);
  assert.deepEqual(readdirSync(dirname(path)).sort(), before);
}

describe('what probe calls complete, repair leaves alone', () => {
  for (const [name, make] of Object.entries(intact)) {
    test(name, async (t) => {
      const path = join(scratchDirectory(t), 'rec.mp4');
      writeFileSync(path, make());
      await isLeftAlone(path);
    });
  }

  test('an mdat without a size that ends the file, behind its moov', needs('ffmpeg'), async (t) => {
    const path = await encode(t, 'front.mp4', [
      ...['-i', join(fixturesDirectory, 'safety/h264-aac.mp4'), '-c', 'copy', '-movflags', '+faststart'],
    ]);
    const bytes = readFileSync(path);
    bytes.writeUInt32BE(0, boxAt(bytes, 'mdat'));
    writeFileSync(path, bytes);
    await isLeftAlone(path);
  });

  test('frames of E-AC-3 and AC-3 that are filled up with zeros', needs('ffmpeg'), async (t) => {
    for (const codec of ['eac3', 'ac3']) {
      const tone = ['-f', 'lavfi', '-i', 'sine=440:r=48000:d=1'];
      const path = await encode(t, `${codec}.mp4`, [...tone, '-c:a', codec, '-b:a', '640k']);
      const bytes = readFileSync(path);
      const media = boxAt(bytes, 'mdat') + 8;
      assert.deepEqual(
        [media, media + 2560].map((at) => bytes.readUInt16BE(at)),
        [0x0b77, 0x0b77],
      );
      writeFileSync(path, bytes.fill(0, media + 2560 + 600, media + 2 * 2560));
      await isLeftAlone(path);
    }
  });

  test('a media segment, as long as no reference is named', needs('ffmpeg'), async (t) => {
    const path = await encode(t, 'fragments.mp4', [
      ...['-i', join(fixturesDirectory, 'safety/h264-aac.mp4'), '-c', 'copy'],
      ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof'],
    ]);
    const bytes = readFileSync(path);
    const directory = scratchDirectory(t);
    const end = boxAt(bytes, 'mfra');
    const segment = join(directory, 'segment.m4s');
    const media = bytes.subarray(boxAt(bytes, 'moof'), end);
    writeFileSync(segment, Buffer.concat([box('styp', Buffer.from('msdh\0\0\0\0msdhmsix', 'latin1')), media]));
    writeFileSync(join(directory, 'other.mp4'), whole);
    await isLeftAlone(segment);
    const { report } = await runRepair(segment, ['--reference', path]);
    assert.equal(report.outcome, 'made');
  });

  test('a movie of nothing but text', needs('ffmpeg'), async (t) => {
    const text = join(scratchDirectory(t), 'text.srt');
    writeFileSync(text, '1\n00:00:00,100 --> 00:00:01,000\nhello\n');
    await isLeftAlone(await encode(t, 'text.mp4', ['-i', text, '-c:s', 'mov_text']));
  });
});
