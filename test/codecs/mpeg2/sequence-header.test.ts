import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { codecString, parseMpeg2SequenceHeader } from '../../../src/codecs/mpeg2/sequence-header.ts';
import { bitFlips, fromBits, truncations } from '../hex.ts';

const startCode = (code: number): string => `00000000 00000000 00000001 ${code.toString(2).padStart(8, '0')}`;
const header = [
  startCode(0xb3),
  '001011010000 001001000000', // 720 x 576
  '0011 0011', // 16:9, 25 a second
  '000011101010011000 1', // bit_rate_value 15000, marker
  '0001110000 0', // vbv_buffer_size_value 112, constrained_parameters_flag
  '0 0', // no quantiser matrices
].join('');
const extension = [
  startCode(0xb5),
  '0001', // sequence_extension
  '0 100 1000', // Main profile at Main level
  '0 01', // interlaced, 4:2:0
  '01 00', // size extensions: 4096 more columns
  '000000000001 1', // 2^18 more units of bit rate, marker
  '00000010', // 2048 more units of buffer
  '1 00 00001', // low_delay; rate times 1/2
].join('');
const userData = [startCode(0xb2), '01100001 01100010'].join('');
const display = [
  startCode(0xb5),
  '0010', // sequence_display_extension
  '001 1', // PAL, with colour
  '00000101 00000101 00000110', // BT.470BG twice, SMPTE-170M
  '00001011010000 1 00001001000000 000', // 720 x 576
].join('');
const picture = startCode(0x00);

describe('the MPEG-2 sequence header', () => {
  it('is read with its extensions, field by field', () => {
    const bytes = fromBits([header, extension, userData, display, picture].join(''));
    const { value, fault } = parseMpeg2SequenceHeader(bytes);
    assert.equal(fault, undefined);
    assert.deepEqual(value, {
      width: 720 + 4096,
      height: 576,
      aspectRatioInformation: 3,
      frameRate: { numerator: 25, denominator: 2 },
      bitRate: (15000 + 2 ** 18) * 400,
      vbvBufferSize: 112 + 2048,
      extension: { profileAndLevelIndication: 0x48, progressiveSequence: false, chromaFormat: 1, lowDelay: true },
      display: {
        videoFormat: 1,
        colourDescription: { colourPrimaries: 5, transferCharacteristics: 5, matrixCoefficients: 6 },
        displayHorizontalSize: 720,
        displayVerticalSize: 576,
      },
    });
    assert.equal(codecString(value), 'mp4v.61');
  });

  it('without an extension is of MPEG-1, and what stands behind a picture is none of its business', () => {
    const { value } = parseMpeg2SequenceHeader(fromBits([header, picture, extension].join('')));
    assert.equal(value?.extension, undefined);
    assert.equal(value?.width, 720);
    assert.equal(codecString(value), 'mp4v.6A');
  });

  it('is a value or a fault wherever it is cut off, and of arbitrary bytes', () => {
    const bytes = fromBits([header, extension, display].join(''));
    for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) {
      const { value, fault } = parseMpeg2SequenceHeader(damaged);
      assert.ok((value === undefined) === (fault !== undefined));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const { value } = parseMpeg2SequenceHeader(Uint8Array.from([0, 0, 1, 0xb3, ...rest]));
        if (value !== undefined) assert.ok(value.width > 0 && value.height > 0 && value.frameRate.numerator > 0);
      }),
    );
  });
});
