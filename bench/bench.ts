/**
 * `npm run bench [NAME…]`: runs the benchmarks and ends with 1 where a promise was not kept. README.md in
 * this folder says what they measure and what they gave.
 */
import { parseArgs } from 'node:util';
import { benchAac } from './aac.ts';
import { benchCarver } from './carver.ts';
import { benchCombine } from './combine.ts';
import { benchFlvFix } from './flv-fix.ts';
import { benchGrowth } from './growth.ts';
import { Verdict } from './measure.ts';
import { benchPacing } from './pacing.ts';
import { benchProbe } from './probe.ts';
import { benchKills, benchQueue } from './queue.ts';
import { benchProcessor } from './processor.ts';
import { benchRecordKills } from './record-kills.ts';
import { benchInPlace } from './in-place.ts';
import { benchRecordShutdown } from './record-shutdown.ts';
import { benchRecord } from './record.ts';
import { benchRepair } from './repair.ts';
import { benchScore } from './score.ts';
import { benchSharing } from './sharing.ts';
import { benchSignals } from './signals.ts';
import { benchStartUp } from './start-up.ts';
import { benchSweep } from './sweep.ts';
import { benchTsFix } from './ts-fix.ts';
import { benchTsSplit } from './ts-split.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string' },
    gigabytes: { type: 'string' },
    hours: { type: 'string' },
    megabytes: { type: 'string', default: '60' },
    only: { type: 'string' },
    other: { type: 'string' },
    'only-with-reference': { type: 'boolean', default: false },
    files: { type: 'string' },
    jobs: { type: 'string' },
    server: { type: 'string', default: 'redis' },
  },
});

/** `1,3,10`; none of an empty text. */
function numbers(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}

const verdict = new Verdict();
const benchmarks: Readonly<Record<string, () => Promise<void>>> = {
  'start-up': () => benchStartUp(Number(values.rounds ?? 31), verdict),
  aac: () => benchAac({ megabytes: Number(values.megabytes), rounds: Number(values.rounds ?? 5) }, verdict),
  carver: () => benchCarver({ gigabytes: Number(values.gigabytes ?? 1), rounds: Number(values.rounds ?? 3) }, verdict),
  combine: () =>
    benchCombine({ gigabytes: Number(values.gigabytes ?? 3.3), rounds: Number(values.rounds ?? 5) }, verdict),
  'ts-split': () =>
    benchTsSplit(
      { gigabytes: Number(values.gigabytes ?? 2), rounds: Number(values.rounds ?? 5), other: values.other },
      verdict,
    ),
  'ts-fix': () => benchTsFix(verdict),
  'flv-fix': () =>
    benchFlvFix({ gigabytes: Number(values.gigabytes ?? 2), rounds: Number(values.rounds ?? 5) }, verdict),
  record: () => benchRecord({ gigabytes: Number(values.gigabytes ?? 1), rounds: Number(values.rounds ?? 3) }, verdict),
  'record-kills': () => benchRecordKills(Number(values.rounds ?? 200), Number(values.jobs ?? 1), verdict),
  'in-place': () => benchInPlace(Number(values.rounds ?? 20), verdict),
  'record-shutdown': () => benchRecordShutdown(Number(values.rounds ?? 50), Number(values.jobs ?? 1), verdict),
  repair: () => benchRepair({ gigabytes: Number(values.gigabytes ?? 2), rounds: Number(values.rounds ?? 3) }, verdict),
  processor: () => benchProcessor({ gigabytes: Number(values.gigabytes ?? 1), rounds: Number(values.rounds ?? 3) }),
  pacing: () => benchPacing({ gigabytes: Number(values.gigabytes ?? 1), rounds: Number(values.rounds ?? 5) }, verdict),
  sharing: () =>
    benchSharing({ gigabytes: numbers(values.gigabytes ?? '1,3,10'), rounds: Number(values.rounds ?? 3) }, verdict),
  growth: () =>
    benchGrowth(
      {
        gigabytes: numbers(values.gigabytes ?? '1,3,10'),
        hours: numbers(values.hours ?? '1,10,30'),
        only: values.only,
      },
      verdict,
    ),
  signals: () =>
    benchSignals({ gigabytes: Number(values.gigabytes ?? 1), rounds: Number(values.rounds ?? 20) }, verdict),
  sweep: () => benchSweep({ files: Number(values.files ?? 2000), jobs: Number(values.jobs ?? 2) }, verdict),
  queue: () => benchQueue({ files: Number(values.files ?? 2000), server: values.server }),
  kills: () => benchKills(Number(values.rounds ?? 100)),
  probe: () => benchProbe({ gigabytes: Number(values.gigabytes ?? 2), rounds: Number(values.rounds ?? 7) }, verdict),
};

const names = positionals.length === 0 ? Object.keys(benchmarks) : positionals;
const unknown = names.find((name) => !(name in benchmarks));
if (names[0] === 'score') {
  await benchScore({ folders: names.slice(1), only: values.only, onlyWithReference: values['only-with-reference'] });
} else if (unknown !== undefined) {
  console.error(`there is no benchmark ${unknown}; there are ${Object.keys(benchmarks).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const name of names) await benchmarks[name]!();
  if (!verdict.kept) process.exitCode = 1;
}
