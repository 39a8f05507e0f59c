/** A live stream for trials: a clip whose tags are handed to recorders as they come, up to a moment. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const clipSeconds = 10;
const earliestMoment = 1.5;
/** Programs take a moment to start, and are not blamed for that. */
const startMilliseconds = 5000;
export const picturesPerSecond = 25;

/** What is handed over at once: when it is due, in seconds, and whether it is a picture. */
export interface DueTag {
  readonly at: number;
  readonly isPicture: boolean;
  readonly bytes: Buffer;
}

/** Makes the clip, and gives its tags. */
export function makeClip(ffmpeg: string, path: string): DueTag[] {
  const pictures = ['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=${picturesPerSecond}:d=${clipSeconds}`];
  const sound = ['-f', 'lavfi', '-i', `sine=440:r=48000:d=${clipSeconds}`];
  const coders = ['-c:v', 'libx264', '-g', '25', '-bf', '2', '-preset', 'ultrafast', '-c:a', 'aac'];
  spawnSync(ffmpeg, ['-nostdin', '-v', 'error', ...pictures, ...sound, ...coders, path]);
  const bytes = readFileSync(path);
  const tags = [{ at: 0, isPicture: false, bytes: bytes.subarray(0, 13) }];
  for (let at = 13; at + 11 <= bytes.length;) {
    const end = at + 11 + bytes.readUIntBE(at + 1, 3) + 4;
    const isPicture = bytes[at] === 9 && bytes[at + 12] === 1;
    tags.push({ at: bytes.readUIntBE(at + 4, 3) / 1000, isPicture, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return tags;
}

/** The moment of a round: evenly over the clip, and not at the same phase of a second. */
export function momentOf(round: number): number {
  return earliestMoment + (clipSeconds - earliestMoment - 0.5) * ((round * 0.618_034) % 1);
}

/** Hands the tags to the programs as they are due, up to a moment; gives when that was. */
export async function pace(tags: readonly DueTag[], until: number, programs: readonly ChildProcess[]): Promise<number> {
  for (const child of programs) child.stdin!.on('error', () => {});
  await wait(startMilliseconds);
  const began = performance.now();
  let next = 0;
  let now = 0;
  for (; now < until; now = (performance.now() - began) / 1000) {
    for (; next < tags.length && tags[next]!.at <= now; next++) {
      for (const child of programs) child.stdin!.write(tags[next]!.bytes);
    }
    await wait(10);
  }
  return now;
}

/** Pictures that were due by a moment. */
export function handedBy(tags: readonly DueTag[], seconds: number): number {
  return tags.filter(({ at, isPicture }) => isPicture && at <= seconds).length;
}

/** Pictures that ffprobe finds in a file, as it is. */
export function picturesIn(ffprobe: string, file: string): number {
  if (!existsSync(file)) return 0;
  const words = ['-v', 'quiet', '-count_packets', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_packets'];
  const { stdout } = spawnSync(ffprobe, [...words, '-of', 'csv=p=0', file], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10) || 0;
}
