/**
 * `salvor mp4writer`: its options, its report and its exit codes.
 */
import assert from 'node:assert/strict';
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OperationReport } from '../../../src/media/report.ts';
import { copyStagingCase, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { trackSamples } from '../../support/truth.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';

function folderOf(lifetime: Lifetime, name: string, group: StagingFixture['group'] = 'clean'): string {
  const folder = scratchDirectory(lifetime);
  copyStagingCase(group, name, folder);
  return folder;
}

function names(folder: string): readonly string[] {
  return Object.keys(folderContents(folder)).filter((name) => !/\.(?:info|mdat|track[12])$/.test(name));
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

test('several recordings are combined in one call, a line each, and their staging files stay', async (t) => {
  const folders = ['short-1s', 'samesize', 'audio-only'].map((name) => folderOf(t, name));
  const before = folders.map(folderContents);
  const paths = folders.map((folder) => join(folder, 'rec.mp4'));
  const { status, stdout, stderr } = await runInProcess('salvor', ['mp4writer', ...paths]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.equal(lines(stdout).length, 3);
  for (const [index, folder] of folders.entries()) {
    assert.deepEqual(names(folder), ['rec.mp4']);
    assert.deepEqual(stagingFilesIn(folderContents(folder)), before[index]);
  }
});

test('combine is another name of it, and all staging files of a set name it once', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const paths = ['.info', '.mdat', '.track1', '.track2'].map((ending) => join(folder, `rec.mp4${ending}`));
  const { status, stdout } = await runInProcess('salvor', ['combine', ...paths]);
  assert.equal(status, 0);
  assert.equal(lines(stdout).length, 1);
});

test('--output names the file, or the directory for several', async (t) => {
  const folder = folderOf(t, 'chunked');
  const target = scratchDirectory(t);
  const path = join(folder, 'rec.mp4');
  const file = join(target, 'first.mp4');
  const one = await runInProcess('salvor', ['mp4writer', join(folder, 'rec_part0000.mp4'), '-o', file]);
  assert.equal(one.status, 0);
  const all = await runInProcess('salvor', ['mp4writer', path, '--output', target]);
  assert.equal(all.status, 0);
  assert.deepEqual(names(target), ['first.mp4', 'rec_part0000.mp4', 'rec_part0001.mp4']);
  assert.equal(folderContents(target)['first.mp4'], folderContents(target)['rec_part0000.mp4']);
  assert.deepEqual(names(folder), [], 'nothing beside the staging files');
  const both = await runInProcess('salvor', ['mp4writer', path, '-o', join(target, 'both.mp4')]);
  assert.equal(both.status, 2, 'two recordings cannot go into one file');
  assert.match(both.stderr, /directory/);
  assert.ok(!names(target).includes('both.mp4'));
});

test('an existing file is replaced only with --force', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const path = join(folder, 'rec.mp4');
  writeFileSync(path, 'somebody’s own file');
  const before = folderContents(folder);
  const refused = await runInProcess('salvor', ['mp4writer', path]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /--force/);
  assert.deepEqual(folderContents(folder), before);
  for (const force of ['-f', '--force']) {
    assert.equal((await runInProcess('salvor', ['mp4writer', path, force])).status, 0);
    assert.notEqual(folderContents(folder)['rec.mp4'], before['rec.mp4']);
  }
});

test('a directory in the place of the output is left alone', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const target = join(scratchDirectory(t), 'x');
  mkdirSync(join(target, 'rec.mp4'), { recursive: true });
  const path = join(folder, 'rec.mp4');
  const { status, stderr } = await runInProcess('salvor', ['mp4writer', path, '--force', '-o', `${target}/`]);
  assert.equal(status, 1);
  assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
  assert.deepEqual(folderContents(target), { 'rec.mp4': 'directory' });
});

test('--dry-run says what would be done and does nothing', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const path = join(folder, 'rec.mp4');
  const before = folderContents(folder);
  for (const args of [['-n'], ['--dry-run', '--remove-staging'], ['-n', '--recovery', '--remove-staging']]) {
    const { status, stdout } = await runInProcess('salvor', ['mp4writer', path, ...args]);
    assert.equal(status, 0);
    assert.match(stdout, /would make.*rec\.mp4/);
    for (const ending of ['.info', '.mdat', '.track1', '.track2']) {
      assert.ok(stdout.includes(`rec.mp4${ending}`), ending);
    }
    assert.match(stdout, args.includes('--remove-staging') ? /to be removed/ : /kept/);
    assert.deepEqual(folderContents(folder), before);
  }
  const real = await runInProcess('salvor', ['mp4writer', path, '--json']);
  const { bytes } = (JSON.parse(real.stdout) as OperationReport).recordings[0]!.output!;
  assert.equal(statSync(path).size, bytes);
  const again = await runInProcess('salvor', ['mp4writer', path, '-n']);
  assert.deepEqual([again.status, again.stderr], [0, ''], 'the file is what would be made');
  truncateSync(path, bytes - 1);
  const refused = await runInProcess('salvor', ['mp4writer', path, '-n']);
  assert.equal(refused.status, 1, 'it would refuse to replace another file');
});

