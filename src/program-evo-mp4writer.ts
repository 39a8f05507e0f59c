/** All of `evo-mp4writer` but for what its entry answers by itself. */
import { runDropIn } from './commands/mp4writer/drop-in-command.ts';
import { processTerminal, runProcess } from './ui/process-terminal.ts';

export async function main(argv: readonly string[]): Promise<void> {
  await runProcess((signal) => runDropIn(argv, processTerminal(), signal));
}
