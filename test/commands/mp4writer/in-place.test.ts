/**
 * mp4writer --in-place: the media file becomes the MP4, with the packets that ffprobe finds in one made as usual. What may not
 * be written to is not. Where no kill leaves half of anything: test/faults/in-place.test.ts.
 */
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { RecordingReport } from '../../../src/media/report.ts';
import { copyStagingCase, type StagingFixture } from '../../support/fixtures.ts';
import { decode, needs, probe, probePackets, runJudge } from '../../support/judges.ts';
import { programPath, runInProcess } from '../../support/programs.ts';
import { runProcess } from '../../support/run-process.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { folderContents } from './folder-contents.ts';
import { memoryDirectory } from './recovered-set.ts';
import { makeSparseSet, pictureLength, pictures } from './sparse-set.ts';

interface Staged {
  readonly directory: string;
  readonly recording: string;
}

/** Where the media can get room in front, if the file system of the tests offers that; and where it cannot, in memory. */
const places = { disk: scratchDirectory, memory: memoryDirectory };

function stage(t: Lifetime, group: StagingFixture['group'], name: string, place: keyof typeof places = 'disk'): Staged {
  const directory = places[place](t);
  copyStagingCase(group, name, directory);
  return { directory, recording: join(directory, 'rec.mp4') };
}

function combine(recording: string, ...options: readonly string[]): ReturnType<typeof runInProcess> {
  return runInProcess('salvor', ['mp4writer', recording, ...options]);
}

function reportIn(json: string): RecordingReport {
  return (JSON.parse(json) as { recordings: [RecordingReport] }).recordings[0];
}

/** What ffprobe hands out, without where it lies. */
async function packetsOf(path: string): Promise<unknown[]> {
  const packets = await probePackets(path, { asStored: true });
  return packets
    .map((packet) => ({ ...packet, offset: undefined }))
    .sort((a, b) => a.stream - b.stream || (a.dtsTicks ?? 0) - (b.dtsTicks ?? 0));
}

/** Sets, and what is done to them before. */
const sets: readonly (readonly [StagingFixture['group'], string, ((recording: string) => void)?])[] = [
  ['clean', 'av-bframes'],
  ['clean', 'winqt'],
  ['clean', 'audio-only'],
  ['clean', 'negative-cts-rtmp'],
  ['crashed', 'b-08.70s'],
  ['clean', 'short-1s', (recording) => ['.track1', '.track2'].forEach((suffix) => rmSync(recording + suffix))],
  // A hole at the beginning: the first samples are lost, and the header lies in it.
  ['clean', 'av-bframes', (recording) => fill(recording, 0, 5000)],
  ['clean', 'av-bframes', (recording) => fill(recording, 60_000, 80_000)],
];

function fill(recording: string, from: number, to: number): void {
  const bytes = readFileSync(`${recording}.mdat`);
  writeFileSync(`${recording}.mdat`, bytes.fill(0, from, to));
}

