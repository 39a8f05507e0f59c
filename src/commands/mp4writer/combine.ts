/**
 * Makes an MP4 of one staging set: find the samples, put them on one timeline, write the container, say what was lost.
 * The staging files stay as they are until the result is complete, checked and on the disk.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { readRange } from '../../io/copy-range.ts';
import { pathKind } from '../../io/directory.ts';
import { SalvorError, throwIfInterrupted } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import type { InputReport, RecordingReport } from '../../media/report.ts';
import { makeDecodeTimesRise, placeOnTimeline } from '../../media/timeline.ts';
import { readStagingSet, type StagingRecording } from '../../staging/reader.ts';
import { isFinished } from './finished.ts';
import {
  openStagingFiles,
  removeStagingFiles,
  sizesOf,
  stagingFilesOf,
  type OpenStagingFiles,
  type StagingFiles,
} from './staging-files.ts';
import { SyncSampleCheck } from './sync-samples.ts';
import { trackReport } from './track-report.ts';
import { verifyMovie } from './verify.ts';
import { layOut, writeMovie, type MovieLayout, type MovieSource } from './write-movie.ts';

export interface CombineOptions {
  /** Path of the MP4. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Whether the staging files are removed once the MP4 is in place. */
  readonly removeStaging: boolean;
  /** Do everything but write and remove. */
  readonly dryRun: boolean;
  /** Ask for 32-bit fields throughout, or not, whatever the set itself says. */
  readonly winQtCompat?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes of media done and to do. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/** Movie timescale to use where the set gives one that cannot be. */
const defaultMovieTimescale = 1000;

const useRecovery = 'run again with --recovery to keep what can be kept';

/** Combines the set of one recording. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function combine(recording: string, options: CombineOptions): Promise<RecordingReport> {
  const started = performance.now();
  const files = stagingFilesOf(recording);
  const fate: InputReport['fate'] = !options.removeStaging ? 'kept' : options.dryRun ? 'to be removed' : 'removed';
  const inputs = sizesOf(files).map((input) => ({ ...input, fate }));
  const removeIfAsked = (): void => {
    if (fate === 'removed') removeStagingFiles(files);
  };
  const elapsed = (): number => (performance.now() - started) / 1000;
  if (isFinished(files, options.output)) {
    removeIfAsked();
    return {
      recording,
      outcome: 'already-made',
      inputs,
      tracks: [],
      findings: [],
      elapsedSeconds: elapsed(),
      bytesMoved: 0,
    };
  }
  const sources = openStagingFiles(files);
  try {
    const findings = new Findings();
    const set = readConsistently(files, sources, findings);
    throwIfInterrupted(options.signal);
    for (const track of set.tracks) makeDecodeTimesRise(track, findings, files.tracks.get(track.id));
    const movie: MovieSource = {
      media: sources.mdat!,
      mediaStart: set.mediaStart,
      mediaEnd: set.mediaEnd,
      tracks: placeOnTimeline(set.tracks),
      creationTime: set.info.creationTime,
      timescale: set.info.movieTimescale > 0 ? set.info.movieTimescale : defaultMovieTimescale,
    };
    const made = await make(movie, set, options, findings);
    removeIfAsked();
    const tracks = movie.tracks.map(trackReport);
    const durationSeconds = Math.max(...tracks.map((track) => track.startSeconds + track.kept.durationSeconds));
    return {
      recording,
      outcome: options.dryRun ? 'would-make' : 'made',
      inputs,
      output: { path: options.output, bytes: made.layout.fileLength, durationSeconds, replaced: made.replaced },
      tracks,
      findings: findings.list(),
      elapsedSeconds: elapsed(),
      bytesMoved: options.dryRun ? 0 : movie.mediaEnd - movie.mediaStart,
    };
  } finally {
    sources.close();
  }
}

/** Reads the set and refuses it if its files contradict each other. */
function readConsistently(files: StagingFiles, sources: OpenStagingFiles, findings: Findings): StagingRecording {
  const { recording } = files;
  if (files.mdat === undefined) {
    throw new SalvorError('unrecoverable', 'the file with the media is missing', {
      file: `${recording}.mdat`,
      advice: 'look for it elsewhere; without it nothing can be made',
    });
  }
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

/** Lays the movie out, writes it, checks it and gives it its name. */
async function make(
  movie: MovieSource,
  set: StagingRecording,
  options: CombineOptions,
  findings: Findings,
): Promise<{ layout: MovieLayout; replaced: boolean }> {
  const { media, mediaStart, mediaEnd } = movie;
  const { signal } = options;
  const length = mediaEnd - mediaStart;
  const check = new SyncSampleCheck(set.tracks, findings, media.path);
  let checked = false;
  if (check.observe !== undefined && (set.keyFramesIncomplete || options.dryRun)) {
    // The list is known to be wrong, or nothing will be copied: look at the media by itself.
    await readRange(media, mediaStart, length, check.observe, signal);
    check.finish(set.keyFramesIncomplete);
    checked = true;
  }
  let layout = layOut(movie);
  noteLargeFields(layout, set, options, findings);
  if (options.dryRun) {
    const replaced = pathKind(options.output) !== undefined;
    if (replaced && !options.replace)
      throw new SalvorError('output', 'the file exists already', {
        file: options.output,
        advice: 'use --force to replace it',
      });
    return { layout, replaced };
  }
  const output = new AtomicOutput(options.output, { replace: options.replace });
  try {
    const range = {
      progress: (done: number) => options.progress?.(done, length),
      ...(signal === undefined ? {} : { signal }),
    };
    await writeMovie(
      movie,
      layout,
      output,
      checked || check.observe === undefined ? range : { ...range, observe: check.observe },
    );
    if (!checked && check.finish(false)) {
      // The key-frame list was wrong, so the moov already written is: once more, with the table put right.
      layout = layOut(movie);
      output.truncate();
      await writeMovie(movie, layout, output, range);
    }
    output.sync();
    verifyMovie(output.temporaryPath, movie, layout);
    throwIfInterrupted(signal);
    output.commit();
    return { layout, replaced: output.replaces };
  } catch (error) {
    output.discard();
    throw error;
  }
}

/** A set that asks for 32-bit fields gets them where they suffice, as every set does; where they do not, it is told. */
function noteLargeFields(
  layout: MovieLayout,
  set: StagingRecording,
  options: CombineOptions,
  findings: Findings,
): void {
  const asked = options.winQtCompat ?? set.info.winQtCompat !== 0;
  if (asked && layout.largeFields) {
    findings.add('beyond-32-bits', `the MP4 has ${layout.fileLength} bytes; QuickTime for Windows will not play it`, {
      file: options.output,
    });
  }
}
