import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { scratchDirectory } from '../support/scratch.ts';
import { noUnwritableDirectory, whileUnwritable } from './unwritable-directory.ts';

/** Writes a whole output of this text. */
function write(target: string, text: string, replace: boolean): void {
  const output = new AtomicOutput(target, { replace });
  output.write(Buffer.from(text), 0);
  output.sync();
  output.commit();
}

function read(path: string): string {
  return readFileSync(path, 'utf8');
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o7777;
}

/** The place of this machine's processes as the temporary names have it. */
const host = (() => {
  const output = new AtomicOutput(join(tmpdir(), `salvor-test-${process.pid}.mp4`), { replace: false });
  output.discard();
  return /\.salvor-([0-9a-f]{16})-\d+-\d+$/.exec(output.temporaryPath)![1]!;
})();

/** When a process was started, in the system's own ticks: the 22nd field of its stat. */
function startOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]!;
}

const hasProcesses = existsSync('/proc/self/stat');
const needsProcesses = { skip: hasProcesses ? false : 'there is no /proc here to tell processes by' };
const needsUnwritable = { skip: noUnwritableDirectory ?? false };

describe('AtomicOutput', () => {
  test('is under a temporary name until it is committed, and then under its own alone', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    const output = new AtomicOutput(target, { replace: false });
    output.write(Buffer.from('whole'), 0);
    assert.equal(existsSync(target), false);
    assert.deepEqual(readdirSync(directory), [output.temporaryPath.slice(directory.length + 1)]);
    assert.match(readdirSync(directory)[0]!, /^\.rec\.mp4\.salvor-/, 'hidden, and with the name it will have');
    output.sync();
    output.commit();
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    assert.equal(read(target), 'whole');
    assert.equal(statSync(target).nlink, 1);
    output.discard();
    assert.equal(read(target), 'whole', 'to discard after the commit does no harm');
  });

  test('leaves nothing behind when it is discarded, and an existing file as it was', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    writeFileSync(target, 'old');
    const output = new AtomicOutput(target, { replace: true });
    output.write(Buffer.from('new'), 0);
    output.discard();
    output.discard();
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    assert.equal(read(target), 'old');
  });

  test('replaces a file only where it may', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    write(target, 'old', false);
    assert.throws(() => new AtomicOutput(target, { replace: false }), {
      name: 'SalvorError',
      kind: 'output',
      file: target,
      message: /exists already/,
      advice: /--force/,
    });
    assert.equal(read(target), 'old');
    const output = new AtomicOutput(target, { replace: true });
    assert.equal(output.replaces, true);
    output.write(Buffer.from('new'), 0);
    assert.equal(read(target), 'old', 'the old file is there until the new one is whole');
    output.commit();
    assert.equal(read(target), 'new');
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('a file that comes into being meanwhile is kept, unless it may be replaced', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    const careful = new AtomicOutput(target, { replace: false });
    writeFileSync(target, 'meanwhile');
    assert.throws(() => careful.commit(), { kind: 'output', file: target, message: /exists already/ });
    careful.discard();
    assert.equal(read(target), 'meanwhile');
    rmSync(target);

    const forced = new AtomicOutput(target, { replace: true });
    assert.equal(forced.replaces, false);
    forced.write(Buffer.from('ours'), 0);
    writeFileSync(target, 'meanwhile', { mode: 0o640 });
    forced.commit();
    assert.equal(read(target), 'ours');
    assert.equal(modeOf(target), 0o640);
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('a directory that comes into being meanwhile is not harmed', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    for (const replace of [false, true]) {
      const output = new AtomicOutput(target, { replace });
      mkdirSync(target);
      assert.throws(() => output.commit(), { name: 'SalvorError', kind: 'output', file: target });
      output.discard();
      assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      rmSync(target, { recursive: true });
    }
  });

  test('what stands at the target and is no file is refused: a directory, a pipe, a device', (t) => {
    const directory = scratchDirectory(t);
    assert.throws(() => new AtomicOutput(directory, { replace: true }), { kind: 'output', message: /is a directory/ });
    assert.throws(() => new AtomicOutput('/dev/null', { replace: true }), { message: /not a regular file/ });
    const pipe = join(directory, 'pipe');
    if (spawnSync('mkfifo', [pipe]).status === 0) {
      assert.throws(() => new AtomicOutput(pipe, { replace: true }), { message: /not a regular file/ });
      assert.deepEqual(readdirSync(directory), ['pipe']);
    }
  });

  test('a directory that is not there, or is none, is told', (t) => {
    const directory = scratchDirectory(t);
    assert.throws(() => new AtomicOutput(join(directory, 'missing', 'rec.mp4'), { replace: false }), {
      kind: 'output',
      message: /directory does not exist/,
    });
    writeFileSync(join(directory, 'file'), '');
    assert.throws(() => new AtomicOutput(join(directory, 'file', 'rec.mp4'), { replace: false }), {
      kind: 'output',
      message: /not a directory/,
    });
  });

  test('a symbolic link stays one: what it points to is replaced, in its own directory', (t) => {
    const directory = scratchDirectory(t);
    mkdirSync(join(directory, 'media'));
    const real = join(directory, 'media', 'real.mp4');
    writeFileSync(real, 'old');
    const target = join(directory, 'rec.mp4');
    symlinkSync('media/real.mp4', target);
    const output = new AtomicOutput(target, { replace: true });
    assert.match(output.temporaryPath, /\/media\/\.real\.mp4\.salvor-/, 'beside the file, so that the rename is one');
    output.write(Buffer.from('new'), 0);
    output.commit();
    assert.equal(lstatSync(target).isSymbolicLink(), true);
    assert.equal(readlinkSync(target), 'media/real.mp4');
    assert.equal(read(real), 'new');
    assert.throws(() => new AtomicOutput(target, { replace: false }), { message: /exists already/ });
  });

  test('a link to nothing, and one to a directory, are told apart from files', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    symlinkSync('nowhere.mp4', target);
    for (const replace of [false, true]) {
      assert.throws(() => new AtomicOutput(target, { replace }), { kind: 'output', message: /symbolic link/ });
    }
    rmSync(target);
    symlinkSync('.', target);
    assert.throws(() => new AtomicOutput(target, { replace: true }), { message: /is a directory/ });
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('a replaced file hands on its mode and owner; while it grows, the new one is no more open than the old', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    const before = process.umask(0o022);
    try {
      write(target, 'old', false);
      assert.equal(modeOf(target), 0o644, 'a new file is what the umask says');
      for (const mode of [0o600, 0o640, 0o444, 0o664]) {
        chmodSync(target, mode);
        const output = new AtomicOutput(target, { replace: true });
        assert.equal(modeOf(output.temporaryPath) & ~mode & 0o077, 0);
        output.commit();
        assert.equal(modeOf(target), mode);
      }
    } finally {
      process.umask(before);
    }
    if (process.getuid?.() !== 0) return;
    spawnSync('chown', ['12345:23456', target]);
    write(target, 'new', true);
    assert.deepEqual([statSync(target).uid, statSync(target).gid], [12345, 23456]);
  });

  test('a file with a second name keeps its old content under that name', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    writeFileSync(target, 'old');
    linkSync(target, join(directory, 'backup.mp4'));
    write(target, 'new', true);
    assert.deepEqual([read(target), read(join(directory, 'backup.mp4'))], ['new', 'old']);
  });

  test('names as long as the file system has them work; longer ones are told', (t) => {
    const directory = scratchDirectory(t);
    for (const name of ['n'.repeat(255), '録'.repeat(85), `${'é'.repeat(126)}.mp`]) {
      assert.equal(Buffer.byteLength(name), 255);
      write(join(directory, name), 'whole', false);
      write(join(directory, name), 'again', true);
      assert.equal(read(join(directory, name)), 'again');
    }
    assert.equal(readdirSync(directory).length, 3);
    assert.throws(() => new AtomicOutput(join(directory, 'n'.repeat(256)), { replace: false }), {
      kind: 'output',
      message: /name is too long/,
    });
  });

  test('outputs of different names are independent, be the names ever so alike', (t) => {
    const directory = scratchDirectory(t);
    const long = 'n'.repeat(200);
    const names = ['録画一.mp4', '録画二.mp4', `${long}1.mp4`, `${long}2.mp4`, 'a b.mp4', 'a_b.mp4', 'é.mp4', '__.mp4'];
    const outputs = names.map((name) => new AtomicOutput(join(directory, name), { replace: false }));
    for (const [index, output] of outputs.entries()) {
      output.write(Buffer.from(names[index]!), 0);
      output.commit();
    }
    assert.deepEqual(readdirSync(directory).sort(), names.toSorted());
    for (const name of names) assert.equal(read(join(directory, name)), name);
  });

  test('a second output of the same file in the same process is busy', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    const first = new AtomicOutput(target, { replace: true });
    assert.throws(() => new AtomicOutput(target, { replace: true }), { kind: 'busy', file: target });
    first.write(Buffer.from('first'), 0);
    first.commit();
    assert.equal(read(target), 'first');
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('truncate forgets what was written, also where less comes after it', (t) => {
    const target = join(scratchDirectory(t), 'rec.mp4');
    const output = new AtomicOutput(target, { replace: false });
    output.write(Buffer.from('a long first attempt'), 0);
    output.truncate();
    const sink = output.sink(0);
    sink.latin1('short');
    sink.flush();
    output.commit();
    assert.equal(read(target), 'short');
  });

  test('in a directory that takes no files the error says so, and nothing is left', needsUnwritable, async (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    writeFileSync(target, 'old');
    await whileUnwritable(directory, () => {
      assert.throws(() => new AtomicOutput(target, { replace: true }), {
        name: 'SalvorError',
        kind: 'output',
        file: target,
        message: /permission to write there is denied; nothing was changed/,
      });
    });
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    assert.equal(read(target), 'old');
  });

  test(
    'where even the temporary file cannot be removed any more, the first failure is still the one told',
    needsUnwritable,
    async (t) => {
      const directory = scratchDirectory(t);
      const target = join(directory, 'rec.mp4');
      const output = new AtomicOutput(target, { replace: true });
      await whileUnwritable(directory, () => {
        assert.throws(() => output.commit(), { name: 'SalvorError', kind: 'output', file: target });
        output.discard();
      });
      assert.equal(existsSync(target), false);
    },
  );
});

