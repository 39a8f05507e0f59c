/** Names that are not UTF-8: Linux allows any bytes but `/` and NUL, and recorders take stream names as they come. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hiddenName } from '../src/io/hidden-name.ts';
import { bytesOfName, nameOf } from '../src/io/file-system.ts';
import { quoted } from '../src/media/shell-word.ts';
import { printable } from '../src/ui/printable.ts';
import { copyStagingCase } from './support/fixtures.ts';
import { programPath } from './support/programs.ts';
import { fixturesDirectory } from './support/project.ts';
import { runProcess, type ProcessResult } from './support/run-process.ts';
import { scratchDirectory, type Lifetime } from './support/scratch.ts';

const flv = join(fixturesDirectory, 'flv/killed-chunk3.flv');

/** A path in a folder, as bytes; each character of `name` is one byte. */
function at(folder: string, name: string): Buffer {
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name, 'latin1')]);
}

/** The names in a folder and below it, each character of them one byte. */
function names(folder: string | Buffer, prefix = ''): string[] {
  return readdirSync(folder, { encoding: 'buffer', withFileTypes: true })
    .flatMap((entry) => {
      const name = prefix + entry.name.toString('latin1');
      const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), entry.name]);
      return entry.isDirectory() ? [name, ...names(path, `${name}/`)] : [name];
    })
    .toSorted();
}

/** Runs a command line of bash in a folder; `salvor` and `evo-mp4writer` are our own. */
async function shell(folder: string, line: string): Promise<ProcessResult> {
  const programs = ['salvor', 'evo-mp4writer'] as const;
  const functions = programs.map((name) => `${name}() { '${process.execPath}' '${programPath(name)}' "$@"; }\n`);
  return runProcess('bash', ['-c', functions.join('') + line], { cwd: folder });
}

/** Two files whose names differ in a byte that is no UTF-8, in a folder of such a name. */
function twoRecordings(t: Lifetime): string {
  const folder = scratchDirectory(t);
  mkdirSync(at(folder, 'caf\xe9'));
  for (const name of ['r\xff.flv', 'r\xfe.flv']) copyFileSync(flv, at(folder, `caf\xe9/${name}`));
  return folder;
}

test('files and folders whose names are not UTF-8 are found, told apart and shown byte for byte', async (t) => {
  const folder = twoRecordings(t);
  for (const words of ['-r .', '*/*', '*/r?.flv', String.raw`$'caf\351/r\376.flv' $'caf\351/r\377.flv'`]) {
    const { status, stdout } = await shell(folder, `salvor probe ${words}`);
    assert.equal(status, 0, words);
    assert.deepEqual(
      stdout.match(/^\S+(?= )/gm),
      [String.raw`caf\xe9/r\xfe.flv`, String.raw`caf\xe9/r\xff.flv`],
      words,
    );
    // eslint-disable-next-line no-control-regex -- nothing but ASCII
    assert.match(stdout, /^[\x00-\x7f→·×–]*$/);
  }
  const { stdout } = await shell(folder, 'salvor probe -r --ndjson .');
  const paths = stdout.match(/"path":"[^"]*"/g);
  assert.deepEqual(paths, [String.raw`"path":"caf\udce9/r\udcfe.flv"`, String.raw`"path":"caf\udce9/r\udcff.flv"`]);
  for (const line of stdout.trimEnd().split('\n')) {
    const { file } = JSON.parse(line) as { file: string };
    assert.ok(existsSync(Buffer.concat([Buffer.from(`${folder}/`), bytesOfName(file)])), file);
  }
});

test('the command that is advised can be pasted into a shell, whatever the name', async (t) => {
  const folder = twoRecordings(t);
  renameSync(at(folder, 'caf\xe9/r\xfe.flv'), join(folder, "it's \\xff\n\u202e.flv"));
  const { stdout } = await shell(folder, 'salvor probe -r .');
  const commands = stdout.match(/^ +salvor flv-fix .*$/gm);
  assert.equal(commands?.length, 2, stdout);
  for (const command of commands) assert.equal((await shell(folder, command)).status, 0, command);
  assert.doesNotMatch((await shell(folder, 'salvor probe -r .')).stdout, /salvor flv-fix/);
});

