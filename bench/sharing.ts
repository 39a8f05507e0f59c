/**
 * What combining costs as sets grow, on a file system that copies and on two that let both files have the same blocks: time,
 * bytes that reach the disk, and how much of the MP4 is shared. XFS and btrfs are mounted in images (root, loop devices);
 * where that cannot be done it is said.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { AtomicOutput } from '../src/io/atomic-output.ts';
import { copyRange } from '../src/io/copy-range.ts';
import { FileSource } from '../src/io/file-source.ts';
import { programPath } from '../test/support/programs.ts';
import { makeLargeSet, type MadeSet } from './make-set.ts';
import { best, inTurns, megabytes, run, settle, table, type Contestant, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

export interface SharingOptions {
  /** Sizes of the sets. */
  readonly gigabytes: readonly number[];
  readonly rounds: number;
}

/** Of the copying of media that is shared, whatever its size; and of what reaches the disk for a gigabyte, index included. */
const sharedMilliseconds = 200;
const sharedMegabytes = 6;
/** Bytes of an index before the media. */
const headLength = 1024 * 1024;
const suffixes = ['.info', '.mdat', '.track1', '.track2'];

/** A mounted disk of its own. */
interface Disk {
  readonly path: string;
  /** Bytes that were written to it so far; undefined where nobody counts them. */
  readonly written: () => number;
  readonly unmount: () => void;
}

function words(command: string, ...rest: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command, rest, { encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

function mounted(type: 'xfs' | 'btrfs', bytes: number): Disk | undefined {
  const [image, path] = [join(workDirectory, `${type}.image`), join(workDirectory, type)];
  mkdirSync(path, { recursive: true });
  const isMade =
    words('truncate', '-s', String(bytes), image) !== undefined && words(`mkfs.${type}`, '-q', image) !== undefined;
  const device = isMade ? words('losetup', '-f', '--show', image) : undefined;
  const unmount = (): void => {
    words('umount', path);
    if (device !== undefined) words('losetup', '-d', device);
    rmSync(image, { force: true });
  };
  if (device === undefined || words('mount', device, path) === undefined) {
    unmount();
    return undefined;
  }
  const statistics = join('/sys/block', basename(device), 'stat');
  // Documentation/block/stat.rst: the seventh field counts sectors of 512 bytes that were written.
  const written = (): number => 512 * Number(readFileSync(statistics, 'latin1').trim().split(/ +/)[6]);
  return { path, written, unmount };
}

/** The part of a file's blocks that another file has as well. */
function sharedPart(path: string): number {
  const extents = words('filefrag', '-v', path) ?? '';
  let [shared, all] = [0, 0];
  for (const [line, length] of extents.matchAll(/^ *\d+: +\d+\.\. *\d+: +\d+\.\. *\d+: +(\d+):.*$/gm)) {
    all += Number(length);
    if (line.includes('shared')) shared += Number(length);
  }
  return all === 0 ? 0 : shared / all;
}

/** Milliseconds that the copying alone takes, without the start of a program, index, looking at the media and checks. */
async function copyingMilliseconds(media: string, rounds: number): Promise<number> {
  const source = new FileSource(media);
  try {
    let least = Infinity;
    for (let round = 0; round < rounds; round++) {
      const output = new AtomicOutput(`${media}.copy`, { replace: true });
      const started = performance.now();
      await copyRange(source, 16, source.size - 16, output, headLength + 16);
      least = Math.min(least, performance.now() - started);
      output.discard();
    }
    return least;
  } finally {
    source.close();
  }
}

/** One size on one disk: a row, and whether the media was shared. */
async function measured(folder: string, set: MadeSet, rounds: number, written?: () => number): Promise<string[]> {
  const recording = join(folder, basename(set.recording));
  const output = join(folder, 'out.mp4');
  const writtenBy = new Map<string, number>();
  const prepare = (): void => {
    rmSync(output, { force: true });
    settle();
  };
  const counted = (name: string, work: Contestant['run']): Contestant => ({
    name,
    prepare,
    run: async () => {
      const before = written?.() ?? 0;
      const result = await work();
      settle();
      writtenBy.set(name, Math.min(writtenBy.get(name) ?? Infinity, (written?.() ?? 0) - before));
      return result;
    },
  });
  const salvor = [programPath('salvor'), 'mp4writer', recording, '-o', output, '--quiet'];
  const copy = ['--reflink=auto', `${recording}.mdat`, output];
  const contestants = [
    counted('cp', () => run('sh', ['-c', 'cp "$@" && sync "$3"', 'sh', ...copy])),
    counted('salvor', () => run(process.execPath, salvor)),
  ];
  const runs = await inTurns(contestants, rounds);
  // The last of the runs may have been that of cp.
  prepare();
  await run(process.execPath, salvor);
  const part = sharedPart(output);
  const copying = await copyingMilliseconds(`${recording}.mdat`, rounds);
  return [
    (set.mediaBytes / 1e9).toFixed(1),
    (set.seconds / 3600).toFixed(1),
    `${best(runs.get('salvor')!).toFixed(2)} s`,
    `${copying.toFixed(0)} ms`,
    `${best(runs.get('cp')!).toFixed(2)} s`,
    written === undefined ? '' : megabytes(writtenBy.get('salvor')!),
    `${(100 * part).toFixed(1)} %`,
  ];
}

/** Combines sets of growing size on each file system. */
export async function benchSharing({ gigabytes, rounds }: SharingOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const rows = [['', 'GB', 'hours', 'salvor mp4writer', 'its copying', 'cp and sync', 'written', 'shared']];
    const promises: string[][] = [];
    for (const size of gigabytes) {
      const { bavail, bsize } = statfsSync(workDirectory);
      if (bavail * bsize < 4e9 * size) {
        console.log(`  NOT MEASURED: ${size} GB, for want of ${4 * size} GB of disk`);
        continue;
      }
      const set = makeLargeSet(join(workDirectory, 'rec.mp4'), size * 1e9);
      rows.push(['the project’s own', ...(await measured(workDirectory, set, rounds))]);
      for (const type of ['xfs', 'btrfs'] as const) {
        const disk = mounted(type, 2.5e9 * size + 1e9);
        if (disk === undefined) {
          console.log(`  NOT MEASURED: ${type}, no image can be mounted here (root, loop devices, mkfs.${type})`);
          continue;
        }
        try {
          for (const suffix of suffixes) {
            const file = `${set.recording}${suffix}`;
            copyFileSync(file, join(disk.path, basename(file)));
          }
          settle();
          const row = await measured(disk.path, set, rounds, disk.written);
          rows.push([type, ...row]);
          const [time, bytes] = [Number.parseFloat(row[3]!), Number.parseFloat(row[5]!)];
          promises.push([`${type}, ${size} GB: copying in ms`, verdict.atMost(time, sharedMilliseconds)]);
          promises.push([`${type}, ${size} GB: MB written a GB`, verdict.atMost(bytes / size, sharedMegabytes)]);
        } finally {
          disk.unmount();
        }
      }
    }
    console.log(`Sets of growing size, the best of ${rounds} runs.`);
    console.log(table(rows));
    if (promises.length > 0) console.log(table(promises));
  });
}
