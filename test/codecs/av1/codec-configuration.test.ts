import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  parseAv1CodecConfiguration,
  writeAv1CodecConfiguration,
  type Av1CodecConfiguration,
} from '../../../src/codecs/av1/codec-configuration.ts';
import { plainRecord } from '../arbitraries.ts';
import { fromHex, truncations } from '../hex.ts';

const bit = fc.integer({ min: 0, max: 1 });
const record: fc.Arbitrary<Av1CodecConfiguration> = plainRecord({
  seqProfile: fc.integer({ min: 0, max: 7 }),
  seqLevelIdx0: fc.integer({ min: 0, max: 31 }),
  seqTier0: bit,
  highBitdepth: fc.boolean(),
  twelveBit: fc.boolean(),
  monochrome: fc.boolean(),
  chromaSubsamplingX: bit,
  chromaSubsamplingY: bit,
  chromaSamplePosition: fc.integer({ min: 0, max: 3 }),
  presentationDelay: fc.integer({ min: 0, max: 255 }),
  configObus: fc.uint8Array({ maxLength: 40 }),
});

describe('an AV1CodecConfigurationRecord', () => {
  it('is read field by field', () => {
    const bytes = fromHex(
      [
        '81', // marker 1, version 1
        '45', // seq_profile 2, seq_level_idx_0 5
        'ea', // seq_tier_0 1, high_bitdepth 1, twelve_bit 1, monochrome 0, subsampling 1 and 0, sample position 2
        '17', // initial_presentation_delay_present 1, minus one 7
        '0a01ff', // configOBUs
      ].join(''),
    );
    assert.deepEqual(parseAv1CodecConfiguration(bytes).value, {
      seqProfile: 2,
      seqLevelIdx0: 5,
      seqTier0: 1,
      highBitdepth: true,
      twelveBit: true,
      monochrome: false,
      chromaSubsamplingX: 1,
      chromaSubsamplingY: 0,
      chromaSamplePosition: 2,
      presentationDelay: 0x17,
      configObus: fromHex('0a01ff'),
    });
  });

  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(record, (value) => {
        assert.deepEqual(parseAv1CodecConfiguration(writeAv1CodecConfiguration(value)).value, value);
      }),
    );
  });

  it('is refused where it is cut short or of another version', () => {
    for (const cut of truncations(fromHex('81050c00'))) assert.ok(parseAv1CodecConfiguration(cut).fault !== undefined);
    assert.deepEqual(parseAv1CodecConfiguration(fromHex('01050c00'), { base: 9 }).fault, {
      offset: 9,
      message: 'expected marker and version 0x81, found 0x01',
    });
  });
});
