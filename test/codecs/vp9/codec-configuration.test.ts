import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  codecString,
  parseVpCodecConfiguration,
  writeVpCodecConfiguration,
  type VpCodecConfiguration,
} from '../../../src/codecs/vp9/codec-configuration.ts';
import { plainRecord } from '../arbitraries.ts';
import { fromHex, truncations } from '../hex.ts';

const byte = fc.integer({ min: 0, max: 255 });
const record: fc.Arbitrary<VpCodecConfiguration> = plainRecord({
  profile: byte,
  level: byte,
  bitDepth: fc.integer({ min: 0, max: 15 }),
  chromaSubsampling: fc.integer({ min: 0, max: 7 }),
  videoFullRangeFlag: fc.boolean(),
  colour: plainRecord({ colourPrimaries: byte, transferCharacteristics: byte, matrixCoefficients: byte }),
  codecInitializationData: fc.uint8Array({ maxLength: 20 }),
  trailing: fc.uint8Array({ maxLength: 5 }),
});

const genuine = fromHex(
  [
    '02', // profile
    '1f', // level 3.1
    'a3', // bitDepth 10, chromaSubsampling 1, videoFullRangeFlag 1
    '091009', // colour: BT.2020, PQ, BT.2020
    '0000', // codecInitializationDataSize
  ].join(''),
);

describe('a VPCodecConfigurationRecord', () => {
  it('is read field by field, and named', () => {
    const { value } = parseVpCodecConfiguration(genuine);
    assert.deepEqual(value, {
      profile: 2,
      level: 31,
      bitDepth: 10,
      chromaSubsampling: 1,
      videoFullRangeFlag: true,
      colour: { colourPrimaries: 9, transferCharacteristics: 16, matrixCoefficients: 9 },
      codecInitializationData: new Uint8Array(0),
      trailing: new Uint8Array(0),
    });
    assert.equal(codecString(value!), 'vp09.02.31.10.01.09.16.09.01');
    const plain = parseVpCodecConfiguration(fromHex('000a820101010000')).value!;
    assert.equal(codecString(plain), 'vp09.00.10.08');
  });

  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(record, (value) => {
        assert.deepEqual(parseVpCodecConfiguration(writeVpCodecConfiguration(value)).value, value);
      }),
    );
  });

  it('is refused where it is cut short', () => {
    for (const cut of truncations(genuine)) assert.equal(parseVpCodecConfiguration(cut).value, undefined);
  });
});
