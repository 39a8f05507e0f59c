/**
 * Makes an MP4 of one staging set: find the samples, put them on one timeline, write the container, say what was lost.
 * The staging files stay as they are until the result is complete, checked and on the disk.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { readRange, type ByteObserver, type RangeOptions } from '../../io/copy-range.ts';
import { isSameFile, pathKind } from '../../io/directory.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { SalvorError, throwIfInterrupted } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import { roundSeconds, type InputReport, type RecordingReport } from '../../media/report.ts';
import { makeDecodeTimesRise, placeOnTimeline } from '../../media/timeline.ts';
import { readStagingSet, type StagingRecording } from '../../staging/reader.ts';
import { recoverStagingSet } from '../../staging/recovery.ts';
import { carveRecording, undescribedRecording } from './carved-recording.ts';
import { isFinished, isWrittenAlready } from './finished.ts';
import { MediaInspection } from './media-inspection.ts';
import {
  openStagingFiles,
  pathsOf,
  removeStagingFiles,
  sizesOf,
  stagingFilesOf,
  type OpenStagingFiles,
  type StagingFiles,
} from './staging-files.ts';
import { trackReport } from '../../mp4/track-report.ts';
import { verifyMovie } from '../../mp4/verify-movie.ts';
import { layOut, writeMovie, type MovieLayout, type MovieSource } from '../../mp4/write-movie.ts';

export interface CombineOptions {
  /** Path of the MP4. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Make it again even if it is there already just as it would be made. */
  readonly again: boolean;
  /** Whether the staging files are removed once the MP4 is in place and nothing in them is left unused. */
  readonly removeStaging: boolean;
  /** Do everything but write and remove. */
  readonly dryRun: boolean;
  /** Keep what can be kept of a set whose files contradict each other. Undefined: such a set is refused. */
  readonly recovery?:
    | {
        readonly references: () => Iterable<CodecReference>;
        /** Pictures a second to take where nothing else tells. */
        readonly framesPerSecond?: number | undefined;
      }
    | undefined;
  /** Ask for 32-bit fields throughout, or not, whatever the set itself says. */
  readonly winQtCompat?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of media done and to do. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const useRecovery = 'run again with --recovery to keep what can be kept';

/** Combines the set of one recording. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function combine(recording: string, options: CombineOptions): Promise<RecordingReport> {
  const started = performance.now();
  const elapsed = (): number => roundSeconds((performance.now() - started) / 1000);
  const files = stagingFilesOf(recording);
  const own = pathsOf(files).find((path) => isSameFile(path, options.output));
  if (own !== undefined) {
    throw new SalvorError('usage', 'the output would replace a staging file of the recording itself', {
      file: own,
      advice: 'give another name to --output',
    });
  }
  const sizes = sizesOf(files);
  const inputs = (fate: InputReport['fate']): InputReport[] => sizes.map((input) => ({ ...input, fate }));
  if (isFinished(files, options.output)) {
    const fate = dispose(files, options, true);
    return {
      recording,
      outcome: 'already-made',
      inputs: inputs(fate),
      tracks: [],
      unindexed: [],
      findings: [],
      elapsedSeconds: elapsed(),
      bytesMoved: 0,
    };
  }
  const sources = openStagingFiles(files);
  try {
    const findings = new Findings();
    const set =
      options.recovery === undefined
        ? readConsistently(files, sources, findings)
        : recover(files, sources, { ...options.recovery, signal: options.signal }, findings);
    throwIfInterrupted(options.signal);
    for (const track of set.tracks) makeDecodeTimesRise(track, findings, files.tracks.get(track.id));
    const made = await make(sources, set, options, findings);
    const { movie } = made;
    const fate = dispose(files, options, isWhole(set, findings));
    const tracks = movie.tracks.map((place) => trackReport(place, set.leftOut[place.track.kind], movie.media.path));
    const durationSeconds = roundSeconds(
      Math.max(...tracks.map((track) => track.startSeconds + track.kept.durationSeconds)),
    );
    return {
      recording,
      outcome: made.already ? 'already-made' : options.dryRun ? 'would-make' : 'made',
      inputs: inputs(fate),
      output: { path: options.output, bytes: made.layout.fileLength, durationSeconds, replaced: made.replaced },
      tracks,
      unindexed: set.unindexed.map((range) => ({ file: movie.media.path, ...range })),
      findings: findings.list(),
      elapsedSeconds: elapsed(),
      bytesMoved: options.dryRun || made.already ? 0 : movie.mediaEnd - movie.mediaStart,
    };
  } finally {
    sources.close();
  }
}

/** Whether everything that the staging files hold is in the result: every sample, every byte, every track. */
function isWhole({ leftOut, unindexed }: StagingRecording, findings: Findings): boolean {
  const lost = leftOut.video.samples + leftOut.audio.samples;
  return lost === 0 && unindexed.length === 0 && !findings.has('staging-file-missing');
}

