/** `combine` for programs: makes an MP4 of the staging files of a recording. */
import { combine as combineSet } from '../commands/mp4writer/combine.ts';
import { findRecordings } from '../commands/mp4writer/staging-files.ts';
import { SalvorError } from '../media/errors.ts';
import type { RecordingReport } from '../media/report.ts';
import { referencesFor } from '../rescue/references/references.ts';
import type { OutputOptions } from './common.ts';

/** What `combine` takes. */
export interface CombineOptions extends OutputOptions {
  /** Path of the MP4; by default that of the recording. */
  readonly output?: string;
  /** Keep what can be kept of a set that a crash left incomplete. Without it such a set is refused. */
  readonly recovery?: boolean;
  /** With `recovery`: an MP4, FLV or staging set of the same stream, to take a lost codec configuration from. */
  readonly reference?: string;
  /** With `recovery`: pictures a second where nothing else gives their times. */
  readonly framesPerSecond?: number;
  /** Remove the staging files once the MP4 is complete, checked and on the disk, if nothing in them is left unused. */
  readonly removeStaging?: boolean;
  /** Ask for 32-bit fields throughout, or do not, whatever the set says. */
  readonly winQtCompat?: boolean;
  /**
   * Where there is no room for a second copy: make the `.mdat` itself the MP4, in the place of the recording. It writes to the
   * only copy of the media, by a journal: what is left of a run that is killed is settled by the next with this option.
   */
  readonly inPlace?: boolean;
}

/**
 * The recordings that a path means: itself, or every part of one that was recorded in chunks.
 *
 * @param path - the name the recording was given, with or without `.mp4`, or any of its staging files
 * @returns paths for `combine`, in natural order
 * @throws SalvorError `unreadable` where there are no staging files
 */
export function stagingRecordings(path: string): string[] {
  return findRecordings(path);
}

/**
 * Makes an MP4 of the staging files of one recording.
 *
 * @param recording - one path of `stagingRecordings`
 * @returns what was made, kept and lost
 * @throws SalvorError with everything as it was: `unreadable`, `unrecoverable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function combine(recording: string, options: CombineOptions = {}): Promise<RecordingReport> {
  const { force = false, framesPerSecond, winQtCompat } = options;
  const recordings = findRecordings(recording);
  if (recordings.length !== 1) {
    throw new SalvorError('usage', `means ${recordings.length} recordings`, {
      file: recording,
      advice: 'combine those of stagingRecordings one by one',
    });
  }
  const [one] = recordings as [string];
  return combineSet(one, {
    output: options.output ?? one,
    replace: force,
    again: force,
    removeStaging: options.removeStaging ?? false,
    dryRun: options.dryRun ?? false,
    recovery:
      options.recovery === true
        ? { references: referencesFor(options.reference)(one).all, framesPerSecond }
        : undefined,
    winQtCompat,
    inPlace: options.inPlace,
    wait: options.waitSeconds,
    signal: options.signal,
    progress: options.onProgress,
  });
}
