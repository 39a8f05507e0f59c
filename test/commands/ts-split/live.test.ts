/** `salvor ts-split` at the end of a pipe: whatever happens, the stream is neither refused nor thrown away. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { OperationReport, RecordingReport } from '../../../src/media/report.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { programPath, runProgram } from '../../support/programs.ts';
import { fixturesDirectory, projectRoot } from '../../support/project.ts';
import { cleanEnvironment, runProcess, type ProcessOptions } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { packetsOf } from '../../support/transport-packets.ts';

const chunks = join(fixturesDirectory, 'ems/ts/killed-chunked4-10s');
const recording = Buffer.concat(
  readdirSync(chunks)
    .sort()
    .map((name) => readFileSync(join(chunks, name))),
);

/** Pipes the recording into ts-split. */
async function pipe(args: readonly string[], options: ProcessOptions = {}): Promise<RecordingReport> {
  const result = await runProgram('salvor', ['ts-split', '--json', ...args, '-'], { stdin: recording, ...options });
  assert.equal(result.status, 0, result.stderr);
  return (JSON.parse(result.stdout) as OperationReport).recordings[0]!;
}

/** The bytes of the stream in its parts. */
function mediaOf(report: RecordingReport): Buffer {
  return Buffer.concat(report.parts!.map(({ path, insertedBytes }) => readFileSync(path).subarray(insertedBytes)));
}

const codes = ({ findings }: RecordingReport): string[] => findings.map(({ code }) => code);

test('started again on the same names, it goes on under the next free ones and leaves the older parts alone', async (context) => {
  const directory = scratchDirectory(context);
  const first = await pipe(['-d', '2s', '-o', `${directory}/`, '--playlist', 'live.m3u8']);
  assert.ok(!codes(first).includes('ts-name-taken'));
  const older = new Map(readdirSync(directory).map((name) => [name, readFileSync(join(directory, name))]));
  const runs = [first];
  for (const suffix of ['-1', '-2']) {
    const again = await pipe(['-d', '2s', '-o', `${directory}/`, '--playlist', 'live.m3u8']);
    runs.push(again);
    assert.deepEqual(
      again.parts!.map(({ path }) => path),
      first.parts!.map(({ path }) => path.replace('.ts', `${suffix}.ts`)),
    );
    assert.ok(codes(again).includes('ts-name-taken'));
    assert.match(readFileSync(join(directory, `live${suffix}.m3u8`), 'utf8'), new RegExp(`_part0000${suffix}\\.ts`));
  }
  for (const [name, bytes] of older) assert.ok(readFileSync(join(directory, name)).equals(bytes), name);
  for (const run of runs) assert.ok(mediaOf(run).equals(recording));
  const forced = await pipe(['-f', '-d', '2s', '-o', `${directory}/`]);
  assert.deepEqual(
    forced.parts!.map(({ path, replaced }) => [path, replaced]),
    first.parts!.map(({ path }) => [path, true]),
  );
});

test('a name is only taken if it would really be written', async (context) => {
  const directory = scratchDirectory(context);
  for (const name of ['stream_part0007.ts', 'rec_part0007.ts']) writeFileSync(join(directory, name), 'other');
  assert.equal((await pipe(['-d', '2s', '-o', `${directory}/`])).parts!.length, 5);
  writeFileSync(join(directory, 'rec.ts'), recording);
  const file = join(directory, 'rec.ts');
  const fine = await runProgram('salvor', ['ts-split', '-d', '2s', file]);
  assert.deepEqual([fine.status, fine.stderr], [0, '']);
  // Five parts are made: the name of the eighth is nobody's.
  assert.equal(readFileSync(join(directory, 'rec_part0007.ts'), 'utf8'), 'other');
  const refused = await runProgram('salvor', ['ts-split', '-d', '2s', '--start-number', '4', file]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /rec_part0004\.ts: the file exists already/);
  assert.equal(existsSync(join(directory, 'rec_part0005.ts')), false);
});

