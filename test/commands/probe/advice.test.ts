/**
 * What probe advises, followed to the letter, ends in a file that is complete and needs no advice; where it cannot, the
 * verb says why. What probe calls complete, `flv-fix` leaves alone.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { stagingCases, copyStagingCase } from '../../support/fixtures.ts';
import { runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { allFlv } from '../../flv/recordings.ts';
import { age } from '../flv-fix/flv-tags.ts';
import { cases } from './damaged-recordings.ts';

interface Probed {
  readonly file: string;
  readonly container: string;
  readonly health: {
    readonly verdict: string;
    readonly findings: readonly { readonly code: string; readonly severity: string; readonly message: string }[];
    readonly advice: readonly { readonly command: string }[];
  };
}

async function probed(path: string): Promise<Probed> {
  const { stdout } = await runInProcess('salvor', ['probe', '--json', path]);
  return JSON.parse(stdout) as Probed;
}

/** Why nothing is advised, or what is advised cannot be done: the words in which it is said. */
const reasons: readonly (readonly [name: RegExp, said: RegExp])[] = [
  [/Matroska/, /mkvmerge -o NEW\.mkv \S+ or ffmpeg -i/],
  [/HTML page/, /download that again/],
  [/^an MP4 that was never closed|^fragments whose head/, /configuration is lost with the moov.*give with --reference/],
  [/^an MP4 without the configuration/, /the hvc1 entry of track 1 has none, and nothing in the file says what it was/],
  [/^an FLV without its sequence headers/, /name a recording of the same stream with --reference/],
  [/^two MP4s joined/, /cannot be made one; head -c \d+ gives the first/],
  [/^late-pair\.ts/, /its end seems to be missing, and nothing brings it back/],
  [/^nothing but headers/, /not one frame/],
  [/^an empty file/, /nothing was written, or it was emptied/],
  [/^a file of zeros/, /never reached the disk/],
  [/^a text/, /none of MP4, FLV, MPEG transport stream and staging file/],
  [/zeros in a frame/, /bytes \d+ to \d+ of a video frame are zero/],
  [/NAL units do not add up/, /the NAL unit lengths of a frame do not end where it does/],
];

/** Follows every advice for a recording, and holds the results against the promise. */
async function follow(name: string, path: string): Promise<void> {
  const before = await probed(path);
  const { verdict, advice, findings } = before.health;
  const said = findings.filter(({ severity }) => severity !== 'note').map(({ message }) => message);
  const reason = reasons.find(([pattern]) => pattern.test(name))?.[1];
  if (verdict !== 'complete' && advice.length === 0) {
    assert.ok(reason !== undefined, `${verdict}, without advice: ${said.join('; ')}`);
    assert.match(said.join('\n'), reason);
  }
  if (verdict === 'complete' && before.container === 'flv') await assertLeftAlone(path);
  for (const { command } of advice) {
    const [program, ...words] = command.split(' ');
    assert.equal(program, 'salvor');
    const { status, stdout, stderr } = await runInProcess('salvor', [...words, '--json']);
    if (status !== 0) {
      assert.ok(reason !== undefined, `${command}: ${stderr}`);
      assert.match(stderr, reason);
      continue;
    }
    const { recordings } = JSON.parse(stdout) as { recordings: { recording: string; output?: { path: string } }[] };
    for (const { recording, output } of recordings) {
      const made = output?.path ?? recording;
      age(made);
      const after = await probed(made);
      const left = after.health.findings.map(({ message }) => message).join('; ');
      assert.deepEqual(after.health.advice, [], `${command}: ${left}`);
      if (reason === undefined) assert.equal(after.health.verdict, 'complete', `${command}: ${left}`);
      else assert.match(left, reason);
      if (after.container === 'flv') await assertLeftAlone(made);
    }
  }
}

async function assertLeftAlone(path: string): Promise<void> {
  age(path);
  const [bytes, { mtimeMs }] = [readFileSync(path), statSync(path)];
  const { status } = await runInProcess('salvor', ['flv-fix', path]);
  assert.equal(status, 0);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(statSync(path).mtimeMs, mtimeMs);
}

const endings: Readonly<Record<string, string>> = {
  MP4: 'mp4',
  MP4s: 'mp4',
  fragments: 'mp4',
  FLV: 'flv',
  stream: 'ts',
};

describe('the advice of probe, followed, ends in complete, or why not is said, for', () => {
  for (const { name, bytes } of cases) {
    test(name, async (context) => {
      const [, ending = 'bin'] = Object.entries(endings).find(([word]) => name.split(' ').includes(word)) ?? [];
      const path = join(scratchDirectory(context), `rec.${ending}`);
      writeFileSync(path, bytes());
      age(path);
      await follow(name, path);
    });
  }

  for (const [name, bytes] of allFlv()) {
    test(`the genuine FLV ${name}`, async (context) => {
      const path = join(scratchDirectory(context), 'rec.flv');
      writeFileSync(path, bytes);
      age(path);
      await follow(name, path);
    });
  }

  for (const file of readdirSync(join(fixturesDirectory, 'ts'))) {
    test(`the transport stream ${file}`, async (context) => {
      const path = join(scratchDirectory(context), file);
      writeFileSync(path, readFileSync(join(fixturesDirectory, 'ts', file)));
      age(path);
      await follow(file, path);
    });
  }

  for (const entry of readdirSync(join(fixturesDirectory, 'mp4'))) {
    test(`the MP4 ${entry}`, async (context) => {
      // Beside what has to lend its configuration, as it lies there.
      const directory = join(scratchDirectory(context), 'rec');
      const source = join(fixturesDirectory, 'mp4', entry);
      if (statSync(source).isDirectory()) cpSync(source, directory, { recursive: true });
      else {
        mkdirSync(directory);
        writeFileSync(join(directory, basename(entry)), readFileSync(source));
      }
      for (const file of readdirSync(directory).filter((each) => /\.(?:mp4|mov)$/.test(each))) {
        age(join(directory, file));
        await follow(file, join(directory, file));
      }
    });
  }

  for (const name of stagingCases('crashed')) {
    test(`the staging set ${name}`, async (context) => {
      const directory = scratchDirectory(context);
      copyStagingCase('crashed', name, directory);
      const { stdout } = await runInProcess('salvor', ['probe', '-r', '--json', directory]);
      for (const { file } of JSON.parse(stdout) as Probed[]) await follow(name, file);
    });
  }
});
