/**
 * A process in which salvor's programs are run many times, one after the other, each with a fault of its own at one of its
 * system calls: starting a process for each would take ten times as long. faults.c, which it was started with, is told what
 * is to happen by a directory with a name of its kind. Not for tests to import; faulty-workers.ts starts it.
 */
import { ftruncateSync, mkdirSync, readFileSync } from 'node:fs';
import { run } from '../../src/cli.ts';
import { runDropIn } from '../../src/commands/mp4writer/drop-in-command.ts';
import type { WorkerAnswer, WorkerTask } from './faulty-workers.ts';

/** The descriptor on which faults.c tells the calls. */
const calls = 3;

async function work({ program, args, order }: WorkerTask): Promise<WorkerAnswer> {
  let stderr = '';
  const quiet = { write: () => {}, isTerminal: false, columns: 80 };
  const err = { ...quiet, write: (text: string) => void (stderr += text) };
  const start = program === 'salvor' ? run : runDropIn;
  ftruncateSync(calls, 0);
  mkdirSync(order);
  let status: number | null = null;
  try {
    status = await start(args, { out: quiet, err, environment: {} }, new AbortController().signal);
  } catch (error) {
    // The program itself would say so.
    stderr += `this is a fault in salvor: ${error instanceof Error ? error.stack : String(error)}`;
  } finally {
    mkdirSync('/salvor-fault:count:0:0:/nowhere');
  }
  return { status, stderr, calls: readFileSync(`/proc/self/fd/${calls}`, 'utf8') };
}

process.on('message', (task: WorkerTask) => void work(task).then((answer) => process.send!(answer)));
process.on('disconnect', () => process.exit());
