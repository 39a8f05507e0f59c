/**
 * Holds pictures against the parameter sets that they are said to be written with: their slices are read block by block to
 * the end. With other parameter sets the blocks run out before the picture is full, go on behind its end, or cannot be
 * read. It knows neither where the pictures come from nor who lends the parameter sets.
 */
import {
  addParameterSet as addH264,
  hasSliceHeader,
  parameterSetsOf as h264SetsOf,
} from '../../codecs/h264/slice-header.ts';
import { NalUnitType as H264Type, nalUnitType } from '../../codecs/h264/nal-unit.ts';
import { readSlice } from '../../codecs/h264/slice-data.ts';
import {
  addParameterSet as addH265,
  isSliceSegment,
  parameterSetsOf as h265SetsOf,
} from '../../codecs/h265/slice-segment-header.ts';
import { NalUnitType as H265Type, nalUnitTypeOf } from '../../codecs/h265/nal-unit-type.ts';
import { PictureReader } from '../../codecs/h265/slice-data.ts';
import { parameterSetNalUnits } from '../../codecs/h264/decoder-configuration.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { VideoConfiguration } from '../../media/track.ts';

/** NAL units and bytes of a picture that are read; a larger picture says nothing. */
const maxNalUnitsOfPicture = 600;
const maxPictureBytes = 16 * 1024 * 1024;
/** Bytes read in all. */
const maxBytesInAll = 32 * 1024 * 1024;
/** Pictures that are read where nothing contradicts, and where something does. */
const minPictures = 12;
const maxPictures = 64;
/** A picture may be damaged without a sign of it: among so many intact ones for each it says nothing. */
const minWholeForEach = 24;
/** The same where the settings of the encoder agree: with a wrong size hardly any picture could be read. */
export const minWholeIfToldAlike = 1;

/** How pictures are framed, and what they are read with. */
export interface CodedPictures {
  readonly codec: 'h264' | 'h265';
  /** Bytes of the length before each NAL unit. */
  readonly lengthSize: number;
  readonly parameterSets: readonly Uint8Array[];
  /** Pictures of other streams stand between them: what follows one is no picture of this stream unless it is said to be. */
  readonly isBesideOthers?: boolean;
}

/** What a configuration says of its pictures; undefined for codecs of which pictures are not read. */
export function codedPicturesOf(configuration: VideoConfiguration): CodedPictures | undefined {
  if (configuration.codec === 'h264') {
    const { record } = configuration;
    return { codec: 'h264', lengthSize: record.nalUnitLengthSize, parameterSets: parameterSetNalUnits(record) };
  }
  if (configuration.codec !== 'h265') return undefined;
  const { nalUnitLengthSize: lengthSize, arrays } = configuration.record;
  return { codec: 'h265', lengthSize, parameterSets: arrays.flatMap(({ nalUnits }) => nalUnits) };
}

/** What pictures say of parameter sets. */
export interface PictureProof {
  /** What contradicts them, as a clause. */
  readonly contradiction: string | undefined;
  /** Pictures that were read to their ends and are as large as the parameter sets say. */
  readonly whole: number;
  /** What of the syntax of the others is not read; undefined where all were read. */
  readonly unread: string | undefined;
}

/** What came of one picture. */
type Reading = 'whole' | { readonly why: string; readonly isUnread: boolean };

/**
 * Reads the pictures that begin at `offsets`, in their order, and what follows them as pictures do although none is said to
 * begin there; parameter sets among their NAL units count too. Of some pictures bytes may have changed: those of which it
 * shows say nothing, and one contradiction among many pictures is none (`minWhole` for each).
 * `enough`: pictures that are read where nothing contradicts.
 */
