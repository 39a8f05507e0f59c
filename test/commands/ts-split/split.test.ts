import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { needs, probePackets, runJudge } from '../../support/judges.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { encode, interleaved, withParity, type EncodingName } from './corpus.ts';
import { assertIntact, framesOf, pathsOf, picturesOfEach, splitInto } from './splitting.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

const chunks = join(fixturesDirectory, 'ems/ts/killed-chunked4-10s');
const chunkPaths = readdirSync(chunks)
  .sort()
  .map((name) => join(chunks, name));

/** When each cut has to be, by ffprobe: the first key frame at or after the target, counted from the part's own start. */
async function expectedStarts(file: string, seconds: number): Promise<number[]> {
  const packets = await probePackets(file, { asStored: false });
  const video = packets.filter(({ kind }) => kind === 'video');
  const times = video.map(({ ptsTicks }) => ptsTicks!);
  const starts = [Math.min(...times)];
  for (const { ptsTicks, sync } of video) {
    if (sync && ptsTicks! - starts.at(-1)! >= seconds * 90_000) starts.push(ptsTicks!);
  }
  return starts.map((start) => (start - starts[0]!) / 90_000);
}

describe(
  'streams whose every second begins with a picture that decoding can begin with',
  needs('ffmpeg', 'ffprobe'),
  () => {
    const names: EncodingName[] = [
      'h264-bframes',
      'h264-plain',
      'h264-no-aud',
      'h265-closed',
      'mpeg2-plain',
      'mpeg2-closed',
      'three-sounds',
      'across-the-wrap',
      'blu-ray',
    ];
    for (const name of names) {
      test(`${name}: parts of 3 s decode on their own, are cut on time, and are the input packet for packet`, async (context) => {
        const file = await encode(name, scratchDirectory(context));
        const split = await splitInto(scratchDirectory(context), [file], '-d', '3s');
        const format = name === 'blu-ray' ? { stride: 192, lead: 4 } : { stride: 188, lead: 0 };
        assertIntact(split, readFileSync(file), format);
        assert.deepEqual(
          split.parts.map(({ startSeconds, durationSeconds, beginsWith, frames }) => [
            startSeconds,
            durationSeconds,
            beginsWith,
            frames,
          ]),
          [0, 3, 6, 9].map((start) => [start, 3, 'idr', 75]),
        );
        assert.deepEqual(await expectedStarts(file, 3), [0, 3, 6, 9]);
        const { pictures, complaints } = await picturesOfEach([file, ...pathsOf(split)]);
        assert.deepEqual(complaints, []);
        assert.deepEqual(pictures.slice(1).flat(), pictures[0]);
        assert.deepEqual(split.findings, []);
      });
    }

    test('all the sound of each track is there, in order', async (context) => {
      const file = await encode('three-sounds', scratchDirectory(context));
      const split = await splitInto(scratchDirectory(context), [file], '-d', '5s');
      for (const stream of ['a:0', 'a:1', 'a:2']) {
        const frames = await framesOf(pathsOf(split), stream);
        assert.deepEqual(frames, await framesOf([file], stream), stream);
      }
    });

    test('packets of 204 bytes come out as packets of 204 bytes', async (context) => {
      const file = withParity(await encode('h264-bframes', scratchDirectory(context)));
      const split = await splitInto(scratchDirectory(context), [file], '-d', '3s');
      assert.equal(split.parts.length, 4);
      assertIntact(split, readFileSync(file), { stride: 204, lead: 0 });
    });

    test('sound that is spread among the video ends in the part it began in', async (context) => {
      const file = interleaved(await encode('h264-bframes', scratchDirectory(context)));
      const split = await splitInto(scratchDirectory(context), [file], '-d', '1s');
      assert.equal(split.parts.length, 12);
      assert.ok(split.parts.some(({ movedPackets }) => movedPackets > 0));
      assertIntact(split, readFileSync(file));
      assert.deepEqual(await framesOf(pathsOf(split), 'a'), await framesOf([file], 'a'));
    });

    test('what is piped in is cut just as the file is', async (context) => {
      const file = await encode('h264-bframes', scratchDirectory(context));
      const [one, other] = [scratchDirectory(context), scratchDirectory(context)];
      const fromFile = await splitInto(one, [file], '-d', '3s');
      const piped = await splitInto(other, readFileSync(file), '-d', '3s', '--pattern', 'h264-bframes_part%04d.ts');
      assert.deepEqual(
        piped.parts.map(({ path }) => readFileSync(path)),
        fromFile.parts.map(({ path }) => readFileSync(path)),
      );
    });

    test('size, count, times and every IDR picture cut where they say, whichever comes first', async (context) => {
      const file = await encode('h264-plain', scratchDirectory(context));
      const starts = async (...args: string[]): Promise<number[]> => {
        const split = await splitInto(scratchDirectory(context), [file], '-n', ...args);
        return split.parts.map(({ startSeconds }) => startSeconds);
      };
      const every = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
      assert.deepEqual(await starts('--every-idr'), every);
      assert.deepEqual(await starts('--count', '4'), [0, 3, 6, 9]);
      assert.deepEqual(await starts('--at', '2.5s,0:07,7.5'), [0, 3, 7, 8]);
      assert.deepEqual(await starts('--at', '10', '-d', '4s'), [0, 4, 8, 10]);
      assert.deepEqual(await starts('--size', '1'), every);
      const half = readFileSync(file).length / 2;
      const [, second] = await starts('--size', String(Math.ceil(half)));
      assert.ok(second! >= 6 && second! <= 8, String(second));
    });
  },
);

