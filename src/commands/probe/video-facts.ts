/** What the configurations of video say, from the words the codecs room has for ffprobe's fields. */
import { codecString as av1String } from '../../codecs/av1/codec-string.ts';
import { parseAv1CodecConfiguration } from '../../codecs/av1/codec-configuration.ts';
import { sequenceHeaderOf } from '../../codecs/av1/temporal-unit.ts';
import { h265ProfileName, h264ProfileName } from '../../codecs/ffprobe/profile-names.ts';
import {
  av1Fields,
  h264Fields,
  h265Fields,
  mpeg2Fields,
  vp8Fields,
  vp9Fields,
  type FfprobeVideoFields,
} from '../../codecs/ffprobe/video-fields.ts';
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
import { NalUnitType } from '../../codecs/h265/nal-unit-type.ts';
import {
  parseSequenceParameterSet as parseHevcSps,
  type SequenceParameterSet as HevcSps,
} from '../../codecs/h265/sequence-parameter-set.ts';
import { parseMpeg2SequenceHeader } from '../../codecs/mpeg2/sequence-header.ts';
import { codecString as vpString, parseVpCodecConfiguration } from '../../codecs/vp9/codec-configuration.ts';
import { parseVp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import type { CodecFacts, Ratio } from '../../media/probed-recording.ts';

/** Fields as facts. */
function factsOf(fields: FfprobeVideoFields, mimeCodec?: string): CodecFacts {
  const aspect = /^(\d+):(\d+)$/.exec(fields.sample_aspect_ratio ?? '');
  return {
    name: fields.codec_name,
    ...(mimeCodec === undefined ? {} : { mimeCodec }),
    ...(fields.profile === undefined ? {} : { profile: fields.profile }),
    level: fields.level,
    ...(fields.width === undefined ? {} : { width: fields.width }),
    ...(fields.height === undefined ? {} : { height: fields.height }),
    ...(fields.has_b_frames === undefined ? {} : { reorderedFrames: fields.has_b_frames }),
    ...(fields.pix_fmt === undefined ? {} : { pixelFormat: fields.pix_fmt }),
    ...(aspect === null ? {} : { sampleAspect: { numerator: Number(aspect[1]), denominator: Number(aspect[2]) } }),
  };
}

/** What an avcC record says. */
export function avcFacts(record: AvcDecoderConfiguration): CodecFacts {
  const [nalUnit] = record.sequenceParameterSets;
  const sps = nalUnit === undefined ? undefined : parseAvcSps(nalUnit).value;
  const mimeCodec = avcString(record);
  if (sps !== undefined) return { ...avcPicture(sps), mimeCodec };
  const profile = h264ProfileName(record.avcProfileIndication, record.profileCompatibility);
  return { name: 'h264', mimeCodec, profile, level: record.avcLevelIndication };
}

/** What a sequence parameter set of H.264 says by itself, as in a transport stream. */
export function avcPicture(sps: AvcSps): CodecFacts {
  const hexadecimal = [sps.profileIdc, sps.constraintFlags, sps.levelIdc].map((byte) =>
    byte.toString(16).toUpperCase().padStart(2, '0'),
  );
  const timing = sps.vui?.timing;
  const facts = factsOf(h264Fields(sps), `avc1.${hexadecimal.join('')}`);
  // Where nothing restricts it, what is held back follows from the pictures themselves.
  const { reorderedFrames, ...others } = facts;
  const isRestricted = sps.vui?.bitstreamRestriction !== undefined;
  return {
    ...others,
    ...(isRestricted && reorderedFrames !== undefined ? { reorderedFrames } : {}),
    ...frameRate(timing === undefined ? undefined : [timing.timeScale, 2 * timing.numUnitsInTick]),
  };
}

function frameRate(fraction: readonly [number, number] | undefined): { frameRate?: Ratio } {
  if (fraction === undefined || fraction[0] === 0 || fraction[1] === 0) return {};
  return { frameRate: { numerator: fraction[0], denominator: fraction[1] } };
}

/** What an hvcC record says. */
export function hevcFacts(record: HevcDecoderConfiguration, sampleEntryType = 'hvc1'): CodecFacts {
  const [nalUnit] = nalUnitsOfType(record, NalUnitType.sequenceParameterSet);
  const sps = nalUnit === undefined ? undefined : parseHevcSps(nalUnit).value;
  const mimeCodec = hevcString(record, sampleEntryType);
  if (sps !== undefined) return { ...hevcPicture(sps), mimeCodec };
  const { generalProfileIdc, generalLevelIdc } = record.profileTierLevel;
  return { name: 'hevc', mimeCodec, profile: h265ProfileName(generalProfileIdc), level: generalLevelIdc };
}

/** What a sequence parameter set of H.265 says by itself. */
export function hevcPicture(sps: HevcSps): CodecFacts {
  return factsOf(h265Fields(sps));
}

/** What an av1C record says. */
export function av1Facts(bytes: Uint8Array): CodecFacts {
  const record = parseAv1CodecConfiguration(bytes).value;
  if (record === undefined) return { name: 'av1' };
  const header = sequenceHeaderOf(record.configObus);
  const square = { sampleAspect: { numerator: 1, denominator: 1 } };
  if (header === undefined) return { name: 'av1', mimeCodec: av1String(record), level: record.seqLevelIdx0 };
  return { ...square, ...factsOf(av1Fields(header), av1String(record)) };
}

/** `bytes`: the body of a vpcC box, version and flags first. */
export function vpFacts(name: 'vp8' | 'vp9', bytes: Uint8Array, sampleEntryType: string): CodecFacts {
  const record = parseVpCodecConfiguration(bytes.subarray(4)).value;
  const mimeCodec = record === undefined ? undefined : vpString(record, sampleEntryType);
  return factsOf(name === 'vp8' ? vp8Fields(undefined) : vp9Fields(record, undefined), mimeCodec);
}

/** What a frame of VP9 says, of a key frame its size too. */
export function vp9Picture(bytes: Uint8Array): CodecFacts | undefined {
  const frame = parseVp9FrameHeader(bytes).value;
  return frame === undefined ? undefined : factsOf(vp9Fields(undefined, frame));
}

/** `bytes`: from the start code of a sequence header on. */
export function mpeg2Picture(bytes: Uint8Array): CodecFacts | undefined {
  const header = parseMpeg2SequenceHeader(bytes).value;
  if (header === undefined) return undefined;
  const { numerator, denominator } = header.frameRate;
  return { ...factsOf(mpeg2Fields(header)), ...frameRate([numerator, denominator]) };
}
