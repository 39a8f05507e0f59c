/** A worker of a sweep that sends what is no answer costs the recording it worked on, and never the sweep. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Pool } from '../../../src/rescue/sweeping/pool.ts';
import type { WorkerJob } from '../../../src/rescue/sweeping/worker-messages.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** A worker that sends what the path of its recording names, and of any other an answer. */
const program = `
import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
const answer = (path, result = 'intact') => JSON.stringify({ outcome: { path, result }, residentBytes: 1 }) + '\\n';
const sent = {
  bytes: Buffer.concat([Buffer.from([0, 1, 2, 0x80, 0xff]), Buffer.from('{{{\\n')]),
  text: 'Segmentation fault\\n',
  nothing: 'null\\n',
  list: '[]\\n',
  hollow: '{"outcome":null}\\n',
  result: answer('result', 'perhaps'),
  other: answer('of another'),
  size: '{"outcome":{"path":"size","result":"made"}}\\n',
};
writeSync(3, '{"isReady":true}\\n');
new Socket({ fd: 3 }).setEncoding('utf8').on('data', (line) => {
  const { path } = JSON.parse(line).candidate;
  writeSync(3, sent[path] ?? answer(path));
});
`;

test('what is no answer ends its worker as failed, and the next one works on', async (t) => {
  const path = join(scratchDirectory(t), 'worker.mjs');
  writeFileSync(path, program);
  const pool = new Pool({ program: path, workers: 1, timeoutSeconds: 30, maxMemoryBytes: 2 ** 32 });
  t.after(async () => pool.end());
  const resultOf = async (name: string, begin?: () => Promise<void>): Promise<string> => {
    const job: WorkerJob = {
      candidate: { path: name, kind: 'recording', files: [] } as unknown as WorkerJob['candidate'],
      isYoung: false,
      policy: { dryRun: true, replace: false },
    };
    const { outcome, death } = await pool.run(job, begin);
    assert.equal(outcome.path, name);
    assert.equal(death?.isInWork, outcome.result === 'failed' ? true : undefined);
    return `${outcome.result} ${outcome.reason ?? ''}`.trim();
  };
  for (const name of ['bytes', 'text', 'nothing', 'list', 'hollow', 'result', 'other', 'size']) {
    assert.match(
      await resultOf(name, async () => {}),
      /^failed the worker sent .*; the recording was left as it is$/,
      name,
    );
    assert.equal(await resultOf('intact.flv'), 'intact', `after ${name}`);
  }
});
