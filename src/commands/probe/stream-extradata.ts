/**
 * What ffprobe counts as `extradata_size` of a video stream that has its configuration among its pictures: the parameter
 * sets of the first picture that has some, each behind a start code of four bytes, and with the zero of the one behind it.
 */
import { NalUnitType as H264 } from '../../codecs/h264/nal-unit.ts';
import { isSliceSegment, NalUnitType as H265, nalUnitTypeOf } from '../../codecs/h265/nal-unit-type.ts';
import { nextStartCode, Mpeg2StartCode } from '../../codecs/mpeg2/sequence-header.ts';

const startCodeLength = 3;

/** Which NAL units are parameter sets, without which of them there is no configuration, and which are of a picture. */
const units = {
  h264: {
    typeOf: (byte: number) => byte & 0x1f,
    sets: [H264.sequenceParameterSet, H264.pictureParameterSet],
    needed: H264.sequenceParameterSet,
    ends: (type: number) => type >= H264.nonIdrSlice && type <= H264.idrSlice,
  },
  hevc: {
    typeOf: nalUnitTypeOf,
    sets: [H265.videoParameterSet, H265.sequenceParameterSet, H265.pictureParameterSet],
    needed: H265.sequenceParameterSet,
    ends: isSliceSegment,
  },
} as const;

/** `name`: ffprobe's of the codec; `bytes`: of the stream, start codes included. Undefined where there are none. */
export function streamExtradataSize(name: string | undefined, bytes: Uint8Array): number | undefined {
  if (name === 'h264' || name === 'hevc') return parameterSetsSize(units[name], bytes);
  return name === 'mpeg2video' ? sequenceHeaderSize(bytes) : undefined;
}

function parameterSetsSize(
  { typeOf, sets, needed, ends }: (typeof units)[keyof typeof units],
  bytes: Uint8Array,
): number | undefined {
  let size = 0;
  let isFound = false;
  let next = 0;
  for (let code = nextStartCode(bytes, 0); code + startCodeLength < bytes.length; code = next) {
    next = nextStartCode(bytes, code + startCodeLength);
    const type = typeOf(bytes[code + startCodeLength]!);
    if (ends(type)) {
      if (isFound) return size;
      size = 0;
    } else if ((sets as readonly number[]).includes(type)) {
      size += 1 + next - code;
      isFound ||= type === needed;
    }
  }
  return isFound ? size : undefined;
}

/** The sequence header and its extensions. */
function sequenceHeaderSize(bytes: Uint8Array): number | undefined {
  let begin: number | undefined;
  for (let code = nextStartCode(bytes, 0); code + startCodeLength < bytes.length;) {
    const type = bytes[code + startCodeLength]!;
    if (type === Mpeg2StartCode.sequenceHeader) begin ??= code;
    else if (begin !== undefined && type !== Mpeg2StartCode.extension) return code - begin;
    code = nextStartCode(bytes, code + startCodeLength);
  }
  return undefined;
}
