/** Made damage, with the right outcome stated beforehand: everything whole is kept, nothing false comes in. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import { FileSource } from '../../../src/io/file-source.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { seededRandom } from '../../support/damage.ts';
import { needs, probe } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  age,
  checksums,
  checkWithFlvmeta,
  decodedFrames,
  encoded,
  fix,
  fixed,
  flvBytes,
  flvTags,
  h264AndAac,
  headerBytes,
  isConfiguration,
  isMedia,
  media,
  metadataOf,
  named,
  place,
  tagBytes,
  tagOffsets,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg', 'ffprobe', 'flvmeta');
const seconds = 3;
const original = (): Promise<Buffer> => encoded(seconds, ...h264AndAac);

async function lookAt(path: string): Promise<ProbedRecording> {
  const source = new FileSource(path);
  try {
    return (await inspectSource(source, { deep: false })).recording;
  } finally {
    source.close();
  }
}

/** The tags of `all` that lie wholly outside of a range of bytes. */
function outside(bytes: Buffer, from: number, to: number): FlvTag[] {
  const offsets = tagOffsets(bytes);
  return flvTags(bytes).filter((tag, index) => {
    const start = offsets[index]!;
    return isMedia(tag) && (start >= to || start + 15 + tag.data.length <= from);
  });
}

test('a hole costs the tags it hit and nothing else', judges, async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await original();
  const random = seededRandom(3);
  for (const kind of ['zeros', 'garbage', 'cut out'] as const) {
    const from = Math.floor(bytes.length * 0.4);
    const to = from + 9000;
    const damaged = Buffer.from(bytes);
    for (let at = from; at < to; at++) damaged[at] = kind === 'garbage' ? random.below(256) : 0;
    const file = kind === 'cut out' ? Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]) : damaged;
    const path = place(directory, 'hole.flv', file);
    const tags = media(await fixed(path)).map(named);
    const expected = outside(bytes, from, to);
    assert.deepEqual(tags, expected.map(named), kind);
    await checkWithFlvmeta(path);
    const right = place(directory, 'right.flv', flvBytes([flvTags(bytes)[0]!, ...expected]));
    assert.deepEqual(await decodedFrames(path), await decodedFrames(right), kind);
  }
});

test('a byte of a size that is wrong, in a tag or behind it, costs nothing', needs('ffmpeg'), async (t) => {
  const bytes = await original();
  const tags = flvTags(bytes);
  const offsets = tagOffsets(bytes);
  const random = seededRandom(16);
  const path = place(scratchDirectory(t), 'sizes.flv', bytes);
  const damaged = Buffer.from(bytes);
  // Every fourth tag, so that tags around each are whole; the last two have too little behind them.
  for (let index = 3; index < tags.length - 2; index += 4) {
    const size = tags[index]!.data.length;
    const places = [1, 2, 3, 11 + size, 12 + size, 13 + size, 14 + size];
    damaged[offsets[index]! + places[random.below(places.length)]!]! ^= 1 << random.below(8);
  }
  writeFileSync(path, damaged);
  const { health } = await lookAt(path);
  const codes = new Set(health.findings.map(({ code }) => code));
  assert.ok(codes.has('flv-tag-size-wrong') && codes.has('flv-previous-tag-size') && !codes.has('flv-sync-lost'));
  age(path);
  assert.deepEqual(media(await fixed(path)).map(named), tags.filter(isMedia).map(named));
  // One at a time: every bit of every byte of the sizes of some tags.
  for (const index of [3, 10, 41]) {
    for (const place of [1, 2, 3]) {
      for (let bit = 0; bit < 8; bit++) {
        const one = Buffer.from(bytes);
        one[offsets[index]! + place]! ^= 1 << bit;
        const { tracks } = (await inspectSource(memorySource(one), { deep: true })).recording;
        const frames = tracks.reduce((sum, { samples }) => sum + samples!, 0);
        const expected = tags.filter((tag) => isMedia(tag) && !isConfiguration(tag) && tag.data.length > 5);
        assert.equal(frames, expected.length, `bit ${bit} of byte ${place} of tag ${index}`);
      }
    }
  }
});

