/**
 * Every verb and mode is asked to stop early in its work, in the middle and near the end: it ends for that reason, with the
 * exit code that says so, and nothing is left of what it did.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeLongRuns, stopAfter, timeToEnd } from '../support/long-runs.ts';
import { scratchDirectory } from '../support/scratch.ts';

const inputBytes = 60e6;
const shares = [0.1, 0.5, 0.9];
const signals = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const;
/** How fast a machine is changes while it is at other work as well: a moment that came too late is tried again. */
const mostTries = 6;

void test('a signal ends every verb and mode wherever it is in its work, and nothing is left', async (t) => {
  const directory = scratchDirectory(t);
  for (const [n, run] of (await makeLongRuns(directory, inputBytes, false)).entries()) {
    await t.test(run.name, async () => {
      let whole = await timeToEnd(run);
      for (const [m, share] of shares.entries()) {
        const [signal, code] = signals[(n + m) % signals.length]!;
        let isStopped = false;
        for (let tries = 0; tries < mostTries && !isStopped; tries++) {
          const { status, signal: by, stderr, changes, wholeSeconds } = await stopAfter(run, whole * share, signal);
          isStopped = status === code;
          if (isStopped) {
            // Parts that were complete stay.
            const isLeft = (name: string): boolean => run.args[0] !== 'ts-split' || !/^part_\d+\.ts$/.test(name);
            assert.deepEqual(changes.filter(isLeft), [], `${signal} at ${share}`);
            assert.match(stderr, /interrupted/);
          } else {
            // It had come to its end before.
            assert.ok(status === 0 || by === signal, `${signal} at ${share}: ${stderr}`);
            whole = Math.min(0.9 * whole, wholeSeconds);
          }
        }
        assert.ok(isStopped, `${signal} at ${share} did not stop it`);
      }
    });
  }
});
