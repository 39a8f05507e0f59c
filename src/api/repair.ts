/** `repair` for programs: makes a playable MP4 of one without a moov, or with a wrong one. */
import { repair as repairMovie } from '../commands/repair/repair.ts';
import type { RecordingReport } from '../media/report.ts';
import { repairedPath } from '../rescue/making/result-names.ts';
import { withoutStep, type OutputOptions } from './common.ts';

/** What `repair` takes. */
export interface RepairOptions extends OutputOptions {
  /** Path of the repaired file; by default `NAME.repaired.mp4` beside the damaged one. */
  readonly output?: string;
  /** A complete recording by the same encoder with the same settings, to take lost codec configurations from. */
  readonly reference?: string;
  /** Pictures a second, where nothing in the stream gives the rate. */
  readonly framesPerSecond?: number;
  /** Repair a complete recording of more than 4 GiB in place, without moving media. */
  readonly inPlace?: boolean;
}

/**
 * Repairs an MP4 or MOV. The damaged file is only read, unless `inPlace` is asked for.
 *
 * @param path - the damaged file, or media of one without anything around it
 * @returns what was made, kept and lost; its outcome is `untouched` where nothing is damaged
 * @throws SalvorError with everything as it was: `unreadable`, `unrecoverable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function repair(path: string, options: RepairOptions = {}): Promise<RecordingReport> {
  return repairMovie(path, {
    output: options.output ?? repairedPath(path),
    replace: options.force ?? false,
    dryRun: options.dryRun ?? false,
    reference: options.reference,
    inPlace: options.inPlace ?? false,
    framesPerSecond: options.framesPerSecond,
    wait: options.waitSeconds,
    signal: options.signal,
    progress: withoutStep(options.onProgress),
  });
}
