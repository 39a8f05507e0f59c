/** `salvor ts-split` as its users meet it: names, refusals, interrupts, full disks. */
import assert from 'node:assert/strict';
import { appendFileSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { FreeNames } from '../../../src/commands/ts-split/free-names.ts';
import { split } from '../../../src/commands/ts-split/split.ts';
import { FileStream } from '../../../src/io/byte-stream.ts';
import type { SalvorError } from '../../../src/media/errors.ts';
import { Findings } from '../../../src/media/findings.ts';
import { decode, needs } from '../../support/judges.ts';
import { programPath, runInProcess } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { cleanEnvironment, runProcess } from '../../support/run-process.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { splitInto } from './splitting.ts';

const chunks = join(fixturesDirectory, 'ems/ts/killed-chunked4-10s');
const chunkNames = readdirSync(chunks).sort();
const wholeRecording = Buffer.concat(chunkNames.map((name) => readFileSync(join(chunks, name))));

/** A folder with the recording as one file. */
function folder(context: Lifetime): string {
  const directory = scratchDirectory(context);
  writeFileSync(join(directory, 'rec.ts'), wholeRecording);
  return directory;
}

const partNames = [0, 1, 2, 3, 4].map((number) => `rec_part000${number}.ts`);

test('the parts get the names the server gives its own, beside the input', async (context) => {
  const directory = folder(context);
  const { status, stdout, stderr } = await runInProcess('salvor', ['ts-split', '-d', '2s', join(directory, 'rec.ts')]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.match(stdout, /^made {2}.*rec_part0000\.ts … rec_part0004\.ts: 5 parts, 10\.\d\d s, \d+ kB in .* s\n$/);
  assert.deepEqual(readdirSync(directory).sort(), ['rec.ts', ...partNames]);
});

test('names follow the pattern: number, stream, time', async (context) => {
  const directory = folder(context);
  const file = join(directory, 'rec.ts');
  const args = ['-d', '2s', '-q', file];
  await runInProcess('salvor', ['ts-split', ...args, '-o', join(directory, 'a/%s-%03d.ts'), '--start-number', '7']);
  assert.equal(existsSync(join(directory, 'a')), true);
  assert.deepEqual(
    readdirSync(join(directory, 'a')).sort(),
    [7, 8, 9, 10, 11].map((number) => `rec-${String(number).padStart(3, '0')}.ts`).sort(),
  );
  await runInProcess('salvor', ['ts-split', ...args, '-o', `${directory}/b/`, '--pattern', '%s_%Y%m%d-%H%M%S_%02d.ts']);
  const names = readdirSync(join(directory, 'b')).sort();
  assert.equal(names.length, 5);
  for (const name of names) assert.match(name, /^rec_\d{8}-\d{6}_0\d\.ts$/);
});

test('what cannot be carried out is refused before anything is written', async (context) => {
  const directory = folder(context);
  const file = join(directory, 'rec.ts');
  for (const [args, message] of [
    [[file], /nothing says where to cut/],
    [[file, '-d', 'soon'], /'soon' is not a time/],
    [[file, '-d', '0'], /'0' is not a duration above 0/],
    [[file, '--size', '-1G'], /'-1G' is not a size/],
    [[file, '-d', '2s', '-o', join(directory, 'out.ts')], /this is one file/],
    [[file, '-d', '2s', '--pattern', 'fixed.ts'], /all parts would get the same name/],
    [[file, '-d', '2s', '--pattern', '%q.ts'], /'%q', which means nothing/],
    [['-', '-d', '2s'], /standard input has no directory/],
    [['-', file, '-d', '2s'], /standard input cannot be one of several/],
    [[file, '-r', '-d', '2s'], /no part number/],
    [[file, '--count', '0'], /--count is to be a whole number from 1/],
    [[file, '-d', '2s', '--random-access', 'luck'], /random-access/],
  ] as const) {
    const { status, stderr } = await runInProcess('salvor', ['ts-split', ...args]);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(directory), ['rec.ts']);
});

test('a file that is no transport stream is refused, and so is one that is not there', async (context) => {
  const directory = scratchDirectory(context);
  writeFileSync(join(directory, 'text.ts'), 'Lorem ipsum dolor sit amet. '.repeat(1000));
  writeFileSync(join(directory, 'empty.ts'), '');
  for (const [name, message] of [
    ['text.ts', /text\.ts: is no MPEG transport stream/],
    ['empty.ts', /empty\.ts: is empty/],
    ['missing.ts', /missing\.ts: no such file/],
  ] as const) {
    const { status, stderr } = await runInProcess('salvor', ['ts-split', '-d', '2s', join(directory, name)]);
    assert.equal(status, 1);
    assert.match(stderr, message);
  }
  assert.deepEqual(readdirSync(directory).sort(), ['empty.ts', 'text.ts']);
});

test('parts that are there already are replaced only with --force, and an input never', async (context) => {
  const directory = folder(context);
  const file = join(directory, 'rec.ts');
  const old = join(directory, 'rec_part0003.ts');
  writeFileSync(old, 'old');
  const refused = await runInProcess('salvor', ['ts-split', '-d', '2s', file]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /rec_part0003\.ts: the file exists already; use --force/);
  assert.deepEqual(readdirSync(directory).sort(), ['rec.ts', 'rec_part0003.ts']);
  const forced = await runInProcess('salvor', ['ts-split', '-f', '-d', '2s', file]);
  assert.equal(forced.status, 0);
  assert.ok(readFileSync(old).length > 1000);

  const server = scratchDirectory(context);
  for (const name of chunkNames) copyFileSync(join(chunks, name), join(server, name));
  const inputs = chunkNames.map((name) => join(server, name));
  const itself = await runInProcess('salvor', ['ts-split', '-f', '-d', '2s', ...inputs]);
  assert.equal(itself.status, 2);
  assert.match(itself.stderr, /which it is to be made of/);
  assert.deepEqual(Buffer.concat(inputs.map((path) => readFileSync(path))), wholeRecording);
});

test('a dry run lists the parts and writes nothing', async (context) => {
  const directory = folder(context);
  const { status, stdout } = await runInProcess('salvor', ['ts-split', '-n', '-d', '2s', join(directory, 'rec.ts')]);
  assert.equal(status, 0);
  assert.match(stdout, /^would make {2}/);
  for (const name of partNames) assert.ok(stdout.includes(name));
  assert.deepEqual(readdirSync(directory), ['rec.ts']);
});

test('the playlist lists the parts with their durations, and ffmpeg plays it', needs('ffmpeg'), async (context) => {
  const directory = scratchDirectory(context);
  const inputs = chunkNames.map((name) => join(chunks, name));
  const split = await splitInto(directory, inputs, '-d', '2s', '--playlist', 'rec.m3u8');
  const playlist = join(directory, 'parts/rec.m3u8');
  const lines = readFileSync(playlist, 'utf8').split('\n');
  const durations = lines.filter((line) => line.startsWith('#EXTINF:')).map((line) => Number.parseFloat(line.slice(8)));
  assert.deepEqual(
    durations,
    split.parts.map(({ durationSeconds }) => durationSeconds),
  );
  assert.deepEqual(
    lines.filter((line) => line.endsWith('.ts')),
    partNames,
  );
  const target = Number(/#EXT-X-TARGETDURATION:(\d+)/.exec(lines.join('\n'))?.[1]);
  assert.ok(durations.every((duration) => Math.round(duration) <= target));
  assert.equal(lines.includes('#EXT-X-DISCONTINUITY'), false);
  // The recording begins within a group of pictures; more than ffmpeg says of that it must not say.
  const [ofPlaylist, ofParts] = [await decode(playlist), await decode(join(chunks, chunkNames[0]!))];
  assert.deepEqual(
    ofPlaylist.complaints.filter((line) => !/PPS|no frame|repeated/.test(line)),
    ofParts.complaints.filter((line) => !/PPS|no frame|repeated/.test(line)),
  );
});

test('a recording that is still being written is busy: complete parts stay, the last one is not made', async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'rec.ts');
  for (let round = 0; round < 80; round++) appendFileSync(file, wholeRecording);
  const input = new FileStream([file]);
  context.after(() => input.close());
  const splitting = split(
    {
      input,
      rules: { durationSeconds: 60 },
      randomAccess: 'idr',
      repeatParameterSets: true,
      pathOf: (index) => join(directory, `${index}.part`),
      replace: false,
      names: new FreeNames({ avoidsExisting: false, replace: false }, new Findings()),
      dryRun: false,
      // Called after some megabytes: the recorder goes on meanwhile.
      progress: () => appendFileSync(file, wholeRecording.subarray(0, 188 * 10)),
    },
    new Findings(),
  );
  await assert.rejects(splitting, (error: SalvorError) => {
    assert.equal(error.exitCode, 75);
    assert.match(error.describe(), /rec\.ts: is still being written; the first \d+ parts are complete and in place/);
    return true;
  });
  const made = readdirSync(directory).filter((name) => name !== 'rec.ts');
  assert.ok(made.length > 1 && made.every((name) => /^\d+\.part$/.test(name)), made.join(' '));
});

/** Starts ts-split on a pipe and gives it the first seconds of a recording. */
function startPiped(
  directory: string,
  stream = wholeRecording.subarray(0, 188 * 900),
  duration = '2s',
): { child: ReturnType<typeof spawn>; ended: Promise<number | null> } {
  const args = [programPath('salvor'), 'ts-split', '-d', duration, '-o', `${directory}/`, '-q', '-'];
  const child = spawn(process.execPath, args, { env: cleanEnvironment(), stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', resolve);
  });
  child.stdin!.on('error', () => undefined);
  child.stdin!.write(stream);
  return { child, ended };
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round++) await wait(20);
  assert.ok(condition());
}

