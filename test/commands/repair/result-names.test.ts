/** Which names the results of a directory get: every recording gets one, whatever its neighbours are called. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { goFixture } from './damaged-recordings.ts';

const damaged = goFixture('h265_inband_aac_kill193', 'recording.mp4');

test('recordings that differ in their extension alone: the second result has the whole name, again too', async (t) => {
  const root = scratchDirectory(t);
  for (const name of ['rec.mov', 'rec.mp4', 'other.mp4']) copyFileSync(damaged, join(root, name));
  for (const round of [1, 2]) {
    const { status, stderr } = await runInProcess('salvor', ['repair', '-q', '-r', root]);
    assert.deepEqual([status, stderr], [0, ''], `${round}`);
    const made = readdirSync(root).filter((name) => name.includes('.repaired'));
    assert.deepEqual(made, ['other.repaired.mp4', 'rec.mp4.repaired.mp4', 'rec.repaired.mp4']);
  }
  const output = scratchDirectory(t);
  const named = ['rec.mp4', 'rec.mov'].map((name) => join(root, name));
  const { status } = await runInProcess('salvor', ['repair', '-q', ...named, '-o', `${output}/`]);
  assert.equal(status, 0);
  assert.deepEqual(readdirSync(output), ['rec.mov.repaired.mp4', 'rec.mp4']);
});

test('recordings of one name, and one output for several, are refused', async (t) => {
  const root = scratchDirectory(t);
  const paths = ['a', 'b'].map((folder) => {
    mkdirSync(join(root, folder));
    copyFileSync(damaged, join(root, folder, 'rec.mp4'));
    return join(root, folder, 'rec.mp4');
  });
  const output = scratchDirectory(t);
  for (const target of [`${output}/`, join(output, 'one.mp4')]) {
    const { status, stderr } = await runInProcess('salvor', ['repair', ...paths, '-o', target]);
    assert.equal(status, 2);
    assert.match(stderr, /several files would become this one/);
  }
  assert.deepEqual(readdirSync(output), []);
});