test('what a hole cost is told in bytes and in time', async (t) => {
  const bytes = await original();
  const offsets = tagOffsets(bytes);
  const [first, last] = [60, 90];
  const [from, to] = [offsets[first]!, offsets[last]!];
  const path = place(scratchDirectory(t), 'hole.flv', Buffer.from(bytes).fill(0, from, to));
  const { stderr } = await fix('-v', '--strict', path);
  const [before, after] = [flvTags(bytes)[first - 1]!.timestamp, flvTags(bytes)[last]!.timestamp];
  assert.match(stderr, new RegExp(`tags go on at byte ${to}, the timestamps from ${before} ms to ${after} ms`));
});

test('a large file with a hole of 300 kB at 40 % keeps all but the hole', judges, async (t) => {
  const directory = scratchDirectory(t);
  const small = media(await original());
  const configurations = small.filter(isConfiguration);
  const frames = small.filter((tag) => !isConfiguration(tag));
  const rounds = Math.ceil(50e6 / flvBytes(frames).length);
  const tags = Array.from({ length: rounds }, (_, round) =>
    frames.map((tag) => ({ ...tag, timestamp: tag.timestamp + round * seconds * 1000 })),
  ).flat();
  const bytes = flvBytes([...configurations, ...tags]);
  const from = Math.floor(bytes.length * 0.4);
  const damaged = Buffer.from(bytes).fill(0, from, from + 300_000);
  const repaired = media(await fixed(place(directory, 'large.flv', damaged)));
  const expected = outside(bytes, from, from + 300_000);
  assert.equal(repaired.length, expected.length);
  for (const [index, tag] of repaired.entries()) {
    const right = expected[index]!;
    assert.ok(tag.timestamp === right.timestamp && tag.data.equals(right.data), `tag ${index}`);
  }
  assert.ok(flvBytes(repaired).length >= 0.993 * bytes.length);
});

test('torn at every byte of the last two tags, it ends with the last tag whose data is whole', async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await original();
  const offsets = tagOffsets(bytes);
  const ends = flvTags(bytes).map(({ data }, index) => offsets[index]! + 11 + data.length);
  // The script tag at the front is no media.
  const tags = media(bytes).map(named);
  const paths = new Map<number, string>();
  for (let length = offsets.at(-2)!; length < bytes.length; length++) {
    paths.set(length, place(directory, `cut-${length}.flv`, bytes.subarray(0, length)));
  }
  assert.ok(paths.size > 30);
  const { status, stderr } = await fix('-q', ...paths.values());
  assert.deepEqual([status, stderr], [0, '']);
  for (const [length, path] of paths) {
    const whole = ends.filter((end) => end <= length).length;
    assert.deepEqual(media(readFileSync(path)).map(named), tags.slice(0, whole - 1), `cut to ${length}`);
  }
});

test('a tail of two million zeros goes, and the duration is that of what is left', judges, async (t) => {
  const path = place(scratchDirectory(t), 'tail.flv', Buffer.concat([await original(), Buffer.alloc(2_000_000)]));
  assert.deepEqual(media(await fixed(path)).map(named), media(await original()).map(named));
  await checkWithFlvmeta(path);
  assert.ok(Math.abs(Number((await probe(path)).format.duration) - seconds) < 0.1);
});

test('the chain of sizes behind the tags is repaired, whatever stands there', judges, async (t) => {
  const directory = scratchDirectory(t);
  const bytes = await original();
  const ends = tagOffsets(bytes)
    .slice(1)
    .map((offset) => offset - 4);
  for (const size of [0, 11, 0xffffffff]) {
    const wrong = Buffer.from(bytes);
    for (const end of [...ends, bytes.length - 4]) wrong.writeUInt32BE(size, end);
    const path = place(directory, 'chain.flv', wrong);
    assert.deepEqual(media(await fixed(path)).map(named), media(bytes).map(named));
    await checkWithFlvmeta(path);
  }
});

test('two files joined byte by byte become one with the tags of both', judges, async (t) => {
  const bytes = await original();
  const path = place(scratchDirectory(t), 'joined.flv', Buffer.concat([bytes, bytes]));
  const repaired = await fixed(path, '--retime');
  const frames = media(bytes).map(({ data }) => data.toString('base64'));
  assert.deepEqual(
    media(repaired).map(({ data }) => data.toString('base64')),
    [...frames, ...frames],
  );
  assert.equal(flvTags(repaired).filter(({ type }) => type === 18).length, 1);
  const times = media(repaired).map(({ timestamp }) => timestamp);
  assert.ok(Math.abs(Math.max(...times) - 2 * seconds * 1000) < 200, `${Math.max(...times)} ms`);
  await checkWithFlvmeta(path);
});

