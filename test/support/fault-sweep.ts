/**
 * The one property that holds for every verb that writes: after any kill or error at any system call the same command run again
 * ends right, nothing is worse than before, and no temporary is left. A scenario says what is run on what. What a kill leaves is
 * copied at every call of one undisturbed run of the real program; each error is made to happen in a run of its own. All of it
 * is judged, and the command run again, once in each state that is left.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  utimesSync,
  type Stats,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errorsOf, runWithSnapshots, type ChangingCall, type Fault, type Snapshot } from './faults.ts';
import type { FaultyWorkers } from './faulty-workers.ts';
import type { ProgramName } from './programs.ts';
import type { Lifetime } from './scratch.ts';

export interface Scenario {
  readonly name: string;
  readonly program: ProgramName;
  /** The command line. */
  readonly args: (directory: string) => readonly string[];
  /** Lays out what it is run on. */
  readonly stage: (directory: string) => void;
  /** Whether several recordings are worked on: what is said of one is not said of the others. */
  readonly isOfSeveral?: boolean;
  /** A file that becomes another one, by path: what that is to be it may be under its old name too. */
  readonly becomes?: Readonly<Record<string, string>>;
  /** It asks the file system for what memory does not offer. */
  readonly isOnDisk?: boolean;
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
  readonly calls: readonly ChangingCall[];
}

/** What an undisturbed run comes to, the calls it makes, and what is left of it when it is killed at one of them. */
interface Undisturbed {
  readonly before: Contents;
  readonly after: Contents;
  readonly calls: readonly ChangingCall[];
  readonly snapshots: readonly Snapshot[];
  /** States of the folder in which the same command was run again, or is being: what it makes of one it makes of its like. */
  readonly runAgain: Set<string>;
}

/** Tells a folder from another in which a run could go another way; the process in the name of a temporary is no difference. */
function stateOf(directory: string): string {
  const state = Object.entries(contentsOf(directory)).map(([path, content]) => [
    path.replace(processOfTemporary, '$1$2'),
    content,
    lstatSync(join(directory, path)).mode,
    lstatSync(join(directory, path)).nlink,
  ]);
  return JSON.stringify(state);
}

const processOfTemporary = /(\.salvor-\w+-)\d+(-\d+)/;

/** Where files are quickly written and synced: what is shown here is not that a disk keeps them. */
const fastPlace = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A folder with what a scenario is run on. Paths go into messages and reports: all have the same length. */
function staged({ stage }: Scenario, root: string): string {
  const directory = mkdtempSync(join(root, 'work-'));
  stage(directory);
  age(directory);
  return directory;
}

async function undisturbed(scenario: Scenario, root: string): Promise<Undisturbed> {
  const directory = staged(scenario, root);
  const before = contentsOf(directory);
  const copies = join(root, 'copies');
  mkdirSync(copies);
  const { program, args } = scenario;
  const { result, snapshots } = await runWithSnapshots(program, args(directory), directory, copies);
  assert.equal(result.status, 0, `${scenario.name}: ${result.stderr}`);
  return { before, after: contentsOf(directory), calls: result.calls, snapshots, runAgain: new Set() };
}

/** The same command in what a killed run has left. */
async function judgeKill(
  scenario: Scenario,
  { directory, when }: Snapshot,
  { before, after, runAgain }: Undisturbed,
  workers: FaultyWorkers,
): Promise<void> {
  const what = `${scenario.name}: ${when}`;
  assertNothingWorse(before, after, contentsOf(directory), scenario, what);
  if (!isNew(directory, runAgain)) return;
  age(directory);
  const again = await workers.run(scenario.program, scenario.args(directory), directory);
  assert.equal(again.status, 0, `${what}: the second run: ${again.stderr}`);
  assertSame(contentsOf(directory), after, scenario, `${what}: after the second run`);
}

/** Whether nothing was run again in such a folder yet; from now on it is known. */
function isNew(directory: string, known: Set<string>): boolean {
  const state = stateOf(directory);
  if (known.has(state)) return false;
  known.add(state);
  return true;
}

/** Runs with one error, judges what is left and what was said, and runs again. */
async function judgeError(
  scenario: Scenario,
  fault: Fault,
  whole: Undisturbed,
  workers: FaultyWorkers,
  root: string,
): Promise<void> {
  const { before, after, calls, runAgain } = whole;
  const directory = staged(scenario, root);
  const { program, args } = scenario;
  const first = await workers.run(program, args(directory), directory, fault);
  const at = first.calls[fault.call - 1] ?? calls[fault.call - 1]!;
  const what = `${scenario.name}: ${fault.kind} ${fault.code} at call ${fault.call}, ${at.name} ${at.path}`;
  const left = contentsOf(directory);
  assertNothingWorse(before, after, left, scenario, what);
  assertTrueWords(first, scenario, whole, left, what);
  if (isNew(directory, runAgain)) {
    age(directory);
    endProcessOf(directory);
    const again = await workers.run(program, args(directory), directory);
    assert.equal(again.status, 0, `${what}: the second run: ${again.stderr}\nthe first: ${first.stderr}`);
    const now = contentsOf(directory);
    // A run that could not remove the temporary name of a finished file has done its work: there may be nothing left to run.
    const mayStay = first.status === 0 && first.calls[fault.call - 1]?.name === 'unlink';
    assertSame(mayStay ? withoutTemporaries(now) : now, after, scenario, `${what}: after the second run`);
  }
  rmSync(directory, { recursive: true });
}

