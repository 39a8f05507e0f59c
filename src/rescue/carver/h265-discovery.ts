/**
 * Finds out about H.265 in media of which nothing is known: parameter sets where the encoder sends them in-band, and whether
 * parameter sets from elsewhere (a reference recording) are those of the pictures that are there.
 */
import { parseNalUnitHeader } from '../../codecs/h265/nal-unit.ts';
import { parsePictureParameterSet } from '../../codecs/h265/picture-parameter-set.ts';
import { parseSequenceParameterSet } from '../../codecs/h265/sequence-parameter-set.ts';
import { isSliceSegment, parameterSetsOf, parseSliceSegmentHeader } from '../../codecs/h265/slice-segment-header.ts';
import { parseVideoParameterSet } from '../../codecs/h265/video-parameter-set.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { ByteWindow } from './byte-window.ts';
import { H265Syntax } from './h265-syntax.ts';
import { lengthSize, parameterSetAt, searchParameterSets } from './parameter-set-search.ts';

const VIDEO_PARAMETER_SET = 32;
const SEQUENCE_PARAMETER_SET = 33;
const PICTURE_PARAMETER_SET = 34;
const PREFIX_MESSAGE = 39;
/** NAL units that stand together before a picture. */
const mostTogether = 32;

/** NAL units, header first; enough for a configuration record where there is a sequence and a picture parameter set. */
export interface FoundH265ParameterSets {
  readonly videoParameterSets: readonly Uint8Array[];
  readonly sequenceParameterSets: readonly Uint8Array[];
  readonly pictureParameterSets: readonly Uint8Array[];
}

/** The first parameter sets that stand together, a sequence and a picture parameter set among them, each behind a length of four bytes. */
export function findH265ParameterSets(
  source: ByteSource,
  from: number,
  to: number,
): FoundH265ParameterSets | undefined {
  return searchParameterSets(source, from, to, {
    mayBegin: (first, second) =>
      (first === VIDEO_PARAMETER_SET << 1 || first === SEQUENCE_PARAMETER_SET << 1) && second === 1,
    read: parameterSetsAt,
  });
}

function parameterSetsAt(window: ByteWindow, offset: number, end: number): FoundH265ParameterSets | undefined {
  const videoParameterSets: Uint8Array[] = [];
  const sequenceParameterSets: Uint8Array[] = [];
  const pictureParameterSets: Uint8Array[] = [];
  let at = offset;
  for (let count = 0; count < mostTogether; count++) {
    const nalUnit = parameterSetAt(window, at, end);
    if (nalUnit === undefined) break;
    const type = parseNalUnitHeader(nalUnit)?.type;
    if (type === VIDEO_PARAMETER_SET && parseVideoParameterSet(nalUnit).value !== undefined) {
      videoParameterSets.push(nalUnit);
    } else if (type === SEQUENCE_PARAMETER_SET && parseSequenceParameterSet(nalUnit).value !== undefined) {
      sequenceParameterSets.push(nalUnit);
    } else if (type === PICTURE_PARAMETER_SET && parsePictureParameterSet(nalUnit).value !== undefined) {
      pictureParameterSets.push(nalUnit);
    } else if (type !== PREFIX_MESSAGE) break;
    at += lengthSize + nalUnit.length;
  }
  return sequenceParameterSets.length === 0 || pictureParameterSets.length === 0
    ? undefined
    : { videoParameterSets, sequenceParameterSets, pictureParameterSets };
}

/** How parameter sets fit the pictures of some media. */
export interface H265Fit {
  /** First slices of pictures that were found without the help of any parameter sets. */
  readonly pictures: number;
  /** Those whose slice segment headers can be read to their last bit. */
  readonly readable: number;
}

/** Bytes looked through for pictures, and pictures that are enough to tell. */
const bytesTried = 8 * 1024 * 1024;
const picturesTried = 400;
/** A slice whose length is larger cannot be told from chance. */
const longestSlice = 0x7fffff;

/**
 * Holds parameter sets against the pictures between `from` and `to`, audio or not beside them: pictures of the stream they
 * belong to are all readable, but for a place in a hundred that is none. Of a stream that an encoder of other settings made
 * half of them are not, or all. What slice segment headers do not show (bit depth, the size of pictures of one slice)
 * nothing here can tell apart.
 */
export function fitOfH265ParameterSets(
  source: ByteSource,
  from: number,
  to: number,
  parameterSets: Iterable<Uint8Array>,
): H265Fit {
  const sets = parameterSetsOf(parameterSets);
  const window = new ByteWindow(source);
  const bare = new H265Syntax(lengthSize, []);
  const end = Math.min(to, source.size, from + bytesTried);
  let pictures = 0;
  let readable = 0;
  for (let at = from; at + lengthSize + 2 < end && pictures < picturesTried; at++) {
    const index = window.hold(at, lengthSize + 2);
    const length = isSliceAt(window.bytes, index) ? window.uint(at, lengthSize) : 0;
    if (length < 4 || length > longestSlice || at + lengthSize + length > end) continue;
    // Another NAL unit of the picture, or none: chance has no access unit end where another begins, nor in its middle.
    if (bare.match(at, { window, end, mayBeTorn: true, searching: true }).outcome !== 'closed') continue;
    pictures++;
    const nalUnit = window.view(at + lengthSize, Math.min(length, 2048));
    if (parseSliceSegmentHeader(nalUnit, sets, { whole: true }).value !== undefined) readable++;
    at += lengthSize + length - 1;
  }
  return { pictures, readable };
}

/** A length below 8 MiB, the header of a slice of the base layer, and the first slice of its picture. */
function isSliceAt(bytes: Uint8Array, index: number): boolean {
  if (bytes[index] !== 0 || bytes[index + 1]! >= 0x80) return false;
  const [first, second] = [bytes[index + 4]!, bytes[index + 5]!];
  if ((first & 0x81) !== 0 || second === 0 || second >= 8 || bytes[index + 6]! < 0x80) return false;
  return isSliceSegment(first >>> 1);
}