describe('streams without IDR pictures', needs('ffmpeg'), () => {
  for (const [name, kind] of [
    ['h264-open', 'recovery-point'],
    ['h264-intra-refresh', 'recovery-point'],
    ['h265-open', 'irap'],
    ['mpeg2-open', 'irap'],
  ] as const) {
    test(`${name} is not cut by surprise, and the finding says what would cut it`, async (context) => {
      const directory = scratchDirectory(context);
      const file = await encode(name, directory);
      const split = await splitInto(directory, [file], '-d', '3s');
      assert.equal(split.parts.length, 1);
      assert.ok(readFileSync(split.parts[0]!.path).equals(readFileSync(file)));
      const finding = split.findings.find(({ code }) => code === 'ts-no-entry');
      assert.match(
        finding?.message ?? '',
        new RegExp(`no IDR picture at or after the end that was asked for.*--random-access ${kind}`),
      );
      assert.equal(split.randomAccess?.idr, 1);
    });

    test(`${name} is cut at other pictures when that is asked for, and the report counts what cannot be shown`, async (context) => {
      const directory = scratchDirectory(context);
      const file = await encode(name, directory);
      const split = await splitInto(directory, [file], '-d', '3s', '--random-access', kind);
      assert.ok(split.parts.length >= 3);
      assertIntact(split, readFileSync(file));
      assert.ok(split.parts.slice(1).every(({ beginsWith }) => beginsWith === kind));
      assert.equal(
        split.parts.reduce((sum, { frames }) => sum + frames, 0),
        300,
      );
      if (name === 'h264-intra-refresh') return;
      const { pictures } = await picturesOfEach(pathsOf(split));
      const shown = pictures.reduce((sum, each) => sum + each.length, 0);
      assert.equal(shown, 300 - split.parts.reduce((sum, part) => sum + part.undecodableFrames, 0));
    });
  }
});

test('sound alone is cut where its PES packets begin', needs('ffmpeg'), async (context) => {
  const directory = scratchDirectory(context);
  const file = await encode('sound-only', directory);
  const split = await splitInto(directory, [file], '-d', '3s');
  assert.equal(split.parts.length, 4);
  assertIntact(split, readFileSync(file));
  assert.ok(split.parts.every(({ durationSeconds }) => durationSeconds < 3.5));
  assert.deepEqual(await framesOf(pathsOf(split), 'a'), await framesOf([file], 'a'));
});

