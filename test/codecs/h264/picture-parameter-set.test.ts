import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parsePictureParameterSet, type PictureParameterSet } from '../../../src/codecs/h264/picture-parameter-set.ts';
import { bitFlips, fromBits, fromHex, truncations } from '../hex.ts';
import { PICTURE_PARAMETER_SETS, syntaxElements } from './parameter-set-cases.ts';

function expected(elements: ReadonlyMap<string, string>, transform8x8ModeFlag: boolean): PictureParameterSet {
  const number = (name: string): number => Number(elements.get(name) ?? 0);
  const flag = (name: string): boolean => elements.get(name) === '1';
  return {
    picParameterSetId: number('pic_parameter_set_id'),
    seqParameterSetId: number('seq_parameter_set_id'),
    entropyCodingModeFlag: flag('entropy_coding_mode_flag'),
    bottomFieldPicOrderInFramePresentFlag: flag('bottom_field_pic_order_in_frame_present_flag'),
    sliceGroups: elements.has('slice_group_map_type')
      ? {
          numSliceGroups: 1 + number('num_slice_groups_minus1'),
          sliceGroupMapType: number('slice_group_map_type'),
          sliceGroupChangeRate: elements.has('slice_group_change_rate_minus1')
            ? 1 + number('slice_group_change_rate_minus1')
            : undefined,
        }
      : undefined,
    numRefIdxL0DefaultActive: 1 + number('num_ref_idx_l0_default_active_minus1'),
    numRefIdxL1DefaultActive: 1 + number('num_ref_idx_l1_default_active_minus1'),
    weightedPredFlag: flag('weighted_pred_flag'),
    weightedBipredIdc: number('weighted_bipred_idc'),
    picInitQp: 26 + number('pic_init_qp_minus26'),
    picInitQs: 26 + number('pic_init_qs_minus26'),
    chromaQpIndexOffset: number('chroma_qp_index_offset'),
    deblockingFilterControlPresentFlag: flag('deblocking_filter_control_present_flag'),
    constrainedIntraPredFlag: flag('constrained_intra_pred_flag'),
    redundantPicCntPresentFlag: flag('redundant_pic_cnt_present_flag'),
    // Not among the elements that are listed here: the slices that are read with it hold it right.
    transform8x8ModeFlag,
    picScalingMatrixPresentFlag: flag('pic_scaling_matrix_present_flag'),
  };
}

describe('a picture parameter set of H.264', () => {
  for (const { name, nalUnit, syntax } of PICTURE_PARAMETER_SETS) {
    it(`has the syntax elements that ffmpeg reads in it: ${name}`, () => {
      const { value, fault } = parsePictureParameterSet(fromHex(nalUnit));
      assert.equal(fault, undefined);
      assert.deepEqual(value, expected(syntaxElements(syntax), value?.transform8x8ModeFlag ?? false));
    });
  }

  it('has no value where a number is out of its range', () => {
    const impossible: readonly (readonly [bits: string, message: RegExp])[] = [
      ['00000000100000001', /pic_parameter_set_id between 0 and 255, found 256/],
      ['1 00000100001', /seq_parameter_set_id between 0 and 31, found 32/],
      ['1 1 0 0 0001001', /num_slice_groups_minus1 between 0 and 7, found 8/],
      ['1 1 0 0 010 0001000', /slice_group_map_type between 0 and 6, found 7/],
      ['1 1 0 0 1 1 1 0 11', /weighted_bipred_idc between 0 and 2, found 3/],
    ];
    for (const [bits, message] of impossible) {
      const { value, fault } = parsePictureParameterSet(fromBits(`01101000 ${bits} ${'1'.repeat(40)}`));
      assert.equal(value, undefined);
      assert.match(fault?.message ?? '', message);
    }
  });

  it('does not believe a picture of four thousand million slice group identifiers', () => {
    const length = `${'0'.repeat(31)}1${'1'.repeat(31)}`;
    const { value, fault } = parsePictureParameterSet(fromBits(`01101000 1 1 0 0 010 00111 ${length} 1111 1111`));
    assert.equal(value, undefined);
    assert.match(fault?.message ?? '', /expected 4294967295 more bits/);
  });

  it('is told apart from other NAL units, and from none', () => {
    const other = parsePictureParameterSet(fromHex('6742c00d'));
    assert.equal(other.fault?.message, 'expected a picture parameter set (NAL unit type 8), found type 7');
    const none = parsePictureParameterSet(new Uint8Array(0));
    assert.equal(none.fault?.message, 'expected a picture parameter set (NAL unit type 8), found no byte');
  });

  it('never throws, wherever it is cut off, whichever bit is turned over, whatever the bytes', () => {
    for (const { nalUnit } of PICTURE_PARAMETER_SETS) {
      const bytes = fromHex(nalUnit);
      for (const damaged of [...truncations(bytes), ...bitFlips(bytes)]) parsePictureParameterSet(damaged);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (tail) => {
        const { value, fault } = parsePictureParameterSet(Uint8Array.of(0x68, ...tail));
        assert.equal(value === undefined, fault !== undefined);
      }),
      { numRuns: 2000 },
    );
  });
});
