/**
 * H.265 in length-prefixed NAL units (ISO/IEC 14496-15): an access unit is recognised by slice segment headers that can be read
 * to their last bit with the parameter sets, and ends where a NAL unit begins the next one or where no NAL unit follows
 * (ITU-T H.265, 7.4.2.4.4). Parameter sets inside the stream are followed. It looks at headers and never at coded pictures.
 *
 * Exact: boundaries, sync samples (IDR, CRA and BLA pictures) and the order of output. With parameter sets of another
 * encoder slice headers do not close, so that pictures are missing rather than wrong: see `fitOfH265ParameterSets`.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { parseNalUnitHeader, type NalUnitHeader } from '../../codecs/h265/nal-unit.ts';
import { PictureOrderCount } from '../../codecs/h265/picture-order-count.ts';
import { parsePictureParameterSet } from '../../codecs/h265/picture-parameter-set.ts';
import { parseSequenceParameterSet, type SequenceParameterSet } from '../../codecs/h265/sequence-parameter-set.ts';
import {
  activeParameterSets,
  addParameterSet,
  isSliceSegment,
  parameterSetsOf,
  parseSliceSegmentHeader,
  type ParameterSets,
  type SliceSegmentHeader,
} from '../../codecs/h265/slice-segment-header.ts';
import { parseVideoParameterSet } from '../../codecs/h265/video-parameter-set.ts';
import {
  headerBytes,
  isMessageChain,
  maxMessageBytes,
  maxParameterSetBytes,
  matchAccessUnit,
  type NalUnitPlace,
  type Step,
} from './access-unit-walk.ts';
import type { ByteWindow } from './byte-window.ts';
import { readWholeH265Picture } from './h265-whole-picture.ts';
import { unknownOrder } from '../clocks/ordered-pictures.ts';
import type { Match, Question, SampleFacts, SampleSyntax } from './sample-syntax.ts';

const longHeaderBytes = 2048;
/** Smaller pictures, found by searching, may be anything. */
const minBytesAlone = 64;
/** What is kept of a slice segment header has no more bytes than this. */
const minSliceHeader = 16;

/** NAL unit types (Table 7-1). */
const Type = {
  videoParameterSet: 32,
  sequenceParameterSet: 33,
  pictureParameterSet: 34,
  accessUnitDelimiter: 35,
  endOfSequence: 36,
  endOfBitstream: 37,
  fillerData: 38,
  prefixMessage: 39,
  suffixMessage: 40,
  /** Left to users by the standard; Dolby Vision has its metadata and its enhancement layer in them. */
  dolbyVisionMetadata: 62,
  dolbyVisionLayer: 63,
} as const;

/** First byte of the metadata's payload. */
const dolbyVisionPrefix = 0x19;

/** BLA, IDR and CRA: pictures where decoding can begin. */
function isRandomAccessPoint(type: number): boolean {
  return type >= 16 && type <= 21;
}

/** What is known of an access unit while its NAL units are walked. */
interface Walk {
  sets: ParameterSets;
  ownSets: boolean;
  first: SliceSegmentHeader | undefined;
  lastAddress: number;
  slices: number;
}

/** Pictures from which the number of slices is known. */
const minPicturesForSlices = 8;

