import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  AVC_RESERVED_BITS,
  codecString,
  parseAvcDecoderConfiguration,
  withProfileExtension,
  writeAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../../src/codecs/h264/decoder-configuration.ts';
import { plainRecord } from '../arbitraries.ts';
import { bitFlips, fromHex, toHex, truncations } from '../hex.ts';

/** `config.video` of the media server's recordings (fixtures ems/clean/<case>, their truth files). */
const MEDIA_SERVER: Readonly<Record<string, string>> = {
  'audio-starts-late': '0142c00dffe100186742c00dd90141fb0110000003001000000303c0f142a48001000568cb80a4b2',
  'av-bframes': '0164000dffe100196764000dacd94141fb011000000300100000030320f142996001000668ebe084b22c',
  chunked: '0164000bffe100186764000bacd94304ec0440000003004000000c83c50a658001000668ebe0c4b22c',
  'exactly-1024-keyframes': '0164100cffe100166764100cacb8508fcb8088000003000800000303c02001000668ee0134b22c',
  'no-keyframe': '0164000bffe100176764000bacb20609d808800000030080000019078a152401000668ebc0c4b22c',
  samesize: '0142c00affe100176742c00adc2847e5c0440000030004000003007a3c489e01000468ce0472',
  'surround-5.1': '0164000bffe100196764000bacd942847e5c0440000003004000000c83c50a658001000668ebe0e4b22c',
  'ts-ingest': '0164000dffe100196764000dacd94141fb011000000300100000030320f142996001000668ebe0a4b22c',
  vfr: '0164000cffe100186764000cacd94304ec0440000003004000000f03c50a658001000668ebe0c4b22c',
  'video-only': '0164000bffe100196764000bacd942847e5c0440000003004000000a03c50a658001000668ebe0a4b22c',
};

/** As encoders announced them to the Go server (fixtures go-rtmp/complete/<case>, config.json). */
const GO_SERVER: Readonly<Record<string, string>> = {
  h264_aac: '0164000dffe100196764000dacd94141fb0110000003001000000303c0f142996001000468efbcb0fdf8f800',
  realserver_ffrtmp_silence: '0142c00dffe100166742c00dda0507ec0440000003004000000ca3c50aa801000468ce3c80',
};

/** The `avcC` boxes that ffmpeg 9 writes into an MP4 for streams by libx264. */
const FFMPEG: Readonly<Record<string, string>> = {
  '4:2:0': '0164000dffe1001a6764000dacd941519e226c0440000003004000000c83c50a658001000668e938f2c8b0fdf8f800',
  '4:4:4': '01f4000dffe1001a67f4000d919b282a33c211980880000003008000001e078a14cb01000668ebe3c44844fff8f800',
  '4:2:2 10 bit': '017a000dffe1001b677a000db6cd941519e22330110000030001000003003c0f14299601000668ebe3cb22c0fefafa00',
  monochrome: '0164000bffe1001a6764000bf3650b378426c05b20000003002000000781e28532c001000668ebe3cb22c0fcf8f800',
  '4:2:2 interlaced': '017a001fffe10019677a001fbcd940b820f111d808800001f4800075300f8b16cb01000668fba3cb22c0fef8f800',
  'Constrained Baseline': '0142c00cffe100196742c00cd901419f9f0110000003001000000301e0f142a48001000568cb83cb20',
};

const GENUINE = { ...MEDIA_SERVER, ...GO_SERVER, ...FFMPEG };

