/** Enhanced RTMP and its dialects: repaired like everything else, and passed through byte for byte. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs, probe } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  checksums,
  decodedFrames,
  encoded,
  fix,
  fixed,
  flvBytes,
  flvTags,
  media,
  named,
  place,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg', 'ffprobe');
const seconds = 2;
const flavours: readonly (readonly [name: string, ...codecs: string[]])[] = [
  ['hvc1 and AAC', '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none', '-c:a', 'aac'],
  ['av01 and Opus', '-c:v', 'libsvtav1', '-preset', '12', '-svtav1-params', 'lp=1', '-c:a', 'libopus', '-ar', '48000'],
  ['vp09 and FLAC', '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-c:a', 'flac', '-ar', '48000'],
  ['AC-3 alone', '-vn', '-c:a', 'ac3', '-ar', '48000'],
  ['MP3 alone', '-vn', '-c:a', 'libmp3lame'],
  ['H.264 alone', '-an', '-c:v', 'libx264', '-preset', 'ultrafast'],
];

/** As a killed recorder leaves it: no duration, and a tag torn in the middle. */
function killed(bytes: Buffer): Buffer {
  const file = Buffer.from(bytes);
  for (const name of ['duration', 'filesize']) {
    const at = file.indexOf(name) + name.length + 1;
    file.fill(0, at, at + 8);
  }
  return file.subarray(0, file.length - 11);
}

for (const [name, ...codecs] of flavours) {
  test(`${name}: killed, it ends with its last whole tag and knows how long it is`, judges, async (t) => {
    const directory = scratchDirectory(t);
    const bytes = await encoded(seconds, ...codecs);
    const expected = media(bytes);
    const path = place(directory, 'killed.flv', killed(bytes));
    const repaired = media(await fixed(path));
    assert.deepEqual(repaired.map(named), expected.slice(0, -1).map(named));
    assert.ok(Math.abs(Number((await probe(path)).format.duration) - seconds) < 0.15);
    const indexed = await fixed(path, '--index', '--retime', '--dedupe-headers');
    assert.deepEqual(media(indexed).map(named), expected.slice(0, -1).map(named));
    const own = checksums(await decodedFrames(path));
    const right = checksums(await decodedFrames(place(directory, 'right.flv', flvBytes(flvTags(bytes).slice(0, -1)))));
    assert.deepEqual(own.toSorted(), right.toSorted());
  });
}

test('HEVC under the number 12 is repaired like AVC', judges, async (t) => {
  const [, ...codecs] = flavours[0]!;
  // What servers wrote before there were enhanced headers: laid out as AVC, with another number.
  const tags = flvTags(await encoded(seconds, ...codecs)).map((tag): FlvTag => {
    const { data, type } = tag;
    if (type !== 9) return tag;
    const packet = data[0]! & 0x0f;
    const media = data.subarray(packet === 1 ? 8 : 5);
    const time = packet === 1 ? data.subarray(5, 8) : Buffer.alloc(3);
    const head = Buffer.from([(data[0]! & 0x70) | 12, packet === 0 ? 0 : packet === 2 ? 2 : 1]);
    return { ...tag, data: Buffer.concat([head, time, media]) };
  });
  const path = place(scratchDirectory(t), 'twelve.flv', killed(flvBytes(tags)));
  const { stdout } = await fix('-n', '-v', path);
  assert.match(stdout, /video hvc1/);
  assert.deepEqual(
    media(await fixed(path)).map(named),
    tags
      .filter(({ type }) => type !== 18)
      .slice(0, -1)
      .map(named),
  );
});

test('HEVC whose sequence header and size were lost gets both back from its pictures', judges, async (t) => {
  const [, ...codecs] = flavours[0]!;
  const bytes = await encoded(seconds, ...codecs, '-bsf:v', 'dump_extra=freq=keyframe', '-metadata', 'title=size');
  const isHeader = ({ type, data }: FlvTag): boolean => type === 9 && (data[0]! & 0x0f) === 0;
  const tags = flvTags(bytes);
  const frames = tags.filter((tag) => !isHeader(tag));
  const width = frames[0]!.data.indexOf('width') + 'width'.length + 1;
  const first = { ...frames[0]!, data: Buffer.from(frames[0]!.data).fill(0, width, width + 8) };
  const directory = scratchDirectory(t);
  const repaired = await fixed(place(directory, 'lost.flv', flvBytes([first, ...frames.slice(1)])));
  assert.equal(flvTags(repaired)[0]!.data.readDoubleBE(width), 160);
  const own = checksums(await decodedFrames(join(directory, 'lost.flv')));
  const right = checksums(await decodedFrames(place(directory, 'right.flv', bytes)));
  assert.deepEqual(own.toSorted(), right.toSorted());
});

test('modifiers, several tracks in a tag and metadata packets are kept byte for byte', async (t) => {
  const [, ...codecs] = flavours[0]!;
  const tags = flvTags(await encoded(seconds, ...codecs));
  const tag = (hex: string, timestamp: number): FlvTag => ({ type: 9, timestamp, data: Buffer.from(hex, 'hex') });
  const strange: FlvTag[] = [
    // A nanosecond modifier of three bytes before coded frames of hvc1; the same modifier on AAC.
    tag('a7020001f4016876633100000000000002410a', 300),
    { type: 8, timestamp: 300, data: Buffer.from('97020001f4016d703461210a', 'hex') },
    // One track, many tracks, and colour information.
    tag('a6016876633101000003000000000002410b', 320),
    tag('a6116876633100000005000000024101010000050000000241 02'.replace(' ', ''), 340),
    tag('d4687663310200 09636f6c6f72496e666f03000009'.replace(' ', ''), 340),
  ];
  const at = tags.findIndex(({ timestamp }) => timestamp >= 340);
  const all = [...tags.slice(0, at), ...strange, ...tags.slice(at)];
  const path = place(scratchDirectory(t), 'strange.flv', killed(flvBytes(all)));
  const repaired = flvTags(await fixed(path));
  assert.deepEqual(repaired.slice(1).map(named), all.slice(1, -1).map(named));
});
