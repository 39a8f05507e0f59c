/**
 * What it costs that the event loop turns while work lasts, so that signals are heard and the progress bar moves: the same
 * runs with turns and without, whole processes of the modules as they are compiled, one after the other. What counts is the
 * time of the processor: it is the same on a machine that does other work too. Two such runs still differ by more than what
 * the turns cost; so they are counted, too, and multiplied by what one costs by itself, measured in the same run: that is the
 * figure that is held. By itself it is a program that makes one such run: `node dist/bench/pacing.js turns|none WORDS…` writes
 * its seconds and counts to descriptor 3.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { Pace } from '../src/io/pace.ts';
import { load } from '../src/programs.ts';
import { runProcess } from '../test/support/run-process.ts';
import { makeFlv } from './make-flv.ts';
import { makeDaySet, makeLargeSet } from './make-set.ts';
import { median, table, type Verdict } from './measure.ts';
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
    const each = await costs();
    const rows = [['processor', 'with turns', 'without', 'ratio', 'asked', 'turns', 'their cost', '']];
    for (const [name, words] of works) {
      const runs: Record<Side, PacedRun[]> = { turns: [], none: [] };
      for (let round = 0; round < rounds; round++) {
        const sides = ['turns', 'none'] as const;
        for (const side of round % 2 === 0 ? sides : sides.toReversed()) {
          runs[side].push(await pacedRun(side, words));
        }
      }
      const [turns, none] = [median(runs.turns), median(runs.none)];
      const { asked, turned } = runs.turns[0]!;
      const share = (asked * each.question + turned * each.turn) / none;
      rows.push([
        name,
        `${turns.toFixed(2)} s`,
        `${none.toFixed(2)} s`,
        (turns / none).toFixed(3),
        String(asked),
        String(turned),
        `${(share * 100).toFixed(2)} %`,
        verdict.atMost(1 + share, maxRatio),
      ]);
    }
    console.log(
      `\npacing: medians of ${rounds} runs each, in turns; a question costs ${(each.question * 1e9).toFixed(0)} ns, a turn ${(each.turn * 1e6).toFixed(1)} µs\n${table(rows)}`,
    );
  });
}

type Side = 'turns' | 'none';

interface PacedRun {
  /** Of the processor. */
  readonly seconds: number;
  /** How often a pace was asked whether a turn is due. */
  readonly asked: number;
  /** How often the event loop turned. */
  readonly turned: number;
}

/** One run of salvor with these words. */
async function pacedRun(side: Side, words: readonly string[]): Promise<PacedRun> {
  const { status, stderr, extra } = await runProcess(process.execPath, [import.meta.filename, side, ...words], {
    timeoutSeconds: 600,
  });
  if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`);
  const [seconds, asked, turned] = extra.split(' ').map(Number) as [number, number, number];
  return { seconds, asked, turned };
}

/** Seconds of the processor that one question and one turn take. */
async function costs(): Promise<{ question: number; turn: number }> {
  const pace = new Pace(new AbortController().signal);
  const questions = 1_000_000;
  const turns = 20_000;
  const spent = (): number => process.cpuUsage().user + process.cpuUsage().system;
  const before = spent();
  let due = 0;
  for (let index = 0; index < questions; index++) due += pace.isDue ? 1 : 0;
  const between = spent();
  for (let index = 0; index < turns; index++) await pace.turn();
  const after = spent();
  if (due < 0) throw new Error('never');
  return { question: (between - before) / 1e6 / questions, turn: (after - between) / 1e6 / turns };
}

if (process.argv[1] === import.meta.filename) {
  const [side, ...words] = process.argv.slice(2);
  let [asked, turned] = [0, 0];
  const { get } = Object.getOwnPropertyDescriptor(Pace.prototype, 'isDue')!;
  const { turn } = Pace.prototype;
  Object.defineProperty(Pace.prototype, 'isDue', {
    get(this: Pace) {
      asked++;
      return side !== 'none' && (get!.call(this) as boolean);
    },
  });
  Pace.prototype.turn = function counted(this: Pace): Promise<void> {
    turned++;
    return turn.call(this);
  };
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeSync(3, `${(user + system) / 1e6} ${asked} ${turned}`);
  });
  await (
    await load('salvor', words)
  )();
}
