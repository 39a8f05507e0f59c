/** One file of a recording while it is written, whatever its container. It knows neither names nor where it is cut. */
import { FlvWriter } from '../../flv/stream-writer.ts';
import type { GrowingFile } from '../../io/growing-file.ts';
import type { AccessUnit, StreamTrack } from '../../media/access-unit.ts';
import { creationTimeAt } from '../../mp4/creation-time.ts';
import { RecordingMovie } from '../../mp4/recording-movie.ts';
import { TransportWriter } from '../../mpegts/stream-writer.ts';
import type { RecordingType } from './names.ts';

/** What a chunk is made of. */
export interface ChunkPlan {
  readonly type: RecordingType;
  readonly tracks: readonly StreamTrack[];
  readonly startSeconds: number;
}

/** Key frames that the index of an FLV has room for; of more every second one is kept, and so on. */
const indexRoom = 2048;
/** A fragment has no more media than this, and its samples wait no longer. */
const longestFragment = 0.5;
/** What is kept free at least. */
const leastReserve = 512 * 1024;

/** Writes one chunk. What it throws is `NoRoom` where the disk is full; `finish` may be asked for all the same. */
export interface ChunkWriter {
  unit(unit: AccessUnit): void;
  /** Writes what waits. */
  flush(): void;
  /** What waits is given up. Gives how many samples that were. */
  drop(): number;
  /** Bytes that have to be kept free so that the chunk can be ended. */
  readonly reserve: number;
  /** Ends the file, which stays open. `endSeconds`: where the last sample ends, on the clock of the stream. */
  finish(endSeconds: number): void;
}

/** The writer for a container. Writes the beginning of the file. */
export function chunkWriter(plan: ChunkPlan, file: GrowingFile): ChunkWriter {
  if (plan.type === 'mp4') return movieWriter(plan, file);
  return plan.type === 'flv' ? flvWriter(plan, file) : transportWriter(plan, file);
}

function movieWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const creationTime = creationTimeAt(Date.now());
  const movie = new RecordingMovie(tracks, startSeconds, creationTime, (bytes) => file.append(bytes));
  return {
    unit(unit) {
      if (movie.waitingSeconds >= longestFragment) movie.flush();
      movie.unit(unit);
    },
    flush: () => movie.flush(),
    drop: () => movie.dropWaiting(),
    get reserve() {
      return leastReserve + movie.indexBytes;
    },
    finish() {
      const { index, header, headerOffset } = movie.finish();
      file.append(index);
      // The index has to be on the disk before the one write that makes it count.
      file.sync();
      file.patch(header, headerOffset);
    },
  };
}

function flvWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const writer = new FlvWriter({ tracks, startSeconds, indexRoom }, (bytes) => file.append(bytes));
  return {
    unit: (unit) => writer.unit(unit),
    flush() {},
    drop: () => 0,
    reserve: leastReserve,
    finish(endSeconds) {
      const durationSeconds = Math.max(0, Math.round((endSeconds - startSeconds) * 1000) / 1000);
      const { bytes, offset } = writer.finish({ durationSeconds, fileBytes: file.length });
      file.patch(bytes, offset);
    },
  };
}

function transportWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const writer = new TransportWriter({ tracks, startSeconds }, (bytes) => file.append(bytes));
  return {
    unit: (unit) => writer.unit(unit),
    flush: () => writer.finish(),
    drop: () => 0,
    reserve: leastReserve,
    finish: () => writer.finish(),
  };
}
