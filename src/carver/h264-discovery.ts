/** Looks for the parameter sets of H.264 in media of which nothing is known: encoders that send them in-band are found by them. */
import { NalUnitType } from '../codecs/h264/nal-unit.ts';
import { parsePictureParameterSet } from '../codecs/h264/picture-parameter-set.ts';
import { parseSequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import type { ByteSource } from '../io/file-source.ts';
import { ByteWindow } from './byte-window.ts';

const lengthSize = 4;
const largestParameterSet = 4096;
const block = 256 * 1024;
/** Bytes looked through before giving up: key frames come every few seconds. */
const mostLookedAt = 256 * 1024 * 1024;

export interface FoundParameterSets {
  readonly sps: Uint8Array;
  readonly pps: Uint8Array;
}

/** The first sequence parameter set that a picture parameter set follows, each behind a length of four bytes. */
export function findH264ParameterSets(source: ByteSource, from: number, to: number): FoundParameterSets | undefined {
  const window = new ByteWindow(source);
  const end = Math.min(to, source.size, from + mostLookedAt);
  for (let offset = from; offset + lengthSize < end; offset += block) {
    const index = window.hold(offset, block + lengthSize + 1);
    const { bytes } = window;
    const last = Math.min(index + block, bytes.length - lengthSize);
    for (let at = index; at < last; at++) {
      if (bytes[at] !== 0 || bytes[at + 1] !== 0 || !isHeader(bytes[at + 4]!)) continue;
      const found = parameterSetsAt(window, window.start + at, end);
      if (found !== undefined) return found;
      // Looking there may have moved the window.
      if (window.bytes !== bytes) {
        offset += at + 1 - index - block;
        break;
      }
    }
  }
  return undefined;
}

/** The header of a sequence parameter set, which other NAL units refer to. */
function isHeader(byte: number): boolean {
  return (byte & 0x9f) === NalUnitType.sequenceParameterSet && (byte & 0x60) !== 0;
}

function parameterSetsAt(window: ByteWindow, offset: number, end: number): FoundParameterSets | undefined {
  const sps = nalUnitAt(window, offset, end);
  if (sps === undefined || parseSequenceParameterSet(sps).value === undefined) return undefined;
  const pps = nalUnitAt(window, offset + lengthSize + sps.length, end);
  if (pps === undefined || parsePictureParameterSet(pps).value === undefined) return undefined;
  return { sps, pps };
}

function nalUnitAt(window: ByteWindow, offset: number, end: number): Uint8Array | undefined {
  const length = window.uint(offset, lengthSize);
  if (length < 4 || length > largestParameterSet || offset + lengthSize + length > end) return undefined;
  return Uint8Array.from(window.view(offset + lengthSize, length));
}
