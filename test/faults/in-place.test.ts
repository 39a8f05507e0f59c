/**
 * mp4writer --in-place, which writes to the only copy: after any kill and any error at any system call the same command again
 * ends right, and nothing is worse than before. SALVOR_FAULTS=all tries every one.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sweep, type Scenario } from '../support/fault-sweep.ts';
import { noFaults } from '../support/faults.ts';
import { FaultyWorkers } from '../support/faulty-workers.ts';
import { copyStagingCase } from '../support/fixtures.ts';

const isThorough = process.env['SALVOR_FAULTS'] === 'all';
const most = isThorough ? { kills: Infinity, errors: Infinity } : { kills: 24, errors: 12 };

function scenario(
  name: string,
  isOnDisk: boolean,
  group: 'clean' | 'crashed',
  set: string,
  ...options: readonly string[]
): Scenario {
  return {
    name: `${name}, ${isOnDisk ? 'in front where that is offered' : 'behind'}`,
    isOnDisk,
    program: 'salvor',
    args: (directory) => ['mp4writer', '-q', '--in-place', ...options, join(directory, 'rec.mp4')],
    stage: (directory) => copyStagingCase(group, set, directory),
    becomes: { 'rec.mp4.mdat': 'rec.mp4' },
  };
}

describe('whatever happens in place, the same command again ends right', { skip: noFaults ?? false }, () => {
  let workers: FaultyWorkers;
  before(() => void (workers = new FaultyWorkers()));
  after(() => workers.close());

  for (const one of [
    scenario('a clean set, removed', true, 'clean', 'short-1s', '--remove-staging'),
    scenario('a clean set, removed', false, 'clean', 'short-1s', '--remove-staging'),
    scenario('a recovery that leaves something, kept', true, 'crashed', 'b-08.70s', '--recovery', '--remove-staging'),
    scenario('a recovery of all', false, 'crashed', 'd-flush2-op06', '--recovery', '--remove-staging'),
  ]) {
    test(one.name, async (t) => {
      const { kills, errors } = await sweep(t, one, workers, most);
      t.diagnostic(`${kills} kills, ${errors} errors`);
      assert.ok(kills >= 24 && errors >= 12, `${kills} kills, ${errors} errors`);
    });
  }
});
