import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { loadProgram } from '../../src/io/compiled-program.ts';
import { projectRoot } from '../support/project.ts';

const directory = mkdtempSync(join(tmpdir(), 'salvor-program-'));
after(() => rmSync(directory, { recursive: true, force: true }));

/** A program that says what it was given; each has a text of its own, for V8 remembers sources it has compiled. */
function writeProgram(name: string): string {
  const path = join(directory, `${name}.cjs`);
  writeFileSync(path, `exports.main = async (argv) => { globalThis.said = '${name} ' + argv.join(' '); };`);
  return path;
}

async function saidBy(path: string, codeCache?: string): Promise<unknown> {
  await loadProgram(path, codeCache).main(['a', 'b']);
  return (globalThis as { said?: unknown }).said;
}

describe('a program in one file', () => {
  test('runs without a code cache, and where the one named is not there', async () => {
    const path = writeProgram('bare');
    assert.equal(await saidBy(path), 'bare a b');
    assert.equal(await saidBy(path, join(directory, 'none.cache')), 'bare a b');
  });

  test('runs with a code cache that is no such thing, or is of another program', async () => {
    const garbage = join(directory, 'garbage.cache');
    writeFileSync(garbage, 'not a code cache');
    assert.equal(await saidBy(writeProgram('first'), garbage), 'first a b');
    const other = join(directory, 'other.cache');
    writeFileSync(other, loadProgram(writeProgram('another one')).codeCache());
    assert.equal(await saidBy(writeProgram('second'), other), 'second a b');
  });

  test('has code caches, made when it was built, that this Node takes', () => {
    const built = join(projectRoot, 'dist/bin');
    const caches = readdirSync(built).filter((name) => name.endsWith('.cache'));
    assert.ok(caches.length >= 3, `${caches.length} code caches in dist/bin`);
    for (const cache of caches) {
      const program = `${cache.split('.')[0]}.cjs`;
      // In a process of its own: what was compiled in this one is taken from memory.
      const code = `import { loadProgram } from ${JSON.stringify(join(projectRoot, 'dist/src/io/compiled-program.js'))};
        console.log(loadProgram(${JSON.stringify(join(built, program))}, ${JSON.stringify(join(built, cache))}).fromCache);`;
      const answer = execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
      assert.equal(answer.trim(), 'true', cache);
    }
  });
});
