/** What the headers of a video stream say by themselves, and how ffprobe's fields become facts. */
import type { SequenceParameterSet as AvcSps } from '../../codecs/h264/sequence-parameter-set.ts';
import type { SequenceParameterSet as HevcSps } from '../../codecs/h265/sequence-parameter-set.ts';
import type { H266SequenceParameterSet } from '../../codecs/h266-parameter-set.ts';
import { parseMpeg2SequenceHeader } from '../../codecs/mpeg2/sequence-header.ts';
import { parseVp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import {
  h264Fields,
  h265Fields,
  h266Fields,
  mpeg2Fields,
  vp9Fields,
  type FfprobeVideoFields,
} from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts, Ratio } from '../../media/probed-recording.ts';
import { furtherFields } from './further-fields.ts';

/** Fields as facts. */
export function videoFacts(fields: FfprobeVideoFields, mimeCodec?: string): CodecFacts {
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
    further: furtherFields(fields, furtherOfVideo),
  };
}

const furtherOfVideo = [
  'coded_width',
  'coded_height',
  'color_range',
  'color_space',
  'color_transfer',
  'color_primaries',
  'chroma_location',
  'field_order',
  'bits_per_raw_sample',
] as const;

/** What a sequence parameter set of H.264 says. */
export function avcPicture(sps: AvcSps): CodecFacts {
  const hexadecimal = [sps.profileIdc, sps.constraintFlags, sps.levelIdc].map((byte) =>
    byte.toString(16).toUpperCase().padStart(2, '0'),
  );
  const timing = sps.vui?.timing;
  const facts = videoFacts(h264Fields(sps), `avc1.${hexadecimal.join('')}`);
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

/** What a sequence parameter set of H.265 says. */
export function hevcPicture(sps: HevcSps): CodecFacts {
  return videoFacts(h265Fields(sps));
}

/** And of H.266. */
export function vvcPicture(sps: H266SequenceParameterSet): CodecFacts {
  return videoFacts(h266Fields(sps));
}

/** What a frame of VP9 says, of a key frame its size too. */
export function vp9Picture(bytes: Uint8Array): CodecFacts | undefined {
  const frame = parseVp9FrameHeader(bytes).value;
  return frame === undefined ? undefined : videoFacts(vp9Fields(undefined, frame));
}

/** `bytes`: from the start code of a sequence header on. */
export function mpeg2Picture(bytes: Uint8Array): CodecFacts | undefined {
  const header = parseMpeg2SequenceHeader(bytes).value;
  if (header === undefined) return undefined;
  const { numerator, denominator } = header.frameRate;
  return { ...videoFacts(mpeg2Fields(header)), ...frameRate([numerator, denominator]) };
}
