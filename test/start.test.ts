/** What a program does whose installation is damaged: copied in part, or on a disk that was full. */
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { folderContents } from './commands/mp4writer/folder-contents.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { projectRoot } from './support/project.ts';
import { runProcess } from './support/run-process.ts';
import { scratchDirectory } from './support/scratch.ts';

const damages: Readonly<Record<string, (bundle: string) => void>> = {
  missing: (bundle) => rmSync(bundle),
  empty: (bundle) => truncateSync(bundle, 0),
  'cut off in its middle': (bundle) => truncateSync(bundle, readFileSync(bundle).length >> 1),
  'full of zeros from its middle on': (bundle) => {
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.fill(0, bytes.length >> 1));
  },
};

for (const [name, damage] of Object.entries(damages)) {
  test(`a program whose file is ${name} says that the installation is damaged, and touches nothing`, async (t) => {
    const home = scratchDirectory(t);
    for (const path of ['bin', 'dist/bin', 'package.json']) {
      cpSync(join(projectRoot, path), join(home, path), { recursive: true });
    }
    damage(join(home, 'dist/bin/programs.cjs'));
    const folder = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', folder);
    const before = folderContents(folder);
    const recording = join(folder, 'rec.mp4');
    for (const [program, args, status] of [
      ['salvor', ['mp4writer', recording], 1],
      ['evo-mp4writer', [`-path=${recording}`], 255],
    ] as const) {
      const ended = await runProcess(process.execPath, [join(home, 'bin', program), ...args]);
      assert.deepEqual([ended.status, ended.stdout], [status, ''], ended.stderr);
      assert.match(
        ended.stderr,
        new RegExp(`^${program}: the installation is damaged \\(.+\\); install salvor again\\n$`),
      );
    }
    assert.deepEqual(folderContents(folder), before);
  });
}