describe('made in place', () => {
  for (const [group, name, change] of sets) {
    const options = group === 'crashed' || change !== undefined ? ['--recovery'] : [];
    const what = change === undefined ? name : `${name}, ${String(change).slice(15)}`;
    for (const place of ['disk', 'memory'] as const) {
      test(`${what}, ${place}`, needs('ffprobe', 'ffmpeg'), async (t) => {
        const { directory, recording } = stage(t, group, name, place);
        change?.(recording);
        const usual = join(directory, 'usual.mp4');
        const [first, elsewhere] = [
          await combine(recording, ...options, '-o', usual, '--json'),
          folderContents(directory),
        ];
        assert.equal(first.status, 0, first.stderr);
        const bytes = statSync(`${recording}.mdat`).size;
        const inode = statSync(`${recording}.mdat`).ino;

        const plan = await combine(recording, ...options, '--in-place', '-n', '--json');
        assert.deepEqual(folderContents(directory), elsewhere);
        const result = await combine(recording, ...options, '--in-place', '--json');
        assert.equal(result.status, 0, result.stderr);
        const [planned, made] = [reportIn(plan.stdout), reportIn(result.stdout)];
        assert.equal(planned.outcome, 'would-make');
        assert.equal(made.outcome, 'made');
        assert.deepEqual(planned.inPlace, made.inPlace);
        assert.deepEqual(made.tracks, reportIn(first.stdout).tracks);
        assert.equal(made.output?.bytes, statSync(recording).size);
        const isMedia = (path: string): boolean => path.endsWith('.mdat');
        assert.deepEqual(
          made.inputs.map(({ path, fate }) => [isMedia(path), fate]),
          made.inputs.map(({ path }) => [isMedia(path), isMedia(path) ? 'patched' : 'kept']),
        );
        assert.ok(made.findings.some(({ code }) => code === 'staging-made-in-place'));

        assert.equal(statSync(recording).ino, inode, 'it is the very file');
        assert.ok(!existsSync(`${recording}.mdat`));
        assert.ok(!readdirSync(directory).some((file) => file.includes('.salvor-')));
        assert.ok(statSync(recording).size > bytes, 'no byte of it is cut off');
        assert.deepEqual(await packetsOf(recording), await packetsOf(usual));
        if (place === 'disk') assert.deepEqual(await decode(recording), await decode(usual));
        if (
          made.inPlace!.index === 'front' &&
          made.tracks.every(({ lost }) => lost.samples === 0) &&
          group === 'clean'
        ) {
          assert.ok(readFileSync(recording).equals(readFileSync(usual)));
        }
        if (place === 'memory') assert.equal(made.inPlace!.index, 'behind');
        // Its own verbs find nothing to complain of, and the same again has nothing to do.
        const probed = await runInProcess('salvor', ['probe', recording]);
        assert.match(probed.stdout, /rec\.mp4 {2}complete/);
        const after = folderContents(directory);
        for (const again of [['--in-place'], [], ['--in-place', '--force']]) {
          const second = await combine(recording, ...options, ...again);
          if (again.length === 1 || change === undefined) {
            assert.equal(second.status, 0, second.stderr);
            assert.match(second.stdout, /was finished by an earlier run/);
          }
          assert.deepEqual(folderContents(directory), after);
        }
      });
    }
  }

  test('with --remove-staging nothing else is left, and without .info in one part neither', async (t) => {
    for (const [group, name, options] of [
      ['clean', 'chunked', []],
      ['crashed', 'd-flush2-op06', ['--recovery']],
    ] as const) {
      const { directory, recording } = stage(t, group, name);
      const result = await combine(recording, '--in-place', '--remove-staging', ...options);
      assert.equal(result.status, 0, result.stderr);
      assert.ok(
        readdirSync(directory).every((file) => file.endsWith('.mp4')),
        readdirSync(directory).join(),
      );
      const again = await combine(recording, '--in-place', '--remove-staging', ...options);
      assert.equal(again.status, 0, again.stderr);
    }
  });

  for (const place of ['disk', 'memory'] as const) {
    test(`media of more than 4 GiB, most of it holes, ${place}`, needs('ffprobe'), async (t) => {
      const { recording } = stage(t, 'clean', 'video-only', place);
      const first = 5000;
      makeSparseSet(recording, recording, first);
      const bytes = statSync(`${recording}.mdat`).size;
      const result = await combine(recording, '--in-place', '--json');
      assert.equal(result.status, 0, result.stderr);
      const { inPlace, findings } = reportIn(result.stdout);
      assert.ok(inPlace!.writtenBytes < 10_000, JSON.stringify(inPlace));
      assert.ok(findings.some(({ code }) => code === 'beyond-32-bits'));
      const { streams } = await probe(recording);
      assert.deepEqual([streams.length, streams[0]!.nb_frames], [1, String(pictures)]);
      // All of it would be read otherwise.
      const args = ['-v', 'error', '-read_intervals', '%+#2', '-show_entries', 'packet=pos,size', '-of', 'csv=p=0'];
      const { stdout } = await runJudge('ffprobe', [...args, recording]);
      const found = stdout.split('\n').slice(0, 2);
      const isMoved = inPlace!.index === 'behind';
      const start = isMoved ? 16 : inPlace!.writtenBytes;
      const packets = [
        [first, isMoved ? bytes : start],
        [pictureLength, start + first],
      ];
      assert.deepEqual(
        found.map((line) => line.split(',').map(Number)),
        packets,
      );
      assert.ok(bytes > 2 ** 32);
      const [file, head] = [openSync(recording, 'r'), Buffer.alloc(6)];
      t.after(() => closeSync(file));
      for (const [number, [size, offset]] of packets.entries()) {
        readSync(file, head, 0, head.length, offset!);
        assert.deepEqual([head.readUInt32BE(), head[5]! - 0x80], [size! - 4, number]);
      }
    });
  }
});

