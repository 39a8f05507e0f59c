import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runOrRecall } from './kept-runs.ts';
import { runProcess, type ProcessResult } from './run-process.ts';
import { scratchDirectory, type Lifetime } from './scratch.ts';

/** A program of the shell that nobody has run before; `run` says how often it was really run. */
function program(
  t: Lifetime,
  script: string,
): {
  readonly run: (...args: string[]) => Promise<ProcessResult>;
  readonly starts: () => number;
  readonly folder: string;
} {
  const folder = scratchDirectory(t);
  const path = join(folder, 'program');
  const log = join(folder, 'log');
  writeFileSync(path, `#!/bin/sh\necho started >> '${log}'\n${script}\n`);
  chmodSync(path, 0o755);
  const run = (...args: string[]): Promise<ProcessResult> => runOrRecall(path, args, () => runProcess(path, args));
  const starts = (): number => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').length - 1 : 0);
  return { run, starts, folder };
}

/** A file of its own folder, so that its name stays and its path does not. */
function placed(folder: string, below: string, content: string): string {
  mkdirSync(join(folder, below), { recursive: true });
  writeFileSync(join(folder, below, 'in.bin'), content);
  return join(folder, below, 'in.bin');
}

test('what was said of the same bytes is said again, of the file that was asked about', async (t) => {
  const { run, starts, folder } = program(t, 'echo "$2: $(cat "$2")"; echo "looked at $2" >&2');
  const [one, same, other] = [
    placed(folder, 'a', 'one'),
    placed(folder, 'b', 'one'),
    placed(folder, 'c', 'other'),
  ] as const;
  for (const file of [one, same, one]) {
    const { status, stdout, stderr } = await run('-i', file);
    assert.deepEqual([status, stdout, stderr], [0, `${file}: one\n`, `looked at ${file}\n`]);
  }
  assert.equal(starts(), 1);
  assert.equal((await run('-i', other)).stdout, `${other}: other\n`);
  assert.equal((await run('-v', one)).stdout, `${one}: one\n`);
  assert.equal(starts(), 3, 'other bytes or other arguments are another run');
});

test('what was made is made again, byte for byte, and may be changed', async (t) => {
  const { run, starts, folder } = program(t, 'printf made > "$1"');
  for (const name of ['a', 'b']) {
    mkdirSync(join(folder, name));
    const path = join(folder, name, 'out.mp4');
    assert.equal((await run(path)).status, 0);
    assert.equal(readFileSync(path, 'utf8'), 'made');
    writeFileSync(path, 'changed');
  }
  assert.equal(starts(), 1);
  await run(join(folder, 'out.flv'));
  assert.equal(starts(), 2, 'the name decides what is made');
});

test('a run that failed, that changed its input, or that reads what nobody sees is not kept', async (t) => {
  const failing = program(t, 'exit 3');
  for (const expected of [1, 2]) {
    assert.equal((await failing.run('x')).status, 3);
    assert.equal(failing.starts(), expected);
  }
  const changing = program(t, 'echo more >> "$1"');
  const file = placed(changing.folder, 'a', 'one');
  await changing.run(file);
  writeFileSync(file, 'one');
  await changing.run(file);
  assert.equal(changing.starts(), 2);
  const listing = program(t, 'true');
  const list = join(listing.folder, 'list.m3u8');
  writeFileSync(list, 'part.ts');
  for (const word of [list, listing.folder, `concat:${file}`]) {
    const before = listing.starts();
    await listing.run(word);
    await listing.run(word);
    assert.equal(listing.starts(), before + 2, word);
  }
});