test('directories, links that lead nowhere and other runs in the way are gone around', async (context) => {
  const directory = scratchDirectory(context);
  mkdirSync(join(directory, 'stream_part0001.ts'));
  symlinkSync('/nowhere', join(directory, 'stream_part0002.ts'));
  // A run that lives: this one.
  const start = readFileSync('/proc/self/stat', 'latin1').split(') ')[1]!.split(' ')[19]!;
  const host =
    (await import('node:os'))
      .hostname()
      .replaceAll(/[^A-Za-z0-9]/g, '_')
      .slice(0, 24) || 'host';
  writeFileSync(join(directory, `.stream_part0003.ts.salvor-${host}-${process.pid}-${start}`), '');
  const report = await pipe(['-d', '2s', '-f', '-o', `${directory}/`]);
  assert.deepEqual(
    report.parts!.map(({ path }) => path.slice(directory.length + 1)),
    ['stream_part0000.ts', ...[1, 2, 3].map((number) => `stream_part000${number}-1.ts`), 'stream_part0004.ts'],
  );
  assert.ok(mediaOf(report).equals(recording));
});

test('several cuts in a second get names of their own', async (context) => {
  const directory = scratchDirectory(context);
  const report = await pipe(['--every-idr', '-o', join(directory, 'cam_%Y.ts')]);
  assert.equal(new Set(report.parts!.map(({ path }) => path)).size, report.parts!.length);
  assert.ok(report.parts!.length > 5);
  assert.ok(report.parts!.every(({ path }) => /cam_\d{4}(?:-\d+)?\.ts$/.test(path)));
  assert.equal(report.findings.find(({ code }) => code === 'ts-name-taken')?.repeated, report.parts!.length - 2);
  assert.ok(mediaOf(report).equals(recording));
});

test('the hour that comes twice at the end of summer time loses no part', needs('ffmpeg'), async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'night.ts');
  const made = await runJudge('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'color=s=64x64:r=1/20', '-t', '10800'],
    ...['-c:v', 'libx264', '-g', '1', '-bf', '0', file],
  ]);
  assert.equal(made.status, 0, made.stderr);
  // It ends at 4:00 on the night of 25 October 2026: three hours before, it was 2:00 of summer time.
  const end = Date.parse('2026-10-25T03:00:00Z') / 1000;
  utimesSync(file, end, end);
  const args = ['ts-split', '--json', '-d', '1h', '-o', join(directory, 'cam_%Y%m%d-%H.ts'), file];
  const result = await runProgram('salvor', args, { env: { TZ: 'Europe/Berlin' } });
  assert.equal(result.status, 0, result.stderr);
  const report = (JSON.parse(result.stdout) as OperationReport).recordings[0]!;
  assert.deepEqual(
    report.parts!.map(({ path }) => path.slice(directory.length + 1)),
    ['cam_20261025-02.ts', 'cam_20261025-02-1.ts', 'cam_20261025-03.ts'],
  );
  assert.ok(mediaOf(report).equals(readFileSync(file)));
  const again = await runProgram('salvor', args, { env: { TZ: 'Europe/Berlin' } });
  // The parts are there already, each with its bytes.
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(readdirSync(directory).length, 4);
});

test('--start-number auto goes on behind the highest number there is', async (context) => {
  const directory = scratchDirectory(context);
  const numbers = async (...args: string[]): Promise<string[]> =>
    (await pipe(['-d', '5s', '--start-number', 'auto', '-o', `${directory}/`, ...args])).parts!.map(
      ({ path }) => /part(\d+)/.exec(path)![1]!,
    );
  assert.deepEqual(await numbers(), ['0000', '0001']);
  assert.deepEqual(await numbers(), ['0002', '0003']);
  writeFileSync(join(directory, 'stream_part0041.ts'), '');
  writeFileSync(join(directory, 'other_part0099.ts'), '');
  assert.deepEqual(await numbers(), ['0042', '0043']);
  for (const [args, message] of [
    [['--start-number', 'soon'], /--start-number is to be a whole number from 0 on, or auto/],
    [['--start-number', '-1'], /start-number|Not enough/i],
    [['--start-number', 'auto', '--pattern', '%F.ts'], /needs a pattern with a number/],
  ] as const) {
    const refused = await runProgram('salvor', ['ts-split', '-d', '5s', '-o', `${directory}/`, ...args, '-']);
    assert.equal(refused.status, 2, refused.stderr);
    assert.match(refused.stderr, message);
  }
});

