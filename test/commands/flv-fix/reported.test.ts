/** FLVs as they were reported: what probe says of each, and that flv-fix is of the same mind. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs, probe as ffprobe } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  encoded,
  flvBytes,
  flvTags,
  h264AndAac,
  isConfiguration,
  media,
  named,
  place,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg', 'ffprobe');

async function look(bytes: Uint8Array): Promise<ProbedRecording> {
  return (await inspectSource(memorySource(bytes), { deep: false })).recording;
}

const codes = ({ health }: ProbedRecording): string[] => health.findings.map(({ code }) => code);

/** Closed with these tags: `onMetaData` says what is so. */
function closed(tags: readonly FlvTag[], seconds: number): Buffer {
  const bytes = flvBytes(tags);
  for (const [name, value] of [
    ['duration', seconds],
    ['filesize', bytes.length],
  ] as const) {
    bytes.writeDoubleBE(value, bytes.indexOf(name) + name.length + 1);
  }
  return bytes;
}

async function assertLeftAlone(path: string): Promise<void> {
  const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)];
  const { status, stdout } = await runInProcess('salvor', ['flv-fix', path]);
  assert.deepEqual([status, /nothing was changed/.test(stdout)], [0, true]);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(statSync(path).mtimeMs, mtimeMs);
}

for (const [name, width, height, seconds] of [
  ['vp6', 470, 342, 0.92],
  ['vp6-from-zero', 480, 368, 1.17],
] as const) {
  test(
    `a genuine ${name}.flv of Red5 is complete, has the size that its key frames say, and stays as it is`,
    judges,
    async (t) => {
      const file = join(fixturesDirectory, 'flv-red5', `${name}.flv`);
      const recording = await look(readFileSync(file));
      assert.equal(recording.health.verdict, 'complete', codes(recording).join(' '));
      const [{ codec }] = recording.tracks as [ProbedRecording['tracks'][number]];
      assert.deepEqual([codec.name, codec.width, codec.height], ['vp6f', width, height]);
      const [theirs] = (await ffprobe(file)).streams;
      assert.deepEqual([theirs!.width, theirs!.height], [width, height]);
      assert.ok(Math.abs(recording.health.durationSeconds! - seconds) < 0.02, `${recording.health.durationSeconds} s`);
      await assertLeftAlone(place(scratchDirectory(t), `${name}.flv`, readFileSync(file)));
    },
  );
}

for (const [codec, width, height] of [
  ['flv1', 160, 120],
  // Sizes without a number of their own, in 8 and in 16 bits.
  ['flv1', 200, 144],
  ['flv1', 400, 302],
  ['flashsv', 330, 250],
  ['flashsv2', 320, 240],
] as const) {
  test(
    `${codec}, which has no sequence header, has the size of its key frames: ${width}x${height}`,
    judges,
    async (t) => {
      const bytes = await encoded(1, '-an', '-c:v', codec, '-s', `${width}x${height}`);
      const { tracks } = await look(bytes);
      assert.deepEqual(
        [tracks[0]!.codec.name, tracks[0]!.codec.width, tracks[0]!.codec.height],
        [codec, width, height],
      );
      const [theirs] = (await ffprobe(place(scratchDirectory(t), `${codec}.flv`, bytes))).streams;
      assert.deepEqual([theirs!.codec_name, theirs!.width, theirs!.height], [codec, width, height]);
    },
  );
}

test('VP6 with alpha has the size of its key frames', judges, async (t) => {
  // The pictures of a genuine file, each given once more as its alpha: an offset of 24 bits leads to it.
  const bytes = readFileSync(join(fixturesDirectory, 'flv-red5', 'vp6.flv'));
  const withAlpha = flvTags(bytes).map((tag) => {
    if (tag.type !== 9) return tag;
    const picture = tag.data.subarray(2);
    const offset = Buffer.alloc(3);
    offset.writeUIntBE(picture.length, 0, 3);
    const head = Buffer.from([(tag.data[0]! & 0xf0) | 5, tag.data[1]!]);
    return { ...tag, data: Buffer.concat([head, offset, picture, picture]) };
  });
  const made = flvBytes(withAlpha);
  const [{ codec }] = (await look(made)).tracks as [ProbedRecording['tracks'][number]];
  const [theirs] = (await ffprobe(place(scratchDirectory(t), 'vp6a.flv', made))).streams;
  assert.deepEqual([codec.name, codec.width, codec.height], ['vp6a', 470, 342]);
  assert.deepEqual([theirs!.codec_name, theirs!.width, theirs!.height], ['vp6a', 470, 342]);
});

test('a data rate of 0 is no reason to change a file that was closed', judges, async (t) => {
  const bytes = closed(flvTags(await encoded(2, ...h264AndAac)), 2.04);
  bytes.writeDoubleBE(0, bytes.indexOf('videodatarate') + 'videodatarate'.length + 1);
  assert.equal((await look(bytes)).health.verdict, 'complete');
  await assertLeftAlone(place(scratchDirectory(t), 'rate.flv', bytes));
});

test('pictures that begin late make the recording no shorter', judges, async () => {
  const tags = flvTags(await encoded(6, ...h264AndAac)).filter(
    ({ type, timestamp, data }) =>
      (type !== 9 || timestamp >= 1000 || data[1] === 0) && (type !== 8 || timestamp < 2000),
  );
  const recording = await look(closed(tags, 6));
  assert.equal(recording.health.verdict, 'complete', codes(recording).join(' '));
  assert.ok(Math.abs(recording.health.durationSeconds! - 6) < 0.1, `${recording.health.durationSeconds} s`);
});

test('timestamps that are presentation times make the recording no longer', judges, async () => {
  const tags = flvTags(await encoded(6, ...h264AndAac)).map((tag) => {
    if (tag.type !== 9 || isConfiguration(tag) || tag.data[1] !== 1) return tag;
    const data = Buffer.from(tag.data);
    const composition = (data.readUIntBE(2, 3) << 8) >> 8;
    data.writeUIntBE(0, 2, 3);
    return { ...tag, data, timestamp: tag.timestamp + composition };
  });
  const recording = await look(closed(tags, 6));
  assert.ok(codes(recording).includes('flv-timestamp-backward'));
  assert.ok(Math.abs(recording.health.durationSeconds! - 6) < 0.2, `${recording.health.durationSeconds} s`);
});

test('an empty AVC sequence header is none: it is missed, and comes from a reference', judges, async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await encoded(3, ...h264AndAac);
  const tags = flvTags(bytes);
  const isHeader = (tag: FlvTag): boolean => tag.type === 9 && isConfiguration(tag);
  const emptied = tags.map((tag) => (isHeader(tag) ? { ...tag, data: tag.data.subarray(0, 5) } : tag));
  const recording = await look(closed(emptied, 3));
  assert.equal(recording.health.verdict, 'damaged');
  assert.ok(codes(recording).includes('flv-sequence-header-missing'));
  const path = place(directory, 'empty.flv', closed(emptied, 3));
  const reference = place(directory, 'reference.flv', bytes);
  const { status, stderr } = await runInProcess('salvor', ['flv-fix', path, '--reference', reference]);
  assert.equal(status, 0, stderr);
  assert.doesNotMatch(stderr, /players cannot decode/);
  assert.deepEqual(media(readFileSync(path)).map(named), tags.filter(({ type }) => type !== 18).map(named));
  assert.equal((await look(readFileSync(path))).health.verdict, 'complete');
});
