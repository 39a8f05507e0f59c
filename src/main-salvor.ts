/** Entry of `salvor`. `--version` is answered before anything else is loaded: scripts ask it often. */
import { version } from './version.ts';

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.on('error', () => {}); // the reader of the pipe has gone
  process.stdout.write(`${version}\n`);
} else {
  const { processTerminal, runProcess } = await import('./ui/process-terminal.ts');
  const { run } = await import('./cli.ts');
  await runProcess((signal) => run(argv, processTerminal(), signal));
}
