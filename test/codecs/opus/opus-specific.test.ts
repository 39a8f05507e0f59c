import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  parseOpusHead,
  parseOpusSpecificBox,
  writeOpusHead,
  writeOpusSpecificBox,
  type OpusConfiguration,
} from '../../../src/codecs/opus/opus-specific.ts';
import { needs } from '../../support/judges.ts';
import { boxPayload } from '../boxes.ts';
import { bytesOf, encode, TONES } from '../encoded.ts';
import { fromHex, toHex, truncations } from '../hex.ts';

const byte = fc.integer({ min: 0, max: 255 });
const common = {
  outputChannelCount: fc.integer({ min: 1, max: 8 }),
  preSkip: fc.integer({ min: 0, max: 0xffff }),
  inputSampleRate: fc.integer({ min: 0, max: 0xffffffff }),
  outputGain: fc.integer({ min: -32768, max: 32767 }),
  trailing: fc.uint8Array({ maxLength: 4 }),
};
const configuration: fc.Arbitrary<OpusConfiguration> = fc
  .tuple(fc.record(common), fc.integer({ min: 0, max: 255 }), byte, byte, fc.uint8Array({ minLength: 8, maxLength: 8 }))
  .map(([fields, channelMappingFamily, streamCount, coupledCount, mapping]) => ({
    ...fields,
    channelMappingFamily,
    mapping:
      channelMappingFamily === 0
        ? undefined
        : { streamCount, coupledCount, channelMapping: mapping.slice(0, fields.outputChannelCount) },
  }));

describe('the configuration of an Opus stream', () => {
  it('is read field by field from either form', () => {
    const expected = {
      outputChannelCount: 6,
      preSkip: 312,
      inputSampleRate: 44100,
      outputGain: -256,
      channelMappingFamily: 1,
      mapping: { streamCount: 4, coupledCount: 2, channelMapping: fromHex('000401020305') },
      trailing: new Uint8Array(0),
    };
    // Version, OutputChannelCount, PreSkip, InputSampleRate, OutputGain, ChannelMappingFamily, streams, coupled, mapping
    const box = fromHex('00 06 0138 0000ac44 ff00 01 04 02 000401020305');
    const head = fromHex('4f70757348656164 01 06 3801 44ac0000 00ff 01 04 02 000401020305');
    assert.deepEqual(parseOpusSpecificBox(box).value, expected);
    assert.deepEqual(parseOpusHead(head).value, expected);
    assert.equal(toHex(writeOpusHead(expected)), toHex(head));
    assert.equal(toHex(writeOpusSpecificBox(expected)), toHex(box));
    for (const cut of truncations(box)) assert.equal(parseOpusSpecificBox(cut).value, undefined);
    for (const cut of truncations(head)) assert.equal(parseOpusHead(cut).value, undefined);
  });

  it('comes back from its bytes as it was', () => {
    fc.assert(
      fc.property(configuration, (value) => {
        assert.deepEqual(parseOpusSpecificBox(writeOpusSpecificBox(value)).value, value);
        assert.deepEqual(parseOpusHead(writeOpusHead(value)).value, value);
      }),
    );
  });

  it('is the same in the MP4 and in the Ogg file that ffmpeg makes', needs('ffmpeg'), async (test) => {
    const codec = [...TONES, '-c:a', 'libopus', '-b:a', '32k', '-bitexact'];
    const box = boxPayload(bytesOf(await encode(test, 'sound.mp4', codec)), 'dOps');
    const ogg = bytesOf(await encode(test, 'sound.ogg', codec));
    const at = Buffer.from(ogg).indexOf('OpusHead');
    const head = ogg.subarray(at, at + 19);
    const { value } = parseOpusHead(head);
    assert.deepEqual(parseOpusSpecificBox(box).value, value);
    assert.equal(toHex(writeOpusSpecificBox(value!)), toHex(box));
    assert.equal(value?.outputChannelCount, 2);
    assert.equal(value?.preSkip, 312);
  });
});
