import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { measureProgram, runOnTerminal, runProgram } from './programs.ts';
import { projectRoot } from './project.ts';

const { version } = JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string };

for (const program of ['salvor', 'evo-mp4writer'] as const) {
  test(`${program} runs through its launcher, here without a terminal and without input`, async () => {
    const { status, stdout, stderr } = await runProgram(program, ['--version']);
    assert.equal(status, 0);
    assert.ok(stdout.includes(version));
    assert.equal(stderr, '');
  });
}

test('a program on a terminal gets one, with the arguments as they were given', async () => {
  const { status, stdout } = await runOnTerminal('salvor', ['--version']);
  assert.equal(status, 0);
  assert.ok(stdout.includes(version) && stdout.endsWith('\r\n'));
  const refused = await runOnTerminal('salvor', ['it\'s no "verb" $HOME']);
  assert.notEqual(refused.status, 0);
  assert.ok(refused.stdout.includes('it\'s no "verb" $HOME'), refused.stdout);
});

test('the memory a program takes is more than Node itself needs and less than the whole machine has', async () => {
  const { peakMemoryBytes } = await measureProgram('salvor', ['--version']);
  assert.ok(peakMemoryBytes !== undefined && peakMemoryBytes > 20e6 && peakMemoryBytes < 1e9);
});
