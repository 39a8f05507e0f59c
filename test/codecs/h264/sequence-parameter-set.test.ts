import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NalUnitType } from '../../../src/codecs/h264/nal-unit.ts';
import {
  parseSequenceParameterSet,
  profileHasChromaFormat,
  type FrameCropping,
  type PicOrderCnt,
  type SequenceParameterSet,
} from '../../../src/codecs/h264/sequence-parameter-set.ts';
import type {
  SampleAspectRatio,
  VideoUsabilityInformation,
} from '../../../src/codecs/h264/video-usability-information.ts';
import { bitFlips, fromBits, fromHex, truncations } from '../hex.ts';
import { SEQUENCE_PARAMETER_SETS, syntaxElements } from './parameter-set-cases.ts';

/** ITU-T H.264, Table E-1, typed from the standard. */
const ASPECT_RATIOS = '1:1 12:11 10:11 16:11 40:33 24:11 20:11 32:11 80:33 18:11 15:11 64:33 160:99 4:3 3:2 2:1'.split(
  ' ',
);

type Elements = ReadonlyMap<string, string>;

function number(elements: Elements, name: string): number {
  return Number(elements.get(name) ?? 0);
}

function flag(elements: Elements, name: string): boolean {
  return elements.get(name) === '1';
}

function expectedPicOrderCnt(elements: Elements): PicOrderCnt {
  switch (elements.get('pic_order_cnt_type')) {
    case '0':
      return { type: 0, log2MaxPicOrderCntLsb: 4 + number(elements, 'log2_max_pic_order_cnt_lsb_minus4') };
    case '1':
      return {
        type: 1,
        deltaPicOrderAlwaysZeroFlag: flag(elements, 'delta_pic_order_always_zero_flag'),
        offsetForNonRefPic: number(elements, 'offset_for_non_ref_pic'),
        offsetForTopToBottomField: number(elements, 'offset_for_top_to_bottom_field'),
        offsetForRefFrame: Array.from(
          { length: number(elements, 'num_ref_frames_in_pic_order_cnt_cycle') },
          (_, index) => number(elements, `offset_for_ref_frame[${index}]`),
        ),
      };
    default:
      return { type: 2 };
  }
}

function expectedVui(elements: Elements): VideoUsabilityInformation | undefined {
  if (!flag(elements, 'vui_parameters_present_flag')) return undefined;
  const ratio = ASPECT_RATIOS[number(elements, 'aspect_ratio_idc') - 1]?.split(':').map(Number);
  const [sarWidth, sarHeight] = elements.has('sar_width')
    ? [number(elements, 'sar_width'), number(elements, 'sar_height')]
    : (ratio ?? []);
  return {
    sampleAspectRatio: sarWidth === undefined || sarHeight === undefined ? undefined : { sarWidth, sarHeight },
    overscanAppropriateFlag: elements.has('overscan_appropriate_flag')
      ? flag(elements, 'overscan_appropriate_flag')
      : undefined,
    videoSignalType: elements.has('video_format')
      ? {
          videoFormat: number(elements, 'video_format'),
          videoFullRangeFlag: flag(elements, 'video_full_range_flag'),
          colourDescription: elements.has('colour_primaries')
            ? {
                colourPrimaries: number(elements, 'colour_primaries'),
                transferCharacteristics: number(elements, 'transfer_characteristics'),
                matrixCoefficients: number(elements, 'matrix_coefficients'),
              }
            : undefined,
        }
      : undefined,
    chromaSampleLocType: elements.has('chroma_sample_loc_type_top_field')
      ? number(elements, 'chroma_sample_loc_type_top_field')
      : undefined,
    timing: elements.has('time_scale')
      ? {
          numUnitsInTick: number(elements, 'num_units_in_tick'),
          timeScale: number(elements, 'time_scale'),
          fixedFrameRateFlag: flag(elements, 'fixed_frame_rate_flag'),
        }
      : undefined,
    pictureTimingDelayBits: elements.has('cpb_removal_delay_length_minus1')
      ? number(elements, 'cpb_removal_delay_length_minus1') + number(elements, 'dpb_output_delay_length_minus1') + 2
      : 0,
    picStructPresentFlag: flag(elements, 'pic_struct_present_flag'),
    bitstreamRestriction: elements.has('max_dec_frame_buffering')
      ? {
          motionVectorsOverPicBoundariesFlag: flag(elements, 'motion_vectors_over_pic_boundaries_flag'),
          maxBytesPerPicDenom: number(elements, 'max_bytes_per_pic_denom'),
          maxBitsPerMbDenom: number(elements, 'max_bits_per_mb_denom'),
          log2MaxMvLengthHorizontal: number(elements, 'log2_max_mv_length_horizontal'),
          log2MaxMvLengthVertical: number(elements, 'log2_max_mv_length_vertical'),
          maxNumReorderFrames: number(elements, 'max_num_reorder_frames'),
          maxDecFrameBuffering: number(elements, 'max_dec_frame_buffering'),
        }
      : undefined,
  };
}

