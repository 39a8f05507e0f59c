import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NO_BITS } from '../../../src/bytes/bit-reader.ts';
import {
  channelCount,
  codecString,
  outputSamplingRate,
  parseAudioSpecificConfig,
  samplesPerFrame,
  writeAudioSpecificConfig,
  type AudioSpecificConfig,
  type HierarchicalExtension,
} from '../../../src/codecs/aac/audio-specific-config.ts';
import { SAMPLING_FREQUENCIES, samplingFrequencyOf } from '../../../src/codecs/aac/sampling-frequency.ts';
import { plainRecord } from '../arbitraries.ts';
import { bitFlips, fromBits, fromHex, toHex, truncations } from '../hex.ts';

interface Case {
  readonly hex: string;
  readonly from: string;
  readonly codec: string;
  readonly coreRate: number;
  readonly outputRate: number;
  readonly channels: number | undefined;
  readonly samples: number | undefined;
}

function row(
  hex: string,
  from: string,
  codec: string,
  rates: number | readonly [number, number],
  channels: number | undefined,
  samples: number | undefined,
): Case {
  const [coreRate, outputRate] = typeof rates === 'number' ? [rates, rates] : rates;
  return { hex, from, codec: `mp4a.40.${codec}`, coreRate, outputRate, channels, samples };
}

/** AAC-LC, index 15, 44100 in 24 bits, two channels, GASpecificConfig of zeros. */
const EXPLICIT_44100 = toHex(fromBits('00010 1111 000000001010110001000100 0010 000'));

/**
 * Output rate and channels were judged by ffprobe 9 on an MP4 with this very configuration, but where "by the standard"
 * stands: bits laid out by hand after ISO/IEC 14496-3, for what ffprobe does not decode.
 */
const CASES: readonly Case[] = [
  row('1188', 'ems/clean/audio-starts-late', '2', 48000, 1, 1024),
  row('1190', 'ems/clean/ts-ingest', '2', 48000, 2, 1024),
  row('11b0', 'ems/clean/surround-5.1', '2', 48000, 6, 1024),
  row('1208', 'ems/clean/samesize', '2', 44100, 1, 1024),
  row('1210', 'ems/clean/av-bframes', '2', 44100, 2, 1024),
  row('1388', 'ems/clean/many-keyframes', '2', 22050, 1, 1024),
  row('119056e500', 'go-rtmp/complete/h265_b_aac, config.json', '2', 48000, 2, 1024),
  row('121056e500', 'go-rtmp/complete/h264_aac, config.json', '2', 44100, 2, 1024),
  // What the FDK and Coding Technologies encoders announce.
  row('2b920800', 'HE-AAC, hierarchical', '5', [22050, 44100], 2, 1024),
  row('2b118800', 'HE-AAC, hierarchical', '5', [24000, 48000], 2, 1024),
  row('131056e598', 'HE-AAC, backward compatible', '5', [24000, 48000], 2, 1024),
  row('139056e5a0', 'HE-AAC, backward compatible', '5', [22050, 44100], 2, 1024),
  row('eb8a0800', 'HE-AAC v2, hierarchical', '29', [22050, 44100], 2, 1024),
  row('138856e5a54880', 'HE-AAC v2, backward compatible', '29', [22050, 44100], 2, 1024),
  // Channels listed one by one, by ffmpeg's encoder.
  row('118004c4040021100c4c61766336332e312e31303256e500', 'ffmpeg -c:a aac, quad', '2', 48000, 4, 1024),
  row('118004c80900010884000c4c61766336332e312e31303256e500', 'ffmpeg -c:a aac, 6.1', '2', 48000, 7, 1024),
  row('118004cc05000108c8000c4c61766336332e312e31303256e500', 'ffmpeg -c:a aac, 7.1(wide)', '2', 48000, 8, 1024),
  row('118004c4010020000c4c61766336332e312e31303256e500', 'ffmpeg -c:a aac, 2.1', '2', 48000, 3, 1024),
  // Numbered channel configurations above 6, and frames of 960.
  row('12b8', 'configuration 7', '2', 32000, 8, 1024),
  row('11d8', 'configuration 11', '2', 48000, 7, 1024),
  row('11e0', 'configuration 12', '2', 48000, 8, 1024),
  row('11f0', 'configuration 14', '2', 48000, 8, 1024),
  row('1214', 'frameLengthFlag', '2', 44100, 2, 960),
  row('11e8', 'configuration 13 (22.2)', '2', 48000, 24, 1024),
  row('11c8', 'configuration 9 (reserved), by the standard', '2', 48000, undefined, 1024),
  row(EXPLICIT_44100, 'sampling frequency written out: 44100, by the standard', '2', 44100, 2, 1024),
  row('b99000', 'AAC-LD', '23', 48000, 2, 512),
  row('b99400', 'AAC-LD, frameLengthFlag', '23', 48000, 2, 480),
  row('f8e85000', 'AAC-ELD', '39', 44100, 2, undefined),
];