/** No process has this number. */
const endedProcess = 2 ** 22 + 1;

/** What a run has left behind names its process, which is a worker that goes on: here it has ended. */
function endProcessOf(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const ended = entry.name.replace(processOfTemporary, `$1${endedProcess}$2`);
    if (ended !== entry.name) renameSync(join(entry.parentPath, entry.name), join(entry.parentPath, ended));
  }
}

/** Each file is as it was or as it should be, unless a journal beside it tells what is missing; no new name is half a file. */
function assertNothingWorse(
  before: Contents,
  after: Contents,
  left: Contents,
  { becomes = {} }: Scenario,
  what: string,
): void {
  const isPending = Object.keys(left).some((path) => path.endsWith('.salvor-journal'));
  for (const path of new Set([...Object.keys(before), ...Object.keys(left)])) {
    if (isTemporary(path)) continue;
    const isRight =
      left[path] === before[path] ||
      left[path] === after[path] ||
      (becomes[path] !== undefined && left[path] === after[becomes[path]]);
    assert.ok(isRight || isPending, `${what}: ${path} is neither as it was nor as it should be`);
  }
}

/** What was said and the exit code agree with what happened. */
function assertTrueWords(
  run: Run,
  { isOfSeveral }: Scenario,
  { before, after }: Undisturbed,
  left: Contents,
  what: string,
): void {
  const now = withoutTemporaries(left);
  if (run.status === 0) {
    assert.deepEqual(now, withoutTemporaries(after), `${what}: exit code 0, but not done; ${run.stderr}`);
    return;
  }
  assert.notEqual(run.stderr, '', `${what}: a failure says why`);
  assert.doesNotMatch(run.stderr, /this is a fault in|\n {4}at /, what);
  for (const line of run.stderr.split('\n')) {
    const says = `${what}: it says ${line}`;
    const subject = Object.keys({ ...before, ...after, ...left }).find((path) => line.includes(`/${path}: `));
    if (/nothing was changed|is as it was/.test(line)) {
      // A copy that was made and could not be removed is named.
      const isMeant = (path: string): boolean =>
        (isOfSeveral !== true || path.startsWith(subject!)) && (path in before || !run.stderr.includes(path));
      const meant = (contents: Contents): Contents =>
        Object.fromEntries(Object.entries(contents).filter(([path]) => isMeant(path)));
      assert.deepEqual(meant(now), meant(before), says);
    }
    const parts = /the first (?:part is|(\d+) parts are) complete and in place/.exec(line);
    if (parts !== null) {
      const made = Object.keys(after).filter((path) => !(path in before) && now[path] === after[path]);
      assert.ok(made.filter((path) => !path.endsWith('/')).length >= Number(parts[1] ?? 1), says);
    }
    if (/: is complete and in place/.test(line)) assert.equal(now[subject!], after[subject!], says);
    if (line.includes('is no longer needed but could not be removed')) assert.notEqual(left[subject!], undefined, says);
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

/** The same, each with the one behind it: a folder changes at about every second moment, and is run in once. */
function chosenPairs<T>(items: readonly T[], most: number): T[] {
  const pairs = items.flatMap((item, index) => (index % 2 === 0 ? [[item, ...items.slice(index + 1, index + 2)]] : []));
  return chosen(pairs, most / 2).flat();
}

/** How many faults of each kind were tried. */
export interface Swept {
  readonly kills: number;
  readonly errors: number;
}

/**
 * Tries a scenario with all its faults, or `most` of them. Several runs go on at once. Fails with all that did not end
 * right.
 */
export async function sweep(t: Lifetime, scenario: Scenario, workers: FaultyWorkers, most: Swept): Promise<Swept> {
  const root = mkdtempSync(join(scenario.isOnDisk === true ? tmpdir() : fastPlace, 'salvor-faults-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  const whole = await undisturbed(scenario, root);
  const kills = chosenPairs(whole.snapshots, most.kills);
  const errors = chosen(errorsOf(whole.calls, ['EIO', 'ENOSPC', 'EACCES', 'EROFS', 'EDQUOT']), most.errors);
  const tasks = [
    ...kills.map((snapshot) => () => judgeKill(scenario, snapshot, whole, workers)),
    ...errors.map((fault) => () => judgeError(scenario, fault, whole, workers, root)),
  ];
  const failures: string[] = [];
  const work = async (): Promise<void> => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) {
      try {
        await task();
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: workers.count }, work));
  const count = kills.length + errors.length;
  assert.equal(failures.length, 0, `${failures.length} of ${count} did not end right:\n${failures.join('\n')}`);
  return { kills: kills.length, errors: errors.length };
}
