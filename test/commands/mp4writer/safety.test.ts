/**
 * A recording is somebody's only copy: whatever happens to the programs while they work, the staging files are whole
 * until the MP4 is, nothing half-made is left, and a second run ends as if the first had never been. All of it is held
 * with the real programs on genuine recordings, damaged disks and killed processes included.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { after, describe, test } from 'node:test';
import { ByteWriter } from '../../../src/bytes/byte-sink.ts';
import { FileSink } from '../../../src/io/file-sink.ts';
import { readInfo, writeInfo, type StagingInfo, type TrackRecord } from '../../../src/staging/info.ts';
import { StagingWriter } from '../../support/staging-writer.ts';
import { noUnwritableDirectory, whileUnwritable } from '../../io/unwritable-directory.ts';
import { seededRandom } from '../../support/damage.ts';
import { copyStagingCase, stagingFixtures } from '../../support/fixtures.ts';
import {
  measureProgram,
  programPath,
  runInProcess,
  runProgram,
  startProgram,
  type ProgramName,
} from '../../support/programs.ts';
import { runProcess, type ProcessOptions, type ProcessResult } from '../../support/run-process.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { folderContents } from './folder-contents.ts';
import { trialCount, trialStep } from '../../support/trials.ts';

type Contents = Readonly<Record<string, string>>;

/** A working copy of a genuine set. */
interface StagedSet {
  readonly directory: string;
  /** The path the server knows the recording by. */
  readonly recording: string;
  /** What lay in the folder before any program ran there. */
  readonly before: Contents;
}

const suffixes = ['.info', '.mdat', '.track1', '.track2'] as const;
const fourBillion = 0xffffffff;

function stage(t: Lifetime, name = 'av-bframes'): StagedSet {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', name, directory);
  return { directory, recording: join(directory, 'rec.mp4'), before: folderContents(directory) };
}

/** The command lines by which each program makes an MP4 and removes the staging files. */
const commandLines: readonly { program: ProgramName; args: (recording: string) => string[]; failure: number }[] = [
  { program: 'evo-mp4writer', args: (recording) => [`-path=${recording}`], failure: 255 },
  { program: 'salvor', args: (recording) => ['mp4writer', recording, '--remove-staging', '--force'], failure: 1 },
];

function evo(recording: string, options?: ProcessOptions): Promise<ProcessResult> {
  return runProgram('evo-mp4writer', [`-path=${recording}`], options);
}

/** The same within this process, where that is not what is looked at. */
function evoHere(recording: string): Promise<ProcessResult> {
  return runInProcess('evo-mp4writer', [`-path=${recording}`]);
}

/** What an undisturbed run makes of a set. */
async function undisturbed(t: Lifetime, name?: string): Promise<Buffer> {
  const { directory, recording } = stage(t, name);
  assertDone(await evoHere(recording), directory);
  return readFileSync(recording);
}

function assertDone(result: ProcessResult, directory: string): void {
  assert.deepEqual([result.status, result.signal, result.stderr], [0, null, '']);
  assert.deepEqual(readdirSync(directory), ['rec.mp4'], 'nothing is left but the MP4');
}

/** Holds a failure to be one that helps: its exit code, one line that says what it must, no stack, nothing changed. */
function assertRefused(
  result: ProcessResult,
  set: Pick<StagedSet, 'directory' | 'before'>,
  expected: { status: number; says: readonly RegExp[] },
): void {
  const { stderr } = result;
  assert.deepEqual([result.status, result.signal], [expected.status, null], stderr);
  for (const says of expected.says) assert.match(stderr, says);
  assert.doesNotMatch(stderr, /this is a fault in|\n {4}at /);
  assert.equal(stderr.trim().split('\n').length, 1, stderr);
  assert.deepEqual(folderContents(set.directory), set.before, 'nothing was changed, added or removed');
}

/** Runs a program with something happening at one of its calls to the file system. */
function runWithFault(program: ProgramName, args: readonly string[], fault: string): Promise<ProcessResult> {
  const preload = pathToFileURL(join(import.meta.dirname, '../../io/fault-at-call.js')).href;
  return runProcess(process.execPath, ['--import', preload, programPath(program), ...args], {
    env: { SALVOR_FAULT: fault },
  });
}

/** Waits until something is so; false if the program ended before that. */
async function until(running: { readonly done: Promise<unknown> }, holds: () => boolean): Promise<boolean> {
  let ended = false;
  const note = (): void => void (ended = true);
  running.done.then(note, note);
  while (!holds()) {
    if (ended) return false;
    await sleep(1);
  }
  return true;
}

function temporaryIn(directory: string): string | undefined {
  return readdirSync(directory).find((name) => name.includes('.salvor-'));
}

