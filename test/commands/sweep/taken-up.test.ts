/**
 * A sweep over what killed runs have left: of a verb at each of its system calls that change something, copied to a folder each,
 * and of sweeps that were putting results in the place of originals. It has to end as if nobody had been killed.
 */
import assert from 'node:assert/strict';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contentsOf, type Contents } from '../../support/fault-sweep.ts';
import { noFaults, runWithSnapshots } from '../../support/faults.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { runProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { age } from '../../support/sweep-tree.ts';

const killedFlv = join(fixturesDirectory, 'flv/killed-chunk3.flv');

/** What is begun on a folder: how it is laid out, and the words of the verb. */
interface Begun {
  readonly stage: (folder: string) => void | Promise<void>;
  readonly words: (folder: string) => readonly string[];
}

/** An FLV in which nothing but its duration is wrong. */
async function patchable(folder: string): Promise<void> {
  const path = join(folder, 'rec.flv');
  assert.equal((await runProgram('salvor', ['flv-fix', '-q', killedFlv, '-o', path])).status, 0);
  const bytes = readFileSync(path);
  const value = bytes.indexOf('duration') + 'duration'.length + 1;
  writeFileSync(path, bytes.fill(0, value, value + 8));
}

const inPlaceAndBeside: Readonly<Record<string, Begun>> = {
  patched: { stage: patchable, words: (folder) => ['flv-fix', '-q', join(folder, 'rec.flv')] },
  fixed: {
    stage: (folder) => copyFileSync(killedFlv, join(folder, 'rec.flv')),
    words: (folder) => ['flv-fix', '-q', join(folder, 'rec.flv'), '-o', join(folder, 'rec.fixed.flv')],
  },
  repaired: {
    stage: (folder) =>
      copyFileSync(join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4'), join(folder, 'rec.mp4')),
    words: (folder) => ['repair', '-q', join(folder, 'rec.mp4')],
  },
};

const removing: Readonly<Record<string, Begun>> = {
  combined: {
    stage: (folder) => copyStagingCase('clean', 'short-1s', folder),
    words: (folder) => ['mp4writer', '-q', '--recovery', '--remove-staging', join(folder, 'rec.mp4')],
  },
};

for (const { options, verbs } of [
  { options: [], verbs: inPlaceAndBeside },
  { options: ['--replace'], verbs: removing },
]) {
  test(
    `whenever ${Object.keys(verbs).join(', ')} was killed, sweep ${options.join(' ')} ends it`,
    noFaults === undefined ? {} : { skip: noFaults },
    async (t) => {
      const scratch = scratchDirectory(t);
      const tree = join(scratch, 'tree');
      const truths: { readonly folder: string; readonly when: string; readonly truth: Contents }[] = [];
      for (const [name, { stage, words }] of Object.entries(verbs)) {
        const [folder, copies] = [join(scratch, name), join(tree, name)];
        for (const each of [folder, copies]) mkdirSync(each, { recursive: true });
        await stage(folder);
        age(folder);
        const { result, snapshots } = await runWithSnapshots('salvor', words(folder), folder, copies);
        assert.equal(result.status, 0, result.stderr);
        assert.ok(snapshots.length > 5);
        const truth = contentsOf(folder);
        truths.push(...snapshots.slice(0, -1).map(({ directory, when }) => ({ folder: directory, when, truth })));
      }
      const { status, stderr } = await runProgram('salvor', ['sweep', '-q', '--min-age', '0', ...options, tree]);
      assert.deepEqual([status, stderr], [0, '']);
      for (const { folder, when, truth } of truths) assert.deepEqual(contentsOf(folder), truth, when);
      t.diagnostic(`${truths.length} moments`);
    },
  );
}

test('wherever a sweep was killed that kept the files of a set, the next one ends it', async (t) => {
  const scratch = scratchDirectory(t);
  const [root, kept] = [join(scratch, 'tree'), join(scratch, 'kept')];
  const files = ['rec.mp4.info', 'rec.mp4.track1', 'rec.mp4.track2', 'rec.mp4.mdat'];
  const whole = join(scratch, 'whole');
  mkdirSync(whole);
  copyStagingCase('clean', 'short-1s', whole);
  assert.equal((await runProgram('salvor', ['mp4writer', '-q', join(whole, 'rec.mp4')])).status, 0);
  const truth = contentsOf(whole);
  // So many of them have been kept, and so many of those are gone from where they lay.
  const moments = files.flatMap((_, index) => [
    { count: index + 1, gone: 0 },
    { count: files.length, gone: index },
  ]);
  for (const [number, { count, gone }] of moments.entries()) {
    const [folder, keep] = [join(root, `${number}`), join(kept, `${number}`)];
    for (const each of [folder, keep]) mkdirSync(each, { recursive: true });
    for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(folder, name));
    for (const name of files.slice(0, count)) linkSync(join(folder, name), join(keep, name));
    for (const name of files.slice(0, gone)) unlinkSync(join(folder, name));
  }
  age(root);
  const line = ['sweep', '--replace', '--keep', kept, root];
  const { status, stderr } = await runProgram('salvor', line);
  assert.deepEqual([status, stderr], [0, '']);
  for (const number of moments.keys()) {
    assert.deepEqual(readdirSync(join(root, `${number}`)), ['rec.mp4']);
    const both = { ...contentsOf(join(root, `${number}`)), ...contentsOf(join(kept, `${number}`)) };
    assert.deepEqual(both, truth);
  }
  const again = await runProgram('salvor', line);
  assert.deepEqual([again.status, again.stdout, again.stderr], [0, '', '']);
  // What has the names of what is kept, but is something else, is a set of its own.
  const other = join(root, '0');
  copyStagingCase('clean', 'short-1s', other);
  renameSync(join(other, 'rec.mp4'), join(other, 'result'));
  age(root);
  const refused = await runProgram('salvor', line);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /the file exists already; the original was left where it is/);
  assert.ok(files.every((name) => readdirSync(other).includes(name)));
});
