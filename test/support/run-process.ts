/**
 * Runs one program to its end and gathers what it said. It knows neither salvor nor the judges; programs.ts and
 * judges.ts say what to run. A program that does not end is killed and reported as an error, so that no test hangs.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable } from 'node:stream';

export interface ProcessOptions {
  readonly cwd?: string;
  /** Added to the cleaned environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What the program reads from its standard input; nothing (as under cron) unless given. */
  readonly stdin?: string | Uint8Array;
  /** The program is killed and an error thrown after this time; two minutes unless given. */
  readonly timeoutSeconds?: number;
}

export interface ProcessResult {
  /** The exit code, null when a signal ended the program. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the program wrote to file descriptor 3. */
  readonly extra: string;
}

/** A program on its way: `child` to send signals to, `done` for how it ended. */
export interface RunningProcess {
  readonly child: ChildProcess;
  readonly done: Promise<ProcessResult>;
}

// Node hands it on to every program, whatever environment that is given. What is counted here was settled at the start.
delete process.env['NODE_V8_COVERAGE'];

// NODE_EXTRA_CA_CERTS slows every start of Node 20 by a third; the others change what a program prints or does and come
// from whoever started the tests (node:test itself sets FORCE_COLOR on a terminal).
const foreignVariables = [
  'NODE_EXTRA_CA_CERTS',
  'NODE_OPTIONS',
  'NODE_TEST_CONTEXT',
  'FORCE_COLOR',
  'NO_COLOR',
  'CI',
  'COLUMNS',
  'LINES',
];

/** The environment that programs under test get: this process's own without what would change their behaviour. */
export function cleanEnvironment(added: ProcessOptions['env'] = {}): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries({ ...process.env, ...absent(foreignVariables), ...added })) {
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

function absent(names: readonly string[]): Record<string, undefined> {
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function collect(stream: unknown): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as Readable) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** Starts a program; `done` rejects when it cannot be started or runs out of time. */
export function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): RunningProcess {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: cleanEnvironment(options.env),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe', 'pipe'],
  });
  return { child, done: finish(child, command, args, options) };
}

/** Runs a program to its end. */
export async function runProcess(
  command: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<ProcessResult> {
  return startProcess(command, args, options).done;
}

async function finish(
  child: ChildProcess,
  command: string,
  args: readonly string[],
  options: ProcessOptions,
): Promise<ProcessResult> {
  if (child.stdin !== null) {
    // A program may leave without reading all of its input.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.stdin);
  }
  const timeoutSeconds = options.timeoutSeconds ?? 120;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, timeoutSeconds * 1000);
  try {
    const ended = new Promise<Pick<ProcessResult, 'status' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, signal) => resolve({ status, signal }));
    });
    const outputs = Promise.all([child.stdout, child.stderr, child.stdio[3]].map(collect));
    const [{ status, signal }, [stdout, stderr, extra]] = await Promise.all([ended, outputs]);
    if (late) throw new Error(`${[command, ...args].join(' ')} did not end within ${timeoutSeconds} s\n${stderr}`);
    return { status, signal, stdout: stdout ?? '', stderr: stderr ?? '', extra: extra ?? '' };
  } finally {
    clearTimeout(timer);
  }
}
