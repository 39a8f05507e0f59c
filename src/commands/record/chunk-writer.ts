/** One file of a recording while it is written, whatever its container. It knows neither names nor where it is cut. */
import { FlvWriter } from '../../flv/stream-writer.ts';
import { createFile, type GrowingFile } from '../../io/growing-file.ts';
import { creationTimeAt } from '../../mp4/creation-time.ts';
import { RecordingMovie, type ClosedMovie } from '../../mp4/recording-movie.ts';
import { TransportWriter } from '../../mpegts/stream-writer.ts';
import { minReserve, type ChunkFile, type ChunkPlan, type ChunkWriter, type OpenChunk } from './chunk.ts';
import { putIndexFirst } from './index-first.ts';
import { createStagingFiles, stagingWriter } from './staging-chunk.ts';

/** Key frames that the index of an FLV has room for; of more every second one is kept, and so on. */
const indexRoom = 2048;
/** A fragment has no more media than this, and its samples wait no longer. */
const maxFragment = 0.5;

/**
 * Begins a chunk under a name; undefined where that is taken and may not be replaced. Throws `NoRoom` where the disk is full,
 * with everything as it was.
 */
export function openChunk(plan: ChunkPlan, path: string, mayReplace: boolean): OpenChunk | undefined {
  if (plan.staging) return begun(createStagingFiles(path, plan), (file) => stagingWriter(plan, file));
  const write = { mp4: movieWriter, flv: flvWriter, ts: transportWriter }[plan.type];
  return begun(createFile(path, mayReplace), (file) => write(plan, file));
}

function begun<F extends ChunkFile>(file: F | undefined, write: (file: F) => ChunkWriter): OpenChunk | undefined {
  if (file === undefined) return undefined;
  try {
    const writer = write(file);
    file.reserve(writer.reserve);
    return { file, writer };
  } catch (error) {
    file.discard();
    throw error;
  }
}

function movieWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const creationTime = creationTimeAt(Date.now());
  const movie = new RecordingMovie(tracks, startSeconds, creationTime, (parts) => file.append(parts));
  let closed: ClosedMovie | undefined;
  return {
    get waiting() {
      return movie.waiting;
    },
    unit(unit) {
      if (movie.waitingSeconds >= maxFragment) movie.flush();
      movie.unit(unit);
    },
    flush() {
      movie.flush();
      file.flush();
    },
    drop: () => movie.dropWaiting(),
    get reserve() {
      return minReserve + movie.indexBytes;
    },
    finish() {
      const ending = movie.finish();
      const { index, header, headerOffset } = ending;
      file.append([index]);
      // The index has to be on the disk before the one write that makes it count.
      file.sync();
      file.patch(header, headerOffset);
      closed = ending.movie;
    },
    improve: async () => (closed === undefined ? undefined : putIndexFirst(file.path, closed)),
  };
}

function flvWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const writer = new FlvWriter({ tracks, startSeconds, indexRoom }, (parts) => file.append(parts));
  return {
    waiting: 0,
    unit: (unit) => writer.unit(unit),
    flush: () => file.flush(),
    drop: () => file.dropGathered(),
    reserve: minReserve,
    finish(endSeconds) {
      const durationSeconds = Math.max(0, Math.round((endSeconds - startSeconds) * 1000) / 1000);
      const { bytes, offset } = writer.finish({ durationSeconds, fileBytes: file.length });
      file.patch(bytes, offset);
    },
  };
}

function transportWriter({ tracks, startSeconds }: ChunkPlan, file: GrowingFile): ChunkWriter {
  const writer = new TransportWriter({ tracks, startSeconds }, (bytes) => file.append([bytes]));
  return {
    waiting: 0,
    unit: (unit) => writer.unit(unit),
    flush() {
      writer.finish();
      file.flush();
    },
    drop: () => file.dropGathered(),
    reserve: minReserve,
    finish() {
      writer.finish();
      file.flush();
    },
  };
}
