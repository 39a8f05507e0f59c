/**
 * Damaged transport streams repaired, side by side with what one would use instead, `ffmpeg -c copy -f mpegts`: pictures and
 * audio frames that come out as they were recorded, what the decoder complains of, the distance between audio and picture,
 * and the bytes that are left. It measures no time.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { runProgram } from '../test/support/programs.ts';
import { runProcess } from '../test/support/run-process.ts';
import { packetsOf } from '../test/support/transport-packets.ts';
import { run, table, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const seconds = 20;
const packetLength = 188;
const video = 0x100;

/** A generator of numbers from 0 to below 1, the same in every run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Change = (cell: Buffer, index: number, next: () => number) => readonly Buffer[];

/** Does something to every packet of a stream; each is a copy. */
function changed(whole: Buffer, change: Change): Buffer {
  const next = numbersFrom(1);
  return Buffer.concat(packetsOf(whole).flatMap(({ bytes }, index) => change(Buffer.from(bytes), index, next)));
}

/** Puts something at, or takes it from, a place in every stretch of about a hundred kilobytes. */
function interrupted(whole: Buffer, missing: number, put: Buffer): Buffer {
  const next = numbersFrom(2);
  const pieces: Buffer[] = [];
  for (let at = 0; at < whole.length;) {
    const end = at + 60_000 + Math.floor(next() * 80_000);
    pieces.push(whole.subarray(at, end), end < whole.length ? put : Buffer.alloc(0));
    at = end + missing;
  }
  return Buffer.concat(pieces);
}

function scrambled(cell: Buffer): Buffer {
  cell[3]! |= 0x80;
  const from = (cell[3]! & 0x20) === 0 ? 4 : 5 + cell[4]!;
  for (let at = from; at < packetLength; at++) cell[at]! ^= (at * 37 + 91) & 0xff;
  return cell;
}

const pidOf = (cell: Buffer): number => cell.readUInt16BE(1) & 0x1fff;
const isMedia = (cell: Buffer): boolean => pidOf(cell) >= video && pidOf(cell) < 0x1000;

const damages: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
  'one packet in a thousand missing': (whole) => changed(whole, (cell, _, next) => (next() < 0.001 ? [] : [cell])),
  'one packet in a hundred missing': (whole) => changed(whole, (cell, _, next) => (next() < 0.01 ? [] : [cell])),
  'junk between packets': (whole) => interrupted(whole, 0, Buffer.alloc(777, 0x5a)),
  'holes of 3000 bytes': (whole) => interrupted(whole, 3000, Buffer.alloc(0)),
  'blocks of zeros': (whole) => interrupted(whole, 4096, Buffer.alloc(4096)),
  'packets twice': (whole) =>
    changed(whole, (cell, _, next) => (next() < 0.05 && (cell[3]! & 0x10) !== 0 ? [cell, cell] : [cell])),
  'a fifth scrambled': (whole) =>
    changed(whole, (cell, index) => {
      const part = (index * packetLength) / whole.length;
      return [isMedia(cell) && part > 0.4 && part < 0.6 ? scrambled(cell) : cell];
    }),
  'no PAT and PMT': (whole) => changed(whole, (cell) => (isMedia(cell) ? [cell] : [])),
  'counters all 0': (whole) =>
    changed(whole, (cell) => {
      cell[3]! &= 0xf0;
      return [cell];
    }),
  'joined with itself, --retime': (whole) => Buffer.concat([whole, whole]),
};

interface Frames {
  readonly pictures: readonly (readonly [string, number])[];
  readonly audio: readonly (readonly [string, number])[];
  readonly complaints: number;
}

/** The pictures that ffmpeg decodes, and the audio frames as they are stored: the MD5 of each and its time in seconds. */
async function framesOf(ffmpeg: string, path: string): Promise<Frames> {
  const take = async (...args: string[]): Promise<{ rows: (readonly [string, number])[]; complaints: number }> => {
    const words = ['-nostdin', '-v', 'error', '-threads', '1', '-copyts', '-i', path, ...args, '-f', 'framemd5', '-'];
    const { stdout, stderr } = await runProcess(ffmpeg, words);
    const [, num = '1', den = '1'] = /#tb 0: (\d+)\/(\d+)/.exec(stdout) ?? [];
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const rows = lines.map((line) => {
      const columns = line.split(',');
      return [columns[5]!.trim(), (Number(columns[2]) * Number(num)) / Number(den)] as const;
    });
    return { rows, complaints: stderr.split('\n').filter((line) => line !== '').length };
  };
  const pictures = await take('-map', '0:v:0', '-fps_mode', 'passthrough');
  const audio = await take('-map', '0:a:0', '-c', 'copy');
  return { pictures: pictures.rows, audio: audio.rows, complaints: pictures.complaints };
}

