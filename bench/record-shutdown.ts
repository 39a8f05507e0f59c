/**
 * Recorders whose file system is cut off at random moments (a shutdown of ext4 or XFS without writing out its log, which is
 * what a power cut leaves of it): what was handed over more than a second before is there when it is mounted again, and
 * `salvor sweep` finishes what it is. salvor's containers and ffmpeg's, on the same file system.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import type { Verdict } from './measure.ts';
import { lanesOf, makeClip, pace } from './paced-stream.ts';
import { killAll, recorders, Scores, sweep } from './recorders.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** XFS_IOC_GOINGDOWN, which ext4 has under the same number, without a flush of the log, as soon as a line comes. */
const shutdown = `
import fcntl, os, struct, sys
folder = os.open(sys.argv[1], 0)
sys.stdin.readline()
fcntl.ioctl(folder, 0x8004587d, struct.pack("I", 2))
`;

/** How each is made; XFS makes none that is smaller. */
const fileSystems = [
  { name: 'ext4', size: '64M', words: ['mkfs.ext4', '-q', '-F'] },
  { name: 'XFS', size: '320M', words: ['mkfs.xfs', '-q', '-f'] },
] as const;

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
    const must = (program: string, ...words: string[]): void => {
      const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
    };
    for (const { name, size, words } of fileSystems) {
      const scores = new Scores(contestants, ffprobe);
      for (let first = 0; first < moments; first += atOnce) {
        const disks: string[] = [];
        const images: string[] = [];
        const cuts = new Map<string, ChildProcess>();
        try {
          const lanes = lanesOf(first, Math.min(moments, first + atOnce), (number) => {
            const [image, folder] = [join(workDirectory, `image${number}`), join(workDirectory, `disk${number}`)];
            mkdirSync(folder, { recursive: true });
            must('truncate', '-s', size, image);
            must(words[0], ...words.slice(1), image);
            must('mount', '-o', 'loop', image, folder);
            disks.push(folder);
            images.push(image);
            cuts.set(folder, spawn('python3', ['-c', shutdown, folder], { stdio: ['pipe', 'ignore', 'inherit'] }));
            return { folder, programs: contestants.map(({ file, start }) => start(join(folder, file))) };
          });
          await pace(tags, lanes, async ({ folder, programs }) => {
            const cut = cuts.get(folder)!;
            cut.stdin!.end('\n');
            const [status] = (await once(cut, 'close')) as [number | null];
            if (status !== 0) throw new Error(`${name} cannot be shut down`);
            await killAll(programs);
          });
          for (const [index, lane] of lanes.entries()) {
            const { folder } = lane;
            must('umount', folder);
            must('mount', '-o', 'loop', images[index]!, folder);
            const there = scores.pictures(folder);
            sweep([folder]);
            scores.add(lane, there, scores.pictures(folder));
          }
        } finally {
          for (const folder of disks) spawnSync('umount', [folder]);
          for (const image of images) rmSync(image);
        }
      }
      console.log(`${name}, cut off at ${moments} moments.`);
      scores.print(verdict);
    }
  });
}