/** Bytes of the temporary file in a directory; 0 where there is none. */
function temporarySize(directory: string): number {
  const name = temporaryIn(directory);
  return name === undefined ? 0 : (statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0);
}

describe('killed at any moment, a second run ends as if the first had never been', () => {
  // Both programs at every call, with and without an older MP4, are among the scenarios of faults/; here a process is really killed.
  test('before every third call that changes the file system, over an older MP4', async (t) => {
    const expected = await undisturbed(t);
    let kills = 0;
    for (let call = 1; ; call += trialStep(6, 3)) {
      const { directory, recording, before } = stage(t);
      writeFileSync(recording, 'an older MP4');
      const result = await runWithFault('evo-mp4writer', [`-path=${recording}`], `kill:${call}`);
      if (result.signal === null) {
        assert.equal(result.status, 0, result.stderr);
        break;
      }
      kills++;
      const inPlace = statSync(recording).size === expected.length;
      if (!inPlace) {
        const { 'rec.mp4': _, ...rest } = folderContents(directory);
        const staging = Object.entries(rest).filter(([name]) => !name.includes('.salvor-'));
        assert.deepEqual(Object.fromEntries(staging), before, 'the originals are whole until the result is in place');
        assert.equal(readFileSync(recording, 'utf8'), 'an older MP4');
      }
      assertDone(await evoHere(recording), directory);
      assert.ok(readFileSync(recording).equals(expected), `killed before call ${call}`);
    }
    assert.ok(kills >= trialCount(4, 2), `${kills} moments were tried`);
  });

  test('in the middle of removing the staging files, whichever are gone already', async (t) => {
    const expected = await undisturbed(t);
    for (const gone of [['.track1'], ['.track1', '.track2'], ['.track1', '.track2', '.mdat'], [...suffixes]]) {
      const { directory, recording } = stage(t);
      writeFileSync(recording, expected);
      for (const suffix of gone) rmSync(recording + suffix);
      assertDone(await evoHere(recording), directory);
      assert.ok(readFileSync(recording).equals(expected), 'the finished MP4 is left as it is');
    }
  });

  test('but a finished MP4 is no reason to remove staging files that it was not made of', async (t) => {
    const other = await undisturbed(t, 'winqt');
    const { directory, recording } = stage(t);
    writeFileSync(recording, other);
    rmSync(`${recording}.track1`);
    const before = folderContents(directory);
    const result = await evoHere(recording);
    assertRefused(result, { directory, before }, { status: 255, says: [/track1/] });
  });

  test('a damaged MP4 is no reason either', async (t) => {
    const expected = await undisturbed(t);
    for (const damaged of [
      expected.subarray(0, -1),
      expected.subarray(0, 1000),
      Buffer.alloc(0),
      Buffer.concat([expected, expected]),
    ]) {
      const { directory, recording } = stage(t);
      writeFileSync(recording, damaged);
      rmSync(`${recording}.track1`);
      const before = folderContents(directory);
      assertRefused(await evoHere(recording), { directory, before }, { status: 255, says: [/track1/] });
    }
  });

  test('SIGKILL at random moments of copying a large recording', { timeout: 900_000 }, async (t) => {
    const rounds = Math.max(3, Number(process.env['SALVOR_KILLS'] ?? 0));
    const scratch = scratchDirectory(t);
    const place = (): string => {
      const directory = join(scratch, 'work');
      rmSync(directory, { recursive: true, force: true });
      return stageLarge(directory);
    };
    const large = largeSet();
    const sizes = suffixes.map((suffix) => statSync(large + suffix).size);
    const reference = join(scratch, 'reference.mp4');
    const started = performance.now();
    assertDone(await evo(place()), join(scratch, 'work'));
    const duration = performance.now() - started;
    renameSync(join(scratch, 'work', 'rec.mp4'), reference);
    const random = seededRandom(Date.now());
    let interrupted = 0;
    for (let round = 0; round < rounds; round++) {
      const recording = place();
      const directory = dirname(recording);
      const delay = random.fraction() * duration * 1.1;
      const running = startProgram('evo-mp4writer', [`-path=${recording}`]);
      await sleep(delay);
      running.child.kill('SIGKILL');
      const { signal } = await running.done;
      if (signal === 'SIGKILL') interrupted++;
      if (!existsSync(recording)) {
        const left = suffixes.map((suffix) => statSync(recording + suffix).size);
        assert.deepEqual(left, sizes, `killed after ${delay} ms: the originals are whole`);
      }
      assertDone(await evo(recording), directory);
      const same = spawnSync('cmp', ['-s', recording, reference]).status === 0;
      assert.ok(same, `killed after ${delay} ms: the result is another than undisturbed`);
    }
    assert.ok(interrupted >= 1, `${interrupted} of ${rounds} runs were killed before their end`);
    assert.deepEqual(
      suffixes.map((suffix) => statSync(large + suffix).size),
      sizes,
    );
  });
});

