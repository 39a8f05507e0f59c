/**
 * Root in a directory that others write to: whatever they put there or swap, nobody else's file is written, replaced, given
 * away or opened to others. `mallory` is the owner of the directory, the victim somebody else.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, test } from 'node:test';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { FileSource } from '../../src/io/file-source.ts';
import { hashOf, writeJournal } from '../../src/io/journal.ts';
import { patchFile, settlePending } from '../../src/io/journalled-patch.ts';
import { copyStagingCase } from '../support/fixtures.ts';
import { runProgram } from '../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

const mallory = 12345;
const alice = 23456;
const isRoot = process.getuid?.() === 0;
const needsRoot = {
  skip: isRoot ? false : 'NOT TESTED: only root can write to the files of everybody; run the tests as root',
};

interface Scene {
  /** Mallory's own. */
  readonly directory: string;
  /** A file elsewhere that only its owner may read. */
  readonly victim: string;
}

const secret = 'what the victim has';

function scene(t: Lifetime, owner = 0): Scene {
  const directory = scratchDirectory(t);
  const elsewhere = scratchDirectory(t);
  const victim = join(elsewhere, 'victim');
  writeFileSync(victim, secret, { mode: 0o600 });
  chownSync(victim, owner, owner);
  chownSync(directory, mallory, mallory);
  return { directory, victim };
}

function assertUntouched(victim: string, owner = 0): void {
  const { uid, mode } = statSync(victim);
  assert.deepEqual([readFileSync(victim, 'utf8'), uid, mode & 0o7777], [secret, owner, 0o600]);
}

/** Puts a link of mallory's to something. */
function plant(directory: string, name: string, to: string): void {
  symlinkSync(to, join(directory, name));
  lchownSync(join(directory, name), mallory, mallory);
}

function place(directory: string, name: string, bytes: string | Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  chownSync(path, mallory, mallory);
  return path;
}

