/** All of `salvor` but for what its entry answers by itself. */
import { run } from './cli.ts';
import { processTerminal, runProcess } from './ui/process-terminal.ts';

export async function main(argv: readonly string[]): Promise<void> {
  await runProcess((signal) => run(argv, processTerminal(), signal));
}
