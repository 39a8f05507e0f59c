/** What the configurations of H.264 and H.265 say, in ffprobe's words. */
import { codecString as avcString, type AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import {
  parseSequenceParameterSet as parseAvcSps,
  type SequenceParameterSet as AvcSps,
} from '../../codecs/h264/sequence-parameter-set.ts';
import {
  codecString as hevcString,
  nalUnitsOfType,
  type HevcDecoderConfiguration,
} from '../../codecs/h265/decoder-configuration.ts';
import {
  parseSequenceParameterSet as parseHevcSps,
  type SequenceParameterSet as HevcSps,
} from '../../codecs/h265/sequence-parameter-set.ts';
import type { CodecFacts, Ratio } from '../../media/probed-recording.ts';

const avcProfiles: Readonly<Record<number, string>> = {
  44: 'CAVLC 4:4:4 Intra',
  66: 'Baseline',
  77: 'Main',
  88: 'Extended',
  100: 'High',
  110: 'High 10',
  118: 'Multiview High',
  122: 'High 4:2:2',
  128: 'Stereo High',
  144: 'High 4:4:4',
  244: 'High 4:4:4 Predictive',
};

/** Profiles that have a variant of key frames alone. */
const intraVariants: ReadonlySet<number> = new Set([110, 122, 244]);

/** `constraint_set1_flag` and `constraint_set3_flag` in the byte behind the profile. */
const constraintSet1 = 0x40;
const constraintSet3 = 0x10;

function avcProfile(profile: number, constraints: number): string {
  if (profile === 66 && (constraints & constraintSet1) !== 0) return 'Constrained Baseline';
  const name = avcProfiles[profile] ?? String(profile);
  if (!intraVariants.has(profile) || (constraints & constraintSet3) === 0) return name;
  return profile === 244 ? 'High 4:4:4 Intra' : `${name} Intra`;
}

/** `yuv420p`, `yuvj422p`, `gray10le` … */
export function pixelFormat(chromaFormat: number, bitDepth: number, fullRange: boolean): string | undefined {
  const layout = ['gray', 'yuv420p', 'yuv422p', 'yuv444p'][chromaFormat];
  if (layout === undefined) return undefined;
  if (bitDepth > 8) return `${layout}${bitDepth}le`;
  return fullRange && chromaFormat > 0 ? layout.replace('yuv', 'yuvj') : layout;
}

/** What an avcC record says. */
export function avcFacts(record: AvcDecoderConfiguration): CodecFacts {
  const [nalUnit] = record.sequenceParameterSets;
  const sps = nalUnit === undefined ? undefined : parseAvcSps(nalUnit).value;
  const shared = {
    name: 'h264',
    mimeCodec: avcString(record),
    profile: avcProfile(record.avcProfileIndication, record.profileCompatibility),
    level: record.avcLevelIndication,
  };
  return sps === undefined ? shared : { ...shared, ...avcPicture(sps), mimeCodec: shared.mimeCodec };
}

/** What a sequence parameter set of H.264 says by itself, as in a transport stream. */
export function avcPicture(sps: AvcSps): CodecFacts {
  const { vui } = sps;
  const restriction = vui?.bitstreamRestriction;
  const hexadecimal = [sps.profileIdc, sps.constraintFlags, sps.levelIdc].map((byte) =>
    byte.toString(16).toUpperCase().padStart(2, '0'),
  );
  const format = pixelFormat(sps.chromaFormatIdc, sps.bitDepthLuma, vui?.videoSignalType?.videoFullRangeFlag === true);
  const rate = vui?.timing;
  return {
    name: 'h264',
    mimeCodec: `avc1.${hexadecimal.join('')}`,
    profile: avcProfile(sps.profileIdc, sps.constraintFlags),
    level: sps.levelIdc,
    width: sps.width,
    height: sps.height,
    ...(restriction === undefined ? {} : { reorderedFrames: restriction.maxNumReorderFrames }),
    ...(format === undefined ? {} : { pixelFormat: format }),
    ...aspect(vui?.sampleAspectRatio),
    ...(rate === undefined || rate.numUnitsInTick === 0
      ? {}
      : { frameRate: { numerator: rate.timeScale, denominator: 2 * rate.numUnitsInTick } }),
  };
}

function aspect(ratio: { readonly sarWidth: number; readonly sarHeight: number } | undefined): {
  sampleAspect?: Ratio;
} {
  if (ratio === undefined || ratio.sarWidth === 0 || ratio.sarHeight === 0) return {};
  return { sampleAspect: { numerator: ratio.sarWidth, denominator: ratio.sarHeight } };
}

const hevcProfiles: readonly (string | undefined)[] = [
  undefined,
  'Main',
  'Main 10',
  'Main Still Picture',
  'Rext',
  undefined,
  'Multiview Main',
  'Scalable Main',
  '3D Main',
  'Scc',
];

/** Number of the NAL units that hold a sequence parameter set (ITU-T H.265, Table 7-1). */
const hevcSpsType = 33;

/** What an hvcC record says. */
export function hevcFacts(record: HevcDecoderConfiguration, sampleEntryType = 'hvc1'): CodecFacts {
  const [nalUnit] = nalUnitsOfType(record, hevcSpsType);
  const sps = nalUnit === undefined ? undefined : parseHevcSps(nalUnit).value;
  const profile = hevcProfiles[record.profileTierLevel.generalProfileIdc];
  const shared: CodecFacts = {
    name: 'hevc',
    mimeCodec: hevcString(record, sampleEntryType),
    ...(profile === undefined ? {} : { profile }),
    level: record.profileTierLevel.generalLevelIdc,
  };
  return sps === undefined ? shared : { ...shared, ...hevcPicture(sps) };
}

/** What a sequence parameter set of H.265 says by itself. */
export function hevcPicture(sps: HevcSps): CodecFacts {
  const { vui } = sps;
  const profile = hevcProfiles[sps.profileTierLevel.generalProfileIdc];
  const fullRange = vui?.videoSignalType?.videoFullRangeFlag === true;
  const format = pixelFormat(sps.chromaFormatIdc, sps.bitDepthLuma, fullRange);
  return {
    name: 'hevc',
    ...(profile === undefined ? {} : { profile }),
    level: sps.profileTierLevel.generalLevelIdc,
    width: sps.width,
    height: sps.height,
    reorderedFrames: sps.ordering.maxNumReorderPics,
    ...(format === undefined ? {} : { pixelFormat: format }),
    ...aspect(vui?.sampleAspectRatio),
  };
}