test('a full disk: whole parts stay, the last one is closed with what could be written', async (context) => {
  const directory = scratchDirectory(context);
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs', disk]);
  if (mounted.status !== 0) {
    context.skip(`no file system can be mounted here, so none can be full: ${String(mounted.stderr)}`);
    return;
  }
  try {
    const args = ['ts-split', '--json', '-d', '2s', '-o', `${disk}/`, '--playlist', join(directory, 'rec.m3u8'), '-'];
    const result = await runProgram('salvor', args, { stdin: recording });
    assert.equal(result.status, 1);
    assert.match(
      result.stderr,
      /the disk is full; the first 3 parts are complete and in place; .*stream_part0003\.ts holds what could be written of it/,
    );
    const report = (JSON.parse(result.stdout) as OperationReport).recordings[0]!;
    assert.deepEqual([report.outcome, report.failure?.kind], ['failed', 'output']);
    assert.deepEqual(
      readdirSync(disk).sort(),
      [0, 1, 2, 3].map((number) => `stream_part000${number}.ts`),
    );
    const media = mediaOf(report);
    assert.ok(media.equals(recording.subarray(0, media.length)));
    assert.ok(media.length > 120_000);
    // Whole packets, each of them.
    for (const { path } of report.parts!) packetsOf(readFileSync(path));
    assert.equal(readFileSync(join(directory, 'rec.m3u8'), 'utf8').match(/\.ts$/gm)?.length, 4);
    // The same again: nothing there is touched, and nothing is left.
    const again = await runProgram('salvor', args, { stdin: recording });
    assert.equal(again.status, 1);
    assert.deepEqual(
      readdirSync(disk).sort().slice(0, 4),
      [0, 1, 2, 3].map((number) => `stream_part000${number}.ts`),
    );
    assert.ok(readdirSync(disk).every((name) => !name.startsWith('.')));
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('a directory that takes no more files: what came before is complete', async (context) => {
  const directory = scratchDirectory(context);
  const child = spawn(
    process.execPath,
    [programPath('salvor'), 'ts-split', '-q', '-d', '2s', '-o', `${directory}/`, '-'],
    { env: cleanEnvironment(), stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close').then(([code]) => code as number | null);
  child.stdin.on('error', () => undefined);
  child.stdin.write(recording.subarray(0, 188 * 900));
  for (let round = 0; round < 500 && !existsSync(join(directory, 'stream_part0001.ts')); round++) {
    await wait(20);
  }
  // Immutable for root as well; elsewhere permission is enough.
  const stopped = spawnSync('chattr', ['+i', directory]).status === 0;
  if (!stopped) chmodSync(directory, 0o555);
  try {
    child.stdin.end(recording.subarray(188 * 900));
    const status = await ended;
    if (!stopped && process.getuid?.() === 0) {
      context.skip('nothing keeps root from writing here');
      return;
    }
    assert.equal(status, 1);
  } finally {
    spawnSync('chattr', ['-i', directory]);
    chmodSync(directory, 0o755);
  }
  const names = readdirSync(directory)
    .sort()
    .filter((name) => !name.startsWith('.'));
  assert.ok(names.length >= 2);
  const media = names.map((name, index) => readFileSync(join(directory, name)).subarray(index === 0 ? 0 : 376));
  assert.ok(Buffer.concat(media).equals(recording.subarray(0, Buffer.concat(media).length)));
});

for (const [signal, status] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} closes the part in progress with all that has come`, async (context) => {
    const directory = scratchDirectory(context);
    const child = spawn(
      process.execPath,
      [programPath('salvor'), 'ts-split', '-q', '-d', '2s', '-o', `${directory}/`, '-'],
      { env: cleanEnvironment(), stdio: ['pipe', 'ignore', 'ignore'] },
    );
    const ended = once(child, 'close').then(([code]) => code as number | null);
    child.stdin.on('error', () => undefined);
    child.stdin.write(recording.subarray(0, 188 * 900));
    for (let round = 0; round < 500 && !existsSync(join(directory, 'stream_part0001.ts')); round++) {
      await wait(20);
    }
    child.kill(signal);
    assert.equal(await ended, status);
    const names = readdirSync(directory).sort();
    const media = names.map((name, index) => readFileSync(join(directory, name)).subarray(index === 0 ? 0 : 376));
    assert.ok(names.every((name) => /^stream_part\d{4}\.ts$/.test(name)));
    assert.ok(Buffer.concat(media).equals(recording.subarray(0, 188 * 900)));
    assert.equal((await pipe(['-d', '2s', '-o', `${directory}/`])).parts!.length, 5);
  });
}

test('a reader of what is printed that has gone does not end the recording', async (context) => {
  const directory = scratchDirectory(context);
  writeFileSync(join(directory, 'rec.ts'), recording);
  for (const flag of ['-v', '--json']) {
    const command = `"$0" "$1" ts-split ${flag} -d 2s -f -o "$2/parts/" - < "$2/rec.ts" 2> >(true) | true; exit "\${PIPESTATUS[0]}"`;
    const result = await runProcess('bash', ['-c', command, process.execPath, programPath('salvor'), directory]);
    assert.equal(result.status, 0, result.stderr);
    assert.equal(readdirSync(join(directory, 'parts')).length, 5);
  }
});

/** Lines of the documentation in which ts-split is run by a recorder or by cron. */
function examples(): { source: string; line: string }[] {
  return ['README.md', 'man/salvor-ts-split.1'].flatMap((source) =>
    readFileSync(join(projectRoot, source), 'utf8')
      .split('\n')
      .map((line) =>
        line
          .replace(/^\.Dl \$ /, '')
          .replaceAll(String.raw`\e`, '\\')
          .trim(),
      )
      .filter((line) => /recorder \| salvor ts-split|^[\d*]+ [\d*]+ \* \* \* .*ts-split/.test(line))
      .map((line) => ({ source, line })),
  );
}

test('the pipe and cron examples of README and manual work, twice in a row', async (context) => {
  const found = examples();
  assert.equal(found.filter(({ line }) => line.includes('recorder |')).length, 2);
  assert.equal(found.filter(({ line }) => line.includes('find ')).length, 2);
  for (const { source, line } of found) {
    const root = scratchDirectory(context);
    const bin = join(root, 'bin');
    mkdirSync(bin);
    for (const [name, words] of [
      ['salvor', `exec "${process.execPath}" "${programPath('salvor')}" "$@"`],
      ['recorder', `exec cat "${root}/source.ts"`],
    ] as const) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${words}\n`, { mode: 0o755 });
    }
    writeFileSync(join(root, 'source.ts'), recording);
    mkdirSync(join(root, 'srv/rec'), { recursive: true });
    const isCron = !line.startsWith('recorder');
    if (isCron) {
      writeFileSync(join(root, 'srv/rec/day.ts'), recording);
      const then = Date.now() / 1000 - 3600;
      utimesSync(join(root, 'srv/rec/day.ts'), then, then);
    }
    const command = line.replace(/^(?:[\d*]+ ){2}\* \* \* /, '').replaceAll('/srv/', `${root}/srv/`);
    const out = join(root, isCron ? 'srv/parts' : 'srv/rec');
    const env = { PATH: `${bin}:${process.env['PATH']}` };
    const first = await runProcess('sh', ['-c', command], { env });
    assert.deepEqual([first.status, first.stderr], [0, ''], `${source}: ${line}`);
    const before = new Map(readdirSync(out).map((name) => [name, readFileSync(join(out, name))]));
    assert.equal(before.size, 1);
    const second = await runProcess('sh', ['-c', command], { env });
    // Every recording is there once from a file, and as often as it was sent from a pipe.
    assert.equal(second.status, 0, second.stderr);
    assert.equal(readdirSync(out).length, isCron ? 1 : 2);
    for (const [name, bytes] of before) assert.ok(readFileSync(join(out, name)).equals(bytes));
    for (const name of readdirSync(out)) assert.ok(readFileSync(join(out, name)).equals(recording));
    if (isCron) assert.equal(second.stderr, '');
  }
});