/** Bytes of media of the large set: enough for a run to be met at any stage of its work. */
const largeMediaBytes = 120e6;

/** There until the last test has ended, whichever of them made the set. */
const largeDirectory = scratchDirectory({ after });

/** The path of the large recording, made when it is first asked for. Its files are not to be changed. */
function largeSet(): string {
  const large = join(largeDirectory, 'rec.mp4');
  if (!existsSync(`${large}.info`)) writeLargeSet(large, largeMediaBytes);
  return large;
}

/** A set of the large recording's files in a directory of its own, by hard links: removing them there does no harm. */
function stageLarge(directory: string): string {
  const large = largeSet();
  mkdirSync(directory, { recursive: true });
  const recording = join(directory, 'rec.mp4');
  for (const suffix of suffixes) linkSync(large + suffix, recording + suffix);
  return recording;
}

/** Writes the set of a long recording: the samples of a genuine one over and over, with times that go on. */
function writeLargeSet(large: string, mediaBytes: number): void {
  const [fixture] = stagingFixtures('clean', 'av-bframes');
  assert.ok(fixture !== undefined);
  const genuine = join(largeDirectory, 'genuine');
  copyStagingCase('clean', 'av-bframes', genuine);
  const read = readInfo(readFileSync(join(genuine, 'rec.mp4.info')));
  assert.ok('info' in read);
  const { info } = read;
  const mdat = readFileSync(join(genuine, 'rec.mp4.mdat'));
  const descriptors: number[] = [];
  const sinkOf = (suffix: string, offset = 0): FileSink => {
    const descriptor = openSync(large + suffix, existsSync(large + suffix) ? 'r+' : 'w');
    descriptors.push(descriptor);
    return new FileSink(descriptor, offset, (error) => error as Error);
  };
  const outputs = {
    info: sinkOf('.info'),
    media: sinkOf('.mdat', 16),
    mediaHeader: sinkOf('.mdat'),
    tracks: new Map([
      [1, sinkOf('.track1')],
      [2, sinkOf('.track2')],
    ]),
  };
  const writer = new StagingWriter(
    { audio: info.audio, video: info.video, winQtCompat: info.winQtCompat, creationTime: info.creationTime },
    outputs,
  );
  const { samples } = fixture.truth;
  const length = Math.max(...samples.map(({ dtsTicks }) => dtsTicks)) + 40;
  for (let round = 0; writer.mediaBytes < mediaBytes; round++) {
    for (const { track, offset, size, dtsTicks, ctsTicks, sync } of samples) {
      const decodeTime = dtsTicks + round * length;
      writer.add({ kind: track, decodeTime, compositionOffset: ctsTicks, sync }, mdat.subarray(offset, offset + size));
    }
  }
  writer.close();
  for (const sink of [outputs.info, outputs.media, outputs.mediaHeader, ...outputs.tracks.values()]) sink.flush();
  for (const descriptor of descriptors) closeSync(descriptor);
}

/** A call that failed after the MP4 was in place: it stays, and what could not be done with the rest is said. */
function assertMadeButNotRemoved(result: ProcessResult, recording: string, expected: Buffer): void {
  assert.ok(readFileSync(recording).equals(expected));
  assert.doesNotMatch(result.stderr, /nothing was changed|this is a fault in|\n {4}at /);
  assert.match(result.stderr, /could not be removed|could not be brought to the disk/);
}

