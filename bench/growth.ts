/**
 * How the cost of each verb grows with what it is given: media of several sizes, and recordings of several lengths whose
 * samples are small. Work that is in proportion costs the same for each gigabyte and each hour; what does not is seen here
 * before somebody has a recording that long. No limits of time: a run is held to the smallest of the same table, and by the
 * time that is not the kernel's, whose writing costs what the disk and the memory of the machine make it cost.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { unclose } from '../test/support/long-runs.ts';
import { programPath } from '../test/support/programs.ts';
import { makeDaySet, makeLargeSet } from './make-set.ts';
import { costOf, megabytes, settle, table, type Cost, type Verdict } from './measure.ts';
import { emptyWorkDirectory, inWorkDirectory, workDirectory } from './work-directory.ts';

/** What a unit costs in the largest run, at most, of what it costs in the smallest. */
const maxGrowth = 1.3;

export interface GrowthOptions {
  /** Sizes of media, rising. */
  readonly gigabytes: readonly number[];
  /** Lengths of recordings with small samples, rising. */
  readonly hours: readonly number[];
  /** Part of the name of the verbs that are run; all unless given. */
  readonly only: string | undefined;
}

/** Recordings that differ in how much of them there is. */
interface Kind {
  readonly unit: string;
  /** Makes a staging set of so many units. */
  readonly make: (path: string, amount: number) => void;
  /** An amount that makes a reference. */
  readonly small: number;
  readonly amounts: readonly number[];
}

/** A run, and what has to be done for its input first. */
interface Step {
  readonly verb: string;
  readonly prepare?: () => void;
  readonly words: readonly string[];
  /** What it makes; removed behind it. */
  readonly output?: string;
  /** What it makes is another's input: it is run whatever is asked for. */
  readonly isNeeded?: boolean;
}

const at = (name: string): string => join(workDirectory, name);
const salvor = (words: readonly string[]): string[] => [process.execPath, programPath('salvor'), ...words];

function ended(path: string): void {
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, anHourAgo, anHourAgo);
}

/** All verbs over one recording, of one kind and amount; each input goes as soon as nothing more is done with it. */
function steps({ make, small }: Kind, amount: number, ffmpeg: string): Step[] {
  const set = at('rec.mp4');
  const whole = at('whole.mp4');
  const made = at('out.mp4');
  const copied = (target: string, ...format: string[]): void => {
    const words = ['-nostdin', '-v', 'error', '-y', '-i', whole, '-c', 'copy', ...format, target];
    if (spawnSync(ffmpeg, words).status !== 0) throw new Error(`ffmpeg could not make ${target}`);
    ended(target);
  };
  return [
    { verb: 'mp4writer', prepare: () => make(set, amount), words: ['mp4writer', '-q', set, '-o', made], output: made },
    {
      verb: 'mp4writer --recovery, media alone',
      prepare: () => {
        for (const ending of ['info', 'track1', 'track2']) rmSync(`${set}.${ending}`, { force: true });
      },
      words: ['mp4writer', '-q', '--recovery', set, '-o', made],
      output: made,
    },
    {
      verb: 'repair',
      prepare: () => {
        make(at('small.mp4'), small);
        costOf(salvor(['mp4writer', '-q', '--remove-staging', at('small.mp4')]));
        renameSync(`${set}.mdat`, set);
        unclose(set);
        ended(set);
      },
      words: ['repair', '-q', '--reference', at('small.mp4'), set, '-o', whole],
      isNeeded: true,
    },
    {
      verb: 'remux',
      prepare: () => rmSync(set),
      words: ['remux', '-q', whole, '-o', made],
      output: made,
    },
    { verb: 'probe --deep', words: ['probe', '--deep', whole] },
    {
      verb: 'ts-split',
      prepare: () => {
        copied(at('rec.ts'), '-f', 'mpegts');
        mkdirSync(at('parts'));
      },
      words: ['ts-split', '-q', '--duration', '10m', at('rec.ts'), '-o', `${at('parts')}/`],
      output: at('parts'),
    },
    { verb: 'ts-fix', words: ['ts-fix', '-q', at('rec.ts'), '-o', at('out.ts')], output: at('out.ts') },
    { verb: 'probe --deep, TS', words: ['probe', '--deep', at('rec.ts')] },
    {
      verb: 'flv-fix --index',
      prepare: () => {
        rmSync(at('rec.ts'));
        copied(at('rec.flv'));
        rmSync(whole);
      },
      words: ['flv-fix', '-q', '--index', at('rec.flv'), '-o', at('out.flv')],
      output: at('out.flv'),
    },
    { verb: 'flv-fix -n', words: ['flv-fix', '-q', '-n', at('rec.flv')] },
  ];
}

/** Runs each verb over each amount, and shows what a unit costs more than in the smallest. */
export async function benchGrowth({ gigabytes, hours, only = '' }: GrowthOptions, verdict: Verdict): Promise<void> {
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) {
    console.log('  no ffmpeg here (run .ci/get-judges)');
    return;
  }
  const kinds: readonly Kind[] = [
    { unit: 'GB', make: (path, amount) => void makeLargeSet(path, amount * 1e9), small: 0.01, amounts: gigabytes },
    { unit: 'h', make: (path, amount) => void makeDaySet(path, amount * 3600), small: 0.02, amounts: hours },
  ];
  await inWorkDirectory(async () => {
    // Starting is no part of what grows.
    const start = costOf(salvor(['mp4writer', '--help'])).userSeconds;
    for (const kind of kinds) {
      if (kind.amounts.length > 0) show(kind, costsOf(kind, only, ffmpeg), start, verdict);
    }
  });
}

/** By verb, what each amount cost. */
function costsOf(kind: Kind, only: string, ffmpeg: string): Map<string, Cost[]> {
  const costs = new Map<string, Cost[]>();
  for (const amount of kind.amounts) {
    emptyWorkDirectory();
    for (const { verb, prepare, words, output, isNeeded = false } of steps(kind, amount, ffmpeg)) {
      prepare?.();
      settle();
      if (isNeeded || verb.includes(only)) {
        const cost = costOf(salvor(words));
        if (verb.includes(only)) costs.set(verb, [...(costs.get(verb) ?? []), cost]);
      }
      if (output !== undefined) rmSync(output, { recursive: true, force: true });
    }
  }
  return costs;
}

function show(
  { unit, amounts }: Kind,
  costs: ReadonlyMap<string, readonly Cost[]>,
  start: number,
  verdict: Verdict,
): void {
  const rows = [
    ['user + kernel, seconds', ...amounts.map((amount) => `${amount} ${unit}`), `a ${unit} costs`, '', 'memory'],
  ];
  for (const [verb, runs] of costs) {
    const each = runs.map(({ userSeconds }, index) => Math.max(0, userSeconds - start) / amounts[index]!);
    const growth = each.at(-1)! / each[0]!;
    const memory = runs.map(({ peakMemoryBytes }) => megabytes(peakMemoryBytes)).join(', ');
    const times = runs.map(
      ({ seconds, userSeconds }) => `${userSeconds.toFixed(2)} + ${(seconds - userSeconds).toFixed(2)}`,
    );
    rows.push([verb, ...times, `${growth.toFixed(2)} times`, verdict.atMost(growth, maxGrowth), memory]);
  }
  console.log(`Starting takes ${start.toFixed(2)} s, which is left out of what a unit costs.`);
  console.log(table(rows));
}
