/**
 * A recorder whose file system is cut off at random moments (a shutdown of ext4 without writing out its log, which is what a
 * power cut leaves of it): what was handed over more than a second before is there when it is mounted again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { table, type Verdict } from './measure.ts';
import { handedBy, makeClip, momentOf, pace, picturesIn, picturesPerSecond } from './paced-stream.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const promisedSeconds = 1;
/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH. */
const shutdown = 'import fcntl,os,struct,sys; fcntl.ioctl(os.open(sys.argv[1],0),0x8004587d,struct.pack("I",2))';

/** Cuts off the file system so often. Needs root, loop devices, mkfs.ext4 and Python. */
export async function benchRecordShutdown(rounds: number, verdict: Verdict): Promise<void> {
  const [ffmpeg, ffprobe] = [findJudge('ffmpeg'), findJudge('ffprobe')];
  if (ffmpeg === undefined || ffprobe === undefined) {
    console.log('  no ffmpeg and ffprobe here (run .ci/get-judges)');
    return;
  }
  await inWorkDirectory(async () => {
    const tags = makeClip(ffmpeg, join(workDirectory, 'clip.flv'));
    const [image, disk] = [join(workDirectory, 'image'), join(workDirectory, 'disk')];
    mkdirSync(disk);
    const must = (program: string, ...words: string[]): void => {
      const { status, stderr } = spawnSync(program, words, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${program} ${words.join(' ')}: ${stderr}`);
    };
    const rows: string[][] = [['', 'all there', 'worst loss, s', 'mean']];
    let missed = 0;
    for (const type of ['mp4', 'flv', 'ts']) {
      const lost: number[] = [];
      let kept = 0;
      for (let round = 0; round < rounds; round++) {
        must('truncate', '-s', '64M', image);
        must('mkfs.ext4', '-q', '-F', image);
        must('mount', '-o', 'loop', image, disk);
        let cut = 0;
        try {
          const file = join(disk, `rec.${type}`);
          const words = [programPath('salvor'), 'record', '-q', '-p', file, '--type', type];
          const child = spawn(process.execPath, words, { stdio: ['pipe', 'ignore', 'ignore'] });
          cut = await pace(tags, momentOf(round), [child]);
          must('python3', '-c', shutdown, disk);
          child.kill('SIGKILL');
          if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
        } finally {
          spawnSync('umount', [disk]);
        }
        must('mount', '-o', 'loop', image, disk);
        const there = picturesIn(ffprobe, join(disk, `rec.${type}`));
        spawnSync('umount', [disk]);
        if (there >= handedBy(tags, cut - promisedSeconds)) kept++;
        lost.push(Math.max(0, handedBy(tags, cut) - there) / picturesPerSecond);
      }
      if (kept < rounds) missed++;
      const mean = lost.reduce((sum, each) => sum + each, 0) / rounds;
      rows.push([`salvor record ${type}`, `${kept} of ${rounds}`, Math.max(...lost).toFixed(2), mean.toFixed(2)]);
    }
    console.log(`An ext4 cut off at ${rounds} moments for each container.`);
    console.log(table(rows));
    verdict.atMost(missed, 0);
  });
}