/** All but sizes and cropping, which are ffprobe's to judge. */
function expectedSyntax(elements: Elements): Omit<SequenceParameterSet, 'width' | 'height' | 'cropping'> {
  const chromaFormatIdc = elements.has('chroma_format_idc') ? number(elements, 'chroma_format_idc') : 1;
  return {
    profileIdc: number(elements, 'profile_idc'),
    constraintFlags: [0, 1, 2, 3, 4, 5].reduce(
      (flags, index) => flags | (number(elements, `constraint_set${index}_flag`) << (7 - index)),
      0,
    ),
    levelIdc: number(elements, 'level_idc'),
    seqParameterSetId: number(elements, 'seq_parameter_set_id'),
    chromaFormatIdc,
    separateColourPlaneFlag: flag(elements, 'separate_colour_plane_flag'),
    bitDepthLuma: 8 + number(elements, 'bit_depth_luma_minus8'),
    bitDepthChroma: 8 + number(elements, 'bit_depth_chroma_minus8'),
    seqScalingMatrixPresentFlag: flag(elements, 'seq_scaling_matrix_present_flag'),
    log2MaxFrameNum: 4 + number(elements, 'log2_max_frame_num_minus4'),
    picOrderCnt: expectedPicOrderCnt(elements),
    maxNumRefFrames: number(elements, 'max_num_ref_frames'),
    gapsInFrameNumValueAllowedFlag: flag(elements, 'gaps_in_frame_num_allowed_flag'),
    picWidthInMbs: 1 + number(elements, 'pic_width_in_mbs_minus1'),
    picHeightInMapUnits: 1 + number(elements, 'pic_height_in_map_units_minus1'),
    frameMbsOnlyFlag: flag(elements, 'frame_mbs_only_flag'),
    mbAdaptiveFrameFieldFlag: flag(elements, 'mb_adaptive_frame_field_flag'),
    direct8x8InferenceFlag: flag(elements, 'direct_8x8_inference_flag'),
    vui: expectedVui(elements),
  };
}

