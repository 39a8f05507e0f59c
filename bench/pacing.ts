/**
 * What it costs that the event loop turns while work lasts, so that signals are heard and the progress bar moves: the same
 * runs with turns and without, whole processes of the modules as they are compiled, one after the other. What counts is the
 * time of the processor: it is the same on a machine that does other work too. By itself it is a program that makes one such
 * run: `node dist/bench/pacing.js turns|none WORDS…` writes the seconds to descriptor 3.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Pace } from '../src/io/pace.ts';
import { main } from '../src/programs.ts';
import { runProcess } from '../test/support/run-process.ts';
import { makeFlv } from './make-flv.ts';
import { makeDaySet, makeLargeSet } from './make-set.ts';
import { table, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const maxRatio = 1.03;

export interface PacingOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchPacing({ gigabytes, rounds }: PacingOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const at = (name: string): string => join(workDirectory, name);
    makeFlv(at('large.flv'), { bytes: gigabytes * 1e9, picturesPerSecond: 30, pictureBytes: 3000, keyFrameEvery: 60 });
    makeLargeSet(at('large.mp4'), gigabytes * 1e9);
    makeDaySet(at('day.mp4'));
    const works: readonly (readonly [string, readonly string[]])[] = [
      ['probe --deep, FLV', ['probe', '--deep', at('large.flv')]],
      ['flv-fix --index --retime -n', ['flv-fix', '-q', '-n', '--index', '--retime', at('large.flv')]],
      ['probe --deep, staging', ['probe', '--deep', at('large.mp4')]],
      ['mp4writer -n, a day', ['mp4writer', '-q', '-n', at('day.mp4')]],
    ];
    const rows = [['processor', 'with turns', 'without', 'ratio', '']];
    for (const [name, words] of works) {
      const seconds = { turns: Infinity, none: Infinity };
      for (let round = 0; round < rounds; round++) {
        const sides = ['turns', 'none'] as const;
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
          seconds[side] = Math.min(seconds[side], await secondsOf(side, words));
        }
      }
      const ratio = seconds.turns / seconds.none;
      const times = [seconds.turns, seconds.none].map((one) => `${one.toFixed(2)} s`);
      rows.push([name, ...times, ratio.toFixed(3), verdict.atMost(ratio, maxRatio)]);
    }
    console.log(`\npacing: best of ${rounds} runs each, in turns\n${table(rows)}`);
  });
}

/** Seconds of the processor that a run takes. */
async function secondsOf(side: 'turns' | 'none', words: readonly string[]): Promise<number> {
  const { status, stderr, extra } = await runProcess(process.execPath, [import.meta.filename, side, ...words], {
    timeoutSeconds: 600,
  });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  return Number(extra);
}

if (process.argv[1] === import.meta.filename) {
  const [side, ...words] = process.argv.slice(2);
  if (side === 'none') Object.defineProperty(Pace.prototype, 'isDue', { get: () => false });
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, String((user + system) / 1e6));
  });
  await main('salvor', words);
}
