/**
 * Recorders that are killed at random moments, beside each other on the same stream: what was handed over more than a second
 * before (the pipe had taken it) has to be there without any repair, and `salvor sweep` has to finish what it is. salvor's containers and ffmpeg's.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import type { Verdict } from './measure.ts';
import { lanesOf, makeClip, pace, picturesPerSecond } from './paced-stream.ts';
import { killAll, recorders, Scores, sweep } from './recorders.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** Kills all recorders at so many moments. `atOnce`: so many sets of them have the stream at the same time. */
export async function benchRecordKills(moments: number, atOnce: number, verdict: Verdict): Promise<void> {
  const [ffmpeg, ffprobe] = [findJudge('ffmpeg'), findJudge('ffprobe')];
  if (ffmpeg === undefined || ffprobe === undefined) {
    console.log('  no ffmpeg and ffprobe here (run .ci/get-judges)');
    return;
  }
  await inWorkDirectory(async () => {
    const tags = makeClip(ffmpeg, join(workDirectory, 'clip.flv'));
    const contestants = recorders(ffmpeg);
    const scores = new Scores(contestants, ffprobe);
    for (let first = 0; first < moments; first += atOnce) {
      const lanes = lanesOf(first, Math.min(moments, first + atOnce), (number) => {
        const folder = join(workDirectory, `round${number}`);
        mkdirSync(folder);
        return { folder, programs: contestants.map(({ file, start }) => start(join(folder, file))) };
      });
      await pace(tags, lanes, async ({ programs }) => killAll(programs));
      const there = lanes.map(({ folder }) => scores.pictures(folder));
      sweep(lanes.map(({ folder }) => folder));
      for (const [index, lane] of lanes.entries()) {
        scores.add(lane, there[index]!, scores.pictures(lane.folder));
        rmSync(lane.folder, { recursive: true });
      }
    }
    console.log(
      `Recorders killed at ${moments} moments, a stream of ${picturesPerSecond} pictures a second as it comes.`,
    );
    scores.print(verdict);
  });
}
