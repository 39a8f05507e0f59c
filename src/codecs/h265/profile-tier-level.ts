/**
 * profile_tier_level() of H.265 (ITU-T H.265, 7.3.3): what a decoder must be able to do. Video and sequence parameter sets
 * carry it, and the decoder configuration record repeats it byte for byte. It knows none of them.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';

/** The general part of profile_tier_level(), twelve bytes; sub-layers are passed over. */
export interface ProfileTierLevel {
  readonly generalProfileSpace: number;
  /** False: Main tier. True: High tier. */
  readonly generalTierFlag: boolean;
  readonly generalProfileIdc: number;
  /** 32 flags; that of profile 0 is the highest bit. */
  readonly generalProfileCompatibilityFlags: number;
  /** The 48 bits behind them, six bytes: source flags first, then what the profile restricts itself to. */
  readonly generalConstraintIndicatorFlags: Uint8Array;
  /** Thirty times the level: 93 is 3.1. */
  readonly generalLevelIdc: number;
}

/** With profilePresentFlag 1. Sub-layers are passed over: they can only ask for less. */
export function parseProfileTierLevel(reader: BitReader, maxSubLayers: number): ProfileTierLevel {
  const generalProfileSpace = reader.bits(2);
  const generalTierFlag = reader.flag();
  const generalProfileIdc = reader.bits(5);
  const generalProfileCompatibilityFlags = reader.bits(32);
  const generalConstraintIndicatorFlags = Uint8Array.from({ length: 6 }, () => reader.bits(8));
  const generalLevelIdc = reader.bits(8);
  const present: [boolean, boolean][] = [];
  for (let layer = 0; layer < maxSubLayers - 1; layer++) present.push([reader.flag(), reader.flag()]);
  // The flags of eight sub-layers take their place wherever there is more than one.
  if (maxSubLayers > 1) reader.skip(2 * (8 - present.length));
  for (const [profile, level] of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
  return {
    generalProfileSpace,
    generalTierFlag,
    generalProfileIdc,
    generalProfileCompatibilityFlags,
    generalConstraintIndicatorFlags,
    generalLevelIdc,
  };
}
