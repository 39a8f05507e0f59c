import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ObuType, parseObuChain, readLeb128, writeLeb128 } from '../../../src/codecs/av1/obu.ts';
import { parseAv1CodecConfiguration, writeAv1CodecConfiguration } from '../../../src/codecs/av1/codec-configuration.ts';
import { parseAv1FrameHeader } from '../../../src/codecs/av1/frame-header.ts';
import { parseAv1SequenceHeader, type Av1SequenceHeader } from '../../../src/codecs/av1/sequence-header.ts';
import { readAv1TemporalUnit, sequenceHeaderOf } from '../../../src/codecs/av1/temporal-unit.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { boxPayload } from '../boxes.ts';
import { bytesOf, encode, PICTURES, traceHeaders } from '../encoded.ts';
import { bitFlips, fromHex, toHex, truncations } from '../hex.ts';

const realtime = ['-c:v', 'libaom-av1', '-usage', 'realtime', '-cpu-used', '8'];
const good = ['-c:v', 'libaom-av1', '-cpu-used', '8', '-lag-in-frames', '19', '-auto-alt-ref', '1'];
const ENCODINGS: readonly (readonly string[])[] = [
  [...realtime, '-pix_fmt', 'yuv420p', '-g', '5'],
  [...good, '-pix_fmt', 'yuv420p10le', '-g', '12', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc'],
  [...realtime, '-pix_fmt', 'yuv444p', '-error-resilience', '1'],
  [...realtime, '-pix_fmt', 'gray', '-still-picture', '1', '-frames:v', '1'],
  ['-c:v', 'libsvtav1', '-preset', '10', '-svtav1-params', 'keyint=10', '-pix_fmt', 'yuv420p'],
];

function assertSequenceHeader(header: Av1SequenceHeader, elements: ReadonlyMap<string, number>): void {
  const number = (name: string) => elements.get(name) ?? 0;
  assert.equal(header.seqProfile, number('seq_profile'));
  assert.equal(header.stillPicture, number('still_picture') === 1);
  assert.equal(header.seqLevelIdx, number('seq_level_idx[0]'));
  assert.equal(header.maxFrameWidth, number('max_frame_width_minus_1') + 1);
  assert.equal(header.maxFrameHeight, number('max_frame_height_minus_1') + 1);
  assert.equal(header.timing?.timeScale, elements.get('time_scale'));
  assert.equal(header.orderHintBits, number('enable_order_hint') === 1 ? number('order_hint_bits_minus_1') + 1 : 0);
  const { colourConfig } = header;
  assert.equal(colourConfig.bitDepth, number('high_bitdepth') === 1 ? 10 : 8);
  assert.equal(colourConfig.monochrome, number('mono_chrome') === 1);
  assert.equal(colourConfig.colourRangeFull, number('color_range') === 1);
  assert.equal(colourConfig.colour.colourPrimaries, elements.get('color_primaries') ?? 2);
  assert.equal(header.filmGrainParamsPresent, number('film_grain_params_present') === 1);
}

describe('AV1', () => {
  for (const options of ENCODINGS) {
    const name = options.join(' ');
    it(`is read as ffmpeg reads it: ${name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const file = await encode(test, 'video.mp4', [...PICTURES, ...options]);
      const bytes = bytesOf(file);
      const traced = await traceHeaders(file);
      const packets = await probePackets(file, { asStored: true });
      const box = boxPayload(bytes, 'av1C');
      const record = parseAv1CodecConfiguration(box).value!;
      assert.equal(toHex(writeAv1CodecConfiguration(record)), toHex(box));
      let sequenceHeader = sequenceHeaderOf(record.configObus);
      assert.ok(sequenceHeader !== undefined);
      assert.equal(packets.length, traced.length);
      for (const [index, { offset, size, sync }] of packets.entries()) {
        const sample = bytes.subarray(offset!, offset! + size);
        const unit = readAv1TemporalUnit(sample, sequenceHeader);
        sequenceHeader = unit.sequenceHeader!;
        assert.equal(unit.fault, undefined);
        assert.equal(unit.isKeyFrame, sync);
        const headers = traced[index]!;
        for (const { elements } of headers.filter((header) => header.name === 'Sequence Header')) {
          assertSequenceHeader(sequenceHeader, elements);
        }
        const frames = headers.filter((header) => header.name === 'Frame Header' || header.name === 'Frame');
        const expected = frames
          .map(({ elements }) => elements)
          .filter((elements) => elements.has('show_existing_frame') || elements.has('frame_type'));
        for (const [position, elements] of expected.entries()) {
          const frame = unit.frames[position];
          assert.equal(frame?.showExistingFrame, elements.get('show_existing_frame') === 1);
          if (!frame.showExistingFrame) assert.equal(frame.frameType, elements.get('frame_type') ?? 0);
        }
      }
    });
  }

  /** A sequence header of libaom: 322x182, 8 bits, 4:2:0. */
  const sequenceHeader = fromHex('000000043d06d4daf90040');

  it('is a value or a fault wherever its headers are cut off or damaged', () => {
    const header = parseAv1SequenceHeader(fromHex('000000043d06d4daf90040')).value;
    for (const damaged of [...truncations(sequenceHeader), ...bitFlips(sequenceHeader)]) {
      const { value, fault } = parseAv1SequenceHeader(damaged);
      assert.ok(value !== undefined || fault !== undefined);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const { value } = parseAv1SequenceHeader(bytes);
        if (value !== undefined) parseAv1FrameHeader(bytes, value);
        if (header !== undefined) parseAv1FrameHeader(bytes, header);
        const { units, fault } = parseObuChain(bytes);
        const end = units.at(-1)?.end ?? 0;
        assert.ok(fault === undefined ? end === bytes.length : end <= bytes.length);
        readAv1TemporalUnit(bytes, header);
      }),
      { numRuns: 2000 },
    );
  });

  it('has units with and without a size, with and without an extension', () => {
    const bytes = fromHex(
      [
        '12 00', // temporal delimiter, size 0
        '36 48 02 aabb', // frame with an extension: temporal layer 2, spatial layer 1; size 2
        '7a 8200 0102', // padding, its size 2 in two bytes
        '18 ccdd', // frame header that goes to the end
      ].join(''),
    );
    const { units, fault } = parseObuChain(bytes);
    assert.equal(fault, undefined);
    assert.deepEqual(
      units.map(({ type, temporalId, spatialId, payloadStart, end }) => [
        type,
        temporalId,
        spatialId,
        payloadStart,
        end,
      ]),
      [
        [ObuType.temporalDelimiter, 0, 0, 2, 2],
        [ObuType.frame, 2, 1, 5, 7],
        [ObuType.padding, 0, 0, 10, 12],
        [ObuType.frameHeader, 0, 0, 13, 15],
      ],
    );
    assert.match(parseObuChain(fromHex('1205aa')).fault!.message, /expected 5 more bytes, found 1/);
    assert.match(parseObuChain(fromHex('80')).fault!.message, /forbidden/);
  });

  it('has numbers of seven bits a byte that come back as they were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffffffff }), (value) => {
        const bytes = writeLeb128(value);
        assert.deepEqual(readLeb128(bytes, 0), { value, end: bytes.length });
      }),
    );
    assert.equal(readLeb128(new Uint8Array(9).fill(0x80), 0), undefined);
    assert.equal(readLeb128(fromHex('ffffffff1f'), 0), undefined, 'above 2^32 - 1');
  });
});
