/**
 * How a recovery ends: exit codes, what is kept and removed, what is said. The samples themselves are recovery.test.ts's.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase, stagingCases, type StagingFixture } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';

/** A working copy of a case, and the path of its recording. */
function workingCopy(
  group: StagingFixture['group'],
  name: string,
  lifetime: Lifetime,
): { folder: string; path: string } {
  const folder = scratchDirectory(lifetime);
  copyStagingCase(group, name, folder);
  return { folder, path: join(folder, 'rec.mp4') };
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

test('salvor --strict exits with 3 where media was lost, and with 0 where all of it came back', async (t) => {
  const torn = workingCopy('crashed', 'b-08.70s', t);
  assert.equal((await runInProcess('salvor', ['mp4writer', '--recovery', '--strict', torn.path])).status, 3);
  assert.ok('rec.mp4' in folderContents(torn.folder), 'the file is made all the same');
  const whole = workingCopy('clean', 'av-bframes', t);
  assert.equal((await runInProcess('salvor', ['mp4writer', '--recovery', '--strict', whole.path])).status, 0);
});

test('salvor --recovery without --strict exits with 0, says two lines, and keeps the staging files', async (t) => {
  const { folder, path } = workingCopy('crashed', 'b-12.30s', t);
  const before = folderContents(folder);
  const { status, stdout, stderr } = await runInProcess('salvor', ['mp4writer', '--recovery', path]);
  assert.equal(status, 0);
  assert.equal(lines(stdout).length, 1);
  assert.equal(lines(stderr).length, 1);
  assert.deepEqual(stagingFilesIn(folderContents(folder)), before);
});

test('salvor --recovery exits with 1 and changes nothing where the media holds no sample', async (t) => {
  const { folder, path } = workingCopy('crashed', 'a-preflush-4.70s', t);
  const media = readFileSync(`${path}.mdat`);
  writeFileSync(`${path}.mdat`, media.fill(0xa5, 16));
  const before = folderContents(folder);
  const { status, stderr } = await runInProcess('salvor', ['mp4writer', '--recovery', path]);
  assert.equal(status, 1);
  assert.match(stderr, /rec\.mp4/);
  assert.deepEqual(folderContents(folder), before);
});

test('--remove-staging keeps the staging files of a recovery that left something behind', async (t) => {
  const { folder, path } = workingCopy('crashed', 'b-08.70s', t);
  const before = folderContents(folder);
  assert.equal((await runInProcess('salvor', ['mp4writer', '--recovery', '--remove-staging', path])).status, 0);
  assert.deepEqual(stagingFilesIn(folderContents(folder)), before);
});

test('--remove-staging removes the staging files where all of the media is in the result', async (t) => {
  const { folder, path } = workingCopy('crashed', 'd-flush2-op06', t);
  assert.equal((await runInProcess('salvor', ['mp4writer', '--recovery', '--remove-staging', path])).status, 0);
  assert.deepEqual(stagingFilesIn(folderContents(folder)), {});
});

test('--recovery of a clean set makes the very file that is made without, and removes the staging files', async (t) => {
  // In `chunked` the recorder lost the first composition offset of the second part, which only a recovery repairs.
  for (const name of stagingCases('clean').filter((each) => each !== 'chunked')) {
    const plain = workingCopy('clean', name, t);
    const recovered = workingCopy('clean', name, t);
    assert.equal((await runInProcess('evo-mp4writer', [`-path=${plain.path}`])).status, 0);
    assert.equal((await runInProcess('evo-mp4writer', [`-path=${recovered.path}`, '--recovery'])).status, 0);
    assert.deepEqual(folderContents(recovered.folder), folderContents(plain.folder), name);
  }
});

test('--keep keeps the staging files even if everything was recovered', async (t) => {
  const { folder, path } = workingCopy('clean', 'av-bframes', t);
  const before = folderContents(folder);
  assert.equal((await runInProcess('evo-mp4writer', [`-path=${path}`, '--recovery', '--keep'])).status, 0);
  assert.deepEqual(stagingFilesIn(folderContents(folder)), before);
});

test('every part of a chunked recording is recovered, the one without an index too', async (t) => {
  const { folder, path } = workingCopy('crashed', 'i-chunked4-12.00s', t);
  const before = folderContents(folder);
  const { status } = await runInProcess('evo-mp4writer', [`-path=${path}`, '--recovery', '--keep']);
  assert.equal(status, 0);
  const now = folderContents(folder);
  assert.ok('rec_part0000.mp4' in now && 'rec_part0001.mp4' in now && 'rec_part0002.mp4' in now);
  assert.deepEqual(stagingFilesIn(now), before);
});

test('the report tells what was kept, what was lost and what was assumed', async (t) => {
  const { path } = workingCopy('crashed', 'b-08.70s', t);
  const { status, stdout } = await runInProcess('salvor', ['mp4writer', '--recovery', '--json', path]);
  assert.equal(status, 0);
  const { recordings } = JSON.parse(stdout) as {
    recordings: readonly {
      outcome: string;
      inputs: readonly { fate: string }[];
      tracks: readonly { kind: string; kept: { samples: number }; lost: { samples: number } }[];
      unindexed: readonly { file: string; offset: number; length: number }[];
    }[];
  };
  const [report] = recordings;
  assert.equal(report?.outcome, 'made');
  assert.ok(report.inputs.every(({ fate }) => fate === 'kept'));
  assert.deepEqual(report.tracks.map(({ kind }) => kind).sort(), ['audio', 'video']);
  assert.ok(report.unindexed.length > 0 && report.unindexed.every(({ length }) => length > 0));
});