test('parts of a live stream are there while it goes on, and an interrupt loses nothing that has come', async (context) => {
  const directory = scratchDirectory(context);
  const { child, ended } = startPiped(directory);
  await until(() => existsSync(join(directory, 'stream_part0001.ts')));
  await wait(300);
  child.kill('SIGINT');
  assert.equal(await ended, 130);
  const names = readdirSync(directory).sort();
  assert.ok(
    names.every((name) => /^stream_part\d{4}\.ts$/.test(name)),
    names.join(' '),
  );
  const inserted = 2 * 188;
  const media = names.map((name, index) => readFileSync(join(directory, name)).subarray(index === 0 ? 0 : inserted));
  assert.ok(Buffer.concat(media).equals(wholeRecording.subarray(0, 188 * 900)));
});

test('a live stream whose PAT names programs that are not in it is cut from its first packets on', async (context) => {
  const directory = scratchDirectory(context);
  const stream = readFileSync(join(fixturesDirectory, 'ts/pat-names-absent-programs.ts'));
  // 3.2 s, fewer bytes than are looked through for tables that may yet come.
  const { child, ended } = startPiped(directory, stream.subarray(0, 188 * 370), '1s');
  await until(() => existsSync(join(directory, 'stream_part0001.ts')));
  child.stdin!.end();
  assert.equal(await ended, 0);
  const parts = readdirSync(directory)
    .sort()
    .map((name) => readFileSync(join(directory, name)));
  assert.ok(parts[0]!.equals(stream.subarray(0, parts[0]!.length)), 'something was put before it');
});

