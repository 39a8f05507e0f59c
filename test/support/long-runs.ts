/**
 * Runs of every verb and mode on inputs that last, for signals to be sent to: genuine recordings repeated to any size. It
 * knows the command lines and what they read; when to send what, and what is to come of it, is for others.
 */
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFlv } from '../../bench/make-flv.ts';
import { makeDaySet, makeLargeSet } from '../../bench/make-set.ts';
import { runProgramFaulted, type FaultedRun } from './faults.ts';
import { fixturesDirectory } from './project.ts';
import { runProgram, startProgram, type ProgramName } from './programs.ts';
import type { RunningProcess } from './run-process.ts';

export interface LongRun {
  readonly name: string;
  readonly program: ProgramName;
  readonly args: readonly string[];
  /** The folder that has to be as it was when the run has been stopped. */
  readonly directory: string;
}

const megabyte = 1e6;
const referenceBytes = 10 * megabyte;

/** Makes the inputs below `directory`, of so many bytes each, and gives the runs. `day`: also sets of millions of samples. */
export async function makeLongRuns(directory: string, bytes: number, day: boolean): Promise<LongRun[]> {
  const runs: LongRun[] = [];
  const folder = (name: string): string => {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  };
  const add = (name: string, folderName: string, program: ProgramName, ...args: string[]): void =>
    void runs.push({ name, program, args, directory: join(directory, folderName) });

  const whole = join(folder('whole'), 'rec.mp4');
  makeLargeSet(whole, bytes);
  add('mp4writer', 'whole', 'salvor', 'mp4writer', '-q', whole);
  add('evo-mp4writer', 'whole', 'evo-mp4writer', `-path=${whole}`);
  add('probe --deep, staging', 'whole', 'salvor', 'probe', '--deep', whole);

  const lost = join(folder('lost'), 'rec.mp4');
  copyFileSync(`${whole}.mdat`, `${lost}.mdat`);
  add('mp4writer --recovery', 'lost', 'salvor', 'mp4writer', '-q', '--recovery', lost);
  add('mp4writer --recovery -n', 'lost', 'salvor', 'mp4writer', '-q', '--recovery', '-n', lost);
  add('evo-mp4writer --recovery', 'lost', 'evo-mp4writer', '--recovery', `-path=${lost}`);

  const zeros = join(folder('noise'), 'rec.mp4');
  copyFileSync(`${whole}.mdat`, `${zeros}.mdat`);
  damage(`${zeros}.mdat`);
  add('mp4writer --recovery, damaged', 'noise', 'salvor', 'mp4writer', '-q', '--recovery', zeros);

  const broken = join(folder('broken'), 'rec.mp4');
  const earlier = join(directory, 'broken', 'earlier.mp4');
  makeLargeSet(earlier, referenceBytes);
  await made('mp4writer', '-q', '--remove-staging', earlier);
  withoutMovie(`${whole}.mdat`, broken);
  add('repair', 'broken', 'salvor', 'repair', '-q', broken);
  add('repair -n', 'broken', 'salvor', 'repair', '-q', '-n', broken);
  add('probe --deep, MP4 without moov', 'broken', 'salvor', 'probe', '--deep', broken);

  const finished = join(folder('finished'), 'rec.mp4');
  makeLargeSet(finished, bytes);
  await made('mp4writer', '-q', '--remove-staging', finished);
  add('probe --deep, MP4', 'finished', 'salvor', 'probe', '--deep', finished);

  const flv = join(folder('flv'), 'rec.flv');
  makeFlv(flv, { bytes, picturesPerSecond: 30, pictureBytes: 3000, keyFrameEvery: 60 });
  add('flv-fix --index -o', 'flv', 'salvor', 'flv-fix', '-q', '--index', '-o', join(directory, 'flv', 'out.flv'), flv);
  add('flv-fix --retime -n', 'flv', 'salvor', 'flv-fix', '-q', '--index', '--retime', '-n', flv);
  add('flv-fix --split-on-change -n', 'flv', 'salvor', 'flv-fix', '-q', '--split-on-change', '-n', flv);
  add('probe --deep, FLV', 'flv', 'salvor', 'probe', '--deep', flv);

  const ts = join(folder('ts'), 'rec.ts');
  repeat(join(fixturesDirectory, 'ems/ts/killed-chunked4-10s'), ts, bytes);
  add('ts-split', 'ts', 'salvor', 'ts-split', '-q', '-d', '24h', '-o', join(directory, 'ts', 'part_%04d.ts'), ts);
  add(
    'ts-split -n',
    'ts',
    'salvor',
    'ts-split',
    '-q',
    '-n',
    '-d',
    '1m',
    '-o',
    join(directory, 'ts', 'part_%04d.ts'),
    ts,
  );
  add('ts-fix -o', 'ts', 'salvor', 'ts-fix', '-q', '--retime', '-o', join(directory, 'ts', 'fixed.ts'), ts);
  add(
    'ts-fix -n',
    'ts',
    'salvor',
    'ts-fix',
    '-q',
    '-n',
    '--from-first-key',
    '-o',
    join(directory, 'ts', 'fixed.ts'),
    ts,
  );
  add('remux -n', 'ts', 'salvor', 'remux', '-q', '-n', '-o', join(directory, 'ts', 'rec.mp4'), ts);
  add('probe --deep, TS', 'ts', 'salvor', 'probe', '--deep', ts);

  if (!day) return runs;
  const aDay = join(folder('day'), 'rec.mp4');
  makeDaySet(aDay);
  add('mp4writer, a day', 'day', 'salvor', 'mp4writer', '-q', aDay);
  const lostDay = join(folder('lost-day'), 'rec.mp4');
  copyFileSync(`${aDay}.mdat`, `${lostDay}.mdat`);
  add('mp4writer --recovery, a day', 'lost-day', 'salvor', 'mp4writer', '-q', '--recovery', lostDay);
  const dayFinished = join(folder('finished-day'), 'rec.mp4');
  makeDaySet(dayFinished);
  await made('mp4writer', '-q', '--remove-staging', dayFinished);
  add('probe, a day', 'finished-day', 'salvor', 'probe', dayFinished);
  return runs;
}

