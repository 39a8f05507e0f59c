/**
 * Splitting a large transport stream into parts of a minute, against `cat` of it (the least that any copying costs) and
 * ffmpeg's segment muxer, which is what one would use instead. Salvor's parts are on the disk when it returns, those of the
 * others in the page cache; they are compared as they are.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import {
  best,
  comparison,
  inTurns,
  megabytes,
  peak,
  run,
  settle,
  table,
  type Contestant,
  type Verdict,
} from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const toFfmpeg = 0.5;
const toCat = 2;
const megabyte = 1024 * 1024;
const memoryLimit = 120;

export interface TsSplitOptions {
  readonly gigabytes: number;
  readonly rounds: number;
  /** `bin/salvor` of another build, which runs in turns with this one. */
  readonly other?: string | undefined;
}

export async function benchTsSplit(options: TsSplitOptions, verdict: Verdict): Promise<void> {
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) {
    console.log('  no ffmpeg here (run .ci/get-judges): nothing to split');
    return;
  }
  await inWorkDirectory(async () => {
    await compare(ffmpeg, options, verdict);
    await comparePictures(ffmpeg, options);
  });
}

/** So many pictures, each of which decoding can begin with. */
const pictures = 7208;

/** Thousands of parts: every picture is one. Each of salvor's is on the disk before it has its name. */
async function comparePictures(ffmpeg: string, { rounds, other }: TsSplitOptions): Promise<void> {
  const input = join(workDirectory, 'pictures.ts');
  const source = ['-f', 'lavfi', '-i', 'testsrc2=s=128x96:r=25', '-frames:v', String(pictures)];
  const coder = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '1', '-f', 'mpegts'];
  await run(ffmpeg, ['-nostdin', '-v', 'error', ...source, ...coder, input]);
  const parts = join(workDirectory, 'parts');
  const prepare = (): void => {
    rmSync(parts, { recursive: true, force: true });
    mkdirSync(parts);
    settle();
  };
  const segments = ['-nostdin', '-v', 'error', '-i', input, '-c', 'copy', '-f', 'segment', '-segment_time', '0.01'];
  const contestants = [
    ...splitters(['--every-idr', input], parts, prepare, other),
    {
      name: 'ffmpeg -f segment',
      prepare,
      run: () => run(ffmpeg, [...segments, join(parts, '%04d.ts')], { memory: 'poll' }),
    },
  ] satisfies readonly Contestant[];
  console.log(`${pictures} parts of a picture each. ${rounds} runs each, in turns.`);
  console.log(comparison(contestants, await inTurns(contestants, rounds), 'salvor ts-split'));
}

/** This build, and another one if there is one to compare with. */
function splitters(
  args: readonly string[],
  parts: string,
  prepare: () => void,
  other: string | undefined,
): Contestant[] {
  const programs: (readonly [string, string])[] = [['salvor ts-split', programPath('salvor')]];
  if (other !== undefined) programs.push(['the other salvor', other]);
  return programs.map(([name, program]) => ({
    name,
    prepare,
    run: () => run(process.execPath, [program, 'ts-split', ...args, '-o', `${parts}/`, '-q'], { memory: 'exit' }),
  }));
}

/** A stream of minutes that follow one another: 720p H.264 of about 6 Mbit/s and AAC. */
async function makeStream(ffmpeg: string, path: string, bytes: number): Promise<void> {
  const minute = join(workDirectory, 'minute.ts');
  const inputs = ['-f', 'lavfi', '-i', 'testsrc2=s=1280x720:r=25,noise=alls=20:allf=t', '-f', 'lavfi', '-i', 'sine'];
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-b:v', '6M', '-g', '50', '-c:a', 'aac', '-t', '60'];
  await run(ffmpeg, ['-nostdin', '-v', 'error', ...inputs, ...codecs, minute]);
  const file = openSync(path, 'w');
  const shifted = join(workDirectory, 'shifted.ts');
  for (let written = 0, count = 0; written < bytes; count++) {
    const words = [
      '-nostdin',
      '-v',
      'error',
      '-y',
      '-i',
      minute,
      '-c',
      'copy',
      '-output_ts_offset',
      String(count * 60),
    ];
    await run(ffmpeg, [...words, shifted]);
    written += writeSync(file, readFileSync(shifted));
  }
  closeSync(file);
}

async function compare(ffmpeg: string, { gigabytes, rounds, other }: TsSplitOptions, verdict: Verdict): Promise<void> {
  const input = join(workDirectory, 'large.ts');
  await makeStream(ffmpeg, input, gigabytes * 1e9);
  const parts = join(workDirectory, 'parts');
  const prepare = (): void => {
    rmSync(parts, { recursive: true, force: true });
    mkdirSync(parts);
    settle();
  };
  const segments = ['-nostdin', '-v', 'error', '-i', input, '-c', 'copy', '-f', 'segment', '-segment_time', '60'];
  const contestants: Contestant[] = [
    { name: 'cat', prepare, run: () => run('sh', ['-c', 'cat "$0" > "$1"', input, join(parts, 'copy.ts')]) },
    ...splitters([input, '-d', '60s'], parts, prepare, other),
    {
      name: 'ffmpeg -f segment',
      prepare,
      run: () => run(ffmpeg, [...segments, join(parts, '%03d.ts')], { memory: 'poll' }),
    },
  ];
  console.log(`A stream of ${megabytes(statSync(input).size)} into parts of a minute. ${rounds} runs each, in turns.`);
  const runs = await inTurns(contestants, rounds);
  const ours = runs.get('salvor ts-split')!;
  const ratio = (name: string): number => best(ours) / best(runs.get(name)!);
  console.log(comparison(contestants, runs, 'salvor ts-split'));
  console.log(
    table([
      ['time to that of ffmpeg', verdict.atMost(ratio('ffmpeg -f segment'), toFfmpeg)],
      ['time to that of cat', verdict.atMost(ratio('cat'), toCat)],
      ['peak memory in MiB', verdict.atMost(peak(ours) / megabyte, memoryLimit)],
    ]),
  );
}