test('a header that is gone is written, and all tags stay', async (t) => {
  const bytes = await original();
  const path = place(scratchDirectory(t), 'headless.flv', Buffer.concat([Buffer.alloc(13), bytes.subarray(13)]));
  assert.deepEqual(media(await fixed(path)).map(named), media(bytes).map(named));
});

test(
  'onMetaData is written where it is missing, put first where it is not, and keeps what it said',
  judges,
  async (t) => {
    const directory = scratchDirectory(t);
    const bytes = await original();
    const [script, ...tags] = flvTags(bytes);
    const missing = place(directory, 'missing.flv', flvBytes(tags));
    const middle = place(directory, 'middle.flv', flvBytes([...tags.slice(0, 20), script!, ...tags.slice(20)]));
    for (const path of [missing, middle]) {
      const repaired = flvTags(await fixed(path));
      assert.equal(repaired[0]!.type, 18);
      assert.deepEqual(repaired.slice(1).map(named), tags.map(named));
      await checkWithFlvmeta(path);
      const metadata = await metadataOf(path);
      assert.ok(Math.abs(Number(metadata['duration']) - seconds) < 0.1);
      assert.deepEqual([metadata['width'], metadata['height']], [160, 120]);
      assert.deepEqual([metadata['videocodecid'], metadata['audiocodecid']], [7, 10]);
      assert.equal(metadata['audiosamplerate'], 44100);
    }
  },
);

/** A script tag with an object of its own making. */
function script(...properties: readonly (readonly [string, Buffer])[]): FlvTag {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
  };
  const parts = properties.flatMap(([name, value]) => [text(name), value]);
  const end = Buffer.from([0, 0, 9]);
  return {
    type: 18,
    timestamp: 0,
    data: Buffer.concat([Buffer.of(2), text('onMetaData'), Buffer.of(3), ...parts, end]),
  };
}
const amfString = (value: string): Buffer => Buffer.concat([Buffer.from([2, 0, value.length]), Buffer.from(value)]);
const amfNumber = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};

test('a duration that is text becomes a number, and unknown properties stay in their order', judges, async (t) => {
  const directory = scratchDirectory(t);
  const [, ...tags] = flvTags(await original());
  const date = Buffer.from('0b427a1fd3b62d00000000', 'hex');
  const strange = script(['b', date], ['duration', amfString('unknown')], ['a', amfString('kept')]);
  const path = place(directory, 'text.flv', flvBytes([strange, ...tags]));
  const repaired = flvTags(await fixed(path));
  const duration = repaired[0]!.data.readDoubleBE(repaired[0]!.data.indexOf('duration') + 'duration'.length + 1);
  assert.ok(Math.abs(duration - seconds) < 0.1, `${duration}`);
  const expected = script(['b', date], ['duration', amfNumber(duration)], ['a', amfString('kept')]);
  assert.equal(named(repaired[0]!), named(expected));
  assert.deepEqual(repaired.slice(1).map(named), tags.map(named));
});

test('sizes and codecs are those of the tags where onMetaData has others', judges, async (t) => {
  const [, ...tags] = flvTags(await original());
  const wrong = script(
    ['duration', amfNumber(0)],
    ['width', amfNumber(0)],
    ['height', amfNumber(1080)],
    ['videocodecid', amfNumber(0)],
    ['audiocodecid', amfNumber(2)],
    ['stereo', Buffer.of(1, 1)],
    ['framerate', amfNumber(0)],
    ['filesize', amfNumber(17)],
  );
  const bytes = flvBytes([wrong, ...tags]);
  const path = place(scratchDirectory(t), 'wrong.flv', bytes);
  const repaired = await fixed(path);
  assert.equal(repaired.length, bytes.length, 'patched where it stands');
  assert.deepEqual(flvTags(repaired).slice(1).map(named), tags.map(named));
  const metadata = await metadataOf(path);
  assert.deepEqual(
    ['width', 'height', 'videocodecid', 'audiocodecid', 'stereo', 'framerate', 'filesize'].map(
      (name) => metadata[name],
    ),
    [160, 120, 7, 10, false, 25, bytes.length],
  );
});

