import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseNalUnitHeader } from '../../../src/codecs/h265/nal-unit.ts';
import { parsePictureParameterSet } from '../../../src/codecs/h265/picture-parameter-set.ts';
import type { ProfileTierLevel } from '../../../src/codecs/h265/profile-tier-level.ts';
import { parseSequenceParameterSet } from '../../../src/codecs/h265/sequence-parameter-set.ts';
import { parseVideoParameterSet } from '../../../src/codecs/h265/video-parameter-set.ts';
import type { Parsed } from '../../../src/codecs/parsed.ts';
import { needs, probe } from '../../support/judges.ts';
import { bytesOf, nalUnitsOf, traceHeaders } from '../encoded.ts';
import { bitFlips, fromHex, truncations } from '../hex.ts';
import { encodeH265, ENCODINGS } from './encodings.ts';

type Elements = ReadonlyMap<string, number>;

/** The first NAL unit of a type. */
function nalUnitOfType(stream: Uint8Array, type: number): Uint8Array {
  const found = nalUnitsOf(stream).find((nalUnit) => parseNalUnitHeader(nalUnit)?.type === type);
  assert.ok(found !== undefined);
  return found;
}

function valueOf<T>({ value, fault }: Parsed<T>): T {
  assert.equal(fault, undefined);
  assert.ok(value !== undefined);
  return value;
}

function headerNamed(packets: readonly (readonly { name: string; elements: Elements }[])[], name: string): Elements {
  const header = packets.flat().find((candidate) => candidate.name === name);
  assert.ok(header !== undefined, `no ${name}`);
  return header.elements;
}

/** Source and first constraint flags as trace_headers names them, from the highest bit of the six bytes on. */
const CONSTRAINTS = [
  'progressive_source',
  'interlaced_source',
  'non_packed_constraint',
  'frame_only_constraint',
  'max_12bit_constraint',
  'max_10bit_constraint',
  'max_8bit_constraint',
  'max_422chroma_constraint',
  'max_420chroma_constraint',
  'max_monochrome_constraint',
  'intra_constraint',
  'one_picture_only_constraint',
  'lower_bit_rate_constraint',
];

function assertProfile(actual: ProfileTierLevel, elements: Elements): void {
  const flag = (name: string) => elements.get(name) ?? 0;
  assert.equal(actual.generalProfileSpace, flag('general_profile_space'));
  assert.equal(actual.generalTierFlag, flag('general_tier_flag') === 1);
  assert.equal(actual.generalProfileIdc, flag('general_profile_idc'));
  assert.equal(actual.generalLevelIdc, flag('general_level_idc'));
  for (let profile = 0; profile < 32; profile++) {
    const bit = Math.floor(actual.generalProfileCompatibilityFlags / 2 ** (31 - profile)) % 2;
    assert.equal(bit, flag(`general_profile_compatibility_flag[${profile}]`));
  }
  for (const [index, name] of CONSTRAINTS.entries()) {
    const bit = (actual.generalConstraintIndicatorFlags[index >>> 3]! >>> (7 - (index & 7))) & 1;
    assert.equal(bit, flag(`general_${name}_flag`), name);
  }
}

