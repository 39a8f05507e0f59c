/**
 * Recoveries that are killed or fail at any system call: the same command again ends with exit 0 and the result of an
 * undisturbed run, nothing is worse than before, and nothing is left. A finished MP4 is known by its media, whatever `.info`
 * says, and never replaced by one that is made of what is left of the staging files.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { copyStagingCase } from '../../support/fixtures.ts';
import { countCalls, errorsOf, killsOf, noFaults, runProgramFaulted } from '../../support/faults.ts';
import { runInProcess, type ProgramName } from '../../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { folderContents, stagingFilesIn } from './folder-contents.ts';
import { trialCount, trialsOf, trialStep } from '../../support/trials.ts';

/** Crashed sets, and what becomes of their staging files. */
const sets: readonly { name: string; isRemoved: boolean; stage: (directory: string) => void }[] = [
  {
    // As recorders leave it that die before they write .info a second time: nothing but its header.
    name: 'an .info of 24 bytes',
    isRemoved: true,
    stage: (directory) => {
      copyStagingCase('clean', 'av-bframes', directory);
      truncateSync(join(directory, 'rec.mp4.info'), 24);
    },
  },
  {
    name: 'a crash after a flush',
    isRemoved: true,
    stage: (directory) => copyStagingCase('crashed', 'd-flush2-op06', directory),
  },
  {
    name: 'a crash between flushes',
    isRemoved: false,
    stage: (directory) => copyStagingCase('crashed', 'b-08.70s', directory),
  },
];

const commands: readonly { program: ProgramName; args: (directory: string) => string[]; output: string }[] = [
  {
    program: 'evo-mp4writer',
    args: (directory) => [`-path=${join(directory, 'rec.mp4')}`, '--recovery'],
    output: 'rec.mp4',
  },
  {
    program: 'salvor',
    args: (directory) => [
      'mp4writer',
      join(directory, 'rec.mp4'),
      '--recovery',
      '--remove-staging',
      '-q',
      '-o',
      join(directory, 'out.mp4'),
    ],
    output: 'out.mp4',
  },
];

/** Whether every fault is tried with every set and command, or a choice of them. */
const isThorough = process.env['SALVOR_FAULTS'] === 'all';
const pairs = sets.flatMap((set, index) => {
  const own = isThorough ? commands : commands.slice(index % 2, (index % 2) + 1);
  return own.map((command) => ({ set, command }));
});

describe('a recovery killed or failing at any system call', { skip: noFaults ?? false }, () => {
  for (const { set, command } of trialsOf(pairs, 2)) {
    const { program, args, output } = command;
    test(`${program}, ${set.name}: the same command again ends right`, async (t) => {
      const scratch = scratchDirectory(t);
      const origin = join(scratch, 'origin');
      set.stage(origin);
      const place = (): string => {
        const directory = join(scratch, 'work');
        rmSync(directory, { recursive: true, force: true });
        cpSync(origin, directory, { recursive: true });
        return directory;
      };
      const undisturbed = place();
      const { status, calls, stderr } = await countCalls(program, args(undisturbed), undisturbed);
      assert.equal(status, 0, stderr);
      const expected = folderContents(undisturbed);
      assert.equal(Object.keys(stagingFilesIn(expected)).length === 0, set.isRemoved);
      // What comes after the naming is where a good result can be lost: all of that is tried.
      const named = calls.findIndex(({ name }) => name === 'rename' || name === 'link') + 1;
      assert.ok(named > 0);
      const faults = [...killsOf(calls), ...errorsOf(calls, ['EIO', 'EACCES', 'EROFS', 'ENOSPC'])];
      const tried = faults.filter(
        ({ kind, call }, index) =>
          isThorough ||
          index % trialStep(14, 7) === 0 ||
          (set.isRemoved && call >= named && (kind === 'kill-after' || kind === 'fail')),
      );
      for (const fault of tried) {
        const directory = place();
        await runProgramFaulted(program, args(directory), directory, fault);
        const again = await runInProcess(program, args(directory));
        const what = `${fault.kind} ${fault.code ?? ''} at call ${fault.call} (${calls[fault.call - 1]?.name})`;
        assert.equal(again.status, 0, `${what}: ${again.stderr}`);
        assert.deepEqual(folderContents(directory), expected, what);
      }
      assert.ok(tried.length >= trialCount(3, 2), `${tried.length} faults were tried`);
      assert.ok(existsSync(join(undisturbed, output)));
    });
  }
});

