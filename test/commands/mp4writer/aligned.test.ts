/**
 * Where media lies in an MP4 that is made of media in one piece: in the blocks of 4096 bytes as it lies in its own file, so
 * that a file system can let both files have the same blocks, with no more before it than that needs. The boxes are read by
 * the tests' own reader.
 */
import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { placeOnTimeline } from '../../../src/media/timeline.ts';
import { FileSource } from '../../../src/io/file-source.ts';
import { layOutMovie, type MovieSource } from '../../../src/mp4/write-movie.ts';
import { evenTable, videoTrack } from '../../mp4/movies.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';

import { boxesOfType, onlyBox, readMovie, type MovieBox } from './movie-boxes.ts';

/** The server's own header before the media of a set. */
const setHeader = 16;
/** The least of a box, and the block that one may have to be longer by. */
const maxFree = 8 + 4095;

async function combined(t: Lifetime, ...words: readonly string[]): Promise<{ recording: string; output: string }> {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', 'av-bframes', directory);
  const recording = join(directory, 'rec.mp4');
  const output = join(directory, 'out.mp4');
  const { status, stderr } = await runInProcess('salvor', ['mp4writer', recording, '-o', output, ...words]);
  assert.equal(status, 0, stderr);
  return { recording, output };
}

/** Offset of a box's body in the file that the boxes fill. */
function bodyOffset(boxes: readonly MovieBox[], type: string): number {
  const before = boxes.slice(
    0,
    boxes.findIndex((box) => box.type === type),
  );
  const own = onlyBox(boxes, type);
  return before.reduce((sum, { bytes }) => sum + bytes.length, 0) + own.bytes.length - own.body.length;
}

describe('the media of a set', () => {
  test('lies as in its own file, behind a header as the server writes it, or one of 32 bits', async (t) => {
    for (const [words, types, headerBytes] of [
      [['--win-qt-compat'], 'ftyp moov free wide mdat', 8],
      [['--no-win-qt-compat'], 'ftyp moov free mdat', 16],
    ] as const) {
      const { recording, output } = await combined(t, ...words);
      const boxes = readMovie(output);
      assert.equal(boxes.map(({ type }) => type).join(' '), types);
      const [free, mdat] = [onlyBox(boxes, 'free'), onlyBox(boxes, 'mdat')];
      assert.equal(bodyOffset(boxes, 'mdat') % 4096, setHeader);
      assert.equal(mdat.bytes.length - mdat.body.length, headerBytes);
      assert.ok(mdat.body.equals(readFileSync(`${recording}.mdat`).subarray(setHeader)));
      assert.ok(free.bytes.length <= maxFree && free.body.every((byte) => byte === 0));
    }
  });

  test('both kinds of header bring the same samples', needs('ffprobe'), async (t) => {
    const [compatible, other] = [await combined(t, '--win-qt-compat'), await combined(t, '--no-win-qt-compat')];
    const [one, two] = [
      await probePackets(compatible.output, { asStored: true }),
      await probePackets(other.output, { asStored: true }),
    ];
    assert.ok(one.length > 0);
    assert.deepEqual(one, two);
  });

  test('what salvor 0.1 made of a set, without anything between index and media, is known again', async (t) => {
    const { recording, output } = await combined(t);
    const boxes = readMovie(output);
    const left = boxes.filter(({ type }) => type !== 'free' && type !== 'wide');
    const shift = statSync(output).size - left.reduce((sum, { bytes }) => sum + bytes.length, 0);
    for (const { body } of boxesOfType(left, 'stco')) {
      for (let at = 8; at < body.length; at += 4) body.writeUInt32BE(body.readUInt32BE(at) - shift, at);
    }
    writeFileSync(output, Buffer.concat(left.map(({ bytes }) => bytes)));
    const older = readFileSync(output);
    const again = await runInProcess('salvor', ['mp4writer', recording, '-o', output, '--json']);
    const [report] = (JSON.parse(again.stdout) as { recordings: { outcome: string; output: { bytes: number } }[] })
      .recordings;
    assert.deepEqual([again.status, report!.outcome, report!.output.bytes], [0, 'already-made', older.length]);
    assert.ok(readFileSync(output).equals(older));
    // One that is not quite the same is not.
    older.writeUInt8(older.at(-1)! ^ 1, older.length - 1);
    writeFileSync(output, older);
    const other = await runInProcess('salvor', ['mp4writer', recording, '-o', output]);
    assert.match(other.stderr, /the file exists already/);
  });
});

test('wherever media lies in its file, at most one block and the header of a box come before it', async (t) => {
  const path = join(scratchDirectory(t), 'media');
  writeFileSync(path, Buffer.alloc(10_000));
  const media = new FileSource(path);
  t.after(() => media.close());
  const lengths = new Set<number>();
  for (let start = 4096; start < 2 * 4096; start++) {
    const samples = evenTable(3, 40);
    samples.offsets.data.set([start, start + 100, start + 200]);
    const tracks = placeOnTimeline([videoTrack(samples)]);
    const movie: MovieSource = {
      media,
      mediaStart: start,
      mediaEnd: start + 300,
      tracks,
      creationTime: 0,
      timescale: 1000,
    };
    const { head, shift, fileLength } = await layOutMovie(movie);
    const free = head.at(-1)!;
    const headLength = head.reduce((sum, { size }) => sum + size, 0) + 8;
    assert.ok(free.type === 'free' && free.size >= 8 && free.size <= maxFree, `${free.size}`);
    assert.equal(Math.abs(shift % 4096), 0);
    assert.deepEqual([start + shift, fileLength], [headLength, headLength + 300]);
    lengths.add(free.size);
  }
  assert.equal(lengths.size, 4096);
});

test('media that lies in pieces has nothing before it', async () => {
  const samples = evenTable(3, 40);
  const media = { path: 'joined', size: 400, read: () => new Uint8Array(0), readInto: () => 0 };
  const tracks = placeOnTimeline([videoTrack(samples)]);
  const { head } = await layOutMovie({
    media,
    mediaStart: 16,
    mediaEnd: 316,
    tracks,
    creationTime: 0,
    timescale: 1000,
  });
  assert.equal(head.map(({ type }) => type).join(' '), 'ftyp moov');
});
