/**
 * After any kill or error at any system call the same command run again ends right, nothing is worse than before, and no
 * temporary is left. SALVOR_FAULTS sets how many faults of a kind each scenario is tried with; `all` tries every one.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sweep } from '../support/fault-sweep.ts';
import { noFaults } from '../support/faults.ts';
import { FaultyWorkers } from '../support/faulty-workers.ts';
import { scenarios } from './scenarios.ts';
import { trialCount } from '../support/trials.ts';

const asked = process.env['SALVOR_FAULTS'];
const number = asked === 'all' ? Infinity : Number(asked);
const most =
  asked === undefined ? { kills: trialCount(40), errors: trialCount(20) } : { kills: number, errors: number };

describe('whatever happens, the same command again ends right', { skip: noFaults ?? false }, () => {
  let workers: FaultyWorkers;
  const tried = { kills: 0, errors: 0 };
  before(() => void (workers = new FaultyWorkers()));
  after(() => workers.close());

  for (const scenario of scenarios) {
    test(scenario.name, async (t) => {
      const { kills, errors } = await sweep(t, scenario, workers, most);
      t.diagnostic(`${kills} kills, ${errors} errors`);
      tried.kills += kills;
      tried.errors += errors;
    });
  }

  test('at a thousand moments of a kill, and with five hundred errors, or a quarter of them', () => {
    assert.ok(
      tried.kills >= trialCount(1000) && tried.errors >= trialCount(500),
      `${tried.kills} kills, ${tried.errors} errors`,
    );
  });
});