function parsed(hex: string): SequenceParameterSet {
  const { value, fault } = parseSequenceParameterSet(fromHex(hex));
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

/** ITU-T H.273, by the names ffprobe has for them. */
const PRIMARIES: Readonly<Record<string, number>> = { bt709: 1, bt2020: 9 };
const TRANSFERS: Readonly<Record<string, number>> = { bt709: 1, smpte2084: 16 };
const MATRICES: Readonly<Record<string, number>> = { bt709: 1, bt2020nc: 9 };

describe('a sequence parameter set of H.264', () => {
  for (const { name, nalUnit, syntax } of SEQUENCE_PARAMETER_SETS) {
    it(`has the syntax elements that ffmpeg reads in it: ${name}`, () => {
      const { width: _width, height: _height, cropping: _cropping, ...rest } = parsed(nalUnit);
      assert.deepEqual(rest, expectedSyntax(syntaxElements(syntax)));
    });
  }

  for (const { name, nalUnit, ffprobe } of SEQUENCE_PARAMETER_SETS) {
    if (ffprobe === undefined) continue;
    it(`has the size, shape and colour that ffprobe sees: ${name}`, () => {
      const seen = syntaxElements(ffprobe);
      const { width, height, levelIdc, vui } = parsed(nalUnit);
      assert.equal(`${width}x${height}`, seen.get('size'));
      assert.equal(String(levelIdc), seen.get('level'));
      const { sampleAspectRatio: ratio, videoSignalType: signal } = vui ?? {};
      // ffprobe takes a ratio that is not said for square samples, or says nothing.
      assert.equal(ratio === undefined ? '1:1' : `${ratio.sarWidth}:${ratio.sarHeight}`, seen.get('sar') ?? '1:1');
      if (seen.get('range') !== undefined) assert.equal(signal?.videoFullRangeFlag, seen.get('range') === 'pc');
      const colour = signal?.colourDescription;
      if (seen.has('primaries')) assert.equal(colour?.colourPrimaries, PRIMARIES[seen.get('primaries')!]);
      if (seen.has('transfer')) assert.equal(colour?.transferCharacteristics, TRANSFERS[seen.get('transfer')!]);
      // To ffprobe monochrome pictures have a matrix of their own, whatever the stream says.
      if (seen.has('space')) assert.equal(colour?.matrixCoefficients, MATRICES[seen.get('space')!]);
    });
  }

  it('says what is cut off each side in luma samples, whatever the units it is coded in', () => {
    const cropping = (name: string): FrameCropping =>
      parsed(SEQUENCE_PARAMETER_SETS.find((candidate) => candidate.name === name)!.nalUnit).cropping;
    // Unit 2x2: 7 and 5 are coded. 336x192 -> 322x182.
    assert.deepEqual(cropping('cropped 4:2:0'), { left: 0, right: 14, top: 0, bottom: 10 });
    // Unit 1x1. 336x192 -> 321x181.
    assert.deepEqual(cropping('cropped to an odd size, 4:4:4'), { left: 0, right: 15, top: 0, bottom: 11 });
    // Unit 2x1. 336x192 -> 322x181.
    assert.deepEqual(cropping('cropped to an odd height, 4:2:2 10 bit'), { left: 0, right: 14, top: 0, bottom: 11 });
    // Unit 2x4: fields of 96 lines. 336x192 -> 322x180.
    assert.deepEqual(cropping('interlaced, cropped in units of four lines'), {
      left: 0,
      right: 14,
      top: 0,
      bottom: 12,
    });
    // All four sides are coded: 1, 2, 3, 4. ffprobe cannot decode separate planes: 320x192 less these, by 7-19 to 7-22.
    const { nalUnit } = SEQUENCE_PARAMETER_SETS.find(({ name }) => name.startsWith('separate colour planes'))!;
    const { cropping: sides, width, height } = parsed(nalUnit);
    assert.deepEqual(sides, { left: 1, right: 2, top: 3, bottom: 4 });
    assert.deepEqual([width, height], [317, 185]);
  });

  it('knows which profiles say chroma format and bit depths', () => {
    for (const profile of [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]) {
      assert.ok(profileHasChromaFormat(profile), `profile_idc ${profile}`);
    }
    for (const profile of [66, 77, 88, 0, 255]) assert.ok(!profileHasChromaFormat(profile), `profile_idc ${profile}`);
  });

  it('takes an extended aspect ratio with a zero in it for unspecified (E.2.1)', () => {
    const ratio = (sarWidth: string, sarHeight: string): SampleAspectRatio | undefined => {
      // Type 7, Baseline, level 3, id 0, output order 2, one reference frame, one macroblock, no cropping; then the VUI.
      const head = '01100111 01000010 00000000 00011110 1 1 011 010 0 1 1 1 1 0 1';
      const vui = `1 11111111 ${sarWidth} ${sarHeight} 0 0 0 0 0 0 0 0 1`;
      return parseSequenceParameterSet(fromBits(head + vui)).value?.vui?.sampleAspectRatio;
    };
    const [zero, five] = ['0000000000000000', '0000000100000001'];
    assert.equal(ratio(zero, five), undefined);
    assert.equal(ratio(five, zero), undefined);
    assert.deepEqual(ratio(five, five), { sarWidth: 257, sarHeight: 257 });
  });
});

describe('a damaged sequence parameter set of H.264', () => {
  const HRD = SEQUENCE_PARAMETER_SETS.find(({ name }) => name === 'HRD parameters, fixed frame rate')!;

  it('keeps its size, and the groups read whole, when its usability information breaks off', () => {
    const whole = parsed(HRD.nalUnit);
    const bytes = fromHex(HRD.nalUnit);
    // The size ends within byte 10, the sample aspect ratio within byte 12, the timing within byte 21.
    for (let length = 13; length < bytes.length; length++) {
      const { value, fault } = parseSequenceParameterSet(bytes.subarray(0, length));
      assert.ok(value !== undefined, `${length} bytes`);
      assert.ok(fault !== undefined, `${length} bytes`);
      assert.deepEqual([value.width, value.height], [320, 180]);
      assert.equal(value.vui?.bitstreamRestriction, undefined);
      if (length >= 24) assert.deepEqual(value.vui?.timing, whole.vui?.timing);
    }
  });

  it('keeps its size when the number of HRD buffers is out of range', () => {
    const head = '01100111 01000010 00000000 00011110 1 1 011 010 0 1 1 1 1 0 1';
    const vui = '0 0 0 0 0 1 00000100001 1';
    const { value, fault } = parseSequenceParameterSet(fromBits(head + vui));
    assert.deepEqual([value?.width, value?.height], [16, 16]);
    assert.equal(fault?.message, 'expected cpb_cnt_minus1 of at most 31, found 32');
  });

  it('has no bitstream restriction where the restriction is impossible', () => {
    const head = '01100111 01000010 00000000 00011110 1 1 011 010 0 1 1 1 1 0 1';
    // ... max_num_reorder_frames 2, max_dec_frame_buffering 1
    const vui = '0 0 0 0 0 0 0 0 1 1 1 1 1 1 011 010 1';
    const { value, fault } = parseSequenceParameterSet(fromBits(head + vui));
    assert.deepEqual([value?.width, value?.height], [16, 16]);
    assert.equal(value?.vui?.bitstreamRestriction, undefined);
    assert.match(fault?.message ?? '', /max_num_reorder_frames <= max_dec_frame_buffering/);
  });

  it('has no value where the fault lies before the size', () => {
    const impossible: readonly (readonly [bits: string, message: RegExp])[] = [
      ['000000000100000', /seq_parameter_set_id of at most 31/],
      ['1 0001110', /log2_max_frame_num_minus4 of at most 12/],
      ['1 1 00100', /pic_order_cnt_type of at most 2/],
      ['1 1 011 000010010', /max_num_ref_frames of at most 16/],
      ['1 1 011 010 0 0000000000001000000000000', /pic_width_in_mbs_minus1 of at most 4094/],
      // One macroblock wide and high, cropped by eight units of two samples.
      ['1 1 011 010 0 1 1 1 1 1 0001001 1 1 1 0', /cropping that leaves something of 16x16, found 0x16 left/],
    ];
    for (const [bits, message] of impossible) {
      const { value, fault } = parseSequenceParameterSet(
        fromBits(`01100111 01000010 00000000 00011110 ${bits} ${'1'.repeat(40)}`),
      );
      assert.equal(value, undefined);
      assert.match(fault?.message ?? '', message);
    }
  });

  it('is told apart from other NAL units, and from none', () => {
    const other = parseSequenceParameterSet(fromHex('68ce3c80'));
    assert.equal(other.value, undefined);
    assert.equal(other.fault?.message, 'expected a sequence parameter set (NAL unit type 7), found type 8');
    const none = parseSequenceParameterSet(new Uint8Array(0));
    assert.equal(none.fault?.message, 'expected a sequence parameter set (NAL unit type 7), found no byte');
    assert.equal(NalUnitType.sequenceParameterSet, 7);
  });

  it('never throws and never loses its bounds, wherever it is cut off and whichever bit is turned over', () => {
    for (const { nalUnit } of SEQUENCE_PARAMETER_SETS) {
      const bytes = fromHex(nalUnit);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) assertIntact(damaged);
    }
  });

  it('never throws on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(66, 77, 100, 244), (tail, profile) => {
        assertIntact(Uint8Array.of(0x67, profile, 0, 30, ...tail));
        assertIntact(tail);
      }),
      { numRuns: 2000 },
    );
  });

  it('is done with a megabyte of zeros, and of ones, at once', () => {
    for (const byte of [0, 0xff]) {
      const bytes = new Uint8Array(1 << 20).fill(byte);
      bytes.set(fromHex('6764001e'));
      assertIntact(bytes);
    }
  });
});

function assertIntact(bytes: Uint8Array): void {
  const { value, fault } = parseSequenceParameterSet(bytes);
  if (value === undefined) {
    assert.ok(fault !== undefined);
    return;
  }
  assert.ok(value.width > 0 && value.width <= 65520);
  assert.ok(value.height > 0 && value.height <= 131040);
  assert.ok(value.bitDepthLuma <= 14 && value.bitDepthChroma <= 14);
  const restriction = value.vui?.bitstreamRestriction;
  if (restriction !== undefined) assert.ok(restriction.maxNumReorderFrames <= 16);
}
