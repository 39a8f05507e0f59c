/**
 * `mp4writer --in-place` on disks that are cut off in the midst of it (a shutdown of ext4 or XFS, with their logs written out
 * and without, which is what a power cut leaves of them): the same command, once they are mounted again, has to give the MP4
 * that is made elsewhere. The media lies in thousands of pieces, so that moving them takes long enough to be cut off; the
 * disk is nearly full of it. Says how many trials met the file half moved.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../test/support/programs.ts';
import { Disk, diskKinds, must, pythonShutdown } from './disk-images.ts';
import { makeLargeSet } from './make-set.ts';
import { table, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** Shuts the disk down, some milliseconds after the journal of the run is there. */
const cutOff = `${pythonShutdown}
folder, journal, flags, delay = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
descriptor = os.open(folder, 0)
print("ready", flush=True)
end = time.monotonic() + 60
while not os.path.lexists(journal):
    if time.monotonic() > end: sys.exit(3)
start = time.monotonic()
while time.monotonic() - start < delay: pass
shutdown(descriptor, flags)
`;

const mediaBytes = 32e6;
const blockLength = 4096;
/** Bytes that are left free. */
const leftFree = 2 * 1024 * 1024;
/** Later moments than that come when all is done, in seconds behind the journal. */
const maxDelay = 0.15;
const small = ['.info', '.track1', '.track2'];

/** Copies a file so that no two blocks of it lie one behind the other: every second one first, then those between. */
function copyInPieces(from: string, to: string): void {
  const bytes = readFileSync(from);
  const file = openSync(to, 'w');
  for (const first of [blockLength, 0]) {
    for (let at = first; at < bytes.length; at += 2 * blockLength) {
      writeSync(file, bytes, at, Math.min(blockLength, bytes.length - at), at);
    }
    fsyncSync(file);
  }
  closeSync(file);
}

function fill(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const bytes = bavail * bsize - leftFree;
  if (bytes > 0) must('fallocate', '--length', String(bytes), join(folder, 'filler'));
}

/** What is there when the disk is mounted again. */
function stateOf(recording: string, bytes: number, first: Buffer): string {
  if (existsSync(recording)) return 'named';
  const media = `${recording}.mdat`;
  const { size } = statSync(media);
  const isJournalled = readdirSync(join(recording, '..')).some((name) => name.endsWith('salvor-journal'));
  if (size === bytes) return isJournalled ? 'not begun' : 'untouched';
  const file = readFileSync(media).subarray(0, first.length);
  return file.equals(first) ? 'half moved' : isJournalled ? 'moved' : 'whole';
}

/** Cuts off each file system at so many moments. Needs root, loop devices, mkfs.ext4, mkfs.xfs and Python. */
export async function benchInPlace(moments: number, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const recording = join(workDirectory, 'rec.mp4');
    makeLargeSet(recording, mediaBytes);
    const usual = join(workDirectory, 'usual.mp4');
    must(process.execPath, programPath('salvor'), 'mp4writer', '-q', recording, '-o', usual);
    const expected = readFileSync(usual);
    const bytes = statSync(`${recording}.mdat`).size;
    const first = readFileSync(`${recording}.mdat`).subarray(0, blockLength);
    const rows = [['', 'moments', 'untouched', 'not begun', 'half moved', 'moved', 'whole', 'named', 'ended right']];
    const promises: string[][] = [];
    for (const kind of diskKinds) {
      const states = new Map<string, number>();
      let right = 0;
      for (let moment = 0; moment < moments; moment++) {
        const folder = join(workDirectory, 'disk');
        const disk = new Disk(kind, join(workDirectory, 'image'), folder);
        let cut: ChildProcess | undefined;
        try {
          const there = join(folder, 'rec.mp4');
          for (const suffix of small) copyFileSync(recording + suffix, there + suffix);
          copyInPieces(`${recording}.mdat`, `${there}.mdat`);
          fill(folder);
          must('sync', '-f', folder);
          const journal = join(folder, '.rec.mp4.mdat.salvor-journal');
          const delay = (maxDelay * Math.floor(moment / 2)) / Math.max(1, moments / 2 - 1);
          const flags = 1 + (moment % 2);
          cut = spawn('python3', ['-c', cutOff, folder, journal, String(flags), String(delay)], {
            stdio: ['ignore', 'pipe', 'inherit'],
          });
          await once(cut.stdout!, 'data');
          const salvor = [programPath('salvor'), 'mp4writer', '--in-place', '-q', there];
          const run = spawn(process.execPath, salvor, { stdio: 'ignore' });
          await Promise.all([once(run, 'close'), once(cut, 'close')]);
          await sleep(10);
          disk.mountAgain();
          const state = stateOf(there, bytes, first);
          states.set(state, (states.get(state) ?? 0) + 1);
          const again = spawnSync(process.execPath, salvor, { encoding: 'utf8' });
          const isRight = again.status === 0 && existsSync(there) && readFileSync(there).equals(expected);
          const left = readdirSync(folder).filter((file) => file.includes('.salvor-'));
          if (isRight && left.length === 0) {
            right++;
          } else {
            console.log(
              `  ${kind.name}, ${delay.toFixed(4)} s, flags ${flags}, ${state}: ${again.stderr} ${left.join()}`,
            );
          }
        } finally {
          cut?.kill();
          disk.remove();
        }
      }
      const counted = rows[0]!.slice(2, -1).map((state) => String(states.get(state) ?? 0));
      rows.push([kind.name, String(moments), ...counted, String(right)]);
      promises.push([`${kind.name}: trials that did not end right`, verdict.atMost(moments - right, 0)]);
    }
    console.log('In place, cut off in the midst of it, and the same command again.');
    console.log(table(rows));
    console.log(table(promises));
  });
}
