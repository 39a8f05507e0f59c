/**
 * Makes an MP4 of tracks and the media they point into: lay out → write → sync → verify → are the files it is made of still
 * what was read? → name it. A file that is just what would be made is recognised and left alone. It knows no verb and not
 * where the tracks come from; until the result is complete, checked and on the disk, everything stays as it was.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { readRange, type ByteObserver, type RangeOptions } from '../../io/copy-range.ts';
import { pathKind } from '../../io/directory.ts';
import { FileSource, type RangeSource } from '../../io/file-source.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { existsAlready } from '../../io/system-error.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { verifyMovie } from '../../mp4/verify-movie.ts';
import { layOutMovie, writeMovie, type MovieLayout, type MovieSource } from '../../mp4/write-movie.ts';
import { isMadeAlready, madeLayoutOf } from './made-already.ts';
import { judgeDecoded, type SecondJudge } from './second-judge.ts';

/** Looks at all of the media once, and may change the sample tables for what it saw there. */
export interface MediaInspector {
  /** To be shown the media, from its first byte to its last; undefined where there is nothing to look for. */
  readonly observe: ByteObserver | undefined;
  /** Looks at as much of the media as it needs by itself; undefined where that is all of it. */
  readonly inspect: ((media: RangeSource, pace: Pace) => Promise<void>) | undefined;
  /** Whether the tables are known to change, so that nothing is worth writing before. */
  readonly comesFirst: boolean;
  /** To be called when all media has gone by. Tells whether a sample table has changed. */
  finish(): boolean;
}

/** Where the movie goes, and what may be done for it. */
export interface MakingOptions {
  /** Path of the MP4. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Make it even if it is there already just as it would be made. */
  readonly again: boolean;
  /** The files it is made of are removed afterwards: what is there already is believed only when all of it was compared. */
  readonly isOnlyCopy: boolean;
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** The open files that the movie is made of: none of them may have changed or be open to be written when it is named. */
  readonly sources: readonly FileSource[];
  /** Gets what is to be said about the files themselves. */
  readonly findings: Findings;
  readonly inspector?: MediaInspector | undefined;
  /** Let a decoder have a look at the result before it gets its name. */
  readonly judge?: SecondJudge | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of media written and to write. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** What was made, or would be in a dry run. */
export interface MadeMovie {
  readonly movie: MovieSource;
  readonly layout: MovieLayout;
  readonly outcome: 'made' | 'would-make' | 'already-made';
  /** Whether it replaces a file. */
  readonly replaced: boolean;
}

/**
 * Makes the movie, unless it is there already or is only to be thought through. `movieOf` gives it as its tables stand; it is
 * asked again when the inspector has changed them. Throws `output`, `busy` and `interrupted` errors with everything as it was.
 */
export async function makeMovie(movieOf: () => MovieSource, options: MakingOptions): Promise<MadeMovie> {
  const { output, inspector, signal } = options;
  const exists = pathKind(output) === 'file';
  let observe = inspector?.observe;
  let movie = movieOf();
  const pace = new Pace(signal);
  let layout = await layOutMovie(movie, pace);
  const places = exists && !options.again ? madeLayoutOf(output, movie) : undefined;
  const whatIsThere = async (): Promise<MadeMovie | undefined> => {
    if (places === undefined) return undefined;
    const earlier = places === 'aligned' ? layout : await layOutMovie(movie, pace, places);
    if (!(await isMadeAlready(output, movie, earlier, options.isOnlyCopy, pace))) return undefined;
    if (!options.dryRun) removeLeavings(output);
    await judged(output, movie, options);
    return { movie, layout: earlier, outcome: 'already-made', replaced: false };
  };
  if (inspector?.comesFirst !== true) {
    const there = await whatIsThere();
    if (there !== undefined) return there;
  }
  if (observe !== undefined && (inspector!.comesFirst || options.dryRun || places !== undefined)) {
    if (inspector!.inspect !== undefined) await inspector!.inspect(movie.media, pace);
    else await readRange(movie.media, movie.mediaStart, movie.mediaEnd - movie.mediaStart, observe, signal);
    observe = undefined;
    if (inspector!.finish() || inspector!.comesFirst) {
      movie = movieOf();
      layout = await layOutMovie(movie, pace);
      const there = await whatIsThere();
      if (there !== undefined) return there;
    }
  }
  if (exists && !options.replace) throw existsAlready(output);
  if (options.dryRun) return { movie, layout, outcome: 'would-make', replaced: exists };
  return write(movie, layout, movieOf, observe, options);
}

/**
 * Removes what killed runs left beside a finished output. Throws `busy` where another run is at work on it; where nothing can
 * be removed it stays.
 */
export function removeLeavings(output: string): void {
  try {
    new AtomicOutput(output, { replace: true }).discard();
  } catch (error) {
    if (!(error instanceof SalvorError) || error.kind !== 'output') throw error;
  }
}

async function write(
  first: MovieSource,
  layoutOfFirst: MovieLayout,
  movieOf: () => MovieSource,
  observe: ByteObserver | undefined,
  options: MakingOptions,
): Promise<MadeMovie> {
  const { inspector, sources, signal } = options;
  const pace = new Pace(signal);
  let [movie, layout] = [first, layoutOfFirst];
  const output = new AtomicOutput(options.output, { replace: options.replace, throughLink: isMp4 });
  try {
    await writeMovie(movie, layout, output, rangeOptions(movie, options, observe));
    if (observe !== undefined && inspector!.finish()) {
      // The index was wrong, so the moov already written is: once more, with the tables put right.
      movie = movieOf();
      layout = await layOutMovie(movie, pace);
      output.truncate();
      await writeMovie(movie, layout, output, rangeOptions(movie, options, undefined));
    }
    await output.syncInBackground(pace);
    await verifyMovie(output.temporaryPath, movie, layout, pace);
    await judged(output.temporaryPath, movie, options);
    await pace.turn();
    // A recording that goes on may look complete for a moment, after each flush; what comes then would be lost.
    refuseWhileWritten(sources);
    output.commit(options.findings);
    return { movie, layout, outcome: 'made', replaced: output.replaces };
  } catch (error) {
    output.discard();
    throw error;
  }
}

async function judged(path: string, { tracks }: MovieSource, options: MakingOptions): Promise<void> {
  const { judge, output, findings, sources, signal } = options;
  if (judge === undefined) return;
  const hasPictures = tracks.some(({ track }) => track.kind === 'video');
  await judgeDecoded(judge, { path, output, input: sources[0]?.path ?? output, hasPictures, findings, signal });
}

/** A link leads anywhere: what is replaced through one is only what is made here. */
function isMp4(path: string): boolean {
  const source = new FileSource(path);
  try {
    return Buffer.from(source.read(4, 4)).toString('latin1') === 'ftyp';
  } finally {
    source.close();
  }
}

function rangeOptions(
  { media, mediaStart, mediaEnd }: MovieSource,
  { inspector, progress, signal }: MakingOptions,
  observe: ByteObserver | undefined,
): RangeOptions {
  const length = mediaEnd - mediaStart;
  const inspect = observe === undefined ? undefined : inspector?.inspect;
  return {
    progress: (done) => progress?.(done, length),
    ...(signal === undefined ? {} : { signal }),
    ...(observe === undefined ? {} : { observe }),
    ...(inspect === undefined ? {} : { inspect: () => inspect(media, new Pace(signal)) }),
  };
}
