/**
 * `evo-mp4writer` in the place of the media server's own program: what scripts pass to it, what they get back.
 */
import assert from 'node:assert/strict';
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { runOnTerminal, runProgram } from '../../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';

const stagingEndings = ['.info', '.mdat', '.track1', '.track2'];

/** A folder with a working copy of a case. */
function folderOf(lifetime: Lifetime, name: string, group: StagingFixture['group'] = 'clean'): string {
  const folder = scratchDirectory(lifetime);
  copyStagingCase(group, name, folder);
  return folder;
}

/** Gives the set in a folder another name. */
function rename(folder: string, from: string, to: string): void {
  for (const ending of stagingEndings) renameSync(join(folder, from + ending), join(folder, to + ending));
}

function names(folder: string): readonly string[] {
  return Object.keys(folderContents(folder));
}

test('scripts write the arguments as the original takes them, or as people do', async (t) => {
  const spellings: readonly ((path: string) => readonly string[])[] = [
    (path) => [`-path=${path}`],
    (path) => [`--path=${path}`],
    (path) => ['-path', path],
    (path) => ['--path', path],
    (path) => [`-path=${path}`, '--recovery'],
    (path) => ['--recovery', `-path=${path}`],
    (path) => ['--recovery=1', `-path=${path}`],
    (path) => ['-path=/nowhere/at/all.mp4', `-path=${path}`],
  ];
  for (const spelling of spellings) {
    const folder = folderOf(t, 'short-1s');
    const args = spelling(join(folder, 'rec.mp4'));
    const { status, stdout, stderr } = await runProgram('evo-mp4writer', args);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' }, args.join(' '));
    assert.deepEqual(names(folder), ['rec.mp4']);
  }
});

test('a path without .mp4, or that of any staging file, means the recording', async (t) => {
  for (const given of ['rec', 'rec.mp4', 'rec.mp4.info', 'rec.mp4.mdat', 'rec.mp4.track1', 'rec.mp4.track2']) {
    const folder = folderOf(t, 'short-1s');
    const { status, stderr } = await runProgram('evo-mp4writer', [`-path=${join(folder, given)}`]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, given);
    assert.deepEqual(names(folder), ['rec.mp4'], given);
  }
});

test('a relative path, and one with an equals sign and a space in it, are taken as they are', async (t) => {
  const folder = folderOf(t, 'short-1s');
  rename(folder, 'rec.mp4', 'a=b c.mp4');
  const { status } = await runProgram('evo-mp4writer', ['-path=a=b c.mp4'], { cwd: folder });
  assert.equal(status, 0);
  assert.deepEqual(names(folder), ['a=b c.mp4']);
});

test('the names that servers give to recordings are found: dots, date folders, a number for what existed', async (t) => {
  const given: readonly (readonly [string, string])[] = [
    ['c.foo.mp4', 'c.foo'],
    ['rec.flv', 'rec.flv'],
    ['rec.ts', 'rec.ts'],
    ['a.mp4_0001.mp4', 'a.mp4_0001.mp4'],
    ['cam-20240131-235959.mp4', 'cam-20240131-235959'],
  ];
  for (const [recording, path] of given) {
    const folder = folderOf(t, 'short-1s');
    rename(folder, 'rec.mp4', recording);
    const { status, stderr } = await runProgram('evo-mp4writer', [`-path=${join(folder, path)}`]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, path);
    assert.deepEqual(names(folder), [recording]);
  }
});

test('the name of a chunked recording combines every part, the name of a part that one', async (t) => {
  for (const given of ['rec.mp4', 'rec']) {
    const folder = folderOf(t, 'chunked');
    const { status, stderr } = await runProgram('evo-mp4writer', [`-path=${join(folder, given)}`]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, given);
    assert.deepEqual(names(folder), ['rec_part0000.mp4', 'rec_part0001.mp4']);
  }
  const folder = folderOf(t, 'chunked');
  const { status } = await runProgram('evo-mp4writer', [`-path=${join(folder, 'rec_part0001.mp4')}`]);
  assert.equal(status, 0);
  assert.deepEqual(
    names(folder).filter((name) => !name.startsWith('rec_part0000.mp4.')),
    ['rec_part0001.mp4'],
  );
  assert.equal(Object.keys(stagingFilesIn(folderContents(folder))).length, 4, 'the other part is not touched');
});

test('an unknown argument is warned of and ignored', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const args = ['--threads=4', `-path=${join(folder, 'rec.mp4')}`, 'whatever'];
  const { status, stdout, stderr } = await runProgram('evo-mp4writer', args);
  assert.equal(status, 0);
  assert.equal(stdout, '');
  assert.match(stderr, /warning.*--threads=4/);
  assert.match(stderr, /warning.*whatever/);
  assert.deepEqual(names(folder), ['rec.mp4']);
});

