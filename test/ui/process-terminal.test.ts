/** What every program does around its work, in a process of its own. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../support/project.ts';
import { startProcess } from '../support/run-process.ts';

/** A program that is asked to end and does not hear the second time, for its event loop stands still. */
function stubborn(): string {
  const url = pathToFileURL(join(projectRoot, 'dist/src/ui/process-terminal.js')).href;
  return `
    import { writeSync } from 'node:fs';
    import { runProcess } from ${JSON.stringify(url)};
    await runProcess('program', 1, (signal) => new Promise((resolve) => {
      const alive = setInterval(() => {}, 1000);
      signal.addEventListener('abort', () => {
        clearInterval(alive);
        // Nothing turns for a while: a loop, or a call of the system.
        setImmediate(() => {
          writeSync(1, 'heard');
          Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
          resolve(130);
        });
      });
      writeSync(1, 'ready');
    }));`;
}

for (const [first, second] of [
  ['SIGINT', 'SIGINT'],
  ['SIGTERM', 'SIGHUP'],
] as const) {
  void test(`${first} and then ${second} end a process whatever it is doing`, async () => {
    const { child, done } = startProcess(process.execPath, ['--input-type=module', '-e', stubborn()]);
    let said = '';
    child.stdout!.on('data', (text: Buffer) => {
      said += text.toString();
      if (said === 'ready') child.kill(first);
      else if (said === 'readyheard') child.kill(second);
    });
    const { status, signal, stderr } = await done;
    assert.deepEqual({ status, signal, stderr }, { status: null, signal: second, stderr: '' });
  });
}
