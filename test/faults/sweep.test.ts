/**
 * After any kill or error at any system call the same command run again ends right, nothing is worse than before, and no
 * temporary is left. SALVOR_FAULTS sets how many faults of a kind each scenario is tried with; `all` tries every one.
 */
import { describe, test } from 'node:test';
import { sweep, type Scenario } from '../support/fault-sweep.ts';
import { noFaults } from '../support/faults.ts';
import {
  flvScenarios,
  inPlaceScenario,
  repairScenarios,
  splitScenarios,
  stagingScenarios,
  tsFixScenarios,
} from './scenarios.ts';

const asked = process.env['SALVOR_FAULTS'];
const most = asked === 'all' ? Infinity : Number(asked ?? 24);

/** ts-fix writes through what flv-fix writes through. */
const fewFaults = 6;
const mostOf = (scenario: Scenario): number =>
  asked === undefined && tsFixScenarios.includes(scenario) ? fewFaults : most;

const scenarios: readonly Scenario[] = [
  ...flvScenarios,
  ...repairScenarios,
  inPlaceScenario,
  ...splitScenarios,
  ...tsFixScenarios,
  ...stagingScenarios,
];

describe('whatever happens, the same command again ends right', { skip: noFaults ?? false }, () => {
  for (const scenario of scenarios) {
    for (const kind of ['kills', 'errors'] as const) {
      test(`${scenario.name}: ${kind}`, async (t) => {
        const done = await sweep(t, scenario, kind, mostOf(scenario));
        t.diagnostic(`${done} ${kind}`);
      });
    }
  }
});
