import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  codecString,
  hevcDecoderConfigurationOf,
  nalUnitsOfType,
  parseHevcDecoderConfiguration,
  writeHevcDecoderConfiguration,
  type HevcDecoderConfiguration,
} from '../../../src/codecs/h265/decoder-configuration.ts';
import { needs } from '../../support/judges.ts';
import { plainRecord } from '../arbitraries.ts';
import { boxPayload } from '../boxes.ts';
import { bytesOf } from '../encoded.ts';
import { bitFlips, fromHex, toHex, truncations } from '../hex.ts';
import { encodeH265, ENCODINGS } from './encodings.ts';

/** A record with one field after the other. */
const FIELDS = [
  '01', // configurationVersion
  '62', // general_profile_space 1, tier High, general_profile_idc 2
  '20000000', // general_profile_compatibility_flags: profile 2
  'b00000000000', // general_constraint_indicator_flags
  '5d', // general_level_idc 93
  'f123', // reserved, min_spatial_segmentation_idc 0x123
  'fe', // reserved, parallelismType 2
  'fd', // reserved, chroma_format_idc 1
  'fa', // reserved, bit_depth_luma_minus8 2
  'fa', // reserved, bit_depth_chroma_minus8 2
  '1900', // avgFrameRate 25
  '4f', // constantFrameRate 1, numTemporalLayers 1, temporalIdNested, lengthSizeMinusOne 3
  '02', // numOfArrays
  'a1 0001 0003 420101', // array_completeness, NAL_unit_type 33
  '22 0002 0002 4401 0003 440102', // NAL_unit_type 34, two of them
  'abcd', // behind the end
];

function parsed(bytes: Uint8Array): HevcDecoderConfiguration {
  const { value, fault } = parseHevcDecoderConfiguration(bytes);
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

const byte = fc.integer({ min: 0, max: 255 });
const record: fc.Arbitrary<HevcDecoderConfiguration> = plainRecord({
  profileTierLevel: plainRecord({
    generalProfileSpace: fc.integer({ min: 0, max: 3 }),
    generalTierFlag: fc.boolean(),
    generalProfileIdc: fc.integer({ min: 0, max: 31 }),
    generalProfileCompatibilityFlags: fc.integer({ min: 0, max: 0xffffffff }),
    generalConstraintIndicatorFlags: fc.uint8Array({ minLength: 6, maxLength: 6 }),
    generalLevelIdc: byte,
  }),
  minSpatialSegmentationIdc: fc.integer({ min: 0, max: 0xfff }),
  parallelismType: fc.integer({ min: 0, max: 3 }),
  chromaFormat: fc.integer({ min: 0, max: 3 }),
  bitDepthLuma: fc.integer({ min: 8, max: 15 }),
  bitDepthChroma: fc.integer({ min: 8, max: 15 }),
  avgFrameRate: fc.integer({ min: 0, max: 0xffff }),
  constantFrameRate: fc.integer({ min: 0, max: 3 }),
  numTemporalLayers: fc.integer({ min: 0, max: 7 }),
  temporalIdNested: fc.boolean(),
  nalUnitLengthSize: fc.integer({ min: 1, max: 4 }),
  arrays: fc.array(
    plainRecord({
      arrayCompleteness: fc.boolean(),
      reserved: fc.integer({ min: 0, max: 1 }),
      nalUnitType: fc.integer({ min: 0, max: 63 }),
      nalUnits: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 4 }),
    }),
    { maxLength: 6 },
  ),
  reserved: plainRecord({
    minSpatialSegmentation: fc.integer({ min: 0, max: 0xf }),
    parallelismType: fc.integer({ min: 0, max: 0x3f }),
    chromaFormat: fc.integer({ min: 0, max: 0x3f }),
    bitDepthLuma: fc.integer({ min: 0, max: 0x1f }),
    bitDepthChroma: fc.integer({ min: 0, max: 0x1f }),
  }),
  trailing: fc.uint8Array({ maxLength: 10 }),
});

