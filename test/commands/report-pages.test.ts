/** `--report`: where pages go, and what they never replace. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase, stagingCases, stagingFixtures } from '../support/fixtures.ts';
import { runInProcess } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

const mark = /^<!doctype html><html lang="en"><meta name="generator" content="salvor report">/;

/** A folder with a staging set that can be combined, and the path of its recording. */
function withRecording(folder: string): string {
  const name = stagingCases('clean')[0]!;
  const { base } = stagingFixtures('clean', name)[0]!;
  copyStagingCase('clean', name, folder);
  return join(folder, base);
}

test('one recording is one page, and a later run replaces it', async (t) => {
  const folder = scratchDirectory(t);
  const recording = withRecording(folder);
  const page = join(folder, 'page.html');
  const planned = await runInProcess('salvor', ['mp4writer', '-n', recording, '--report', page]);
  assert.equal(planned.status, 0, planned.stderr);
  assert.match(readFileSync(page, 'utf8'), mark);
  assert.match(readFileSync(page, 'utf8'), /to be done/);
  const made = await runInProcess('salvor', ['mp4writer', recording, '--report', page]);
  assert.equal(made.status, 0, made.stderr);
  assert.doesNotMatch(readFileSync(page, 'utf8'), /to be done/);
  assert.ok(!existsSync(join(folder, 'page')));
});

test('several recordings are an index and a page each, those that failed too', async (t) => {
  const folder = scratchDirectory(t);
  const broken = join(folder, 'broken <b>.flv');
  writeFileSync(broken, 'no FLV at all');
  const other = join(folder, 'other.flv');
  writeFileSync(other, '');
  const run = await runInProcess('salvor', ['flv-fix', broken, other, '--report', join(folder, 'all.html')]);
  assert.equal(run.status, 1);
  const index = readFileSync(join(folder, 'all.html'), 'utf8');
  const pages = readdirSync(join(folder, 'all'));
  assert.deepEqual(pages, ['001-broken_b_.flv.html', '002-other.flv.html']);
  for (const page of pages) {
    assert.ok(index.includes(`href="all/${page}"`), page);
    assert.match(readFileSync(join(folder, 'all', page), 'utf8'), /href="\.\.\/all\.html"/);
  }
  assert.ok(index.includes('broken &lt;b&gt;.flv'));
});

test('what is no page of ours stays, before anything is done; with --force only a recording does', async (t) => {
  const folder = scratchDirectory(t);
  const recording = withRecording(folder);
  const notes = join(folder, 'notes.html');
  writeFileSync(notes, 'somebody wrote this');
  const refused = await runInProcess('salvor', ['mp4writer', recording, '--report', notes]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /notes\.html.*no report of salvor/);
  assert.equal(readFileSync(notes, 'utf8'), 'somebody wrote this');
  assert.ok(!existsSync(recording), 'nothing was done');
  const forced = await runInProcess('salvor', ['mp4writer', recording, '--report', notes, '--force']);
  assert.equal(forced.status, 0, forced.stderr);
  assert.match(readFileSync(notes, 'utf8'), mark);

  const disguised = join(folder, 'disguised.html');
  copyFileSync(recording, disguised);
  const before = readFileSync(disguised);
  const kept = await runInProcess('salvor', ['repair', '-n', recording, '--report', disguised, '--force']);
  assert.equal(kept.status, 1);
  assert.match(kept.stderr, /is a recording/);
  assert.deepEqual(readFileSync(disguised), before);
});

test('a name that does not end in .html is a slip of the finger', async (t) => {
  const folder = scratchDirectory(t);
  const recording = withRecording(folder);
  const run = await runInProcess('salvor', ['mp4writer', recording, '--report', `${recording}.info`]);
  assert.equal(run.status, 2);
  assert.match(run.stderr, /\.html/);
});

test('probe writes what it found and what to do about it', async (t) => {
  const folder = scratchDirectory(t);
  const recording = withRecording(folder);
  mkdirSync(join(folder, 'sub'));
  const page = join(folder, 'sub', 'probe.html');
  const run = await runInProcess('salvor', ['probe', recording, '--report', page]);
  assert.equal(run.status, 0, run.stderr);
  const html = readFileSync(page, 'utf8');
  assert.match(html, mark);
  assert.match(html, />complete</);
  assert.match(html, /salvor mp4writer/);
});
