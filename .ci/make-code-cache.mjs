// `node .ci/make-code-cache.mjs PROGRAM CACHE JSON-OF-RUNS`: runs a built program, in this process, with one list of
// arguments after the other, and keeps what V8 compiled. A run that fails makes no cache.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { loadProgram } from '../dist/src/io/compiled-program.js';

// V8 throws away what has not run for a while: just what a short run needs.
setFlagsFromString('--no-flush-bytecode');

const [path, cache, runs] = process.argv.slice(2);
const program = loadProgram(resolve(path));
for (const argv of JSON.parse(runs)) {
  await program.main(argv);
  if ((process.exitCode ?? 0) !== 0) throw new Error(`${argv.join(' ')} ended with exit code ${process.exitCode}`);
}
// A cache is good for the flags it was made with.
setFlagsFromString('--flush-bytecode');
writeFileSync(cache, program.codeCache());
