/**
 * The `.info` of a staging set: the key-frame list, the header, and a record for each track. Big-endian.
 *
 * With video the file begins with the key-frame list, without it the header comes at once, and nothing says which it is
 * but the header itself: it begins with the offset of the size field in `.mdat`. A list whose count is a multiple of 1024
 * lacks its last 1024 numbers (observed), so the header is looked for there too.
 */
import { ByteReader, type ByteFault } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';
import { sizeFieldOffsets } from './media-file.ts';

const headerLength = 34;
/** The recorder writes the key-frame list in blocks of so many numbers, and forgets the last block if it is just full. */
const keyFrameBlock = 1024;

/** A run of samples with one duration or composition offset, in ticks. */
export interface InfoRun {
  readonly count: number;
  readonly value: number;
}

/** What `.info` says of one track. */
export interface TrackRecord {
  readonly kind: 'video' | 'audio';
  readonly trackId: number;
  /** Video only, otherwise 0. */
  readonly width: number;
  readonly height: number;
  /** Ticks per second. 1000 for both tracks of an RTMP source. */
  readonly timescale: number;
  /** Audio: an ES_Descriptor. Video: an AVCDecoderConfigurationRecord. */
  readonly configuration: Uint8Array;
  /** Runs of durations that stand in the track file. */
  readonly durationRuns: number;
  /** The open run of durations; its count is padded so that all counts add up to the sample count. */
  readonly lastDurationRun: InfoRun;
  /** Decode time of the last sample in ticks, on the recording's clock. */
  readonly lastDecodeTime: number;
  /** 0x0F: all samples have one size. */
  readonly sameSizeFlag: number;
  /** That size, or the sample count. */
  readonly sizeOrCount: number;
  /** Video only: runs of composition offsets in the track file, and the open one. */
  readonly compositionRuns: number;
  readonly lastCompositionRun: InfoRun;
  /** 1: offsets in the track file have 8 bytes. 0: 4 bytes. */
  readonly is64: number;
  readonly sampleCount: number;
}

/** A parsed `.info`, every field kept. */
export interface StagingInfo {
  /** Present with video: the count the file gives, and the sample numbers (from 1) that stand in it. */
  readonly keyFrames: { readonly count: number; readonly numbers: Uint32Array } | undefined;
  readonly sizeFieldOffset: number;
  /** Bytes of media in `.mdat`. */
  readonly mediaBytes: number;
  readonly movieTimescale: number;
  /** 0x0F: 32-bit fields and version-0 headers are asked for. */
  readonly winQtCompat: number;
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  readonly nextTrackId: number;
  /** Bit 0: audio. Bit 1: video. */
  readonly tracksPresent: number;
  readonly audio: TrackRecord | undefined;
  readonly video: TrackRecord | undefined;
  /** Bytes of an older, longer state behind the end. */
  readonly stale: Uint8Array;
}

/** How many numbers of the key-frame list are missing from the file. */
export function missingKeyFrames(info: StagingInfo): number {
  return info.keyFrames === undefined ? 0 : info.keyFrames.count - info.keyFrames.numbers.length;
}

function looksLikeHeader(bytes: Uint8Array, at: number): boolean {
  if (at + headerLength > bytes.length) return false;
  const reader = new ByteReader(bytes.subarray(at, at + headerLength));
  const sizeFieldOffset = reader.u64();
  reader.skip(8);
  return sizeFieldOffsets.includes(sizeFieldOffset) && reader.u32() > 0 && reader.fault === undefined;
}

/** Where the header begins and how many key-frame numbers stand before it, or undefined if it is not where it should be. */
function findHeader(bytes: Uint8Array): { headerOffset: number; claimed: number; present: number } | undefined {
  if (looksLikeHeader(bytes, 0)) return { headerOffset: 0, claimed: -1, present: 0 };
  if (bytes.length < 4) return undefined;
  const claimed = new ByteReader(bytes).u32();
  const candidates = claimed > 0 && claimed % keyFrameBlock === 0 ? [claimed - keyFrameBlock, claimed] : [claimed];
  for (const present of candidates) {
    const headerOffset = 4 + 4 * present;
    if (looksLikeHeader(bytes, headerOffset)) return { headerOffset, claimed, present };
  }
  return undefined;
}

