/**
 * Carving a large set whose index is gone: how many times as long it takes as merely reading its media (`cat`), by itself and
 * with the MP4 written and checked, and how much memory. The set is a genuine recording repeated, as its server leaves it when
 * `.info` and both track files are lost.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../test/support/programs.ts';
import { makeLargeSet } from './make-set.ts';
import {
  best,
  inTurns,
  median,
  megabytes,
  peak,
  run,
  settle,
  table,
  type Contestant,
  type Verdict,
} from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const megabyte = 1024 * 1024;
const maxMemoryMegabytes = 150;
/**
 * The best tool for the purpose takes 3.4 s a gigabyte (untrunc) where `cat` takes about a quarter of a second. Half as much
 * again is what is allowed.
 */
const toCat = 20;

export interface CarverOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchCarver({ gigabytes, rounds }: CarverOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const recording = join(workDirectory, 'rec.mp4');
    const made = makeLargeSet(recording, gigabytes * 1e9);
    for (const suffix of ['.info', '.track1', '.track2']) rmSync(recording + suffix);
    settle();
    const media = `${recording}.mdat`;
    console.log(`${megabytes(statSync(media).size)} of media without an index, ${made.samples} samples.`);
    const carve = [programPath('salvor'), 'mp4writer', '--recovery', '--dry-run', '--quiet', recording];
    const output = join(workDirectory, 'out.mp4');
    const write = [programPath('salvor'), 'mp4writer', '--recovery', '--quiet', '--output', output, recording];
    const removeOutput = (): void => {
      rmSync(output, { force: true });
      settle();
    };
    const contestants: Contestant[] = [
      { name: 'cat FILE >/dev/null', run: () => run('sh', ['-c', `cat '${media}' >/dev/null`]) },
      { name: 'salvor mp4writer --recovery -n', run: () => run(process.execPath, carve, { memory: 'exit' }) },
      {
        name: 'salvor mp4writer --recovery',
        prepare: removeOutput,
        run: () => run(process.execPath, write, { memory: 'exit' }),
      },
    ];
    const runs = await inTurns(contestants, rounds);
    const [theirs, ours, whole] = contestants.map(({ name }) => runs.get(name)!) as [never[], never[], never[]];
    const rows = contestants.map(({ name }) => {
      const own = runs.get(name)!;
      const share = (best(own) / best(theirs)).toFixed(1);
      return [
        name,
        `${best(own).toFixed(2)} s`,
        `${median(own).toFixed(2)} s`,
        share,
        peak(own) === 0 ? '' : megabytes(peak(own)),
      ];
    });
    console.log(table([['', 'best', 'median', 'time / cat', 'peak memory'], ...rows]));
    console.log(
      table([
        ['time to that of cat, without writing', verdict.atMost(best(ours) / best(theirs), toCat)],
        ['peak memory in MiB', verdict.atMost(peak(ours) / megabyte, maxMemoryMegabytes)],
        ['peak memory in MiB, the MP4 written', verdict.atMost(peak(whole) / megabyte, maxMemoryMegabytes)],
      ]),
    );
  });
}