test('--json prints the report, and nothing else, on standard output', async (t) => {
  const name = 'audio-starts-late';
  const folder = folderOf(t, name);
  const path = join(folder, 'rec.mp4');
  const truth = stagingFixtures('clean', name)[0]!.truth;
  const { status, stdout, stderr } = await runInProcess('salvor', ['mp4writer', '--json', path]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  const report = JSON.parse(stdout) as OperationReport;
  assert.equal(report.reportVersion, 2);
  assert.equal(report.operation, 'mp4writer');
  assert.match(report.salvorVersion, /^\d+\.\d+\.\d+/);
  assert.equal(report.recordings.length, 1);
  const [recording] = report.recordings;
  assert.ok(recording);
  assert.equal(recording.recording, path);
  assert.equal(recording.outcome, 'made');
  assert.deepEqual(
    recording.inputs.map((input) => ({ ...input })).sort((one, other) => one.path.localeCompare(other.path)),
    ['.info', '.mdat', '.track1', '.track2'].map((ending) => ({
      path: path + ending,
      bytes: statSync(path + ending).size,
      fate: 'kept',
    })),
  );
  assert.equal(recording.output?.path, path);
  assert.equal(recording.output.bytes, statSync(path).size);
  assert.equal(recording.output.replaced, false);
  assert.deepEqual(recording.unindexed, []);
  assert.ok(Array.isArray(recording.findings));
  assert.ok(recording.elapsedSeconds > 0);
  assert.equal(recording.bytesMoved, statSync(`${path}.mdat`).size - 16);
  assert.equal(recording.tracks.length, 2);
  for (const track of recording.tracks) {
    const samples = trackSamples(truth, track.kind);
    assert.equal(track.kept.samples, samples.length);
    assert.equal(track.kept.syncSamples, samples.filter(({ sync }) => sync).length);
    assert.equal(
      track.kept.bytes,
      samples.reduce((sum, { size }) => sum + size, 0),
    );
    assert.deepEqual(track.lost, { samples: 0, bytes: 0, durationSeconds: 0 });
    assert.equal(track.timescale, 1000);
  }
  const sound = recording.tracks.find(({ kind }) => kind === 'audio');
  assert.equal(sound?.codec, 'mp4a.40.2');
  assert.deepEqual([sound.sampleRate, sound.channels], [48000, 1]);
  assert.ok(Math.abs(sound.startSeconds - 1.679) < 0.001);
  const picture = recording.tracks.find(({ kind }) => kind === 'video');
  assert.match(picture?.codec ?? '', /^avc1\.42c00d$/i);
  assert.deepEqual([picture?.width, picture?.height], [320, 240]);
});

test('--json tells of failures too, with what they are about and what would help', async (t) => {
  const folder = folderOf(t, 'd-flush2-op06', 'crashed');
  const good = folderOf(t, 'short-1s');
  const paths = [join(folder, 'rec.mp4'), join(good, 'rec.mp4')];
  const { status, stdout } = await runInProcess('salvor', ['mp4writer', '--json', ...paths]);
  assert.equal(status, 1);
  const { recordings } = JSON.parse(stdout) as OperationReport;
  assert.deepEqual(
    recordings.map(({ outcome }) => outcome),
    ['failed', 'made'],
    'one failure does not keep the others from being made',
  );
  const [failed] = recordings;
  assert.equal(failed?.failure?.kind, 'unrecoverable');
  assert.match(failed.failure.advice ?? '', /--recovery/);
  assert.ok(failed.failure.message.length > 0);
  assert.ok(failed.findings.length > 0);
  assert.ok(failed.inputs.every(({ fate }) => fate === 'kept'));
});

test('--quiet says nothing but errors, --verbose tells of the tracks', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const path = join(folder, 'rec.mp4');
  const quiet = await runInProcess('salvor', ['mp4writer', '-q', path]);
  assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [0, '', '']);
  truncateSync(path, 100);
  const refused = await runInProcess('salvor', ['mp4writer', '-q', path]);
  assert.equal(refused.status, 1);
  assert.equal(lines(refused.stderr).length, 1);
  const verbose = await runInProcess('salvor', ['mp4writer', '-v', '-f', path]);
  assert.match(verbose.stdout, /video avc1.*\n.*audio mp4a\.40\.2, 44100 Hz/);
});

test('a command line that cannot be carried out exits with 2', async (t) => {
  const folder = folderOf(t, 'short-1s');
  const before = folderContents(folder);
  const path = join(folder, 'rec.mp4');
  for (const args of [
    ['mp4writer'],
    ['mp4writer', '--nonsense', path],
    ['mp4writer', folder],
    ['mp4writer', path, '-o'],
  ]) {
    const { status, stderr } = await runInProcess('salvor', args);
    assert.equal(status, 2, args.join(' '));
    assert.notEqual(stderr, '');
  }
  assert.deepEqual(folderContents(folder), before);
});

test('a recording that is not there exits with 1', async (t) => {
  const folder = scratchDirectory(t);
  const { status, stderr } = await runInProcess('salvor', ['mp4writer', join(folder, 'rec.mp4')]);
  assert.equal(status, 1);
  assert.match(stderr, /no staging files/);
});

test('a torn set is refused without --recovery, with the advice to use it', async (t) => {
  const folder = folderOf(t, 'b-12.30s', 'crashed');
  const before = folderContents(folder);
  const { status, stderr } = await runInProcess('salvor', ['mp4writer', join(folder, 'rec.mp4')]);
  assert.equal(status, 1);
  assert.match(stderr, /--recovery/);
  assert.deepEqual(folderContents(folder), before);
});
