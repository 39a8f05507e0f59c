/**
 * How a raw AAC access unit begins (ISO/IEC 14496-3, 4.4.2.1, raw_data_block): the one thing an access unit tells of its
 * channels without being decoded. It serves where the AudioSpecificConfig is lost, and what it gives is a guess. It knows
 * general audio (AAC-LC and its kin) only, without error resilience.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { parseProgramConfigElement, programChannelCount, type ProgramConfigElement } from './program-config-element.ts';

/** `id_syn_ele` (Table 4.85). */
export const SyntaxElement = {
  singleChannel: 0,
  channelPair: 1,
  couplingChannel: 2,
  lowFrequencyEffects: 3,
  dataStream: 4,
  programConfig: 5,
  fill: 6,
  end: 7,
} as const;

/** A count of 15 (fill) or 255 (data) says that more of it follows. */
const fillEscape = 15;
const dataStreamEscape = 255;

/** fill_element() behind its id: extension payloads, or the encoder's name, which ffmpeg writes into its first frame. */
function skipFill(reader: BitReader): void {
  let count = reader.bits(4);
  if (count === fillEscape) count += reader.bits(8) - 1;
  reader.skip(count * 8);
}

/** data_stream_element() behind its id. */
function skipDataStream(reader: BitReader): void {
  reader.skip(4); // element_instance_tag
  const dataByteAlign = reader.flag();
  let count = reader.bits(8);
  if (count === dataStreamEscape) count += reader.bits(8);
  if (dataByteAlign) reader.byteAlign();
  reader.skip(count * 8);
}

/** Moves behind the id of the first element that is not fill or data, and gives it. */
function readFirstElementId(reader: BitReader): number | undefined {
  while (reader.remaining > 0) {
    const element = reader.bits(3);
    if (element === SyntaxElement.fill) skipFill(reader);
    else if (element === SyntaxElement.dataStream) skipDataStream(reader);
    else return reader.fault === undefined ? element : undefined;
    if (reader.fault !== undefined) return undefined;
  }
  return undefined;
}

/** What an access unit begins with, fill and data stream elements passed over. */
export interface FirstElement {
  /** One of `SyntaxElement`. */
  readonly id: number;
  /** With `SyntaxElement.programConfig`: the element, where it is all there. */
  readonly programConfigElement: ProgramConfigElement | undefined;
}

/**
 * The first syntax element of a raw access unit that is neither fill nor data. `accessUnit` may be its first bytes only.
 * Undefined where they end before such an element begins.
 */
export function firstElement(accessUnit: Uint8Array): FirstElement | undefined {
  const reader = new BitReader(accessUnit);
  const id = readFirstElementId(reader);
  if (id === undefined) return undefined;
  if (id !== SyntaxElement.programConfig) return { id, programConfigElement: undefined };
  const element = parseProgramConfigElement(reader);
  return { id, programConfigElement: reader.fault === undefined ? element : undefined };
}

/**
 * A guess at the channels of a stream from what one of its access units begins with: one for a single channel, two for a
 * pair, and what a program_config_element says. **3.0, 5.1 and most of what has more channels begin with a single channel
 * too** (the centre, Table 1.19), and HE-AAC v2 makes two channels of one; so a guess of 1 says no more than that it is not
 * plain stereo. Undefined for any other element: no stream of one program begins its access units with it.
 */
export function guessChannels(element: FirstElement | undefined): number | undefined {
  if (element?.id === SyntaxElement.singleChannel) return 1;
  if (element?.id === SyntaxElement.channelPair) return 2;
  const channels = element?.programConfigElement === undefined ? 0 : programChannelCount(element.programConfigElement);
  return channels > 0 ? channels : undefined;
}
