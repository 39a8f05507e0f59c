/**
 * H.264 in length-prefixed NAL units (ISO/IEC 14496-15): an access unit is recognised by slice headers that can be read with the
 * parameter sets, and ends where a NAL unit begins the next one or where no NAL unit follows (ITU-T H.264, 7.4.1.2.3 and
 * 7.4.1.2.4). Parameter sets inside the stream are followed. It looks at headers and never at coded pictures.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { nalRefIdc, NalUnitType, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { PictureOrderCount } from '../../codecs/h264/picture-order-count.ts';
import { hasRecoveryPoint, type AvcSampleUnit } from '../../codecs/h264/sample-unit.ts';
import {
  activeParameterSets,
  completesFrame,
  hasSliceHeader,
  parameterSetsOf,
  parseSliceHeader,
  startsNewPicture,
  type ParameterSets,
  type SliceHeader,
} from '../../codecs/h264/slice-header.ts';
import { removeEmulationPrevention } from '../../codecs/nal-payload.ts';
import {
  headerBytes,
  isMessageChain,
  maxMessageBytes,
  maxParameterSetBytes,
  matchAccessUnit,
  type NalUnitPlace,
  type Step,
} from './access-unit-walk.ts';
import type { AvcConfiguration } from '../../media/track.ts';
import type { ByteWindow } from './byte-window.ts';
import { firstSliceHeader, followsPicture } from './h264-fit.ts';
import { readWholePicture, type PictureReading } from './h264-whole-picture.ts';
import { RecentPlaces } from './recent-places.ts';
import { RepeatedParameterSets } from './repeated-parameter-sets.ts';
import { unknownOrder } from '../clocks/ordered-pictures.ts';
import { sliceIn } from './wrapped-slice.ts';
import type { Match, Question, SampleFacts, SamplePart, SampleSyntax } from './sample-syntax.ts';

const longHeaderBytes = 1024;
/** No slice header that is read has more bytes than this, but for weights and reference lists. */
const minSliceHeader = 16;
/** Profiles whose slices may come in any order (Baseline and Extended: ASO), so that the first need not begin the picture. */
const arbitraryOrderProfiles: ReadonlySet<number> = new Set([66, 88]);

/** What is known of an access unit while its NAL units are walked. */
interface Walk {
  sets: ParameterSets;
  ownSets: boolean;
  first: SliceHeader | undefined;
  last: SliceHeader | undefined;
  isSecondField: boolean;
  /** Types of the NAL units so far, a bit each. */
  types: number;
}

/** Slice headers that are remembered from the look ahead until their sample is taken. */
const headersRemembered = 128;

/** Pictures that are remembered as they were read. */
const readingsRemembered = 4096;

/** How a picture that ends there was read with these parameter sets. */
interface ReadPicture {
  readonly end: number;
  readonly sets: ParameterSets;
  readonly reading: PictureReading;
}

type WriterHabits = Pick<AvcConfiguration, 'sampleUnit' | 'syncsAtRecoveryPoints'>;

/** The syntax of one H.264 stream. */
export class H264Syntax implements SampleSyntax {
  readonly kind = 'video';
  readonly proofLength = 2;
  readonly #lengthSize: number;
  readonly #unit: AvcSampleUnit | undefined;
  readonly #syncsAtRecoveryPoints: boolean;
  #sets: ParameterSets;
  readonly #repeated = new RepeatedParameterSets();
  /** Of slices that were read with the stream's own sets, by offset. */
  readonly #headers = new RecentPlaces<SliceHeader | undefined>(headersRemembered);
  /** By offset. */
  readonly #readings = new RecentPlaces<ReadPicture>(readingsRemembered);
  #order = new PictureOrderCount();
  /** Periods counted before the last interruption. */
  #periodsBefore = 0;
  #lastPeriod = 0;
  /** Whether all pictures so far began with their first macroblock, as nearly all do where they need not; undefined before any. */
  #beginsWithFirst: boolean | undefined;
  /** The last slice of the last picture. */
  #last: SliceHeader | undefined;

