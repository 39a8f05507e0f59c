/**
 * AV1 as MP4 and RTMP have it, open bitstream units with their sizes (AV1 in ISOBMFF, 2.4; low-overhead format): a sample is
 * a temporal unit, which ends with the frame that is shown and its tiles (AV1 specification, 7.5). It looks at headers and
 * never at coded tiles.
 *
 * Exact: boundaries, sync samples (key frames that are shown as they come), order of output, which is that of decoding.
 * Units without a size, which the format allows at the end of a sample, cannot be told from what follows and are not found.
 */
import {
  Av1FrameType,
  parseAv1FrameHeader,
  type Av1FrameHeader,
  type FrameHeaderSyntax,
} from '../../codecs/av1/frame-header.ts';
import { ObuType, readLeb128 } from '../../codecs/av1/obu.ts';
import { parseAv1SequenceHeader } from '../../codecs/av1/sequence-header.ts';
import { sequenceHeaderOf } from '../../codecs/av1/temporal-unit.ts';
import type { ByteWindow } from './byte-window.ts';
import { noMatch, type Match, type Question, type SampleFacts, type SampleSyntax } from './sample-syntax.ts';

/** Bytes of a unit before its payload: header, extension, eight of leb128(). */
const maxHeader = 10;
/** Frame headers are read no further. */
const frameHeaderBytes = 16;
const maxSequenceHeader = 1024;
/** What a sequence header proves, in bits. */
const sequenceBits = 32;
/** Units of a temporal unit: 64 tile groups in each of the frames that may be hidden before the shown one. */
const maxUnits = 1024;
const maxUnitsWhileSearching = 64;

/** Units that stand behind the shown frame's header in its temporal unit. */
const goesOn: ReadonlySet<number> = new Set([ObuType.tileGroup, ObuType.redundantFrameHeader, ObuType.padding]);

/** What nearly all streams have: enough to tell frames apart where the sequence header is lost. */
const usualSequence: FrameHeaderSyntax = { reducedStillPictureHeader: false, framePresentationTimeLength: 0 };

interface Unit {
  readonly type: number;
  readonly spatialId: number;
  readonly payloadStart: number;
  readonly size: number;
  readonly end: number;
}

interface Walk {
  sequence: FrameHeaderSyntax;
  /** It begins with a sequence header. */
  hasSequence: boolean;
  units: number;
  first: Av1FrameHeader | undefined;
  /** The frame whose tiles may follow. */
  open: Av1FrameHeader | undefined;
  /** A frame header without a tile so far. */
  lacksTiles: boolean;
  /** The frame that is shown has been met, in this spatial layer. */
  isShown: boolean;
  spatialId: number;
}

/** Bytes of zeros that metadata may end with; more of them are a hole. */
const maxTrailingZeros = 15;

