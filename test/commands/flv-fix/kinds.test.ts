/**
 * Kinds of FLV that recorders, downloads and accidents leave: of each, what probe says is what flv-fix does, what is advised
 * ends in `complete`, and no frame is lost on the way.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { inspectSource } from '../../../src/commands/probe/probe.ts';
import type { ProbedRecording } from '../../../src/media/probed-recording.ts';
import { memorySource } from '../../mp4/memory-source.ts';
import { needs } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  encoded,
  flvBytes,
  flvTags,
  h264AndAac,
  headerBytes,
  isConfiguration,
  isKeyFrame,
  isMedia,
  media,
  place,
  tagBytes,
  type FlvTag,
} from './flv-tags.ts';

const judges = needs('ffmpeg');
const seconds = 4;

/** The tags of a recording of four seconds; each kind changes them or the bytes that they make. */
let tags: FlvTag[] = [];
before(async () => {
  if (!('skip' in judges)) tags = flvTags(await encoded(seconds, ...h264AndAac));
});

const isVideo = ({ type }: FlvTag): boolean => type === 9;
const isAudio = ({ type }: FlvTag): boolean => type === 8;
/** What says that a sequence ends is none. */
const isFrame = (tag: FlvTag): boolean => isMedia(tag) && !isConfiguration(tag) && !(isVideo(tag) && tag.data[1] === 2);

function setNumber(bytes: Buffer, name: string, value: number): Buffer {
  const at = bytes.indexOf(name, 0, 'latin1');
  assert.ok(at > 0, name);
  bytes.writeDoubleBE(value, at + name.length + 1);
  return bytes;
}

/** Closed with these tags: `onMetaData` says what is so. */
function closed(list: readonly FlvTag[] = tags, duration = seconds): Buffer {
  const bytes = flvBytes(list);
  return setNumber(setNumber(bytes, 'duration', duration), 'filesize', bytes.length);
}

const killed = (list: readonly FlvTag[] = tags): Buffer => closed(list, 0);
const later = (list: readonly FlvTag[], by: number): FlvTag[] =>
  list.map((tag) => (isMedia(tag) ? { ...tag, timestamp: (tag.timestamp + by + 2 ** 32) % 2 ** 32 } : tag));
const bits24 = (list: readonly FlvTag[]): FlvTag[] =>
  list.map((tag) => ({ ...tag, timestamp: tag.timestamp % 2 ** 24 }));
const changed = (bytes: Buffer, change: (bytes: Buffer) => void): Buffer => {
  change(bytes);
  return bytes;
};
/** Bytes up to and without the `n`th tag. */
const lengthOf = (n: number): number =>
  headerBytes.length + tags.slice(0, n).reduce((sum, tag) => sum + tagBytes(tag).length, 0);
const emptied = (which: (tag: FlvTag) => boolean): FlvTag[] =>
  tags.map((tag) =>
    isConfiguration(tag) && which(tag) ? { ...tag, data: tag.data.subarray(0, isVideo(tag) ? 5 : 2) } : tag,
  );
const text = (value: string): Buffer => Buffer.from(value, 'latin1');

function id3(length: number, withFooter = false): Buffer {
  const size = [21, 14, 7, 0].map((shift) => (length >> shift) & 0x7f);
  return Buffer.concat([
    text('ID3\x04\0'),
    Buffer.from([withFooter ? 0x10 : 0, ...size]),
    Buffer.alloc(length + (withFooter ? 10 : 0), 0x55),
  ]);
}

interface Transfer {
  readonly header?: string;
  /** Behind the size of each chunk. */
  readonly extension?: string;
  readonly end?: string;
  readonly size?: number;
}

function chunked(bytes: Buffer, transfer: Transfer = {}): Buffer {
  const {
    header = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    extension = '',
    end = '0\r\n\r\n',
    size = 4096,
  } = transfer;
  const parts = [text(header)];
  for (let at = 0; at < bytes.length; at += size) {
    const chunk = bytes.subarray(at, at + size);
    parts.push(text(`${chunk.length.toString(16)}${extension}\r\n`), chunk, text('\r\n'));
  }
  return Buffer.concat([...parts, text(end)]);
}