export function* readPictures(
  source: ByteSource,
  offsets: Iterable<number>,
  { codec, lengthSize, parameterSets, isBesideOthers = false }: CodedPictures,
  minWhole = minWholeForEach,
  enough = minPictures,
): Generator<void, PictureProof> {
  const syntax = codec === 'h264' ? h264Pictures(parameterSets) : h265Pictures(parameterSets);
  let [whole, contradicted] = [0, 0];
  let why: string | undefined;
  let unread: string | undefined;
  let left = maxBytesInAll;
  let pictures = 0;
  for (const offset of isBesideOthers ? offsets : placesOf(source, offsets, lengthSize, syntax)) {
    if (++pictures > (contradicted > 0 ? maxPictures : enough)) break;
    const picture = nalUnitsOfPicture(source, offset, lengthSize, syntax);
    left -= picture.reduce((sum, { length }) => sum + length, 0);
    if (left < 0) break;
    const [first] = picture;
    if (first === undefined || picture.some(isDamaged)) continue;
    const reading = yield* syntax.read(picture);
    if (reading === 'whole') {
      whole++;
    } else if (reading.isUnread) {
      unread ??= reading.why;
    } else {
      contradicted++;
      why ??= `in the picture at byte ${offset} ${reading.why}`;
    }
  }
  return { contradiction: contradicted * minWhole > whole ? why : undefined, whole, unread };
}

/** Where pictures begin: as is said, and behind each where more follow. */
function* placesOf(
  source: ByteSource,
  offsets: Iterable<number>,
  lengthSize: number,
  syntax: PictureSyntax,
): Generator<number> {
  const said = [...offsets];
  const known = new Set(said);
  for (const offset of said) {
    yield offset;
    // Shorter lengths may stand anywhere by chance.
    if (lengthSize < 4) continue;
    for (let at = pictureEnd(source, offset, lengthSize, syntax, false); !known.has(at);) {
      const end = pictureEnd(source, at, lengthSize, syntax, true);
      const isFollowed =
        known.has(end) || end === source.size || pictureEnd(source, end, lengthSize, syntax, true) > end;
      if (end === at || !isFollowed) break;
      known.add(at);
      yield at;
      at = end;
    }
  }
}

/** Behind the last slice of a picture; `offset` where none begins there. `isChecked`: as with `nalUnitsFrom`. */
function pictureEnd(
  source: ByteSource,
  offset: number,
  lengthSize: number,
  syntax: PictureSyntax,
  isChecked: boolean,
): number {
  let end = offset;
  for (const { start, length, isSlice } of nalUnitsFrom(source, offset, lengthSize, syntax, isChecked)) {
    if (isSlice) end = start + length;
  }
  return end;
}

/** Whether bytes stand there that no encoder writes: the syntax keeps three zeros in a row from any NAL unit (7.4.1). */
function isDamaged(nalUnit: Uint8Array): boolean {
  let end = nalUnit.length;
  while (end > 0 && nalUnit[end - 1] === 0) end--;
  return Buffer.from(nalUnit.buffer, nalUnit.byteOffset, end).indexOf('000000', 0, 'hex') >= 0;
}

/** What differs between the codecs. */
interface PictureSyntax {
  /** Whether a NAL unit is a slice of the picture, by its first bytes. */
  isSlice(nalUnit: Uint8Array): boolean;
  /** Whether a slice is the first of a picture. */
  isFirst(nalUnit: Uint8Array): boolean;
  /** Whether bytes can begin a NAL unit of a picture. */
  isPossible(start: Uint8Array): boolean;
  /** Whether it is to be given to `add`. */
  isParameterSet(nalUnit: Uint8Array): boolean;
  add(nalUnit: Uint8Array): void;
  /** Whether the slices of a picture have as many blocks as the parameter sets say. */
  read(slices: readonly Uint8Array[]): Generator<void, Reading>;
}

function counted(read: number, size: number, blocks: string): Reading {
  if (read === size) return 'whole';
  return { why: `there are ${read} ${blocks}, and the parameter sets say ${size}`, isUnread: false };
}

function h264Pictures(parameterSets: Iterable<Uint8Array>): PictureSyntax {
  const sets = h264SetsOf(parameterSets);
  return {
    isSlice: (nalUnit) => hasSliceHeader(nalUnitType(nalUnit)),
    isPossible: (start) => {
      const type = nalUnitType(start);
      const isReference = start[0]! >> 5 !== 0;
      // 7.4.1: IDR slices and parameter sets have a nal_ref_idc, delimiters and messages have none.
      if (type === 5 || type === 7 || type === 8) return start[0]! < 0x80 && isReference;
      return start[0]! < 0x80 && (type === 1 || ((type === 6 || type === 9) && !isReference));
    },
    // first_mb_in_slice 0 begins with a bit that is 1.
    isFirst: (nalUnit) => nalUnit[1]! >= 0x80,
    isParameterSet: (nalUnit) => {
      const type = nalUnitType(nalUnit);
      return type === H264Type.sequenceParameterSet || type === H264Type.pictureParameterSet;
    },
    add: (nalUnit) => void addH264(sets, nalUnit),
    *read(slices) {
      let [read, size] = [0, 0];
      for (const slice of slices) {
        const reading = yield* readSlice(slice, sets);
        if (reading.kind !== 'whole') return { why: reading.why, isUnread: reading.kind === 'unread' };
        if (reading.start.header.redundantPicCnt > 0) continue;
        read += reading.count;
        size = reading.size;
      }
      return counted(read, size, 'macroblocks');
    },
  };
}

