/**
 * program_config_element() (ISO/IEC 14496-3, 4.4.1.1, Table 4.2): which channels there are, where none of the numbered
 * channel configurations says it. It stands in the AudioSpecificConfig where `channelConfiguration` is 0.
 */
import type { BitReader } from '../../bytes/bit-reader.ts';
import type { BitWriter } from '../../bytes/bit-writer.ts';

/** A single channel, or a pair (`isCpe`). */
export interface ChannelElement {
  readonly isCpe: boolean;
  readonly elementTag: number;
}

/** A parsed program_config_element(), field by field under the standard's names. */
export interface ProgramConfigElement {
  readonly elementInstanceTag: number;
  /** 0 Main, 1 Low Complexity, 2 Scalable Sampling Rate, 3 Long Term Prediction. */
  readonly objectType: number;
  readonly samplingFrequencyIndex: number;
  readonly monoMixdownElementNumber: number | undefined;
  readonly stereoMixdownElementNumber: number | undefined;
  readonly matrixMixdown: { readonly index: number; readonly pseudoSurroundEnable: boolean } | undefined;
  readonly frontChannelElements: readonly ChannelElement[];
  readonly sideChannelElements: readonly ChannelElement[];
  readonly backChannelElements: readonly ChannelElement[];
  readonly lfeElementTags: readonly number[];
  readonly assocDataElementTags: readonly number[];
  readonly validCcElements: readonly { readonly isIndSw: boolean; readonly elementTag: number }[];
  /** The bits up to the byte boundary, as a number; 0 from every sane writer. */
  readonly byteAlignmentBits: number;
  /** At most 255 bytes. */
  readonly commentField: Uint8Array;
}

/** Channels that come out: coupling channels are mixed into others and do not count. */
export function programChannelCount(element: ProgramConfigElement): number {
  const { frontChannelElements, sideChannelElements, backChannelElements, lfeElementTags } = element;
  return [...frontChannelElements, ...sideChannelElements, ...backChannelElements].reduce(
    (count, { isCpe }) => count + (isCpe ? 2 : 1),
    lfeElementTags.length,
  );
}

/** `reader` began at the start of the AudioSpecificConfig: byte alignment is relative to it. */
export function parseProgramConfigElement(reader: BitReader): ProgramConfigElement {
  const list = <T>(length: number, item: () => T): T[] => Array.from({ length }, item);
  const channelElement = (): ChannelElement => ({ isCpe: reader.flag(), elementTag: reader.bits(4) });
  const tag = (): number => reader.bits(4);

  const elementInstanceTag = reader.bits(4);
  const objectType = reader.bits(2);
  const samplingFrequencyIndex = reader.bits(4);
  const numFrontChannelElements = reader.bits(4);
  const numSideChannelElements = reader.bits(4);
  const numBackChannelElements = reader.bits(4);
  const numLfeChannelElements = reader.bits(2);
  const numAssocDataElements = reader.bits(3);
  const numValidCcElements = reader.bits(4);
  const monoMixdownElementNumber = reader.flag() ? reader.bits(4) : undefined;
  const stereoMixdownElementNumber = reader.flag() ? reader.bits(4) : undefined;
  const matrixMixdown = reader.flag() ? { index: reader.bits(2), pseudoSurroundEnable: reader.flag() } : undefined;
  const frontChannelElements = list(numFrontChannelElements, channelElement);
  const sideChannelElements = list(numSideChannelElements, channelElement);
  const backChannelElements = list(numBackChannelElements, channelElement);
  const lfeElementTags = list(numLfeChannelElements, tag);
  const assocDataElementTags = list(numAssocDataElements, tag);
  const validCcElements = list(numValidCcElements, () => ({ isIndSw: reader.flag(), elementTag: reader.bits(4) }));
  const byteAlignmentBits = reader.bits((8 - (reader.position % 8)) % 8);
  const commentField = Uint8Array.from(list(reader.bits(8), () => reader.bits(8)));
  return {
    elementInstanceTag,
    objectType,
    samplingFrequencyIndex,
    monoMixdownElementNumber,
    stereoMixdownElementNumber,
    matrixMixdown,
    frontChannelElements,
    sideChannelElements,
    backChannelElements,
    lfeElementTags,
    assocDataElementTags,
    validCcElements,
    byteAlignmentBits,
    commentField,
  };
}

/** `writer` began at the start of the AudioSpecificConfig. */
export function writeProgramConfigElement(writer: BitWriter, element: ProgramConfigElement): void {
  const count = (list: { readonly length: number }, bits: number, name: string): void => {
    if (list.length >= 1 << bits) throw new RangeError(`${list.length} ${name} fit no program_config_element`);
    writer.bits(list.length, bits);
  };
  const optionalTag = (value: number | undefined): void => {
    writer.flag(value !== undefined);
    if (value !== undefined) writer.bits(value, 4);
  };

  writer.bits(element.elementInstanceTag, 4);
  writer.bits(element.objectType, 2);
  writer.bits(element.samplingFrequencyIndex, 4);
  count(element.frontChannelElements, 4, 'front channel elements');
  count(element.sideChannelElements, 4, 'side channel elements');
  count(element.backChannelElements, 4, 'back channel elements');
  count(element.lfeElementTags, 2, 'LFE elements');
  count(element.assocDataElementTags, 3, 'associated data elements');
  count(element.validCcElements, 4, 'coupling channel elements');
  optionalTag(element.monoMixdownElementNumber);
  optionalTag(element.stereoMixdownElementNumber);
  writer.flag(element.matrixMixdown !== undefined);
  if (element.matrixMixdown !== undefined) {
    writer.bits(element.matrixMixdown.index, 2);
    writer.flag(element.matrixMixdown.pseudoSurroundEnable);
  }
  const { frontChannelElements, sideChannelElements, backChannelElements } = element;
  for (const { isCpe, elementTag } of [...frontChannelElements, ...sideChannelElements, ...backChannelElements]) {
    writer.flag(isCpe);
    writer.bits(elementTag, 4);
  }
  for (const tag of element.lfeElementTags) writer.bits(tag, 4);
  for (const tag of element.assocDataElementTags) writer.bits(tag, 4);
  for (const { isIndSw, elementTag } of element.validCcElements) {
    writer.flag(isIndSw);
    writer.bits(elementTag, 4);
  }
  writer.bits(element.byteAlignmentBits, (8 - (writer.position % 8)) % 8);
  count(element.commentField, 8, 'bytes of comment');
  for (const byte of element.commentField) writer.bits(byte, 8);
}
