import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SAMPLING_FREQUENCIES } from '../../../src/codecs/aac/sampling-frequency.ts';
import { nearestSamplingFrequencyIndex, scaleFactorBands } from '../../../src/codecs/aac/scale-factor-bands.ts';

describe('the scale factor bands of AAC', () => {
  it('are as many as the standard says (Tables 4.129 to 4.147)', () => {
    const counts = (frameLength: 1024 | 960): readonly number[][] =>
      SAMPLING_FREQUENCIES.map((_, index) => {
        const { longOffsets, shortOffsets } = scaleFactorBands(index, frameLength);
        return [longOffsets.length - 1, shortOffsets.length - 1];
      });
    const short = [12, 12, 12, 14, 14, 14, 15, 15, 15, 15, 15, 15, 15];
    const long1024 = [41, 41, 47, 49, 49, 51, 47, 47, 43, 43, 43, 40, 40];
    const long960 = [40, 40, 46, 49, 49, 49, 46, 46, 42, 42, 42, 40, 40];
    assert.deepEqual(
      counts(1024),
      long1024.map((long, index) => [long, short[index]]),
    );
    assert.deepEqual(
      counts(960),
      long960.map((long, index) => [long, short[index]]),
    );
  });

  it('are of multiples of four lines, from the first to the last', () => {
    for (const frameLength of [1024, 960] as const) {
      for (const index of SAMPLING_FREQUENCIES.keys()) {
        const { longOffsets, shortOffsets } = scaleFactorBands(index, frameLength);
        for (const [offsets, lines] of [
          [longOffsets, frameLength],
          [shortOffsets, frameLength / 8],
        ] as const) {
          assert.equal(offsets[0], 0);
          assert.equal(offsets.at(-1), lines);
          for (let band = 1; band < offsets.length; band++) {
            const width = offsets[band]! - offsets[band - 1]!;
            assert.ok(width > 0 && width % 4 === 0, `index ${index}, band ${band}`);
          }
        }
      }
    }
  });

  it('of a frequency without an index are those of the range it lies in (Table 4.82)', () => {
    for (const [index, hertz] of SAMPLING_FREQUENCIES.slice(0, 12).entries()) {
      assert.equal(nearestSamplingFrequencyIndex(hertz), index);
    }
    assert.deepEqual(
      [384_000, 92_017, 92_016, 50_000, 9391, 9390, 1].map(nearestSamplingFrequencyIndex),
      [0, 0, 1, 3, 10, 11, 11],
    );
  });
});
