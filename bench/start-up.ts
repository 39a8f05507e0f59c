/**
 * How long salvor takes to start, against Node itself doing nothing. Who runs a program once a recording, or asks for its
 * version in a script, pays for its start-up and for little else.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyStagingCase } from '../test/support/fixtures.ts';
import { programPath } from '../test/support/programs.ts';
import { inTurns, median, run, table, type Contestant, type Verdict } from './measure.ts';

const versionLimit = 1.3;
const verbLimit = 4.5;

export async function benchStartUp(rounds: number, verdict: Verdict): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-bench-'));
  try {
    copyStagingCase('clean', 'av-bframes', directory);
    mkdirSync(join(directory, 'drop-in'));
    const recording = join(directory, 'rec.mp4');
    const output = join(directory, 'out.mp4');
    const node = (...args: string[]): ReturnType<typeof run> => run(process.execPath, args);
    const bare = 'node -e 0';
    const contestants: readonly (Contestant & { readonly limit: number })[] = [
      { name: bare, limit: Infinity, run: () => node('-e', '0') },
      { name: 'salvor --version', limit: versionLimit, run: () => node(programPath('salvor'), '--version') },
      {
        name: 'evo-mp4writer --version',
        limit: versionLimit,
        run: () => node(programPath('evo-mp4writer'), '--version'),
      },
      { name: 'salvor --help', limit: verbLimit, run: () => node(programPath('salvor'), '--help') },
      {
        name: 'salvor mp4writer --help',
        limit: verbLimit,
        run: () => node(programPath('salvor'), 'mp4writer', '--help'),
      },
      {
        name: 'salvor mp4writer, 265 kB',
        limit: verbLimit,
        prepare: () => rmSync(output, { force: true }),
        run: () => node(programPath('salvor'), 'mp4writer', recording, '--output', output, '--quiet'),
      },
      {
        name: 'evo-mp4writer, 265 kB',
        limit: verbLimit,
        prepare: () => copyStagingCase('clean', 'av-bframes', join(directory, 'drop-in')),
        run: () => node(programPath('evo-mp4writer'), `-path=${join(directory, 'drop-in/rec.mp4')}`),
      },
    ];
    console.log(`Start-up: medians of ${rounds} runs each, in turns.`);
    const runs = await inTurns(contestants, rounds);
    const base = median(runs.get(bare)!);
    console.log(
      table([
        ['', 'median', 'to bare node', ''],
        ...contestants.map(({ name, limit }) => {
          const time = median(runs.get(name)!);
          return [
            name,
            `${(time * 1000).toFixed(0)} ms`,
            (time / base).toFixed(2),
            limit === Infinity ? '' : verdict.atMost(time / base, limit),
          ];
        }),
      ]),
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
