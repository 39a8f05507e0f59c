/**
 * What the README guarantees, sentence by sentence, each with the test that holds it: no sentence is without one, and every
 * test that is named exists. The tests themselves stand where the table says.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { projectRoot } from './support/project.ts';

const safety = 'commands/mp4writer/safety.test.ts';
const killed = 'commands/mp4writer/killed-recovery.test.ts';
const sweep = 'faults/sweep.test.ts';
const shared = 'io/shared-directory.test.ts';

/** How a sentence begins; and the file and a part of the name of the test that holds it. */
const held: readonly (readonly [sentence: string, file: string, test: string])[] = [
  [
    'Staging files are never written to, but for the `.mdat`',
    safety,
    'killed at any moment, a second run ends as if the first had never been',
  ],
  [
    'They are removed only by',
    'commands/mp4writer/clean-structure.test.ts',
    'keep and salvor leave the staging files as they were',
  ],
  ['A file has its name only when it is whole.', sweep, 'whatever happens, the same command again ends right'],
  [
    'The result is written under a temporary name',
    'io/atomic-output.test.ts',
    'is under a temporary name until it is committed',
  ],
  [
    'Before that it is read back',
    'mp4/verify-movie.test.ts',
    'both ends of the media are read back, and the rest of the media is not',
  ],
  [
    'The rest of the media is not compared',
    'mp4/verify-movie.test.ts',
    'both ends of the media are read back, and the rest of the media is not',
  ],
  ['A failure changes nothing.', sweep, 'whatever happens, the same command again ends right'],
  [
    'Disk full, no permission',
    safety,
    'a full disk at every third call that writes leaves everything as it was, or the MP4 whole',
  ],
  ['Two failures come later', sweep, 'whatever happens, the same command again ends right'],
  ['The message says so, the MP4 is there', sweep, 'whatever happens, the same command again ends right'],
  ['A killed run does no harm.', sweep, 'whatever happens, the same command again ends right'],
  [
    'Until the result has its name, the next run',
    'io/atomic-output.test.ts',
    'the temporary file of a process that is no more is removed',
  ],
  [
    'If the run was stopped while it removed',
    safety,
    'in the middle of removing the staging files, whichever are gone already',
  ],
  ['A finished MP4 is not replaced by a poorer one.', killed, 'a finished MP4 is not replaced by one made of less'],
  ['Where some of the staging files are missing', killed, 'but by one that holds more of the media'],
  [
    'Staging files are removed only while they are',
    'io/removal.test.ts',
    'leaves a file that was put in the place of one',
  ],
  ['What is patched in place is whole', sweep, 'whatever happens, the same command again ends right'],
  [
    '`flv-fix`, `repair --in-place` and `mp4writer --in-place` bring',
    'commands/repair/in-place.test.ts',
    'killed before any call that changes a file',
  ],
  ['After a failure the file is as it was', sweep, 'whatever happens, the same command again ends right'],
  ['A journal that is damaged, or not made by', shared, 'a journal is acted on only if who made it'],
  ['Nobody else', shared, 'root in a directory of somebody else'],
  ['In a directory that others write to', shared, 'a temporary that is swapped for a link is not given away'],
  ['A link is followed only to a file', shared, 'replaces through a link only what is an MP4 of the same owner'],
  ['Nobody is disturbed.', safety, 'two runs at once on one set'],
  ['A second run on the same target', safety, 'while one copies, another says that it is busy, and by whom'],
  [
    'The media bytes are those recorded',
    'commands/mp4writer/clean-structure.test.ts',
    'the same recording gives the same bytes every time',
  ],
  ['Memory does not grow with the media', 'commands/mp4writer/memory.test.ts', 'of media in less than'],
];

function guaranteed(): string[] {
  const readme = readFileSync(join(projectRoot, 'README.md'), 'utf8');
  const section = readme.slice(readme.indexOf('## What is guaranteed'), readme.indexOf('## After a crash'));
  return section
    .split('\n')
    .filter((line) => line.startsWith('- '))
    .flatMap((line) =>
      line
        .slice(2)
        .replaceAll('**', '')
        .split(/(?<=\.) (?=[A-Z`])/),
    );
}

test('every sentence of what is guaranteed has a test that holds it, in the order of the README', () => {
  const sentences = guaranteed();
  assert.deepEqual(
    sentences.map((sentence, index) => (sentence.startsWith(held[index]?.[0] ?? '?') ? held[index]![0] : sentence)),
    held.map(([sentence]) => sentence),
  );
});

test('the tests that hold what is guaranteed exist', () => {
  for (const [sentence, file, name] of held) {
    const text = readFileSync(join(projectRoot, 'test', file), 'utf8');
    assert.match(text, /^ *(test|describe)\(/m, file);
    assert.ok(text.includes(name), `${sentence}: ${file} has no test '${name}'`);
  }
});
