/**
 * `npm run demo`: what salvor is for, on a genuine recording. Copies the staging files of a server that was killed 12.3
 * seconds into a recording to a temporary folder, runs the real `evo-mp4writer --recovery` on them, and shows what came
 * out and where.
 */
import { readdirSync, statSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { copyStagingCase } from '../test/support/fixtures.ts';
import { runProgram } from '../test/support/programs.ts';

const fixture = 'b-12.30s';

function show(directory: string): void {
  for (const name of readdirSync(directory)
    .filter((entry) => !entry.endsWith('.json'))
    .sort()) {
    console.log(`    ${String(statSync(join(directory, name)).size).padStart(8)}  ${name}`);
  }
}

const directory = mkdtempSync(join(tmpdir(), 'salvor-demo-'));
copyStagingCase('crashed', fixture, directory);
const recording = join(directory, 'rec.mp4');

console.log('A media server was killed 12.3 seconds into a recording. This is what it left; none of it plays:\n');
show(directory);
console.log(`\n$ evo-mp4writer -path=${recording} --recovery --verbose\n`);
const { status, stdout, stderr } = await runProgram('evo-mp4writer', [`-path=${recording}`, '--recovery', '--verbose']);
console.log((stdout + stderr).replaceAll(/^(?=.)/gm, '    '));
if (status !== 0) {
  console.log(`evo-mp4writer ended with ${status}: the demo failed`);
  process.exitCode = 1;
} else {
  console.log('This is there now. The staging files stay, as they hold media that no file describes:\n');
  show(directory);
  console.log(`\nPlay it:    ffplay ${recording}   (or any player)`);
  console.log(`Throw away: rm -r ${directory}`);
}
