/** --index: every key frame is in it, however long the recording is, and players get to where it leads. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { needs, runJudge } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  age,
  checkWithFlvmeta,
  encoded,
  fix,
  fixed,
  flvBytes,
  flvTags,
  h264AndAac,
  isKeyFrame,
  isMedia,
  media,
  named,
  place,
  tagOffsets,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg', 'ffprobe', 'flvmeta');

/** The numbers of a strict array, found by its name. */
function numbers(script: Buffer, name: string): number[] {
  const at = script.indexOf(`\0${String.fromCharCode(name.length)}${name}\n`) + 2 + name.length;
  assert.equal(script[at], 10);
  return Array.from({ length: script.readUInt32BE(at + 1) }, (_, index) => script.readDoubleBE(at + 5 + index * 9 + 1));
}

function assertIndexed(bytes: Buffer): void {
  const tags = flvTags(bytes);
  const offsets = tagOffsets(bytes);
  const keys = tags.flatMap((tag, index) =>
    isKeyFrame(tag) ? [{ offset: offsets[index]!, time: tag.timestamp / 1000 }] : [],
  );
  assert.ok(keys.length > 3);
  assert.deepEqual(
    numbers(tags[0]!.data, 'filepositions'),
    keys.map(({ offset }) => offset),
  );
  assert.deepEqual(
    numbers(tags[0]!.data, 'times'),
    keys.map(({ time }) => time),
  );
}

test('every entry leads to a key frame, all media stays, and ffmpeg seeks by it', judges, async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await encoded(6, ...h264AndAac);
  const path = place(directory, 'indexed.flv', bytes);
  const repaired = await fixed(path, '--index');
  assertIndexed(repaired);
  assert.deepEqual(media(repaired).map(named), media(bytes).map(named));
  await checkWithFlvmeta(path);
  const args = [
    '-v',
    'error',
    '-read_intervals',
    '4.2%+#1',
    '-select_streams',
    'v',
    '-show_entries',
    'packet=dts,pos,flags',
    '-of',
    'csv=p=0',
    path,
  ];
  const { stdout, stderr } = await runJudge('ffprobe', args);
  assert.equal(stderr, '');
  const key = flvTags(repaired).findIndex((tag) => isKeyFrame(tag) && tag.timestamp === 4000);
  assert.match(stdout, new RegExp(`^4000,${tagOffsets(repaired)[key]},K`));
});

test('a damaged recording is repaired and indexed at once', judges, async (t) => {
  const bytes = await encoded(6, ...h264AndAac);
  const damaged = Buffer.from(bytes).fill(0, 20_000, 24_000);
  assertIndexed(await fixed(place(scratchDirectory(t), 'damaged.flv', damaged), '--index', '--retime'));
});

test('ten hours have all their key frames', async (t) => {
  const key: FlvTag = { type: 9, timestamp: 0, data: Buffer.from('17010000000000000165', 'hex') };
  const inter: FlvTag = { type: 9, timestamp: 0, data: Buffer.from('27010000000000000141', 'hex') };
  const tags = Array.from({ length: 10 * 3600 * 2 }, (_, index) => ({
    ...(index % 2 === 0 ? key : inter),
    timestamp: index * 500,
  }));
  const repaired = await fixed(place(scratchDirectory(t), 'long.flv', flvBytes(tags)), '--index');
  assert.equal(numbers(flvTags(repaired)[0]!.data, 'times').length, 36_000);
  assertIndexed(repaired);
});

test(
  'an index that a file has is true after a rewrite, and one that is wrong is repaired without being asked for',
  judges,
  async (t) => {
    const directory = scratchDirectory(t);
    const path = place(directory, 'indexed.flv', await encoded(6, ...h264AndAac));
    const indexed = await fixed(path, '--index');
    const holed = Buffer.from(indexed).fill(0, 20_000, 24_000);
    assertIndexed(await fixed(place(directory, 'holed.flv', holed)));
    const wrong = Buffer.from(indexed);
    wrong.writeDoubleBE(4711, indexed.indexOf('filepositions') + 'filepositions'.length + 5 + 1);
    const repaired = await fixed(place(directory, 'wrong.flv', wrong));
    assert.ok(repaired.equals(indexed));
  },
);

test('room that a recorder left is used, and not a byte moves', async (t) => {
  const directory = scratchDirectory(t);
  const path = place(directory, 'spacer.flv', await encoded(6, ...h264AndAac));
  const indexed = await fixed(path, '--index');
  const [script, ...tags] = flvTags(indexed);
  const at = script!.data.indexOf('keyframes') - 2;
  // An object with nothing in it but room for forty numbers.
  const array = (name: string, count: number): Buffer => {
    const bytes = Buffer.alloc(2 + name.length + 5 + count * 9);
    bytes.writeUInt16BE(name.length);
    bytes.write(name, 2);
    bytes[2 + name.length] = 10;
    bytes.writeUInt32BE(count, 3 + name.length);
    return bytes;
  };
  const room = Buffer.concat([
    script!.data.subarray(0, at),
    Buffer.from('00096b65796672616d657303', 'hex'),
    array('filepositions', 0),
    array('times', 0),
    array('spacer', 40),
    Buffer.from('000009000009', 'hex'),
  ]);
  const bytes = flvBytes([{ ...script!, data: room }, ...tags]);
  writeFileSync(path, bytes);
  age(path);
  assert.equal((await fix(path)).status, 0);
  age(path);
  const before = readFileSync(path);
  const { stdout, status } = await fix(path, '--index', '--json');
  assert.equal(status, 0);
  const repaired = readFileSync(path);
  const { recordings } = JSON.parse(stdout) as {
    recordings: { inputs: { fate: string }[]; changes: { offset: number; oldBytes: string }[] }[];
  };
  assert.equal(recordings[0]!.inputs[0]!.fate, 'patched');
  const undone = Buffer.from(repaired);
  for (const { offset, oldBytes } of recordings[0]!.changes) undone.write(oldBytes, offset, 'hex');
  assert.ok(undone.equals(before), 'the report says enough to undo it');
  assert.equal(repaired.length, bytes.length);
  assertIndexed(repaired);
  assert.deepEqual(flvTags(repaired).filter(isMedia).map(named), tags.map(named));
});
