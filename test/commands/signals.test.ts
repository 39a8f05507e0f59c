/**
 * Every verb and mode is asked to stop early in its work, in the middle and near the end, what changes nothing at the end too: it ends for that reason, with the
 * exit code that says so, and nothing is left of what it did. Where it is in its work is told by the calls it has made, so
 * that the moment is the same on every machine; how soon it ends is measured by the benchmark `signals`.
 */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { noFaults } from '../support/faults.ts';
import { countCalls, makeLongRuns, stopAt, type LongRun } from '../support/long-runs.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { trialsOf } from '../support/trials.ts';

const inputBytes = 6e6;
const shares = trialsOf([0.1, 0.5, 0.9], 2);
const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;

// A run that is stopped waits between its calls; other folders are worked on meanwhile.
const options = { skip: noFaults ?? false, concurrency: 3 };

void test('a signal ends every verb and mode wherever it is in its work', options, async (t) => {
  const directory = scratchDirectory(t);
  const runs = [...(await makeLongRuns(directory, inputBytes, false)).entries()];
  const folders = [...new Set(runs.map(([, run]) => run.directory))];
  const inFolder = async (folder: string): Promise<void> => {
    for (const [n, run] of runs) if (run.directory === folder) await isStopped(t, n, run);
  };
  await Promise.all(folders.map(inFolder));
});

async function isStopped(t: TestContext, n: number, run: LongRun): Promise<void> {
  await t.test(run.name, async () => {
    const calls = await countCalls(run);
    // What changes nothing is stopped by a signal at its very last call too: nothing is done yet that could stay.
    const changesNothing = run.args[0] === 'probe' || run.args.includes('-n');
    for (const [m, share] of (changesNothing ? [...shares, 1] : shares).entries()) {
      const [signal, code] = signals[(n + m) % signals.length]!;
      const { status, signal: by, stderr, changes } = await stopAt(run, Math.ceil(calls * share), signal);
      assert.equal(status ?? by, code, `${signal} at ${share} of ${calls} calls: ${stderr}`);
      // Parts that were complete stay.
      const isLeft = (name: string): boolean => run.args[0] !== 'ts-split' || !/^part_\d+\.ts$/.test(name);
      assert.deepEqual(changes.filter(isLeft), [], `${signal} at ${share}`);
      assert.match(stderr, /interrupted/);
    }
  });
}
