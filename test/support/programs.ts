/**
 * Runs salvor's own programs as a user does, through bin/. Each runs in a process of its own with a clean environment
 * and no terminal unless one is asked for. What they print and how they end is for the test to judge.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Stream } from '../../src/ui/terminal.ts';
import { projectRoot } from './project.ts';
import { checkPrinted } from './reports.ts';
import {
  cleanEnvironment,
  runProcess,
  startProcess,
  type ProcessOptions,
  type ProcessResult,
  type RunningProcess,
} from './run-process.ts';

export type ProgramName = 'salvor' | 'evo-mp4writer';

export interface MeasuredResult extends ProcessResult {
  /** The most memory the program had resident at any moment, as `/usr/bin/time` reports it; undefined if it was killed. */
  readonly peakMemoryBytes: number | undefined;
}

/** The launcher of a program. */
export function programPath(program: ProgramName): string {
  return join(projectRoot, 'bin', program);
}

/** Starts a program without waiting for its end, for tests that interrupt it. */
export function startProgram(
  program: ProgramName,
  args: readonly string[],
  options: ProcessOptions = {},
): RunningProcess {
  return startProcess(process.execPath, [programPath(program), ...args], options);
}

/** Runs a program to its end. What it prints as JSON is held against its schema. */
export async function runProgram(
  program: ProgramName,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const result = await startProgram(program, args, options).done;
  if (program === 'salvor' && result.signal === null) checkPrinted(args, result.stdout);
  return result;
}

/**
 * Runs a program within this process, for what it does and says: a process of its own takes ten times as long, and is for tests
 * of how one begins, is given input, is stopped and ends. `cwd`: the folder that is this process's for so long; nothing else may
 * go on meanwhile.
 */
export async function runInProcess(
  program: ProgramName,
  args: readonly string[],
  { cwd }: { readonly cwd?: string } = {},
): Promise<ProcessResult> {
  if (cwd !== undefined) {
    const before = process.cwd();
    process.chdir(cwd);
    return runInProcess(program, args).finally(() => process.chdir(before));
  }
  const said = { out: '', err: '' };
  const streamTo = (name: keyof typeof said): Stream => ({
    write: (text) => void (said[name] += text),
    isTerminal: false,
    columns: 80,
  });
  const terminal = { out: streamTo('out'), err: streamTo('err'), environment: cleanEnvironment() };
  const run =
    program === 'salvor'
      ? (await import('../../src/cli.ts')).run
      : (await import('../../src/commands/mp4writer/drop-in-command.ts')).runDropIn;
  const status = await run(args, terminal, new AbortController().signal);
  if (program === 'salvor') checkPrinted(args, said.out);
  return { status, signal: null, stdout: said.out, stderr: said.err, extra: '' };
}

/** Runs a program to its end and says how much memory it took. */
export async function measureProgram(
  program: ProgramName,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<MeasuredResult> {
  return measureNode([programPath(program), ...args], options);
}

/** Runs any script under Node and says how much memory the process took at most. */
export async function measureNode(args: readonly string[], options: ProcessOptions = {}): Promise<MeasuredResult> {
  const preload = pathToFileURL(join(import.meta.dirname, 'peak-memory.js')).href;
  const result = await runProcess(process.execPath, ['--import', preload, ...args], options);
  return { ...result, peakMemoryBytes: result.extra === '' ? undefined : Number(result.extra) };
}

/**
 * Runs a program on a terminal of 80 columns (util-linux' `script`). Standard output and error arrive together in
 * `stdout`, with the escape sequences and the carriage returns a terminal would get.
 */
export async function runOnTerminal(
  program: ProgramName,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  const command = [process.execPath, programPath(program), ...args].map(shellQuoted).join(' ');
  const env = { TERM: 'xterm-256color', ...options.env };
  // `script` gives the terminal no size of its own; 0 columns would make every progress bar vanish.
  return runProcess('script', ['-qec', `stty cols 80 rows 24; ${command}`, '/dev/null'], { ...options, env });
}

function shellQuoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
