/** The faults of faults.ts, tried on small scripts: each happens, where it should, and nothing else does. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { errorsOf, killsOf, noFaults, runFaulted, type Fault, type FaultedRun } from './faults.ts';
import { scratchDirectory, type Lifetime } from './scratch.ts';

/** Makes most of the changes there are, says at the end what became of its write. */
const script = `
const fs = require('node:fs');
process.chdir(process.argv[1]);
fs.mkdirSync('folder');
const file = fs.openSync('folder/one', 'wx');
const said = [];
const tell = (name, act) => { try { said.push(name + ':' + act()); } catch ({ code }) { said.push(name + ':' + code); } };
tell('write', () => fs.writeSync(file, 'abcdefgh'));
tell('pwrite', () => fs.writeSync(file, 'ABCDEFGH', 8));
tell('writev', () => fs.writevSync(file, [Buffer.from('ij'), Buffer.from('klmn')], 16));
tell('truncate', () => fs.ftruncateSync(file, 20));
tell('chmod', () => fs.fchmodSync(file, 0o640));
tell('times', () => fs.futimesSync(file, 1, 1));
tell('sync', () => fs.fsyncSync(file));
fs.closeSync(file);
tell('link', () => fs.linkSync('folder/one', 'folder/two'));
tell('rename', () => fs.renameSync('folder/two', 'folder/three'));
tell('unlink', () => fs.unlinkSync('folder/three'));
tell('copy', () => fs.copyFileSync('folder/one', 'folder/four'));
fs.readFileSync('folder/one');
fs.writeFileSync(process.argv[2], 'elsewhere');
fs.promises.writeFile('folder/five', 'in another thread').catch(({ code }) => said.push('thread:' + code))
  .then(() => console.log(said.join(' ')));
`;

async function run(t: Lifetime, fault: Fault): Promise<FaultedRun & { readonly directory: string }> {
  const directory = scratchDirectory(t);
  const other = join(scratchDirectory(t), 'other');
  const result = await runFaulted(process.execPath, ['-e', script, directory, other], directory, fault);
  return { ...result, directory };
}

describe('faults in system calls', { skip: noFaults ?? false }, () => {
  test('the calls that change the folder are counted by name, and no others', async (t) => {
    const { status, calls, stderr, happened } = await run(t, { kind: 'count', call: 0 });
    assert.deepEqual([status, stderr, happened], [0, '', false]);
    const names = calls.map(({ name, path }) => `${name} ${path.slice(path.lastIndexOf('/') + 1)}`);
    assert.deepEqual(names.slice(0, 12), [
      'mkdir folder',
      'open one',
      'write one',
      'pwrite one',
      'pwritev one',
      'ftruncate64 one',
      'fchmod one',
      'futimens one',
      'fsync one',
      'link two',
      'rename three',
      'unlink three',
    ]);
    assert.ok(names.includes('copy_file_range four') || names.includes('sendfile64 four'), names.join('\n'));
    assert.deepEqual(names.slice(-2), ['open five', 'write five']);
  });

  test('a program is killed before, after and halfway through a call', async (t) => {
    for (const [kind, content] of [
      ['kill-before', ''],
      ['kill-half', 'abcd'],
      ['kill-after', 'abcdefgh'],
    ] as const) {
      const { signal, happened, directory, calls } = await run(t, { kind, call: 3 });
      assert.deepEqual([signal, happened, calls.length], ['SIGKILL', true, 3]);
      assert.equal(readFileSync(join(directory, 'folder/one'), 'latin1'), content);
    }
    const { signal, directory } = await run(t, { kind: 'kill-after', call: 1 });
    assert.equal(signal, 'SIGKILL');
    assert.ok(existsSync(join(directory, 'folder')));
  });

  test('a call fails with the code asked for; half of its bytes may have been written', async (t) => {
    for (const [fault, said, content] of [
      [{ kind: 'fail', call: 3, code: 'ENOSPC' }, 'write:ENOSPC pwrite:8', '\0\0\0\0\0\0\0\0ABCDEFGHijkl'],
      [{ kind: 'fail-half', call: 3, code: 'EIO' }, 'write:EIO pwrite:8', 'abcd\0\0\0\0ABCDEFGHijkl'],
      [{ kind: 'fail-half', call: 5, code: 'EROFS' }, 'pwrite:8 writev:EROFS', 'abcdefghABCDEFGHijk\0'],
      [{ kind: 'fail', call: 9, code: 'EIO' }, 'sync:EIO link:undefined', 'abcdefghABCDEFGHijkl'],
    ] as const) {
      const { stdout, directory, happened } = await run(t, fault);
      assert.ok(happened);
      assert.ok(stdout.includes(said), stdout);
      assert.equal(readFileSync(join(directory, 'folder/one'), 'latin1'), content);
    }
  });

  test('from one call on everything fails', async (t) => {
    const { stdout, directory } = await run(t, { kind: 'fail-on', call: 6, code: 'EROFS' });
    assert.match(stdout, /writev:6 truncate:EROFS chmod:EROFS .*copy:EROFS thread:EROFS/);
    assert.ok(!existsSync(join(directory, 'folder/three')));
  });

  test('paths that lead into the folder by a link count', async (t) => {
    const directory = scratchDirectory(t);
    const elsewhere = scratchDirectory(t);
    mkdirSync(join(directory, 'real'));
    symlinkSync(join(directory, 'real'), join(elsewhere, 'link'));
    const write = `require('node:fs').writeFileSync(process.argv[1], 'x')`;
    const args = ['-e', write, join(elsewhere, 'link/file')];
    const { calls } = await runFaulted(process.execPath, args, directory, { kind: 'count', call: 0 });
    assert.deepEqual(
      calls.map(({ path }) => path),
      [join(directory, 'real/file'), join(directory, 'real/file')],
    );
  });

  test('all the faults of a run are listed: three for each write, two for each other call', () => {
    const calls = ['open', 'pwrite', 'fsync'].map((name) => ({ name, path: '/x' }));
    assert.equal(killsOf(calls).length, 7);
    assert.equal(errorsOf(calls, ['EIO', 'ENOSPC']).length, 7);
  });
});
