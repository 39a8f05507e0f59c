/**
 * What would come back of a recording that is not complete: the verb of the first advice is asked, which does all but write.
 * So what is said here and by that verb with `--dry-run` is one.
 */
import { collectGarbage } from '../../io/resident-memory.ts';
import { throwIfInterrupted } from '../../media/errors.ts';
import type { Expected, ProbedRecording } from '../../media/probed-recording.ts';
import type { OperationReport } from '../../media/report.ts';
import { capturedTerminal } from '../../ui/captured-terminal.ts';
import type { Terminal } from '../../ui/terminal.ts';
import type { RunSalvor } from '../index.ts';

/** So much memory is in use only where a look took much. */
const muchMemory = 100 * 1024 * 1024;

/** Verbs whose report tells of tracks. */
const finishing: ReadonlySet<string> = new Set(['mp4writer', 'repair', 'flv-fix', 'ts-fix']);

/** The recording with what is expected of it, where some advice can be followed. Throws `interrupted`. */
export async function withExpected(
  recording: ProbedRecording,
  runSalvor: RunSalvor,
  environment: Terminal['environment'],
  signal: AbortSignal,
): Promise<ProbedRecording> {
  const words = recording.health.advice[0]?.words;
  const [verb] = words ?? [];
  if (recording.health.verdict === 'complete' || words === undefined || !finishing.has(verb!)) return recording;
  collectGarbage(muchMemory);
  const { terminal, printed } = capturedTerminal(environment);
  await runSalvor([verb!, '--dry-run', '--json', ...words.slice(1)], terminal, signal);
  throwIfInterrupted(signal);
  if (printed.out === '') return recording;
  const [report] = (JSON.parse(printed.out) as OperationReport).recordings;
  if (report === undefined || report.tracks.length === 0) return recording;
  const { tracks, unindexed } = report;
  const expected: Expected = { verb: verb!, tracks, unindexed };
  return { ...recording, expected };
}
