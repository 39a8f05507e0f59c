/**
 * Both programs, as `bin/start.js` runs them: each is loaded when it is asked for. What a program does is not known here.
 */
import { isOutputClosed } from './io/closed-output.ts';
import { rawArguments } from './io/raw-arguments.ts';
import { processTerminal, runProcess } from './ui/process-terminal.ts';
import type { Terminal } from './ui/terminal.ts';

interface Program {
  /** The exit code of every failure that is not told apart. */
  readonly failed: number;
  /** Runs it with the arguments after its name; resolves to the exit code. */
  readonly run: (argv: readonly string[], terminal: Terminal, signal: AbortSignal) => Promise<number>;
}

const programs: Readonly<Record<string, () => Promise<Program>>> = {
  salvor: async () => ({ failed: 1, run: (await import('./cli.ts')).run }),
  'evo-mp4writer': async () => ({
    failed: 255,
    run: (await import('./commands/mp4writer/drop-in-command.ts')).runDropIn,
  }),
  // The processes of a sweep: started by `salvor sweep`, of which they get their work.
  'sweep-worker': async () => {
    const { serveSweep } = await import('./commands/sweep/worker-command.ts');
    const { run } = await import('./cli.ts');
    return { failed: 1, run: (_words, _terminal, signal) => serveSweep(run, signal) };
  },
};

/**
 * Loads the program of that name, or what it is to be with these arguments after it. What that gives runs it in this process
 * and sets the exit code.
 */
export async function load(name: string, argv: readonly string[]): Promise<() => Promise<void>> {
  const { failed, run } = await programs[argv[0] === 'sweep-worker' && name === 'salvor' ? argv[0] : name]!();
  return () => runProcess(name, failed, (signal) => run(rawArguments(argv), processTerminal(isOutputClosed), signal));
}
