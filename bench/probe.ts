/**
 * Looking at recordings of gigabytes: `salvor probe` against ffprobe and MediaInfo, whole processes in turns; and a deep
 * look against reading the same bytes and throwing them away.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { makeLargeSet } from './make-set.ts';
import { inTurns, median, megabytes, peak, run, settle, table, type Contestant, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

/** A quick look takes at most so many times as long as ffprobe's. */
const toFfprobe = 1.5;
/** A deep look takes at most so many times as long as `cat`: at least 60 and 25 percent of its speed. */
const toCat = { flv: 1 / 0.6, ts: 1 / 0.25 } as const;

export interface ProbeBenchOptions {
  readonly gigabytes: number;
  readonly rounds: number;
}

export async function benchProbe(options: ProbeBenchOptions, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const files = await makeFiles(options.gigabytes);
    await quickLooks(files, options.rounds, verdict);
    await deepLooks(files, Math.min(5, options.rounds), verdict);
  });
}

function judge(name: 'ffmpeg' | 'ffprobe' | 'mediainfo'): string {
  const path = findJudge(name);
  if (path === undefined) throw new Error(`${name} is not at hand; .ci/get-judges fetches it`);
  return path;
}

type Container = 'mp4' | 'flv' | 'ts';
type Files = Readonly<Record<Container, string>>;

async function makeFiles(gigabytes: number): Promise<Files> {
  const mp4 = join(workDirectory, 'large.mp4');
  const { samples } = makeLargeSet(mp4, gigabytes * 1e9);
  await run(process.execPath, [programPath('salvor'), 'mp4writer', '-q', '--remove-staging', mp4]);
  const files = { mp4, flv: join(workDirectory, 'large.flv'), ts: join(workDirectory, 'large.ts') };
  const ffmpeg = judge('ffmpeg');
  for (const target of [files.flv, files.ts]) {
    await run(ffmpeg, ['-nostdin', '-v', 'error', '-i', mp4, '-c', 'copy', target]);
  }
  settle();
  console.log(`\nprobe: ${megabytes(statSync(mp4).size)}, ${samples} samples`);
  return files;
}

/** In a run of its own: to ask a program for its memory takes as long as a part of a quick look. */
async function memoryOf(words: readonly string[]): Promise<number> {
  return peak([await run(process.execPath, [programPath('salvor'), 'probe', ...words], { memory: 'exit' })]);
}

async function quickLooks(files: Files, rounds: number, verdict: Verdict): Promise<void> {
  const rows = [['quick', 'salvor', 'ffprobe', 'MediaInfo', 'to ffprobe', 'memory', '']];
  for (const [container, file] of Object.entries(files)) {
    const contestants: Contestant[] = [
      { name: 'salvor', run: () => run(process.execPath, [programPath('salvor'), 'probe', file]) },
      {
        name: 'ffprobe',
        run: () => run(judge('ffprobe'), ['-v', 'quiet', '-of', 'json', '-show_format', '-show_streams', file]),
      },
      { name: 'MediaInfo', run: () => run(judge('mediainfo'), [file]) },
    ];
    const runs = await inTurns(contestants, rounds);
    const memory = await memoryOf([file]);
    const [ours, theirs, info] = ['salvor', 'ffprobe', 'MediaInfo'].map((name) => median(runs.get(name)!));
    const ratio = ours! / theirs!;
    const milliseconds = (seconds: number): string => `${(seconds * 1000).toFixed(0)} ms`;
    rows.push([
      container,
      milliseconds(ours!),
      milliseconds(theirs!),
      milliseconds(info!),
      ratio.toFixed(2),
      megabytes(memory),
      verdict.atMost(ratio, toFfprobe),
    ]);
  }
  console.log(table(rows));
}

async function deepLooks(files: Files, rounds: number, verdict: Verdict): Promise<void> {
  const rows = [['deep', 'salvor', 'cat', 'to cat', 'memory', '']];
  for (const [container, file] of Object.entries(files)) {
    const contestants: Contestant[] = [
      { name: 'salvor', run: () => run(process.execPath, [programPath('salvor'), 'probe', '--deep', file]) },
      { name: 'cat', run: () => run('sh', ['-c', 'cat "$1" > /dev/null', 'sh', file]) },
    ];
    const runs = await inTurns(contestants, rounds);
    const memory = await memoryOf(['--deep', file]);
    const [ours, cat] = ['salvor', 'cat'].map((name) => median(runs.get(name)!));
    const ratio = ours! / cat!;
    const limit = container === 'mp4' ? undefined : toCat[container as 'flv' | 'ts'];
    rows.push([
      container,
      `${ours!.toFixed(2)} s`,
      `${cat!.toFixed(2)} s`,
      ratio.toFixed(2),
      megabytes(memory),
      limit === undefined ? '' : verdict.atMost(ratio, Number(limit.toFixed(2))),
    ]);
  }
  console.log(table(rows));
}