describe('a disk that refuses', () => {
  // Of every kind of error at every call, and what is said of it, see the scenarios of faults/.
  test('a full disk at every third call that writes leaves everything as it was, or the MP4 whole', async (t) => {
    const expected = await undisturbed(t);
    let refused = 0;
    for (let call = 1; ; call += trialStep(6, 3)) {
      const { directory, recording, before } = stage(t);
      const result = await runWithFault('evo-mp4writer', [`-path=${recording}`], `ENOSPC:${call}`);
      if (result.extra.split('\n').length - 1 < call) break;
      assert.doesNotMatch(result.stderr, /this is a fault in|\n {4}at /);
      if (existsSync(recording) && result.status === 0) {
        assert.ok(readFileSync(recording).equals(expected));
        assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      } else if (existsSync(recording)) {
        assertMadeButNotRemoved(result, recording, expected);
      } else {
        refused++;
        const says = [/rec\.mp4: .*; nothing was changed; /];
        assertRefused(result, { directory, before }, { status: 255, says });
      }
    }
    assert.ok(refused >= trialCount(2, 2), `${refused} calls were refused`);
  });

  test('an input that cannot be read, at every second call, leaves everything as it was, or the MP4 whole', async (t) => {
    const expected = await undisturbed(t);
    for (let call = 1; ; call += trialStep(6, 2)) {
      const { directory, recording, before } = stage(t);
      const result = await runWithFault('evo-mp4writer', [`-path=${recording}`], `read-EIO:${call}`);
      if (result.extra.split('\n').length - 1 < call) break;
      const refusal = { status: 255, says: [/could not read it \(input\/output error\)/] };
      if (result.status === 0) assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      else if (existsSync(recording)) assertMadeButNotRemoved(result, recording, expected);
      else assertRefused(result, { directory, before }, refusal);
    }
  });

  const full = [/rec\.mp4: the disk is full; nothing was changed; free space there/];

  test('a real file system that is too small: exit 255, no partial file, originals intact', async (t) => {
    const set = stage(t);
    const staging = Object.keys(set.before).map((name) => statSync(join(set.directory, name)).size);
    const kibibytes = Math.ceil(staging.reduce((sum, size) => sum + Math.ceil(size / 4096) * 4, 0)) + 100;
    const result = await runOnSmallDisk(t, set, `mount -t tmpfs -o size=${kibibytes}k tmpfs "$DISK"`);
    if (result === undefined) return t.skip('no file system can be mounted here (unshare, mount)');
    assertSmallDisk(result, set, full);
    return undefined;
  });

  test('a small ext4 as well, which promises blocks before it has them', async (t) => {
    const set = stage(t);
    const image = join(scratchDirectory(t), 'disk.img');
    writeFileSync(image, '');
    truncateSync(image, 2 * 1024 * 1024);
    if (spawnSync('mkfs.ext4', ['-q', '-m', '0', '-O', '^has_journal', image]).status !== 0) {
      return t.skip('there is no mkfs.ext4 here');
    }
    const fill =
      'dd if=/dev/zero of="$DISK/filler" bs=1k count=$(($(df -Pk "$DISK" | awk \'END { print $4 }\') - 400)) 2>/dev/null';
    const result = await runOnSmallDisk(t, set, `mount -o loop "${image}" "$DISK" && ${fill}`);
    if (result === undefined) return t.skip('no image can be mounted here (only root may, and not everywhere)');
    assertSmallDisk(result, set, full);
    return undefined;
  });

  test('a file system that is read-only', async (t) => {
    const set = stage(t);
    const result = await runOnSmallDisk(t, set, 'mount -t tmpfs tmpfs "$DISK"', 'mount -o remount,ro "$DISK"');
    if (result === undefined) return t.skip('no file system can be mounted here (unshare, mount)');
    assertSmallDisk(result, set, [/the file system is read-only; nothing was changed; write elsewhere/]);
    return undefined;
  });

  test('a limit on the size of files ends in a message, not in the death of the process', async (t) => {
    for (const { program, args, failure } of commandLines) {
      for (const blocks of [0, 1, 100, 400]) {
        const set = stage(t);
        const command = [process.execPath, programPath(program), ...args(set.recording)];
        const result = await runProcess('sh', ['-c', `ulimit -f ${blocks}; exec "$@"`, 'sh', ...command]);
        assertRefused(result, set, { status: failure, says: [/rec\.mp4: .*larger than the system allows.*ulimit -f/] });
      }
    }
  });
});

/**
 * Runs evo-mp4writer on a copy of a set on a file system of its own, in a mount namespace that ends with it. Undefined
 * where that cannot be done. `then` is done between copying and running.
 */
async function runOnSmallDisk(
  t: Lifetime,
  set: StagedSet,
  mount: string,
  then = 'true',
): Promise<(ProcessResult & { readonly listing: string }) | undefined> {
  const scratch = scratchDirectory(t);
  const disk = join(scratch, 'disk');
  mkdirSync(disk);
  const script = `
    ${mount} || exit 77
    cp "$SET"/* "$DISK" || exit 77
    ls -A "$DISK" > "$SCRATCH/before"
    ${then} || exit 77
    "$NODE" "$PROGRAM" -path="$DISK/rec.mp4"
    code=$?
    ls -A "$DISK" > "$SCRATCH/after"
    for file in "$SET"/*; do cmp "$file" "$DISK/$(basename "$file")" >> "$SCRATCH/after" 2>&1; done
    exit $code`;
  const env = {
    DISK: disk,
    SET: set.directory,
    SCRATCH: scratch,
    NODE: process.execPath,
    PROGRAM: programPath('evo-mp4writer'),
  };
  const namespaces = process.getuid?.() === 0 ? ['-m'] : ['-r', '-m'];
  const result = await runProcess('unshare', [...namespaces, 'sh', '-c', script], { env }).catch(() => undefined);
  if (result === undefined || !existsSync(join(scratch, 'after'))) return undefined;
  assert.deepEqual(readFileSync(join(scratch, 'after'), 'utf8'), readFileSync(join(scratch, 'before'), 'utf8'));
  return { ...result, listing: readFileSync(join(scratch, 'after'), 'utf8') };
}

