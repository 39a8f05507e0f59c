/** Where pictures begin in H.264, and how (ITU-T H.264, 7.4.1.2.3 and 7.4.1.2.4). */
import { BitReader } from '../../bytes/bit-reader.ts';
import { NalUnitType, payloadReader } from '../../codecs/h264/nal-unit.ts';
import { parseSequenceParameterSet, type SequenceParameterSet } from '../../codecs/h264/sequence-parameter-set.ts';
import { removeEmulationPrevention } from '../../codecs/nal-payload.ts';
import {
  recoveryCountOf,
  withStartCodes,
  type EntryPoint,
  type PictureSyntax,
  type PictureRole,
} from './picture-syntax.ts';

/** Enough of a slice for what stands up to `bottom_field_flag`. */
const sliceHead = 12;
const maxParameterSet = 4096;
const maxSei = 1024;

const typeOf = (firstByte: number): number => firstByte & 0x1f;

function isSlice(type: number): boolean {
  return type >= NalUnitType.nonIdrSlice && type <= NalUnitType.idrSlice;
}

function isPrefix(type: number): boolean {
  return (
    (type >= NalUnitType.supplementalEnhancementInformation && type <= NalUnitType.accessUnitDelimiter) ||
    (type >= NalUnitType.prefix && type <= 18)
  );
}

type FrameSyntax = Pick<SequenceParameterSet, 'log2MaxFrameNum' | 'frameMbsOnlyFlag' | 'separateColourPlaneFlag'>;

/** Finds IDR pictures, recovery points and intra pictures of H.264. */
export class H264Pictures implements PictureSyntax {
  readonly #sets = new Map<string, Uint8Array>();
  #unitHasSps = false;
  #unitHasPps = false;
  #unitRecovery: number | undefined;
  #allIntra = false;
  /** That of the picture before. */
  #previousAllIntra = false;
  entry: EntryPoint | undefined;
  readonly isSkippedLeading = false;
  recoveryCount = 0;
  frameStep = 1;
  /** By id: how slices of a sequence say which frame they are of. */
  readonly #frames = new Map<number, FrameSyntax>();
  /** `seq_parameter_set_id` of each picture parameter set. */
  readonly #setOf = new Map<number, number>();
  #frameNum = -1;
  /** Whether a sequence parameter set allows them. */
  #hasFields = false;
  /** Frames are counted from the first recovery point on. */
  #countsFrames = false;
  /** Parity of a field whose other one may follow. */
  #firstField: 'top' | 'bottom' | undefined;

  wanted(firstByte: number): number {
    const type = typeOf(firstByte);
    if (type === NalUnitType.supplementalEnhancementInformation) return maxSei;
    if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
      return maxParameterSet;
    }
    if (isSlice(type)) return sliceHead;
    return isPrefix(type) ? 1 : 0;
  }

  read(head: Uint8Array): PictureRole {
    const type = typeOf(head[0]!);
    if (isSlice(type)) return this.#readSlice(head, type);
    if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) this.#keep(head, type);
    if (type === NalUnitType.supplementalEnhancementInformation) {
      this.#unitRecovery ??= recoveryCountOf(head, 1);
    }
    return isPrefix(type) ? 'prefix' : 'other';
  }

  endPrefix(): void {
    this.#unitHasSps = false;
    this.#unitHasPps = false;
    this.#unitRecovery = undefined;
  }

  get hasParameterSets(): boolean {
    return this.#unitHasSps && this.#unitHasPps;
  }

  get isSettled(): boolean {
    return this.entry !== 'intra';
  }

  settled(ended: boolean): EntryPoint | undefined {
    return (ended ? this.#allIntra : this.#previousAllIntra) ? 'intra' : undefined;
  }

  parameterSets(): Uint8Array {
    const isSps = ([key]: [string, Uint8Array]): boolean => key.startsWith('sps');
    const sets = [...this.#sets];
    return withStartCodes([...sets.filter(isSps), ...sets.filter((set) => !isSps(set))].map(([, nalUnit]) => nalUnit));
  }

  #keep(nalUnit: Uint8Array, type: number): void {
    const reader = payloadReader(nalUnit);
    const isSps = type === NalUnitType.sequenceParameterSet;
    // profile_idc, the constraint flags and level_idc come before the id.
    if (isSps) reader.skip(24);
    const id = reader.ue();
    if (reader.fault !== undefined || nalUnit.length >= maxParameterSet) return;
    if (isSps) this.#unitHasSps = true;
    else this.#unitHasPps = true;
    if (isSps) this.#readFrameSyntax(id, nalUnit);
    else this.#setOf.set(id, reader.ue());
    this.#sets.set(`${isSps ? 'sps' : 'pps'}${id}`, nalUnit.slice());
  }

  #readSlice(head: Uint8Array, type: number): PictureRole {
    if (type === NalUnitType.sliceDataPartitionB || type === NalUnitType.sliceDataPartitionC) return 'slice';
    const reader = new BitReader(removeEmulationPrevention(head.subarray(1)));
    const firstMb = reader.ue();
    const sliceType = reader.ue() % 5;
    const isIntra = reader.fault === undefined && (sliceType === 2 || sliceType === 4);
    if (firstMb > 0) {
      this.#allIntra &&= isIntra;
      return 'slice';
    }
    if (this.#isSecondField(reader)) {
      this.#allIntra &&= isIntra;
      this.endPrefix();
      return 'slice';
    }
    this.#previousAllIntra = this.#allIntra;
    this.#allIntra = isIntra;
    this.recoveryCount = this.#unitRecovery ?? 0;
    if (type === NalUnitType.idrSlice) this.entry = 'idr';
    else if (this.#unitRecovery !== undefined) this.entry = 'recovery-point';
    else this.entry = isIntra ? 'intra' : undefined;
    return 'picture';
  }

  #readFrameSyntax(id: number, nalUnit: Uint8Array): void {
    const { value } = parseSequenceParameterSet(nalUnit);
    if (value === undefined) return;
    const { log2MaxFrameNum, frameMbsOnlyFlag, separateColourPlaneFlag } = value;
    if (!frameMbsOnlyFlag) this.#hasFields = true;
    this.#frames.set(id, { log2MaxFrameNum, frameMbsOnlyFlag, separateColourPlaneFlag });
  }

  /** Whether the slice begins the other field of the frame before (7.4.1.2.4); reads on behind `slice_type`. */
  #isSecondField(reader: BitReader): boolean {
    if (this.#unitRecovery !== undefined) this.#countsFrames = true;
    this.frameStep = 1;
    // Most streams have neither fields nor recovery points, and many thousands of slices.
    if (!this.#hasFields && !this.#countsFrames) return false;
    const syntax = this.#frames.get(this.#setOf.get(reader.ue()) ?? -1);
    const before = this.#frameNum;
    const first = this.#firstField;
    this.#firstField = undefined;
    if (syntax === undefined) return false;
    if (syntax.separateColourPlaneFlag) reader.skip(2);
    this.#frameNum = reader.bits(syntax.log2MaxFrameNum);
    if (before >= 0) {
      this.frameStep = (this.#frameNum - before + 2 ** syntax.log2MaxFrameNum) % 2 ** syntax.log2MaxFrameNum;
    }
    const isField = !syntax.frameMbsOnlyFlag && reader.flag();
    if (!isField || reader.fault !== undefined) return false;
    const parity = reader.flag() ? 'bottom' : 'top';
    if (first !== undefined && first !== parity && this.#frameNum === before) return true;
    this.#firstField = parity;
    return false;
  }
}