describe('root in a directory of somebody else', needsRoot, () => {
  test('what is planted where a journal would be written is not written through', (t) => {
    for (const name of ['.rec.flv.salvor-journal.new', '.rec.flv.salvor-journal']) {
      const { directory, victim } = scene(t);
      const path = place(directory, 'rec.flv', 'recording');
      plant(directory, name, victim);
      const source = new FileSource(path);
      try {
        const patch = (): void => patchFile(source, [{ offset: 0, bytes: Buffer.from('R') }]);
        if (name.endsWith('.new')) patch();
        else assert.throws(patch, { kind: 'busy', message: /journal.*nothing was changed/ });
      } finally {
        source.close();
      }
      assert.equal(readFileSync(path, 'latin1'), name.endsWith('.new') ? 'Recording' : 'recording');
      assertUntouched(victim);
      assert.ok(lstatSync(join(directory, name)).isSymbolicLink());
    }
  });

  test('a journal is acted on only if who made it might write to the file himself', (t) => {
    const { directory, victim } = scene(t, alice);
    const forged = Buffer.concat(
      writeJournal({
        sizes: [secret.length, secret.length],
        patches: [{ offset: 0, bytes: Buffer.from('owned') }],
        replacedHash: '',
        witnesses: [{ offset: 5, length: secret.length - 5, hash: hashOf(Buffer.from(secret.slice(5))) }],
      }),
    );
    // The victim under a name of mallory's directory, as a hard link and by a symbolic one.
    const path = join(directory, 'rec.flv');
    renameSync(victim, path);
    const journal = place(directory, '.rec.flv.salvor-journal', forged);
    chmodSync(journal, 0o600);
    assert.throws(() => settlePending(path, true, ''), { kind: 'unrecoverable', message: /not made by the owner/ });
    assertUntouched(path, alice);
    renameSync(path, victim);
    plant(directory, 'rec.flv', victim);
    assert.throws(() => settlePending(path, true, ''), { kind: 'output', message: /link to a file of somebody else/ });
    assertUntouched(victim, alice);
  });

  test('a temporary that is swapped for a link is not given away, opened to others, or named', (t) => {
    for (const replace of [true, false]) {
      const { directory, victim } = scene(t);
      const target = join(directory, 'rec.mp4');
      if (replace) chmodSync(place(directory, 'rec.mp4', 'old'), 0o666);
      const output = new AtomicOutput(target, { replace });
      output.write(Buffer.from('new'), 0);
      rmSync(output.temporaryPath);
      symlinkSync(victim, output.temporaryPath);
      output.sync();
      assert.throws(() => output.commit(), { kind: 'output', message: /temporary file was removed or replaced/ });
      output.discard();
      assertUntouched(victim);
      assert.ok(lstatSync(output.temporaryPath).isSymbolicLink(), 'what somebody else put there is not removed');
      assert.equal(existsSync(target) && readFileSync(target, 'utf8') === 'old', replace);
    }
  });

  test('a directory that is swapped for a link meanwhile stays the one that was opened', (t) => {
    const { directory } = scene(t);
    const elsewhere = scratchDirectory(t);
    writeFileSync(join(elsewhere, 'rec.mp4'), secret);
    mkdirSync(join(directory, 'sub'));
    const output = new AtomicOutput(join(directory, 'sub/rec.mp4'), { replace: true });
    output.write(Buffer.from('new'), 0);
    renameSync(join(directory, 'sub'), join(directory, 'moved'));
    symlinkSync(elsewhere, join(directory, 'sub'));
    output.commit();
    assert.equal(readFileSync(join(elsewhere, 'rec.mp4'), 'utf8'), secret);
    assert.deepEqual(readdirSync(elsewhere), ['rec.mp4']);
    assert.equal(readFileSync(join(directory, 'moved/rec.mp4'), 'utf8'), 'new');
  });

  test('a target that is swapped for another file meanwhile is left alone', (t) => {
    const { directory, victim } = scene(t);
    const target = place(directory, 'rec.mp4', 'old');
    const output = new AtomicOutput(target, { replace: true });
    rmSync(target);
    plant(directory, 'rec.mp4', victim);
    assert.throws(() => output.commit(), { kind: 'busy', message: /another file has taken this name/ });
    output.discard();
    assertUntouched(victim);
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('evo-mp4writer replaces through a link only what is an MP4 of the same owner', async (t) => {
    const made = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', made);
    assert.equal((await runProgram('evo-mp4writer', [`-path=${join(made, 'rec.mp4')}`])).status, 0);
    const movie = readFileSync(join(made, 'rec.mp4'));
    const older = Buffer.concat([movie.subarray(0, 100), Buffer.alloc(9)]);
    for (const [content, owner, linkOwner, status, says] of [
      [secret, 0, mallory, 255, /file of somebody else/],
      [older, alice, mallory, 255, /file of somebody else/],
      [secret, mallory, mallory, 255, /file that is no MP4/],
      [secret, alice, 0, 255, /file that is no MP4/],
      [older, mallory, mallory, 0, /^$/],
    ] as const) {
      const { directory, victim } = scene(t, owner);
      writeFileSync(victim, content);
      copyStagingCase('clean', 'short-1s', directory);
      plant(directory, 'rec.mp4', victim);
      lchownSync(join(directory, 'rec.mp4'), linkOwner, linkOwner);
      const result = await runProgram('evo-mp4writer', [`-path=${join(directory, 'rec.mp4')}`]);
      assert.equal(result.status, status, result.stderr);
      assert.match(result.stderr, says);
      assert.ok(lstatSync(join(directory, 'rec.mp4')).isSymbolicLink());
      const bytes = readFileSync(victim);
      assert.ok(bytes.equals(status === 0 ? movie : Buffer.from(content)));
      assert.equal(statSync(victim).uid, owner);
      assert.equal(existsSync(join(directory, 'rec.mp4.mdat')), status !== 0);
    }
  });
});

describe('runs are told apart', needsRoot, () => {
  /** The name of the temporary file that a process started by a command would make. */
  function temporaryOf(directory: string, command: readonly string[]): string {
    const module = pathToFileURL(join(import.meta.dirname, '../../src/io/atomic-output.js')).href;
    const script = `import { AtomicOutput } from '${module}'; const o = new AtomicOutput('${directory}/rec.mp4', { replace: true }); console.log(o.temporaryPath); o.discard();`;
    const [program, ...rest] = [...command, process.execPath, '--input-type=module', '-e', script];
    const { status, stdout, stderr } = spawnSync(program!, rest, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    return /\.salvor-([0-9a-f]+)-/.exec(stdout)![1]!;
  }

  const isolates = spawnSync('unshare', ['--uts', '--pid', '--fork', '--mount-proc', 'true']).status === 0;

  test(
    'of two containers with one host name, and of machines alike in their first 24 characters',
    { skip: isolates ? false : 'NOT TESTED: this system allows no spaces of names of its own (unshare)' },
    (t) => {
      const directory = scratchDirectory(t);
      const own = temporaryOf(directory, []);
      assert.equal(temporaryOf(directory, []), own);
      assert.notEqual(temporaryOf(directory, ['unshare', '--pid', '--fork', '--mount-proc']), own);
      const named = (name: string): string =>
        temporaryOf(directory, ['unshare', '--uts', 'sh', '-c', `hostname ${name}; exec "$@"`, 'sh']);
      assert.notEqual(named('recorder-of-the-company-a1'), named('recorder-of-the-company-a2'));
    },
  );

  test('a foreign run that was silent for less than three minutes is alive', (t) => {
    const directory = scratchDirectory(t);
    const left = join(directory, '.rec.mp4.salvor-0123456789abcdef-1-1');
    for (const [seconds, isAlive] of [
      [170, true],
      [200, false],
    ] as const) {
      writeFileSync(left, 'half');
      spawnSync('touch', ['-d', `@${Math.floor(Date.now() / 1000) - seconds}`, left]);
      const make = (): void => new AtomicOutput(join(directory, 'rec.mp4'), { replace: true }).discard();
      if (isAlive) assert.throws(make, { kind: 'busy', message: /another machine or container/ });
      else make();
      assert.equal(existsSync(left), isAlive);
    }
  });
});
