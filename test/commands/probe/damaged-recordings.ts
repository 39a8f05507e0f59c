/** Recordings of all kinds that something is wrong with: genuine ones, and ones that were damaged here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FindingCode } from '../../../src/media/findings.ts';
import type { Verdict } from '../../../src/media/probed-recording.ts';
import { fixturesDirectory } from '../../support/project.ts';

export const read = (path: string): Buffer => readFileSync(join(fixturesDirectory, path));

export const mp4 = read('go-rtmp/h265_segments_clean/recording.mp4');
export const flv = read('go-rtmp/h264_aac/recording.flv');
export const ts = read('ems/ts/killed-chunked4-10s/rec_part0002.ts');

/** A copy that was changed. */
export function changed(original: Uint8Array, change: (bytes: Buffer) => Buffer | void): Buffer {
  const bytes = Buffer.from(original);
  return change(bytes) ?? bytes;
}

export const at = (bytes: Buffer, type: string, nth = 0): number => {
  let found = -1;
  for (let i = 0; i <= nth; i++) found = bytes.indexOf(type, found + 1, 'latin1');
  assert.ok(found > 0, `there is no ${type}`);
  return found;
};

/** Where the tags of an FLV begin, and what type each is of. */
function tagsOf(bytes: Buffer): { offset: number; type: number; size: number; end: number }[] {
  const tags = [];
  for (let offset = 13; offset + 15 <= bytes.length;) {
    const size = bytes.readUIntBE(offset + 1, 3);
    const end = offset + 11 + size + 4;
    if (end > bytes.length) break;
    tags.push({ offset, type: bytes[offset]!, size, end });
    offset = end;
  }
  return tags;
}

function withFileSize(bytes: Buffer): Buffer {
  bytes.writeDoubleBE(bytes.length, at(bytes, 'filesize') + 9);
  return bytes;
}

function closedFlv(original: Buffer): Buffer {
  const bytes = Buffer.from(original.subarray(0, tagsOf(original).at(-1)!.end));
  const media = tagsOf(bytes).filter(({ type }) => type !== 18);
  const times = media.map(({ offset }) => bytes.readUIntBE(offset + 4, 3));
  bytes[4] = (media.some(({ type }) => type === 8) ? 4 : 0) | (media.some(({ type }) => type === 9) ? 1 : 0);
  bytes.writeDoubleBE((Math.max(...times) - Math.min(...times)) / 1000, at(bytes, 'duration') + 9);
  return withFileSize(bytes);
}

/** A recording up to the last tag that is whole, with the size and the duration it has, and its tracks announced: what a server leaves that closes in good order. */
export const wholeFlv = closedFlv(flv);
const shift = (bytes: Buffer, offset: number, milliseconds: number): void => {
  const time = bytes.readUIntBE(offset + 4, 3) + bytes[offset + 7]! * 2 ** 24 + milliseconds;
  bytes.writeUIntBE(time % 2 ** 24, offset + 4, 3);
  bytes[offset + 7] = Math.floor(time / 2 ** 24);
};

/** Offset of the last packet that goes on with a PES packet of a PID: where it is cut off, the packet lacks its end. */
function lastOf(bytes: Buffer, wanted: number): number {
  let found = -1;
  for (let offset = 0; offset < bytes.length; offset += 188) {
    const pid = bytes.readUInt16BE(offset + 1) & 0x1fff;
    if (pid === wanted && (bytes[offset + 1]! & 0x40) === 0) found = offset;
  }
  return found;
}

/** Adds ticks to all times of PES packets from an offset on. */
function shiftClock(original: Buffer, ticks: number, from: number): Buffer {
  return changed(original, (bytes) => {
    for (let packet = Math.ceil(from / 188) * 188; packet < bytes.length; packet += 188) {
      if ((bytes[packet + 1]! & 0x40) === 0) continue;
      const pes = packet + 4 + ((bytes[packet + 3]! & 0x20) === 0 ? 0 : 1 + bytes[packet + 4]!);
      if (bytes.readUIntBE(pes, 3) !== 1) continue;
      for (let time = pes + 9; time < pes + 9 + bytes[pes + 8]!; time += 5) {
        const [high, middle, low] = [bytes[time]!, bytes.readUInt16BE(time + 1), bytes.readUInt16BE(time + 3)];
        const value = ((high >> 1) & 7) * 2 ** 30 + (middle >> 1) * 2 ** 15 + (low >> 1) + ticks;
        bytes[time] = (high & 0xf1) | ((Math.floor(value / 2 ** 30) & 7) << 1);
        bytes.writeUInt16BE(((Math.floor(value / 2 ** 15) & 0x7fff) << 1) | 1, time + 1);
        bytes.writeUInt16BE(((value & 0x7fff) << 1) | 1, time + 3);
      }
    }
  });
}

