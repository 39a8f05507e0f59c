/** Where pictures begin in H.264, and how (ITU-T H.264, 7.4.1.2.3 and 7.4.1.2.4). */
import { BitReader } from '../../bytes/bit-reader.ts';
import { NalUnitType, payloadReader } from '../../codecs/h264/nal-unit.ts';
import { hasRecoveryPoint, withStartCodes, type Entry, type PictureSyntax, type Role } from './picture-syntax.ts';

/** Enough of a slice for `first_mb_in_slice` and `slice_type`. */
const sliceHead = 12;
const longestParameterSet = 4096;
const longestSei = 1024;

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

export class H264Pictures implements PictureSyntax {
  readonly #sets = new Map<string, Uint8Array>();
  #unitHasSps = false;
  #unitHasPps = false;
  #unitHasRecoveryPoint = false;
  #allIntra = false;
  /** That of the picture before. */
  #previousAllIntra = false;
  entry: Entry | undefined;
  readonly isSkippedLeading = false;

  wanted(firstByte: number): number {
    const type = typeOf(firstByte);
    if (type === NalUnitType.supplementalEnhancementInformation) return longestSei;
    if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) {
      return longestParameterSet;
    }
    if (isSlice(type)) return sliceHead;
    return isPrefix(type) ? 1 : 0;
  }

  read(head: Uint8Array): Role {
    const type = typeOf(head[0]!);
    if (isSlice(type)) return this.#readSlice(head, type);
    if (type === NalUnitType.sequenceParameterSet || type === NalUnitType.pictureParameterSet) this.#keep(head, type);
    if (type === NalUnitType.supplementalEnhancementInformation) {
      this.#unitHasRecoveryPoint ||= hasRecoveryPoint(head, 1);
    }
    return isPrefix(type) ? 'prefix' : 'other';
  }

  endPrefix(): void {
    this.#unitHasSps = false;
    this.#unitHasPps = false;
    this.#unitHasRecoveryPoint = false;
  }

  get hasParameterSets(): boolean {
    return this.#unitHasSps && this.#unitHasPps;
  }

  get isSettled(): boolean {
    return this.entry !== 'intra';
  }

  settled(ended: boolean): Entry | undefined {
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
    if (reader.fault !== undefined || nalUnit.length >= longestParameterSet) return;
    if (isSps) this.#unitHasSps = true;
    else this.#unitHasPps = true;
    this.#sets.set(`${isSps ? 'sps' : 'pps'}${id}`, nalUnit.slice());
  }

  #readSlice(head: Uint8Array, type: number): Role {
    if (type === NalUnitType.sliceDataPartitionB || type === NalUnitType.sliceDataPartitionC) return 'slice';
    // An emulation prevention byte cannot stand among the first two codes: they are short and not all zero.
    const reader = new BitReader(head.subarray(1));
    const firstMb = reader.ue();
    const sliceType = reader.ue() % 5;
    const isIntra = reader.fault === undefined && (sliceType === 2 || sliceType === 4);
    if (firstMb > 0) {
      this.#allIntra &&= isIntra;
      return 'slice';
    }
    this.#previousAllIntra = this.#allIntra;
    this.#allIntra = isIntra;
    if (type === NalUnitType.idrSlice) this.entry = 'idr';
    else if (this.#unitHasRecoveryPoint) this.entry = 'recovery-point';
    else this.entry = isIntra ? 'intra' : undefined;
    return 'picture';
  }
}
