/** `probe` for programs: says what a recording is and whether it is intact. */
import { jsonForm } from '../commands/probe/json-form.ts';
import { probeTarget } from '../commands/probe/probe.ts';
import { findTargets } from '../commands/probe/targets.ts';
import { SalvorError } from '../media/errors.ts';
import type { ProbeReport } from '../media/probe-report.ts';
import type { ProbedRecording } from '../media/probed-recording.ts';
import { version } from '../version.ts';
import type { CommonOptions } from './common.ts';

/** What `probe` takes. */
export interface ProbeOptions extends CommonOptions {
  /** Read all of the media, and not only index, head and tail. */
  readonly deep?: boolean;
}

/**
 * Says what a recording is, whether it is intact, and what to do about it. The content decides, never the name; nothing is
 * written.
 *
 * @param path - a file, or any file of a staging set, or the name it was recorded under
 * @returns what was found; `health.verdict` is the answer, `health.advice` what to run
 * @throws SalvorError `unreadable` for a file that is not there or cannot be read, `usage` for a directory
 */
export async function probe(path: string, options: ProbeOptions = {}): Promise<ProbedRecording> {
  const { deep = false, signal, onProgress } = options;
  const refuse = (error: SalvorError): never => {
    throw error;
  };
  for (const target of findTargets([path], false, refuse)) {
    if (target === undefined) continue;
    const inspect = {
      deep,
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { progress: onProgress }),
    };
    return probeTarget(target, inspect, ({ recording }) => recording);
  }
  throw new SalvorError('unreadable', 'there is nothing to look at', { file: path });
}

/**
 * What was found in the form that `salvor probe --json` prints: `format` and `streams` by ffprobe's names, and `health`.
 *
 * @param recording - what `probe` gave
 * @returns a plain object for `JSON.stringify`
 */
export function ffprobeForm(recording: ProbedRecording): ProbeReport {
  return jsonForm(recording, version);
}
