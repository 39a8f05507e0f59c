import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { FrameSyntaxOptions } from '../../../src/codecs/aac/frame-syntax.ts';
import { AccessUnitParser, IMPOSSIBLE, NEEDS_MORE } from '../../../src/codecs/aac/raw-data-block.ts';
import { seededRandom } from '../../support/damage.ts';
import { copyStagingCase, stagingCases, stagingFixtures, type StagingFixture } from '../../support/fixtures.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { trackSamples } from '../../support/truth.ts';
import { bitFlips, fromBits } from '../hex.ts';
import { AccessUnitWriter } from './access-units.ts';

interface Place {
  readonly offset: number;
  readonly size: number;
}

/** The sounds of a recording among the fixtures, and what its AudioSpecificConfig says of them. */
interface Sounds {
  readonly label: string;
  readonly bytes: Uint8Array;
  readonly places: readonly Place[];
  readonly options: FrameSyntaxOptions;
}

/** The first two bytes of an AudioSpecificConfig: 5 bits object type, 4 bits frequency, 4 bits channels. */
function optionsOf(audioSpecificConfig: string): FrameSyntaxOptions {
  const bits = Number.parseInt(audioSpecificConfig.slice(0, 4), 16);
  return {
    audioObjectType: bits >>> 11,
    samplingFrequencyIndex: (bits >>> 7) & 15,
    channelConfiguration: (bits >>> 3) & 15,
  };
}

function* stagingAudio(test: Lifetime): Generator<Sounds> {
  for (const group of ['clean', 'crashed'] as const) {
    for (const name of stagingCases(group)) {
      const directory = scratchDirectory(test);
      copyStagingCase(group, name, directory);
      for (const { base, truth } of stagingFixtures(group, name)) {
        const bytes = readFileSync(join(directory, `${base}.mdat`));
        const places = trackSamples(truth, 'audio').filter(({ offset, size }) => offset + size <= bytes.length);
        if (places.length === 0) continue;
        const options = optionsOf(audioSpecificConfig(group, truth.config.audio));
        yield { label: `${group}/${name}/${base}`, bytes, places, options };
      }
    }
  }
}

/** Clean sets keep an ES_Descriptor, with the configuration behind tag 5 and a length in four bytes. */
function audioSpecificConfig(group: StagingFixture['group'], config: string): string {
  return group === 'clean' ? (config.split('0580808002')[1] ?? '') : config;
}

interface FlvTruthLine {
  readonly kind?: string;
  readonly track: string;
  readonly offset: number;
  readonly size: number;
}

function* flvAudio(): Generator<Sounds> {
  for (const name of ['aac_only_flv', 'h264_aac', 'realserver_ffrtmp_silence']) {
    const directory = join(fixturesDirectory, 'go-rtmp', name);
    const bytes = readFileSync(join(directory, 'recording.flv'));
    const config = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as {
      readonly audio: readonly { readonly hex: string }[];
    };
    const lines = readFileSync(join(directory, 'truth.jsonl'), 'utf8').trim().split('\n');
    const places = lines
      .map((line) => JSON.parse(line) as FlvTruthLine)
      .filter(({ kind, track }) => kind === undefined && track === 'audio');
    yield { label: name, bytes, places, options: optionsOf(config.audio[0]!.hex) };
  }
}

/** This publisher filled all of its sounds up to the same size, with zeros behind the END. */
const padded = 'clean/samesize-both/rec.mp4';

const element = fc.constantFrom(0, 1, 2, 3, 4, 5, 6);
const choices = fc.record({
  samplingFrequencyIndex: fc.integer({ min: 0, max: 12 }),
  frameLength: fc.constantFrom(1024 as const, 960 as const),
  audioObjectType: fc.constantFrom(1 as const, 2 as const, 4 as const),
});
/** Orders of channel elements, by channel configuration (Table 1.19). */
const orders: readonly (readonly [number, readonly number[]])[] = [
  [1, [0]],
  [2, [1]],
  [3, [0, 1]],
  [4, [0, 1, 0]],
  [5, [0, 1, 1]],
  [6, [0, 1, 1, 3]],
  [7, [0, 1, 1, 1, 3]],
  [11, [0, 1, 1, 0, 3]],
  [12, [0, 1, 1, 1, 3]],
  [14, [0, 1, 1, 3, 1]],
];

