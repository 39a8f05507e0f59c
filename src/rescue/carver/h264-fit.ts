/**
 * Whether pictures were written with the parameter sets at hand. Slice headers that parse prove little: nearly any bits do.
 * But frame_num counts reference pictures one by one (ITU-T H.264, 7.4.3), and the places in output order of pictures that
 * follow one another are near each other; read by other parameter sets neither holds.
 */
import {
  completesFrame,
  parameterSetsOf,
  parseSliceHeader,
  hasSliceHeader,
  activeParameterSets,
  type ParameterSets,
  type SliceHeader,
} from '../../codecs/h264/slice-header.ts';
import { NalUnitType } from '../../codecs/h264/nal-unit.ts';
import type { SequenceParameterSet } from '../../codecs/h264/sequence-parameter-set.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { ByteWindow } from './byte-window.ts';
import { sliceIn } from './wrapped-slice.ts';

/** NAL units of a picture before its first slice. */
const maxUnitsBeforeSlice = 64;
const headerBytes = 96;
const picturesLookedAt = 1000;
/** Part of the pictures that have to follow the one before: some may be missing. */
const minShareInOrder = 0.75;
/** Neighbours in decoding order are shown no further apart: 16 frames held back, two counts a frame, and as many again. */
const nearestCounts = 64;

/** `offsets`: where pictures begin in the source, in order; their NAL units have lengths of `lengthSize` bytes. */
export function fitsParameterSets(
  source: ByteSource,
  offsets: ArrayLike<number>,
  lengthSize: number,
  parameterSets: Iterable<Uint8Array>,
): boolean {
  const sets = parameterSetsOf(parameterSets);
  const window = new ByteWindow(source);
  let previous: SliceHeader | undefined;
  let [pairs, following] = [0, 0];
  for (let i = 0; i < Math.min(offsets.length, picturesLookedAt); i++) {
    const header = firstSliceHeader(window, offsets[i]!, lengthSize, sets);
    const sps = header === undefined ? undefined : activeParameterSets(sets, header.picParameterSetId)?.sps;
    if (previous !== undefined) {
      pairs++;
      if (header !== undefined && sps !== undefined && followsPicture(previous, header, sps)) following++;
    }
    previous = header ?? previous;
  }
  return previous !== undefined && following >= minShareInOrder * pairs;
}

/** The header of the first slice of the picture at `offset`. */
export function firstSliceHeader(
  window: ByteWindow,
  offset: number,
  lengthSize: number,
  sets: ParameterSets,
): SliceHeader | undefined {
  let at = offset;
  for (let count = 0; count < maxUnitsBeforeSlice; count++) {
    const length = window.uint(at, lengthSize);
    const start = sliceIn(window, at + lengthSize, Math.max(0, length));
    const nalUnit = window.view(start, Math.min(Math.max(0, at + lengthSize + length - start), headerBytes));
    if (nalUnit.length === 0) return undefined;
    if (hasSliceHeader(nalUnit[0]! & 0x1f)) return parseSliceHeader(nalUnit, sets).value;
    at += lengthSize + length;
  }
  return undefined;
}

/** Whether a picture can follow another one in decoding order. */
export function followsPicture(previous: SliceHeader, current: SliceHeader, sps: SequenceParameterSet): boolean {
  if (current.nalUnitType === NalUnitType.idrSlice) return current.frameNum === 0;
  const isRestarted = previous.memoryManagementControlOperation5 === true;
  // Where fields are samples of their own, both of a frame have one number.
  if (completesFrame(previous, current)) return true;
  // The number goes up behind a reference picture.
  const step = (current.frameNum - previous.frameNum) & (2 ** sps.log2MaxFrameNum - 1);
  const counts = isRestarted ? current.frameNum <= 1 : step === (previous.nalRefIdc === 0 ? 0 : 1);
  if (!counts && !sps.gapsInFrameNumValueAllowedFlag) return false;
  const { picOrderCnt } = sps;
  if (isRestarted || picOrderCnt.type === 1) return true;
  // 7.4.2.1.1: with type 2 no two pictures in a row are without references to them.
  if (picOrderCnt.type === 2) return previous.nalRefIdc !== 0 || current.nalRefIdc !== 0;
  const range = 2 ** picOrderCnt.log2MaxPicOrderCntLsb;
  const apart = (current.picOrderCntLsb! - previous.picOrderCntLsb!) & (range - 1);
  return apart !== 0 && Math.min(apart, range - apart) <= nearestCounts;
}
