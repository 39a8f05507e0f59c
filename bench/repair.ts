/**
 * Repairing one large MP4 that never got its moov: what it takes beside `cat`, that reads the file and that copies it, and how
 * much memory. The media is a genuine recording repeated; a whole recording of the same stream is the reference.
 */
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
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
  type Run,
  type Verdict,
} from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const megabyte = 1024 * 1024;
const maxMemoryMegabytes = 150;
/** The best tool for the purpose takes 3.4 s a gigabyte (untrunc); half as much again is what is allowed. */
const secondsPerGigabyte = 1.5 * 3.4;
/** Bytes of the reference: an earlier recording of a few minutes. */
const referenceBytes = 20e6;

export interface RepairBenchOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchRepair({ gigabytes, rounds }: RepairBenchOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const salvor = programPath('salvor');
    const reference = join(workDirectory, 'earlier.mp4');
    makeLargeSet(reference, referenceBytes);
    await run(process.execPath, [salvor, 'mp4writer', '-q', '--remove-staging', reference]);
    const recording = join(workDirectory, 'rec.mp4');
    const { samples } = makeLargeSet(recording, gigabytes * 1e9);
    withoutMovie(`${recording}.mdat`, recording);
    for (const suffix of ['.info', '.track1', '.track2', '.mdat']) rmSync(recording + suffix);
    settle();
    const { size } = statSync(recording);
    console.log(`\nrepair: ${megabytes(size)} without a moov, ${samples} samples`);
    const target = join(workDirectory, 'made.mp4');
    const prepare = (): void => {
      rmSync(target, { force: true });
      settle();
    };
    const repair = [salvor, 'repair', '-q', recording, '-o', target];
    const contestants: Contestant[] = [
      { name: 'cat FILE >/dev/null', run: () => run('sh', ['-c', `cat '${recording}' >/dev/null`]) },
      { name: 'salvor repair -n', prepare, run: () => run(process.execPath, [...repair, '-n'], { memory: 'exit' }) },
      { name: 'cat FILE >COPY', prepare, run: () => run('sh', ['-c', `cat '${recording}' >'${target}' && sync`]) },
      { name: 'salvor repair', prepare, run: () => run(process.execPath, repair, { memory: 'exit' }) },
    ];
    const runs = await inTurns(contestants, rounds);
    const of = (name: string): Run[] => [...runs.get(name)!];
    const baselines: Readonly<Record<string, string>> = {
      'salvor repair -n': 'cat FILE >/dev/null',
      'salvor repair': 'cat FILE >COPY',
    };
    const rows = contestants.map(({ name }) => {
      const own = of(name);
      const base = baselines[name];
      return [
        name,
        `${best(own).toFixed(2)} s`,
        `${median(own).toFixed(2)} s`,
        `${((best(own) / size) * 1e9).toFixed(2)} s`,
        base === undefined ? '' : `${((100 * best(of(base))) / best(own)).toFixed(0)} %`,
        peak(own) === 0 ? '' : megabytes(peak(own)),
      ];
    });
    console.log(table([['', 'best', 'median', 'per GB', 'share of cat', 'peak memory'], ...rows]));
    const perGigabyte = (best(of('salvor repair')) / size) * 1e9;
    console.log(
      table([
        ['seconds a gigabyte', verdict.atMost(perGigabyte, secondsPerGigabyte)],
        ['peak memory in MiB', verdict.atMost(peak(of('salvor repair')) / megabyte, maxMemoryMegabytes)],
      ]),
    );
  });
}

/** A file as a recorder leaves it that was killed: ftyp, an mdat whose size was never filled in, media. */
function withoutMovie(media: string, target: string): void {
  const head = Buffer.from(
    '0000001866747970 69736f6d00000000 69736f6d61766331 00000000 6d646174'.replaceAll(' ', ''),
    'hex',
  );
  const [from, to] = [openSync(media, 'r'), openSync(target, 'w')];
  const block = Buffer.alloc(megabyte);
  writeSync(to, head);
  for (let at = 0; ;) {
    const length = readSync(from, block, 0, block.length, at);
    if (length === 0) break;
    writeSync(to, block, 0, length);
    at += length;
  }
  closeSync(from);
  closeSync(to);
}