  /**
   * `parameterSets`: SPS and PPS NAL units the stream is known to begin with; there may be none. `habits`: what the writer makes
   * a sample of and calls a sync sample, where that is known; otherwise fields that follow one another immediately are one, and
   * IDR pictures are sync samples.
   */
  constructor(lengthSize: number, parameterSets: Iterable<Uint8Array>, habits: WriterHabits = {}) {
    this.#lengthSize = lengthSize;
    this.#unit = habits.sampleUnit;
    this.#syncsAtRecoveryPoints = habits.syncsAtRecoveryPoints === true;
    this.#sets = parameterSetsOf(parameterSets);
  }

  mayBegin(bytes: Uint8Array, index: number): boolean {
    const at = index + this.#lengthSize;
    if (at >= bytes.length) return false;
    const header = bytes[at]!;
    // forbidden_zero_bit, and lengths of more than 16 MiB are not what a search looks for.
    if (header >= 0x80 || (this.#lengthSize === 4 && bytes[index] !== 0)) return false;
    const type = header & 0x1f;
    return type === 1 || (type >= 5 && type <= 9) || type === 2 || type === 14;
  }

  match(offset: number, question: Question): Match {
    const walk = newWalk(this.#sets);
    return matchAccessUnit(offset, question, this.#lengthSize, {
      hasPicture: () => walk.first !== undefined,
      lacksSlices: () => false,
      take: (nalUnit) => this.#take(walk, nalUnit, question),
    });
  }

  /** Looks at a NAL unit: part of the access unit, cut off by the end of the bytes, or none of its own. */
  #take(walk: Walk, nalUnit: NalUnitPlace, { window, searching }: Question): Step {
    const { length, available, header } = nalUnit;
    const start = sliceIn(window, nalUnit.start, available);
    if (start !== nalUnit.start) {
      const isSlice = this.#isSlice(walk, start, available - (start - nalUnit.start), window, searching);
      return isSlice ? 'part' : 'stop';
    }
    const type = header & 0x1f;
    // Too little of a slice is there to read its header.
    if (hasSliceHeader(type) && available < length && available < minSliceHeader && !searching) return 'cut';
    const begun = walk.first !== undefined;
    if (this.#standsBetweenFields(walk, type)) {
      return isPartOfUnit(newWalk(walk.sets), type, start, available, length, window, this.#repeated)
        ? 'prefix'
        : 'stop';
    }
    const fits = hasSliceHeader(type)
      ? this.#isSlice(walk, start, available, window, searching)
      : isPartOfUnit(walk, type, start, available, length, window, this.#repeated);
    // Behind a slice anything but another slice of the picture is short; what seems to go on beyond the end is no NAL unit.
    const isSure = hasSliceHeader(type) && walk.sets.picture.size > 0;
    if (!fits || (length > available && begun && !isSure)) return 'stop';
    walk.types |= 1 << type;
    return type === NalUnitType.prefix ? 'prefix' : 'part';
  }

  /** Where samples are frames, what begins the second field's access unit is part of the sample of the first. */
  #standsBetweenFields({ last, isSecondField }: Walk, type: number): boolean {
    if (this.#unit !== 'frame' || last?.fieldPicFlag !== true || isSecondField) return false;
    return type === NalUnitType.accessUnitDelimiter || type === NalUnitType.supplementalEnhancementInformation;
  }

  #isSlice(walk: Walk, start: number, length: number, window: ByteWindow, searching: boolean): boolean {
    const header = readSliceHeader(window, start, length, walk.sets);
    if (!walk.ownSets) this.#headers.set(start, header);
    if (header === undefined || (header.nalUnitType === NalUnitType.idrSlice && header.nalRefIdc === 0)) return false;
    const { last } = walk;
    if (last === undefined) {
      const sps = activeParameterSets(walk.sets, header.picParameterSetId)?.sps;
      const mayBeAny = sps !== undefined && arbitraryOrderProfiles.has(sps.profileIdc);
      const anyOrder = mayBeAny && this.#beginsWithFirst !== true;
      // A picture that lost its first slices on the way is one in its place, but not what a search may hold on to.
      if (searching && header.firstMbInSlice !== 0 && !anyOrder) return false;
      if (header.redundantPicCnt > 0) return false;
      walk.first = header;
      walk.last = header;
      return true;
    }
    if (header.redundantPicCnt > 0) return true;
    if (startsNewPicture(last, header)) {
      // The two fields of a frame are two pictures, and as a rule one sample (ISO/IEC 14496-15, 5.3.2).
      if (walk.isSecondField || this.#unit === 'field' || !completesFrame(last, header)) return false;
      walk.isSecondField = true;
    } else if (header.firstMbInSlice <= last.firstMbInSlice && !this.#anyOrder(walk, header)) {
      return false;
    }
    walk.last = header;
    return true;
  }

  #anyOrder(walk: Walk, header: SliceHeader): boolean {
    const active = activeParameterSets(walk.sets, header.picParameterSetId);
    if (active === undefined) return false;
    // Colour planes are three pictures in one.
    if (active.sps.separateColourPlaneFlag) return true;
    return arbitraryOrderProfiles.has(active.sps.profileIdc) && walk.first?.firstMbInSlice !== header.firstMbInSlice;
  }

  accept(offset: number, end: number, window: ByteWindow): SampleFacts {
    let sync = false;
    let period = this.#lastPeriod;
    let count = 0;
    let found = false;
    let last: SliceHeader | undefined;
    const parts: SamplePart[] = [];
    for (let at = offset; at < end;) {
      const unitLength = window.uint(at, this.#lengthSize);
      const unitStart = at + this.#lengthSize;
      if (unitLength <= 0) break;
      const start = sliceIn(window, unitStart, unitLength);
      const length = unitStart + unitLength - start;
      const type = window.uint(start, 1) & 0x1f;
      if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
        if (length <= maxParameterSetBytes) this.#repeated.take(this.#sets, window.view(start, length));
        this.#headers.clear();
      } else if (type === NalUnitType.supplementalEnhancementInformation && this.#syncsAtRecoveryPoints) {
        sync ||= length <= maxMessageBytes && hasRecoveryPoint(window.view(start, length));
      } else if (hasSliceHeader(type)) {
        const header = this.#headers.get(start) ?? readSliceHeader(window, start, length, this.#sets);
        const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
        if (type === NalUnitType.idrSlice) sync = true;
        if (header !== undefined && last === undefined && this.#beginsWithFirst !== false) {
          this.#beginsWithFirst = header.firstMbInSlice === 0;
        }
        if (header !== undefined && sps !== undefined && header.redundantPicCnt === 0) {
          if (last === undefined || startsNewPicture(last, header)) {
            const order = this.#order.next(header, sps);
            count = found ? Math.min(count, order.picOrderCnt) : order.picOrderCnt;
            period = this.#periodsBefore + order.period;
            found = true;
          }
          last = header;
        }
      }
      at = start + length;
      if (this.#unit === 'nal-unit') parts.push({ end: at, sync: type === NalUnitType.idrSlice });
    }
    this.#lastPeriod = period;
    this.#last = last;
    const facts = { sync, period, count: found ? count : unknownOrder };
    return parts.length > 1 && parts.at(-1)!.end === end ? { ...facts, parts } : facts;
  }

  continues(offset: number, window: ByteWindow): number {
    const header = firstSliceHeader(window, offset, this.#lengthSize, this.#sets);
    const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined) return 0;
    // A stream begins with an IDR picture; later ones may come at any time.
    const isIdr = header.nalUnitType === NalUnitType.idrSlice;
    if (this.#last === undefined) return isIdr ? 0.75 : 0.25;
    return isIdr ? 0.5 : followsPicture(this.#last, header, sps) ? 1 : 0;
  }

  readsThrough(offset: number, end: number, window: ByteWindow): boolean | undefined {
    const reading = this.#reading(window, offset, end);
    return reading === 'unread' ? undefined : reading === 'whole';
  }

  /** Where macroblocks cannot be read, a picture that follows the one before as its numbers say has to do. */
  provesItself(offset: number, end: number, window: ByteWindow, placed: boolean): boolean {
    const header = firstSliceHeader(window, offset, this.#lengthSize, this.#sets);
    const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined) return false;
    const reading = this.#reading(window, offset, end);
    if (reading !== 'unread') return reading !== 'contradicted';
    const isNext = this.#last !== undefined && followsPicture(this.#last, header, sps);
    return isNext || (placed && header.nalUnitType === NalUnitType.idrSlice);
  }

  /** A picture that does not follow the one before as its numbers say, and cannot be read to its end, is none. */
  contradictsItself(offset: number, end: number, window: ByteWindow): boolean {
    const header = firstSliceHeader(window, offset, this.#lengthSize, this.#sets);
    const sps = header === undefined ? undefined : activeParameterSets(this.#sets, header.picParameterSetId)?.sps;
    if (header === undefined || sps === undefined || this.#last === undefined) return false;
    return !followsPicture(this.#last, header, sps) && this.#reading(window, offset, end) === 'contradicted';
  }

  /** What was read of a picture; the same media is gone through several times while it is learnt what stands between pictures. */
  #reading(window: ByteWindow, offset: number, end: number): PictureReading {
    const known = this.#readings.get(offset);
    if (known?.end === end && known.sets === this.#sets) return known.reading;
    const reading = readWholePicture(window, offset, end, this.#lengthSize, this.#sets);
    this.#readings.set(offset, { end, sets: this.#sets, reading });
    return reading;
  }

  interrupt(): void {
    // Counts that follow cannot be compared with those before until the next IDR picture.
    this.#order = new PictureOrderCount();
    this.#periodsBefore = ++this.#lastPeriod;
    this.#last = undefined;
  }
}

function newWalk(sets: ParameterSets): Walk {
  return { sets, ownSets: false, first: undefined, last: undefined, isSecondField: false, types: 0 };
}

function readSliceHeader(
  window: ByteWindow,
  start: number,
  length: number,
  sets: ParameterSets,
): SliceHeader | undefined {
  if (sets.picture.size === 0) return bareSliceHeader(window.view(start, Math.min(length, headerBytes)));
  const short = parseSliceHeader(window.view(start, Math.min(length, headerBytes)), sets);
  if (short.value !== undefined && short.fault === undefined) return short.value;
  if (length <= headerBytes || short.value === undefined) return short.value;
  return parseSliceHeader(window.view(start, Math.min(length, longHeaderBytes)), sets).value;
}

/** More macroblocks than a picture of any level has, and the most picture parameter sets there can be. */
const maxMacroblocks = 139264;
const maxPictureParameterSets = 256;

/**
 * What can be read of a slice header without the parameter sets. Pictures are then told apart by their first slices alone:
 * enough to pass them over, not to place them.
 */
function bareSliceHeader(nalUnit: Uint8Array): SliceHeader | undefined {
  const reader = new BitReader(removeEmulationPrevention(nalUnit.subarray(1)));
  const firstMbInSlice = reader.ue();
  const sliceType = reader.ue();
  const picParameterSetId = reader.ue();
  const type = nalUnitType(nalUnit);
  const isIntra = sliceType % 5 === 2 || sliceType % 5 === 4;
  if (reader.fault !== undefined || firstMbInSlice >= maxMacroblocks || sliceType > 9) return undefined;
  if (picParameterSetId >= maxPictureParameterSets || (type === NalUnitType.idrSlice && !isIntra)) return undefined;
  return {
    nalRefIdc: nalRefIdc(nalUnit),
    nalUnitType: type,
    firstMbInSlice,
    sliceType,
    picParameterSetId,
    colourPlaneId: undefined,
    frameNum: 0,
    fieldPicFlag: false,
    bottomFieldFlag: false,
    idrPicId: undefined,
    picOrderCntLsb: undefined,
    deltaPicOrderCntBottom: 0,
    deltaPicOrderCnt: [0, 0],
    redundantPicCnt: 0,
    memoryManagementControlOperation5: false,
  };
}

/** Whether a NAL unit that is no slice can stand where it does. */
function isPartOfUnit(
  walk: Walk,
  type: number,
  start: number,
  available: number,
  length: number,
  window: ByteWindow,
  repeated: RepeatedParameterSets,
): boolean {
  const begun = walk.first !== undefined;
  switch (type) {
    case NalUnitType.sliceDataPartitionB:
    case NalUnitType.sliceDataPartitionC:
      return walk.last?.nalUnitType === NalUnitType.sliceDataPartitionA;
    case NalUnitType.auxiliarySlice:
      return has(walk, NalUnitType.sequenceParameterSetExtension);
    case NalUnitType.sliceExtension:
    case NalUnitType.depthSliceExtension:
      return begun && has(walk, NalUnitType.prefix);
    case NalUnitType.fillerData:
      return begun && isFiller(window.view(start, Math.min(available, maxParameterSetBytes)), length);
    case NalUnitType.endOfSequence:
    case NalUnitType.endOfStream:
      return begun && length === 1;
    case NalUnitType.accessUnitDelimiter:
      // Some writers put a message of the encoder before the delimiter of the first access unit.
      return !begun && length === 2 && (window.uint(start + 1, 1) & 0x1f) === 0x10;
    case NalUnitType.sequenceParameterSet:
    case NalUnitType.pictureParameterSet:
      return !begun && isParameterSet(walk, start, available, length, window, repeated);
    case NalUnitType.supplementalEnhancementInformation:
      if (begun || length < 3) return false;
      return length > maxMessageBytes || available < length || isMessageChain(window.view(start, length), 1);
    case NalUnitType.sequenceParameterSetExtension:
    case NalUnitType.subsetSequenceParameterSet:
    case NalUnitType.depthParameterSet:
      return !begun && length <= maxParameterSetBytes;
    case dolbyVision:
      return begun && length <= maxParameterSetBytes && window.uint(start + 1, 2) === dolbyVisionMark;
    case NalUnitType.prefix:
      return length >= 4 && length <= maxParameterSetBytes;
    default:
      return false;
  }
}

/** What Dolby Vision puts behind the slices (a type of NAL unit that the standard leaves open), and how it begins. */
const dolbyVision = 28;
const dolbyVisionMark = 0x0119;

/** Whether the access unit has a NAL unit of a type already. */
function has({ types }: Walk, type: number): boolean {
  return (types & (1 << type)) !== 0;
}

/** filler_data_rbsp(): bytes of 0xFF (7.3.2.7). */
function isFiller(nalUnit: Uint8Array, length: number): boolean {
  const last = nalUnit.length === length ? nalUnit.length - 1 : nalUnit.length;
  for (let i = 1; i < last; i++) if (nalUnit[i] !== 0xff) return false;
  return true;
}

/** Takes a parameter set that can be read into the walk's own sets. */
function isParameterSet(
  walk: Walk,
  start: number,
  available: number,
  length: number,
  window: ByteWindow,
  repeated: RepeatedParameterSets,
): boolean {
  if (length > maxParameterSetBytes) return false;
  // What is there of it says no more.
  if (available < length) return true;
  if (!walk.ownSets) {
    walk.sets = { sequence: new Map(walk.sets.sequence), picture: new Map(walk.sets.picture) };
    walk.ownSets = true;
  }
  return repeated.take(walk.sets, window.view(start, length));
}
