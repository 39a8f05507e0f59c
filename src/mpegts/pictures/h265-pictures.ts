/** Where pictures begin in H.265, and how (ITU-T H.265, 7.4.2.4.4). Layers above the base layer are left alone. */
import { BitReader } from '../../bytes/bit-reader.ts';
import { removeEmulationPrevention } from '../../codecs/nal-payload.ts';
import {
  isIdr,
  isIrap,
  isSkippedLeading,
  isSliceSegment,
  nalUnitTypeOf,
  NalUnitType,
} from '../../codecs/h265/nal-unit-type.ts';
import {
  recoveryCountOf,
  withStartCodes,
  type EntryPoint,
  type PictureSyntax,
  type PictureRole,
} from './picture-syntax.ts';

/** Enough of a slice segment for `slice_type`. */
const sliceHead = 12;
const maxParameterSet = 4096;
const maxSei = 1024;

function isParameterSet(type: number): boolean {
  return type >= NalUnitType.videoParameterSet && type <= NalUnitType.pictureParameterSet;
}

function isPrefix(type: number): boolean {
  return (
    isParameterSet(type) ||
    type === NalUnitType.accessUnitDelimiter ||
    type === NalUnitType.prefixSei ||
    (type >= 41 && type <= 44) ||
    (type >= 48 && type <= 55)
  );
}

/** Finds IRAP pictures, recovery points and intra pictures of H.265. */
export class H265Pictures implements PictureSyntax {
  /** By type and id. */
  readonly #sets = new Map<string, Uint8Array>();
  /** `num_extra_slice_header_bits` of each picture parameter set: they stand before the slice type. */
  readonly #extraBits = new Map<number, number>();
  /** Bit n: a parameter set of type 32 + n stands in this access unit. */
  #unitSets = 0;
  #unitRecovery: number | undefined;
  #allIntra = false;
  /** That of the picture before. */
  #previousAllIntra = false;
  entry: EntryPoint | undefined;
  isSkippedLeading = false;
  recoveryCount = 0;
  readonly frameStep = 1;

  wanted(firstByte: number): number {
    const type = nalUnitTypeOf(firstByte);
    if (isSliceSegment(type)) return sliceHead;
    if (isParameterSet(type)) return maxParameterSet;
    if (type === NalUnitType.prefixSei) return maxSei;
    return isPrefix(type) ? 2 : 0;
  }

  read(head: Uint8Array): PictureRole {
    if (head.length < 2) return 'other';
    const layer = ((head[0]! & 1) << 5) | (head[1]! >>> 3);
    if (layer > 0) return 'other';
    const type = nalUnitTypeOf(head[0]!);
    if (isSliceSegment(type)) return this.#readSlice(head, type);
    if (isParameterSet(type)) this.#keep(head, type);
    if (type === NalUnitType.prefixSei) {
      this.#unitRecovery ??= recoveryCountOf(head, 2);
    }
    return isPrefix(type) ? 'prefix' : 'other';
  }

  endPrefix(): void {
    this.#unitSets = 0;
    this.#unitRecovery = undefined;
  }

  get hasParameterSets(): boolean {
    return this.#unitSets === 7;
  }

  get isSettled(): boolean {
    return this.entry !== 'intra';
  }

  settled(ended: boolean): EntryPoint | undefined {
    return (ended ? this.#allIntra : this.#previousAllIntra) ? 'intra' : undefined;
  }

  parameterSets(): Uint8Array {
    const sets = [...this.#sets].toSorted(([one], [other]) => Number.parseInt(one, 10) - Number.parseInt(other, 10));
    return withStartCodes(sets.map(([, nalUnit]) => nalUnit));
  }

  #keep(nalUnit: Uint8Array, type: number): void {
    const reader = new BitReader(removeEmulationPrevention(nalUnit.subarray(2)));
    const id =
      type === NalUnitType.videoParameterSet
        ? reader.bits(4)
        : type === NalUnitType.sequenceParameterSet
          ? sequenceParameterSetId(reader)
          : reader.ue();
    if (reader.fault !== undefined || nalUnit.length >= maxParameterSet) return;
    if (type === NalUnitType.pictureParameterSet) {
      reader.ue(); // pps_seq_parameter_set_id
      reader.skip(2); // dependent_slice_segments_enabled_flag, output_flag_present_flag
      this.#extraBits.set(id, reader.bits(3));
    }
    this.#unitSets |= 1 << (type - NalUnitType.videoParameterSet);
    this.#sets.set(`${type}:${id}`, nalUnit.slice());
  }

  #readSlice(head: Uint8Array, type: number): PictureRole {
    const reader = new BitReader(removeEmulationPrevention(head.subarray(2)));
    const isFirst = reader.flag();
    if (!isFirst) {
      // The type of a later slice stands behind its address, whose length only the sequence parameter set tells.
      this.#allIntra = false;
      return 'slice';
    }
    if (isIrap(type)) reader.skip(1); // no_output_of_prior_pics_flag
    reader.skip(this.#extraBits.get(reader.ue()) ?? 0);
    this.#previousAllIntra = this.#allIntra;
    this.#allIntra = reader.ue() === 2 && reader.fault === undefined;
    this.isSkippedLeading = isSkippedLeading(type);
    this.recoveryCount = this.#unitRecovery ?? 0;
    if (isIdr(type)) this.entry = 'idr';
    else if (isIrap(type)) this.entry = 'irap';
    else if (this.#unitRecovery !== undefined) this.entry = 'recovery-point';
    else this.entry = this.#allIntra ? 'intra' : undefined;
    return 'picture';
  }
}

/** `sps_seq_parameter_set_id`, behind the profiles and levels (7.3.2.2, 7.3.3). */
function sequenceParameterSetId(reader: BitReader): number {
  reader.skip(4); // sps_video_parameter_set_id
  const subLayers = reader.bits(3);
  reader.skip(1 + 88 + 8); // sps_temporal_id_nesting_flag, the general profile, general_level_idc
  const present: [profile: boolean, level: boolean][] = [];
  for (let i = 0; i < subLayers; i++) present.push([reader.flag(), reader.flag()]);
  if (subLayers > 0) reader.skip(2 * (8 - subLayers));
  for (const [profile, level] of present) reader.skip((profile ? 88 : 0) + (level ? 8 : 0));
  return reader.ue();
}
