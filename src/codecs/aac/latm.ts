/**
 * AAC as broadcasters multiplex it (ISO/IEC 14496-3, 1.7): AudioSyncStream, in it LATM with the configuration in band. What
 * the frames hold is not looked into.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { outputSamplingRate, parseAudioSpecificConfig, type AudioSpecificConfig } from './audio-specific-config.ts';

/** One AudioSyncStream element (LOAS); `samples` counts all frames in it. */
export interface LatmFrame {
  /** Bytes of the element, its sync word and length among them. */
  readonly length: number;
  /** Samples of each channel. */
  readonly samples: number;
  /** Hertz; 0 where the element says that nothing has changed. */
  readonly rate: number;
  readonly config: AudioSpecificConfig | undefined;
  /** The length of the frame in it, which stands at its beginning as a rule, fills it. */
  readonly isFilled?: boolean;
}

const syncWord = 0x2b7;
const samplesPerFrame = 1024;
const maxConfig = 64;

/** The element at the beginning of the bytes; undefined where none begins. */
export function parseLatm(bytes: Uint8Array): LatmFrame | undefined {
  const reader = new BitReader(bytes);
  if (reader.bits(11) !== syncWord) return undefined;
  const length = 3 + reader.bits(13);
  if (reader.fault !== undefined) return undefined;
  const same: LatmFrame = { length, samples: samplesPerFrame, rate: 0, config: undefined };
  // useSameStreamMux
  if (reader.flag()) return { ...same, isFilled: isFilled(reader, length) };
  const version = reader.bits(1);
  const versionA = version === 1 ? reader.bits(1) : 0;
  if (versionA !== 0) return same;
  if (version === 1) latmValue(reader);
  reader.skip(1); // allStreamsSameTimeFraming
  const subFrames = 1 + reader.bits(6);
  reader.skip(4 + 3); // numProgram, numLayer: those of the first layer are described first
  if (version === 1) latmValue(reader);
  const rest = Uint8Array.from({ length: Math.min(maxConfig, reader.remaining >>> 3) }, () => reader.bits(8));
  const config = parseAudioSpecificConfig(rest).value;
  if (config === undefined) return { ...same, samples: subFrames * samplesPerFrame };
  // What follows the configuration would be taken for its end.
  const core: AudioSpecificConfig =
    config.extension?.signalling === 'hierarchical' ? config : { ...config, extension: undefined };
  return { length, samples: subFrames * samplesPerFrame, rate: outputSamplingRate(core), config: core };
}

/** PayloadLengthInfo() of a single frame (1.7.3.2): bytes of 255 and one that is less are its length together. */
function isFilled(reader: BitReader, length: number): boolean {
  let bytes = 0;
  let part = 255;
  while (part === 255 && reader.fault === undefined) {
    part = reader.bits(8);
    bytes += 1 + part;
  }
  // The flag before it, and what fills its byte, make one more.
  return reader.fault === undefined && length === 3 + bytes + 1;
}

/** LatmGetValue(): so many bytes more than two bits say. */
function latmValue(reader: BitReader): number {
  const bytes = 1 + reader.bits(2);
  let value = 0;
  for (let index = 0; index < bytes; index++) value = value * 256 + reader.bits(8);
  return value;
}
