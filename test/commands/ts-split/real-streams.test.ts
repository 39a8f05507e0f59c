/** Streams as tuners, encoders and joins leave them: cut where it is right, and every deviation said. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Decodability } from '../../../src/rescue/splitting/decodability.ts';
import type { EntryPoint } from '../../../src/mpegts/pictures/picture-syntax.ts';
import type { Picture } from '../../../src/mpegts/pictures/video-pictures.ts';
import { needs, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { byPid, packetsOf, tablesOf } from '../../support/transport-packets.ts';
import { assertIntact, contentsOf, pathsOf, picturesOfEach, splitInto, type Split } from './splitting.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

const stream = (name: string): string => join(fixturesDirectory, 'ts', `${name}.ts`);
const starts = ({ parts }: Split): number[] => parts.map(({ startSeconds }) => startSeconds);
const codes = ({ findings }: Split): string[] => findings.map(({ code }) => code);

for (const [name, sizes] of [
  ['late-pair', [241_204, 26_320]],
  ['late-pair-synthetic', [160_552, 122_012]],
] as const) {
  test(
    `${name}: PES packets that straddle a cut end where they began, and what follows them does not go with them`,
    needs('ffmpeg'),
    async (context) => {
      const split = await splitInto(scratchDirectory(context), [stream(name)], '--every-idr');
      assert.deepEqual(
        split.parts.map(({ bytes }) => bytes),
        sizes,
      );
      assertIntact(split, readFileSync(stream(name)));
      const { pictures } = await picturesOfEach([stream(name), ...pathsOf(split)]);
      assert.deepEqual(pictures.slice(1).flat(), pictures[0]);
    },
  );
}

test('a PAT that names programs that were not recorded is nothing to wait for or to add to', async (context) => {
  const split = await splitInto(scratchDirectory(context), [stream('pat-names-absent-programs')], '-d', '1s');
  assert.deepEqual([starts(split), split.findings], [[0, 1, 2, 3], []]);
  assert.equal(split.parts[0]!.insertedBytes, 0);
  assertIntact(split, readFileSync(stream('pat-names-absent-programs')));
});

for (const name of ['pid-change', 'pid-change-sparse']) {
  test(`${name}: each part has the tables of its place, and the change is told`, needs('ffmpeg'), async (context) => {
    const directory = scratchDirectory(context);
    const split = await splitInto(directory, [stream(name)], '-d', '1s', '--playlist', 'rec.m3u8');
    assert.deepEqual(starts(split), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert.deepEqual(codes(split), ['ts-streams-changed']);
    assert.match(split.findings[0]!.message, /h264 on PID 256, mp2 on PID 257 become h264 on PID 512, mp2 on PID 513/);
    assert.deepEqual(
      split.parts.map(({ followsChange }) => followsChange),
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => index === 4),
    );
    const lines = readFileSync(join(directory, 'parts/rec.m3u8'), 'utf8').split('\n');
    assert.equal(lines.indexOf('#EXT-X-DISCONTINUITY') + 2, lines.indexOf(`${name}_part0004.ts`));
    for (const [index, { inserted, media }] of contentsOf(split).entries()) {
      const head = tablesOf(packetsOf(Buffer.concat([inserted, media]))).slice(0, 2);
      assert.deepEqual(
        head.map(({ tableId, version }) => [tableId, version]),
        [
          [0, 0],
          [2, index < 4 ? 0 : 1],
        ],
      );
    }
    const { pictures } = await picturesOfEach(pathsOf(split));
    assert.deepEqual(
      pictures.map(({ length }) => length),
      [25, 25, 25, 25, 25, 25, 25, 25],
    );
    // No part holds a packet of a map that another part needs.
    for (const [index, { inserted, media }] of contentsOf(split).entries()) {
      const tables = tablesOf(packetsOf(Buffer.concat([inserted, media])));
      const versions = new Set(tables.flatMap(({ tableId, version }) => (tableId === 2 ? [version] : [])));
      assert.deepEqual([...versions], [index < 4 ? 0 : 1], `part ${index}`);
    }
  });
}

test('audio between the new tables and the picture goes with the tables that announce it', async (context) => {
  const directory = scratchDirectory(context);
  const packets = packetsOf(readFileSync(stream('pid-change')));
  const video = packets.findIndex(({ pid }) => pid === 0x200);
  const audio = packets.findIndex(({ pid }) => pid === 0x201);
  const next = packets.findIndex(({ pid, startsUnit }, index) => index > audio && pid === 0x201 && startsUnit);
  const isFirst = (pid: number, index: number): boolean => pid === 0x201 && index < next;
  const first = packets.filter(({ pid }, index) => isFirst(pid, index));
  const rest = packets.slice(video).filter(({ pid }, index) => !isFirst(pid, index + video));
  const file = join(directory, 'in.ts');
  const input = Buffer.concat([...packets.slice(0, video), ...first, ...rest].map(({ cell }) => cell));
  writeFileSync(file, input);
  const split = await splitInto(directory, [file], '-d', '4s');
  assert.deepEqual(starts(split), [0, 4]);
  const [old, other] = contentsOf(split).map(({ media }) => byPid(packetsOf(media)));
  assert.deepEqual([old!.has(0x201), other!.has(0x101)], [false, false]);
  assert.ok(Buffer.concat(contentsOf(split).map(({ media }) => media)).equals(input));
});

test('--split-on-change cuts where the tables change and nowhere else', async (context) => {
  const split = await splitInto(scratchDirectory(context), [stream('pid-change')], '--split-on-change');
  assert.deepEqual(starts(split), [0, 4]);
  assert.deepEqual(byPid(packetsOf(contentsOf(split)[1]!.media)).has(0x100), false);
  const same = await splitInto(scratchDirectory(context), [stream('closed-then-open')], '--split-on-change');
  assert.deepEqual([starts(same), codes(same)], [[0], []]);
});

// Six seconds of audio, then six or two of both; the two have one IDR picture, sooner than a part may end.
for (const [name, seconds, entries] of [
  ['video-late-6s', 12, 5],
  ['video-late-eac3', 8, 0],
] as const) {
  test(`${name}: video that comes late takes the lead back from the sound`, needs('ffmpeg'), async (context) => {
    const split = await splitInto(scratchDirectory(context), [stream(name)], '-d', '1s');
    assertIntact(split, readFileSync(stream(name)));
    // From 6 s on there is video.
    const begun = split.parts.filter(({ startSeconds }) => startSeconds > 5.99);
    assert.ok(begun.length >= entries && begun.every(({ beginsWith }) => beginsWith === 'idr'), JSON.stringify(begun));
    for (const [index, { startSeconds, durationSeconds }] of split.parts.entries()) {
      const end = split.parts[index + 1]?.startSeconds ?? seconds;
      assert.ok(Math.abs(startSeconds + durationSeconds - end) < 0.05, `part ${index} of ${durationSeconds} s`);
    }
    const withVideo = split.parts.slice(-Math.max(1, begun.length));
    const { pictures } = await picturesOfEach(withVideo.map(({ path }) => path));
    assert.deepEqual(
      pictures.map(({ length }) => length),
      withVideo.map(({ frames, undecodableFrames }) => frames - undecodableFrames),
    );
  });
}

test('closed groups and then only open ones: where cutting stops is said, and what would go on', async (context) => {
  const split = await splitInto(scratchDirectory(context), [stream('closed-then-open')], '-d', '1s');
  assert.deepEqual(starts(split), [0, 1, 2, 3, 4]);
  const [finding] = split.findings;
  assert.equal(finding?.code, 'ts-no-entry');
  assert.match(
    finding.message,
    /up to the end of the stream; .*3 of kind recovery-point.*--random-access recovery-point/,
  );
  assert.ok(finding.offset! > 88_000);
  const others = await splitInto(
    scratchDirectory(context),
    [stream('closed-then-open')],
    '-d',
    '1s',
    '--random-access',
    'recovery-point',
  );
  assert.deepEqual([starts(others), codes(others)], [[0, 1, 2, 3, 4, 5, 6, 7], []]);
});

test(
  'an intra refresh that has not gone round yet counts as not decodable, as ffmpeg has it',
  needs('ffmpeg'),
  async (context) => {
    const split = await splitInto(
      scratchDirectory(context),
      [stream('intra-refresh')],
      '-d',
      '1s',
      '--random-access',
      'recovery-point',
    );
    const shown = (await picturesOfEach(pathsOf(split))).pictures.map(({ length }) => length);
    assert.deepEqual(
      split.parts.map(({ frames, undecodableFrames }) => frames - undecodableFrames),
      shown,
    );
    assert.equal(
      split.parts.reduce((sum, { undecodableFrames }) => sum + undecodableFrames, 0),
      24,
    );
  },
);

test('a part that begins with an intra picture alone shows nothing before the next one that decoding can begin with', () => {
  const picture = (entry: EntryPoint | undefined, isSkippedLeading = false): Picture => ({
    offset: 0,
    ptsTicks: 0,
    dtsTicks: 0,
    isDiscontinuity: false,
    entry,
    hasParameterSets: true,
    isSkippedLeading,
    recoveryCount: 0,
    frameStep: 1,
  });
  const shown = (codec: string, ...pictures: readonly (readonly [Picture, number])[]): boolean[] => {
    const decodability = new Decodability(codec);
    return pictures.map(([each, ticks]) => decodability.canShow(each, ticks));
  };
  const [intra, other, irap, leading] = [
    picture('intra'),
    picture(undefined),
    picture('irap'),
    picture(undefined, true),
  ];
  assert.deepEqual(shown('h265', [intra, 0], [other, 1], [irap, 4], [leading, 3], [other, 5]), [
    false,
    false,
    true,
    false,
    true,
  ]);
  assert.deepEqual(shown('h264', [intra, 0], [other, 1], [picture('recovery-point'), 2]), [false, false, true]);
});

for (const [codec, args] of [
  ['h264', ['-c:v', 'libx264', '-x264-params', 'keyint=250:min-keyint=250:scenecut=40:bframes=2']],
  ['h265', ['-c:v', 'libx265', '-x265-params', 'log-level=error:keyint=250:min-keyint=250:scenecut=40:open-gop=0']],
] as const) {
  test(
    `${codec}: parts that begin with intra pictures of new scenes count what ffmpeg does not show`,
    needs('ffmpeg'),
    async (context) => {
      const directory = scratchDirectory(context);
      const file = join(directory, 'scenes.ts');
      const scenes = "[0][1]overlay=shortest=1:enable='lt(mod(t,2),1)'";
      const made = await runJudge('ffmpeg', [
        ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=128x96:r=25:d=5'],
        ...['-f', 'lavfi', '-i', 'mandelbrot=s=128x96:r=25', '-filter_complex', scenes, ...args, file],
      ]);
      assert.equal(made.status, 0, made.stderr);
      const split = await splitInto(directory, [file], '-d', '0.9s', '--random-access', 'any-intra');
      assert.ok(split.parts.length > 1 && split.parts.slice(1).every(({ beginsWith }) => beginsWith === 'intra'));
      const shown = (await picturesOfEach(pathsOf(split))).pictures.map(({ length }) => length);
      assert.deepEqual(
        split.parts.map(({ frames, undecodableFrames }) => frames - undecodableFrames),
        shown,
      );
    },
  );
}

test('scrambled stretches are named with their extent and are not cut in', async (context) => {
  const input = readFileSync(stream('scrambled-half'));
  const split = await splitInto(scratchDirectory(context), [stream('scrambled-half')], '-d', '1s');
  const found = split.findings.filter(({ code }) => code === 'ts-scrambled');
  assert.deepEqual(
    found.map(({ pid }) => pid),
    [0x100, 0x101],
  );
  for (const { pid, offset, length, message } of found) {
    const scrambled = packetsOf(input).flatMap((each, index) =>
      each.pid === pid && (each.bytes[3]! & 0xc0) !== 0 ? [index] : [],
    );
    assert.deepEqual([offset, offset! + length!], [scrambled[0]! * 188, (scrambled.at(-1)! + 1) * 188]);
    assert.match(message, new RegExp(`^${scrambled.length} packets`));
  }
  assert.ok(!split.findings.some(({ message }) => message.includes('no IDR picture')));
  // Half of four seconds is scrambled; clock references never are.
  const last = split.parts.at(-1)!;
  assert.ok(Math.abs(last.startSeconds + last.durationSeconds - 4) < 0.05);
});

test('a stream without tables is cut by what its media says it is, and that is said', async (context) => {
  const split = await splitInto(scratchDirectory(context), [stream('no-tables')], '-d', '1s');
  assert.deepEqual([starts(split), codes(split)], [[0, 1, 2, 3], ['ts-tables-missing']]);
  assert.match(split.findings[0]!.message, /recognised by their media \(h264 on PID 256, mp2 on PID 257\)/);
  assert.ok(Buffer.concat(contentsOf(split).map(({ media }) => media)).equals(readFileSync(stream('no-tables'))));
});

test('fields of a frame are counted as one picture', needs('ffmpeg'), async (context) => {
  const directory = scratchDirectory(context);
  const file = join(directory, 'fields.ts');
  const made = await runJudge('ffmpeg', [
    ...['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=s=128x96:r=25', '-t', '2'],
    ...['-c:v', 'mpeg2video', '-g', '25', '-bf', '0', '-flags', '+ildct+ilme', file],
  ]);
  assert.equal(made.status, 0, made.stderr);
  const split = await splitInto(directory, [file], '-d', '1s');
  assert.deepEqual(
    split.parts.map(({ frames, durationSeconds }) => [frames, durationSeconds]),
    [
      [25, 1],
      [25, 1],
    ],
  );
});