/** Removes the staging files if that was asked for and nothing in them is left unused. Tells what became of them. */
function dispose(files: StagingFiles, options: CombineOptions, whole: boolean): InputReport['fate'] {
  if (!options.removeStaging || !whole) return 'kept';
  if (options.dryRun) return 'to be removed';
  removeStagingFiles(files);
  return 'removed';
}

/** Reads the set and refuses it if its files contradict each other. */
function readConsistently(files: StagingFiles, sources: OpenStagingFiles, findings: Findings): StagingRecording {
  const { recording } = files;
  requireMedia(files);
  if (files.info === undefined) {
    throw new SalvorError('unrecoverable', 'the file that describes the tracks is missing', {
      file: `${recording}.info`,
      advice: useRecovery,
    });
  }
  const set = readStagingSet(sources, findings);
  const fault = findings.firstError();
  if (fault !== undefined || set === undefined) {
    throw new SalvorError('unrecoverable', fault?.message ?? 'the set cannot be read', {
      file: fault?.file ?? recording,
      ...(fault?.offset === undefined ? {} : { offset: fault.offset }),
      advice: `the staging files are as they were; ${useRecovery}`,
      findings: findings.list(),
    });
  }
  if (set.tracks.every(({ samples }) => samples.length === 0)) {
    throw new SalvorError('unrecoverable', 'nothing was recorded: the set has no samples', {
      file: recording,
      findings: findings.list(),
    });
  }
  return set;
}

function requireMedia(files: StagingFiles): void {
  if (files.mdat !== undefined) return;
  throw new SalvorError('unrecoverable', 'the file with the media is missing', {
    file: `${files.recording}.mdat`,
    advice: 'look for it elsewhere; without it nothing can be made',
  });
}

/** Reads whatever the files still say, and the media for what they do not; refuses only a set without a single sample. */
function recover(
  files: StagingFiles,
  sources: OpenStagingFiles,
  { references, framesPerSecond, signal }: NonNullable<CombineOptions['recovery']> & Pick<CombineOptions, 'signal'>,
  findings: Findings,
): StagingRecording {
  requireMedia(files);
  const described = recoverStagingSet(sources, references, findings) ?? undescribedRecording(sources);
  const set =
    described === undefined
      ? undefined
      : carveRecording(described, sources, { references, framesPerSecond, signal }, findings);
  if (set === undefined || set.tracks.length === 0) {
    throw new SalvorError(
      'unrecoverable',
      `no sample was found: no track file describes one, and none can be read in the ${sources.mdat!.size} bytes of ${files.recording}.mdat, which stay there`,
      {
        file: files.recording,
        advice: 'a recording of the same stream (--reference) may tell how the media is to be read',
        findings: findings.list(),
      },
    );
  }
  return set;
}

interface Made {
  readonly movie: MovieSource;
  readonly layout: MovieLayout;
  readonly replaced: boolean;
  /** The MP4 was there already, just as it would have been made. */
  readonly already: boolean;
}