/** The originals of a small disk were compared where they lie; here the rest is held. */
function assertSmallDisk(result: ProcessResult & { listing: string }, set: StagedSet, says: readonly RegExp[]): void {
  assertRefused(result, set, { status: 255, says });
  for (const name of Object.keys(set.before)) assert.ok(result.listing.includes(name), `${name} is on the disk`);
}

describe('a target that cannot be', () => {
  test('a directory that takes no changes', { skip: noUnwritableDirectory ?? false }, async (t) => {
    for (const { program, args, failure } of commandLines) {
      const set = stage(t);
      await whileUnwritable(set.directory, async () => {
        const result = await runInProcess(program, args(set.recording));
        assertRefused(result, set, {
          status: failure,
          says: [/rec\.mp4: permission to write there is denied; nothing was changed; /],
        });
      });
    }
  });

  test('a directory of the name of the MP4', async (t) => {
    for (const { program, args, failure } of commandLines) {
      const set = stage(t);
      mkdirSync(set.recording);
      const before = folderContents(set.directory);
      const result = await runInProcess(program, args(set.recording));
      assertRefused(
        result,
        { ...set, before },
        { status: failure, says: [/rec\.mp4: the target is a directory; give the name of a file/] },
      );
    }
  });

  test('a link to nothing', async (t) => {
    const set = stage(t);
    symlinkSync('/nonexistent/rec.mp4', set.recording);
    const result = await evoHere(set.recording);
    assert.equal(result.status, 255);
    assert.match(result.stderr, /rec\.mp4: the target is a symbolic link to something that does not exist/);
    rmSync(set.recording);
    assert.deepEqual(folderContents(set.directory), set.before);
  });

  test('an existing MP4, unless replacing is asked for', async (t) => {
    const set = stage(t);
    writeFileSync(set.recording, 'an older MP4');
    const before = folderContents(set.directory);
    const result = await runInProcess('salvor', ['mp4writer', set.recording, '--remove-staging']);
    assertRefused(result, { ...set, before }, { status: 1, says: [/rec\.mp4: the file exists already; use --force/] });
  });

  test(
    'staging files that cannot be removed: the MP4 is there, and that is said',
    { skip: noUnwritableDirectory ?? false },
    async (t) => {
      if (process.getuid?.() !== 0) return t.skip('only for root can a single file be made to stay');
      const expected = await undisturbed(t);
      const { directory, recording } = stage(t);
      await whileUnwritable(`${recording}.mdat`, async () => {
        const result = await evoHere(recording);
        assert.equal(result.status, 255);
        assert.match(
          result.stderr,
          /rec\.mp4\.mdat: is no longer needed but could not be removed: permission is denied; remove it by hand/,
        );
        assert.ok(readFileSync(recording).equals(expected));
      });
      assertDone(await evoHere(recording), directory);
      assert.ok(readFileSync(recording).equals(expected));
      return undefined;
    },
  );
});

