/** A live stream for trials: a clip whose tags are handed to recorders as they come, up to a moment. */
import { spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const clipSeconds = 7;
const earliestMoment = 1.5;
/** Programs take a moment to start, and are not blamed for that: they have started when all together have done next to nothing for so long. */
const idleMilliseconds = 1000;
/** Of a hundredth of a second each. */
const idleTicks = 15;
const minStartMilliseconds = 1000;
const maxStartMilliseconds = 30_000;
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
function momentOf(round: number): number {
  return earliestMoment + (clipSeconds - earliestMoment - 0.5) * ((round * 0.618_034) % 1);
}

/** Programs that get the stream up to a moment. */
export interface Lane {
  readonly folder: string;
  readonly programs: readonly ChildProcess[];
  readonly until: number;
  /** When that was in the end. */
  ended: number;
  /** Of each program, when its pipe took each picture: where all is busy, that is later than they are due. */
  readonly handed: readonly number[][];
}

/** The lanes of the rounds from one to another. */
export function lanesOf(
  first: number,
  end: number,
  begin: (round: number) => Pick<Lane, 'folder' | 'programs'>,
): Lane[] {
  return Array.from({ length: end - first }, (_, index) => {
    const begun = begin(first + index);
    return { ...begun, until: momentOf(first + index), ended: 0, handed: begun.programs.map(() => []) };
  });
}

/** Hands the tags to the programs as they are due; each lane is ended at its moment. */
export async function pace(
  tags: readonly DueTag[],
  lanes: readonly Lane[],
  end: (lane: Lane) => Promise<void>,
): Promise<void> {
  const all = lanes.flatMap(({ programs }) => programs);
  for (const child of all) child.stdin!.on('error', () => {});
  await started(all);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 1000;
  const ending: Promise<void>[] = [];
  let left = [...lanes];
  for (let next = 0; left.length > 0; await wait(10)) {
    const now = elapsed();
    for (const lane of left.filter(({ until }) => until <= now)) {
      lane.ended = now;
      ending.push(end(lane));
    }
    left = left.filter(({ until }) => until > now);
    for (; next < tags.length && tags[next]!.at <= now; next++) {
      for (const { programs, handed } of left) {
        for (const [index, child] of programs.entries()) hand(child, tags[next]!, handed[index]!, elapsed);
      }
    }
  }
  await Promise.all(ending);
}

/** Hands a tag over, and notes when the pipe took the picture in it. */
function hand({ stdin }: ChildProcess, { bytes, isPicture }: DueTag, handed: number[], elapsed: () => number): void {
  const at = elapsed();
  let isWaiting = false;
  stdin!.write(bytes, (error) => {
    if (isPicture && isWaiting && (error ?? undefined) === undefined) handed.push(elapsed());
  });
  isWaiting = stdin!.writableLength > 0;
  if (isPicture && !isWaiting) handed.push(at);
}

/** Waits until programs have started, as the processor time shows that they have had (Linux). */
async function started(programs: readonly ChildProcess[]): Promise<void> {
  const began = performance.now();
  const used = (): number =>
    programs.reduce((sum, { pid }) => {
      const path = `/proc/${pid}/stat`;
      if (!existsSync(path)) return sum;
      const fields = readFileSync(path, 'latin1').split(') ')[1]!.split(' ');
      return sum + Number(fields[11]) + Number(fields[12]);
    }, 0);
  await wait(minStartMilliseconds);
  for (let last = used(); performance.now() - began < maxStartMilliseconds;) {
    await wait(idleMilliseconds);
    const now = used();
    if (now > 0 && now - last <= idleTicks) return;
    last = now;
  }
}

/** Pictures that ffprobe finds in a file, as it is. */
export function picturesIn(ffprobe: string, file: string): number {
  if (!existsSync(file)) return 0;
  const words = ['-v', 'quiet', '-count_packets', '-select_streams', 'v:0', '-show_entries', 'stream=nb_read_packets'];
  const { stdout } = spawnSync(ffprobe, [...words, '-of', 'csv=p=0', file], { encoding: 'utf8' });
  return Number.parseInt(stdout, 10) || 0;
}