/** An `onMetaData` of another writer. */
function metadata(
  values: Readonly<Record<string, number | string | boolean>>,
  isArray = true,
  before_ = Buffer.alloc(0),
): FlvTag {
  const short = (value: string): Buffer =>
    Buffer.concat([Buffer.from([value.length >> 8, value.length & 0xff]), text(value)]);
  const number = (value: number): Buffer => changed(Buffer.alloc(9), (bytes) => void bytes.writeDoubleBE(value, 1));
  const parts = Object.entries(values).flatMap(([name, value]) => [
    short(name),
    typeof value === 'number'
      ? number(value)
      : typeof value === 'boolean'
        ? Buffer.from([1, Number(value)])
        : Buffer.concat([Buffer.from([2]), short(value)]),
  ]);
  const head = Buffer.from(isArray ? [8, 0, 0, 0, Object.keys(values).length] : [3]);
  return {
    type: 18,
    timestamp: 0,
    data: Buffer.concat([before_, Buffer.from([2]), short('onMetaData'), head, ...parts, Buffer.from([0, 0, 9])]),
  };
}

const usual = { width: 160, height: 120, videocodecid: 7, audiocodecid: 10 };
const saying = (
  values: Readonly<Record<string, number | string | boolean>>,
  isArray = true,
  first = Buffer.alloc(0),
): Buffer => flvBytes([metadata(values, isArray, first), ...tags.filter(isMedia)]);

/** Frames that come from `from` to `to` milliseconds are missing. */
const without = (which: (tag: FlvTag) => boolean, from: number, to: number): FlvTag[] =>
  tags.filter((tag) => !isFrame(tag) || !which(tag) || tag.timestamp < from || tag.timestamp >= to);

interface Kind {
  readonly name: string;
  readonly bytes: () => Buffer;
  readonly verdict: 'complete' | 'unfinished' | 'damaged';
  readonly codes?: readonly string[];
  /** What it lasts, where that is not four seconds, before and after. */
  readonly lasts?: number;
  /** Frames that are not there, or not at once. */
  readonly frames?: () => number;
}

const middle = 100;

