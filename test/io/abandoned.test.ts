/** Temporary files in a directory that is looked through: those of dead runs go, everything else stays. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { clearAbandoned } from '../../src/io/abandoned.ts';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { scratchDirectory } from '../support/scratch.ts';

/** Of a run that ended a moment ago: its mark, as a temporary file of this process has it but for the process. */
async function deadMark(directory: string): Promise<string> {
  const child = spawn('true');
  await once(child, 'exit');
  const own = new AtomicOutput(join(directory, 'own'), { replace: false });
  const mark = /\.salvor-([0-9a-f]{16})-/.exec(own.temporaryPath)![1]!;
  own.discard();
  return `${mark}-${child.pid}-12345`;
}

test('what dead runs left goes, whatever it was to become; what may be alive or the only copy of something stays', async (t) => {
  const directory = scratchDirectory(t);
  const dead = await deadMark(directory);
  const living = new AtomicOutput(join(directory, 'living.mp4'), { replace: false });
  t.after(() => living.discard());
  const gone = [`.rec.mp4.salvor-${dead}`, `.other one.flv.salvor-${dead}`, '.long ago.ts.salvor-some_other_host-1-1'];
  const stays = [
    '.elsewhere.mp4.salvor-some_other_host-1-1',
    `.piped.ts.salvor-${dead}-only`,
    '.rec.flv.salvor-journal',
    '.rec.mp4.salvor-removed',
    `.rec.mp4.salvor-${dead}.bak`,
    `rec.mp4.salvor-${dead}`,
    'rec.mp4.mdat',
  ];
  for (const name of [...gone, ...stays]) writeFileSync(join(directory, name), 'some bytes');
  const before = Date.now() / 1000 - 2 * 3600;
  utimesSync(join(directory, gone[2]!), before, before);
  // Neither is what a run makes.
  mkdirSync(join(directory, `.folder.salvor-${dead}`));
  symlinkSync('rec.mp4.mdat', join(directory, `.link.salvor-${dead}`));
  const left = [...stays, `.folder.salvor-${dead}`, `.link.salvor-${dead}`, living.temporaryPath.split('/').at(-1)!];
  clearAbandoned(directory);
  assert.deepEqual(readdirSync(directory).toSorted(), left.toSorted());
});

test('a file that has the name it was to get keeps no other one, wherever its run was', (t) => {
  const directory = scratchDirectory(t);
  for (const name of ['rec.mp4', '録画.mp4']) {
    const output = new AtomicOutput(join(directory, name), { replace: false });
    const temporary = output.temporaryPath.replace(/-[0-9a-f]{16}-|\.salvor-[0-9a-f]{16}-/, '.salvor-some_other_host-');
    output.discard();
    writeFileSync(join(directory, name), 'whole');
    linkSync(join(directory, name), temporary);
    // That a backup made a second name of what is being written says nothing.
    writeFileSync(temporary.replace('_host', '_one'), 'half');
    linkSync(temporary.replace('_host', '_one'), join(directory, `backup of ${name}`));
  }
  clearAbandoned(directory);
  const names = readdirSync(directory);
  assert.equal(names.filter((name) => name.includes('_host')).length, 0);
  assert.equal(names.filter((name) => name.includes('_one')).length, 2);
});

test('a directory that is not there is nothing to be cleared', () => clearAbandoned('/nowhere/at all'));
