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

/** `isOutClosed`: whether the standard output was closed before the process began. */
export function processTerminal(isOutClosed: () => boolean): Terminal {
  const onHangup = (listener: () => void): void => {
    process.removeAllListeners('SIGHUP');
    process.on('SIGHUP', listener);
  };
  const { env: environment, stdout, stderr } = process;
  return { out: streamOf(stdout), err: streamOf(stderr), isOutClosed, onHangup, environment };
}

/** ECMA-48, private mode 25 of DEC's terminals. */
const showCursor = '\u001B[?25h';

/** Signals that ask us to end; work stops at the next safe point. */
const endings = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

/**
 * Runs a program and sets the exit code, which is `failed` where standard output could not be written to, unless its reader
 * has left. The signal it is given is aborted when the process is asked to end; a run that ends for that reason with 130 ends
 * with 128 + the number of the signal that asked. Asked a second time the process ends at once, by that signal.
 */
export async function runProcess(
  name: string,
  failed: number,
  program: (signal: AbortSignal) => Promise<number>,
): Promise<void> {
  const controller = new AbortController();
  let ending = 0;
  // Node.js ends when there is nothing left to wait for: a run that has not come to its end by then has failed.
  process.exitCode = failed;
  const stopListening = (): void => {
    for (const signalName of Object.keys(endings)) process.removeAllListeners(signalName);
  };
  for (const [signalName, number] of Object.entries(endings)) {
    process.on(signalName, () => {
      // Whoever asks twice does not want to wait for a safe point: from here on the system itself ends the process, whatever
      // it is doing. What is left behind, the next run removes.
      stopListening();
      ending = number;
      // Ended by the system nobody would give the cursor back that a progress bar hides.
      if (process.stderr.isTTY) process.stderr.write(showCursor);
      controller.abort();
    });
  }
  // A file size limit shall end in a failed write that can be explained, not in the death of the process.
  process.on('SIGXFSZ', () => {});
  let unwritten: Error | undefined;
  let code: number | undefined;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of a pipe has gone (`salvor … | head`): it has what it wanted.
    if (error.code === 'EPIPE' || unwritten !== undefined) return;
    unwritten = error;
    process.stderr.write(`${name}: standard output cannot be written to: ${error.message}\n`);
    // What is written last may fail when the program has ended.
    if (code === 0) process.exitCode = failed;
  });
  // The log cannot be written: there is nobody left to tell, and the recordings matter more than what is said about them.
  process.stderr.on('error', () => {});
  code = await program(controller.signal);
  if (code === 0 && unwritten !== undefined) code = failed;
  process.exitCode = code === 130 && ending > 0 ? 128 + ending : code;
  // Listening for signals keeps the process alive.
  stopListening();
  process.removeAllListeners('SIGXFSZ');
}