describe('what earlier and other runs left beside the target', () => {
  const leaving = (directory: string, name: string, mark: string): string => join(directory, `.${name}.salvor-${mark}`);

  /** A process that lives until the test ends. */
  function sleeper(t: { after(clean: () => void): void }): number {
    const child = spawn('sleep', ['600'], { stdio: 'ignore' });
    t.after(() => child.kill('SIGKILL'));
    return child.pid!;
  }

  test('the temporary file of a process that is no more is removed', async (t) => {
    const directory = scratchDirectory(t);
    const child = spawn('true');
    await once(child, 'exit');
    const left = leaving(directory, 'rec.mp4', `${host}-${child.pid}-12345`);
    writeFileSync(left, 'half');
    const output = new AtomicOutput(join(directory, 'rec.mp4'), { replace: false });
    assert.equal(existsSync(left), false);
    output.discard();
    assert.deepEqual(readdirSync(directory), []);
  });

  test('the second name of a finished file, left by a run killed in the middle of naming it, goes too', (t) => {
    const directory = scratchDirectory(t);
    const target = join(directory, 'rec.mp4');
    writeFileSync(target, 'whole');
    linkSync(target, leaving(directory, 'rec.mp4', `${host}-999999999-1`));
    assert.throws(() => new AtomicOutput(target, { replace: false }), { kind: 'output', message: /exists already/ });
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
    assert.equal(statSync(target).nlink, 1);
  });

  test('that of a process whose number another one has by now is removed', needsProcesses, (t) => {
    const directory = scratchDirectory(t);
    const left = leaving(directory, 'rec.mp4', `${host}-${sleeper(t)}-1`);
    writeFileSync(left, 'half');
    write(join(directory, 'rec.mp4'), 'whole', false);
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('that of a live process means busy: nothing is written, nothing removed', needsProcesses, (t) => {
    const directory = scratchDirectory(t);
    const pid = sleeper(t);
    const left = leaving(directory, 'rec.mp4', `${host}-${pid}-${startOf(pid)}`);
    writeFileSync(left, 'half');
    const target = join(directory, 'rec.mp4');
    assert.throws(() => new AtomicOutput(target, { replace: true }), {
      name: 'SalvorError',
      kind: 'busy',
      file: target,
      message: new RegExp(`another run \\(process ${pid}\\) is writing`),
    });
    assert.deepEqual(readdirSync(directory), [left.slice(directory.length + 1)]);
  });

  test('that of another machine means busy while it is being written, and is removed when it has been silent', (t) => {
    const directory = scratchDirectory(t);
    const left = leaving(directory, 'rec.mp4', 'some_other_host-1-1');
    writeFileSync(left, 'half');
    const target = join(directory, 'rec.mp4');
    assert.throws(() => new AtomicOutput(target, { replace: true }), { kind: 'busy' });
    assert.equal(existsSync(left), true);
    const silentSince = Date.now() / 1000 - 3600;
    utimesSync(left, silentSince, silentSince);
    write(target, 'whole', true);
    assert.deepEqual(readdirSync(directory), ['rec.mp4']);
  });

  test('files of other targets, and files that only look alike, are left alone', (t) => {
    const directory = scratchDirectory(t);
    const names = [
      `.other.mp4.salvor-${host}-1-1`,
      `.rec.mp4.salvor-${host}-1-1.bak`,
      '.rec.mp4.salvor-notes',
      `.rec.mp4.salvor-${host}-x-1`,
      `rec.mp4.salvor-${host}-1-1`,
      'rec.mp4.mdat',
    ];
    for (const name of names) writeFileSync(join(directory, name), 'not ours to remove');
    write(join(directory, 'rec.mp4'), 'whole', false);
    assert.deepEqual(readdirSync(directory).sort(), [...names, 'rec.mp4'].sort());
  });

  test('the leavings for names of other alphabets are found again', async (t) => {
    const directory = scratchDirectory(t);
    const child = spawn('true');
    await once(child, 'exit');
    for (const name of ['録画.mp4', 'n'.repeat(255)]) {
      const probe = new AtomicOutput(join(directory, name), { replace: false });
      const mark = `${host}-${process.pid}-`;
      const prefix = probe.temporaryPath.slice(0, probe.temporaryPath.lastIndexOf(mark));
      probe.discard();
      writeFileSync(`${prefix}${host}-${child.pid}-12345`, 'half');
      new AtomicOutput(join(directory, name), { replace: false }).discard();
      assert.deepEqual(readdirSync(directory), []);
    }
  });

  test('a leaving that cannot be removed does not keep the next run from its work', needsUnwritable, async (t) => {
    const directory = scratchDirectory(t);
    if (process.getuid?.() !== 0) return t.skip('only root has files that it cannot remove in its own directory');
    const left = leaving(directory, 'rec.mp4', `${host}-999999999-1`);
    writeFileSync(left, 'half');
    await whileUnwritable(left, () => write(join(directory, 'rec.mp4'), 'whole', false));
    assert.equal(read(join(directory, 'rec.mp4')), 'whole');
  });
});
