/** `ts-fix` for programs: repairs MPEG transport streams that are damaged, without tables, or with several clocks. */
import { fixTs as fixStream } from '../commands/ts-fix/fix.ts';
import { waitUntilClosed } from '../io/open-for-writing.ts';
import type { RecordingReport } from '../media/report.ts';
import { fixedPath } from '../rescue/making/result-names.ts';
import { plainChoices } from '../rescue/mpegts/plan.ts';
import { ignoreProgress, withoutStep, type OutputOptions } from './common.ts';

/** What `fixTs` takes. */
export interface FixTsOptions extends OutputOptions {
  /** Path of the result; by default the file itself where only values change, `NAME.fixed.ts` where packets are left out. */
  readonly output?: string;
  /** What becomes of PES packets that are not whole: what is whole of them stays (the default), they go, or they stay. */
  readonly torn?: 'trim' | 'drop' | 'keep';
  /** Keep scrambled stretches, which are left out by default. */
  readonly keepScrambled?: boolean;
  /** Leave out null packets. */
  readonly dropNull?: boolean;
  /** Begin with the first picture that can be decoded. */
  readonly fromFirstKey?: boolean;
  /** Make one timeline of all clocks: over resets, wraps and joins. */
  readonly retime?: boolean;
}

/**
 * Repairs one transport stream.
 *
 * @param path - the file, whatever its name ends in
 * @returns what was changed, kept and lost
 * @throws SalvorError with everything as it was: `unreadable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function fixTs(path: string, options: FixTsOptions = {}): Promise<RecordingReport> {
  await waitUntilClosed([path], options.waitSeconds ?? 0, options.signal);
  return fixStream(path, {
    output: options.output,
    beside: fixedPath(path, '.ts'),
    force: options.force ?? false,
    dryRun: options.dryRun ?? false,
    torn: options.torn ?? plainChoices.torn,
    keepScrambled: options.keepScrambled ?? plainChoices.keepScrambled,
    dropNull: options.dropNull ?? plainChoices.dropNull,
    fromFirstKey: options.fromFirstKey ?? plainChoices.fromFirstKey,
    retime: options.retime ?? plainChoices.retime,
    signal: options.signal,
    progress: withoutStep(options.onProgress) ?? ignoreProgress,
  });
}
