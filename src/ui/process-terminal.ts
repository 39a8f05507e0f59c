/** The terminal of this process, and what every program does around its work: signals in, exit code out. */
import type { Stream, Terminal } from './terminal.ts';

function streamOf(stream: NodeJS.WriteStream): Stream {
  return {
    write: (text) => {
      if (!stream.destroyed) stream.write(text);
    },
    // A dumb terminal (an editor's shell, say) shows escape sequences as text.
    isTerminal: stream.isTTY === true && process.env['TERM'] !== 'dumb',
    columns: stream.columns ?? 80,
  };
}

export function processTerminal(): Terminal {
  return { out: streamOf(process.stdout), err: streamOf(process.stderr), environment: process.env };
}

/** Signals that ask us to end; work stops at the next safe point. */
const endings = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Runs a program and sets the exit code. The signal it is given is aborted when the process is asked to end; a run that
 * ends for that reason with 130 ends with 128 + the number of the signal that asked. Asked a second time the process ends at
 * once.
 */
export async function runProcess(program: (signal: AbortSignal) => Promise<number>): Promise<void> {
  const controller = new AbortController();
  let ending = 0;
  // Node.js ends when there is nothing left to wait for: a run that has not come to its end by then has failed.
  process.exitCode = 1;
  for (const [name, number] of Object.entries(endings)) {
    process.on(name, () => {
      // Whoever asks twice does not want to wait for a safe point; what is left behind, the next run removes.
      if (ending > 0) process.exit(128 + number);
      ending = number;
      controller.abort();
    });
  }
  // A file size limit shall end in a failed write that can be explained, not in the death of the process.
  process.on('SIGXFSZ', () => {});
  for (const stream of [process.stdout, process.stderr]) {
    // The reader of a pipe has gone (`salvor … | head`), or the disk that the log lies on is full. There is nobody left to
    // tell, and the recordings matter more than what is said about them.
    stream.on('error', () => {});
  }
  const code = await program(controller.signal);
  process.exitCode = code === 130 && ending > 0 ? 128 + ending : code;
  // Listening for signals keeps the process alive.
  for (const name of [...Object.keys(endings), 'SIGXFSZ']) process.removeAllListeners(name);
}