test('every verb works on names that are not UTF-8, and writes such names', async (t) => {
  await t.test('flv-fix', async () => {
    const folder = twoRecordings(t);
    assert.equal((await shell(folder, String.raw`mkdir $'o\377' && salvor flv-fix -q -o $'o\377' -r .`)).status, 0);
    assert.deepEqual(names(join(folder)).slice(-3), ['o\xff', 'o\xff/r\xfe.flv', 'o\xff/r\xff.flv']);
    assert.equal((await shell(folder, 'salvor flv-fix -q caf?/*')).status, 0);
    assert.deepEqual(names(folder).slice(0, 3), ['caf\xe9', 'caf\xe9/r\xfe.flv', 'caf\xe9/r\xff.flv']);
  });
  await t.test('mp4writer and evo-mp4writer', async () => {
    const folder = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', folder);
    const staging = names(folder).filter((name) => name.startsWith('rec.'));
    for (const name of staging) {
      for (const own of ['a\xff', 'b\xff']) copyFileSync(join(folder, name), at(folder, name.replace('rec', own)));
    }
    assert.equal((await shell(folder, 'salvor mp4writer -q a*.info')).status, 0);
    assert.equal((await shell(folder, String.raw`evo-mp4writer -path=$'b\377.mp4'`)).status, 0);
    for (const name of ['a\xff.mp4', 'b\xff.mp4']) assert.ok(existsSync(at(folder, name)), name);
    assert.ok(!existsSync(at(folder, 'b\xff.mp4.info')));
  });
  await t.test('repair', async () => {
    const folder = scratchDirectory(t);
    const torn = join(fixturesDirectory, 'go-rtmp/h265_inband_aac_kill193/recording.mp4');
    copyFileSync(torn, at(folder, 'r\xff.mp4'));
    assert.equal((await shell(folder, 'salvor repair -q *')).status, 0);
    assert.deepEqual(names(folder), ['r\xff.mp4', 'r\xff.repaired.mp4']);
  });
  await t.test('ts-split', async () => {
    const folder = scratchDirectory(t);
    copyFileSync(join(fixturesDirectory, 'ems/ts/killed-chunked4-10s/rec_part0001.ts'), at(folder, 'r\xff\xf0.ts'));
    const { status, stderr } = await shell(folder, 'salvor ts-split -d 2 -o out/ --playlist out/all.m3u8 *.ts');
    assert.equal(status, 0, stderr);
    const parts = names(join(folder, 'out')).filter((name) => name !== 'all.m3u8');
    assert.equal(parts[0], 'r\xff\xf0_part0000.ts');
    const listed = (await shell(folder, 'grep -v "^#" out/all.m3u8')).stdout.split('\n').slice(0, -1);
    assert.deepEqual(
      listed.map((uri) => unescape(uri)),
      parts,
    );
  });
});

test('arguments that are not options are never taken for others', async (t) => {
  const folder = twoRecordings(t);
  const { status, stderr } = await shell(folder, String.raw`salvor probe $'x\377.flv' $'x\ufffd.flv' '' `);
  assert.equal(status, 1);
  assert.match(stderr, /^salvor: x\\xff\.flv: no such file/m);
  assert.match(stderr, /^salvor: x\ufffd\.flv: no such file/m);
  const unknown = await shell(folder, String.raw`salvor $'prob\377'`);
  assert.deepEqual([unknown.status, unknown.stderr], [2, 'salvor: there is no verb prob\\xff; did you mean probe?\n']);
  const ignored = await shell(folder, String.raw`evo-mp4writer $'x\377\n'`);
  assert.match(ignored.stderr, /unknown argument ignored: x\\xff\\n\n/);
});

describe('every name there can be', { concurrency: true }, () => {
  const seed = 12;
  const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  /** Mostly what is nearly UTF-8. */
  const nearly = fc
    .array(
      fc.oneof(
        fc.constantFrom('é', '録', '🎬', '\\', 'n', '\n', "'").map((text) => Buffer.from(text)),
        anyBytes,
      ),
    )
    .map((pieces) => Buffer.concat(pieces))
    .chain((bytes) => fc.nat(bytes.length).map((cut) => bytes.subarray(cut)));

  test('becomes a string and the same bytes again', () => {
    fc.assert(
      fc.property(nearly, (bytes) => assert.deepEqual(bytesOfName(nameOf(bytes)), bytes)),
      { seed },
    );
    // Overlong forms, surrogates and what lies beyond Unicode are no UTF-8 either.
    assert.equal(nameOf(Buffer.from('c0afeda080f4908080e282', 'hex')).length, 11);
  });

  test('is valid UTF-8 exactly where its string is well-formed, and then the usual one', () => {
    fc.assert(
      fc.property(nearly, (bytes) => {
        const usual = bytes.toString();
        assert.equal(nameOf(bytes).isWellFormed(), Buffer.from(usual).equals(bytes));
        if (nameOf(bytes).isWellFormed()) assert.equal(nameOf(bytes), usual);
      }),
      { seed },
    );
  });

  test('has a hidden file of its own beside it', () => {
    assert.notEqual(hiddenName('r\udcff', 'run'), hiddenName('r\udcfe', 'run'));
  });

  test('is shown so that it can be told from every other', () => {
    const read = (shown: string): string =>
      shown.replaceAll(/(\\+)(n|t|x[\da-f]{2}|u[\da-f]{4})/g, (_, run: string, code: string) => {
        const backslashes = '\\'.repeat(Math.floor(run.length / 2));
        if (run.length % 2 === 0) return backslashes + code;
        const number = Number.parseInt(code.slice(1), 16);
        const unit =
          code === 'n' ? 10 : code === 't' ? 9 : code.startsWith('x') && number > 0x7f ? 0xdc00 + number : number;
        return backslashes + String.fromCharCode(unit);
      });
    fc.assert(
      fc.property(nearly, (bytes) => assert.equal(read(printable(nameOf(bytes))), nameOf(bytes))),
      { seed },
    );
  });

  test('is quoted so that bash takes it for the same bytes, as it is printed', async () => {
    const samples = fc.sample(nearly, { seed, numRuns: 200 }).filter((bytes) => bytes.length > 0 && !bytes.includes(0));
    const words = samples.map((bytes) => printable(quoted(nameOf(bytes))));
    const { stdout } = await runProcess('bash', [
      '-c',
      `printf '%s\\0' ${words.join(' ')} | od -An -v -tx1 | tr -d ' \\n'`,
    ]);
    const got = Buffer.from(stdout, 'hex').toString('latin1').split('\0').slice(0, -1);
    assert.deepEqual(
      got.map((word) => word.replace(/^\.\/(?=-)/, '')),
      samples.map((bytes) => bytes.toString('latin1')),
    );
  });
});
