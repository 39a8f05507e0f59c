/** `remux` for programs: puts recordings into another container without encoding anything anew. */
import { inNaturalOrder } from '../commands/remux/input-order.ts';
import { outputKindOf } from '../commands/remux/output-kind.ts';
import { remux as remuxRecordings } from '../commands/remux/remux.ts';
import { SalvorError } from '../media/errors.ts';
import type { RecordingReport } from '../media/report.ts';
import { withoutStep, type OutputOptions } from './common.ts';

/** What `remux` takes. */
export interface RemuxOptions extends OutputOptions {
  /** Path of what is made; its ending (`.mp4`, `.flv` or `.ts`) is the container. */
  readonly output: string;
  /** What becomes of time in which nothing was recorded between two inputs; `keep` by default. */
  readonly gaps?: 'keep' | 'close';
  /** Join the inputs as they are given, not by the numbers in their names. */
  readonly asGiven?: boolean;
}

/**
 * Makes one MP4, FLV or transport stream of recordings, which become one timeline. The inputs are only read.
 *
 * @param inputs - the file, or the parts of one recording: FLV, transport stream, MP4, or any file of a staging set
 * @returns what was made; what could not be carried over is among its findings
 * @throws SalvorError with everything as it was: `unreadable`, `unrecoverable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function remux(inputs: string | readonly string[], options: RemuxOptions): Promise<RecordingReport> {
  const paths = typeof inputs === 'string' ? [inputs] : inputs;
  if (paths.length === 0) throw new SalvorError('usage', 'there is no input');
  const { output, gaps = 'keep', asGiven = false, force = false, dryRun = false } = options;
  return remuxRecordings(asGiven ? paths : inNaturalOrder(paths), {
    output,
    kind: outputKindOf(output),
    gaps,
    replace: force,
    dryRun,
    wait: options.waitSeconds,
    signal: options.signal,
    progress: withoutStep(options.onProgress),
  });
}
