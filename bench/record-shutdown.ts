/**
 * Recorders whose file system is cut off at random moments (a shutdown of ext4 or XFS without writing out its log, which is
 * what a power cut leaves of it): what was handed over more than a second before is there when it is mounted again, and
 * `salvor sweep` finishes what it is. salvor's containers and ffmpeg's, on the same file system.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { Disk, diskKinds, pythonShutdown } from './disk-images.ts';
import type { Verdict } from './measure.ts';
import { lanesOf, makeClip, pace } from './paced-stream.ts';
import { killAll, recorders, Scores, sweep } from './recorders.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** Shuts the disk down without writing its log out, as soon as a line comes. */
const cutOff = `${pythonShutdown}
folder = os.open(sys.argv[1], 0)
sys.stdin.readline()
shutdown(folder, 2)
`;

/** Cuts off both file systems at so many moments. Needs root, loop devices, mkfs.ext4, mkfs.xfs and Python. `atOnce`: as in `record-kills`. */
export async function benchRecordShutdown(moments: number, atOnce: number, verdict: Verdict): Promise<void> {
  const [ffmpeg, ffprobe] = [findJudge('ffmpeg'), findJudge('ffprobe')];
  if (ffmpeg === undefined || ffprobe === undefined) {
    console.log('  no ffmpeg and ffprobe here (run .ci/get-judges)');
    return;
  }
  await inWorkDirectory(async () => {
    const tags = makeClip(ffmpeg, join(workDirectory, 'clip.flv'));
    const contestants = recorders(ffmpeg);
    for (const kind of diskKinds) {
      const scores = new Scores(contestants, ffprobe);
      for (let first = 0; first < moments; first += atOnce) {
        const disks: Disk[] = [];
        const cuts = new Map<string, ChildProcess>();
        try {
          const lanes = lanesOf(first, Math.min(moments, first + atOnce), (number) => {
            const folder = join(workDirectory, `disk${number}`);
            disks.push(new Disk(kind, join(workDirectory, `image${number}`), folder));
            cuts.set(folder, spawn('python3', ['-c', cutOff, folder], { stdio: ['pipe', 'ignore', 'inherit'] }));
            return { folder, programs: contestants.map(({ file, start }) => start(join(folder, file))) };
          });
          await pace(tags, lanes, async ({ folder, programs }) => {
            const cut = cuts.get(folder)!;
            cut.stdin!.end('\n');
            const [status] = (await once(cut, 'close')) as [number | null];
            if (status !== 0) throw new Error(`${kind.name} cannot be shut down`);
            await killAll(programs);
          });
          for (const [index, lane] of lanes.entries()) {
            const { folder } = lane;
            disks[index]!.mountAgain();
            const there = scores.pictures(folder);
            sweep([folder]);
            scores.add(lane, there, scores.pictures(folder));
          }
        } finally {
          for (const disk of disks) disk.remove();
        }
      }
      console.log(`${kind.name}, cut off at ${moments} moments.`);
      scores.print(verdict);
    }
  });
}