describe('a set that contradicts itself is refused with what is wrong, where, and what to do', () => {
  /** Refused by both programs alike; the advice is what the plain command can give. */
  async function assertBothRefuse(
    t: Lifetime,
    change: (recording: string) => void,
    says: readonly RegExp[],
    name?: string,
  ): Promise<void> {
    for (const { program, args, failure } of commandLines) {
      const { directory, recording } = stage(t, name);
      change(recording);
      const before = folderContents(directory);
      const result = await runInProcess(program, args(recording));
      assertRefused(result, { directory, before }, { status: failure, says });
    }
  }

  for (const [what, length] of [
    ['one byte short', -1],
    ['cut in the middle of a sample', 100_000],
    ['nothing but its header', 16],
    ['nothing but half of its header', 12],
    ['empty', 0],
  ] as const) {
    test(`.mdat is ${what}`, async (t) => {
      const cut = (recording: string): void => {
        const path = `${recording}.mdat`;
        truncateSync(path, length < 0 ? statSync(path).size + length : length);
      };
      await assertBothRefuse(t, cut, [/rec\.mp4\.mdat/, /--recovery/]);
    });
  }

  test('.mdat is longer than the index', async (t) => {
    await assertBothRefuse(t, (recording) => writeFileSync(`${recording}.mdat`, 'more', { flag: 'a' }), [
      /rec\.mp4\.mdat/,
      /4 bytes/,
      /--recovery/,
    ]);
  });

  for (const suffix of suffixes) {
    test(`${suffix} is missing`, async (t) => {
      await assertBothRefuse(t, (recording) => rmSync(recording + suffix), [
        new RegExp(`rec\\.mp4|${suffix}`),
        new RegExp(`\\${suffix}`),
        suffix === '.mdat' ? /look for it elsewhere/ : /--recovery/,
      ]);
    });

    test(`${suffix} is a directory`, async (t) => {
      const replace = (recording: string): void => {
        rmSync(recording + suffix);
        mkdirSync(recording + suffix);
      };
      await assertBothRefuse(t, replace, [new RegExp(`rec\\.mp4\\${suffix}: is a directory, expected a file`)]);
    });

    test(`${suffix} is empty`, async (t) => {
      await assertBothRefuse(t, (recording) => truncateSync(recording + suffix, 0), [
        new RegExp(`rec\\.mp4\\${suffix}`),
        /--recovery/,
      ]);
    });
  }

  test('no set and no MP4 of that name at all', async (t) => {
    for (const { program, args, failure } of commandLines) {
      const directory = scratchDirectory(t);
      const result = await runInProcess(program, args(join(directory, 'rec.mp4')));
      assertRefused(
        result,
        { directory, before: {} },
        { status: failure, says: [/no staging files: expected .*rec\.mp4\.info/] },
      );
    }
  });

  type Change = (info: StagingInfo) => StagingInfo;
  const inRecord =
    (kind: 'audio' | 'video', change: (record: TrackRecord) => Partial<TrackRecord>): Change =>
    (info) => ({ ...info, [kind]: { ...info[kind]!, ...change(info[kind]!) } });
  const both = (name: string, change: (record: TrackRecord) => Partial<TrackRecord>): [string, Change][] =>
    (['audio', 'video'] as const).map((kind) => [`${name} of the ${kind} track`, inRecord(kind, change)]);
  const changes: readonly [string, Change][] = [
    ['key frames', (info) => ({ ...info, keyFrames: { ...info.keyFrames!, count: fourBillion } })],
    ['key frames, a multiple of 1024,', (info) => ({ ...info, keyFrames: { ...info.keyFrames!, count: 0xfffffc00 } })],
    ['bytes of media', (info) => ({ ...info, mediaBytes: fourBillion })],
    ...both('samples', () => ({ sampleCount: fourBillion })),
    ...both('sizes', () => ({ sizeOrCount: fourBillion })),
    ...both('runs of durations', () => ({ durationRuns: fourBillion })),
    ...both('samples in the last run of durations', ({ lastDurationRun }) => ({
      lastDurationRun: { ...lastDurationRun, count: fourBillion },
    })),
    ['runs of composition offsets', inRecord('video', () => ({ compositionRuns: fourBillion }))],
    [
      'samples in the last run of composition offsets',
      inRecord('video', ({ lastCompositionRun }) => ({
        lastCompositionRun: { ...lastCompositionRun, count: fourBillion },
      })),
    ],
  ];

  for (const [what, change] of changes) {
    test(`four billion ${what} in .info`, async (t) => {
      const rewrite = (recording: string): void => {
        const read = readInfo(readFileSync(`${recording}.info`));
        assert.ok('info' in read);
        const writer = new ByteWriter();
        writeInfo(change(read.info), writer);
        writeFileSync(`${recording}.info`, writer.toBytes());
      };
      await assertBothRefuse(t, rewrite, [/rec\.mp4\.(?:info|mdat|track[12])/, /--recovery/]);
    });
  }

  for (const kind of ['audio', 'video'] as const) {
    test(`four billion bytes of configuration of the ${kind} track in .info`, async (t) => {
      const rewrite = (recording: string): void => {
        const bytes = readFileSync(`${recording}.info`);
        const read = readInfo(bytes);
        assert.ok('info' in read);
        // The length stands before the configuration.
        bytes.writeUInt32BE(fourBillion, bytes.indexOf(read.info[kind]!.configuration) - 4);
        writeFileSync(`${recording}.info`, bytes);
      };
      await assertBothRefuse(t, rewrite, [/rec\.mp4\.info/, /--recovery/]);
    });
  }

  test('claims of any size take no memory', async (t) => {
    const recordings: string[] = [];
    const changed = (change: (recording: string) => void): void => {
      const { recording } = stage(t);
      change(recording);
      recordings.push(recording);
    };
    const grow = (path: string): void => truncateSync(path, 1e9); // a hole, not real bytes
    for (const suffix of ['.info', '.mdat']) changed((recording) => grow(recording + suffix));
    changed((recording) => {
      // As if an earlier run had been stopped while it removed the files.
      rmSync(`${recording}.track1`);
      grow(`${recording}.info`);
      writeFileSync(recording, 'an older MP4');
    });
    for (const recording of recordings) {
      const result = await measureProgram('evo-mp4writer', [`-path=${recording}`]);
      assert.equal(result.status, 255, result.stderr);
      assert.doesNotMatch(result.stderr, /this is a fault in/);
      assert.ok((result.peakMemoryBytes ?? Infinity) < 150e6, `${result.peakMemoryBytes} bytes for ${recording}`);
    }
  });
});

