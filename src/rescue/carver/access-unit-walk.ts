/**
 * Walks the length-prefixed NAL units of a sample (ISO/IEC 14496-15), which H.264 and H.265 share: length after length, as
 * long as what stands there belongs to one access unit. What belongs to it is for the codec's syntax to say.
 */
import { parseSeiMessages } from '../../codecs/supplemental-enhancement-information.ts';
import { maxView } from './byte-window.ts';
import { noMatch, type Match, type Question } from './sample-syntax.ts';

/** Bytes of a slice that hold all of its header that is read; a few with weights, lists or entry points need more. */
export const headerBytes = 96;
/** Larger parameter sets and messages are not looked into. */
export const maxParameterSetBytes = 4096;
/** Bytes of an SEI NAL unit beyond which its messages are not looked into. */
export const maxMessageBytes = 64 * 1024;
/** NAL units of one access unit: macroblocks of the largest level may stand in a slice each. */
const maxNalUnits = 4096;
const maxNalUnitsWhileSearching = 48;

/** A NAL unit of which the length and the first byte of the header are there. */
export interface NalUnitPlace {
  /** Offset of its header. */
  readonly start: number;
  readonly length: number;
  /** Bytes of it that are there. */
  readonly available: number;
  /** First byte of its header, its forbidden bit 0. */
  readonly header: number;
}

/**
 * How far one NAL unit takes an access unit:
 * - `part` of it; `prefix`: it belongs to the NAL unit behind it, which may be one of the next access unit.
 * - `cut`: too little of it is there to say.
 * - `stop`: none of this access unit.
 */
export type Step = 'part' | 'prefix' | 'cut' | 'stop';

/**
 * One walk over the NAL units of what may be an access unit. Functions, not getters: V8 gives each object literal with a getter
 * a hidden class of its own, which keeps what the getter closes over until all of the heap is collected.
 */
export interface AccessUnitWalk {
  /** Whether a picture has been met. */
  hasPicture(): boolean;
  /** Whether the picture has fewer slices than any before it, so that some may be behind the end of the bytes. */
  lacksSlices(): boolean;
  take(nalUnit: NalUnitPlace): Step;
}

/** The access unit that begins at `offset`, as far as `walk` takes its NAL units. */
export function matchAccessUnit(
  offset: number,
  { window, end, mayBeTorn, searching }: Question,
  lengthSize: number,
  walk: AccessUnitWalk,
): Match {
  const limit = searching ? maxNalUnitsWhileSearching : maxNalUnits;
  let at = offset;
  let sampleEnd = offset;
  for (let nalUnits = 0; nalUnits < limit; nalUnits++) {
    const start = at + lengthSize;
    if (start >= end && !walk.hasPicture() && !searching) return { outcome: 'cut', end };
    const length = start < end ? window.uint(at, lengthSize) : 0;
    // What is longer is no NAL unit: nearly every frame of audio is passed over here.
    const header = length > 0 && length <= maxView ? window.uint(start, 1) : -1;
    const available = Math.min(length, end - start);
    const step = header < 0 || header >= 0x80 ? 'stop' : walk.take({ start, length, available, header });
    if (step === 'stop' && !walk.hasPicture()) return noMatch;
    if (step === 'stop') {
      // Too little is left for another slice to be told from something else.
      const isTorn = mayBeTorn && walk.lacksSlices() && end - start < 2;
      return isTorn ? { outcome: 'cut', end } : { outcome: 'closed', end: sampleEnd };
    }
    if (step === 'cut' || length > available) return { outcome: 'cut', end, announcedEnd: start + length };
    at = start + length;
    if (step === 'part') sampleEnd = at;
  }
  return noMatch;
}

/** Whether a NAL unit of messages is filled by them, which tells a true one from bytes that only look like its header. */
export function isMessageChain(nalUnit: Uint8Array, headerLength: number): boolean {
  const { messages, fault } = parseSeiMessages(nalUnit, headerLength);
  return fault === undefined && messages.length > 0;
}