/** A finished recovery, and its set, in one folder. */
async function finished(t: Lifetime): Promise<{ directory: string; recording: string; movie: Buffer }> {
  const directory = scratchDirectory(t);
  sets[0]!.stage(directory);
  const recording = join(directory, 'rec.mp4');
  assert.equal((await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery', '--keep'])).status, 0);
  return { directory, recording, movie: readFileSync(recording) };
}

describe('a finished MP4 is not replaced by one made of less', () => {
  test('whatever is gone of the staging files, and is not removed where nobody began to remove them', async (t) => {
    const { directory, recording, movie } = await finished(t);
    for (const gone of ['.track1', '.track2', '.info']) {
      rmSync(recording + gone);
      const before = folderContents(directory);
      const { status, stderr } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
      assert.deepEqual([status, stderr], [0, ''], gone);
      assert.deepEqual(folderContents(directory), before, `without ${gone}`);
      assert.ok(readFileSync(recording).equals(movie));
    }
  });

  test('but by one that holds more of the media', async (t) => {
    const whole = await finished(t);
    const { directory, recording } = await finished(t);
    // Only the first half of the recording is in the MP4 that is there.
    const half = join(directory, 'half');
    mkdirSync(half);
    for (const name of readdirSync(directory)) if (name !== 'half') cpSync(join(directory, name), join(half, name));
    rmSync(join(half, 'rec.mp4'));
    const media = readFileSync(join(half, 'rec.mp4.mdat'));
    truncateSync(join(half, 'rec.mp4.mdat'), media.length >> 1);
    const halfPath = join(half, 'rec.mp4');
    assert.equal((await runInProcess('evo-mp4writer', [`-path=${halfPath}`, '--recovery', '--keep'])).status, 0);
    cpSync(halfPath, recording);
    rmSync(`${recording}.info`);
    const { status } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
    assert.equal(status, 0);
    assert.equal(readFileSync(recording).length > whole.movie.length / 2, true);
    assert.ok(readFileSync(recording).length > readFileSync(halfPath).length);
  });

  test('and --force makes it again', async (t) => {
    const { recording, movie } = await finished(t);
    rmSync(`${recording}.info`);
    rmSync(`${recording}.track2`);
    const { status } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery', '--force']);
    assert.equal(status, 0);
    assert.ok(!readFileSync(recording).equals(movie));
  });

  test('an MP4 of another recording is replaced', async (t) => {
    const other = await finished(t);
    const { recording } = await finished(t);
    const changed = Buffer.from(other.movie);
    const place = changed.length - 1000;
    changed[place] = changed[place]! ^ 1;
    writeFileSync(recording, changed);
    rmSync(`${recording}.track2`);
    const { status } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
    assert.equal(status, 0);
    assert.ok(!readFileSync(recording).equals(changed));
  });
});

test('a finished chunked recording is finished', async (t) => {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', 'chunked', directory);
  const path = join(directory, 'rec.mp4');
  assert.equal((await runInProcess('evo-mp4writer', [`-path=${path}`])).status, 0);
  const made = folderContents(directory);
  assert.ok(Object.keys(made).length > 1);
  const again = await runInProcess('evo-mp4writer', [`-path=${path}`]);
  assert.deepEqual([again.status, again.stderr], [0, '']);
  assert.deepEqual(folderContents(directory), made);
});
