/** Recordings of more than 4 GiB, nearly all of them holes, are repaired where they lie, whatever stops the run. */
import assert from 'node:assert/strict';
import { closeSync, copyFileSync, openSync, readdirSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { needs } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';
import { runProcess } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { compareSamples, findSamples, goFixture, runRepair } from './damaged-recordings.ts';
import { makeWrapped } from './wrapped-movie.ts';

/** Head and tail of the file: all that a repair may touch, and its length. */
function edgesOf(path: string): string {
  const { size } = statSync(path);
  const file = openSync(path, 'r');
  const head = Buffer.alloc(4096);
  const tail = Buffer.alloc(65536);
  readSync(file, head, 0, head.length, 0);
  readSync(file, tail, 0, tail.length, size - tail.length);
  closeSync(file);
  return `${size} ${head.toString('base64')} ${tail.toString('base64')}`;
}

function runKilled(path: string, call: number): ReturnType<typeof runProcess> {
  const preload = pathToFileURL(join(import.meta.dirname, '../../io/fault-at-call.js')).href;
  return runProcess(
    process.execPath,
    ['--import', preload, programPath('salvor'), 'repair', path, '--in-place', '-q'],
    { env: { SALVOR_FAULT: call === 0 ? 'log' : `kill:${call}` } },
  );
}

describe('salvor repair --in-place', () => {
  test('gives the sizes and offsets back and moves no media', needs('ffprobe'), async (t) => {
    const directory = scratchDirectory(t);
    const path = join(directory, 'rec.mp4');
    makeWrapped(path);
    const expected = (await findSamples(goFixture('h265_segments_clean', 'recording.mp4'))).samples;
    const dry = await runRepair(path, ['--in-place', '-n']);
    assert.equal(dry.report.outcome, 'would-make');
    const { status, report } = await runRepair(path, ['--in-place']);
    assert.equal(status, 0);
    assert.equal(report.outcome, 'made');
    assert.equal(report.bytesMoved, 0);
    const compared = compareSamples(expected, (await findSamples(path)).samples);
    assert.deepEqual(
      [compared.found, compared.strange, compared.syncWrong, compared.offsetsWrong, compared.timeError],
      [expected.length, 0, 0, 0, 0],
    );
    assert.ok(statSync(path).blocks * 512 < 64 * 1024 * 1024, 'the hole is still one');
    const { mtimeMs } = statSync(path);
    const again = await runRepair(path, ['--in-place']);
    assert.deepEqual([again.status, again.report.outcome], [0, 'already-made'], 'a second time there is nothing to do');
    assert.equal(statSync(path).mtimeMs, mtimeMs);
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('killed before any call that changes a file, the next run repairs it', async (t) => {
    const directory = scratchDirectory(t);
    const original = join(directory, 'original.mp4');
    const path = join(directory, 'rec.mp4');
    makeWrapped(original);
    makeWrapped(path);
    const before = edgesOf(original);
    const { extra, status } = await runKilled(path, 0);
    assert.equal(status, 0);
    const repaired = edgesOf(path);
    assert.notEqual(repaired, before);
    const calls = extra.trim().split('\n').length;
    assert.ok(calls > 8, extra);
    for (let call = 1; call <= calls; call++) {
      makeWrapped(path);
      const stopped = await runKilled(path, call);
      assert.equal(stopped.signal, 'SIGKILL', `call ${call}`);
      const refused = await runRepair(path, ['-n']);
      const pending = readdirSync(directory).some((name) => name.endsWith('.salvor-journal'));
      assert.equal(refused.status, pending ? 1 : 0, `call ${call}: ${refused.stderr}`);
      const left = edgesOf(path);
      assert.ok(pending || left === before || left === repaired, `call ${call}: as before or repaired`);
      const next = await runRepair(path, ['--in-place']);
      // Repaired to the last byte already: then there is nothing more to be done in place.
      assert.ok(next.status === 0 || left === repaired, `call ${call}: ${next.stderr}`);
      assert.equal(edgesOf(path), repaired, `call ${call}`);
      assert.ok(!readdirSync(directory).some((name) => name.endsWith('.salvor-journal')));
    }
  });

  test('a journal of another file is not applied', async (t) => {
    const directory = scratchDirectory(t);
    const path = join(directory, 'rec.mp4');
    makeWrapped(path);
    await runKilled(path, 10);
    const journal = join(directory, '.rec.mp4.salvor-journal');
    const other = join(directory, 'other.mp4');
    copyFileSync(goFixture('aac_only_mp4', 'recording.mp4'), other);
    copyFileSync(journal, join(directory, '.other.mp4.salvor-journal'));
    const { status, report } = await runRepair(other, ['--in-place']);
    assert.equal(status, 1);
    assert.match(report.failure!.message, /is that of another file/);
    assert.deepEqual(readFileSync(other), readFileSync(goFixture('aac_only_mp4', 'recording.mp4')));
  });

  test('what cannot be repaired in place is refused and left as it is', async (t) => {
    const directory = scratchDirectory(t);
    const path = join(directory, 'rec.mp4');
    const bytes = readFileSync(goFixture('h265_segments_clean', 'recording.mp4'));
    copyFileSync(goFixture('h265_segments_clean', 'recording.mp4'), path);
    const { status, report } = await runRepair(path, ['--in-place']);
    assert.equal(status, 1);
    assert.match(report.failure!.message, /cannot be repaired in place/);
    assert.deepEqual(readFileSync(path), bytes);
  });
});
