/**
 * Repairing large FLV files against the tools a user would pick instead: patching the duration of a recording that was never
 * closed against `flvmeta --check`, which only looks; writing it anew with an index against `flvmeta --update` and ffmpeg.
 * And how much memory a day of tags takes.
 */
import { closeSync, openSync, readSync, rmSync, utimesSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { makeFlv, type MadeFlv } from './make-flv.ts';
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
  type Run,
  type Verdict,
} from './measure.ts';
import { emptyWorkDirectory, inWorkDirectory, workDirectory } from './work-directory.ts';

const toCheck = 0.5;
const toUpdate = 1.2;
const toFfmpeg = 1;
const memoryMegabytes = 120;
const megabyte = 1024 * 1024;

export interface FlvFixOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchFlvFix(options: FlvFixOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    await largeFile(options, verdict);
    emptyWorkDirectory();
    await day(verdict);
  });
}

function describe({ tags, bytes, seconds }: MadeFlv): string {
  return `${megabytes(bytes)}, ${tags} tags, ${(seconds / 3600).toFixed(1)} h of recording`;
}

function salvor(...args: string[]): Promise<Run> {
  return run(process.execPath, [programPath('salvor'), 'flv-fix', '--quiet', ...args], { memory: 'exit' });
}

/** Nobody has written to it lately: a fresh file would be looked at twice. */
function age(path: string): void {
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(path, anHourAgo, anHourAgo);
}

async function largeFile({ gigabytes, rounds }: FlvFixOptions, verdict: Verdict): Promise<void> {
  const input = join(workDirectory, 'large.flv');
  const output = join(workDirectory, 'out.flv');
  const shape = { picturesPerSecond: 30, pictureBytes: 30_000, keyFrameEvery: 60 };
  const made = makeFlv(input, { ...shape, bytes: gigabytes * 1e9 });
  age(input);
  settle();
  // Whatever comes before the media, to undo the patch with.
  const beginning = head(input);
  const unfixed = (): void => {
    restore(input, beginning);
    age(input);
    settle();
  };
  const fresh = (): void => {
    rmSync(output, { force: true });
    settle();
  };
  const flvmeta = findJudge('flvmeta');
  const ffmpeg = findJudge('ffmpeg');
  console.log(`A large file: ${describe(made)}. ${rounds} runs each, in turns.`);
  const patching: Contestant[] = [{ name: 'salvor flv-fix', prepare: unfixed, run: () => salvor(input) }];
  if (flvmeta === undefined) console.log('  no flvmeta here (run .ci/get-judges): not compared with it');
  else patching.push({ name: 'flvmeta --check', run: () => run(flvmeta, ['--check', '--quiet', input]) });
  const patched = await inTurns(patching, rounds);
  console.log(comparison(patching, patched, 'salvor flv-fix'));
  const indexing: Contestant[] = [
    { name: 'salvor flv-fix', prepare: fresh, run: () => salvor('--index', '--output', output, input) },
  ];
  if (flvmeta !== undefined) {
    indexing.push({ name: 'flvmeta --update', prepare: fresh, run: () => run(flvmeta, ['--update', input, output]) });
  }
  if (ffmpeg !== undefined) {
    const words = [
      '-nostdin',
      '-v',
      'quiet',
      '-y',
      '-i',
      input,
      '-c',
      'copy',
      '-flvflags',
      'add_keyframe_index',
      output,
    ];
    indexing.push({ name: 'ffmpeg -c copy', prepare: fresh, run: () => run(ffmpeg, words) });
  }
  const indexed = await inTurns(indexing, rounds);
  console.log(comparison(indexing, indexed, 'salvor flv-fix'));
  const ratio = (runs: ReadonlyMap<string, readonly Run[]>, name: string): number | undefined => {
    const [ours, theirs] = [runs.get('salvor flv-fix'), runs.get(name)];
    return ours === undefined || theirs === undefined ? undefined : best(ours) / best(theirs);
  };
  const promises: (readonly [string, number | undefined, number])[] = [
    ['patch to flvmeta --check', ratio(patched, 'flvmeta --check'), toCheck],
    ['index to flvmeta --update', ratio(indexed, 'flvmeta --update'), toUpdate],
    ['index to ffmpeg', ratio(indexed, 'ffmpeg -c copy'), toFfmpeg],
    ['peak memory in MiB', peak(indexed.get('salvor flv-fix')!) / megabyte, memoryMegabytes],
  ];
  const held = promises.flatMap(([name, value, limit]) =>
    value === undefined ? [] : [[name, value.toFixed(2), verdict.atMost(value, limit)]],
  );
  console.log(table(held));
}

const beginningLength = 4096;

function head(path: string): Uint8Array {
  const bytes = new Uint8Array(beginningLength);
  const file = openSync(path, 'r');
  readSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
  return bytes;
}

function restore(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, 0);
  closeSync(file);
}

/** Twenty-four hours of 30 pictures and 43 sounds a second. */
async function day(verdict: Verdict): Promise<void> {
  const input = join(workDirectory, 'day.flv');
  const made = makeFlv(input, {
    bytes: 86_400 * (30 * 620 + 43 * 215),
    picturesPerSecond: 30,
    pictureBytes: 700,
    keyFrameEvery: 60,
  });
  age(input);
  settle();
  console.log(`A day: ${describe(made)}. One run.`);
  const { seconds, peakMemoryBytes } = await salvor('--index', '--retime', input);
  console.log(
    table([
      ['', 'time', 'peak memory'],
      ['salvor flv-fix', `${seconds.toFixed(2)} s`, megabytes(peakMemoryBytes)],
    ]),
  );
  console.log(table([['peak memory in MiB', verdict.atMost(peakMemoryBytes / megabyte, memoryMegabytes)]]));
}