async function made(...args: string[]): Promise<void> {
  const { status, stderr } = await runProgram('salvor', args, { timeoutSeconds: 600 });
  if (status !== 0) throw new Error(stderr);
}

export interface Stopped {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
  /** From the signal to the end of the process. */
  readonly seconds: number;
  /** What is in the folder that was not there before, and what was and is not there any more or has changed. */
  readonly changes: readonly string[];
}

/** When a process begins to listen to SIGHUP: before, there is nothing to stop. Resolves at once where no /proc tells. */
async function listening({ child }: RunningProcess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    let status: string;
    try {
      status = readFileSync(`/proc/${child.pid}/status`, 'latin1');
    } catch {
      return;
    }
    if ((Number.parseInt(/^SigCgt:\s*[0-9a-f]*([0-9a-f])$/m.exec(status)?.[1] ?? '1', 16) & 1) === 1) return;
    await sleep(2);
  }
}

/** Sends a run a signal, so many seconds after it began to listen to signals, and sees what comes of it. */
export async function stopAfter(run: LongRun, seconds: number, signal: NodeJS.Signals): Promise<Stopped> {
  const before = stateOf(run.directory);
  const running = startProgram(run.program, [...run.args, ...keeping(run)], { timeoutSeconds: 600 });
  const { child, done } = running;
  let sent = 0;
  let ended = 0;
  child.once('exit', () => void (ended = performance.now()));
  await listening(running);
  const timer = setTimeout(() => {
    sent = performance.now();
    child.kill(signal);
  }, seconds * 1000);
  const { status, signal: by, stderr } = await done;
  clearTimeout(timer);
  const changes = changesSince(before, run.directory);
  clear(run, before);
  return {
    status,
    signal: by,
    stderr,
    seconds: sent === 0 ? 0 : (ended - sent) / 1000,
    changes,
  };
}

