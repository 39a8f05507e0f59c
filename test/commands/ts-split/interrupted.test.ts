/** `salvor ts-split` killed at the end of a pipe: what it had written is nowhere else, and is neither hidden nor removed. */
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { OperationReport } from '../../../src/media/report.ts';
import { noFaults, runWithSnapshots } from '../../support/faults.ts';
import { runProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const stream = readFileSync(join(fixturesDirectory, 'ems/ts/killed-chunked4-10s/rec_part0000.ts'));

/** The command line that goes on in a directory. */
const goingOn = (directory: string): string[] => ['ts-split', '--json', '-d', '1s', '-o', `${directory}/`, '-'];

/** The files of a directory by name. */
function filesIn(directory: string): Map<string, Buffer> {
  return new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
}

const isHidden = (name: string): boolean => name.startsWith('.');

test('what a killed run has left hidden gets a name that is seen', { skip: noFaults ?? false }, async (t) => {
  const directory = scratchDirectory(t);
  const copies = scratchDirectory(t);
  const { result, snapshots } = await runWithSnapshots('salvor', goingOn(directory), directory, copies, {
    stdin: stream,
  });
  assert.equal(result.status, 0, result.stderr);
  const moments = snapshots.slice(0, -1).filter(({ directory: copy }) => readdirSync(copy).some(isHidden));
  assert.ok(moments.length > 10, `${moments.length} moments`);
  let named = 0;
  for (let index = 0; index < moments.length; index += Math.ceil(moments.length / 16)) {
    const { directory: copy, when } = moments[index]!;
    const left = filesIn(copy);
    const again = await runProgram('salvor', goingOn(copy), { stdin: stream });
    assert.equal(again.status, 0, `${when}: ${again.stderr}`);
    const now = filesIn(copy);
    assert.deepEqual([...now.keys()].filter(isHidden), [], when);
    const [recording] = (JSON.parse(again.stdout) as OperationReport).recordings;
    const told = recording!.findings.filter(({ code }) => code === 'ts-part-interrupted').map(({ file }) => file);
    const seen = [...now.keys()].filter((name) => name.includes('.interrupted')).map((name) => join(copy, name));
    assert.deepEqual(told, seen, when);
    for (const [name, bytes] of left) {
      // Every byte that a killed run had written is under a name that is seen: its own, or a part that had it already.
      const isThere = bytes.length === 0 || [...now.values()].some((other) => other.equals(bytes));
      assert.ok(isThere, `${when}: ${name}`);
    }
    named += seen.length;
  }
  assert.ok(named > 5, `${named} were named`);
});

test('names that are taken give way, and what other programs have hidden stays as it is', async (t) => {
  const directory = scratchDirectory(t);
  const ended = '0123456789abcdef-4194305-1';
  const others = ['.other', `.rec.ts.salvor-${ended}`, '.rec.ts.salvor-x-only'];
  for (const name of others) writeFileSync(join(directory, name), name);
  for (const name of ['part.interrupted.ts', 'part.interrupted-1.ts']) writeFileSync(join(directory, name), 'taken');
  mkdirSync(join(directory, `.dir.ts.salvor-${ended}-only`));
  writeFileSync(join(directory, `.part.ts.salvor-${ended}-only`), 'media');
  // A run of another machine, silent for a day; and one that wrote a minute ago.
  const past = Date.now() / 1000 - 86_400;
  utimesSync(join(directory, `.part.ts.salvor-${ended}-only`), past, past);
  writeFileSync(join(directory, `.live.ts.salvor-${ended}-only`), 'media');
  const result = await runProgram('salvor', goingOn(directory), { stdin: stream });
  assert.equal(result.status, 0, result.stderr);
  assert.equal(readFileSync(join(directory, 'part.interrupted-2.ts'), 'utf8'), 'media');
  assert.deepEqual(
    readdirSync(directory).filter(isHidden).sort(),
    [...others, `.dir.ts.salvor-${ended}-only`, `.live.ts.salvor-${ended}-only`].sort(),
  );
});