describe('the end of an AAC access unit', () => {
  it('is found for every sound of the recordings, with what lies behind it unknown', (t) => {
    let count = 0;
    for (const { label, bytes, places, options } of [...stagingAudio(t), ...flvAudio()]) {
      for (const asEncodersWrite of [false, true]) {
        const parser = new AccessUnitParser({ ...options, asEncodersWrite });
        for (const { offset, size } of places) {
          const end = parser.parse(bytes, offset);
          if (label === padded) {
            assert.ok(end > offset && end <= offset + size, `${label} at ${offset}: ${parser.fault}`);
            assert.ok(bytes.subarray(end, offset + size).every((byte) => byte === 0));
          } else {
            assert.equal(end, offset + size, `${label} at ${offset}: ${parser.fault}`);
          }
          count++;
        }
      }
    }
    assert.ok(count > 2 * 17_000, `${count}`);
  });

  it('is found for everything the syntax has, 960 samples a frame and tools that no encoder at hand uses', () => {
    fc.assert(
      fc.property(fc.integer(), choices, fc.array(element, { minLength: 1, maxLength: 5 }), (seed, options, more) => {
        // Some channel there has to be.
        const elements = more.some((id) => id === 0 || id === 1 || id === 3) ? more : [...more, 0];
        const writer = new AccessUnitWriter(seededRandom(seed), options);
        const bytes = writer.write(elements);
        const parser = new AccessUnitParser(options);
        // Beyond the buffer of any decoder (random values cost ten times those of sound), it is refused.
        const end = parser.parse(withGarbageBehind(bytes, seed), 0);
        if (bytes.length > 22 * 1024) assert.equal(end, IMPOSSIBLE);
        else assert.equal(end, bytes.length, parser.fault);
        if (end > 0) assert.equal(parser.channels, writer.channels);
      }),
      { numRuns: 1500 },
    );
  });

  it('is found in what encoders write by the strict rules too, for every channel configuration', () => {
    fc.assert(
      fc.property(fc.integer(), choices, fc.constantFrom(...orders), (seed, options, [channelConfiguration, order]) => {
        const writer = new AccessUnitWriter(seededRandom(seed), options);
        const bytes = writer.write(order);
        const size = writer.channels * 1024;
        for (const configuration of [channelConfiguration, undefined]) {
          const known = configuration === undefined ? {} : { channelConfiguration: configuration };
          const parser = new AccessUnitParser({ ...options, ...known, asEncodersWrite: true });
          const end = parser.parse(withGarbageBehind(bytes, seed), 0);
          if (bytes.length > size) assert.equal(end, IMPOSSIBLE);
          else assert.equal(end, bytes.length, parser.fault);
        }
        // And not as any other configuration.
        for (const [other, otherOrder] of orders) {
          if (otherOrder.join('') === order.join('')) continue;
          const parser = new AccessUnitParser({ ...options, channelConfiguration: other });
          assert.notEqual(parser.parse(bytes, 0), bytes.length);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is not claimed where the bytes end before it: they need more, wherever they are cut', (t) => {
    for (const { label, bytes, places, options } of [...stagingAudio(t), ...flvAudio()]) {
      if (label === padded) continue;
      const parsers = [false, true].map((asEncodersWrite) => new AccessUnitParser({ ...options, asEncodersWrite }));
      // A few of each recording; the largest and the first, which has the encoder's name in it, among them.
      const largest = places.reduce((one, other) => (other.size > one.size ? other : one));
      for (const { offset, size } of [...places.slice(0, 2), largest]) {
        for (let length = 0; length < size; length++) {
          for (const parser of parsers) {
            // Whether the bytes go on behind the end or not makes no difference.
            assert.equal(
              parser.parse(bytes, offset, offset + length),
              NEEDS_MORE,
              `${label} at ${offset}, ${length} bytes`,
            );
            assert.equal(parser.parse(bytes.slice(offset, offset + length), 0), NEEDS_MORE);
          }
        }
      }
    }
  });

  it('is not claimed beyond the bytes that are there in any case, and finding it comes to an end', () => {
    const parsers = [undefined, 0, 1, 2, 6].flatMap((channelConfiguration) =>
      [false, true].map(
        (asEncodersWrite) =>
          new AccessUnitParser({
            samplingFrequencyIndex: 4,
            asEncodersWrite,
            ...(channelConfiguration === undefined ? {} : { channelConfiguration }),
          }),
      ),
    );
    const check = (bytes: Uint8Array, offset: number): void => {
      for (const parser of parsers) {
        const end = parser.parse(bytes, offset);
        assert.ok(end === IMPOSSIBLE || end === NEEDS_MORE || (end > offset && end <= bytes.length), `${end}`);
        assert.equal(end < 0, parser.fault !== undefined);
      }
    };
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600, size: 'max' }), fc.nat(20), (bytes, offset) => {
        check(bytes, Math.min(offset, bytes.length));
      }),
      { numRuns: 3000 },
    );
    for (const value of [0x00, 0xff, 0xc0, 0xdf, 0x80, 0x9f]) {
      const bytes = new Uint8Array(100_000).fill(value);
      for (let offset = 0; offset < 300; offset++) check(bytes, offset);
    }
  });

  it('may move when bits turn over, but never out of the bytes', () => {
    for (const { bytes, places, options } of flvAudio()) {
      const parser = new AccessUnitParser(options);
      const { offset, size } = places[5]!;
      for (const flipped of bitFlips(bytes.slice(offset, offset + size))) {
        const end = parser.parse(flipped, 0);
        assert.ok(end <= flipped.length);
      }
    }
  });
});