const kinds: readonly Kind[] = [
  {
    name: 'a pause of the video only',
    bytes: () => closed(without(isVideo, 1000, 3000)),
    verdict: 'complete',
    frames: () => without(isVideo, 1000, 3000).filter(isFrame).length,
  },
  {
    name: 'audio that ends early',
    bytes: () => closed(without(isAudio, 1000, 9000)),
    verdict: 'complete',
    frames: () => without(isAudio, 1000, 9000).filter(isFrame).length,
  },
  {
    name: 'audio that begins late',
    bytes: () => closed(without(isAudio, 0, 3000)),
    verdict: 'complete',
    frames: () => without(isAudio, 0, 3000).filter(isFrame).length,
  },
  {
    name: 'video 300 ms behind the audio in the file',
    bytes: () =>
      closed(
        [...tags].sort(
          (a, b) =>
            a.timestamp + (isVideo(a) && isFrame(a) ? 300 : 0) - b.timestamp - (isVideo(b) && isFrame(b) ? 300 : 0),
        ),
      ),
    verdict: 'complete',
  },
  {
    name: 'a pause of twelve seconds that its duration leaves out',
    bytes: () => closed([...tags.slice(0, middle), ...later(tags.slice(middle), 12_000)]),
    verdict: 'damaged',
    codes: ['flv-timestamp-jump', 'flv-metadata-wrong'],
    lasts: 16,
  },
  {
    name: 'one step back of a millisecond',
    bytes: () =>
      closed(
        tags.map((tag, index) =>
          index === middle
            ? { ...tag, timestamp: tags.slice(0, middle).findLast(({ type }) => type === tag.type)!.timestamp - 1 }
            : tag,
        ),
      ),
    verdict: 'damaged',
    codes: ['flv-timestamp-backward'],
  },
  {
    name: 'a clock of 24 bits that wraps',
    bytes: () => closed(bits24(later(tags, 2 ** 24 - 2000))),
    verdict: 'damaged',
    codes: ['flv-timestamp-wrapped'],
  },
  {
    name: 'a clock that passes 24 bits with its extended byte',
    bytes: () => closed(later(tags, 2 ** 24 - 2000)),
    verdict: 'complete',
  },
  { name: 'a clock that begins with days', bytes: () => closed(later(tags, 900_000_000)), verdict: 'complete' },
  {
    name: 'a clock that begins with days, never closed',
    bytes: () => killed(later(tags, 900_000_000)),
    verdict: 'unfinished',
  },
  {
    name: 'sequence headers at 0 and frames from 500 s on',
    bytes: () => closed(tags.map((tag) => (isFrame(tag) ? { ...tag, timestamp: tag.timestamp + 500_000 } : tag))),
    verdict: 'complete',
  },
  {
    name: 'timestamps that begin below zero',
    bytes: () => closed(later(tags, -60)),
    verdict: 'damaged',
    codes: ['flv-timestamp-wrapped'],
  },
  {
    name: 'a cut between two tags and no filesize',
    bytes: () => saying({ ...usual, duration: 60 }),
    verdict: 'damaged',
    codes: ['flv-metadata-wrong'],
  },
  {
    name: 'a cut within the header of a tag',
    bytes: () => killed().subarray(0, lengthOf(middle) + 7),
    verdict: 'unfinished',
    codes: ['flv-tag-torn'],
    lasts: 2,
    frames: () => tags.slice(0, middle).filter(isFrame).length,
  },
  {
    name: 'a cut before the size of the last tag',
    bytes: () => closed().subarray(0, -4),
    verdict: 'damaged',
    codes: ['flv-tag-torn'],
  },
  {
    name: 'a filesize that is 100 bytes too large',
    bytes: () => changed(closed(), (bytes) => void setNumber(bytes, 'filesize', bytes.length + 100)),
    verdict: 'damaged',
  },
  {
    name: 'an ID3 tag of no bytes before it',
    bytes: () => Buffer.concat([id3(0), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'an ID3 tag with a footer before it',
    bytes: () => Buffer.concat([id3(300, true), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'an ID3 tag of 200 kB before it',
    bytes: () => Buffer.concat([id3(200_000), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'an HTTP header and an ID3 tag before it',
    bytes: () => Buffer.concat([text('HTTP/1.0 200 OK\r\nServer: x\r\n\r\n'), id3(50), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'an ICY header before it',
    bytes: () => Buffer.concat([text('ICY 200 OK\r\nicy-name: x\r\n\r\n'), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'a block of zeros before it',
    bytes: () => Buffer.concat([Buffer.alloc(4096), closed()]),
    verdict: 'damaged',
    codes: ['flv-preceded'],
  },
  {
    name: 'chunk sizes within, and header fields behind the last',
    bytes: () => chunked(closed(), { end: '0\r\nX-Checksum: abc\r\nExpires: 0\r\n\r\n' }),
    verdict: 'damaged',
    codes: ['flv-chunk-sizes', '!flv-sync-lost'],
  },
  {
    name: 'chunk sizes with extensions and zeros',
    bytes: () => chunked(closed(), { extension: ';a=b', header: 'HTTP/1.1 200 OK\r\n\r\n00' }),
    verdict: 'damaged',
    codes: ['flv-chunk-sizes', '!flv-sync-lost'],
  },
  {
    name: 'chunk sizes without an HTTP header',
    bytes: () => chunked(closed(), { header: '' }),
    verdict: 'damaged',
    codes: ['flv-chunk-sizes', '!flv-sync-lost'],
  },
  {
    name: 'chunk sizes every seven bytes',
    bytes: () => chunked(closed(), { size: 7 }),
    verdict: 'damaged',
    codes: ['flv-chunk-sizes', '!flv-sync-lost'],
  },
  ...['', '\r', '10', '1f4\r', '0', '0\r\n', '0\r\n\r'].map((end): Kind => ({
    name: `chunk sizes that end with ${JSON.stringify(end)}`,
    bytes: () => chunked(killed(), { end }),
    verdict: 'unfinished',
    codes: ['flv-chunk-sizes', '!flv-sync-lost', '!flv-tag-torn'],
  })),
  {
    name: 'chunk sizes and no line end behind the last chunk',
    bytes: () => chunked(killed(), { end: '' }).subarray(0, -2),
    verdict: 'unfinished',
    codes: ['flv-chunk-sizes', '!flv-sync-lost', '!flv-tag-torn'],
  },
  {
    name: 'its first five bytes missing',
    bytes: () => closed().subarray(5),
    verdict: 'damaged',
    codes: ['flv-header-missing'],
  },
  { name: 'its header missing', bytes: () => closed().subarray(13), verdict: 'damaged', codes: ['flv-header-missing'] },
  {
    name: 'a header that announces nothing',
    bytes: () => changed(closed(), (bytes) => void (bytes[4] = 0)),
    verdict: 'damaged',
    codes: ['flv-header-flags'],
  },
  {
    name: 'a header that announces audio alone',
    bytes: () => changed(closed(), (bytes) => void (bytes[4] = 4)),
    verdict: 'damaged',
    codes: ['flv-header-flags'],
  },
  {
    name: 'audio alone, and a header that announces both',
    bytes: () => closed(tags.filter((tag) => !isVideo(tag))),
    verdict: 'complete',
    frames: () => tags.filter(isAudio).filter(isFrame).length,
  },
  {
    name: 'audio alone, never closed',
    bytes: () => killed(tags.filter((tag) => !isVideo(tag))),
    verdict: 'unfinished',
    frames: () => tags.filter(isAudio).filter(isFrame).length,
  },
  {
    name: 'video alone, and a header that announces both',
    bytes: () => closed(tags.filter((tag) => !isAudio(tag))),
    verdict: 'complete',
    frames: () => tags.filter(isVideo).filter(isFrame).length,
  },
  {
    name: 'sizes of 0 behind its tags',
    bytes: () =>
      changed(closed(), (bytes) => tags.forEach((_, index) => bytes.writeUInt32BE(0, lengthOf(index + 1) - 4))),
    verdict: 'damaged',
    codes: ['flv-previous-tag-size'],
  },
  {
    name: 'an empty AVC header, and the right one later',
    bytes: () =>
      closed(
        emptied(isVideo).flatMap((tag, index) =>
          index === 80
            ? [{ ...tags.find((each) => isVideo(each) && isConfiguration(each))!, timestamp: tag.timestamp }, tag]
            : [tag],
        ),
      ),
    verdict: 'damaged',
    codes: ['flv-sequence-header-missing'],
  },
  {
    name: 'an empty AAC header',
    bytes: () => closed(emptied(isAudio)),
    verdict: 'damaged',
    codes: ['flv-sequence-header-missing'],
  },
  {
    name: 'a stretch given twice with its headers',
    bytes: () => {
      const at = tags.findIndex((tag, index) => index > 60 && isKeyFrame(tag));
      return closed([
        ...tags.slice(0, at + 55),
        ...tags.slice(0, 3),
        ...tags.slice(at, at + 55),
        ...tags.slice(at + 55),
      ]);
    },
    verdict: 'damaged',
    codes: ['flv-data-repeated'],
  },
  {
    name: 'its end given twice',
    bytes: () => closed([...tags, ...tags.slice(-40)]),
    verdict: 'damaged',
    codes: ['flv-data-repeated'],
  },
  {
    name: 'a second on either side of a torn tag',
    bytes: () => Buffer.concat([closed().subarray(0, lengthOf(130) + 20), closed().subarray(lengthOf(90))]),
    verdict: 'damaged',
    codes: ['flv-data-repeated'],
  },
  {
    name: 'no metadata',
    bytes: () => flvBytes(tags.filter(isMedia)),
    verdict: 'unfinished',
    codes: ['flv-metadata-missing'],
  },
  {
    name: 'metadata at its end',
    bytes: () => closed([...tags.filter(isMedia), tags.find(({ type }) => type === 18)!]),
    verdict: 'damaged',
    codes: ['flv-metadata-misplaced'],
  },
  {
    name: 'metadata that is torn',
    bytes: () => flvBytes(tags.map((tag) => (tag.type === 18 ? { ...tag, data: tag.data.subarray(0, 60) } : tag))),
    verdict: 'damaged',
    codes: ['flv-metadata-unreadable'],
  },
  {
    name: 'metadata of nothing but noise',
    bytes: () => flvBytes([{ type: 18, timestamp: 0, data: Buffer.alloc(80, 0xaa) }, ...tags.filter(isMedia)]),
    verdict: 'unfinished',
  },
  {
    name: 'the metadata of librtmp',
    bytes: () =>
      saying({ ...usual, duration: 0, fileSize: 0, videocodecid: 'avc1', audiocodecid: 'mp4a', encoder: 'obs' }, false),
    verdict: 'unfinished',
  },
  {
    name: 'the metadata as it was published',
    bytes: () =>
      saying({ ...usual, duration: seconds }, true, Buffer.concat([Buffer.from([2, 0, 13]), text('@setDataFrame')])),
    verdict: 'damaged',
    codes: ['flv-metadata-unreadable'],
  },
  {
    name: 'the metadata of nginx-rtmp',
    bytes: () =>
      saying({
        Server: 'NGINX RTMP',
        ...usual,
        displayWidth: 160,
        displayHeight: 120,
        duration: 0,
        fps: 25,
        videodatarate: 0,
        audiodatarate: 0,
      }),
    verdict: 'unfinished',
  },
  {
    name: 'the metadata of SRS, closed',
    bytes: () => saying({ server: 'SRS', ...usual, duration: seconds - 0.02, canSeekToEnd: false }),
    verdict: 'complete',
  },
  { name: 'a duration in words', bytes: () => saying({ ...usual, duration: '4' }), verdict: 'unfinished' },
  ...(
    [
      [Number.NaN, 'unfinished'],
      [Infinity, 'unfinished'],
      [-1, 'unfinished'],
      [4000, 'damaged'],
      [5.6, 'damaged'],
      [1, 'damaged'],
      [3.9, 'complete'],
      [5, 'complete'],
    ] as const
  ).map(([duration, verdict]): Kind => ({
    name: `a duration of ${duration}`,
    bytes: () => saying({ ...usual, duration }),
    verdict,
  })),
  {
    name: 'text tags between its frames',
    bytes: () =>
      closed(
        tags.flatMap((tag, index) =>
          index === middle
            ? [
                {
                  type: 18,
                  timestamp: tag.timestamp,
                  data: Buffer.concat([Buffer.from([2, 0, 10]), text('onTextData'), Buffer.from([3, 0, 0, 9])]),
                },
                tag,
              ]
            : [tag],
        ),
      ),
    verdict: 'complete',
  },
  {
    name: 'tags of a type that nobody knows',
    bytes: () =>
      closed(
        tags.flatMap((tag, index) =>
          index === middle ? [{ type: 15, timestamp: tag.timestamp, data: Buffer.alloc(40, 3) }, tag] : [tag],
        ),
      ),
    verdict: 'complete',
  },
  {
    name: 'stream ids',
    bytes: () => changed(closed(), (bytes) => tags.forEach((_, index) => (bytes[lengthOf(index) + 10] = 1))),
    verdict: 'complete',
  },
  {
    name: 'audio tags of no bytes',
    bytes: () =>
      closed(
        tags.flatMap((tag, index) =>
          index % 20 === 10 ? [tag, { type: 8, timestamp: tag.timestamp, data: Buffer.alloc(0) }] : [tag],
        ),
      ),
    verdict: 'complete',
    frames: () => tags.filter(isFrame).length + tags.filter((_, index) => index % 20 === 10).length,
  },
  {
    name: 'the end of its sequence at 0',
    bytes: () => closed([...tags, { type: 9, timestamp: 0, data: Buffer.from([0x17, 2, 0, 0, 0]) }]),
    verdict: 'complete',
  },
  {
    name: 'a last frame in the far future',
    bytes: () =>
      closed(tags.map((tag, index) => (index === tags.length - 1 ? { ...tag, timestamp: tag.timestamp + 1e7 } : tag))),
    verdict: 'complete',
  },
  {
    name: 'a frame in the far future',
    bytes: () => closed(tags.map((tag, index) => (index === middle ? { ...tag, timestamp: 1e8 } : tag))),
    verdict: 'damaged',
    codes: ['flv-timestamp-backward'],
  },
  {
    name: 'timestamps of 0, never closed',
    bytes: () => killed(tags.map((tag) => ({ ...tag, timestamp: 0 }))),
    verdict: 'unfinished',
    codes: ['flv-timestamp-still'],
  },
  {
    name: 'pictures whose clock stands still',
    bytes: () => closed(tags.map((tag) => (isVideo(tag) ? { ...tag, timestamp: 0 } : tag))),
    verdict: 'damaged',
    codes: ['flv-timestamp-still'],
  },
  {
    name: 'lines of a log behind it',
    bytes: () => Buffer.concat([closed(), text('2026-11-29 stopped\n'.repeat(20))]),
    verdict: 'damaged',
    codes: ['flv-sync-lost'],
  },
  {
    name: 'a second header between its tags',
    bytes: () =>
      Buffer.concat([closed().subarray(0, lengthOf(middle)), headerBytes, closed().subarray(lengthOf(middle))]),
    verdict: 'damaged',
    codes: ['flv-header-repeated'],
  },
];

async function look(bytes: Uint8Array, path = 'rec.flv'): Promise<ProbedRecording> {
  const source = { ...memorySource(bytes), path };
  return (await inspectSource(source, { deep: false })).recording;
}

function assertLasts({ health: { durationSeconds } }: ProbedRecording, expected: number): void {
  assert.ok(durationSeconds !== undefined && Math.abs(durationSeconds - expected) <= 1.05, `${durationSeconds} s`);
}

async function assertLeftAlone(path: string): Promise<void> {
  const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)];
  const { status, stderr } = await runInProcess('salvor', ['flv-fix', path]);
  assert.deepEqual([status, stderr.match(/lost/)], [0, null]);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(statSync(path).mtimeMs, mtimeMs);
}

describe('probe and flv-fix are of one mind about an FLV with', judges, () => {
  for (const { name, bytes: make, verdict, codes = [], lasts = seconds, frames } of kinds) {
    test(name, async (t) => {
      const bytes = make();
      const path = place(scratchDirectory(t), 'rec.flv', bytes);
      const recording = await look(bytes, path);
      const { health } = recording;
      const found = health.findings.map(({ code }) => code as string);
      assert.equal(health.verdict, verdict, found.join(' '));
      for (const code of codes) {
        assert.equal(found.includes(code.replace('!', '')), !code.startsWith('!'), `${code}: ${found.join(' ')}`);
      }
      if (verdict === 'complete') {
        assert.deepEqual(health.advice, []);
        assertLasts(recording, lasts);
        return assertLeftAlone(path);
      }
      assert.equal(health.advice.length, 1);
      const { status, stderr } = await runInProcess('salvor', [...health.advice[0]!.words]);
      assert.equal(status, 0, stderr);
      const repaired = readFileSync(path);
      const after = await look(repaired, path);
      assert.equal(after.health.verdict, 'complete', after.health.findings.map(({ message }) => message).join('; '));
      assert.deepEqual(after.health.advice, []);
      assertLasts(after, lasts);
      assert.equal(media(repaired).filter(isFrame).length, frames?.() ?? tags.filter(isFrame).length);
      place(path.slice(0, path.lastIndexOf('/')), 'rec.flv', repaired);
      return assertLeftAlone(path);
    });
  }
});

for (const length of [3, 9, 13, 20]) {
  test(`an FLV of ${length} bytes is named, and unfinished`, judges, async () => {
    const { container, health } = await look(closed().subarray(0, length));
    assert.deepEqual([container, health.verdict, health.advice.length], ['flv', 'unfinished', 0]);
    assert.ok(health.findings.some(({ message }) => message.includes('ended before any media came')));
  });
}