/** Reads the record of one track; what cannot be read is a fault of the reader. */
export function readTrackRecord(reader: ByteReader, kind: 'video' | 'audio'): TrackRecord {
  const trackId = reader.u8();
  const width = kind === 'video' ? reader.u32() : 0;
  const height = kind === 'video' ? reader.u32() : 0;
  const timescale = reader.u32();
  const configuration = reader.bytes(reader.u32());
  const durationRuns = reader.u32();
  const lastDurationRun = { count: reader.u32(), value: reader.u32() };
  const lastDecodeTime = reader.i64();
  const sameSizeFlag = reader.u8();
  const sizeOrCount = reader.u32();
  const compositionRuns = kind === 'video' ? reader.u32() : 0;
  const lastCompositionRun = kind === 'video' ? { count: reader.u32(), value: reader.i32() } : { count: 0, value: 0 };
  const is64 = reader.u32();
  const sampleCount = reader.u32();
  if (reader.fault === undefined && timescale === 0) reader.fail(`expected a timescale for the ${kind} track, found 0`);
  return {
    kind,
    trackId,
    width,
    height,
    timescale,
    configuration,
    durationRuns,
    lastDurationRun,
    lastDecodeTime,
    sameSizeFlag,
    sizeOrCount,
    compositionRuns,
    lastCompositionRun,
    is64,
    sampleCount,
  };
}

/** Reads a whole `.info`, or gives the first fault met. */
export function readInfo(bytes: Uint8Array): { readonly info: StagingInfo } | { readonly fault: ByteFault } {
  const found = findHeader(bytes);
  if (found === undefined) {
    const message = bytes.length === 0 ? 'the file is empty' : 'the header is not where the key-frame list should end';
    return { fault: { offset: 0, message } };
  }
  const { headerOffset, claimed, present } = found;
  const list = new ByteReader(bytes.subarray(4));
  const keyFrames =
    claimed < 0 ? undefined : { count: claimed, numbers: Uint32Array.from({ length: present }, () => list.u32()) };
  const reader = new ByteReader(bytes.subarray(headerOffset), { base: headerOffset });
  const sizeFieldOffset = reader.u64();
  const mediaBytes = reader.u64();
  const movieTimescale = reader.u32();
  const winQtCompat = reader.u8();
  const creationTime = reader.u64();
  const nextTrackId = reader.u32();
  const tracksPresent = reader.u8();
  if (tracksPresent < 1 || tracksPresent > 3) {
    reader.fail(`expected audio, video or both, found the mark ${tracksPresent}`);
  }
  const audio = (tracksPresent & 1) === 0 ? undefined : readTrackRecord(reader, 'audio');
  const video = (tracksPresent & 2) === 0 ? undefined : readTrackRecord(reader, 'video');
  if (reader.fault !== undefined) return { fault: reader.fault };
  const stale = reader.bytes(reader.remaining);
  return {
    info: {
      keyFrames,
      sizeFieldOffset,
      mediaBytes,
      movieTimescale,
      winQtCompat,
      creationTime,
      nextTrackId,
      tracksPresent,
      audio,
      video,
      stale,
    },
  };
}

function writeTrackRecord(record: TrackRecord, sink: ByteSink): void {
  const isVideo = record.kind === 'video';
  sink.u8(record.trackId);
  if (isVideo) {
    sink.u32(record.width);
    sink.u32(record.height);
  }
  sink.u32(record.timescale);
  sink.u32(record.configuration.length);
  sink.bytes(record.configuration);
  sink.u32(record.durationRuns);
  sink.u32(record.lastDurationRun.count);
  sink.u32(record.lastDurationRun.value);
  sink.i64(record.lastDecodeTime);
  sink.u8(record.sameSizeFlag);
  sink.u32(record.sizeOrCount);
  if (isVideo) {
    sink.u32(record.compositionRuns);
    sink.u32(record.lastCompositionRun.count);
    sink.i32(record.lastCompositionRun.value);
  }
  sink.u32(record.is64);
  sink.u32(record.sampleCount);
}

/** A whole `.info`. */
export function writeInfo(info: StagingInfo, sink: ByteSink): void {
  if (info.keyFrames !== undefined) {
    sink.u32(info.keyFrames.count);
    for (const number of info.keyFrames.numbers) sink.u32(number);
  }
  sink.u64(info.sizeFieldOffset);
  sink.u64(info.mediaBytes);
  sink.u32(info.movieTimescale);
  sink.u8(info.winQtCompat);
  sink.u64(info.creationTime);
  sink.u32(info.nextTrackId);
  sink.u8(info.tracksPresent);
  if (info.audio !== undefined) writeTrackRecord(info.audio, sink);
  if (info.video !== undefined) writeTrackRecord(info.video, sink);
  sink.bytes(info.stale);
}
