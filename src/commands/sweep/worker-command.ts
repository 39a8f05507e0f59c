/**
 * A worker of a sweep: a process of its own that is given one recording after the other, so that whatever happens to it costs
 * one recording and never the sweep. `runSalvor` runs the program within this process: a verb is loaded once.
 */
import { inheritedPipe, JsonLines } from '../../io/json-lines.ts';
import { SalvorError } from '../../media/errors.ts';
import { capturedTerminal } from '../../ui/captured-terminal.ts';
import type { RunSalvor } from '../index.ts';
import type { SweepOutcome } from '../../media/sweep-outcome.ts';
import type { WorkerAnswer, WorkerJob, WorkerReady } from '../../rescue/sweeping/worker-messages.ts';
import { workOn } from './work.ts';

/** Takes jobs from the process that started this one until that has gone. Resolves to the exit code. */
export async function serveSweep(runSalvor: RunSalvor, signal: AbortSignal): Promise<number> {
  const pipe = inheritedPipe();
  if (pipe === undefined) {
    process.stderr.write('salvor: sweep-worker is started by salvor sweep, not by hand\n');
    return 2;
  }
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  signal.addEventListener('abort', stop);
  const run = async (words: readonly string[]): Promise<{ code: number; out: string }> => {
    const { terminal, printed } = capturedTerminal(process.env);
    const code = await runSalvor(words, terminal, stopped.signal);
    const { out, err } = printed;
    if (code !== 0 && out === '') throw new SalvorError('unreadable', err.trim().replace(/^salvor: /, ''));
    return { code, out };
  };
  const answer = async (before: Promise<void>, job: WorkerJob): Promise<void> => {
    await before;
    const outcome = await outcomeOf(job, run);
    const told: WorkerAnswer = { outcome, residentBytes: process.memoryUsage.rss() };
    if (sweep.isOpen) sweep.send(told);
  };
  let last: Promise<void> = Promise.resolve();
  const sweep = new JsonLines(pipe, {
    message: (job) => void (last = answer(last, job as WorkerJob)),
    malformed: stop,
  });
  // Without the sweep nobody would hear of what is done; work ends at the next safe point.
  void sweep.closed().then(stop);
  const ready: WorkerReady = { isReady: true };
  sweep.send(ready);
  await new Promise<void>((resolve) => {
    if (stopped.signal.aborted) resolve();
    else stopped.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await last;
  await sweep.end();
  return 130;
}

async function outcomeOf(
  job: WorkerJob,
  run: (words: readonly string[]) => Promise<{ code: number; out: string }>,
): Promise<SweepOutcome> {
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  try {
    return { seconds: seconds(), ...(await workOn(job, run)) };
  } catch (error) {
    const isStopped = error instanceof SalvorError && error.kind === 'interrupted';
    const reason =
      error instanceof SalvorError ? error.describe() : error instanceof Error ? error.message : String(error);
    return { path: job.candidate.path, result: isStopped ? 'busy' : 'failed', reason, seconds: seconds() };
  }
}
