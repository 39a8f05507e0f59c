/** `ts-split` for programs: cuts an MPEG transport stream at IDR pictures, packet for packet. */
import { PartTargets } from '../commands/ts-split/part-targets.ts';
import type { RandomAccess } from '../rescue/splitting/random-access.ts';
import { splitRecording } from '../commands/ts-split/split-recording.ts';
import { SalvorError } from '../media/errors.ts';
import type { RecordingReport } from '../media/report.ts';
import { refuseFileOfOtherKind } from '../rescue/recording-kind.ts';
import type { OutputOptions } from './common.ts';

/** What `splitTs` takes. At least one of the rules that say where to cut has to be given; the first that holds cuts. */
export interface SplitTsOptions extends OutputOptions {
  /** Cut at the first IDR picture this many seconds after the part began. */
  readonly durationSeconds?: number;
  /** Cut at the first IDR picture once a part has this many bytes. */
  readonly size?: number;
  /** Cut into so many parts of about the same duration. */
  readonly count?: number;
  /** Cut at the first IDR picture at or after each of these times: seconds from the beginning, rising. */
  readonly atSeconds?: readonly number[];
  /** Cut at every IDR picture. */
  readonly everyIdr?: boolean;
  /** Cut where the tables change. */
  readonly splitOnChange?: boolean;
  /** Which pictures a part may begin with; `idr` by default. */
  readonly randomAccess?: RandomAccess;
  /** Repeat parameter sets that the first picture of a part lacks; true by default. */
  readonly parameterSets?: boolean;
  /** A directory, or a path with a pattern as its last name; by default the directory of the first input. */
  readonly output?: string;
  /** Names of the parts: `%04d` the number, `%s` the stream, `%Y%m%d-%H%M%S` the time. */
  readonly pattern?: string;
  /** Number of the first part, 0 by default; `auto`: the one after the highest that is there. */
  readonly startNumber?: number | 'auto';
  /** Also write an HLS playlist of the parts to this path. */
  readonly playlist?: string;
}

/**
 * Cuts one transport stream into parts.
 *
 * @param inputs - the file, or the files that are one stream, in order
 * @returns what was made: `parts` has a line for each
 * @throws SalvorError with everything as it was: `unreadable`, `output`, `busy`, `interrupted`, `usage`
 */
export async function splitTs(inputs: string | readonly string[], options: SplitTsOptions): Promise<RecordingReport> {
  const paths = typeof inputs === 'string' ? [inputs] : inputs;
  const { durationSeconds, size, count, atSeconds, everyIdr = false, splitOnChange = false, playlist } = options;
  const rules = [durationSeconds, size, count, atSeconds];
  if (rules.every((rule) => rule === undefined) && !everyIdr && !splitOnChange) {
    throw new SalvorError('usage', 'nothing says where to cut', { advice: 'give durationSeconds, size or count' });
  }
  if (paths.length === 0) throw new SalvorError('usage', 'there is no input');
  for (const path of paths) refuseFileOfOtherKind(path, 'mpegts');
  const { report, failure } = await splitRecording({
    inputs: paths,
    targets: new PartTargets({
      output: options.output,
      pattern: options.pattern,
      startNumber: options.startNumber,
      force: options.force ?? false,
      inputs: paths,
    }),
    rules: {
      durationSeconds,
      size,
      atSeconds,
      everyEntry: everyIdr,
      atChanges: splitOnChange,
    },
    count,
    randomAccess: options.randomAccess ?? 'idr',
    repeatParameterSets: options.parameterSets ?? true,
    playlist,
    replace: options.force ?? false,
    dryRun: options.dryRun ?? false,
    tellsTracks: true,
    wait: options.waitSeconds,
    signal: options.signal,
    progress: options.onProgress,
  });
  if (failure !== undefined) throw failure;
  return report;
}