test(
  'a missing sequence header is taken from later in the file, from a recording beside it, or from the pictures',
  judges,
  async (t) => {
    const bytes = await original();
    const tags = flvTags(bytes);
    const frames = tags.filter((tag) => !isConfiguration(tag));
    const configurations = tags.filter(isConfiguration);
    const before = (repaired: Buffer): string[] =>
      media(repaired)
        .slice(0, 2)
        .map(({ data }) => data.toString('hex'))
        .sort();
    const expected = configurations.map(({ data }) => data.toString('hex')).sort();
    const later = scratchDirectory(t);
    const repaired = await fixed(
      place(later, 'later.flv', flvBytes([...frames.slice(0, 50), ...configurations, ...frames.slice(50)])),
    );
    assert.deepEqual(before(repaired), expected);
    const beside = scratchDirectory(t);
    place(beside, 'rec_001.flv', bytes);
    const path = place(beside, 'rec_002.flv', flvBytes(frames));
    assert.deepEqual(before(await fixed(path)), expected);
    assert.deepEqual(
      checksums(await decodedFrames(path)).length,
      checksums(await decodedFrames(place(beside, 'original.flv', bytes))).length,
    );
    const alone = scratchDirectory(t);
    const inBand = await encoded(seconds, ...h264AndAac, '-bsf:v', 'dump_extra=freq=keyframe,h264_metadata');
    const inBandFrames = flvTags(inBand).filter((tag) => !isConfiguration(tag));
    const own = place(alone, 'alone.flv', flvBytes(inBandFrames));
    const { stderr } = await fix('-n', '-v', own);
    assert.match(stderr, /audio sequence header was taken from the frames/);
    await fixed(own);
    const inferred = await decodedFrames(own);
    assert.deepEqual(checksums(inferred).length, checksums(await decodedFrames(place(alone, 'in.flv', inBand))).length);
  },
);

test('repeated sequence headers go with --dedupe-headers, and changed ones stay', async (t) => {
  const directory = scratchDirectory(t);
  const tags = flvTags(await original());
  const configurations = tags.filter(isConfiguration);
  const [video] = configurations;
  const changed = { ...video!, data: Buffer.from(video!.data).fill(0x42, 6, 7) };
  const at = (index: number): FlvTag[] => [...tags.slice(0, index), ...configurations, changed, ...tags.slice(index)];
  const path = place(directory, 'repeated.flv', flvBytes(at(60)));
  const { stderr } = await fix('-v', '-n', path);
  assert.match(stderr, /flv-sequence-header-repeated/);
  assert.match(stderr, /flv-sequence-header-changed/);
  const repaired = flvTags(await fixed(path, '--dedupe-headers'));
  assert.deepEqual(repaired.slice(1).map(named), [...tags.slice(1, 60), changed, ...tags.slice(60)].map(named));
});

test('tags of reserved types, foreign script tags and encrypted data are kept byte for byte', async (t) => {
  const tags = flvTags(await original());
  const strange: FlvTag[] = [
    { type: 15, timestamp: 40, data: Buffer.from('00020003666f6f', 'hex') },
    { type: 18, timestamp: 40, data: Buffer.from('02000a6f6e437565506f696e74030000 09'.replace(' ', ''), 'hex') },
    { type: 9 | 0x20, timestamp: 41, data: Buffer.from('17010000001122334455', 'hex') },
  ];
  const all = [...tags.slice(0, 30), ...strange, ...tags.slice(30)];
  const path = place(scratchDirectory(t), 'strange.flv', Buffer.concat([flvBytes(all), Buffer.from([9, 0])]));
  assert.deepEqual(
    flvTags(await fixed(path))
      .slice(1)
      .map(named),
    all.slice(1).map(named),
  );
});

test('what is no FLV is refused and stays', async (t) => {
  const directory = scratchDirectory(t);
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(100_000), Buffer.from('not an FLV at all'), headerBytes]) {
    const { status, stderr } = await fix(place(directory, 'none.flv', bytes));
    assert.equal(status, 1);
    assert.match(stderr, /^salvor: .*none\.flv/);
  }
  const lone = Buffer.concat([headerBytes, tagBytes({ type: 8, timestamp: 0, data: Buffer.from('af0121', 'hex') })]);
  assert.equal((await fix(place(directory, 'lone.flv', lone))).status, 0);
});
