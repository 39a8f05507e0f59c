/**
 * The video parameter set of H.265 (ITU-T H.265, 7.3.2.1), as far as a recording needs it: sub-layers, profile and timing.
 * Layer sets and extensions are not read.
 */
import type { Parsed } from '../parsed.ts';
import { ueUpTo } from '../within.ts';
import { expectType, payloadReader } from './nal-unit.ts';
import { parseProfileTierLevel, type ProfileTierLevel } from './profile-tier-level.ts';
import { parseSubLayerOrdering, type SubLayerOrdering } from './sub-layer-ordering.ts';
import type { TimingInformation } from './video-usability-information.ts';

/** video_parameter_set_rbsp(), without layer sets and extensions; counts, not counts less one. */
export interface VideoParameterSet {
  readonly vpsVideoParameterSetId: number;
  readonly maxLayers: number;
  readonly maxSubLayers: number;
  readonly temporalIdNestingFlag: boolean;
  readonly profileTierLevel: ProfileTierLevel;
  /** Of the highest sub-layer. */
  readonly ordering: SubLayerOrdering;
  /** Said here or in the sequence parameter set, in both, or in neither. */
  readonly timing: TimingInformation | undefined;
}

/** Parses a NAL unit of type 32, its header first, emulation prevention still in it. */
export function parseVideoParameterSet(nalUnit: Uint8Array): Parsed<VideoParameterSet> {
  const reader = payloadReader(nalUnit);
  expectType(reader, nalUnit, 32, 'video parameter set');
  const vpsVideoParameterSetId = reader.bits(4);
  reader.skip(2); // vps_base_layer_internal_flag, vps_base_layer_available_flag
  const maxLayers = 1 + reader.bits(6);
  const maxSubLayers = 1 + reader.bits(3);
  if (maxSubLayers > 7) reader.fail('expected at most 7 temporal sub-layers, found 8');
  const temporalIdNestingFlag = reader.flag();
  reader.skip(16); // vps_reserved_0xffff_16bits
  const profileTierLevel = parseProfileTierLevel(reader, maxSubLayers);
  const ordering = parseSubLayerOrdering(reader, maxSubLayers);
  const maxLayerId = reader.bits(6);
  const layerSets = ueUpTo(reader, 1023, 'vps_num_layer_sets_minus1');
  reader.skip(layerSets * (maxLayerId + 1)); // layer_id_included_flag
  const timing = reader.flag() ? { numUnitsInTick: reader.bits(32), timeScale: reader.bits(32) } : undefined;
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      vpsVideoParameterSetId,
      maxLayers,
      maxSubLayers,
      temporalIdNestingFlag,
      profileTierLevel,
      ordering,
      timing,
    },
    fault: undefined,
  };
}