describe('asked to stop', () => {
  // Every verb and mode with each of the signals: test/commands/signals.test.ts.
  const [evoLine, salvorLine] = commandLines;
  for (const [signal, number, { program, args }] of [
    ['SIGINT', 2, evoLine!],
    ['SIGTERM', 15, salvorLine!],
    ['SIGHUP', 1, evoLine!],
  ] as const) {
    test(`${signal} in the middle of copying, ${program}: nothing is left, nothing is changed`, async (t) => {
      const large = stageLarge(scratchDirectory(t));
      const directory = dirname(large);
      const before = readdirSync(directory);
      const running = startProgram(program, args(large));
      assert.ok(await until(running, () => temporarySize(directory) > 1e6));
      running.child.kill(signal);
      const result = await running.done;
      assert.deepEqual([result.status, result.signal], [128 + number, null], result.stderr);
      assert.match(result.stderr, /interrupted; nothing was changed/);
      assert.deepEqual(readdirSync(directory), before);
      assertDone(await evo(large), directory);
    });
  }

  test('a recording that is cut short while it is copied is refused, and nothing half-made is left', async (t) => {
    const large = stageLarge(scratchDirectory(t));
    const directory = dirname(large);
    rmSync(`${large}.mdat`); // only a link to what the other tests use
    copyFileSync(`${largeSet()}.mdat`, `${large}.mdat`);
    const before = readdirSync(directory);
    const running = startProgram('evo-mp4writer', [`-path=${large}`]);
    assert.ok(await until(running, () => temporarySize(directory) > 1e6));
    truncateSync(`${large}.mdat`, 60e6);
    const result = await running.done;
    assert.equal(result.status, 255);
    assert.match(result.stderr, /rec\.mp4\.mdat( at byte 60000000: the file ends before|: is still being written)/);
    assert.deepEqual(readdirSync(directory), before);
  });

  test('a recording that goes on while it is copied is busy, and goes on undisturbed', async (t) => {
    const large = stageLarge(scratchDirectory(t));
    const directory = dirname(large);
    rmSync(`${large}.mdat`); // only a link to what the other tests use
    copyFileSync(`${largeSet()}.mdat`, `${large}.mdat`);
    const before = readdirSync(directory);
    const running = startProgram('evo-mp4writer', [`-path=${large}`]);
    assert.ok(await until(running, () => temporarySize(directory) > 1e6));
    writeFileSync(`${large}.mdat`, 'the next samples', { flag: 'a' });
    const result = await running.done;
    assert.equal(result.status, 255);
    assert.match(result.stderr, /rec\.mp4\.mdat: is still being written; nothing was changed; wait until/);
    assert.deepEqual(readdirSync(directory), before);
  });

  test('staging files that vanish while they are copied do no harm: what was opened is finished', async (t) => {
    const large = stageLarge(scratchDirectory(t));
    const directory = dirname(large);
    const running = startProgram('evo-mp4writer', [`-path=${large}`]);
    assert.ok(await until(running, () => temporarySize(directory) > 1e6));
    for (const suffix of suffixes) rmSync(large + suffix);
    assertDone(await running.done, directory);
    assert.ok(statSync(large).size > largeMediaBytes);
  });
});