/** The syntax of one AV1 stream. */
export class Av1Syntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 3;
  /** A header of one byte and any size close a unit: what begins like others before is what counts. */
  readonly proofBits = 4;
  #sequence: FrameHeaderSyntax;
  #count = 0;

  /** `configObus`: the units of a configuration record; there may be none. */
  constructor(configObus: Uint8Array | undefined) {
    this.#sequence = (configObus === undefined ? undefined : sequenceHeaderOf(configObus)) ?? usualSequence;
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    const header = bytes[index]!;
    // A size, no reserved bits, none of the types that stand behind others.
    if ((header & 0x83) !== 2) return false;
    const type = header >>> 3;
    return type === 1 || type === 2 || type === 3 || type === 5 || type === 6;
  }

  match(offset: number, { window, end, searching }: Question): Match {
    const walk = newWalk(this.#sequence);
    const limit = searching ? maxUnitsWhileSearching : maxUnits;
    let at = offset;
    for (let units = 0; units < limit && at < end; units++) {
      const unit = readUnit(window, at, end);
      // A unit that begins another sample leaves this one whole, however little of it is there.
      if (unit === 'cut' && walk.isShown && !goesOn.has(window.uint(at, 1) >>> 3)) break;
      if (unit === 'cut') return searching ? noMatch : { outcome: 'cut', end };
      if (unit === undefined || !take(walk, unit, window, end)) break;
      if (unit.end > end) return { outcome: 'cut', end };
      at = unit.end;
    }
    if (walk.isShown && !walk.lacksTiles) {
      return walk.hasSequence
        ? { outcome: 'closed', end: at, proofBits: sequenceBits }
        : { outcome: 'closed', end: at };
    }
    return at >= end && at > offset ? { outcome: 'cut', end } : noMatch;
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    const walk = newWalk(this.#sequence);
    for (let at = offset; at < end;) {
      const unit = readUnit(window, at, end);
      if (unit === undefined || unit === 'cut' || !take(walk, unit, window, end)) break;
      at = unit.end;
    }
    this.#sequence = walk.sequence;
    const sync = walk.first?.frameType === Av1FrameType.key && walk.first.showFrame;
    return { sync, period: 0, count: this.#count++ };
  }
}

function newWalk(sequence: FrameHeaderSyntax): Walk {
  return {
    sequence,
    hasSequence: false,
    units: 0,
    first: undefined,
    open: undefined,
    lacksTiles: false,
    isShown: false,
    spatialId: 0,
  };
}

/** The unit at `at`; `cut` where the bytes end within its header, undefined where there is none. */
function readUnit(window: ByteWindow, at: number, end: number): Unit | 'cut' | undefined {
  const bytes = window.view(at, Math.min(maxHeader, end - at));
  const header = bytes[0]!;
  // Forbidden bit 0, with a size, reserved bit 0.
  if ((header & 0x83) !== 2) return undefined;
  const hasExtension = (header & 4) !== 0;
  if (hasExtension && bytes.length > 1 && (bytes[1]! & 7) !== 0) return undefined;
  const sizeAt = hasExtension ? 2 : 1;
  const size = readLeb128(bytes, sizeAt);
  if (size === undefined) return bytes.length < maxHeader ? 'cut' : undefined;
  const payloadStart = at + size.end;
  return {
    type: header >>> 3,
    spatialId: hasExtension ? (bytes[1]! >>> 3) & 3 : 0,
    payloadStart,
    size: size.value,
    end: payloadStart + size.value,
  };
}

/** Takes a unit into the temporal unit; false where it is none of it. */
function take(walk: Walk, unit: Unit, window: ByteWindow, end: number): boolean {
  const { type, payloadStart, size } = unit;
  const isFirstUnit = walk.units++ === 0;
  const isWhole = unit.end <= end;
  switch (type) {
    case ObuType.temporalDelimiter:
      return isFirstUnit && size === 0;
    case ObuType.sequenceHeader:
      if (walk.first !== undefined || size > maxSequenceHeader) return false;
      return !isWhole || takeSequenceHeader(walk, window.view(payloadStart, size));
    case ObuType.metadata: {
      // metadata_type: 1 to 5, and some that are left to users. Behind the trailing one bit there may be whole bytes of zeros
      // (AV1, 6.7.2: what is valid ends with the last byte that is not 0), as Dolby's encoders leave them.
      if (walk.isShown || size < 2) return false;
      const metadataType = window.uint(payloadStart, 1);
      const tail = Math.min(size - 1, maxTrailingZeros + 1);
      const ends = !isWhole || window.view(unit.end - tail, tail).some((byte) => byte !== 0);
      return metadataType >= 1 && metadataType < 32 && ends;
    }
    case ObuType.frame:
    case ObuType.frameHeader:
      return takeFrame(walk, unit, window, end);
    case ObuType.tileGroup:
      if (walk.open === undefined || size === 0) return false;
      walk.lacksTiles = false;
      return true;
    case ObuType.redundantFrameHeader:
      return walk.open !== undefined && size > 0;
    case ObuType.padding:
      return walk.first !== undefined;
    default:
      return false;
  }
}

function takeSequenceHeader(walk: Walk, payload: Uint8Array): boolean {
  const { value } = parseAv1SequenceHeader(payload);
  if (value === undefined || payload.at(-1) === 0) return false;
  walk.sequence = value;
  walk.hasSequence = true;
  return true;
}

function takeFrame(
  walk: Walk,
  { type, spatialId, payloadStart, size, end }: Unit,
  window: ByteWindow,
  limit: number,
): boolean {
  // Behind the shown frame only the same picture in a higher layer belongs to the temporal unit.
  if (walk.isShown && spatialId <= walk.spatialId) return false;
  if (walk.lacksTiles || size === 0) return false;
  const payload = window.view(payloadStart, Math.min(frameHeaderBytes, size, limit - payloadStart));
  const frame = parseAv1FrameHeader(payload, walk.sequence).value;
  // Where the bytes end before the header does, it is as good as any.
  if (frame === undefined) return payload.length < size;
  if (frame.showExistingFrame) {
    // Three bits of number, then trailing bits, unless frames have a number or a time of their own.
    const isShort = size === 1 && end <= limit;
    if (type !== ObuType.frameHeader || size > frameHeaderBytes || (isShort && (payload[0]! & 0xf) !== 8)) return false;
  } else if (type === ObuType.frameHeader) {
    walk.lacksTiles = true;
  }
  walk.first ??= frame;
  walk.open = frame.showExistingFrame ? undefined : frame;
  walk.spatialId = spatialId;
  walk.isShown = frame.showFrame;
  return true;
}