function parsed(hex: string): AvcDecoderConfiguration {
  const { value, fault } = parseAvcDecoderConfiguration(fromHex(hex));
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

describe('an AVCDecoderConfigurationRecord', () => {
  it('is read field by field', () => {
    assert.deepEqual(parsed(FFMPEG['4:2:2 10 bit']!), {
      avcProfileIndication: 122,
      profileCompatibility: 0,
      avcLevelIndication: 13,
      nalUnitLengthSize: 4,
      sequenceParameterSets: [fromHex('677a000db6cd941519e22330110000030001000003003c0f142996')],
      pictureParameterSets: [fromHex('68ebe3cb22c0')],
      profileExtension: {
        chromaFormat: 2,
        bitDepthLuma: 10,
        bitDepthChroma: 10,
        sequenceParameterSetExtensions: [],
        reserved: { chromaFormat: 0x3f, bitDepthLuma: 0x1f, bitDepthChroma: 0x1f },
      },
      reserved: AVC_RESERVED_BITS,
      trailing: new Uint8Array(0),
    });
  });

  for (const [name, hex] of Object.entries(GENUINE)) {
    it(`is written back byte for byte: ${name}`, () => {
      assert.equal(toHex(writeAvcDecoderConfiguration(parsed(hex))), hex);
    });
  }

  it('keeps several parameter sets, their extension, odd reserved bits and bytes behind its end', () => {
    const hex = [
      '01 64001f', // version, profile, compatibility, level
      '02 02', // reserved 000000, length size 3; reserved 000, two SPS
      '0004 6764001f 0000', // the second one empty
      '02 0002 68ee 0001 68',
      '01 08 f9 01 0003 6d1122', // 4:2:0, 8 bit, 9 bit; one SPS extension
      'dead',
    ].join('');
    const record = parsed(hex);
    assert.equal(record.nalUnitLengthSize, 3);
    assert.deepEqual(record.reserved, { lengthSize: 0, sequenceParameterSetCount: 0 });
    assert.deepEqual(record.sequenceParameterSets.map(toHex), ['6764001f', '']);
    assert.deepEqual(record.pictureParameterSets.map(toHex), ['68ee', '68']);
    assert.deepEqual(record.profileExtension, {
      chromaFormat: 1,
      bitDepthLuma: 8,
      bitDepthChroma: 9,
      sequenceParameterSetExtensions: [fromHex('6d1122')],
      reserved: { chromaFormat: 0, bitDepthLuma: 1, bitDepthChroma: 0x1f },
    });
    assert.equal(toHex(record.trailing), 'dead');
    assert.equal(toHex(writeAvcDecoderConfiguration(record)), hex.replaceAll(' ', ''));
  });

  it('does not look for an extension in profiles that have none', () => {
    const record = parsed(`${GO_SERVER['realserver_ffrtmp_silence']}fdf8f800`);
    assert.equal(record.profileExtension, undefined);
    assert.equal(toHex(record.trailing), 'fdf8f800');
  });

  it('is valid where only its extension breaks off, which is said and kept', () => {
    const whole = GO_SERVER['h264_aac']!;
    for (const cut of [2, 4, 6]) {
      const hex = whole.slice(0, -cut);
      const { value, fault } = parseAvcDecoderConfiguration(fromHex(hex), { base: 1000 });
      assert.ok(value !== undefined);
      assert.equal(value.profileExtension, undefined);
      assert.equal(toHex(value.trailing), 'fdf8f800'.slice(0, -cut));
      assert.equal(fault?.offset, 1000 + hex.length / 2);
      assert.equal(toHex(writeAvcDecoderConfiguration(value)), hex);
    }
  });

  it('is refused where the version is not 1, as it is where start codes begin NAL units', () => {
    const { value, fault } = parseAvcDecoderConfiguration(fromHex('000000016764001f'), { base: 40 });
    assert.equal(value, undefined);
    assert.deepEqual(fault, { offset: 40, message: 'expected configurationVersion 1, found 0' });
  });

  it('is refused where a parameter set goes beyond its end, at the offset in the file', () => {
    const { value, fault } = parseAvcDecoderConfiguration(fromHex('0164001fffe100196764'), { base: 40 });
    assert.equal(value, undefined);
    assert.deepEqual(fault, { offset: 48, message: 'expected 25 more bytes, found 2' });
  });

  it('says its codec as RFC 6381 has it', () => {
    assert.equal(codecString(parsed(MEDIA_SERVER['av-bframes']!)), 'avc1.64000D');
    assert.equal(codecString(parsed(MEDIA_SERVER['audio-starts-late']!)), 'avc1.42C00D');
    assert.equal(codecString(parsed(MEDIA_SERVER['exactly-1024-keyframes']!)), 'avc1.64100C');
  });

  it('cannot be written with more or longer parameter sets than it can count', () => {
    const record = parsed(GO_SERVER['h264_aac']!);
    const many = (count: number): Uint8Array[] => Array.from({ length: count }, () => new Uint8Array(1));
    assert.throws(() => writeAvcDecoderConfiguration({ ...record, sequenceParameterSets: many(32) }), RangeError);
    assert.throws(() => writeAvcDecoderConfiguration({ ...record, pictureParameterSets: many(256) }), RangeError);
    const tooLong = [new Uint8Array(65536)];
    assert.throws(() => writeAvcDecoderConfiguration({ ...record, pictureParameterSets: tooLong }), RangeError);
    const profileExtension = { ...record.profileExtension!, sequenceParameterSetExtensions: many(256) };
    assert.throws(() => writeAvcDecoderConfiguration({ ...record, profileExtension }), RangeError);
  });
});

describe('the profile extension of a record that lacks it', () => {
  for (const [name, hex] of Object.entries(FFMPEG)) {
    if (name === 'Constrained Baseline') continue;
    it(`is what ffmpeg writes for the same parameter sets: ${name}`, () => {
      const without = parsed(hex.slice(0, -8));
      assert.equal(without.profileExtension, undefined);
      assert.equal(toHex(writeAvcDecoderConfiguration(withProfileExtension(without))), hex);
    });
  }

  it('is added to the media server’s records of High profile, and only there', () => {
    for (const hex of Object.values(MEDIA_SERVER)) {
      // All of them are 4:2:0 with 8 bits, by ffprobe.
      const expected = hex.startsWith('0142') ? hex : `${hex}fdf8f800`;
      assert.equal(toHex(writeAvcDecoderConfiguration(withProfileExtension(parsed(hex)))), expected);
    }
  });

  it('is left alone where it is there', () => {
    const record = parsed(GO_SERVER['h264_aac']!);
    assert.equal(withProfileExtension(record), record);
  });

  it('is not invented where there is no parameter set to take it from', () => {
    const record = parsed(MEDIA_SERVER['av-bframes']!);
    const none = { ...record, sequenceParameterSets: [] };
    assert.equal(withProfileExtension(none), none);
    const unreadable = { ...record, sequenceParameterSets: [fromHex('6764000d')] };
    assert.equal(withProfileExtension(unreadable), unreadable);
  });

  it('replaces one that broke off', () => {
    const whole = GO_SERVER['h264_aac']!;
    const { value } = parseAvcDecoderConfiguration(fromHex(whole.slice(0, -4)));
    assert.equal(toHex(writeAvcDecoderConfiguration(withProfileExtension(value!))), whole);
  });
});

describe('round trips of AVCDecoderConfigurationRecords', () => {
  const nalUnits = (maxLength: number): fc.Arbitrary<Uint8Array[]> =>
    fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength });
  const extension = plainRecord({
    chromaFormat: fc.nat(3),
    bitDepthLuma: fc.integer({ min: 8, max: 15 }),
    bitDepthChroma: fc.integer({ min: 8, max: 15 }),
    sequenceParameterSetExtensions: nalUnits(4),
    reserved: plainRecord({ chromaFormat: fc.nat(0x3f), bitDepthLuma: fc.nat(0x1f), bitDepthChroma: fc.nat(0x1f) }),
  });
  const common = {
    profileCompatibility: fc.nat(255),
    avcLevelIndication: fc.nat(255),
    nalUnitLengthSize: fc.integer({ min: 1, max: 4 }),
    sequenceParameterSets: nalUnits(31),
    pictureParameterSets: nalUnits(40),
    reserved: plainRecord({ lengthSize: fc.nat(0x3f), sequenceParameterSetCount: fc.nat(7) }),
  };
  const high = plainRecord({
    ...common,
    avcProfileIndication: fc.constantFrom(100, 110, 122, 244, 44),
    profileExtension: extension,
    trailing: fc.uint8Array({ maxLength: 9 }),
  });
  const plain = plainRecord({
    ...common,
    avcProfileIndication: fc.constantFrom(66, 77, 88),
    profileExtension: fc.constant(undefined),
    trailing: fc.uint8Array({ maxLength: 9 }),
  });

  it('give back every record that was written', () => {
    fc.assert(
      fc.property(fc.oneof(high, plain), (record) => {
        assert.deepEqual(parseAvcDecoderConfiguration(writeAvcDecoderConfiguration(record)), {
          value: record,
          fault: undefined,
        });
      }),
    );
  });

  it('give back all bytes that could be read, damaged ones too, and never throw', () => {
    for (const hex of Object.values(GENUINE)) {
      const bytes = fromHex(hex);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) assertExact(damaged);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(66, 100), (tail, profile) => {
        assertExact(tail);
        assertExact(Uint8Array.of(1, profile, 0, 31, 0xff, 0xe1, 0, 4, 0x67, profile, 0, 31, ...tail));
      }),
      { numRuns: 2000 },
    );
  });
});

function assertExact(bytes: Uint8Array): void {
  const { value, fault } = parseAvcDecoderConfiguration(bytes);
  if (value === undefined) {
    assert.ok(fault !== undefined);
    return;
  }
  assert.deepEqual(writeAvcDecoderConfiguration(value), bytes);
  withProfileExtension(value);
}