test('without a path, or with one where nothing is, it fails and says so', async (t) => {
  const folder = scratchDirectory(t);
  for (const args of [[], ['-path='], ['--recovery'], [`-path=${join(folder, 'rec.mp4')}`], [`-path=${folder}`]]) {
    const { status, stdout, stderr } = await runProgram('evo-mp4writer', args);
    assert.equal(status, 255, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^evo-mp4writer: /);
    assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
  }
  assert.deepEqual(names(folder), []);
});

test('--help and --version answer on standard output', async () => {
  const help = await runProgram('evo-mp4writer', ['--help']);
  assert.equal(help.status, 0);
  for (const option of ['-path=', '--recovery', '--keep']) assert.ok(help.stdout.includes(option), option);
  const version = await runProgram('evo-mp4writer', ['--version']);
  assert.equal(version.status, 0);
  assert.match(version.stdout, /\d+\.\d+\.\d+/);
});

test('an existing file is replaced, as the original does', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const fresh = folderOf(t, 'short-1s');
  writeFileSync(join(folder, 'rec.mp4'), 'what was there before');
  for (const each of [folder, fresh]) {
    assert.equal((await runProgram('evo-mp4writer', [`-path=${join(each, 'rec.mp4')}`])).status, 0);
  }
  assert.deepEqual(folderContents(folder), folderContents(fresh));
});

test('on a terminal it says what it made', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const { status, stdout } = await runOnTerminal('evo-mp4writer', [`-path=${join(folder, 'rec.mp4')}`]);
  assert.equal(status, 0);
  assert.match(stdout, /rec\.mp4.*25 samples.*43 samples/s);
});

test('a set whose files contradict each other is refused without --recovery, with nothing changed', async (t) => {
  const torn = ['b-08.70s', 'c-flush1-op46', 'd-flush2-op06', 'e-close-op08', 'f-intra60-18.40s', 'h-audioonly-08.00s'];
  for (const name of torn) {
    const folder = folderOf(t, name, 'crashed');
    const before = folderContents(folder);
    const { status, stdout, stderr } = await runProgram('evo-mp4writer', [`-path=${join(folder, 'rec.mp4')}`]);
    assert.equal(status, 255, name);
    assert.equal(stdout, '');
    assert.match(stderr, /--recovery/, name);
    assert.match(stderr, /rec\.mp4\.(?:info|mdat|track1|track2)/, 'it names the file that is wrong');
    assert.equal(stderr.trim().split('\n').length, 1, 'in one line');
    assert.deepEqual(folderContents(folder), before, name);
  }
});

test('the leftovers of a removal that was killed are removed by the next run', async (t) => {
  for (const name of ['short-1s', 'audio-only', 'exactly-1024-keyframes']) {
    const gone: string[] = [];
    for (const ending of ['.track1', '.track2', '.mdat']) {
      gone.push(ending);
      const folder = folderOf(t, name);
      const path = join(folder, 'rec.mp4');
      assert.equal((await runProgram('evo-mp4writer', [`-path=${path}`, '--keep'])).status, 0);
      const made = folderContents(folder)['rec.mp4'];
      const { ino } = statSync(path);
      for (const removed of gone) rmSync(path + removed, { force: true });
      const { status, stderr } = await runProgram('evo-mp4writer', [`-path=${path}`]);
      assert.deepEqual({ status, stderr }, { status: 0, stderr: '' }, `${name} without ${gone.join(' ')}`);
      assert.deepEqual(folderContents(folder), { 'rec.mp4': made });
      assert.equal(statSync(path).ino, ino, 'the MP4 is not written again');
    }
    const finished = folderOf(t, name);
    const path = join(finished, 'rec.mp4');
    assert.equal((await runProgram('evo-mp4writer', [`-path=${path}`])).status, 0);
    const again = await runProgram('evo-mp4writer', [`-path=${path}`]);
    assert.deepEqual({ status: again.status, stderr: again.stderr }, { status: 0, stderr: '' }, 'nothing left to do');
  }
});

test('leftovers beside an MP4 that is not theirs are kept', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const other = folderOf(t, 'samesize');
  const path = join(folder, 'rec.mp4');
  assert.equal((await runProgram('evo-mp4writer', [`-path=${join(other, 'rec.mp4')}`])).status, 0);
  renameSync(join(other, 'rec.mp4'), path);
  rmSync(`${path}.track1`);
  const before = folderContents(folder);
  const { status } = await runProgram('evo-mp4writer', [`-path=${path}`]);
  assert.equal(status, 255);
  assert.deepEqual(folderContents(folder), before);
});
