/**
 * H.265 in length-prefixed NAL units (ISO/IEC 14496-15): an access unit begins with the first slice segment of a picture, or
 * with what can only stand before one, and goes on while segments of the same picture follow (ITU-T H.265, 7.4.2.4.4).
 * Parameter sets inside the stream are followed. It looks at headers and never at coded pictures.
 */
import { parseNalUnitHeader } from '../codecs/h265/nal-unit.ts';
import { parsePictureParameterSet } from '../codecs/h265/picture-parameter-set.ts';
import { PictureOrderCount } from '../codecs/h265/picture-order-count.ts';
import { parseSequenceParameterSet } from '../codecs/h265/sequence-parameter-set.ts';
import {
  activeParameterSets,
  addParameterSet,
  isSliceSegment,
  parameterSetsOf,
  parseSliceSegmentHeader,
  type ParameterSets,
  type SliceSegmentHeader,
} from '../codecs/h265/slice-segment-header.ts';
import { parseSeiMessages } from '../codecs/supplemental-enhancement-information.ts';
import type { ByteWindow } from './byte-window.ts';
import {
  noMatch,
  unknownOrder,
  type Match,
  type Question,
  type SampleFacts,
  type SampleSyntax,
} from './sample-syntax.ts';

/** Table 7-1. */
const Type = {
  firstRandomAccessPoint: 16,
  lastRandomAccessPoint: 21,
  videoParameterSet: 32,
  sequenceParameterSet: 33,
  pictureParameterSet: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixMessage: 39,
  suffixMessage: 40,
} as const;

/** Bytes of a slice segment that hold all of its header that is read. */
const headerBytes = 64;
/** No header that is read has more bytes than this. */
const shortestHeader = 16;
const largestParameterSet = 4096;
const largestMessage = 64 * 1024;
/** Slice segments of one picture: 600 at the highest level (A.4.1), with as many other NAL units. */
const mostNalUnits = 1200;
const mostWhileSearching = 48;

interface Walk {
  sets: ParameterSets;
  ownSets: boolean;
  first: SliceSegmentHeader | undefined;
  lastAddress: number;
}

type Step = 'part' | 'cut' | 'stop';

