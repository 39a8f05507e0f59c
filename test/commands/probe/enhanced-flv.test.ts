/** Headers of FLV tags in all their dialects: whichever way a recording is written, it is the same recording. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ProbedTrack } from '../../../src/media/probed-recording.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs } from '../../support/judges.ts';
import { encoded, flvBytes, flvTags, type FlvTag } from '../flv-fix/flv-tags.ts';

const judges = needs('ffmpeg');
const seconds = 2;
const hevcAndOpus = [
  ...['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none'],
  ...['-c:a', 'libopus', '-ar', '48000'],
] as const;

interface Looked {
  readonly tracks: readonly ProbedTrack[];
  readonly verdict: string;
  readonly samples: readonly string[];
}

/** The file that the tags make; headers of other lengths make another size, which its metadata has to say. */
function fileOf(tags: readonly FlvTag[]): Uint8Array {
  const bytes = Buffer.from(flvBytes(tags));
  const name = bytes.indexOf('filesize');
  // Behind the name a byte that says that a number follows.
  if (name >= 0) bytes.writeDoubleBE(bytes.length, name + 'filesize'.length + 1);
  return bytes;
}

async function look(tags: readonly FlvTag[]): Promise<Looked> {
  const { recording, samples } = await inspectSource(memorySource(fileOf(tags)), { deep: true });
  return {
    // Headers of other lengths are counted with the media.
    tracks: recording.tracks.map((track) => ({ ...track, bytes: 0, measuredBitRate: 0 })),
    verdict: recording.health.verdict,
    samples: [...samples()].map(({ track, ptsTicks, dtsTicks, size, sync }) =>
      [track, ptsTicks, dtsTicks, size, sync].join(' '),
    ),
  };
}

const isEnhancedVideo = ({ type, data }: FlvTag): boolean => type === 9 && (data[0]! & 0x80) !== 0;
const isEnhancedAudio = ({ type, data }: FlvTag): boolean => type === 8 && data[0]! >> 4 === 9;

test('modifiers before the packet type are read past', judges, async () => {
  const plain = flvTags(await encoded(seconds, ...hevcAndOpus));
  // A time in nanoseconds, three bytes long, then the packet type that stood there.
  const modified = plain.map((tag): FlvTag => {
    const { data } = tag;
    const modEx = isEnhancedVideo(tag) || isEnhancedAudio(tag);
    if (!modEx) return tag;
    const first = (data[0]! & 0xf0) | 7;
    return { ...tag, data: Buffer.concat([Buffer.from([first, 2, 0, 1, 2, data[0]! & 0x0f]), data.subarray(1)]) };
  });
  const [expected, found] = [await look(plain), await look(modified)];
  assert.equal(expected.verdict, 'complete');
  assert.equal(expected.tracks.length, 2);
  assert.deepEqual(found, expected);
});

test('one track in a tag for several is the track it is', judges, async () => {
  const plain = flvTags(await encoded(seconds, ...hevcAndOpus));
  const multitrack = plain.map((tag): FlvTag => {
    const { data } = tag;
    if (!isEnhancedVideo(tag) && !isEnhancedAudio(tag)) return tag;
    // Multitrack is packet type 6 of video and 5 of audio; then: one track, its packet type, the codec, track 3.
    const first = (data[0]! & 0xf0) | (tag.type === 9 ? 6 : 5);
    const head = Buffer.from([first, data[0]! & 0x0f]);
    return { ...tag, data: Buffer.concat([head, data.subarray(1, 5), Buffer.from([3]), data.subarray(5)]) };
  });
  const [expected, found] = [await look(plain), await look(multitrack)];
  // The metadata tells the bit rate of the first track alone.
  const withoutRate = ({ tracks }: Looked): unknown[] => tracks.map((track) => ({ ...track, bitRate: 0 }));
  assert.deepEqual(withoutRate(found), withoutRate(expected));
  assert.deepEqual(found.samples, expected.samples);
});

test('HEVC under the number 12, as before there were enhanced headers, is HEVC', judges, async () => {
  const plain = flvTags(await encoded(seconds, ...hevcAndOpus));
  const dialect = plain.map((tag): FlvTag => {
    const { data } = tag;
    if (!isEnhancedVideo(tag)) return tag;
    const packet = data[0]! & 0x0f;
    const hasTime = packet === 1;
    const time = hasTime ? data.subarray(5, 8) : Buffer.alloc(3);
    const head = Buffer.from([(data[0]! & 0x70) | 12, packet === 0 ? 0 : packet === 2 ? 2 : 1]);
    return { ...tag, data: Buffer.concat([head, time, data.subarray(hasTime ? 8 : 5)]) };
  });
  const [expected, found] = [await look(plain), await look(dialect)];
  assert.equal(found.tracks.find(({ kind }) => kind === 'video')?.codec.name, 'hevc');
  assert.deepEqual(found, expected);
});

test(
  'tracks are numbered in the order in which they say something, as by ffprobe, not by empty sequence headers',
  judges,
  async () => {
    const tags = flvTags(await encoded(seconds, ...hevcAndOpus));
    const first = tags.findIndex(isEnhancedVideo);
    const header = tags[first]!;
    // ffmpeg writes an empty sequence header of AV1 before the full one, and the audio between them.
    const empty: FlvTag = { ...header, data: header.data.subarray(0, 5) };
    const others = tags.filter((_, at) => at !== first);
    const audio = others.findIndex(isEnhancedAudio);
    const moved = [
      ...others.slice(0, first),
      empty,
      ...others.slice(first, audio + 1),
      header,
      ...others.slice(audio + 1),
    ];
    const { tracks } = await look(moved);
    assert.deepEqual(
      tracks.map(({ kind }) => kind),
      ['audio', 'video'],
    );
  },
);
