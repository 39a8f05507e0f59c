/**
 * Lets something happen to a real program at one of its system calls that change a folder: it is killed before, after or
 * halfway through the call, or the call fails. faults.c is the library that is loaded into the program; here it is compiled
 * and steered. What a program has to make of it is for the test to judge.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from './project.ts';
import { programPath, type ProgramName } from './programs.ts';
import { runProcess, type ProcessOptions, type ProcessResult } from './run-process.ts';

/** What happens at a call; faults.c says what each means. */
export type FaultKind =
  | 'count'
  | 'snapshot'
  | 'kill-before'
  | 'kill-after'
  | 'kill-half'
  | 'fail'
  | 'fail-half'
  | 'fail-on'
  | 'signal';

export interface Fault {
  readonly kind: FaultKind;
  /** Number of the changing call, from 1. */
  readonly call: number;
  /** What a call fails with, e.g. `EIO`. */
  readonly code?: keyof typeof constants.errno;
  /** What a process sends itself, with `signal`. */
  readonly signal?: NodeJS.Signals;
}

/** A system call that changes something, by its name and the path it is about. */
export interface ChangingCall {
  readonly name: string;
  readonly path: string;
}

export interface FaultedRun extends ProcessResult {
  /** All changing calls up to the end of the program, the one with the fault included. */
  readonly calls: readonly ChangingCall[];
  /** Whether there was a call with that number. */
  readonly happened: boolean;
}

/** Why there are no faults here: undefined where they work. */
export const noFaults: string | undefined = (() => {
  if (process.platform !== 'linux') return 'faults are injected by a library that is loaded before glibc, on Linux';
  const { status } = spawnSync('gcc', ['--version']);
  return status === 0 ? undefined : 'gcc, which compiles what injects the faults, is not installed';
})();

let library: string | undefined;

/** The compiled library; it is compiled once for each content of its source. */
export function faultLibrary(): string {
  if (library !== undefined) return library;
  const source = join(projectRoot, 'test/support/faults.c');
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `salvor-faults-${process.getuid?.() ?? 0}`);
  const path = join(folder, `${hash}.so`);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Several test files may compile it at once.
    const own = join(folder, `${hash}-${process.pid}.so`);
    const compiled = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', own, source, '-ldl']);
    if (compiled.status !== 0) {
      rmSync(own, { force: true });
      throw new Error(`faults.c could not be compiled: ${compiled.stderr.toString()}`);
    }
    renameSync(own, path);
  }
  return (library = path);
}

/** The environment by which a fault comes about in a program; `directory`: calls in and below it count. */
function faultEnvironment(directory: string, { kind, call, code, signal }: Fault): Record<string, string> {
  const number = signal === undefined ? constants.errno[code ?? 'EIO'] : constants.signals[signal];
  return {
    LD_PRELOAD: faultLibrary(),
    SALVOR_FAULT_BELOW: realpathSync(directory),
    SALVOR_FAULT: `${kind}:${call}:${number}`,
    // Calls that the kernel makes by itself could not be counted.
    UV_USE_IO_URING: '0',
  };
}

/** The calls of which faults.c tells. */
export function callsIn(told: string): ChangingCall[] {
  return told
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => ({ name: line.slice(0, line.indexOf(' ')), path: line.slice(line.indexOf(' ') + 1) }));
}

/** Runs any command to its end with a fault in a folder. */
export async function runFaulted(
  command: string,
  args: readonly string[],
  directory: string,
  fault: Fault,
  options: ProcessOptions = {},
): Promise<FaultedRun> {
  const env = { ...options.env, ...faultEnvironment(directory, fault) };
  const result = await runProcess(command, args, { ...options, env });
  const calls = callsIn(result.extra);
  return { ...result, calls, happened: fault.kind !== 'count' && calls.length >= fault.call };
}

/** Runs one of salvor's programs to its end with a fault in a folder. */
export async function runProgramFaulted(
  program: ProgramName,
  args: readonly string[],
  directory: string,
  fault: Fault,
  options: ProcessOptions = {},
): Promise<FaultedRun> {
  return runFaulted(process.execPath, [programPath(program), ...args], directory, fault, options);
}

/** The calls that an undisturbed run makes. */
export async function countCalls(
  program: ProgramName,
  args: readonly string[],
  directory: string,
  options: ProcessOptions = {},
): Promise<FaultedRun> {
  return runProgramFaulted(program, args, directory, { kind: 'count', call: 0 }, options);
}

/** What a program killed at one moment would leave. */
export interface Snapshot {
  /** The folder as it was at that moment. */
  readonly directory: string;
  /** The moment, in words. */
  readonly when: string;
}

/**
 * Runs one of salvor's programs undisturbed and copies the folder before each changing call, when half of a write is written,
 * and at the end: the files of a killed process are what it has done to them, whenever that was. `into`: where the copies
 * are made.
 */
export async function runWithSnapshots(
  program: ProgramName,
  args: readonly string[],
  directory: string,
  into: string,
  options: ProcessOptions = {},
): Promise<{ readonly result: FaultedRun; readonly snapshots: readonly Snapshot[] }> {
  const fault: Fault = { kind: 'snapshot', call: 0 };
  const env = { ...options.env, SALVOR_FAULT_SNAPSHOTS: into };
  const result = await runProgramFaulted(program, args, directory, fault, { ...options, env });
  const snapshots = result.calls.flatMap(({ name, path }, index) =>
    [
      { directory: join(into, `${index + 1}`), when: `killed before call ${index + 1}, ${name} ${path}` },
      { directory: join(into, `${index + 1}-half`), when: `killed halfway through call ${index + 1}, ${name} ${path}` },
    ].filter(({ directory: copy }) => existsSync(copy)),
  );
  return { result, snapshots: [...snapshots, { directory, when: 'killed after the last call' }] };
}

/** Every way to be killed at the calls of an undisturbed run: before each, after each, halfway through each write. */
export function killsOf(calls: readonly ChangingCall[]): Fault[] {
  return calls.flatMap(({ name }, index) => {
    const kinds: FaultKind[] = ['kill-before', 'kill-after', ...(isWrite(name) ? ['kill-half' as const] : [])];
    return kinds.map((kind) => ({ kind, call: index + 1 }));
  });
}

/** Every way for the calls of an undisturbed run to fail: each with one of the codes in turn, each write half done too. */
export function errorsOf(calls: readonly ChangingCall[], codes: readonly NonNullable<Fault['code']>[]): Fault[] {
  return calls.flatMap(({ name }, index) => {
    const kinds: FaultKind[] = ['fail', 'fail-on', ...(isWrite(name) ? ['fail-half' as const] : [])];
    return kinds.map((kind, turn) => ({ kind, call: index + 1, code: codes[(index + turn) % codes.length]! }));
  });
}

function isWrite(name: string): boolean {
  return name.includes('write');
}