const audioFlv = closedFlv(read('go-rtmp/aac_only_flv/recording.flv'));

/** A recording that something is wrong with, and what probe says of it. */
export interface Case {
  readonly name: string;
  readonly bytes: () => Uint8Array;
  readonly codes: readonly FindingCode[];
  readonly verdict: Verdict;
}

export const cases: readonly Case[] = [
  {
    name: 'an MP4 that was never closed',
    bytes: () => changed(mp4.subarray(0, at(mp4, 'moov') - 4), (bytes) => void bytes.writeUInt32BE(0, 32)),
    codes: ['mp4-no-moov', 'mp4-mdat-open'],
    verdict: 'unfinished',
  },
  {
    name: 'an MP4 whose moov was cut off while it was written',
    bytes: () => mp4.subarray(0, mp4.length - 700),
    codes: ['mp4-moov-torn'],
    verdict: 'unfinished',
  },
  {
    name: 'an MP4 whose mdat says another size',
    bytes: () => changed(mp4, (bytes) => void bytes.writeUInt32BE(4321, 32)),
    codes: ['mp4-mdat-size-wrong'],
    verdict: 'damaged',
  },
  {
    name: 'an MP4 with junk behind it',
    bytes: () => Buffer.concat([mp4, Buffer.alloc(100)]),
    codes: ['mp4-trailing-junk'],
    verdict: 'complete',
  },
  {
    name: 'an MP4 with samples behind its end',
    bytes: () => changed(mp4, (bytes) => void bytes.writeUInt32BE(0x7ffffff0, at(bytes, 'stco') + 12)),
    codes: ['mp4-samples-beyond-end'],
    verdict: 'damaged',
  },
  {
    name: 'an MP4 whose tables cannot be true',
    bytes: () =>
      changed(
        mp4,
        (bytes) => void bytes.writeUInt32BE(bytes.readUInt32BE(at(bytes, 'stsz') + 12) - 3, at(bytes, 'stsz') + 12),
      ),
    codes: ['mp4-tables-contradict'],
    verdict: 'damaged',
  },
  {
    name: 'an MP4 of a recorder that says 1280x720 of every picture and leaves the last sample out',
    bytes: () => mp4,
    codes: ['mp4-size-contradicts', 'mp4-duration-contradicts'],
    verdict: 'complete',
  },
  {
    name: 'an MP4 with an absurd step in time',
    bytes: () => changed(mp4, (bytes) => void bytes.writeUInt32BE(0xfffffffb, at(bytes, 'stts') + 8 + 4 + 4 + 8)),
    codes: ['mp4-delta-absurd'],
    verdict: 'complete',
  },
  {
    name: 'an MP4 with a hole of zeros in its media',
    bytes: () => changed(mp4, (bytes) => void bytes.fill(0, 8192, 16384)),
    codes: ['mp4-zero-range', 'nal-chain-broken'],
    verdict: 'damaged',
  },
  {
    name: 'an MP4 without the configuration of its video',
    bytes: () => changed(mp4, (bytes) => void bytes.write('free', at(bytes, 'hvcC'), 'latin1')),
    codes: ['mp4-configuration-missing'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV that was never closed',
    bytes: () =>
      changed(wholeFlv, (bytes) => void bytes.fill(0, at(bytes, 'duration') + 9, at(bytes, 'duration') + 17)),
    codes: ['flv-metadata-wrong'],
    verdict: 'unfinished',
  },
  {
    name: 'nothing but headers in an FLV',
    bytes: () => flv.subarray(0, tagsOf(flv).find(({ offset, type }) => type === 9 && flv[offset + 12] === 1)!.offset),
    codes: ['flv-frames-missing'],
    verdict: 'unfinished',
  },
  {
    name: 'an FLV whose last tag is torn',
    bytes: () => flv,
    codes: ['flv-tag-torn', 'flv-metadata-wrong'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV with a tail of zeros',
    bytes: () => Buffer.concat([wholeFlv, Buffer.alloc(4096)]),
    codes: ['flv-zero-tail'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV whose header announces another track',
    bytes: () => changed(wholeFlv, (bytes) => void (bytes[4] = 4)),
    codes: ['flv-header-flags'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV with bytes that are no tags',
    bytes: () => changed(wholeFlv, (bytes) => void bytes.fill(0xaa, tagsOf(bytes)[8]!.offset, tagsOf(bytes)[9]!.end)),
    codes: ['flv-sync-lost'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV whose chain of sizes is broken',
    bytes: () => changed(wholeFlv, (bytes) => void bytes.writeUInt32BE(77, tagsOf(bytes)[6]!.end - 4)),
    codes: ['flv-previous-tag-size'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV whose timestamps jump by an hour',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        for (const tag of tagsOf(bytes).slice(12)) shift(bytes, tag.offset, 3_600_000);
      }),
    codes: ['flv-timestamp-jump'],
    verdict: 'complete',
  },
  {
    name: 'an FLV whose timestamps step back',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        for (const tag of tagsOf(bytes).slice(3, 12)) shift(bytes, tag.offset, 5000);
      }),
    codes: ['flv-timestamp-backward'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV without its sequence headers',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        const wanted = tagsOf(bytes).filter(({ type, offset }) => type === 18 || bytes[offset + 12] !== 0);
        return Buffer.concat([bytes.subarray(0, 13), ...wanted.map(({ offset, end }) => bytes.subarray(offset, end))]);
      }),
    codes: ['flv-sequence-header-missing'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV whose sequence header comes again',
    bytes: () => {
      const header = tagsOf(wholeFlv).find(({ type, offset }) => type === 9 && wholeFlv[offset + 12] === 0)!;
      return withFileSize(Buffer.concat([wholeFlv, wholeFlv.subarray(header.offset, header.end)]));
    },
    codes: ['flv-sequence-header-repeated'],
    verdict: 'complete',
  },
  {
    name: 'an FLV whose sound stands still now and then',
    bytes: () =>
      changed(audioFlv, (bytes) => {
        // Every third frame has the time of the one before, and the sound falls behind.
        for (const [index, { offset }] of tagsOf(bytes)
          .filter(({ type }) => type === 8)
          .entries()) {
          bytes.writeUIntBE(Math.floor((index - Math.floor(index / 3)) * (1024 / 48)), offset + 4, 3);
        }
      }),
    codes: ['flv-audio-clock-stalled'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV whose counter of milliseconds was full, as with recorders that know 24 bits of it',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        for (const { offset } of tagsOf(bytes)) {
          shift(bytes, offset, 2 ** 24 - 150);
          bytes[offset + 7] = 0;
        }
      }),
    codes: ['flv-timestamp-wrapped'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV in which another configuration begins',
    bytes: () => {
      const isHeader = ({ type, offset }: { type: number; offset: number }): boolean =>
        type === 9 && wholeFlv[offset + 12] === 0;
      const { offset, end } = tagsOf(wholeFlv).find(isHeader)!;
      const header = Buffer.from(wholeFlv.subarray(offset, end));
      header.writeUInt8(header.readUInt8(header.length - 6) ^ 1, header.length - 6);
      return withFileSize(Buffer.concat([wholeFlv, header]));
    },
    codes: ['flv-sequence-header-changed'],
    verdict: 'complete',
  },
  {
    name: 'an FLV that says its pictures have no size',
    bytes: () => changed(wholeFlv, (bytes) => void bytes.fill(0, at(bytes, 'width') + 6, at(bytes, 'width') + 14)),
    codes: ['flv-metadata-wrong'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV with zeros in a frame',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        const frame = tagsOf(bytes).find(({ type, size }) => type === 9 && size > 1000);
        bytes.fill(0, frame!.offset + 100, frame!.offset + 800);
      }),
    codes: ['flv-zero-range'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV with a frame whose NAL units do not add up',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        const frame = tagsOf(bytes).find(({ type, size }) => type === 9 && size > 200);
        bytes.writeUInt32BE(77, frame!.offset + 11 + 5);
      }),
    codes: ['nal-chain-broken'],
    verdict: 'damaged',
  },
  {
    name: 'an FLV without an index of its key frames',
    bytes: () =>
      changed(wholeFlv, (bytes) => {
        for (const { type, offset } of tagsOf(bytes)) if (type === 9) bytes[offset + 11] = 0x17;
      }),
    codes: ['flv-index-missing'],
    verdict: 'complete',
  },
  {
    name: 'a transport stream that ends between the packets of a picture',
    bytes: () => ts.subarray(0, lastOf(ts, 0x100)),
    codes: ['ts-pes-torn'],
    verdict: 'unfinished',
  },
  {
    name: 'a transport stream that ends between the packets of its sound',
    bytes: () => ts.subarray(0, lastOf(ts, 0x101)),
    codes: ['ts-pes-torn'],
    verdict: 'unfinished',
  },
  {
    name: 'a transport stream whose 33 bits were full',
    bytes: () => shiftClock(ts, 2 ** 33 - 860_400 - 90_000, 0),
    codes: ['ts-clock-wrapped'],
    verdict: 'complete',
  },
  {
    name: 'a transport stream whose clock jumps by an hour',
    bytes: () => shiftClock(ts, 3600 * 90_000, Math.floor(ts.length / 2)),
    codes: ['ts-clock-jump'],
    verdict: 'damaged',
  },
  {
    name: 'a transport stream without its list of programs',
    bytes: () =>
      changed(ts, (bytes) => {
        for (let offset = 0; offset < bytes.length; offset += 188) {
          if ((bytes.readUInt16BE(offset + 1) & 0x1fff) === 0) bytes.writeUInt16BE(0x1fff, offset + 1);
        }
      }),
    codes: ['ts-tables-missing'],
    verdict: 'damaged',
  },
  {
    name: 'a transport stream of chunks, which begins between two key frames, with a stream that is announced and empty',
    bytes: () => ts,
    codes: ['ts-first-picture', 'ts-stream-empty'],
    verdict: 'complete',
  },
  {
    name: 'a transport stream with junk before and within it',
    bytes: () =>
      Buffer.concat([Buffer.alloc(77, 1), ts.subarray(0, 188 * 50), Buffer.alloc(33, 2), ts.subarray(188 * 50)]),
    codes: ['ts-sync-lost'],
    verdict: 'damaged',
  },
  {
    name: 'a transport stream that lacks packets',
    bytes: () => Buffer.concat([ts.subarray(0, 188 * 60), ts.subarray(188 * 63)]),
    codes: ['ts-counter-gap'],
    verdict: 'damaged',
  },
  {
    name: 'a transport stream without its tables',
    bytes: () =>
      changed(ts, (bytes) => {
        for (let offset = 0; offset < bytes.length; offset += 188) {
          const pid = bytes.readUInt16BE(offset + 1) & 0x1fff;
          if (pid === 0x1000) bytes.writeUInt16BE((bytes.readUInt16BE(offset + 1) & 0xe000) | 0x1fff, offset + 1);
        }
      }),
    codes: ['ts-tables-missing'],
    verdict: 'damaged',
  },
  {
    name: 'a transport stream that ends within a packet',
    bytes: () => ts.subarray(0, ts.length - 100),
    codes: ['ts-packet-torn'],
    verdict: 'unfinished',
  },
  { name: 'an empty file', bytes: () => Buffer.alloc(0), codes: ['container-blank'], verdict: 'damaged' },
  { name: 'a file of zeros', bytes: () => Buffer.alloc(5000), codes: ['container-blank'], verdict: 'damaged' },
  {
    name: 'Matroska',
    bytes: () => Buffer.from('1a45dfa3a34286810142f7810142f2810442f381084282886d6174726f736b61', 'hex'),
    codes: ['container-foreign'],
    verdict: 'foreign',
  },
  {
    name: 'an HTML page',
    bytes: () => Buffer.from('<!doctype html><title>404</title>'),
    codes: ['container-foreign'],
    verdict: 'foreign',
  },
  {
    name: 'an MP4 whose head is zeros',
    bytes: () => changed(mp4, (bytes) => bytes.fill(0, 0, 512)),
    codes: ['mp4-head-damaged'],
    verdict: 'damaged',
  },
  {
    name: 'fragments whose head is zeros',
    bytes: () =>
      Buffer.concat([
        Buffer.alloc(900),
        Buffer.from('\0\0\0\x18moof\0\0\0\x10mfhd\0\0\0\0\0\0\0\x01', 'latin1'),
        Buffer.from('\0\0\0\x0cmdatABCD', 'latin1'),
      ]),
    codes: ['mp4-no-moov'],
    verdict: 'unfinished',
  },
  {
    name: 'two MP4s joined',
    bytes: () => Buffer.concat([read('mp4/leading-pictures.mp4'), mp4]),
    codes: ['mp4-joined'],
    verdict: 'damaged',
  },
  {
    name: 'a text',
    bytes: () => Buffer.from('To be, or not to be. '.repeat(50)),
    codes: ['container-unknown'],
    verdict: 'unreadable',
  },
];
