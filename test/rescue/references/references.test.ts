import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, it } from 'node:test';
import { box, container, type Box } from '../../../src/mp4/box.ts';
import { hdlr } from '../../../src/mp4/boxes/hdlr.ts';
import { SalvorError } from '../../../src/media/errors.ts';
import { lends } from '../../../src/media/codec-reference.ts';
import { referencesFor } from '../../../src/rescue/references/references.ts';
import { goRecording } from '../../flv/recordings.ts';
import { bytesOfBox } from '../../mp4/memory-source.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { measureProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const movie = goRecording('h265_segments_clean', 'recording.mp4');
const flv = goRecording('h264_aac', 'recording.flv');

/** Names of those that lend to a recording, in the order in which they are asked. */
function lenders(recording: string): string[] {
  return [...referencesFor(undefined)(recording).all()].map(({ file }) => basename(file));
}

describe('the recordings that may lend a configuration', () => {
  it('are told by their content, however they are called', (t) => {
    const directory = scratchDirectory(t);
    const names = ['SMALL.MP4', 'Earlier.Flv', 'clip.MOV', 'phone.3gp', 'broken.mp4.part', 'noending', 'wrong.jpg'];
    for (const [n, name] of names.entries()) writeFileSync(join(directory, name), n % 2 === 0 ? movie : flv);
    copyStagingCase('clean', 'short-1s', join(directory, 'set'));
    assert.deepEqual(lenders(join(directory, 'rec.mp4')).sort(), names.sort());
    assert.deepEqual(lenders(join(directory, 'set', 'other.mp4')), ['rec.mp4.info']);
  });

  it('come with the most similar names first, and usual endings before others', (t) => {
    const directory = scratchDirectory(t);
    for (const name of ['cam1_0900.mp4', 'cam2_0800.MP4', 'cam2_0900.mp4.tmp', 'zz.flv', 'cam2_1000.flv']) {
      writeFileSync(join(directory, name), flv);
    }
    assert.deepEqual(lenders(join(directory, 'cam2_0900.flv')), [
      'cam2_0800.MP4',
      'cam2_1000.flv',
      'cam1_0900.mp4',
      'zz.flv',
      'cam2_0900.mp4.tmp',
    ]);
  });

  it('are not the recording itself, its own staging files, what a repair made, hidden files, or what lends nothing', (t) => {
    const directory = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', directory);
    for (const name of ['rec.mp4', 'a.repaired.mp4', '.hidden.mp4']) writeFileSync(join(directory, name), movie);
    for (const name of ['a.ts', 'zeros.mp4', 'empty.mp4']) {
      writeFileSync(join(directory, name), new Uint8Array(name.length));
    }
    mkdirSync(join(directory, 'folder.mp4'));
    assert.deepEqual(lenders(join(directory, 'rec.mp4')), []);
  });

  it('begin with the one the user names: a file, or a staging set by any of its names', (t) => {
    const directory = scratchDirectory(t);
    copyStagingCase('clean', 'short-1s', join(directory, 'set'));
    for (const name of ['rec.mp4', 'rec.mp4.mdat', 'rec.mp4.info', 'rec']) {
      const { named } = referencesFor(join(directory, 'set', name))(join(directory, 'x.mp4'));
      assert.equal(basename(named!.file), 'rec.mp4.info', name);
      assert.ok(lends(named!));
    }
    for (const name of ['none', 'empty']) {
      writeFileSync(join(directory, 'empty'), '');
      assert.throws(
        () => referencesFor(join(directory, name)),
        (error) => error instanceof SalvorError && /complete recording of the same stream/.test(error.advice ?? ''),
      );
    }
  });

  it('are no more than 64 files, however many there are', (t) => {
    const directory = scratchDirectory(t);
    for (let n = 0; n < 200; n++) writeFileSync(join(directory, `a${n}.mp4`), movie);
    assert.equal(lenders(join(directory, 'rec.mp4')).length, 64);
  });
});

/** A moov that claims as much as it can: tracks of pictures with parameter sets of 60 kB each, another in every file. */
function hostileMovie(seed: number): Uint8Array {
  const set = (type: number): number[] => [
    type,
    0x64,
    0x00,
    0x1f,
    ...Array.from({ length: 60_000 }, (_, n) => (n * (seed + 3)) & 0xff),
  ];
  const avcC = box('avcC', (sink) => {
    sink.bytes(Uint8Array.of(1, 100, 0, 31, 0xff, 0xe1));
    for (const [n, type] of [0x67, 0x68].entries()) {
      const bytes = Uint8Array.from(set(type));
      if (n === 1) sink.u8(1);
      sink.u16(bytes.length);
      sink.bytes(bytes);
    }
  });
  const entry = box('avc1', (sink) => {
    sink.zeros(78);
    avcC.write(sink);
  });
  const stsd = box('stsd', (sink) => {
    sink.zeros(4);
    sink.u32(1);
    entry.write(sink);
  });
  const trak: Box = container('trak', [
    container('mdia', [hdlr({ handlerType: 'vide', name: '' }), container('minf', [container('stbl', [stsd])])]),
  ]);
  return bytesOfBox(
    container(
      'moov',
      Array.from({ length: 10 }, () => trak),
    ),
  );
}

it('hostile neighbours cost little, and an honest one among them is found', async (t) => {
  const directory = scratchDirectory(t);
  for (let n = 0; n < 50; n++) writeFileSync(join(directory, `damaged${n}.mp4`), hostileMovie(n));
  const whole = goRecording('h265_segments_clean', 'recording.mp4');
  writeFileSync(join(directory, 'OTHER.MP4'), whole);
  const moov = Buffer.from(whole).indexOf('moov') - 4;
  const path = join(directory, 'damaged.mp4');
  writeFileSync(path, whole.subarray(0, moov));
  const { status, stdout, stderr, peakMemoryBytes } = await measureProgram('salvor', ['repair', '--json', path]);
  assert.equal(status, 0, stderr);
  assert.ok(peakMemoryBytes! < 200 * 1024 * 1024, `${peakMemoryBytes} bytes`);
  assert.match(stdout, /OTHER\.MP4|made of the parameter sets/);
});
