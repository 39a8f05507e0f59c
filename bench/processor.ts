/**
 * What each verb costs the processor for a gigabyte, beside the best program for the same purpose and `cat`, all in one run.
 * Seconds of the processor, unlike those of the clock, mean something on a machine that does other work as well.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { findJudge, type JudgeName } from '../test/support/judges.ts';
import { programPath } from '../test/support/programs.ts';
import { makeFlv } from './make-flv.ts';
import { makeLargeSet } from './make-set.ts';
import { costOf, settle, table } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

interface Comparison {
  readonly verb: string;
  readonly input: string;
  readonly ours: readonly string[];
  /** Undefined: nothing else does that. */
  readonly theirs?: readonly [judge: JudgeName, ...words: string[]];
  /** What is written is removed before each run. */
  readonly outputs: readonly string[];
}

const at = (name: string): string => join(workDirectory, name);

function make(gigabytes: number, ffmpeg: string): Comparison[] {
  const bytes = gigabytes * 1e9;
  makeLargeSet(at('rec.mp4'), bytes);
  const salvor = (...words: string[]): string[] => [process.execPath, programPath('salvor'), ...words];
  const copy = ['-nostdin', '-v', 'error', '-y', '-i'];
  costOf(salvor('mp4writer', '-q', at('rec.mp4'), '-o', at('whole.mp4')));
  costOf([ffmpeg, ...copy, at('whole.mp4'), '-c', 'copy', '-f', 'mpegts', at('rec.ts')]);
  makeFlv(at('rec.flv'), { picturesPerSecond: 30, pictureBytes: 30_000, keyFrameEvery: 60, bytes });
  const anHourAgo = Date.now() / 1000 - 3600;
  utimesSync(at('rec.flv'), anHourAgo, anHourAgo);
  mkdirSync(at('parts'));
  const out = (name: string): { outputs: string[] } => ({ outputs: [at(name)] });
  const parts = ['-c', 'copy', '-f', 'segment', '-segment_time', '60', at('parts/%03d.ts')];
  return [
    {
      verb: 'mp4writer',
      input: 'rec.mp4.mdat',
      ours: salvor('mp4writer', '-q', at('rec.mp4'), '-o', at('out.mp4')),
      theirs: ['ffmpeg', ...copy, at('whole.mp4'), '-c', 'copy', '-movflags', '+faststart', at('out.mp4')],
      ...out('out.mp4'),
    },
    {
      verb: 'mp4writer --recovery, media alone',
      input: 'lone.mp4.mdat',
      ours: salvor('mp4writer', '-q', '--recovery', at('lone.mp4'), '-o', at('out.mp4')),
      ...out('out.mp4'),
    },
    {
      verb: 'remux',
      input: 'whole.mp4',
      ours: salvor('remux', '-q', at('whole.mp4'), '-o', at('out.mp4')),
      theirs: ['ffmpeg', ...copy, at('whole.mp4'), '-c', 'copy', '-movflags', '+faststart', at('out.mp4')],
      ...out('out.mp4'),
    },
    {
      verb: 'flv-fix -n',
      input: 'rec.flv',
      ours: salvor('flv-fix', '-q', '-n', at('rec.flv')),
      theirs: ['flvmeta', '--check', '--quiet', at('rec.flv')],
      outputs: [],
    },
    {
      verb: 'flv-fix --index -o',
      input: 'rec.flv',
      ours: salvor('flv-fix', '-q', '--index', at('rec.flv'), '-o', at('out.flv')),
      theirs: ['flvmeta', '--update', at('rec.flv'), at('out.flv')],
      ...out('out.flv'),
    },
    {
      verb: 'ts-split',
      input: 'rec.ts',
      ours: salvor('ts-split', '-q', '--duration', '60', at('rec.ts'), '-o', `${at('parts')}/`),
      theirs: ['ffmpeg', ...copy, at('rec.ts'), ...parts],
      ...out('parts'),
    },
    {
      verb: 'ts-fix -o',
      input: 'rec.ts',
      ours: salvor('ts-fix', '-q', at('rec.ts'), '-o', at('out.ts')),
      theirs: ['ffmpeg', ...copy, at('rec.ts'), '-c', 'copy', '-f', 'mpegts', at('out.ts')],
      ...out('out.ts'),
    },
    {
      verb: 'probe --deep, TS',
      input: 'rec.ts',
      ours: salvor('probe', '--deep', at('rec.ts')),
      theirs: ['ffprobe', '-v', 'error', '-count_packets', '-show_streams', at('rec.ts')],
      outputs: [],
    },
  ];
}

/** Runs each verb and what it is compared with in turns, and shows the least that each took. */
export async function benchProcessor({ gigabytes, rounds }: { gigabytes: number; rounds: number }): Promise<void> {
  const ffmpeg = findJudge('ffmpeg');
  if (ffmpeg === undefined) {
    console.log('  no ffmpeg here (run .ci/get-judges)');
    return;
  }
  await inWorkDirectory(async () => {
    const comparisons = make(gigabytes, ffmpeg);
    spawnSync('ln', [at('rec.mp4.mdat'), at('lone.mp4.mdat')]);
    const rows = [['seconds of the processor for a GB', 'salvor', 'best peer', '', 'cat FILE >OUT']];
    for (const { verb, input, ours, theirs, outputs } of comparisons) {
      const peer = theirs === undefined ? undefined : findJudge(theirs[0]);
      const least = { ours: Infinity, theirs: Infinity, cat: Infinity };
      const clear = (): void => {
        for (const path of [...outputs, at('copy')]) rmSync(path, { recursive: true, force: true });
        if (outputs.includes(at('parts'))) mkdirSync(at('parts'));
        settle();
      };
      const size = statSync(at(input)).size / 1e9;
      for (let round = 0; round < rounds; round++) {
        clear();
        least.ours = Math.min(least.ours, costOf(ours).seconds / size);
        clear();
        if (peer !== undefined) {
          least.theirs = Math.min(least.theirs, costOf([peer, ...theirs!.slice(1)]).seconds / size);
        }
        clear();
        const copying = ['sh', '-c', 'cat "$0" >"$1"', at(input), at('copy')];
        least.cat = Math.min(least.cat, costOf(copying).seconds / size);
      }
      clear();
      const shown = (seconds: number): string => (seconds === Infinity ? '' : seconds.toFixed(2));
      rows.push([verb, shown(least.ours), shown(least.theirs), theirs?.[0] ?? '', shown(least.cat)]);
    }
    console.log(`${gigabytes} GB each, the least of ${rounds} runs.`);
    console.log(table(rows));
  });
}