describe('not made in place', () => {
  /** What is refused leaves all as it was, and says why. */
  async function assertRefused(
    staged: Staged,
    status: number,
    says: RegExp,
    ...options: readonly string[]
  ): Promise<void> {
    const before = folderContents(staged.directory);
    const result = await combine(staged.recording, '--in-place', ...options);
    assert.equal(result.status, status, result.stderr);
    assert.match(result.stderr, says);
    assert.deepEqual(folderContents(staged.directory), before);
  }

  test('elsewhere', async (t) => {
    await assertRefused(stage(t, 'clean', 'short-1s'), 2, /--in-place .* --output/, '-o', '/tmp/out.mp4');
  });

  test('where a file of that name is there; with --force it is replaced', async (t) => {
    const staged = stage(t, 'clean', 'short-1s');
    writeFileSync(staged.recording, 'an older file');
    await assertRefused(staged, 1, /the file exists already; use --force/);
    const forced = await combine(staged.recording, '--in-place', '--force');
    assert.equal(forced.status, 0, forced.stderr);
    assert.ok(statSync(staged.recording).size > 1000);
  });

  test('where the usual result is there, it is left, and the media too', async (t) => {
    const { directory, recording } = stage(t, 'clean', 'short-1s');
    assert.equal((await combine(recording)).status, 0);
    const before = folderContents(directory);
    const again = await combine(recording, '--in-place');
    assert.match(again.stdout, /was finished by an earlier run/);
    assert.deepEqual(folderContents(directory), before);
  });

  test('a set that needs --recovery, without it', async (t) => {
    await assertRefused(stage(t, 'crashed', 'b-08.70s'), 1, /--recovery/);
  });

  test('media with another name', async (t) => {
    const staged = stage(t, 'clean', 'short-1s');
    linkSync(`${staged.recording}.mdat`, join(staged.directory, 'kept'));
    await assertRefused(staged, 1, /hard link.*nothing was changed/);
    const other = stage(t, 'clean', 'short-1s');
    renameSync(`${other.recording}.mdat`, join(other.directory, 'kept'));
    symlinkSync('kept', `${other.recording}.mdat`);
    await assertRefused(other, 1, /symbolic link.*nothing was changed/);
  });

  test('what an earlier run has left is named by any run, and not taken for media', async (t) => {
    const { directory, recording } = stage(t, 'clean', 'short-1s');
    const aside = join(directory, 'aside');
    copyStagingCase('clean', 'short-1s', aside);
    assert.equal((await combine(recording, '--in-place')).status, 0);
    const whole = readFileSync(recording);
    // As if it had been killed before the name was given.
    renameSync(recording, `${recording}.mdat`);
    for (const options of [
      ['-n'],
      ['-o', join(directory, 'out.mp4')],
      ['--recovery', '-o', join(directory, 'out.mp4')],
    ]) {
      const before = folderContents(directory);
      const refused = await combine(recording, ...options);
      assert.equal(refused.status, 1, refused.stdout);
      assert.match(
        refused.stderr,
        /rec\.mp4\.mdat: is a whole MP4, which an earlier run has made in place; salvor mp4writer/,
      );
      assert.deepEqual(folderContents(directory), before);
    }
    const named = await runInProcess('evo-mp4writer', [`-path=${recording}`]);
    assert.equal(named.status, 0, named.stderr);
    assert.deepEqual(readdirSync(directory).sort(), ['aside', 'rec.mp4']);
    assert.ok(readFileSync(recording).equals(whole));
  });
});