describe('the parameter sets of H.265', () => {
  for (const encoding of ENCODINGS) {
    it(`are read as ffmpeg reads them: ${encoding.name}`, needs('ffmpeg', 'ffprobe'), async (test) => {
      const file = await encodeH265(test, encoding);
      const stream = bytesOf(file);
      const packets = await traceHeaders(file);

      const vps = valueOf(parseVideoParameterSet(nalUnitOfType(stream, 32)));
      const vpsElements = headerNamed(packets, 'Video Parameter Set');
      assertProfile(vps.profileTierLevel, vpsElements);
      assert.equal(vps.maxSubLayers, vpsElements.get('vps_max_sub_layers_minus1')! + 1);
      assert.equal(vps.timing?.timeScale, vpsElements.get('vps_time_scale'));

      const sps = valueOf(parseSequenceParameterSet(nalUnitOfType(stream, 33)));
      const elements = headerNamed(packets, 'Sequence Parameter Set');
      const highest = sps.maxSubLayers - 1;
      assertProfile(sps.profileTierLevel, elements);
      assert.deepEqual(
        {
          sps_max_sub_layers_minus1: highest,
          chroma_format_idc: sps.chromaFormatIdc,
          pic_width_in_luma_samples: sps.picWidthInLumaSamples,
          pic_height_in_luma_samples: sps.picHeightInLumaSamples,
          bit_depth_luma_minus8: sps.bitDepthLuma - 8,
          bit_depth_chroma_minus8: sps.bitDepthChroma - 8,
          log2_max_pic_order_cnt_lsb_minus4: sps.log2MaxPicOrderCntLsb - 4,
          [`sps_max_dec_pic_buffering_minus1[${highest}]`]: sps.ordering.maxDecPicBuffering - 1,
          [`sps_max_num_reorder_pics[${highest}]`]: sps.ordering.maxNumReorderPics,
          [`sps_max_latency_increase_plus1[${highest}]`]: sps.ordering.maxLatencyIncreasePlus1,
          num_short_term_ref_pic_sets: sps.shortTermRefPicSets.length,
          long_term_ref_pics_present_flag: Number(sps.longTermRefPicsPresentFlag),
          sps_temporal_mvp_enabled_flag: Number(sps.temporalMvpEnabledFlag),
          aspect_ratio_info_present_flag: Number(sps.vui?.sampleAspectRatio !== undefined),
          field_seq_flag: Number(sps.vui?.fieldSeqFlag),
          vui_time_scale: sps.vui?.timing?.timeScale,
          vui_num_units_in_tick: sps.vui?.timing?.numUnitsInTick,
        },
        Object.fromEntries(
          [
            'sps_max_sub_layers_minus1',
            'chroma_format_idc',
            'pic_width_in_luma_samples',
            'pic_height_in_luma_samples',
            'bit_depth_luma_minus8',
            'bit_depth_chroma_minus8',
            'log2_max_pic_order_cnt_lsb_minus4',
            `sps_max_dec_pic_buffering_minus1[${highest}]`,
            `sps_max_num_reorder_pics[${highest}]`,
            `sps_max_latency_increase_plus1[${highest}]`,
            'num_short_term_ref_pic_sets',
            'long_term_ref_pics_present_flag',
            'sps_temporal_mvp_enabled_flag',
            'aspect_ratio_info_present_flag',
            'field_seq_flag',
            'vui_time_scale',
            'vui_num_units_in_tick',
          ].map((name) => [name, elements.get(name)]),
        ),
      );
      const window = sps.vui?.defaultDisplayWindow;
      assert.equal(window === undefined ? undefined : window.left / 2, elements.get('def_disp_win_left_offset'));
      assert.equal(window === undefined ? undefined : window.bottom / 2, elements.get('def_disp_win_bottom_offset'));
      assert.equal(sps.vui?.videoSignalType?.videoFormat, elements.get('video_format'));
      assert.equal(
        sps.vui?.videoSignalType?.colourDescription?.transferCharacteristics,
        elements.get('transfer_characteristics'),
      );
      assert.equal(sps.vui?.chromaSampleLocType, elements.get('chroma_sample_loc_type_top_field'));

      const [judged] = (await probe(file)).streams;
      assert.deepEqual([sps.width, sps.height], [judged?.width, judged?.height]);
      assert.equal(sps.ordering.maxNumReorderPics, judged?.['has_b_frames']);

      const pps = valueOf(parsePictureParameterSet(nalUnitOfType(stream, 34)));
      const ppsElements = headerNamed(packets, 'Picture Parameter Set');
      assert.equal(pps.outputFlagPresentFlag, ppsElements.get('output_flag_present_flag') === 1);
      assert.equal(pps.numExtraSliceHeaderBits, ppsElements.get('num_extra_slice_header_bits'));
      assert.equal(pps.tilesEnabledFlag, ppsElements.get('tiles_enabled_flag') === 1);
      assert.equal(pps.entropyCodingSyncEnabledFlag, ppsElements.get('entropy_coding_sync_enabled_flag') === 1);
      assert.equal(pps.weightedPredFlag, ppsElements.get('weighted_pred_flag') === 1);
    });
  }

  /** Of the stream "4:2:2 of 10 bits, decoder model": parameter sets with everything in them. */
  const genuine = {
    vps: '40010c01ffff0408000003009d0800000300003c959409',
    sps: '4201010408000003009d0800000300003cb00a880c1c445b6595952930bc05a0200000030020000003032c01918bc003d08000f42440',
    pps: '4401c073c189',
  };

  it('of that stream are what libx265 was told', () => {
    const { value } = parseSequenceParameterSet(fromHex(genuine.sps));
    assert.deepEqual([value?.width, value?.height, value?.chromaFormatIdc, value?.bitDepthLuma], [322, 182, 2, 10]);
    assert.deepEqual(value?.vui?.timing, { numUnitsInTick: 1, timeScale: 25 });
  });

  it('survive being cut off anywhere and each bit turned over', () => {
    const parsers = [parseVideoParameterSet, parseSequenceParameterSet, parsePictureParameterSet];
    for (const [index, hex] of Object.values(genuine).entries()) {
      const bytes = fromHex(hex);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) {
        const { value, fault } = parsers[index]!(damaged);
        assert.ok(value !== undefined || fault !== undefined);
      }
    }
  });

  it('of arbitrary bytes are a value, a fault, or both, and sizes are within bounds', () => {
    const anything = fc.uint8Array({ maxLength: 400 });
    fc.assert(
      fc.property(anything, (bytes) => {
        const { value } = parseSequenceParameterSet(Uint8Array.from([0x42, 0x01, ...bytes]));
        if (value !== undefined) assert.ok(value.width > 0 && value.width <= 65535 && value.height > 0);
        parseVideoParameterSet(Uint8Array.from([0x40, 0x01, ...bytes]));
        parsePictureParameterSet(Uint8Array.from([0x44, 0x01, ...bytes]));
      }),
      { numRuns: 2000 },
    );
  });

  it('of another type are a fault that says so', () => {
    const { fault } = parseSequenceParameterSet(fromHex(genuine.pps));
    assert.match(fault!.message, /sequence parameter set \(NAL unit type 33\), found type 34/);
    assert.match(parseVideoParameterSet(new Uint8Array(0)).fault!.message, /found no header/);
  });
});