export class H265Syntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 2;
  readonly #lengthSize: number;
  readonly #sets: ParameterSets;
  #order = new PictureOrderCount();
  #periodsBefore = 0;
  #lastPeriod = 0;

  /** `parameterSets`: VPS, SPS and PPS NAL units the stream is known to begin with. */
  constructor(lengthSize: number, parameterSets: Iterable<Uint8Array>) {
    this.#lengthSize = lengthSize;
    this.#sets = parameterSetsOf(parameterSets);
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    const at = index + this.#lengthSize;
    if (at + 1 >= bytes.length || (this.#lengthSize === 4 && bytes[index] !== 0)) return false;
    const header = bytes[at]!;
    const type = header >>> 1;
    // Base layer, and lengths of more than 16 MiB are not what a search looks for.
    return (
      header < 0x80 &&
      (header & 1) === 0 &&
      bytes[at + 1]! < 8 &&
      bytes[at + 1] !== 0 &&
      (isSliceSegment(type) || (type >= Type.videoParameterSet && type <= Type.prefixMessage))
    );
  }

  match(offset: number, { window, end, searching }: Question): Match {
    const walk: Walk = { sets: this.#sets, ownSets: false, first: undefined, lastAddress: 0 };
    const limit = searching ? mostWhileSearching : mostNalUnits;
    let at = offset;
    for (let count = 1; count <= limit; count++) {
      const step = this.#step(walk, at, window, end, searching);
      if (step === 'cut') return { outcome: 'cut', end };
      if (step === 'stop') return walk.first === undefined ? noMatch : { outcome: 'closed', end: at };
      at += this.#lengthSize + window.uint(at, this.#lengthSize);
    }
    return noMatch;
  }

  #step(walk: Walk, at: number, window: ByteWindow, end: number, searching: boolean): Step {
    const start = at + this.#lengthSize;
    const begun = walk.first !== undefined;
    if (start + 1 >= end) return begun || searching ? 'stop' : 'cut';
    const length = window.uint(at, this.#lengthSize);
    const header = parseNalUnitHeader(window.view(start, 2));
    if (length < 2 || header === undefined) return 'stop';
    const available = Math.min(length, end - start);
    const isSlice = isSliceSegment(header.type) && header.layerId === 0;
    if (isSlice && available < length && available < shortestHeader && !searching) return 'cut';
    const fits = isSlice
      ? isOfPicture(walk, readHeader(window, start, available, walk.sets))
      : header.layerId > 0
        ? begun
        : isPartOfUnit(walk, header.type, start, available, length, window);
    if (!fits || (length > available && begun && !isSlice)) return 'stop';
    return length > available ? 'cut' : 'part';
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    let facts: SampleFacts | undefined;
    for (let at = offset; at < end;) {
      const length = window.uint(at, this.#lengthSize);
      const start = at + this.#lengthSize;
      if (length <= 0) break;
      const unit = parseNalUnitHeader(window.view(start, Math.min(length, 2)));
      at = start + length;
      if (unit === undefined || unit.layerId > 0) continue;
      if (unit.type === Type.endOfSequence || unit.type === Type.endOfBitstream) this.#order.endSequence();
      else if (!isSliceSegment(unit.type)) {
        if (length <= largestParameterSet) addParameterSet(this.#sets, window.view(start, length));
      } else facts ??= this.#place(readHeader(window, start, length, this.#sets));
    }
    return facts ?? { sync: false, period: this.#lastPeriod, count: unknownOrder };
  }

  #place(header: SliceSegmentHeader | undefined): SampleFacts | undefined {
    const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined) return undefined;
    const { period, picOrderCnt } = this.#order.next(header, sps);
    this.#lastPeriod = this.#periodsBefore + period;
    const { nalUnitType: type } = header;
    // IDR, CRA and BLA pictures: the sync samples of ISO/IEC 14496-15, 8.3.2.
    const sync = type >= Type.firstRandomAccessPoint && type <= Type.lastRandomAccessPoint;
    return { sync, period: this.#lastPeriod, count: picOrderCnt };
  }

  interrupt(): void {
    // Counts that follow cannot be compared with those before until the next IDR picture.
    this.#order = new PictureOrderCount();
    this.#periodsBefore = ++this.#lastPeriod;
  }
}

function readHeader(
  window: ByteWindow,
  start: number,
  length: number,
  sets: ParameterSets,
): SliceSegmentHeader | undefined {
  return parseSliceSegmentHeader(window.view(start, Math.min(length, headerBytes)), sets).value;
}

/** Whether a slice segment begins the access unit's picture or goes on with it. */
function isOfPicture(walk: Walk, header: SliceSegmentHeader | undefined): boolean {
  if (header === undefined) return false;
  const { first } = walk;
  if (first === undefined) {
    // A picture that lost its first segment on the way cannot be told from the rest of another.
    if (!header.firstSliceSegmentInPicFlag) return false;
    walk.first = header;
    return true;
  }
  const sameOrder = header.dependentSliceSegmentFlag || header.slicePicOrderCntLsb === first.slicePicOrderCntLsb;
  if (header.firstSliceSegmentInPicFlag || header.nalUnitType !== first.nalUnitType || !sameOrder) return false;
  if (header.sliceSegmentAddress <= walk.lastAddress) return false;
  walk.lastAddress = header.sliceSegmentAddress;
  return true;
}

/** Whether a NAL unit that is no slice segment can stand where it does. */
function isPartOfUnit(
  walk: Walk,
  type: number,
  start: number,
  available: number,
  length: number,
  window: ByteWindow,
): boolean {
  const begun = walk.first !== undefined;
  switch (type) {
    case Type.videoParameterSet:
      return !begun && length >= 4 && length <= largestParameterSet;
    case Type.sequenceParameterSet:
    case Type.pictureParameterSet:
      return !begun && isParameterSet(walk, type, start, available, length, window);
    case Type.accessUnitDelimiter:
      return !begun && length === 3 && (window.uint(start + 2, 1) & 0x1f) === 0x10;
    case Type.endOfSequence:
    case Type.endOfBitstream:
      return begun && length === 2;
    case Type.fillerData:
      return (
        begun &&
        window.view(start + 2, Math.min(available - 2, 16)).every((byte, i) => byte === 0xff || i + 3 === length)
      );
    case Type.prefixMessage:
    case Type.suffixMessage:
      if (begun !== (type === Type.suffixMessage)) return false;
      if (length > largestMessage || available < length) return length <= largestMessage;
      return isWholeMessage(window.view(start, length));
    default:
      return false;
  }
}

function isWholeMessage(nalUnit: Uint8Array): boolean {
  const { messages, fault } = parseSeiMessages(nalUnit, 2);
  return fault === undefined && messages.length > 0;
}

/** Takes a parameter set that can be read into the walk's own sets. */
function isParameterSet(
  walk: Walk,
  type: number,
  start: number,
  available: number,
  length: number,
  window: ByteWindow,
): boolean {
  if (length > largestParameterSet) return false;
  // Too little of it is there to say more.
  if (available < length) return available > 3;
  const bytes = window.view(start, length);
  const parsed =
    type === Type.sequenceParameterSet ? parseSequenceParameterSet(bytes) : parsePictureParameterSet(bytes);
  if (parsed.value === undefined) return false;
  if (!walk.ownSets) {
    walk.sets = { sequence: new Map(walk.sets.sequence), picture: new Map(walk.sets.picture) };
    walk.ownSets = true;
  }
  addParameterSet(walk.sets, bytes);
  return true;
}
