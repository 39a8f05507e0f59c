/**
 * Runs programs for the benchmarks and says how long they took and how much memory they had. It knows no salvor and no
 * file formats. These machines are noisy and their page cache makes runs bimodal, so nothing is ever timed once and
 * nothing is compared with a figure of another day: both sides run in turns, and the ratio is what counts.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cleanEnvironment } from '../test/support/run-process.ts';

export interface Run {
  readonly seconds: number;
  /** The most memory the process had resident, in bytes; 0 where that is not known. */
  readonly peakMemoryBytes: number;
  readonly stdout: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** `exit`: a Node program tells its own peak as it ends. `poll`: /proc is asked 50 times a second. Otherwise not measured. */
  readonly memory?: 'exit' | 'poll';
  /** The exit code a good run ends with; 0 unless given. */
  readonly exitCode?: number;
}

const pollMilliseconds = 20;

function residentPeak(pid: number): number {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
    return Number(kibibytes ?? 0) * 1024;
  } catch {
    return 0; // Gone already, or not Linux.
  }
}

/** Runs a program to its end. Rejects if it cannot be started or fails. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const words = options.memory === 'exit' ? ['--import', peakMemory, ...args] : [...args];
  const started = performance.now();
  const child = spawn(command, words, {
    cwd: options.cwd,
    env: cleanEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  let peak = 0;
  const poll = (): void => void (peak = Math.max(peak, child.pid === undefined ? 0 : residentPeak(child.pid)));
  const timer = options.memory === 'poll' ? setInterval(poll, pollMilliseconds) : undefined;
  const texts = ['', '', ''];
  for (const [index, stream] of [child.stdout, child.stderr, child.stdio[3]].entries()) {
    stream?.on('data', (chunk: Buffer) => void (texts[index] += chunk.toString()));
  }
  try {
    const seconds = await new Promise<number>((resolve, reject) => {
      let elapsed = 0;
      child.once('error', reject);
      child.once('exit', () => void (elapsed = (performance.now() - started) / 1000));
      child.once('close', (code) => {
        if (code === (options.exitCode ?? 0)) resolve(elapsed);
        else reject(new Error(`${[command, ...args].join(' ')} ended with ${code}: ${texts[1]}`));
      });
    });
    return { seconds, peakMemoryBytes: options.memory === 'exit' ? Number(texts[2]) : peak, stdout: texts[0] ?? '' };
  } finally {
    clearInterval(timer);
  }
}

/** Waits until what was written is on the disk, so that one run does not pay for the one before. */
export function settle(): void {
  spawnSync('sync');
}

/** Runs a command and tells what the shell says that its children took: user and system. */
const timed = '"$@" >/dev/null; code=$?; times >&4; exit $code';
const peakMemory = pathToFileURL(join(import.meta.dirname, '../test/support/peak-memory.js')).href;

/** What a command took. */
export interface Cost {
  /** Seconds of the processor, with all that it started. */
  readonly seconds: number;
  /** Those of them that were not the kernel's. */
  readonly userSeconds: number;
  /** The most that a Node program had resident; 0 of another one. */
  readonly peakMemoryBytes: number;
}

/** Runs a command to its end; of a Node program the most memory is told as well. Throws where it fails. */
export function costOf(command: readonly string[]): Cost {
  const [program, ...words] = command;
  const preload = program === process.execPath ? ['--import', peakMemory] : [];
  const { status, stderr, output } = spawnSync('sh', ['-c', timed, 'sh', program!, ...preload, ...words], {
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}: ${stderr}`);
  const [, children] = output[4]!.trim().split('\n');
  const [user, system] = [...children!.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, min, sec]) => 60 * Number(min) + Number(sec),
  );
  return {
    seconds: user! + system!,
    userSeconds: user!,
    peakMemoryBytes: Number(output[3]),
  };
}

export interface Contestant {
  readonly name: string;
  /** Puts things back as they were before the run; not timed. */
  readonly prepare?: () => void;
  readonly run: () => Promise<Run>;
}

/** Runs the contestants in turns, `rounds` times each. Every other round goes backwards, so that none always comes first. */
export async function inTurns(
  contestants: readonly Contestant[],
  rounds: number,
): Promise<ReadonlyMap<string, readonly Run[]>> {
  const runs = new Map<string, Run[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of round % 2 === 0 ? contestants : contestants.toReversed()) {
      contestant.prepare?.();
      runs.get(contestant.name)?.push(await contestant.run());
    }
  }
  return runs;
}

export function best(runs: readonly Run[]): number {
  return Math.min(...runs.map(({ seconds }) => seconds));
}

export function median(runs: readonly Pick<Run, 'seconds'>[]): number {
  const sorted = runs.map(({ seconds }) => seconds).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function peak(runs: readonly Run[]): number {
  return Math.max(...runs.map(({ peakMemoryBytes }) => peakMemoryBytes));
}

/** Whether everything promised was kept; the benchmark's exit code follows. */
export class Verdict {
  #kept = true;

  get kept(): boolean {
    return this.#kept;
  }

  /** `value` must not exceed `limit`; gives the words for the table. */
  atMost(value: number, limit: number): string {
    if (value <= limit) return `at most ${limit}: kept`;
    this.#kept = false;
    return `at most ${limit}: MISSED`;
  }
}

/** A table in columns, the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
      .join('   ')
      .trimEnd();
  return `${rows.map((row) => `  ${line(row)}`).join('\n')}\n`;
}

/** What each contestant took, beside what that of the name `ours` did. */
export function comparison(
  contestants: readonly Contestant[],
  runs: ReadonlyMap<string, readonly Run[]>,
  ours: string,
): string {
  const own = best(runs.get(ours)!);
  const rows = contestants.map(({ name }) => {
    const theirs = runs.get(name)!;
    return [
      name,
      `${best(theirs).toFixed(2)} s`,
      `${median(theirs).toFixed(2)} s`,
      name === ours ? '' : (own / best(theirs)).toFixed(2),
      peak(theirs) === 0 ? '' : megabytes(peak(theirs)),
    ];
  });
  return table([['', 'best', 'median', 'salvor / this', 'peak memory'], ...rows]);
}

export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
