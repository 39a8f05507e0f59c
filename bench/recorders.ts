/** The recorders that are ended in trials, salvor's containers and ffmpeg's, and how well what they leave is kept. */
import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { programPath } from '../test/support/programs.ts';
import { table, type Verdict } from './measure.ts';
import { picturesIn, picturesPerSecond, type Lane } from './paced-stream.ts';

/** Handed over so long before the end, it has to be there. */
const promisedSeconds = 1;

/** One that records standard input into a file of its own. */
export interface Contestant {
  readonly name: string;
  readonly file: string;
  readonly start: (file: string) => ChildProcess;
}

/** All of them. */
export function recorders(ffmpeg: string): Contestant[] {
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
  return [
    ...['mp4', 'flv', 'ts'].map(ours),
    theirs('mp4', 'plain.mp4'),
    theirs('hybrid_fragmented', 'hybrid.mp4', '-movflags', '+hybrid_fragmented'),
    theirs('flv', 'ffmpeg.flv'),
    theirs('ts', 'ffmpeg.ts'),
    theirs('mkv', 'ffmpeg.mkv'),
  ];
}

/** Kills programs and waits until they are gone. */
export async function killAll(running: readonly ChildProcess[]): Promise<void> {
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(running.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'close')));
}

/** Finishes what there is in folders. Whether it went through. */
export function sweep(folders: readonly string[]): boolean {
  const words = [programPath('salvor'), 'sweep', '-q', '--min-age', '0', '--replace', ...folders];
  return spawnSync(process.execPath, words).status !== null;
}

/** What came of one recorder. */
interface Score {
  /** Rounds in which all was there that was handed over in time. */
  kept: number;
  unplayable: number;
  readonly lostSeconds: number[];
  finished: number;
}

/** What came of all of them. */
export class Scores {
  readonly #contestants: readonly Contestant[];
  readonly #ffprobe: string;
  readonly #scores: Map<string, Score>;

  constructor(contestants: readonly Contestant[], ffprobe: string) {
    this.#contestants = contestants;
    this.#ffprobe = ffprobe;
    this.#scores = new Map(
      contestants.map(({ name }) => [name, { kept: 0, unplayable: 0, lostSeconds: [], finished: 0 }]),
    );
  }

  /** Pictures in the file of each, in a folder. */
  pictures(folder: string): Map<string, number> {
    return new Map(this.#contestants.map(({ name, file }) => [name, picturesIn(this.#ffprobe, join(folder, file))]));
  }

  /** Takes in what was there after a lane was ended, and after a sweep; its programs are the contestants. */
  add({ ended, handed }: Lane, there: ReadonlyMap<string, number>, swept: ReadonlyMap<string, number>): void {
    for (const [index, { name }] of this.#contestants.entries()) {
      const score = this.#scores.get(name)!;
      const pictures = there.get(name)!;
      if (pictures >= handed[index]!.filter((at) => at <= ended - promisedSeconds).length) score.kept++;
      if (pictures === 0) score.unplayable++;
      score.lostSeconds.push(Math.max(0, handed[index]!.length - pictures) / picturesPerSecond);
      if (swept.get(name)! >= pictures) score.finished++;
    }
  }

  /** Prints them; salvor has to have kept all. */
  print(verdict: Verdict): void {
    const rows = this.#contestants.map(({ name }) => {
      const { kept, unplayable, lostSeconds, finished } = this.#scores.get(name)!;
      const mean = lostSeconds.reduce((sum, each) => sum + each, 0) / lostSeconds.length;
      const figures = [Math.max(...lostSeconds).toFixed(2), mean.toFixed(2), String(unplayable), String(finished)];
      return [name, `${kept} of ${lostSeconds.length}`, ...figures];
    });
    console.log(table([['', 'all there', 'worst loss, s', 'mean', 'without a picture', 'after a sweep'], ...rows]));
    const missed = [...this.#scores].filter(
      ([name, { kept, lostSeconds }]) => name.startsWith('salvor') && kept < lostSeconds.length,
    ).length;
    verdict.atMost(missed, 0);
  }
}
