/**
 * What a sweep costs for many small files: the first one, and one over the unchanged tree, without a state file and with one;
 * beside starting a verb for each file, as `find -exec` and GNU parallel do (of a sample: they take long). Most of a tree is
 * finished, as trees are.
 */
import { copyFileSync, mkdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../test/support/programs.ts';
import { fixturesDirectory } from '../test/support/project.ts';
import { megabytes, run, settle, table, type Run, type Verdict } from './measure.ts';
import { inWorkDirectory, workDirectory } from './work-directory.ts';

const maxMillisecondsPerFile = 25;
const maxParentMegabytes = 150;
const perDirectory = 1000;
/** One in so many was never finished. */
const unfinishedEvery = 10;
const sampled = 40;

export async function benchSweep({ files, jobs }: { files: number; jobs: number }, verdict: Verdict): Promise<void> {
  await inWorkDirectory(async () => {
    const tree = join(workDirectory, 'tree');
    const state = join(workDirectory, 'state');
    await makeTree(tree, files);
    const salvor = (...words: string[]): Promise<Run> =>
      run(process.execPath, [programPath('salvor'), 'sweep', '-q', '--min-age', '0', '-j', String(jobs), ...words], {
        memory: 'poll',
      });
    const rows = [['', 'time', 'a file', 'peak memory of the parent', '', '']];
    const show = (name: string, { seconds, peakMemoryBytes }: Run, count: number, limit: number): void => {
      const each = (seconds * 1000 * jobs) / count;
      const row = [
        name,
        `${seconds.toFixed(2)} s`,
        `${each.toFixed(2)} ms`,
        megabytes(peakMemoryBytes),
        verdict.atMost(each, limit),
        verdict.atMost(peakMemoryBytes / 1e6, maxParentMegabytes),
      ];
      rows.push(row);
      console.error(row.join('  '));
    };
    settle();
    show(`first sweep, -j ${jobs}`, await salvor('--state', state, tree), files, maxMillisecondsPerFile);
    settle();
    // What was finished has been written to: it is looked at once more.
    await salvor('--state', state, tree);
    show('unchanged, with a state file', await salvor('--state', state, tree), files, maxMillisecondsPerFile);
    show('unchanged, without', await salvor(tree), files, maxMillisecondsPerFile);
    const verb = `"${process.execPath}" "${programPath('salvor')}" flv-fix -q {}`;
    const others = {
      'find -exec salvor flv-fix': `find "${tree}" -name "*.flv" -exec ${verb} ";"`,
      [`parallel -j ${jobs} salvor flv-fix`]: `find "${tree}" -name "*.flv" | parallel -j ${jobs} '${verb}'`,
    };
    for (const [name, line] of Object.entries(others)) {
      rmSync(tree, { recursive: true });
      await makeTree(tree, sampled);
      const { seconds } = await run('sh', ['-c', line]);
      const each = (seconds * 1000) / sampled;
      rows.push([`${name}, of ${sampled}`, `${seconds.toFixed(2)} s`, `${each.toFixed(2)} ms`, '', '', '']);
    }
    console.log(`\nsweep: ${files} FLVs of 28 kB, one in ${unfinishedEvery} unfinished\n${table(rows)}`);
  });
}

async function makeTree(tree: string, files: number): Promise<void> {
  const killed = join(fixturesDirectory, 'flv/killed-chunk3.flv');
  const intact = join(workDirectory, 'intact.flv');
  copyFileSync(killed, intact);
  await run(process.execPath, [programPath('salvor'), 'flv-fix', '-q', intact]);
  const then = Math.floor(Date.now() / 1000) - 3600;
  for (let number = 0; number < files; number++) {
    const directory = join(tree, `cam${Math.floor(number / perDirectory)}`);
    if (number % perDirectory === 0) mkdirSync(directory, { recursive: true });
    const path = join(directory, `rec_${String(number).padStart(6, '0')}.flv`);
    copyFileSync(number % unfinishedEvery === 0 ? killed : intact, path);
    utimesSync(path, then, then);
  }
}
