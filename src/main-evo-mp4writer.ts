/** Entry of `evo-mp4writer`, the drop-in for the media server's program of that name. */
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') {
  process.stdout.on('error', () => {}); // the reader of the pipe has gone
  process.stdout.write(`evo-mp4writer (salvor) ${version}\n`);
} else {
  const { processTerminal, runProcess } = await import('./ui/process-terminal.ts');
  const { runDropIn } = await import('./commands/mp4writer/drop-in-command.ts');
  await runProcess((signal) => runDropIn(argv, processTerminal(), signal));
}
