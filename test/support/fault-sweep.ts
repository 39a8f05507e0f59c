/**
 * The one property that holds for every verb that writes: after any kill or error at any system call the same command run again
 * ends right, nothing is worse than before, and no temporary is left. A scenario says what is run on what; here it is run once
 * for each fault, judged, and run again.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  utimesSync,
  type Stats,
} from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { run } from '../../src/cli.ts';
import { runDropIn } from '../../src/commands/mp4writer/drop-in-command.ts';
import { countCalls, errorsOf, killsOf, runProgramFaulted, type Fault, type FaultedRun } from './faults.ts';
import type { ProgramName } from './programs.ts';
import { scratchDirectory, type Lifetime } from './scratch.ts';

export interface Scenario {
  readonly name: string;
  readonly program: ProgramName;
  /** The command line. */
  readonly args: (directory: string) => readonly string[];
  /** Lays out what it is run on. */
  readonly stage: (directory: string) => void;
  readonly stdin?: () => Uint8Array;
  /** Whether a file of the undisturbed result has times or the like in it, and is only to be there. */
  readonly differs?: (path: string) => boolean;
}

/** What a folder holds, by path: the kind and the content of each thing in it. */
export type Contents = Readonly<Record<string, string>>;

/** Everything in a folder and below. */
export function contentsOf(directory: string, under = ''): Contents {
  const contents: Record<string, string> = {};
  for (const name of readdirSync(join(directory, under)).sort()) {
    const path = join(under, name);
    const status = lstatSync(join(directory, path));
    if (status.isDirectory()) Object.assign(contents, { [`${path}/`]: 'directory' }, contentsOf(directory, path));
    else contents[path] = contentOf(join(directory, path), status);
  }
  return contents;
}

