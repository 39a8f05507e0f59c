/** What a program does whose installation is damaged: copied in part, or on a disk that was full. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
  'cut off behind a statement': (bundle) => truncateSync(bundle, readFileSync(bundle).lastIndexOf(';') + 1),
  'full of zeros from its middle on': (bundle) => {
    const bytes = readFileSync(bundle);
    writeFileSync(bundle, bytes.fill(0, bytes.length >> 1));
  },
};

/** The piece of a program that has a text in it. */
function pieceWith(folder: string, text: string): string {
  const path = readdirSync(folder).find(
    (each) => each.endsWith('.cjs') && readFileSync(join(folder, each)).includes(text),
  );
  assert.ok(path !== undefined, `no piece has ${text}`);
  return path;
}

const programs = [
  { program: 'salvor', argsFor: (recording: string) => ['mp4writer', recording], status: 1, own: '$0 mp4writer <path' },
  {
    program: 'evo-mp4writer',
    argsFor: (recording: string) => [`-path=${recording}`],
    status: 255,
    own: 'argument ignored',
  },
] as const;

for (const [name, damage] of Object.entries(damages)) {
  test(`a program of which a piece is ${name} says that the installation is damaged, and touches nothing`, async (t) => {
    const folder = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', folder);
    const before = folderContents(folder);
    const recording = join(folder, 'rec.mp4');
    for (const { program, argsFor, status, own } of programs) {
      for (const isFirst of [true, false]) {
        const home = scratchDirectory(t);
        for (const path of ['bin', 'dist/bin', 'package.json']) {
          cpSync(join(projectRoot, path), join(home, path), { recursive: true });
        }
        const pieces = join(home, 'dist/bin');
        const damaged = join(pieces, isFirst ? 'programs.cjs' : pieceWith(pieces, own));
        damage(damaged);
        const ended = await runProcess(process.execPath, [join(home, 'bin', program), ...argsFor(recording)]);
        assert.deepEqual([ended.status, ended.stdout], [status, ''], `${damaged}: ${ended.stderr}`);
        assert.match(
          ended.stderr,
          new RegExp(`^${program}: the installation is damaged \\(.+\\); install salvor again\\n$`),
        );
      }
    }
    assert.deepEqual(folderContents(folder), before);
  });
}
