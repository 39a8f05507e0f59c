/**
 * Entry of `salvor`. `--version` is answered before the program is loaded: scripts ask it often. That is beside
 * the built entry, with a code cache for each verb.
 */
import { fileURLToPath } from 'node:url';
import { loadProgram } from './io/compiled-program.ts';
import { version } from './version.ts';

/** The program's file without its ending, which names its content too; the build sets it. */
declare const programName: string;

const argv = process.argv.slice(2);
if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  process.stdout.on('error', () => {}); // the reader of the pipe has gone
  process.stdout.write(`${version}\n`);
} else {
  const verb = /^[a-z][a-z0-9-]*$/.test(argv[0] ?? '') ? `.${argv[0]}` : '';
  const besides = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  void loadProgram(besides(`${programName}.cjs`), besides(`${programName}${verb}.cache`)).main(argv);
}