/** How many of the frames are those of the source, each counted as often as it is there at most. */
function right(found: Frames['pictures'], source: Frames['pictures'], times: number): number {
  const left = new Map<string, number>();
  for (const [hash] of source) left.set(hash, (left.get(hash) ?? 0) + times);
  return found.filter(([hash]) => {
    const count = left.get(hash) ?? 0;
    left.set(hash, count - 1);
    return count > 0;
  }).length;
}

/** Milliseconds by which right frames are farther apart than in the source at most: audio and picture of the same half. */
function distance(found: Frames, source: Frames): number {
  const shifts = (rows: Frames['pictures'], from: Frames['pictures']): number[] => {
    const times = new Map(from);
    // What is twice in the source tells no time.
    const seen = new Set<string>();
    for (const [hash] of from) {
      if (seen.has(hash)) times.delete(hash);
      seen.add(hash);
    }
    return rows.flatMap(([hash, time]) => (times.has(hash) ? [time - times.get(hash)!] : []));
  };
  const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  const [pictures, audio] = [shifts(found.pictures, source.pictures), shifts(found.audio, source.audio)];
  const halves = [0, 1].map((half) => {
    const of = (values: readonly number[]): number[] =>
      values.slice((half * values.length) >> 1, ((half + 1) * values.length) >> 1);
    return Math.abs(middle(of(pictures)) - middle(of(audio)));
  });
  return Math.round(Math.max(...halves) * 1000);
}

/** Compares the two on every kind of damage, and prints the table. */
export async function benchTsFix(verdict: Verdict): Promise<void> {
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) {
    console.log('  no ffmpeg here (run .ci/get-judges): nothing to compare with');
    return;
  }
  await inWorkDirectory(() => compare(ffmpeg, verdict));
}

async function compare(ffmpeg: string, verdict: Verdict): Promise<void> {
  const source = join(workDirectory, 'source.ts');
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=320x192:r=25', '-f', 'lavfi', '-i', 'aevalsrc=sin(300*t*t)'];
  const coders = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '25', '-c:a', 'aac', '-b:a', '96k'];
  await run(ffmpeg, ['-nostdin', '-v', 'error', ...inputs, '-t', String(seconds), ...coders, source]);
  const whole = readFileSync(source);
  const recorded = await framesOf(ffmpeg, source);
  const rows: string[][] = [
    [
      'damage',
      '',
      'pictures right',
      'audio frames right',
      'complaints',
      'A/V apart',
      'bytes',
      "ffmpeg's right pictures",
      'its audio frames',
    ],
  ];
  for (const [name, damage] of Object.entries(damages)) {
    const damaged = join(workDirectory, 'damaged.ts');
    const bytes = damage(whole);
    writeFileSync(damaged, bytes);
    const times = bytes.length > 1.5 * whole.length ? 2 : 1;
    const copied = join(workDirectory, 'copied.ts');
    await runProcess(ffmpeg, ['-nostdin', '-y', '-v', 'quiet', '-i', damaged, '-c', 'copy', '-f', 'mpegts', copied]);
    const fixed = join(workDirectory, 'fixed.ts');
    const options = name.endsWith('--retime') ? ['--retime'] : [];
    const { status } = await runProgram('salvor', ['ts-fix', '-q', '-f', ...options, damaged, '-o', fixed]);
    if (status !== 0 || !existsSync(fixed)) throw new Error(`${name}: ts-fix ended with ${status}`);
    const counts: number[] = [];
    const audioCounts: number[] = [];
    for (const [program, path] of [
      ['ffmpeg', copied],
      ['salvor', fixed],
    ] as const) {
      const found = await framesOf(ffmpeg, path);
      const pictures = right(found.pictures, recorded.pictures, times);
      const audio = right(found.audio, recorded.audio, times);
      counts.push(pictures);
      audioCounts.push(audio);
      rows.push([
        program === 'ffmpeg' ? name : '',
        program,
        `${pictures} of ${recorded.pictures.length * times}`,
        `${audio} of ${recorded.audio.length * times}`,
        String(found.complaints),
        `${distance(found, recorded)} ms`,
        `${Math.round((100 * statSync(path).size) / bytes.length)} %`,
      ]);
    }
    rows.at(-1)!.push(verdict.atMost(counts[0]!, counts[1]!), verdict.atMost(audioCounts[0]!, audioCounts[1]!));
  }
  console.log(table(rows));
}
