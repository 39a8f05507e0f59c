/**
 * The syntax elements that carry audio (ISO/IEC 14496-3, Tables 4.4, 4.5, 4.9 and 4.8): single channels and LFE, pairs,
 * coupling channels. Each is parsed from behind its id.
 */
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';
import type { IndividualChannelStream } from './individual-channel-stream.ts';
import { readScaleFactorCodeword } from './scale-factor-data.ts';

/** `ms_mask_present` (Table 4.5): flags follow; 3 is reserved. */
const MS_FLAGS_FOLLOW = 1;
const MS_RESERVED = 3;

/** single_channel_element() and lfe_channel_element() behind their instance tag. */
export function skipSingleChannel(cursor: BitCursor, syntax: FrameSyntax, stream: IndividualChannelStream): void {
  stream.parse(cursor, syntax, false, false);
}

/** channel_pair_element() behind its instance tag. */
export function skipChannelPair(cursor: BitCursor, syntax: FrameSyntax, stream: IndividualChannelStream): void {
  const commonWindow = cursor.bits(1) === 1;
  if (commonWindow) {
    const { info } = stream;
    info.parse(cursor, syntax, true);
    const msMaskPresent = cursor.bits(2);
    if (msMaskPresent === MS_RESERVED) cursor.fail('ms_mask_present has its reserved value');
    if (msMaskPresent === MS_FLAGS_FOLLOW) cursor.skip(info.groupCount * info.maxSfb);
  }
  stream.parse(cursor, syntax, commonWindow, false);
  if (cursor.fault === undefined) stream.parse(cursor, syntax, commonWindow, true);
}

/** coupling_channel_element() behind its instance tag. */
export function skipCouplingChannel(cursor: BitCursor, syntax: FrameSyntax, stream: IndividualChannelStream): void {
  const independentlySwitched = cursor.bits(1) === 1;
  const targets = cursor.bits(3) + 1; // num_coupled_elements
  let gainLists = 0;
  for (let target = 0; target < targets; target++) {
    const isPair = cursor.bits(1) === 1;
    cursor.skip(4); // cc_target_tag_select
    // A list for each channel of a pair where both are coupled, else one.
    gainLists += isPair && cursor.bits(2) === 3 ? 2 : 1;
  }
  cursor.skip(1 + 1 + 2); // cc_domain, gain_element_sign, gain_element_scale
  stream.parse(cursor, syntax, false, false);
  const { lookups, scaleFactors } = stream;
  for (let list = 1; list < gainLists && cursor.fault === undefined; list++) {
    const isCommon = independentlySwitched || cursor.bits(1) === 1;
    // Else one for each band that is not of codebook 0.
    const codewords = isCommon ? 1 : scaleFactors.bandCount;
    for (let codeword = 0; codeword < codewords && cursor.fault === undefined; codeword++) {
      readScaleFactorCodeword(cursor, lookups.scaleFactors);
    }
  }
}
