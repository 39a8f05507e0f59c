/**
 * The structures of staging files as the recorder writes them: the counterparts of the readers in src/staging, which no verb
 * needs. `writeInfo(readInfo(bytes))` gives the bytes again.
 */
import type { ByteSink } from '../../src/bytes/byte-sink.ts';
import type { StagingInfo, TrackRecord } from '../../src/staging/info.ts';
import { hasCompositionRun, hasDurationRun } from '../../src/staging/track-entry.ts';

/** One entry of a track file. A run is given with the entry of the sample that begins the next one. */
export interface TrackEntry {
  readonly size: number;
  readonly offset: number;
  readonly endedDurationRun?: { readonly count: number; readonly value: number };
  readonly endedCompositionRun?: { readonly count: number; readonly value: number };
}

/** Appends an entry as the recorder does (offsets of 8 bytes) and returns the bytes used. */
export function writeTrackEntry(entry: TrackEntry, into: DataView, at: number): number {
  let field = at + 1;
  let flags = 0;
  if (entry.endedDurationRun !== undefined) {
    flags |= hasDurationRun;
    into.setUint32(field, entry.endedDurationRun.value >>> 0, true);
    into.setUint32(field + 4, entry.endedDurationRun.count, true);
    field += 8;
  }
  into.setUint32(field, entry.size, true);
  field += 4;
  if (entry.endedCompositionRun !== undefined) {
    flags |= hasCompositionRun;
    into.setInt32(field, entry.endedCompositionRun.value, true);
    into.setUint32(field + 4, entry.endedCompositionRun.count, true);
    field += 8;
  }
  into.setUint8(at, flags);
  into.setUint32(field, entry.offset % 2 ** 32, true);
  into.setUint32(field + 4, Math.floor(entry.offset / 2 ** 32), true);
  return field + 8 - at;
}

/** The head of an `.mdat` whose box has so many bytes. */
export function writeMediaFileHeader(boxSize: number, sink: ByteSink): void {
  sink.u32(1);
  sink.latin1('mdat');
  sink.u64(boxSize);
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
