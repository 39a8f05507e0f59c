/** --retime: whatever the clock did, frames come in order, none is lost, sound and picture stay together. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs, probe } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  checksums,
  checkWithFlvmeta,
  decodedFrames,
  encoded,
  fix,
  fixed,
  flvBytes,
  flvTags,
  h264AndAac,
  isConfiguration,
  isMedia,
  media,
  place,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg', 'ffprobe', 'flvmeta');
const seconds = 4;
const original = (): Promise<Buffer> => encoded(seconds, ...h264AndAac);

/** The file with other timestamps for its media, counted on from the original ones. */
async function retimed(clock: (timestamp: number, index: number) => number): Promise<Buffer> {
  const tags = flvTags(await original());
  return flvBytes(
    tags.map((tag, index) =>
      isMedia(tag) ? { ...tag, timestamp: ((clock(tag.timestamp, index) % 2 ** 32) + 2 ** 32) % 2 ** 32 } : tag,
    ),
  );
}

const times = (tags: readonly FlvTag[], type: number): number[] =>
  tags.filter((tag) => tag.type === type && !isConfiguration(tag)).map(({ timestamp }) => timestamp);

/** Frames and their order are those of the original; each track rises; every time is right to `tolerance`, up to one shift. */
async function assertRepaired(bytes: Buffer, tolerance: number): Promise<void> {
  const [expected, repaired] = [media(await original()), media(bytes)];
  assert.deepEqual(
    repaired.map(({ data }) => data.toString('base64')),
    expected.map(({ data }) => data.toString('base64')),
  );
  for (const type of [8, 9]) {
    const [own, right] = [times(repaired, type), times(expected, type)];
    for (const [index, time] of own.entries()) {
      assert.ok(index === 0 || time >= own[index - 1]!, `time ${time} steps back`);
      const off = time - right[index]!;
      assert.ok(Math.abs(off) <= tolerance, `frame ${index} of type ${type} is off by ${off} ms`);
    }
  }
}

const half = 2000;
const cases: readonly (readonly [what: string, clock: (timestamp: number) => number, tolerance: number])[] = [
  ['a leap of 3600 s', (time) => (time < half ? time : time + 3_600_000), 80],
  ['a step of 20 s back', (time) => (time < half ? time + 30_000 : time + 10_000), 30_080],
  ['a start at 50000 s', (time) => time + 50_000_000, 0],
  ['a start before zero', (time) => time - 1500, 1500],
  ['a counter of 24 bits', (time) => (time + 2 ** 24 - 1000) % 2 ** 24, 0],
  ['a counter of 31 bits', (time) => (time + 2 ** 31 - 1000) % 2 ** 31, 0],
  ['a counter of 32 bits that wraps', (time) => time + 2 ** 32 - 1000, 1000],
  ['a restart at zero', (time) => (time < half ? time : time - half), 80],
];

for (const [what, clock, tolerance] of cases) {
  test(`${what} is repaired with --retime and told without`, judges, async (t) => {
    const directory = scratchDirectory(t);
    const bytes = await retimed(clock);
    const path = place(directory, 'clock.flv', bytes);
    const { stderr } = await fix('-n', '-v', path);
    assert.match(stderr, /flv-timestamp-/);
    const untouched = place(directory, 'without.flv', bytes);
    await fix(untouched);
    assert.deepEqual(
      media(readFileSync(untouched)).map(({ timestamp }) => timestamp),
      media(bytes).map(({ timestamp }) => timestamp),
    );
    const repaired = await fixed(path, '--retime');
    await assertRepaired(repaired, tolerance);
    await checkWithFlvmeta(path);
    const duration = Number((await probe(path)).format.duration);
    assert.ok(Math.abs(duration - seconds) < 0.2, `${duration} s`);
    const right = place(directory, 'original.flv', await original());
    assert.deepEqual(checksums(await decodedFrames(path)).sort(), checksums(await decodedFrames(right)).sort());
  });
}

test('a real pause is closed or kept as one asks', async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await retimed((time) => (time < half ? time : time + 60_000));
  const last = async (...options: string[]): Promise<number> => {
    const path = place(directory, 'pause.flv', bytes);
    await fix(path, ...options);
    return Math.max(...media(readFileSync(path)).map(({ timestamp }) => timestamp));
  };
  assert.ok((await last('--retime')) < seconds * 1000 + 200);
  assert.ok((await last('--retime=keep-pauses')) >= 60_000 + seconds * 1000 - 200);
  assert.ok((await last('--retime', '--max-gap', '90')) >= 60_000 + seconds * 1000 - 200);
  assert.equal((await fix(place(directory, 'pause.flv', bytes), '--max-gap', '0')).status, 2);
});

test('a stalled audio clock goes on by the length of the frames', judges, async (t) => {
  const directory = scratchDirectory(t);
  // As the Go server records messages of chunk type 3: every third frame repeats the time of the one before, for good.
  let sounds = 0;
  let lost = 0;
  const tags = flvTags(await original()).map((tag) => {
    if (tag.type !== 8 || isConfiguration(tag)) return tag;
    if (sounds++ % 3 === 1) lost += 1024 / 44.1;
    return { ...tag, timestamp: Math.max(0, Math.round(tag.timestamp - lost)) };
  });
  const path = place(directory, 'stalled.flv', flvBytes(tags));
  const { stderr } = await fix('-n', path);
  assert.match(stderr, /flv-audio-clock-stalled/);
  await assertRepaired(await fixed(path, '--retime'), 2);
});

test('sound timestamps that only jitter are left alone', async (t) => {
  const directory = scratchDirectory(t);
  let sounds = 0;
  const tags = flvTags(await original()).map((tag) => {
    if (tag.type !== 8 || isConfiguration(tag)) return tag;
    return { ...tag, timestamp: tag.timestamp + [0, 9, -7, 12, 3][sounds++ % 5]! + 10 };
  });
  const path = place(directory, 'jitter.flv', flvBytes(tags));
  await fix(path, '--retime');
  const repaired = media(readFileSync(join(directory, 'jitter.flv')));
  assert.deepEqual(times(repaired, 8), times(tags, 8));
});