function contentOf(path: string, status: Stats): string {
  if (status.isSymbolicLink()) return `-> ${readlinkSync(path)}`;
  if (status.size > wholeBytes) return edgesOf(path, status.size);
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Files of more bytes are compared by their edges. */
const wholeBytes = 64 * 1024 * 1024;
const edgeBytes = 65536;

function edgesOf(path: string, size: number): string {
  const file = openSync(path, 'r');
  const edges = Buffer.alloc(2 * edgeBytes);
  readSync(file, edges, 0, edgeBytes, 0);
  readSync(file, edges, edgeBytes, edgeBytes, size - edgeBytes);
  closeSync(file);
  return `${size} ${createHash('sha256').update(edges).digest('hex')}`;
}

function isTemporary(path: string): boolean {
  return /(^|\/)\.[^/]*\.salvor-/.test(path);
}

function withoutTemporaries(contents: Contents): Contents {
  return Object.fromEntries(Object.entries(contents).filter(([path]) => !isTemporary(path)));
}

/** Recordings that were written to a moment ago are looked at twice; those here are old. */
function age(directory: string): void {
  // Always the same hour: the time of a file may go into what is made of it.
  const past = Date.UTC(2026, 0, 1) / 1000;
  for (const name of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (name.isFile()) utimesSync(join(name.parentPath, name.name), past, past);
  }
}

interface Run {
  readonly status: number | null;
  readonly stderr: string;
}

/** The same command again, in this process: what it does is the same, and starting it costs nothing. */
async function runAgain({ program, args }: Scenario, directory: string): Promise<Run> {
  let stderr = '';
  const quiet = { write: () => {}, isTerminal: false, columns: 80 };
  const err = { ...quiet, write: (text: string) => void (stderr += text) };
  const terminal = { out: quiet, err, environment: {} };
  const start = program === 'salvor' ? run : runDropIn;
  return { status: await start(args(directory), terminal, new AbortController().signal), stderr };
}

/** What an undisturbed run comes to, and the calls it makes. */
interface Undisturbed {
  readonly before: Contents;
  readonly after: Contents;
  readonly calls: FaultedRun['calls'];
}

async function undisturbed(t: Lifetime, scenario: Scenario): Promise<Undisturbed> {
  const directory = scratchDirectory(t);
  scenario.stage(directory);
  age(directory);
  const before = contentsOf(directory);
  const options = scenario.stdin === undefined ? {} : { stdin: scenario.stdin() };
  const result = await countCalls(scenario.program, scenario.args(directory), directory, options);
  assert.equal(result.status, 0, `${scenario.name}: ${result.stderr}`);
  return { before, after: contentsOf(directory), calls: result.calls };
}

/** A path with one fault at it: what was done, for messages of assertions. */
function described({ name }: Scenario, { kind, call, code }: Fault, { calls }: FaultedRun): string {
  const at = calls[call - 1];
  return `${name}: ${kind} ${code ?? ''} at call ${call}, ${at?.name} ${at?.path}`;
}

/** Runs with one fault, judges what is left and what was said, and runs again. */
async function judge(t: Lifetime, scenario: Scenario, fault: Fault, whole: Undisturbed): Promise<boolean> {
  const directory = scratchDirectory(t);
  scenario.stage(directory);
  age(directory);
  const { before, after } = whole;
  const options = scenario.stdin === undefined ? {} : { stdin: scenario.stdin() };
  const first = await runProgramFaulted(scenario.program, scenario.args(directory), directory, fault, options);
  if (!first.happened) return false;
  const what = described(scenario, fault, first);
  const left = contentsOf(directory);
  assertNothingWorse(before, after, left, what);
  if (first.signal === null) assertTrueWords(first, before, after, left, what);
  age(directory);
  const again = await runAgain(scenario, directory);
  assert.equal(again.status, 0, `${what}: the second run: ${again.stderr}\nthe first: ${first.stderr}`);
  const now = contentsOf(directory);
  // A run that could not remove the temporary name of a finished file has done its work: there may be nothing left to run.
  const mayStay = first.status === 0 && first.calls[fault.call - 1]?.name === 'unlink';
  assertSame(mayStay ? withoutTemporaries(now) : now, after, scenario, `${what}: after the second run`);
  return true;
}

/** Each file is as it was or as it should be, unless a journal beside it tells what is missing; no new name is half a file. */
function assertNothingWorse(before: Contents, after: Contents, left: Contents, what: string): void {
  const isPending = Object.keys(left).some((path) => path.endsWith('.salvor-journal'));
  for (const path of new Set([...Object.keys(before), ...Object.keys(left)])) {
    if (isTemporary(path)) continue;
    const isRight = left[path] === before[path] || left[path] === after[path];
    assert.ok(isRight || isPending, `${what}: ${path} is neither as it was nor as it should be`);
  }
}

/** What was said and the exit code agree with what happened. */
function assertTrueWords(run: Run, before: Contents, after: Contents, left: Contents, what: string): void {
  const now = withoutTemporaries(left);
  if (run.status === 0) {
    assert.deepEqual(now, withoutTemporaries(after), `${what}: exit code 0, but not done; ${run.stderr}`);
    return;
  }
  assert.notEqual(run.stderr, '', `${what}: a failure says why`);
  assert.doesNotMatch(run.stderr, /this is a fault in|\n {4}at /, what);
  if (/nothing was changed|is as it was/.test(run.stderr)) {
    const backups = Object.fromEntries(Object.entries(now).filter(([path]) => !run.stderr.includes(path)));
    const kept = Object.fromEntries(Object.entries(before).filter(([path]) => !run.stderr.includes(path)));
    assert.deepEqual(backups, kept, `${what}: it says ${run.stderr}`);
    for (const [path, content] of Object.entries(before)) assert.equal(now[path], content, `${what}: ${run.stderr}`);
  }
  if (/complete and in place/.test(run.stderr)) {
    assert.notDeepEqual(now, before, `${what}: it says ${run.stderr}`);
  }
}

function assertSame(found: Contents, expected: Contents, { differs }: Scenario, what: string): void {
  const comparable = (contents: Contents): Contents =>
    Object.fromEntries(Object.entries(contents).map(([path, is]) => [path, differs?.(path) ? 'there' : is]));
  assert.deepEqual(comparable(found), comparable(expected), what);
}

/** Evenly chosen items, at most so many of them. */
function chosen<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from({ length: most }, (_, index) => items[Math.floor((index * items.length) / most)]!);
}

/**
 * Runs a scenario with all its faults of a kind, or `most` of them; gives how many there were. Several runs go on at once. Fails
 * with all that did not end right.
 */
export async function sweep(
  t: Lifetime,
  scenario: Scenario,
  kind: 'kills' | 'errors',
  most = Infinity,
): Promise<number> {
  const whole = await undisturbed(t, scenario);
  const all =
    kind === 'kills' ? killsOf(whole.calls) : errorsOf(whole.calls, ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'EDQUOT']);
  const faults = chosen(all, most);
  const failures: string[] = [];
  let done = 0;
  const work = async (): Promise<void> => {
    for (let fault = faults.pop(); fault !== undefined; fault = faults.pop()) {
      try {
        if (await judge(t, scenario, fault, whole)) done++;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, work));
  assert.equal(failures.length, 0, `${failures.length} of ${done} did not end right:\n${failures.join('\n')}`);
  return done;
}
