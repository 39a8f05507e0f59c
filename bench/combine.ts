/**
 * Combining a large set against the tools a user would pick instead: `cp` of its media (the least that any copying costs)
 * and ffmpeg's remuxing of the same media to a fast-start MP4. And how much memory that takes, up to a day of recording.
 *
 * `cp` leaves its bytes in the page cache; salvor returns when they are on the disk. Both are compared as they are, and a
 * `cp` followed by `sync` of its file is shown beside them.
 */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { makeDaySet, makeLargeSet, type MadeSet } from './make-set.ts';
import {
  best,
  comparison,
  inTurns,
  megabytes,
  peak,
  run,
  settle,
  table,
  type Contestant,
  type Verdict,
} from './measure.ts';
import { emptyWorkDirectory, inWorkDirectory, workDirectory } from './work-directory.ts';

const toCopy = 1.8;
const toFfmpeg = 0.75;
const megabyte = 1024 * 1024;
const largeSetMemory = 120;
const daySetMemory = 200;

export interface CombineOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchCombine(options: CombineOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    await largeSet(options, verdict);
    emptyWorkDirectory();
    await daySet(verdict);
  });
}

function describe({ samples, mediaBytes, seconds }: MadeSet): string {
  return `${megabytes(mediaBytes)} of media, ${samples} samples, ${(seconds / 3600).toFixed(1)} h of recording`;
}

async function largeSet({ gigabytes, rounds }: CombineOptions, verdict: Verdict): Promise<void> {
  const recording = join(workDirectory, 'large.mp4');
  const made = makeLargeSet(recording, gigabytes * 1e9);
  const media = `${recording}.mdat`;
  const input = join(workDirectory, 'in.mp4');
  const output = join(workDirectory, 'out.mp4');
  const salvor = (target: string): Promise<Awaited<ReturnType<typeof run>>> =>
    run(process.execPath, [programPath('salvor'), 'mp4writer', recording, '--output', target, '--quiet'], {
      memory: 'exit',
    });
  const prepare = (): void => {
    rmSync(output, { force: true });
    settle();
  };
  const contestants: Contestant[] = [
    { name: 'cp', prepare, run: () => run('cp', [media, output], { memory: 'poll' }) },
    { name: 'salvor mp4writer', prepare, run: () => salvor(output) },
    { name: 'cp + sync', prepare, run: () => run('sh', ['-c', 'cp "$0" "$1" && sync "$1"', media, output]) },
  ];
  console.log(`A large set: ${describe(made)}. ${rounds} runs each, in turns.`);
  const runs = await inTurns(contestants, rounds);
  const ours = runs.get('salvor mp4writer')!;
  console.log(comparison(contestants, runs, 'salvor mp4writer'));
  const promises = [
    ['time to that of cp', verdict.atMost(best(ours) / best(runs.get('cp')!), toCopy)],
    ['peak memory in MiB', verdict.atMost(peak(ours) / megabyte, largeSetMemory)],
  ];
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) console.log('  no ffmpeg here (run .ci/get-judges): not compared with it');
  else {
    // By itself: three gigabytes more in the page cache make every other run slower.
    await salvor(input);
    const words = ['-nostdin', '-v', 'error', '-y', '-i', input, '-c', 'copy', '-movflags', '+faststart', output];
    const remuxing: Contestant[] = [
      { name: 'salvor mp4writer', prepare, run: () => salvor(output) },
      { name: 'ffmpeg -c copy', prepare, run: () => run(ffmpeg, words, { memory: 'poll' }) },
    ];
    const remuxed = await inTurns(remuxing, rounds);
    console.log(comparison(remuxing, remuxed, 'salvor mp4writer'));
    const ratio = best(remuxed.get('salvor mp4writer')!) / best(remuxed.get('ffmpeg -c copy')!);
    promises.push(['time to that of ffmpeg', verdict.atMost(ratio, toFfmpeg)]);
  }
  console.log(table(promises));
}

async function daySet(verdict: Verdict): Promise<void> {
  const recording = join(workDirectory, 'day.mp4');
  const made = makeDaySet(recording);
  settle();
  console.log(`A day: ${describe(made)}. One run.`);
  const { seconds, peakMemoryBytes } = await run(
    process.execPath,
    [programPath('salvor'), 'mp4writer', recording, '--output', join(workDirectory, 'out.mp4'), '--quiet'],
    { memory: 'exit' },
  );
  const { size } = statSync(join(workDirectory, 'out.mp4'));
  console.log(
    table([
      ['', 'time', 'peak memory', 'MP4'],
      ['salvor mp4writer', `${seconds.toFixed(2)} s`, megabytes(peakMemoryBytes), megabytes(size)],
    ]),
  );
  console.log(table([['peak memory in MiB', verdict.atMost(peakMemoryBytes / megabyte, daySetMemory)]]));
}
