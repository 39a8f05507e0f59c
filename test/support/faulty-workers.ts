/** Processes that run salvor's programs with faults (fault-worker.ts), one program at a time in each. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { availableParallelism, constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { callsIn, faultLibrary, type ChangingCall, type Fault } from './faults.ts';
import type { ProgramName } from './programs.ts';
import { cleanEnvironment } from './run-process.ts';

export interface WorkerTask {
  readonly program: ProgramName;
  readonly args: readonly string[];
  /** Path of the directory that tells faults.c what is to happen. */
  readonly order: string;
}

export interface WorkerAnswer {
  readonly status: number | null;
  readonly stderr: string;
  /** The calls made, as faults.c writes them. */
  readonly calls: string;
}

/** A program that has ended within a worker. */
export interface WorkedRun {
  readonly status: number | null;
  readonly stderr: string;
  /** All calls that changed the folder. */
  readonly calls: readonly ChangingCall[];
}

export class FaultyWorkers {
  readonly #all: ChildProcess[] = [];
  readonly #idle: ChildProcess[] = [];
  readonly #waiting: ((worker: ChildProcess) => void)[] = [];
  /** How many programs run at once. */
  readonly count = Math.max(2, availableParallelism());

  /** Starts the processes. */
  constructor() {
    const directory = mkdtempSync(join(tmpdir(), 'salvor-workers-'));
    for (let number = 0; number < this.count; number++) {
      const calls = openSync(join(directory, String(number)), 'a+');
      const worker = fork(join(import.meta.dirname, 'fault-worker.js'), {
        env: cleanEnvironment({ LD_PRELOAD: faultLibrary(), UV_USE_IO_URING: '0' }),
        stdio: ['ignore', 'inherit', 'inherit', calls, 'ipc'],
      });
      closeSync(calls);
      this.#all.push(worker);
      this.#idle.push(worker);
    }
    rmSync(directory, { recursive: true });
  }

  /** Ends the processes. */
  close(): void {
    for (const worker of this.#all) worker.kill('SIGKILL');
  }

  /** Runs a program to its end, with a fault in a folder if one is given. */
  async run(program: ProgramName, args: readonly string[], directory: string, fault?: Fault): Promise<WorkedRun> {
    const { kind, call, code } = fault ?? { kind: 'count', call: 0, code: undefined };
    const errno = code === undefined ? 0 : constants.errno[code];
    const order = `/salvor-fault:${kind}:${call}:${errno}:${realpathSync(directory)}`;
    const worker = await this.#free();
    try {
      const task: WorkerTask = { program, args, order };
      worker.send(task);
      const [answer] = (await once(worker, 'message', { signal: AbortSignal.timeout(60_000) })) as [WorkerAnswer];
      return { ...answer, calls: callsIn(answer.calls) };
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#idle.push(worker);
      else next(worker);
    }
  }

  async #free(): Promise<ChildProcess> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }
}