/** Makes the movie, unless it is there already or is only to be thought through. */
async function make(
  sources: OpenStagingFiles,
  set: StagingRecording,
  options: CombineOptions,
  findings: Findings,
): Promise<Made> {
  const exists = pathKind(options.output) === 'file';
  // A recovery that left something in the staging files keeps them, and comes by here again. Where they are to be removed
  // afterwards, the MP4 is made and checked again rather than believed.
  const mayBeThere =
    exists && options.recovery !== undefined && !options.again && !(options.removeStaging && isWhole(set, findings));
  const inspection = new MediaInspection(set.tracks, findings, {
    file: sources.mdat!.path,
    listIncomplete: set.keyFramesIncomplete,
    leftOut: options.recovery === undefined ? undefined : set.leftOut,
  });
  let movie = movieOf(set, sources);
  let layout = layOut(movie);
  const there = (): boolean => mayBeThere && isWrittenAlready(options.output, layout);
  if (!set.keyFramesIncomplete && there()) return { movie, layout, replaced: false, already: true };
  let observe = inspection.observe;
  if (observe !== undefined && (set.keyFramesIncomplete || options.dryRun || mayBeThere)) {
    // The index is known to be incomplete, or nothing may be copied: look at the media by itself.
    await readRange(movie.media, movie.mediaStart, movie.mediaEnd - movie.mediaStart, observe, options.signal);
    inspection.finish();
    observe = undefined;
    movie = movieOf(set, sources);
    layout = layOut(movie);
    if (there()) return { movie, layout, replaced: false, already: true };
  }
  noteLargeFields(layout, set, options, findings);
  if (options.dryRun) {
    if (exists && !options.replace) {
      throw new SalvorError('output', 'the file exists already', {
        file: options.output,
        advice: 'use --force to replace it',
      });
    }
    return { movie, layout, replaced: exists, already: false };
  }
  const output = new AtomicOutput(options.output, { replace: options.replace });
  try {
    await writeMovie(movie, layout, output, rangeOptions(movie, options, observe));
    if (observe !== undefined && inspection.finish()) {
      // The index was wrong, so the moov already written is: once more, with the tables put right.
      movie = movieOf(set, sources);
      layout = layOut(movie);
      output.truncate();
      await writeMovie(movie, layout, output, rangeOptions(movie, options, undefined));
    }
    output.sync();
    verifyMovie(output.temporaryPath, movie, layout);
    throwIfInterrupted(options.signal);
    refuseIfGrowing(sources);
    output.commit();
    return { movie, layout, replaced: output.replaces, already: false };
  } catch (error) {
    output.discard();
    throw error;
  }
}

function rangeOptions(
  movie: MovieSource,
  { progress, signal }: CombineOptions,
  observe: ByteObserver | undefined,
): RangeOptions {
  const length = movie.mediaEnd - movie.mediaStart;
  return {
    progress: (done) => progress?.(done, length),
    ...(signal === undefined ? {} : { signal }),
    ...(observe === undefined ? {} : { observe }),
  };
}

/** A recording that goes on may look complete for a moment, after each flush; removing its files would end it. */
function refuseIfGrowing(sources: OpenStagingFiles): void {
  const changed = sources.changed();
  if (changed === undefined) return;
  throw new SalvorError('busy', 'is still being written; nothing was changed', {
    file: changed.path,
    advice: 'wait until the recording has ended',
  });
}

/** The movie that the tracks make as they stand now. */
function movieOf(set: StagingRecording, sources: OpenStagingFiles): MovieSource {
  const tracks = set.tracks.filter(({ samples }) => samples.length > 0);
  const edges = tracks.map(({ samples }) => {
    const last = samples.length - 1;
    return { start: samples.offsets.at(0), end: samples.offsets.at(last) + samples.sizes.at(last) };
  });
  if (edges.length === 0) {
    throw new SalvorError('unrecoverable', 'no sample is left that is whole', { file: sources.mdat!.path });
  }
  return {
    media: sources.mdat!,
    mediaStart: Math.min(...edges.map(({ start }) => start)),
    mediaEnd: Math.max(...edges.map(({ end }) => end)),
    tracks: placeOnTimeline(tracks),
    creationTime: set.creationTime,
    timescale: set.movieTimescale,
  };
}

/** A set that asks for 32-bit fields gets them where they suffice, as every set does; where they do not, it is told. */
function noteLargeFields(
  layout: MovieLayout,
  set: StagingRecording,
  options: CombineOptions,
  findings: Findings,
): void {
  const asked = options.winQtCompat ?? set.winQtCompat;
  if (asked && layout.largeFields) {
    findings.add('beyond-32-bits', `the MP4 has ${layout.fileLength} bytes; QuickTime for Windows will not play it`, {
      file: options.output,
    });
  }
}