/** How often a run reads from its folder and changes it, from start to end. What it made is removed. */
export async function countCalls(run: LongRun): Promise<number> {
  const before = stateOf(run.directory);
  const { status, stderr, calls } = await signalAt(run, 0, 'SIGINT');
  // What is damaged is found to be so by exit code 1.
  if (status !== 0 && !(status === 1 && run.args[0] === 'probe')) throw new Error(`${run.name}: ${status} ${stderr}`);
  clear(run, before);
  return calls.length;
}

/** Lets a run get a signal at one of these calls, however fast the machine is, and sees what comes of it. */
export async function stopAt(run: LongRun, call: number, signal: NodeJS.Signals): Promise<Omit<Stopped, 'seconds'>> {
  const before = stateOf(run.directory);
  const { status, signal: by, stderr } = await signalAt(run, call, signal);
  const changes = changesSince(before, run.directory);
  clear(run, before);
  return { status, signal: by, stderr, changes };
}

async function signalAt(run: LongRun, call: number, signal: NodeJS.Signals): Promise<FaultedRun> {
  const args = [...run.args, ...keeping(run)];
  return runProgramFaulted(run.program, args, run.directory, { kind: 'signal', call, signal }, { timeoutSeconds: 600 });
}

/** Runs it to its end. Gives how many seconds that took from when it listened to signals, and removes what it made. */
export async function timeToEnd(run: LongRun): Promise<number> {
  const before = stateOf(run.directory);
  const running = startProgram(run.program, [...run.args, ...keeping(run)], { timeoutSeconds: 600 });
  await listening(running);
  const started = performance.now();
  const { status, stderr } = await running.done;
  const seconds = (performance.now() - started) / 1000;
  // What is damaged is found to be so by exit code 1.
  if (status !== 0 && !(status === 1 && run.args[0] === 'probe')) throw new Error(`${run.name}: ${status} ${stderr}`);
  clear(run, before);
  return seconds;
}

/** The drop-in removes its inputs when it is done. */
function keeping({ program }: LongRun): string[] {
  return program === 'evo-mp4writer' ? ['--keep'] : [];
}

/** Removes what a run that was not stopped has made. */
function clear({ directory }: LongRun, before: ReadonlyMap<string, string>): void {
  for (const name of stateOf(directory).keys()) if (!before.has(name)) rmSync(join(directory, name));
}

function changesSince(before: ReadonlyMap<string, string>, directory: string): string[] {
  const after = stateOf(directory);
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => before.get(name) !== after.get(name));
}

function stateOf(directory: string): Map<string, string> {
  return new Map(
    readdirSync(directory).map((name) => {
      const { size, mtimeMs, ino } = statSync(join(directory, name));
      return [name, `${size} ${mtimeMs} ${ino}`];
    }),
  );
}

/** A file as a recorder leaves it that was killed: ftyp, an mdat whose size was never filled in, media. */
function withoutMovie(media: string, target: string): void {
  copyFileSync(media, target);
  unclose(target);
}

/** Writes the header of an mdat that was never closed over the recorder's own, which has 16 bytes: a free box takes the rest. */
export function unclose(path: string): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from('0000000866726565000000006d646174', 'hex'), 0, 16, 0);
  closeSync(file);
}

/** Noise over every other 2 megabytes: the carver has to look for where samples go on. */
function damage(path: string): void {
  const file = openSync(path, 'r+');
  let state = 1;
  const noise = Buffer.from(
    Uint8Array.from({ length: 2 * megabyte }, () => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 16),
  );
  for (let at = 4 * megabyte; at + noise.length < statSync(path).size; at += 4 * megabyte) {
    writeSync(file, noise, 0, noise.length, at);
  }
  closeSync(file);
}

function repeat(folder: string, target: string, bytes: number): void {
  const name = readdirSync(folder).find((each) => each.endsWith('.ts'))!;
  const one = readFileSync(join(folder, name));
  const whole = one.subarray(0, one.length - (one.length % 188));
  const file = openSync(target, 'w');
  for (let at = 0; at < bytes; at += whole.length) writeSync(file, whole);
  closeSync(file);
}
