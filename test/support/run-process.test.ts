import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureNode } from './programs.ts';
import { cleanEnvironment, runProcess, startProcess } from './run-process.ts';

const node = process.execPath;

test('a program gives its output, its exit code and what it read', async () => {
  const script = 'process.stdin.pipe(process.stdout); console.error("oh"); process.exitCode = 7';
  const result = await runProcess(node, ['-e', script], { stdin: 'hello' });
  assert.deepEqual(result, { status: 7, signal: null, stdout: 'hello', stderr: 'oh\n', extra: '' });
});

test('a program that nobody writes to finds its input at an end', async () => {
  const result = await runProcess(node, ['-e', 'process.stdin.on("end", () => console.log("end")).resume()']);
  assert.equal(result.stdout, 'end\n');
});

test('a program that is killed says by which signal', async () => {
  const { child, done } = startProcess(node, ['-e', 'setInterval(() => 0, 1000)']);
  child.kill('SIGKILL');
  const { status, signal } = await done;
  assert.deepEqual([status, signal], [null, 'SIGKILL']);
});

test('a program that never ends is killed and reported with its arguments', async () => {
  const run = runProcess(node, ['-e', 'setInterval(() => 0, 1000)'], { timeoutSeconds: 0.3 });
  await assert.rejects(run, /setInterval.* did not end within 0.3 s/);
});

test('a program that is not there is an error', async () => {
  await assert.rejects(runProcess('/nowhere/at-all', []), /ENOENT/);
});

test('programs run without the variables that change what they print or how fast they start', () => {
  const names = ['NODE_EXTRA_CA_CERTS', 'FORCE_COLOR', 'NO_COLOR', 'CI', 'NODE_TEST_CONTEXT'];
  const environment = cleanEnvironment({ NO_COLOR: '1', HOME: undefined });
  assert.deepEqual(
    names.filter((name) => name in environment),
    ['NO_COLOR'],
  );
  assert.ok(!('HOME' in environment));
  assert.equal(environment['PATH'], process.env['PATH']);
});

test('the peak memory of a program is its own and not that of the tests', async () => {
  const ballast = Buffer.alloc(300_000_000, 1);
  const small = await measureNode(['-e', '0']);
  const large = await measureNode(['-e', 'Buffer.alloc(200e6, 1)']);
  assert.equal(ballast.length, 300_000_000);
  assert.ok(small.peakMemoryBytes !== undefined && large.peakMemoryBytes !== undefined);
  assert.ok(small.peakMemoryBytes < 120e6, `${small.peakMemoryBytes}`);
  const difference = large.peakMemoryBytes - small.peakMemoryBytes;
  assert.ok(difference > 190e6 && difference < 215e6, `${difference}`);
});

test('the peak memory of a program that fails is known, of one that is killed it is not', async () => {
  const failed = await measureNode(['-e', 'process.exit(3)']);
  assert.equal(failed.status, 3);
  assert.ok((failed.peakMemoryBytes ?? 0) > 10e6);
  const killed = await measureNode(['-e', 'process.kill(process.pid, "SIGKILL")']);
  assert.deepEqual([killed.signal, killed.peakMemoryBytes], ['SIGKILL', undefined]);
});
