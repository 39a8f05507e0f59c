/** The same command again, where it has made a file beside the recording: that is said, and nothing is written. */
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase } from '../support/fixtures.ts';
import { runInProcess } from '../support/programs.ts';
import { fixturesDirectory } from '../support/project.ts';
import { scratchDirectory } from '../support/scratch.ts';

interface Reported {
  readonly outcome: string;
  readonly output: { readonly path: string; readonly replaced: boolean };
  readonly bytesMoved: number;
  readonly inputs: readonly { readonly fate: string }[];
}

const cases = {
  'ts-fix': ['ts/scrambled-half.ts', 'rec.ts', 'rec.fixed.ts', []],
  'ts-fix of an intact stream': ['ems/ts/killed-chunked4-10s/rec_part0001.ts', 'rec.ts', 'out.ts', ['-o', 'out.ts']],
  'flv-fix': ['flv/killed-chunk3.flv', 'rec.flv', 'out.flv', ['-o', 'out.flv']],
  'flv-fix of an intact file': ['flv/video-only.flv', 'rec.flv', 'out.flv', ['-o', 'out.flv']],
} as const;

for (const [name, [fixture, file, result, options]] of Object.entries(cases)) {
  test(`${name} says of what it has made already that it is done, and writes nothing`, async (t) => {
    const directory = scratchDirectory(t);
    const [path, made] = [join(directory, file), join(directory, result)];
    copyFileSync(join(fixturesDirectory, fixture), path);
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const words = options.map((word) => (word === result ? made : word));
    const run = (...more: readonly string[]): ReturnType<typeof runInProcess> =>
      runInProcess('salvor', [name.split(' ')[0]!, path, ...words, ...more]);
    const first = await run();
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout, /^(?:fixed|intact) /);
    const [bytes, before] = [readFileSync(made), statSync(made)];

    const again = await run();
    assert.equal(again.status, 0, again.stderr);
    assert.equal(again.stdout, `done  ${path}: was finished by an earlier run\n`);
    const dry = await run('-n');
    assert.deepEqual([dry.status, dry.stdout, dry.stderr], [again.status, again.stdout, again.stderr]);
    const forced = await run('-n', '--force');
    assert.match(forced.stdout, /^(?:would fix|intact) /, 'it would be made again');
    const json = await run('--json', '--strict');
    assert.equal(json.status, 0);
    const [{ outcome, output, bytesMoved, inputs }] = (JSON.parse(json.stdout) as { recordings: [Reported] })
      .recordings;
    assert.deepEqual(
      { outcome, path: output.path, replaced: output.replaced, bytesMoved, fates: inputs.map(({ fate }) => fate) },
      { outcome: 'already-made', path: made, replaced: false, bytesMoved: 0, fates: ['kept'] },
    );
    const { ino, mtimeMs, ctimeMs } = statSync(made);
    assert.deepEqual([ino, mtimeMs, ctimeMs], [before.ino, before.mtimeMs, before.ctimeMs]);
    assert.deepEqual(readdirSync(directory).sort(), [file, result].sort());

    // Another file of that name and size is no result: it stays, and that is said.
    const other = Buffer.from(bytes);
    other[bytes.length - 30]! ^= 1;
    writeFileSync(made, other);
    const refused = await run();
    assert.equal(refused.status, 1);
    assert.match(refused.stderr, /the file exists already/);
    const refusedDry = await run('-n');
    assert.deepEqual([refusedDry.status, refusedDry.stderr], [refused.status, refused.stderr]);
    assert.ok(readFileSync(made).equals(other));
  });
}

for (const verb of ['repair', 'mp4writer'] as const) {
  test(`${verb} -n says of a result what the run itself says`, async (t) => {
    const directory = scratchDirectory(t);
    if (verb === 'mp4writer') copyStagingCase('clean', 'short-1s', directory);
    else copyFileSync(join(fixturesDirectory, 'mp4/torn-moov-plus-reference/damaged.mov'), join(directory, 'rec.mov'));
    const path = join(directory, verb === 'mp4writer' ? 'rec.mp4' : 'rec.mov');
    const made = join(directory, verb === 'mp4writer' ? 'rec.mp4' : 'rec.repaired.mp4');
    const run = (...words: readonly string[]): ReturnType<typeof runInProcess> =>
      runInProcess('salvor', [verb, path, ...words]);
    assert.match((await run('-n')).stdout, /^would make /);
    const first = await run();
    assert.equal(first.status, 0, first.stderr);
    const bytes = readFileSync(made);
    const alike = async (said: RegExp): Promise<void> => {
      const [again, dry] = [await run(), await run('-n')];
      assert.match(again.stdout + again.stderr, said);
      assert.deepEqual([dry.status, dry.stdout, dry.stderr], [again.status, again.stdout, again.stderr]);
    };
    await alike(/was finished by an earlier run/);
    const other = Buffer.from(bytes);
    other[other.indexOf('moov') + 30]! ^= 1;
    writeFileSync(made, other);
    await alike(/the file exists already/);
    assert.ok(readFileSync(made).equals(other));
  });
}