describe('two runs at once on one set', () => {
  test('one of them makes it, or both say busy; the result is never damaged', async (t) => {
    const expected = await undisturbed(t);
    const random = seededRandom(7);
    for (let round = 0; round < 4; round++) {
      const { directory, recording, before } = stage(t);
      const first = evo(recording);
      await sleep(random.fraction() * 60);
      const results = await Promise.all([first, evo(recording)]);
      for (const { status, stderr } of results) {
        assert.doesNotMatch(stderr, /this is a fault in/);
        assert.ok(status === 0 || status === 255, stderr);
      }
      if (results.some(({ status }) => status === 0)) {
        assert.ok(readFileSync(recording).equals(expected));
        assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      } else {
        assert.deepEqual(folderContents(directory), before);
        assertDone(await evoHere(recording), directory);
      }
    }
  });

  test('while one copies, another says that it is busy, and by whom', async (t) => {
    const large = stageLarge(scratchDirectory(t));
    const directory = dirname(large);
    const running = startProgram('evo-mp4writer', [`-path=${large}`]);
    assert.ok(await until(running, () => temporarySize(directory) > 1e6));
    const other = startProgram('salvor', ['mp4writer', large]);
    // The first is held, so that the second meets it at work.
    running.child.kill('SIGSTOP');
    const result = await other.done;
    running.child.kill('SIGCONT');
    assert.equal(result.status, 75, result.stderr);
    assert.match(
      result.stderr,
      new RegExp(`rec\\.mp4: another run \\(process ${running.child.pid}\\) is writing this file; wait for it to end`),
    );
    assertDone(await running.done, directory);
  });

  test('a run into another directory is no business of the first', async (t) => {
    const { recording } = stage(t);
    const elsewhere = scratchDirectory(t);
    const results = await Promise.all([
      runProgram('salvor', ['mp4writer', recording, '-q']),
      runProgram('salvor', ['mp4writer', recording, '-q', '-o', `${elsewhere}/`]),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      [0, 0],
    );
    assert.ok(readFileSync(recording).equals(readFileSync(join(elsewhere, 'rec.mp4'))));
  });
});

describe('nobody listening', () => {
  /** Runs a command line of a shell, in which $NODE and the programs' paths stand for themselves. */
  function shell(script: string, recording: string): Promise<ProcessResult> {
    const env = {
      NODE: process.execPath,
      SALVOR: programPath('salvor'),
      EVO: programPath('evo-mp4writer'),
      REC: recording,
    };
    return runProcess('sh', ['-c', script], { env });
  }

  for (const [what, script] of [
    [
      'salvor, its reader gone',
      '(sleep 0.2; "$NODE" "$SALVOR" mp4writer "$REC" -v --remove-staging; echo $? >&3) | true',
    ],
    [
      'salvor --json, its reader gone',
      '(sleep 0.2; "$NODE" "$SALVOR" mp4writer "$REC" --json --remove-staging; echo $? >&3) | true',
    ],
    [
      'salvor, both readers gone',
      '(sleep 0.2; "$NODE" "$SALVOR" mp4writer "$REC" -v --remove-staging 2>&1; echo $? >&3) | true',
    ],
    [
      'evo-mp4writer, its reader gone',
      '(sleep 0.2; "$NODE" "$EVO" -path="$REC" --verbose extra 2>&1; echo $? >&3) | true',
    ],
    [
      'salvor with no output at all',
      '"$NODE" "$SALVOR" mp4writer "$REC" -v --remove-staging <&- >&- 2>&-; echo $? >&3',
    ],
    ['evo-mp4writer with no output at all', '"$NODE" "$EVO" -path="$REC" --verbose extra <&- >&- 2>&-; echo $? >&3'],
  ] as const) {
    test(`${what}: the MP4 is made all the same`, async (t) => {
      const expected = await undisturbed(t);
      const { directory, recording } = stage(t);
      const result = await shell(script, recording);
      assert.equal(result.extra.trim(), '0', result.stderr);
      assert.doesNotMatch(result.stderr, /\n {4}at |Error:/);
      assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      assert.ok(readFileSync(recording).equals(expected), 'no message of ours got into the MP4');
    });
  }

  for (const [program, script] of [
    ['salvor', '"$NODE" "$SALVOR" mp4writer "$REC" -v --remove-staging >/dev/full; echo $? >&3'],
    ['evo-mp4writer', '"$NODE" "$EVO" -path="$REC" --verbose extra 2>/dev/full; echo $? >&3'],
  ] as const) {
    test(`${program} with its log on a full disk: the MP4 is made, and no stack is shown`, async (t) => {
      const expected = await undisturbed(t);
      const { directory, recording } = stage(t);
      const result = await shell(script, recording);
      assert.doesNotMatch(result.stderr, /\n {4}at |Error:/);
      assert.deepEqual(readdirSync(directory), ['rec.mp4']);
      assert.ok(readFileSync(recording).equals(expected));
      // What was asked for is done; that it could not be told may be a failure, but one with a code of the program's own.
      assert.match(result.extra.trim(), program === 'salvor' ? /^[01]$/ : /^(?:0|255)$/);
    });
  }

  for (const words of [
    '"$SALVOR" --version',
    '"$EVO" --version',
    '"$SALVOR" --help',
    '"$EVO" --help',
    '"$SALVOR" mp4writer --help',
  ]) {
    test(`${words.replaceAll(/["$]/g, '').toLowerCase()}, its reader gone: no stack is shown`, async () => {
      const result = await shell(`(sleep 0.2; "$NODE" ${words}; echo $? >&3) | true`, '');
      assert.equal(result.stderr, '');
      assert.equal(result.extra.trim(), '0');
    });
  }
});