test(
  'parameter sets that a picture lacks are put before it, unless that is not wanted',
  needs('ffmpeg'),
  async (context) => {
    const directory = scratchDirectory(context);
    const file = await encode('h264-plain', directory, 4);
    const bare = join(directory, 'bare.ts');
    const shift = ['-c', 'copy', '-output_ts_offset', '4'];
    const made = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', '-i', file, ...shift, bare]);
    assert.equal(made.status, 0, made.stderr);
    // ffmpeg puts parameter sets back wherever it can: here they become filler data, which decoders pass over.
    const bytes = readFileSync(bare);
    for (const type of [0x67, 0x68]) {
      const unit = Buffer.of(0, 0, 1, type);
      for (let at = bytes.indexOf(unit); at >= 0; at = bytes.indexOf(unit, at)) bytes[at + 3] = 0x0c;
    }
    writeFileSync(bare, bytes);
    const split = await splitInto(scratchDirectory(context), [file, bare], '-d', '2s');
    assert.deepEqual(
      split.parts.map(({ startSeconds, insertedBytes }) => [startSeconds, insertedBytes / 188]),
      [
        [0, 0],
        [2, 3],
        [4, 4],
        [6, 4],
      ],
    );
    assertIntact(split, Buffer.concat([readFileSync(file), readFileSync(bare)]));
    const { pictures, complaints } = await picturesOfEach([...pathsOf(split), file]);
    assert.deepEqual(complaints, []);
    assert.deepEqual(
      pictures.slice(0, 4).map(({ length }) => length),
      [50, 50, 50, 50],
    );
    assert.deepEqual(pictures.slice(2, 4).flat(), pictures[4]);
    const finding = split.findings.find(({ code }) => code === 'ts-parameter-sets-repeated');
    assert.equal(finding?.repeated, 1);
    const without = await splitInto(scratchDirectory(context), [file, bare], '-d', '2s', '--no-parameter-sets');
    assert.deepEqual(
      without.parts.map(({ insertedBytes }) => insertedBytes / 188),
      [0, 3, 3, 3],
    );
  },
);

describe("the server's chunks", () => {
  test('cut anew as one stream, every later part begins with an IDR picture and nothing is lost', async (context) => {
    const split = await splitInto(scratchDirectory(context), chunkPaths, '-d', '2s');
    assertIntact(split, Buffer.concat(chunkPaths.map((path) => readFileSync(path))));
    assert.deepEqual(
      split.parts.map(({ beginsWith }) => beginsWith),
      ['stream', 'idr', 'idr', 'idr', 'idr'],
    );
    assert.equal(
      split.parts.reduce((sum, { frames }) => sum + frames, 0),
      101 + 100 + 51,
    );
    // The recorder began between two IDR pictures: ffprobe marks the packet of picture 25 as the first key frame.
    assert.deepEqual(
      split.findings.map(({ code, message }) => [code, /\d+ pictures/.exec(message)?.[0]]),
      [['ts-first-picture', '24 pictures']],
    );
  });

  test('are put in the order of their numbers when that is asked for', async (context) => {
    const inOrder = await splitInto(scratchDirectory(context), chunkPaths, '-d', '2s');
    const shuffled = await splitInto(scratchDirectory(context), chunkPaths.toReversed(), '-r', '-d', '2s');
    assert.deepEqual(
      shuffled.parts.map(({ path }) => readFileSync(path)),
      inOrder.parts.map(({ path }) => readFileSync(path)),
    );
  });

  test('a part says its times as ffprobe sees them', needs('ffprobe'), async (context) => {
    const split = await splitInto(scratchDirectory(context), chunkPaths, '-d', '2s');
    for (const { path, firstPtsSeconds, lastPtsSeconds, frames } of split.parts) {
      const video = (await probePackets(path, { asStored: false })).filter(({ kind }) => kind === 'video');
      const times = video.map(({ ptsTicks }) => ptsTicks! / 90_000);
      assert.equal(video.length, frames);
      assert.equal(firstPtsSeconds, Math.min(...times));
      assert.equal(lastPtsSeconds, Math.max(...times));
    }
  });
});
