/** Entry of `evo-mp4writer`, the drop-in for the media server's program of that name; built like that of `salvor`. */
import { fileURLToPath } from 'node:url';
import { loadProgram } from './io/compiled-program.ts';
import { version } from './version.ts';

/** The program's file without its ending, which names its content too; the build sets it. */
declare const programName: string;

const argv = process.argv.slice(2);
if (argv.length === 1 && argv[0] === '--version') {
  process.stdout.on('error', () => {}); // the reader of the pipe has gone
  process.stdout.write(`evo-mp4writer (salvor) ${version}\n`);
} else {
  const besides = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  void loadProgram(besides(`${programName}.cjs`), besides(`${programName}.cache`)).main(argv);
}
