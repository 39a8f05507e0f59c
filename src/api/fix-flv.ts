/** `flv-fix` for programs: repairs FLV files that were never closed, are damaged, or have wrong metadata. */
import { defaultMaxGapSeconds } from '../rescue/flv/plan.ts';
import { splitFlv as splitAndFix } from '../commands/flv-fix/split.ts';
import { waitUntilClosed } from '../io/open-for-writing.ts';
import type { RecordingReport } from '../media/report.ts';
import { referencesFor } from '../rescue/references/references.ts';
import { ignoreProgress, type OutputOptions } from './common.ts';

/** What `fixFlv` takes. */
export interface FixFlvOptions extends OutputOptions {
  /** Path of the result; by default the file itself is repaired. */
  readonly output?: string;
  /** Keep a copy of the file as it was, under its name with `.bak`. */
  readonly backup?: boolean;
  /** Write a complete index of key frames, so that players can seek. */
  readonly index?: boolean;
  /** Repair timestamps, and close pauses or keep them. By default no timestamp is touched. */
  readonly retime?: 'close-gaps' | 'keep-pauses';
  /** Seconds that a pause may last before `retime: 'close-gaps'` closes it; 10 by default. */
  readonly maxGapSeconds?: number;
  /** Leave out sequence headers that only say again what is in force. */
  readonly dedupeHeaders?: boolean;
  /** Leave out data that comes a second time byte for byte. */
  readonly dropRepeats?: boolean;
  /** An FLV or MP4 of the same stream, to take a lost sequence header from. */
  readonly reference?: string;
}

async function fix(path: string, options: FixFlvOptions, splitOnChange: boolean): Promise<RecordingReport[]> {
  await waitUntilClosed([path], options.waitSeconds ?? 0, options.signal);
  return splitAndFix(path, {
    output: options.output,
    force: options.force ?? false,
    dryRun: options.dryRun ?? false,
    backup: options.backup ?? false,
    index: options.index ?? false,
    retime: options.retime,
    maxGapSeconds: options.maxGapSeconds ?? defaultMaxGapSeconds,
    dedupeHeaders: options.dedupeHeaders ?? false,
    dropRepeats: options.dropRepeats ?? false,
    splitOnChange,
    references: referencesFor(options.reference)(path).all,
    signal: options.signal,
    progress: options.onProgress ?? ignoreProgress,
  });
}

/**
 * Repairs one FLV file: in place, or into another file with `output`. An intact file is not touched.
 *
 * @param path - the file, whatever its name ends in
 * @returns what was changed, kept and lost
 * @throws SalvorError with everything as it was: `unreadable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function fixFlv(path: string, options: FixFlvOptions = {}): Promise<RecordingReport> {
  const [report] = (await fix(path, options, false)) as [RecordingReport];
  return report;
}

/**
 * Repairs one FLV file, and begins a new file (`NAME_001.flv` …) wherever the codec or the configuration of a track changes.
 * The file itself stays as it is where it is split.
 *
 * @param path - the file, whatever its name ends in
 * @returns a report for each file that came of it
 * @throws SalvorError as `fixFlv`
 */
export async function splitFlv(path: string, options: FixFlvOptions = {}): Promise<RecordingReport[]> {
  return fix(path, options, true);
}
