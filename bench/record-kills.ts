/**
 * Recorders that are killed at random moments, beside each other on the same stream: what was handed over more than a second
 * before has to be there without any repair, and `salvor sweep` has to finish what it is. salvor's containers and ffmpeg's.
 */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { table, type Verdict } from './measure.ts';
import { handedBy, makeClip, momentOf, pace, picturesIn, picturesPerSecond } from './paced-stream.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** Handed over so long before the kill, it has to be there. */
const promisedSeconds = 1;

interface Contestant {
  readonly name: string;
  readonly file: string;
  readonly start: (file: string) => ChildProcess;
}

interface Score {
  /** Rounds in which all was there that was handed over in time. */
  kept: number;
  unplayable: number;
  readonly lostSeconds: number[];
  finished: number;
}

/** Kills all recorders so often. */
export async function benchRecordKills(rounds: number, verdict: Verdict): Promise<void> {
  const [ffmpeg, ffprobe] = [findJudge('ffmpeg'), findJudge('ffprobe')];
  if (ffmpeg === undefined || ffprobe === undefined) {
    console.log('  no ffmpeg and ffprobe here (run .ci/get-judges)');
    return;
  }
  await inWorkDirectory(async () => {
    const tags = makeClip(ffmpeg, join(workDirectory, 'clip.flv'));
    const options: SpawnOptions = { stdio: ['pipe', 'ignore', 'ignore'] };
    const ours = (type: string): Contestant => ({
      name: `salvor record ${type}`,
      file: `salvor.${type}`,
      start: (file) =>
        spawn(process.execPath, [programPath('salvor'), 'record', '-q', '-p', file, '--type', type], options),
    });
    const theirs = (name: string, file: string, ...words: string[]): Contestant => ({
      name: `ffmpeg ${name}`,
      file,
      start: (to) => spawn(ffmpeg, ['-v', 'quiet', '-f', 'flv', '-i', '-', '-c', 'copy', ...words, '-y', to], options),
    });
    const contestants = [
      ...['mp4', 'flv', 'ts'].map(ours),
      theirs('mp4', 'plain.mp4'),
      theirs('hybrid_fragmented', 'hybrid.mp4', '-movflags', '+hybrid_fragmented'),
      theirs('flv', 'ffmpeg.flv'),
      theirs('ts', 'ffmpeg.ts'),
      theirs('mkv', 'ffmpeg.mkv'),
    ];
    const scores = new Map(
      contestants.map(({ name }): [string, Score] => [name, { kept: 0, unplayable: 0, lostSeconds: [], finished: 0 }]),
    );
    for (let round = 0; round < rounds; round++) {
      const folder = join(workDirectory, `round${round}`);
      mkdirSync(folder);
      const running = contestants.map(({ file, start }) => start(join(folder, file)));
      const killed = await pace(tags, momentOf(round), running);
      for (const child of running) child.kill('SIGKILL');
      await Promise.all(running.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')));
      const there = new Map(contestants.map(({ file }) => [file, picturesIn(ffprobe, join(folder, file))]));
      const swept = spawnSync(process.execPath, [
        programPath('salvor'),
        'sweep',
        '-q',
        '--min-age',
        '0',
        '--replace',
        folder,
      ]);
      for (const { name, file } of contestants) {
        const score = scores.get(name)!;
        const pictures = there.get(file)!;
        if (pictures >= handedBy(tags, killed - promisedSeconds)) score.kept++;
        if (pictures === 0) score.unplayable++;
        score.lostSeconds.push(Math.max(0, handedBy(tags, killed) - pictures) / picturesPerSecond);
        if (swept.status !== null && picturesIn(ffprobe, join(folder, basename(file))) >= pictures) score.finished++;
      }
      spawnSync('rm', ['-rf', folder]);
    }
    console.log(
      `Recorders killed at ${rounds} moments, a stream of ${picturesPerSecond} pictures a second as it comes.`,
    );
    const rows = contestants.map(({ name }) => {
      const { kept, unplayable, lostSeconds, finished } = scores.get(name)!;
      const mean = lostSeconds.reduce((sum, each) => sum + each, 0) / rounds;
      const figures = [Math.max(...lostSeconds).toFixed(2), mean.toFixed(2), String(unplayable), String(finished)];
      return [name, `${kept} of ${rounds}`, ...figures];
    });
    console.log(table([['', 'all there', 'worst loss, s', 'mean', 'without a picture', 'after a sweep'], ...rows]));
    const missed = contestants.filter(
      ({ name }) => name.startsWith('salvor') && scores.get(name)!.kept < rounds,
    ).length;
    verdict.atMost(missed, 0);
  });
}
