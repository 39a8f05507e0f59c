/**
 * Recording and remuxing at speed, against `ffmpeg -c copy`: FLV to FLV and to MP4, a transport stream to MP4; and the memory
 * that a day of samples takes.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { makeFlv } from './make-flv.ts';
import {
  best,
  comparison,
  costOf,
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
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** To the time of ffmpeg; megabytes in a second of the processor; MB beside 32 bytes a sample. */
const toFfmpeg = 1 / 0.8;
const minMegabytesPerSecond = 500;
const memoryMegabytes = 120;
const bytesPerSample = 32;
const megabyte = 1024 * 1024;

export interface RecordOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

function salvor(...args: string[]): Promise<Run> {
  return run(process.execPath, [programPath('salvor'), ...args, '--quiet'], { memory: 'exit' });
}

export async function benchRecord({ gigabytes, rounds }: RecordOptions, verdict: Verdict): Promise<void> {
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) {
    console.log('  no ffmpeg here (run .ci/get-judges): nothing to compare with');
    return;
  }
  await inWorkDirectory(async () => {
    const pathOf = (name: string): string => join(workDirectory, name);
    const made = makeFlv(pathOf('in.flv'), {
      picturesPerSecond: 30,
      pictureBytes: 30_000,
      keyFrameEvery: 60,
      bytes: gigabytes * 1e9,
    });
    const copy = (input: string, output: string): Promise<Run> =>
      run(ffmpeg, ['-nostdin', '-v', 'quiet', '-y', '-i', pathOf(input), '-c', 'copy', pathOf(output)]);
    await copy('in.flv', 'in.ts');
    for (const [input, output] of [
      ['in.flv', 'out.flv'],
      ['in.flv', 'out.mp4'],
      ['in.ts', 'out.mp4'],
    ] as const) {
      const type = output.slice(4);
      const prepare = (): void => {
        rmSync(pathOf(output), { force: true });
        settle();
      };
      const names = ['salvor record', 'salvor remux', 'ffmpeg -c copy'] as const;
      const contestants: Contestant[] = [
        { name: names[0], prepare, run: () => salvor('record', pathOf(input), '-p', pathOf(output), '--type', type) },
        { name: names[1], prepare, run: () => salvor('remux', pathOf(input), '-o', pathOf(output)) },
        { name: names[2], prepare, run: () => copy(input, output) },
      ];
      console.log(`${input} to ${output}: ${megabytes(made.bytes)}, ${made.tags} tags. ${rounds} runs each, in turns.`);
      const runs = await inTurns(contestants, rounds);
      console.log(comparison(contestants, runs, 'salvor record'));
      const [record, remux, theirs] = names.map((name) => best(runs.get(name)!));
      const held = [
        ['record to ffmpeg', record! / theirs!, toFfmpeg],
        ['remux to ffmpeg', remux! / theirs!, toFfmpeg],
      ] as const;
      const rows = held.map(([name, value, limit]) => [name, value.toFixed(2), verdict.atMost(value, limit)]);
      if (type === 'flv') {
        // Of the processor: the clock counts what else the machine does. For so much, so that the limit is one from above.
        const words = [programPath('salvor'), 'record', pathOf(input), '-p', pathOf(output), '--type', type, '--quiet'];
        const costs = Array.from({ length: rounds }, () => {
          prepare();
          return costOf([process.execPath, ...words]).seconds;
        });
        const needed = minMegabytesPerSecond / (made.bytes / 1e6 / Math.min(...costs));
        const name = `record, of ${minMegabytesPerSecond} MB/s a core`;
        rows.push([name, needed.toFixed(2), verdict.atMost(needed, 1)]);
      }
      console.log(table(rows));
      rmSync(pathOf(output), { force: true });
    }
    rmSync(pathOf('in.ts'));
    const day = makeFlv(pathOf('in.flv'), {
      picturesPerSecond: 30,
      pictureBytes: 700,
      keyFrameEvery: 60,
      bytes: 86_400 * (30 * 620 + 43 * 215),
    });
    const made24 = await salvor('record', pathOf('in.flv'), '-p', pathOf('day.mp4'));
    const limit = memoryMegabytes + (bytesPerSample * day.tags) / megabyte;
    const used = peak([made24]) / megabyte;
    console.log(`A day, ${day.tags} tags, as MP4: ${made24.seconds.toFixed(1)} s.`);
    console.log(table([['peak memory in MiB', used.toFixed(0), verdict.atMost(used, limit)]]));
  });
}