function h265Pictures(parameterSets: Iterable<Uint8Array>): PictureSyntax {
  const sets = h265SetsOf(parameterSets);
  const typeOf = (nalUnit: Uint8Array): number => nalUnitTypeOf(nalUnit[0]!);
  // nuh_layer_id 0 is the base layer, the only one that is read.
  const isOfBaseLayer = (nalUnit: Uint8Array): boolean => (nalUnit[0]! & 1) === 0 && nalUnit[1]! < 8;
  return {
    isPossible: (start) => {
      const type = typeOf(start);
      const isKnown = isSliceSegment(type) || (type >= H265Type.videoParameterSet && type <= H265Type.suffixSei);
      return start[0]! < 0x80 && isKnown && isOfBaseLayer(start) && (start[1]! & 7) > 0;
    },
    isSlice: (nalUnit) => isSliceSegment(typeOf(nalUnit)) && isOfBaseLayer(nalUnit),
    isFirst: (nalUnit) => nalUnit[2]! >= 0x80,
    isParameterSet: (nalUnit) => {
      const type = typeOf(nalUnit);
      return type === H265Type.sequenceParameterSet || type === H265Type.pictureParameterSet;
    },
    add: (nalUnit) => void addH265(sets, nalUnit),
    *read(slices) {
      const reader = new PictureReader(sets);
      let [read, size] = [0, 0];
      for (const slice of slices) {
        const reading = yield* reader.read(slice);
        if (reading.kind !== 'whole') return { why: reading.why, isUnread: reading.kind === 'unread' };
        read += reading.count;
        ({ size } = reading);
      }
      return counted(read, size, 'coding tree units');
    },
  };
}

interface NalUnitPlace {
  /** Behind the length. */
  readonly start: number;
  readonly length: number;
  readonly isSlice: boolean;
  readonly isParameterSet: boolean;
}

/** The NAL units of one picture, as far as they are there. `isChecked`: and can be ones. */
function* nalUnitsFrom(
  source: ByteSource,
  offset: number,
  lengthSize: number,
  syntax: PictureSyntax,
  isChecked: boolean,
): Generator<NalUnitPlace> {
  let at = offset;
  let hasSlice = false;
  for (let count = 0; count < maxNalUnitsOfPicture; count++) {
    const head = source.read(at, lengthSize + 3);
    if (head.length < lengthSize + 3) return;
    const length = head.subarray(0, lengthSize).reduce((sum, byte) => sum * 256 + byte, 0);
    const first = head.subarray(lengthSize);
    const isSlice = syntax.isSlice(first);
    // What follows is of the next picture, or of another stream.
    if (hasSlice && (!isSlice || syntax.isFirst(first))) return;
    const start = at + lengthSize;
    if (length < 3 || start + length > source.size || (isChecked && !syntax.isPossible(first))) return;
    yield { start, length, isSlice, isParameterSet: syntax.isParameterSet(first) };
    hasSlice ||= isSlice;
    at = start + length;
  }
}

/** The slices of a picture; parameter sets before them are taken. None where it is cut off or too large. */
function nalUnitsOfPicture(
  source: ByteSource,
  offset: number,
  lengthSize: number,
  syntax: PictureSyntax,
): readonly Uint8Array[] {
  const slices: Uint8Array[] = [];
  let bytes = 0;
  for (const { start, length, isSlice, isParameterSet } of nalUnitsFrom(source, offset, lengthSize, syntax, false)) {
    bytes += length;
    if (bytes > maxPictureBytes) return [];
    if (!isSlice && !isParameterSet) continue;
    const nalUnit = Uint8Array.from(source.read(start, length));
    if (isSlice) slices.push(nalUnit);
    else syntax.add(nalUnit);
  }
  return slices;
}