/** Mounts the image, fills the disk up to so many bytes, and makes the MP4 there. */
const onFullDisk = `
image=$1 disk=$2 set=$3 free=$4 node=$5 salvor=$6
mount -o loop "$image" "$disk" || exit 99
cp "$set".* "$disk" || exit 98
sync -f "$disk"
left=$(stat -f -c "%f %S" "$disk" | { read blocks size; echo $((blocks * size)); })
fallocate --length $((left - 524288)) "$disk/filler" || exit 97
[ "$free" = little ] || cat /dev/zero > "$disk/filler-too" 2>&-
"$node" "$salvor" mp4writer --in-place "$disk/rec.mp4"
status=$?
cp "$disk"/rec.mp4* "$(dirname "$set")/made"
exit $status`;

describe('on a disk that is full', () => {
  for (const [type, mib, ...format] of [
    ['ext4', 16, 'mkfs.ext4', '-q', '-F'],
    ['xfs', 320, 'mkfs.xfs', '-q', '-f'],
  ] as const) {
    test(`${type}: made with little left; with nothing left, made or refused`, async (t) => {
      const { directory, recording } = stage(t, 'clean', 'av-bframes');
      const usual = join(directory, 'usual');
      assert.equal((await combine(recording, '-o', usual, '-q')).status, 0);
      const before = folderContents(directory);
      const [program, ...words] = format;
      for (const free of ['little', 'none'] as const) {
        const [image, disk, made] = ['image', `disk-${free}`, 'made'].map((name) => join(directory, name));
        for (const folder of [disk!, made!]) mkdirSync(folder, { recursive: true });
        writeFileSync(image!, '');
        truncateSync(image!, mib * 1024 * 1024);
        const formatted = await runProcess(program, [...words, image!]).catch(() => undefined);
        if (formatted?.status !== 0) return t.skip(`NOT TESTED: there is no ${program} here`);
        const command = [image!, disk!, recording, free, process.execPath, programPath('salvor')];
        const run = await runProcess('unshare', ['-m', 'sh', '-c', onFullDisk, 'sh', ...command]).catch(
          () => undefined,
        );
        if (run === undefined || run.status === 99 || /unshare/.test(run.stderr)) {
          return t.skip('NOT TESTED: no image can be mounted here (only root may, and not everywhere)');
        }
        // What a file system that is full up to the last block still gives root differs.
        if (run.status === 0) {
          assert.match(run.stderr, /went in front of the media/);
          assert.ok(readFileSync(join(made!, 'rec.mp4')).equals(readFileSync(usual)));
        } else {
          assert.deepEqual([run.status, free], [1, 'none'], run.stderr);
          assert.match(run.stderr, /the disk is full.*nothing was changed/);
          for (const suffix of ['.info', '.mdat', '.track1', '.track2']) {
            assert.ok(readFileSync(join(made!, `rec.mp4${suffix}`)).equals(readFileSync(recording + suffix)));
          }
          assert.ok(!existsSync(join(made!, 'rec.mp4')));
        }
        rmSync(made!, { recursive: true });
        rmSync(image!);
      }
      assert.deepEqual(before['rec.mp4.mdat'], folderContents(directory)['rec.mp4.mdat']);
      return undefined;
    });
  }

  test('refused with the figure where that is too little', async (t) => {
    const { directory, recording } = stage(t, 'clean', 'av-bframes');
    const disk = join(directory, 'disk');
    mkdirSync(disk);
    const script = `mount -t tmpfs -o size=340k tmpfs "$1" && cp "$2".* "$1" || exit 99
"$3" "$4" mp4writer --in-place "$1/rec.mp4"; status=$?; cmp "$2.mdat" "$1/rec.mp4.mdat" && ls -A "$1"; exit $status`;
    const command = [disk, recording, process.execPath, programPath('salvor')];
    const run = await runProcess('unshare', ['-m', 'sh', '-c', script, 'sh', ...command]).catch(() => undefined);
    if (run === undefined || run.status === 99 || /unshare/.test(run.stderr)) {
      return t.skip('NOT TESTED: nothing can be mounted here (only root may, and not everywhere)');
    }
    assert.equal(run.status, 1, run.stderr);
    assert.match(
      run.stderr,
      /the disk is full: \d+ bytes are needed .* and \d+ are free; nothing was changed; free \d+/,
    );
    assert.equal(run.stdout, 'rec.mp4.info\nrec.mp4.mdat\nrec.mp4.track1\nrec.mp4.track2\n');
    return undefined;
  });
});
