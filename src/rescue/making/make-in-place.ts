/**
 * Makes the file that the media lies in the MP4 itself, where there is no room for a second copy. What is written goes through
 * a journal beside the file, so that whatever happens leaves it as it was, or able to be finished. It knows no verb; which
 * name the file gets then is for others.
 */
import { dirname } from 'node:path';
import { AtomicOutput } from '../../io/atomic-output.ts';
import type { ByteSource, FileSource } from '../../io/file-source.ts';
import { roomAt } from '../../io/free-space.ts';
import { canInsertRoom, putInFront } from '../../io/inserted-room.ts';
import { patchFile, syncBeforePatch } from '../../io/journalled-patch.ts';
import { requireSoleName } from '../../io/links.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import type { Pace } from '../../io/pace.ts';
import { FrontedSource, PatchedSource } from '../../io/patched-source.ts';
import { SalvorError } from '../../media/errors.ts';
import type { InPlaceReport } from '../../media/report.ts';
import { layOutBehind } from '../../mp4/movie-behind.ts';
import { verifyMovieIn } from '../../mp4/verify-movie.ts';
import { headBytes, layOutMovie, type MovieLayout, type MovieSource } from '../../mp4/write-movie.ts';
import { isWholeMovieIn } from './held-media.ts';

/** The movie, and the file that is to become it. */
export interface InPlaceOptions {
  readonly media: FileSource;
  /** Offset behind the recorder's header in it. */
  readonly mediaStart: number;
  /** Path of the MP4 to be: no other run is to make it meanwhile. */
  readonly output: string;
  readonly replace: boolean;
  readonly dryRun: boolean;
  /** The open files that the movie is made of: none may have changed or be open to be written. */
  readonly sources: readonly FileSource[];
  readonly pace: Pace;
  /** Called when the file is the MP4, while no other run can be at it. */
  readonly name: () => void;
}

/** What was done, or would be in a dry run. */
export interface MadeInPlace {
  readonly layout: MovieLayout;
  readonly facts: InPlaceReport;
}

/** Room beside the bytes themselves: blocks that are not full, and what the file system notes about them. */
const spareRoom = 64 * 1024;

/** What is to be done to the file. */
interface Plan extends MadeInPlace {
  /** The file as it will be. */
  readonly result: ByteSource;
  /** Bytes that have to be free for it. */
  readonly needed: number;
  readonly carryOut: () => void;
}

/**
 * Makes it. Throws `output`, `busy`, `unrecoverable` and `interrupted` errors; the media file is as it was then, unless they
 * say otherwise.
 */
export async function makeInPlace(movie: MovieSource, options: InPlaceOptions): Promise<MadeInPlace> {
  const { media, mediaStart, output, replace, dryRun, sources, pace, name } = options;
  requireSoleName(media.path);
  const whole: MovieSource = { ...movie, mediaStart, mediaEnd: media.size };
  const front = await planFront(whole, media, pace);
  // Less than that serves in no case, not even to find out what does.
  requireRoom(media.path, front.needed);
  const plan = canInsertRoom(dirname(media.path)) ? front : await planBehind(whole, media, pace);
  // By this a further run knows what this one has made.
  if (!(await isWholeMovieIn(plan.result, pace))) {
    throw new SalvorError('output', 'would not be a whole MP4 in place; nothing was changed', {
      file: media.path,
      advice: 'run without --in-place',
    });
  }
  requireRoom(media.path, plan.needed);
  const { layout, facts } = plan;
  if (dryRun) return { layout, facts };
  // What other runs see of this one, who would make the same MP4.
  const lock = new AtomicOutput(output, { replace });
  try {
    refuseWhileWritten(sources);
    await syncBeforePatch(media, pace);
    plan.carryOut();
    name();
    return { layout, facts };
  } finally {
    lock.discard();
  }
}

/** The usual layout, byte for byte but for what no sample needs: room is inserted for all that is before the media. */
async function planFront(movie: MovieSource, media: FileSource, pace: Pace): Promise<Plan> {
  const { mediaStart } = movie;
  const layout = await layOutMovie(movie, pace);
  const front = await headBytes(movie, layout, pace);
  const room = front.length - mediaStart;
  const result = new FrontedSource(media, front, room);
  await verifyMovieIn(result, movie, layout, pace);
  return {
    layout,
    facts: { index: 'front', writtenBytes: front.length },
    result,
    needed: front.length + spareRoom,
    carryOut: () => putInFront(media, front, mediaStart),
  };
}

async function planBehind(movie: MovieSource, media: FileSource, pace: Pace): Promise<Plan> {
  const { patches, layout } = await layOutBehind(movie, media, pace);
  const writtenBytes = patches.reduce((sum, { bytes }) => sum + bytes.length, 0);
  return {
    layout,
    facts: { index: 'behind', writtenBytes },
    result: new PatchedSource(media, patches, layout.fileLength),
    // In the journal, and in the file.
    needed: 2 * writtenBytes + spareRoom,
    carryOut: () => patchFile(media, patches, { size: layout.fileLength }),
  };
}

/** Refuses to begin where the journal and what is added to the file would not find room. */
function requireRoom(path: string, needed: number): void {
  const { last } = roomAt(dirname(path));
  if (last >= needed) return;
  throw new SalvorError(
    'output',
    `the disk is full: ${needed} bytes are needed for the index and its journal, and ${last} are free; nothing was changed`,
    { file: path, advice: `free ${needed - last} bytes there, then run again` },
  );
}
