/**
 * How soon a signal ends a run: every verb and mode, stopped at moments spread over its whole length. The worst counts, and
 * that nothing is left behind.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { makeLongRuns, stopAfter, timeToEnd } from '../test/support/long-runs.ts';
import { table, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** What was promised: half a second. */
const maxSeconds = 0.5;
const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export interface SignalsOptions {
  readonly gigabytes: number;
  /** Moments at which each run is stopped. */
  readonly rounds: number;
}

/** Whether the work was done: while Node itself ends, a signal is the system's, and its code in a shell the same. */
function wasOver({ signal, changes }: Awaited<ReturnType<typeof stopAfter>>): boolean {
  return signal !== null && !changes.some((name) => name.includes('salvor'));
}

export async function benchSignals({ gigabytes, rounds }: SignalsOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const runs = await makeLongRuns(workDirectory, gigabytes * 1e9, true);
    const rows = [['', 'whole run', 'stopped', 'worst', 'at', 'wrong code', 'left behind', '']];
    for (const run of runs) {
      const whole = await timeToEnd(run);
      let [stopped, worst, worstAt, wrong, left] = [0, 0, 0, 0, 0];
      for (let round = 0; round < rounds; round++) {
        const share = (round + 0.5) / rounds;
        const [signal, code] = Object.entries(signals)[round % 3] as [keyof typeof signals, number];
        const result = await stopAfter(run, whole * share, signal);
        if (result.status === 0 || result.seconds === 0 || wasOver(result)) continue;
        stopped++;
        if (result.seconds > worst) [worst, worstAt] = [result.seconds, share];
        if (result.status !== code) wrong++;
        left += result.changes.length;
        await sleep(20);
      }
      const row = [
        run.name,
        `${whole.toFixed(2)} s`,
        `${stopped} of ${rounds}`,
        `${(worst * 1000).toFixed(0)} ms`,
        `${(worstAt * 100).toFixed(0)} %`,
        String(wrong),
        String(left),
        verdict.atMost(worst + (wrong + left) * maxSeconds, maxSeconds),
      ];
      rows.push(row);
      console.error(row.join('  '));
    }
    console.log(table(rows));
  });
}