function parsed(hex: string): AudioSpecificConfig {
  const { value, fault } = parseAudioSpecificConfig(fromHex(hex));
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

describe('an AudioSpecificConfig', () => {
  for (const { hex, from, codec, coreRate, outputRate, channels, samples } of CASES) {
    it(`says rates, channels, frame length and codec: ${hex} (${from})`, () => {
      const config = parsed(hex);
      assert.equal(config.samplingFrequency.hertz, coreRate);
      assert.equal(outputSamplingRate(config), outputRate);
      assert.equal(channelCount(config), channels);
      assert.equal(samplesPerFrame(config), samples);
      assert.equal(codecString(config), codec);
    });

    it(`is written back byte for byte: ${hex} (${from})`, () => {
      assert.equal(toHex(writeAudioSpecificConfig(parsed(hex))), hex);
    });
  }

  it('is read field by field', () => {
    assert.deepEqual(parsed('138856e5a54880'), {
      audioObjectType: 2,
      samplingFrequency: { index: 7, hertz: 22050 },
      channelConfiguration: 1,
      extension: {
        signalling: 'backwardCompatible',
        audioObjectType: 5,
        sbrPresentFlag: true,
        samplingFrequency: { index: 4, hertz: 44100 },
        psPresentFlag: true,
        channelConfiguration: undefined,
      },
      gaSpecificConfig: {
        frameLengthFlag: false,
        coreCoderDelay: undefined,
        programConfigElement: undefined,
        layerNr: undefined,
        extension: undefined,
      },
      epConfig: undefined,
      trailing: NO_BITS,
    });
  });

  it('says of an extension that there is none', () => {
    const { extension } = parsed('119056e500');
    assert.ok(extension?.signalling === 'backwardCompatible');
    assert.equal(extension.sbrPresentFlag, false);
    assert.equal(extension.samplingFrequency, undefined);
  });

  it('lists channels one by one where no number stands for them', () => {
    const element = parsed('118004c4040021100c4c61766336332e312e31303256e500').gaSpecificConfig?.programConfigElement;
    assert.deepEqual(element?.frontChannelElements, [{ isCpe: true, elementTag: 0 }]);
    assert.deepEqual(element?.backChannelElements, [{ isCpe: true, elementTag: 1 }]);
    assert.equal(Buffer.from(element?.commentField ?? []).toString('latin1'), 'Lavc63.1.102');
  });

  it('keeps the configurations of other coders as bits', () => {
    const { gaSpecificConfig, trailing } = parsed('f8e85000');
    assert.equal(gaSpecificConfig, undefined);
    // 11111 000111 0100 0010 stands before them.
    assert.deepEqual(trailing, { bytes: fromBits('1000 0000 0000 0'), bitLength: 13 });
  });

  it('keeps bits behind its end that only look like an extension', () => {
    for (const hex of ['1210ffffff', '121056e4ff', '12100000']) {
      assert.equal(toHex(writeAudioSpecificConfig(parsed(hex))), hex);
    }
  });

  it('writes a frequency the shorter way, where it has one', () => {
    assert.deepEqual(samplingFrequencyOf(44100), { index: 4, hertz: 44100 });
    assert.deepEqual(samplingFrequencyOf(44056), { index: 15, hertz: 44056 });
    const explicit = { ...parsed('1210'), samplingFrequency: { index: 15, hertz: 44100 } };
    assert.equal(toHex(writeAudioSpecificConfig(explicit)), EXPLICIT_44100);
  });
});

describe('a damaged AudioSpecificConfig', () => {
  it('is refused where the sampling frequency is reserved, or zero', () => {
    for (const hex of ['1690', '1710', '1780000010']) {
      const { value, fault } = parseAudioSpecificConfig(fromHex(hex), { base: 50 });
      assert.equal(value, undefined);
      assert.equal(fault?.offset, 50);
      assert.match(fault?.message ?? '', /expected a sampling frequency/);
    }
  });

  it('is refused where what it cannot do without breaks off', () => {
    for (const hex of ['', '12', '2b92', '2b9208', '1180', '118004c404002110', '17805622']) {
      assert.equal(parseAudioSpecificConfig(fromHex(hex)).value, undefined, hex);
    }
  });

  it('is valid where only a backward compatible extension breaks off, which is said and kept', () => {
    const { value, fault } = parseAudioSpecificConfig(fromHex('119056e5'));
    assert.equal(value?.audioObjectType, 2);
    assert.equal(value?.extension, undefined);
    assert.equal(fault?.message, 'expected 1 more bit, found 0');
    assert.equal(toHex(writeAudioSpecificConfig(value!)), '119056e5');
  });

  it('never throws, and all bytes that could be read are written back', () => {
    for (const { hex } of CASES) {
      const bytes = fromHex(hex);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) assertExact(damaged);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => assertExact(bytes)),
      { numRuns: 20_000 },
    );
  });

  it('is done with a megabyte at once', () => {
    const bytes = new Uint8Array(1 << 20).fill(0xff);
    bytes.set(fromHex('1210'));
    assert.equal(parseAudioSpecificConfig(bytes).value?.trailing.bitLength, ((1 << 20) - 2) * 8);
  });
});