/** The syntax of one H.265 stream. */
export class H265Syntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 2;
  readonly #lengthSize: number;
  readonly #sets: ParameterSets;
  /** More layers than the base layer (depth, a second view, alpha): their slices go with its pictures. */
  #hasLayers = false;
  /** Pictures accepted, and the slices that each of them has at least. */
  #pictures = 0;
  #minSlices = Infinity;
  #order = new PictureOrderCount();
  /** Periods counted before the last interruption. */
  #periodsBefore = 0;
  #lastPeriod = 0;
  /** The first slice of the last picture. */
  #last: SliceSegmentHeader | undefined;

  /** `parameterSets`: VPS, SPS and PPS NAL units the stream is known to begin with; there may be none. */
  constructor(lengthSize: number, parameterSets: Iterable<Uint8Array>) {
    this.#lengthSize = lengthSize;
    const nalUnits = [...parameterSets];
    this.#sets = parameterSetsOf(nalUnits);
    for (const nalUnit of nalUnits) this.#noteLayers(nalUnit);
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    const at = index + this.#lengthSize;
    if (at + 1 >= bytes.length) return false;
    const [first, second] = [bytes[at]!, bytes[at + 1]!];
    // Lengths of more than 16 MiB are not what a search looks for, nor is any layer but the base layer; TemporalId is 0 to 6.
    if (this.#lengthSize === 4 && bytes[index] !== 0) return false;
    if ((first & 0x81) !== 0 || second >= 8 || second === 0) return false;
    const type = first >>> 1;
    return (
      isSliceSegment(type) ||
      (type >= Type.videoParameterSet && type <= Type.accessUnitDelimiter) ||
      type === Type.prefixMessage
    );
  }

  match(offset: number, question: Question): Match {
    const walk: Walk = { sets: this.#sets, ownSets: false, first: undefined, lastAddress: 0, slices: 0 };
    const minSlices = this.#pictures < minPicturesForSlices ? 0 : this.#minSlices;
    return matchAccessUnit(offset, question, this.#lengthSize, {
      hasPicture: () => walk.first !== undefined,
      lacksSlices: () => walk.slices < minSlices,
      take: (nalUnit) => this.#take(walk, nalUnit, question),
    });
  }

  /** Looks at a NAL unit: part of the access unit, cut off by the end of the bytes, or none of its own. */
  #take(walk: Walk, nalUnit: NalUnitPlace, { window, searching }: Question): Step {
    const { start, length, available } = nalUnit;
    const header = parseNalUnitHeader(window.view(start, Math.min(2, available)));
    const begun = walk.first !== undefined;
    if (header === undefined) return available < 2 && !begun && !searching ? 'cut' : 'stop';
    const isSlice = isSliceSegment(header.type) && header.layerId === 0;
    // Too little of a slice is there to read its header.
    if (isSlice && available < length && available < minSliceHeader && !searching) return 'cut';
    // Apple has messages between the pictures of two views; without another view behind them they are of the next access unit.
    const mayBeBetweenViews = this.#hasLayers && begun && header.layerId === 0 && header.type === Type.prefixMessage;
    if (mayBeBetweenViews) return length <= available && isMessage(nalUnit, window) ? 'prefix' : 'stop';
    const fits = isSlice
      ? this.#isSlice(walk, nalUnit, window, searching)
      : header.layerId > 0
        ? this.#hasLayers && isOfOtherLayer(header, begun, length)
        : isPartOfUnit(walk, header.type, nalUnit, window);
    // Behind a slice anything but another slice of the picture is short; what seems to go on beyond the end is no NAL unit.
    const isSure = isSlice && walk.sets.picture.size > 0;
    return !fits || (length > available && begun && !isSure) ? 'stop' : 'part';
  }

  #isSlice(walk: Walk, nalUnit: NalUnitPlace, window: ByteWindow, searching: boolean): boolean {
    const header = readSliceHeader(window, nalUnit, walk.sets);
    if (header === undefined) return false;
    walk.slices++;
    const { first } = walk;
    if (first === undefined) {
      // A picture that lost its first slices on the way is one in its place, but not what a search may hold on to.
      if (searching && !header.firstSliceSegmentInPicFlag) return false;
      // 7.4.2.2: random access points are of the lowest sub-layer.
      if (isRandomAccessPoint(header.nalUnitType) && header.temporalId > 0) return false;
      walk.first = header;
      walk.lastAddress = header.sliceSegmentAddress;
      return true;
    }
    if (header.firstSliceSegmentInPicFlag || !isOfSamePicture(first, header)) return false;
    // Without the parameter sets no address can be read.
    if (walk.sets.picture.size > 0 && header.sliceSegmentAddress <= walk.lastAddress) return false;
    walk.lastAddress = header.sliceSegmentAddress;
    return true;
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    let sync = false;
    let slices = 0;
    let found: { readonly period: number; readonly picOrderCnt: number } | undefined;
    for (let at = offset; at < end;) {
      const length = window.uint(at, this.#lengthSize);
      const start = at + this.#lengthSize;
      if (length <= 0) break;
      at = start + length;
      const unit = parseNalUnitHeader(window.view(start, Math.min(2, length)));
      if (unit === undefined || unit.layerId > 0) continue;
      if (unit.type === Type.endOfSequence || unit.type === Type.endOfBitstream) this.#order.endSequence();
      else if (unit.type >= Type.videoParameterSet && unit.type <= Type.pictureParameterSet) {
        this.#takeParameterSet(window, start, length);
      } else if (isSliceSegment(unit.type)) {
        slices++;
        sync ||= isRandomAccessPoint(unit.type);
        found ??= this.#orderOf(window, { start, length, available: length, header: 0 });
      }
    }
    this.#pictures++;
    this.#minSlices = Math.min(this.#minSlices, slices);
    const period = found === undefined ? this.#lastPeriod : this.#periodsBefore + found.period;
    this.#lastPeriod = period;
    return { sync, period, count: found?.picOrderCnt ?? unknownOrder };
  }

  #takeParameterSet(window: ByteWindow, start: number, length: number): void {
    if (length > maxParameterSetBytes) return;
    const nalUnit = window.view(start, length);
    addParameterSet(this.#sets, nalUnit);
    this.#noteLayers(nalUnit);
  }

  #noteLayers(nalUnit: Uint8Array): void {
    if (parseNalUnitHeader(nalUnit)?.type !== Type.videoParameterSet) return;
    this.#hasLayers ||= (parseVideoParameterSet(nalUnit).value?.maxLayers ?? 1) > 1;
  }

  /** The picture's place in output order, whether a decoder shows it or not: a sample has its time all the same. */
  #orderOf(window: ByteWindow, nalUnit: NalUnitPlace): { period: number; picOrderCnt: number } | undefined {
    const header = readSliceHeader(window, nalUnit, this.#sets);
    this.#last = header;
    if (header?.slicePicOrderCntLsb === undefined) return undefined;
    const active = activeParameterSets(this.#sets, header.picParameterSetId);
    return active === undefined ? undefined : this.#order.next(header, active.sps);
  }

  continues(offset: number, window: ByteWindow): number {
    const header = firstSliceHeader(window, offset, this.#lengthSize, this.#sets);
    const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined) return 0;
    // A stream begins with a picture that decoding can begin with; later ones may come at any time.
    const isEntry = isRandomAccessPoint(header.nalUnitType);
    if (this.#last === undefined) return isEntry ? 0.75 : 0.25;
    return isEntry ? 0.5 : followsPicture(this.#last, header, sps) ? 1 : 0;
  }

  readsThrough(offset: number, end: number, window: ByteWindow): boolean | undefined {
    const reading = readWholeH265Picture(window, offset, end, this.#lengthSize, this.#sets);
    return reading === 'unread' ? undefined : reading === 'whole';
  }

  /** As far as headers tell: a slice ends with a bit that is 1 (7.3.2.11), and its header is read to the last bit. */
  provesItself(offset: number, end: number, window: ByteWindow, placed: boolean): boolean {
    let slices = 0;
    for (let at = offset; at < end;) {
      const length = window.uint(at, this.#lengthSize);
      const start = at + this.#lengthSize;
      if (length < 3 || start + length > end || window.uint(start + length - 1, 1) === 0) return false;
      const unit = parseNalUnitHeader(window.view(start, 2));
      if (unit !== undefined && unit.layerId === 0 && isSliceSegment(unit.type)) slices++;
      at = start + length;
    }
    return slices > 0 && (placed || end - offset >= minBytesAlone) && this.#sets.picture.size > 0;
  }

  interrupt(): void {
    // Counts that follow cannot be compared with those before until the next random access point.
    this.#order = new PictureOrderCount();
    this.#periodsBefore = ++this.#lastPeriod;
    this.#last = undefined;
  }
}

/** Neighbours in decoding order are shown no further apart: 16 pictures held back, and as many again. */
const nearestCounts = 32;

/** Whether a picture can follow another one in decoding order: the places of both in output order differ, and are near each other. */
function followsPicture(
  { slicePicOrderCntLsb: before = 0 }: SliceSegmentHeader,
  { slicePicOrderCntLsb: own = 0 }: SliceSegmentHeader,
  { log2MaxPicOrderCntLsb }: SequenceParameterSet,
): boolean {
  const range = 2 ** log2MaxPicOrderCntLsb;
  const apart = (own - before) & (range - 1);
  return apart !== 0 && Math.min(apart, range - apart) <= nearestCounts;
}

/** NAL units of a picture before its first slice. */
const maxUnitsBeforeSlice = 64;

/** The header of the first slice of the picture at `offset`. */
function firstSliceHeader(
  window: ByteWindow,
  offset: number,
  lengthSize: number,
  sets: ParameterSets,
): SliceSegmentHeader | undefined {
  let at = offset;
  for (let count = 0; count < maxUnitsBeforeSlice; count++) {
    const length = window.uint(at, lengthSize);
    const start = at + lengthSize;
    const unit = length < 2 ? undefined : parseNalUnitHeader(window.view(start, 2));
    if (unit === undefined) return undefined;
    if (isSliceSegment(unit.type) && unit.layerId === 0) {
      return readSliceHeader(window, { start, length, available: length, header: 0 }, sets);
    }
    at = start + length;
  }
  return undefined;
}

/** Reads a slice segment header to its last bit, as far as it is there. */
function readSliceHeader(
  window: ByteWindow,
  { start, length, available }: NalUnitPlace,
  sets: ParameterSets,
): SliceSegmentHeader | undefined {
  const bytes = window.view(start, Math.min(available, headerBytes));
  if (sets.picture.size === 0) return bareSliceHeader(bytes);
  const whole = parseSliceSegmentHeader(bytes, sets, { whole: true }).value;
  if (whole !== undefined) return whole;
  const beginning = parseSliceSegmentHeader(bytes, sets).value;
  if (beginning === undefined || (available <= headerBytes && available === length)) return undefined;
  const more = window.view(start, Math.min(available, longHeaderBytes));
  const { value } = parseSliceSegmentHeader(more, sets, { whole: true });
  // Where the bytes end within the header, its beginning has to do.
  return value ?? (available < length && available < longHeaderBytes ? beginning : undefined);
}

/** The most picture parameter sets there can be. */
const maxPictureParameterSets = 64;

/**
 * What can be read of a slice segment header without the parameter sets. Pictures are then told apart by their first slices
 * alone: enough to pass them over, not to place them.
 */
function bareSliceHeader(nalUnit: Uint8Array): SliceSegmentHeader | undefined {
  const unit = parseNalUnitHeader(nalUnit);
  const reader = new BitReader(nalUnit.subarray(2, minSliceHeader));
  const firstSliceSegmentInPicFlag = reader.flag();
  if (unit === undefined) return undefined;
  if (isRandomAccessPoint(unit.type)) reader.skip(1); // no_output_of_prior_pics_flag
  const picParameterSetId = reader.ue();
  if (reader.fault !== undefined || picParameterSetId >= maxPictureParameterSets) return undefined;
  return {
    nalUnitType: unit.type,
    layerId: unit.layerId,
    temporalId: unit.temporalId,
    firstSliceSegmentInPicFlag,
    picParameterSetId,
    dependentSliceSegmentFlag: false,
    sliceSegmentAddress: 0,
    sliceType: undefined,
    picOutputFlag: true,
    slicePicOrderCntLsb: undefined,
  };
}

/** What all slice segments of a picture have in common (7.4.2.2, 7.4.7.1). */
function isOfSamePicture(first: SliceSegmentHeader, other: SliceSegmentHeader): boolean {
  return (
    first.nalUnitType === other.nalUnitType &&
    first.temporalId === other.temporalId &&
    first.picParameterSetId === other.picParameterSetId &&
    (first.dependentSliceSegmentFlag ||
      other.dependentSliceSegmentFlag ||
      (first.slicePicOrderCntLsb === other.slicePicOrderCntLsb && first.picOutputFlag === other.picOutputFlag))
  );
}

/** Slices and messages of further layers stand behind the base layer's picture, their parameter sets before it. */
function isOfOtherLayer({ type }: NalUnitHeader, begun: boolean, length: number): boolean {
  if (isSliceSegment(type)) return begun;
  if (length > maxMessageBytes) return false;
  return type === Type.suffixMessage ? begun : type >= Type.videoParameterSet && type <= Type.prefixMessage;
}

/** Whether a NAL unit of messages is filled by them, as far as can be told. */
function isMessage({ start, length, available }: NalUnitPlace, window: ByteWindow): boolean {
  if (length < 4) return false;
  return length > maxMessageBytes || available < length || isMessageChain(window.view(start, length), 2);
}

/** Whether a NAL unit that is no slice can stand where it does. */
function isPartOfUnit(walk: Walk, type: number, nalUnit: NalUnitPlace, window: ByteWindow): boolean {
  const { start, length, available } = nalUnit;
  const begun = walk.first !== undefined;
  switch (type) {
    case Type.accessUnitDelimiter:
      // Any of seven values of pic_type, behind them the stop bit; some writers put a message before it.
      return !begun && length === 3 && (window.uint(start + 2, 1) & 0x1f) === 0x10;
    case Type.videoParameterSet:
    case Type.sequenceParameterSet:
    case Type.pictureParameterSet:
      return !begun && isParameterSet(walk, type, nalUnit, window);
    case Type.prefixMessage:
    case Type.suffixMessage:
      return begun === (type === Type.suffixMessage) && isMessage(nalUnit, window);
    case Type.endOfSequence:
    case Type.endOfBitstream:
      return begun && length === 2;
    case Type.fillerData:
      return begun && isFiller(window.view(start, Math.min(available, maxParameterSetBytes)), length);
    case Type.dolbyVisionMetadata:
      return begun && length <= maxMessageBytes && window.uint(start + 2, 1) === dolbyVisionPrefix;
    case Type.dolbyVisionLayer:
      return begun && isNestedNalUnit(window.view(start + 2, Math.min(2, available - 2)));
    default:
      // Reserved and left to users, before the picture.
      return !begun && ((type >= 41 && type <= 44) || (type >= 48 && type <= 55)) && length <= maxParameterSetBytes;
  }
}

/** The enhancement layer's NAL units stand in NAL units of the base layer, whole. */
function isNestedNalUnit(bytes: Uint8Array): boolean {
  const header = parseNalUnitHeader(bytes);
  return header !== undefined && header.layerId === 0 && header.type <= Type.suffixMessage;
}

/** filler_data_rbsp(): bytes of 0xFF (7.3.2.8). */
function isFiller(nalUnit: Uint8Array, length: number): boolean {
  const last = nalUnit.length === length ? nalUnit.length - 1 : nalUnit.length;
  for (let i = 2; i < last; i++) if (nalUnit[i] !== 0xff) return false;
  return true;
}

/** Takes a parameter set that can be read into the walk's own sets. */
function isParameterSet(
  walk: Walk,
  type: number,
  { start, length, available }: NalUnitPlace,
  window: ByteWindow,
): boolean {
  if (length > maxParameterSetBytes) return false;
  // What is there of it says no more.
  if (available < length) return true;
  const bytes = window.view(start, length);
  if (type === Type.videoParameterSet) return parseVideoParameterSet(bytes).value !== undefined;
  const parse = type === Type.sequenceParameterSet ? parseSequenceParameterSet : parsePictureParameterSet;
  if (parse(bytes).value === undefined) return false;
  if (!walk.ownSets) {
    walk.sets = { sequence: new Map(walk.sets.sequence), picture: new Map(walk.sets.picture) };
    walk.ownSets = true;
  }
  addParameterSet(walk.sets, bytes);
  return true;
}
