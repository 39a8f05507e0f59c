/** `salvor probe` as it is called: what it prints, how it ends. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { verbs as table } from '../../../src/commands/index.ts';
import { copyStagingCase, stagingCases, stagingFixtures } from '../../support/fixtures.ts';
import { runInProcess, runProgram } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const fixture = (path: string): string => join(fixturesDirectory, path);
const mp4 = fixture('go-rtmp/h265_segments_clean/recording.mp4');
const flv = fixture('flv/video-only.flv');
const ts = fixture('ems/ts/killed-chunked4-10s/rec_part0002.ts');

interface Looked {
  readonly file: string;
  readonly container: string;
  readonly format: { readonly duration?: string };
  readonly tracks: readonly { readonly kind: string; readonly samples?: number; readonly startOffset?: number }[];
  readonly health: {
    readonly verdict: string;
    readonly duration?: number;
    readonly findings: readonly { readonly code: string; readonly message: string; readonly length?: number }[];
    readonly advice: readonly { readonly command: string }[];
  };
}

async function look(...args: readonly string[]): Promise<Looked> {
  const { status, stdout, stderr } = await runInProcess('salvor', ['probe', '--json', ...args]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  return JSON.parse(stdout) as Looked;
}

describe('salvor probe', () => {
  test('shows one screen for people', async () => {
    const { status, stdout, stderr } = await runInProcess('salvor', ['probe', mp4]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /recording\.mp4 {2}complete\n {2}MP4, index last {2}by go-rtmp {2}/);
    assert.match(stdout, /#0 video {2}hevc Main level 2\.0 \(hvc1\.1\.6\.L60\.90\) {2}320x240/);
    assert.match(stdout, /#1 audio {2}aac LC \(mp4a\.40\.2\) {2}48000 Hz {2}stereo/);
    assert.ok(stdout.split('\n').length < 24);
  });

  test('gives one path an object, several an array, and with --ndjson a line each', async () => {
    assert.equal((await look(mp4)).container, 'mp4');
    const { stdout } = await runInProcess('salvor', ['probe', '--json', mp4, flv, ts]);
    assert.deepEqual(
      (JSON.parse(stdout) as Looked[]).map(({ container }) => container),
      ['mp4', 'flv', 'mpegts'],
    );
    const lines = await runInProcess('salvor', ['probe', '--ndjson', mp4, flv]);
    assert.deepEqual(
      lines.stdout
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as Looked).container),
      ['mp4', 'flv'],
    );
  });

  test('believes the content and not the name', async (context) => {
    const directory = scratchDirectory(context);
    for (const [from, name, container] of [
      [ts, 'a.mp4', 'mpegts'],
      [flv, 'b.mp4', 'flv'],
      [mp4, 'c.flv', 'mp4'],
    ] as const) {
      copyFileSync(from, join(directory, name));
      assert.equal((await look(join(directory, name))).container, container);
    }
  });

  test('reads FLV and transport streams from standard input', async () => {
    for (const [file, container] of [
      [flv, 'flv'],
      [ts, 'mpegts'],
    ] as const) {
      const { stdout } = await runProgram('salvor', ['probe', '--json', '-'], { stdin: readFileSync(file) });
      const looked = JSON.parse(stdout) as Looked;
      assert.equal(looked.container, container);
      assert.equal(looked.file, '-');
      assert.deepEqual(looked.tracks, (await look(file)).tracks);
      assert.deepEqual(looked.health.advice, [], 'what was piped in is gone');
    }
  });

  test('with --check says what is wrong and ends with 1, and says nothing of what is complete', async () => {
    const torn = await runInProcess('salvor', ['probe', '--check', flv]);
    assert.equal(torn.status, 1);
    assert.match(torn.stdout, /\[flv-tag-torn\]/);
    const whole = await runInProcess('salvor', ['probe', '--check', ts]);
    assert.equal(whole.status, 0);
  });

  test('with -r looks at everything in a directory but links, each staging set once', async (context) => {
    const directory = scratchDirectory(context);
    mkdirSync(join(directory, 'deep/deeper'), { recursive: true });
    copyStagingCase('clean', 'short-1s', join(directory, 'set'));
    copyFileSync(mp4, join(directory, 'deep/a.mp4'));
    copyFileSync(flv, join(directory, 'deep/deeper/b.flv'));
    copyFileSync(mp4, join(directory, 'deep/c.mp4.tmp'));
    copyFileSync(ts, join(directory, 'deep/d.part'));
    writeFileSync(join(directory, 'notes.txt'), 'nothing');
    writeFileSync(join(directory, 'photo.heic'), '\0\0\0\x18ftypheic\0\0\0\0mif1heic');
    symlinkSync(directory, join(directory, 'deep/loop'));
    symlinkSync(mp4, join(directory, 'link.mp4'));
    const { stdout } = await runInProcess('salvor', ['probe', '--json', '-r', directory]);
    assert.deepEqual(
      (JSON.parse(stdout) as Looked[]).map(({ file }) => file.slice(directory.length + 1)),
      ['deep/a.mp4', 'deep/c.mp4.tmp', 'deep/d.part', 'deep/deeper/b.flv', 'set/rec.mp4'],
    );
  });

  test('goes on behind a path that is nothing, and ends with 1', async () => {
    const { status, stdout, stderr } = await runInProcess('salvor', ['probe', '/nowhere/at/all.mp4', mp4]);
    assert.equal(status, 1);
    assert.match(stderr, /^salvor: \/nowhere\/at\/all\.mp4: no such file/);
    assert.match(stdout, /complete/);
  });

  test('gives an object with an error, as JSON, for a path that is nothing', async () => {
    const { status, stdout } = await runInProcess('salvor', ['probe', '--json', '/nowhere/at/all.mp4']);
    assert.equal(status, 1);
    const { file, error } = JSON.parse(stdout) as { file: string; error: { code: string; string: string } };
    assert.deepEqual([file, error.code], ['/nowhere/at/all.mp4', 'unreadable']);
    assert.match(error.string, /no such file/);
  });

  test('with --check prints the warnings of what is complete with --verbose only', async (context) => {
    // The sizes in the movie header are rounded: a warning, nothing that costs media.
    const path = join(scratchDirectory(context), 'rec.mp4');
    const bytes = readFileSync(mp4);
    const header = bytes.indexOf('mvhd', 0, 'latin1');
    bytes.writeUInt32BE(bytes.readUInt32BE(header + 20) * 3, header + 20);
    writeFileSync(path, bytes);
    for (const [args, printed] of [
      [['--check'], /^$/],
      [['--check', '--verbose'], /\[mp4-duration-contradicts\]/],
    ] as const) {
      const { status, stdout } = await runInProcess('salvor', ['probe', ...args, path]);
      assert.equal(status, 0);
      assert.match(stdout, printed);
    }
  });

  test('with --check knows the original of a repaired recording, and says it once with --verbose', async (context) => {
    const directory = scratchDirectory(context);
    const bytes = readFileSync(mp4);
    const path = join(directory, 'rec.mp4');
    writeFileSync(path, bytes.subarray(0, -bytes.subarray(bytes.lastIndexOf('moov', undefined, 'latin1') - 4).length));
    copyFileSync(mp4, join(directory, 'earlier.mp4'));
    const check = (...words: string[]): ReturnType<typeof runProgram> =>
      runInProcess('salvor', ['probe', '-r', '--check', ...words, directory]);
    assert.equal((await check()).status, 1);
    const repaired = await runInProcess('salvor', ['repair', path]);
    assert.equal(repaired.status, 0, repaired.stderr);
    const { status, stdout, stderr } = await check();
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
    const told = await check('--verbose');
    assert.equal(told.status, 0);
    assert.match(told.stdout, /^.*rec\.mp4: unfinished, and finished as .*rec\.repaired\.mp4$/m);
    // A file of that name that does not hold the media is no witness.
    copyFileSync(join(fixturesDirectory, 'go-rtmp/aac_only_mp4/recording.mp4'), join(directory, 'rec.repaired.mp4'));
    assert.equal((await check()).status, 1);
  });

  test('with -r takes an index beside its media for no recording, nor does repair', async (context) => {
    const directory = scratchDirectory(context);
    const bytes = readFileSync(mp4);
    const moov = bytes.lastIndexOf('moov', undefined, 'latin1') - 4;
    writeFileSync(
      join(directory, 'rec.mp4.header'),
      Buffer.concat([bytes.subarray(0, bytes.readUInt32BE(0)), bytes.subarray(moov)]),
    );
    writeFileSync(join(directory, 'rec.mp4.tmp'), bytes.subarray(0, moov));
    const check = (): ReturnType<typeof runInProcess> => runInProcess('salvor', ['probe', '-r', '--check', directory]);
    const before = await check();
    assert.equal(before.status, 1);
    assert.doesNotMatch(before.stdout, /\.header at/);
    const { status, stderr } = await runInProcess('salvor', ['repair', '-r', directory]);
    assert.equal(status, 0, stderr);
    const { tracks, health } = await look(join(directory, 'rec.mp4.repaired.mp4'));
    assert.equal(health.verdict, 'complete');
    assert.deepEqual(
      tracks.map(({ samples }) => samples),
      (await look(mp4)).tracks.map(({ samples }) => samples),
    );
    const after = await check();
    assert.deepEqual([after.status, after.stdout, after.stderr], [0, '', '']);
  });

  test('understands what the npm package ffprobe and shell scripts pass to ffprobe', async () => {
    const plain = await runInProcess('salvor', ['probe', '--json', mp4]);
    for (const words of [
      ['-v', 'quiet', '-print_format', 'json', '-show_streams', '-show_format', mp4],
      ['-hide_banner', '-loglevel', 'error', '-show_entries', 'stream=codec_name', '-of', 'json', '-i', mp4],
    ]) {
      assert.deepEqual(await runInProcess('salvor', ['probe', ...words]), plain);
    }
    for (const words of [
      ['-of', 'csv', mp4],
      ['-select_streams', 'v', mp4],
    ]) {
      const { status, stderr } = await runInProcess('salvor', ['probe', ...words]);
      assert.equal(status, 2);
      assert.match(stderr, /there is no option/);
    }
    const { status } = await runInProcess('salvor', ['probe', '-v', '--', mp4]);
    assert.equal(status, 0);
  });

  test('asks for -r before it looks into a directory, and for one listing at a time', async () => {
    for (const args of [[fixturesDirectory], ['--samples', '--tree', mp4]]) {
      const { status, stderr } = await runInProcess('salvor', ['probe', ...args]);
      assert.equal(status, 2, stderr);
    }
  });

  test('lists samples, structure and groups of pictures', async () => {
    const rows = async (...args: string[]): Promise<Record<string, unknown>[]> => {
      const { stdout } = await runInProcess('salvor', ['probe', '--ndjson', ...args]);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    };
    const looked = await look(mp4);
    const samples = await rows('--samples', mp4);
    assert.equal(
      samples.length,
      looked.tracks.reduce((sum, track) => sum + track.samples!, 0),
    );
    assert.deepEqual(await rows('--packets', mp4), samples);
    const tree = await rows('--tree', mp4);
    assert.deepEqual(
      tree.filter(({ depth }) => depth === 0).map(({ type }) => type),
      ['ftyp', 'mdat', 'moov'],
    );
    const groups = await rows('--gops', mp4);
    const pictures = samples.filter(({ kind }) => kind === 'video');
    assert.equal(
      groups.reduce((sum, { frames }) => sum + Number(frames), 0),
      pictures.length,
    );
    assert.equal(groups.length, pictures.filter(({ sync }) => sync === true).length);
    for (const file of [flv, ts]) {
      for (const kind of ['--samples', '--tree', '--gops']) assert.ok((await rows(kind, file)).length > 0);
    }
    const text = await runInProcess('salvor', ['probe', '--tree', mp4]);
    assert.match(text.stdout, / {4}stsd\n/);
  });
});

describe('a staging set', () => {
  test('that was closed in good order is complete, and the MP4 is a command away', async (context) => {
    const directory = scratchDirectory(context);
    for (const name of ['av-bframes', 'video-only', 'audio-only', 'exactly-1024-keyframes']) {
      copyStagingCase('clean', name, join(directory, name));
      const { health, tracks } = await look(join(directory, name, 'rec.mp4'));
      assert.equal(health.verdict, 'complete', name);
      const truth = stagingFixtures('clean', name)[0]!.truth;
      assert.equal(
        tracks.reduce((sum, track) => sum + track.samples!, 0),
        truth.samples.length,
        name,
      );
      assert.equal(health.advice[0]?.command, `salvor mp4writer ${join(directory, name, 'rec.mp4')}`);
    }
  });

  test('may be named by any of its files', async (context) => {
    const directory = scratchDirectory(context);
    copyStagingCase('clean', 'short-1s', directory);
    for (const name of ['rec', 'rec.mp4', 'rec.mp4.info', 'rec.mp4.mdat', 'rec.mp4.track1', 'rec.mp4.track2']) {
      assert.equal((await look(join(directory, name))).file, join(directory, 'rec.mp4'), name);
    }
  });

  test('of which only the media is left is unfinished', async (context) => {
    const directory = scratchDirectory(context);
    copyStagingCase('clean', 'short-1s', join(directory, 'set'));
    copyFileSync(join(directory, 'set/rec.mp4.mdat'), join(directory, 'alone.mp4.mdat'));
    const { health } = await look(join(directory, 'alone.mp4.mdat'));
    assert.equal(health.verdict, 'unfinished');
    assert.match(
      health.findings.map(({ message }) => message).join('\n'),
      /only the media is left: 0 samples are indexed/,
    );
  });

  /** What the name of a crashed case says of when its server was stopped. */
  const states: readonly (readonly [name: RegExp, state: RegExp])[] = [
    [/^a-preflush|^c-flush1-op00/, /before the first flush/],
    [/^b-|^g-|^h-|^k-60fps-bframes|^d-flush2-op01/, /between two flushes/],
    [/^c-flush1-op07|^d-flush2-op10/, /within a flush/],
    [/^c-flush1-op4[67]|^d-flush2-op47/, /before the track files were written/],
    [/^d-flush2-op0[46]|^k-60fps-flush2/, /before the index was written/],
    [/^f-intra60/, /grown over the header/],
  ];

  for (const name of stagingCases('crashed')) {
    test(`that a crash left (${name}) is told with its state, its samples and the bytes beyond them`, async (context) => {
      const directory = scratchDirectory(context);
      copyStagingCase('crashed', name, directory);
      for (const { base, truth } of stagingFixtures('crashed', name)) {
        const { health, tracks } = await look(join(directory, base));
        const interrupted = health.findings.find(({ code }) => code === 'staging-interrupted');
        if (interrupted === undefined) {
          // A chunk before the one that was being written, or a close that had got to its end.
          assert.equal(health.verdict, 'complete', base);
          continue;
        }
        assert.equal(health.verdict, 'unfinished', base);
        const indexed = Number(/(\d+) samples are indexed/.exec(interrupted.message)![1]);
        assert.equal(
          indexed,
          tracks.reduce((sum, track) => sum + track.samples!, 0),
        );
        const beyond = Number(/(\d+) bytes of media/.exec(interrupted.message)![1]);
        const inTruth = truth.samples.reduce((sum, { size }) => sum + size, 0);
        assert.ok(indexed <= truth.samples.length && beyond <= inTruth + 65_536 && (indexed > 0 || beyond > 0));
        const state = states.find(([pattern]) => pattern.test(name))?.[1];
        if (state !== undefined) assert.match(interrupted.message, state);
        assert.match(health.advice[0]!.command, /^salvor mp4writer .* --recovery$/);
      }
    });
  }
});

describe('completion', () => {
  test('of the shell knows the verbs, and the options of each', async () => {
    const complete = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await runProgram('salvor', ['--get-yargs-completions', 'salvor', ...words]);
      return stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(':')[0]!);
    };
    const verbs = await complete('');
    for (const { name } of table) {
      assert.ok(verbs.includes(name), verbs.join(' '));
      assert.ok((await complete(name, '--')).includes('--quiet'), name);
    }
    const options = await complete('probe', '--');
    const missing = ['--deep', '--check', '--json', '--samples'].filter((option) => !options.includes(option));
    assert.deepEqual(missing, []);
  });
});
