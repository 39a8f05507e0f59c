/** What is piped in is kept where nobody finds it: a run that is killed leaves nothing behind. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { programPath } from '../support/programs.ts';
import { scratchDirectory } from '../support/scratch.ts';

test(
  'probe -, killed while it reads, leaves nothing; what an earlier one left is removed',
  { skip: process.platform !== 'linux' && 'who has what open is told by Linux' },
  async (t) => {
    const directory = scratchDirectory(t);
    const { pid: dead } = spawnSync(process.execPath, ['-e', '']);
    writeFileSync(join(directory, `salvor-input-${dead}-0`), '');
    const probe = spawn(process.execPath, [programPath('salvor'), 'probe', '-'], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    t.after(() => probe.kill('SIGKILL'));
    probe.stdin.on('error', () => {});
    probe.stdin.write(Buffer.alloc(100_000, 0x47));
    const descriptors = `/proc/${probe.pid}/fd`;
    const isSpooling = (): boolean =>
      readdirSync(descriptors).some((name) => {
        try {
          return readlinkSync(join(descriptors, name)).includes('/salvor-input-');
        } catch {
          return false;
        }
      });
    while (!isSpooling()) await sleep(5);
    while (readdirSync(directory).length > 0) await sleep(5);
    probe.kill('SIGKILL');
    await once(probe, 'exit');
    assert.deepEqual(readdirSync(directory), []);
  },
);
