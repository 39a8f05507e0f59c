import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { chunkNames, recordingCandidates, stagingSuffixes, stripStagingSuffix } from '../../src/staging/names.ts';

/** The files the server keeps for a recording of audio and video. */
function filesOf(recording: string): string[] {
  return stagingSuffixes.map((suffix) => recording + suffix);
}

describe('the recording that a path means', () => {
  for (const [path, candidates] of [
    ['rec.mp4', ['rec.mp4', 'rec.mp4.mp4']],
    ['rec', ['rec', 'rec.mp4']],
    // The server appends .mp4 to every name that does not end in .mp4, .flv or .ts.
    ['c.foo', ['c.foo', 'c.foo.mp4']],
    ['a.mp4_0001.mp4', ['a.mp4_0001.mp4', 'a.mp4_0001.mp4.mp4']],
    ['/data/cam 1/rec.mp4.info', ['/data/cam 1/rec.mp4', '/data/cam 1/rec.mp4.mp4']],
    ['rec.mp4.mdat', ['rec.mp4', 'rec.mp4.mp4']],
    ['rec.mp4.track1', ['rec.mp4', 'rec.mp4.mp4']],
    ['rec.mp4.track2', ['rec.mp4', 'rec.mp4.mp4']],
    ['rec.flv', ['rec.flv', 'rec.flv.mp4']],
  ] as const) {
    it(`${path} is ${candidates.join(' or ')}`, () => {
      assert.deepEqual(recordingCandidates(path), candidates);
    });
  }

  it('is what is left of the name of any of its staging files', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.constantFrom(...stagingSuffixes), (recording, suffix) => {
        assert.equal(stripStagingSuffix(recording + suffix), recording);
      }),
    );
  });

  it('is not taken apart where a suffix is all there is, or is no suffix', () => {
    for (const path of ['.info', '.mdat', 'rec.track3', 'rec.info.mp4', 'rec.INFO']) {
      assert.equal(stripStagingSuffix(path), path);
    }
  });
});

describe('the parts of a chunked recording', () => {
  it('are found by any of their files, each once, in order', () => {
    const names = [
      ...filesOf('rec_part0010.mp4'),
      'rec_part0002.mp4.mdat',
      'rec_part0000.mp4.info',
      'rec_part0000.mp4.track2',
    ];
    assert.deepEqual(chunkNames('rec.mp4', names), ['rec_part0000.mp4', 'rec_part0002.mp4', 'rec_part0010.mp4']);
  });

  it('have the number before every .mp4 of the name, the same each time', () => {
    const names = [
      'a_part0003.mp4_0001_part0003.mp4.mdat',
      'a_part0003.mp4_0001_part0004.mp4.mdat',
      'a.mp4_0001_part0003.mp4.mdat',
      'a_part0003.mp4_0001.mp4.mdat',
    ];
    assert.deepEqual(chunkNames('a.mp4_0001.mp4', names), ['a_part0003.mp4_0001_part0003.mp4']);
  });

  it('are not those of another recording, nor anything else', () => {
    const names = [
      ...filesOf('rec.mp4'),
      ...filesOf('other_part0000.mp4'),
      ...filesOf('myrec_part0000.mp4'),
      ...filesOf('rec2_part0000.mp4'),
      'rec_part0000.mp4',
      'rec_part0000.mp4.track3',
      'rec_part0000.mp4.info.bak',
      'rec_part00.mp4.info',
      'rec_partABCD.mp4.info',
      'rec_part0000xmp4.info',
    ];
    assert.deepEqual(chunkNames('rec.mp4', names), []);
  });

  it('are still found when their number has grown beyond four digits', () => {
    assert.deepEqual(chunkNames('rec.mp4', ['rec_part12345.mp4.mdat']), ['rec_part12345.mp4']);
  });

  it('are none where the name has no .mp4', () => {
    assert.deepEqual(chunkNames('rec', ['rec_part0000.mdat', '_part0000rec.mdat']), []);
  });

  it('are found whatever signs the name has', () => {
    const stem = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !/\.mp4|[/\n\r\u2028\u2029]/.test(text));
    fc.assert(
      fc.property(stem, fc.nat(9999), (name, number) => {
        const part = `${name}_part${String(number).padStart(4, '0')}.mp4`;
        assert.deepEqual(chunkNames(`${name}.mp4`, filesOf(part)), [part]);
        assert.deepEqual(chunkNames(`${name}.mp4`, filesOf(`x${part}`)), []);
      }),
    );
  });
});
