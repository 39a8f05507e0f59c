/**
 * What ffprobe counts as `extradata_size` of a video stream that has its configuration among its pictures: the parameter
 * sets of the first picture that has some, each behind a start code of four bytes, and with the zero of the one behind it.
 */
import { nextStartCode, Mpeg2StartCode } from '../../codecs/mpeg2/sequence-header.ts';

const startCodeLength = 3;

/** Numbers of parameter sets and of what a picture begins with (ITU-T H.264, Table 7-1; H.265, Table 7-1). */
const units = {
  h264: {
    typeOf: (byte: number) => byte & 0x1f,
    sets: [7, 8],
    needed: 7,
    ends: (type: number) => type >= 1 && type <= 5,
  },
  hevc: {
    typeOf: (byte: number) => (byte >> 1) & 0x3f,
    sets: [32, 33, 34],
    needed: 33,
    ends: (type: number) => type < 32,
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