describe('an HEVCDecoderConfigurationRecord', () => {
  it('is read field by field', () => {
    assert.deepEqual(parsed(fromHex(FIELDS.join(''))), {
      profileTierLevel: {
        generalProfileSpace: 1,
        generalTierFlag: true,
        generalProfileIdc: 2,
        generalProfileCompatibilityFlags: 0x20000000,
        generalConstraintIndicatorFlags: fromHex('b00000000000'),
        generalLevelIdc: 93,
      },
      minSpatialSegmentationIdc: 0x123,
      parallelismType: 2,
      chromaFormat: 1,
      bitDepthLuma: 10,
      bitDepthChroma: 10,
      avgFrameRate: 6400,
      constantFrameRate: 1,
      numTemporalLayers: 1,
      temporalIdNested: true,
      nalUnitLengthSize: 4,
      arrays: [
        { arrayCompleteness: true, reserved: 0, nalUnitType: 33, nalUnits: [fromHex('420101')] },
        { arrayCompleteness: false, reserved: 0, nalUnitType: 34, nalUnits: [fromHex('4401'), fromHex('440102')] },
      ],
      reserved: {
        minSpatialSegmentation: 15,
        parallelismType: 63,
        chromaFormat: 63,
        bitDepthLuma: 31,
        bitDepthChroma: 31,
      },
      trailing: fromHex('abcd'),
    });
  });

  it('comes back from its bytes as it was, whatever its values', () => {
    fc.assert(fc.property(record, (value) => assert.deepEqual(parsed(writeHevcDecoderConfiguration(value)), value)));
  });

  for (const encoding of ENCODINGS) {
    it(
      `of ffmpeg comes back byte for byte and is made again from its parameter sets: ${encoding.name}`,
      needs('ffmpeg'),
      async (test) => {
        const genuine = boxPayload(bytesOf(await encodeH265(test, encoding, 'video.mp4')), 'hvcC');
        const value = parsed(genuine);
        assert.equal(toHex(writeHevcDecoderConfiguration(value)), toHex(genuine));
        const [vps, sps, pps] = [32, 33, 34].map((type) => nalUnitsOfType(value, type));
        const made = hevcDecoderConfigurationOf(vps!, sps!, pps!).value!;
        // libavformat leaves messages of the encoder in the record, and declares arrays of an hev1 track open.
        const ours = { ...made, arrays: [] };
        assert.deepEqual(ours, { ...value, arrays: [], parallelismType: made.parallelismType, constantFrameRate: 0 });
        assert.deepEqual(
          made.arrays.map(({ nalUnits }) => nalUnits),
          [vps, sps, pps],
        );
      },
    );
  }

  it('is refused where it is not whole, and never with an exception', () => {
    const whole = fromHex(FIELDS.slice(0, -1).join(''));
    for (const cut of truncations(whole)) assert.equal(parseHevcDecoderConfiguration(cut).value, undefined);
    for (const flipped of bitFlips(whole)) parseHevcDecoderConfiguration(flipped);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void parseHevcDecoderConfiguration(bytes)));
    const { fault } = parseHevcDecoderConfiguration(fromHex('00000001420101'), { base: 70 });
    assert.deepEqual(fault, { offset: 70, message: 'expected configurationVersion 1, found 0' });
  });

  it('is named by RFC 6381 as ISO/IEC 14496-15 shows it', () => {
    const named = (hex: string, type?: string) => codecString(parsed(fromHex(`01${hex}f000fcfdf8f800000f00`)), type);
    // The examples of ISO/IEC 14496-15, E.3.
    assert.equal(named('0160000000b000000000005d'), 'hvc1.1.6.L93.B0');
    assert.equal(named('24 10000000 000000000000 99', 'hev1'), 'hev1.4.8.H153');
    assert.equal(named('41 60000000 900100000000 00'), 'hvc1.A1.6.L0.90.1');
  });
});