test('a killed run leaves no half part under a final name, and the next run shows what it left', async (context) => {
  const directory = scratchDirectory(context);
  const { child, ended } = startPiped(directory);
  await until(() => existsSync(join(directory, 'stream_part0001.ts')));
  child.kill('SIGKILL');
  await ended;
  const left = readdirSync(directory);
  assert.ok(left.some((name) => name.startsWith('.stream_part')));
  const again = await runProcess(
    process.execPath,
    [programPath('salvor'), 'ts-split', '-f', '-d', '2s', '-o', `${directory}/`, '-'],
    {
      stdin: wholeRecording,
    },
  );
  assert.equal(again.status, 0, again.stderr);
  const names = readdirSync(directory).sort();
  assert.deepEqual(
    names.filter((name) => !name.includes('.interrupted')),
    partNames.map((name) => name.replace('rec', 'stream')),
  );
  assert.match(names.join(' '), /stream_part\d{4}\.interrupted\.ts/);
});

test('a full disk: what was complete stays, nothing else is left, and the message says so', async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'rec.ts');
  writeFileSync(file, wholeRecording);
  mkdirSync(join(directory, 'parts'));
  // A limit of 60 blocks of 1024 bytes on each file stands in for the disk: the first part of 2 s has about 65 kB.
  const command = `ulimit -f 60; exec "$0" "$1" ts-split -d 1s -o "$2/parts/" "$2/rec.ts"`;
  const result = await runProcess('bash', ['-c', command, process.execPath, programPath('salvor'), directory]);
  const made = readdirSync(join(directory, 'parts')).sort();
  if (result.status === 0) assert.ok(made.length > 5);
  else {
    assert.equal(result.status, 1);
    assert.match(result.stderr, /larger than the system allows/);
  }
  assert.ok(
    made.every((name) => name.startsWith('rec_part')),
    made.join(' '),
  );
  const limited = await runProcess('bash', [
    '-c',
    command.replace('-d 1s', '-d 5s').replace('/parts/', '/other/'),
    process.execPath,
    programPath('salvor'),
    directory,
  ]);
  assert.equal(limited.status, 1);
  assert.deepEqual(readdirSync(join(directory, 'other')), []);
  assert.ok(readFileSync(file).equals(wholeRecording));
});
