/** A sweep that is killed at random moments, and swept again: it has to end as one that never was. For the test and the bench. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runProgram, startProgram } from './programs.ts';
import { contents, makeTree } from './sweep-tree.ts';

/** What happened. */
export interface KillTrialResult {
  readonly kills: number;
  /** Runs that had come to their end before they were to be killed. */
  readonly ended: number;
}

/** Milliseconds: a run starts within a quarter of a second and works for about one. */
const [earliest, latest] = [100, 1500];

/** Runs it in an empty folder; `seed` decides the moments. After so many kills of a tree two sweeps at once finish it. */
export async function runKillTrial(
  folder: string,
  { kills, killsPerTree, seed }: { readonly kills: number; readonly killsPerTree: number; readonly seed: number },
): Promise<KillTrialResult> {
  const truthFolder = join(folder, 'truth');
  mkdirSync(truthFolder);
  makeTree(truthFolder);
  assert.equal((await runProgram('salvor', ['sweep', truthFolder])).status, 0);
  const truth = contents(truthFolder);
  let state = seed;
  const moment = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return earliest + (state / 2 ** 32) * (latest - earliest);
  };
  let ended = 0;
  for (let killed = 0; killed < kills;) {
    const root = join(folder, `tree-${killed}`);
    mkdirSync(root);
    makeTree(root);
    for (let round = 0; round < killsPerTree && killed < kills; round++, killed++) {
      const { child, done } = startProgram('salvor', ['sweep', '--min-age', '0', '-j', '2', root]);
      await sleep(moment());
      child.kill('SIGKILL');
      if ((await done).signal === null) ended++;
    }
    // Workers whose sweep has gone end at a safe point.
    await sleep(500);
    const both = await Promise.all([1, 2].map(async () => runProgram('salvor', ['sweep', '--min-age', '0', root])));
    assert.ok(
      both.every(({ status }) => status === 0 || status === 75),
      both.map(({ stderr }) => stderr).join(),
    );
    assert.equal((await runProgram('salvor', ['sweep', '--min-age', '0', root])).status, 0);
    assert.deepEqual(contents(root), truth);
    const left = (readdirSync(root, { recursive: true }) as string[]).filter((name) => name.includes('.salvor-'));
    assert.deepEqual(left, []);
    rmSync(root, { recursive: true });
  }
  return { kills, ended };
}