describe('round trips of AudioSpecificConfigs', () => {
  const frequency = fc.oneof(
    fc.integer({ min: 0, max: 12 }).map((index) => ({ index, hertz: SAMPLING_FREQUENCIES[index]! })),
    fc.integer({ min: 1, max: 0xffffff }).map((hertz) => ({ index: 15, hertz })),
  );
  const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
    fc.option(arbitrary, { nil: undefined });
  const nibble = fc.nat(15);
  const channelElements = fc.array(plainRecord({ isCpe: fc.boolean(), elementTag: nibble }), { maxLength: 15 });
  const programConfigElement = plainRecord({
    elementInstanceTag: nibble,
    objectType: fc.nat(3),
    samplingFrequencyIndex: nibble,
    monoMixdownElementNumber: maybe(nibble),
    stereoMixdownElementNumber: maybe(nibble),
    matrixMixdown: maybe(plainRecord({ index: fc.nat(3), pseudoSurroundEnable: fc.boolean() })),
    frontChannelElements: channelElements,
    sideChannelElements: channelElements,
    backChannelElements: channelElements,
    lfeElementTags: fc.array(nibble, { maxLength: 3 }),
    assocDataElementTags: fc.array(nibble, { maxLength: 7 }),
    validCcElements: fc.array(plainRecord({ isIndSw: fc.boolean(), elementTag: nibble }), { maxLength: 15 }),
    byteAlignmentBits: fc.constant(0),
    commentField: fc.uint8Array({ maxLength: 255 }),
  });
  const resilience = plainRecord({
    aacSectionDataResilienceFlag: fc.boolean(),
    aacScalefactorDataResilienceFlag: fc.boolean(),
    aacSpectralDataResilienceFlag: fc.boolean(),
  });
  const subFrames = plainRecord({ numOfSubFrame: fc.nat(31), layerLength: fc.nat(2047) });
  const hierarchical = (bsac: boolean): fc.Arbitrary<HierarchicalExtension> =>
    plainRecord({
      signalling: fc.constant('hierarchical' as const),
      audioObjectType: fc.constantFrom(5, 29),
      samplingFrequency: frequency,
      channelConfiguration: bsac ? nibble : fc.constant(undefined),
    });
  const backwardCompatible = plainRecord({
    audioObjectType: fc.constantFrom(5, 22),
    sbrPresentFlag: fc.boolean(),
    samplingFrequency: frequency,
    psPresentFlag: maybe(fc.boolean()),
    channelConfiguration: nibble,
  }).map((extension) => {
    const isSbr = extension.audioObjectType === 5;
    return {
      ...extension,
      signalling: 'backwardCompatible' as const,
      samplingFrequency: extension.sbrPresentFlag ? extension.samplingFrequency : undefined,
      psPresentFlag: isSbr && extension.sbrPresentFlag ? extension.psPresentFlag : undefined,
      channelConfiguration: isSbr ? undefined : extension.channelConfiguration,
    };
  });
  const config: fc.Arbitrary<AudioSpecificConfig> = fc
    .tuple(fc.constantFrom(1, 2, 3, 4, 6, 7, 17, 19, 20, 21, 22, 23), nibble)
    .chain(([audioObjectType, channelConfiguration]) => {
      const [isScalable, isBsac] = [[6, 20].includes(audioObjectType), audioObjectType === 22];
      return plainRecord({
        audioObjectType: fc.constant(audioObjectType),
        channelConfiguration: fc.constant(channelConfiguration),
        samplingFrequency: frequency,
        extension: maybe<AudioSpecificConfig['extension']>(fc.oneof(hierarchical(isBsac), backwardCompatible)),
        gaSpecificConfig: plainRecord({
          frameLengthFlag: fc.boolean(),
          coreCoderDelay: maybe(fc.nat(0x3fff)),
          programConfigElement: channelConfiguration === 0 ? programConfigElement : fc.constant(undefined),
          layerNr: isScalable ? fc.nat(7) : fc.constant(undefined),
          extension: maybe(
            plainRecord({
              subFrames: isBsac ? subFrames : fc.constant(undefined),
              resilience: [17, 19, 20, 23].includes(audioObjectType) ? resilience : fc.constant(undefined),
              extensionFlag3: fc.boolean(),
            }),
          ),
        }),
        epConfig: audioObjectType >= 17 ? fc.nat(1) : fc.constant(undefined),
        trailing: fc.constant(NO_BITS),
      });
    });

  it('give back every configuration that was written', () => {
    fc.assert(
      fc.property(config, (value) => {
        assert.deepEqual(parseAudioSpecificConfig(writeAudioSpecificConfig(value)), { value, fault: undefined });
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused more elements than can be counted', () => {
    const value = parsed('118004c4010020000c4c61766336332e312e31303256e500');
    const element = value.gaSpecificConfig!.programConfigElement!;
    const tooMany = { ...element, lfeElementTags: [0, 1, 2, 3] };
    const gaSpecificConfig = { ...value.gaSpecificConfig!, programConfigElement: tooMany };
    assert.throws(() => writeAudioSpecificConfig({ ...value, gaSpecificConfig }), RangeError);
  });
});

function assertExact(bytes: Uint8Array): void {
  const { value, fault } = parseAudioSpecificConfig(bytes);
  if (value === undefined) {
    assert.ok(fault !== undefined);
    return;
  }
  assert.deepEqual(writeAudioSpecificConfig(value), bytes);
  assert.ok(outputSamplingRate(value) > 0);
  assert.match(codecString(value), /^mp4a\.40\.\d+$/);
  const channels = channelCount(value);
  assert.ok(channels === undefined || channels <= 93);
}