describe('a place that is no access unit', () => {
  const faultOf = (bits: string, options: Partial<FrameSyntaxOptions> = {}): string | undefined => {
    const parser = new AccessUnitParser({ samplingFrequencyIndex: 4, ...options });
    parser.parse(fromBits(`${bits} ${'0'.repeat(400)}`), 0);
    return parser.fault;
  };
  // Single channel, tag 0, gain 100, long window of 40 bands; then one section of codebook 0, and no tool.
  const start = '000 0000 01100100';
  const silent = `${start} 0 00 0 101000 0 0000 11111 01001 0 0 0`;

  it('says what is wrong with it', () => {
    const faults: readonly (readonly [string, string])[] = [
      [`${start} 0 00 0 110010 0`, 'max_sfb is beyond the bands of this sampling frequency'],
      [`${start} 0 10 0 1111 0000000`, 'max_sfb is beyond the bands of this sampling frequency'],
      [`${start} 0 00 0 101000 1`, 'there is prediction, which AAC-LC has not'],
      [`${start} 0 00 0 101000 0 1100 00001`, 'a section has the reserved codebook 12'],
      [`${start} 0 00 0 101000 0 0000 11111 01010`, 'a section is longer than there are bands'],
      [`000 0000 00000000 0 00 0 000001 0 0001 00001 100`, 'a scale factor is out of range'],
      [`${start} 0 00 0 101000 0 0000 11111 01001 1 00 110001`, 'pulses begin beyond the last band'],
      [
        `${start} 0 00 0 101000 0 0000 11111 01001 1 11 110000 ${'11111 0000'.repeat(4)}`,
        'a pulse lies beyond the last band',
      ],
      [`${start} 0 10 0 0001 1111111 0000 001 1 00 000000`, 'there are pulses in short windows'],
      [`${start} 0 00 0 101000 0 0000 11111 01001 0 1 01 0 000000 01101`, 'a TNS filter is of too high an order'],
      [`${start} 0 00 0 101000 0 0000 11111 01001 0 0 1`, 'there is gain control, which AAC-LC has not'],
      [`001 0000 1 0 00 0 101000 0 11`, 'ms_mask_present has its reserved value'],
      [`${silent} 000 0000`, 'two elements have the same tag'],
      ['100 0000 0 00000000 111', 'there are too few channels'],
      ['1100000'.repeat(150), 'there are too many elements without audio'],
      ['111', 'no access unit begins with such an element'],
    ];
    for (const [bits, fault] of faults) assert.equal(faultOf(bits), fault, bits);
    assert.equal(faultOf(`${silent} 111`), undefined);
  });

  it('may be one by the syntax and not by what encoders write', () => {
    const oddities: readonly (readonly [string, string])[] = [
      [`${silent} 111 1`, 'the last bits are not zero'],
      [`000 0000 01100100 1 00 0 000000 0 000 111`, 'ics_reserved_bit is set'],
      [`${start} 0 00 0 000010 0 0001 00000 0000 00010 000 111`, 'a section is empty'],
      [`${start} 0 00 0 000001 0 1111 00001 0 000 111`, 'there is intensity stereo without another channel'],
      [`000 0001 01100100 0 00 0 000000 0 000 111`, 'no access unit begins with such an element'],
      [`110 0001 10000000 ${silent} 111`, 'a fill element has a reserved type'],
      [`${silent} 010 0000`, 'there is a coupling channel'],
      [`${silent} 101 0000`, 'there is a program configuration'],
    ];
    for (const [bits, fault] of oddities) assert.equal(faultOf(bits, { asEncodersWrite: true }), fault, bits);
    for (const [bits] of oddities.slice(0, 6)) assert.equal(faultOf(bits), undefined, bits);
  });

  it('cannot even be looked for where the object type has another syntax', () => {
    assert.throws(() => new AccessUnitParser({ samplingFrequencyIndex: 4, audioObjectType: 3 }), RangeError);
    assert.throws(() => new AccessUnitParser({ samplingFrequencyIndex: 13 }), RangeError);
    assert.throws(() => new AccessUnitParser({ samplingFrequencyIndex: 4, channelConfiguration: 8 }), RangeError);
  });
});

/** The bytes, and behind them others of no sense. */
function withGarbageBehind(bytes: Uint8Array, seed: number): Uint8Array {
  const random = seededRandom(seed + 1);
  return Uint8Array.from([...bytes, ...Array.from({ length: 9 }, () => random.below(256))]);
}
