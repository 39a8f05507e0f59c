/**
 * AAC as broadcasters multiplex it (ISO/IEC 14496-3, 1.7): AudioSyncStream, in it LATM with the configuration in band. What
 * the frames hold is not looked into.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { parseAudioSpecificConfig, samplesPerFrame, type AudioSpecificConfig } from './audio-specific-config.ts';

/** One AudioSyncStream element (LOAS); `samples` counts all frames in it. */
export interface LatmFrame {
  /** Bytes of the element, its sync word and length among them. */
  readonly length: number;
  /** Samples of each channel, at the rate of the core. */
  readonly samples: number;
  /** Hertz of the core: what band replication adds lasts no longer. 0 where the element says that nothing has changed. */
  readonly rate: number;
  readonly config: AudioSpecificConfig | undefined;
  /** The length of the frame in it, which stands at its beginning as a rule, fills it. */
  readonly isFilled?: boolean;
}

const syncWord = 0x2b7;
const usualSamples = 1024;
const maxConfig = 64;

/** The element at the beginning of the bytes; undefined where none begins. */
export function parseLatm(bytes: Uint8Array): LatmFrame | undefined {
  const reader = new BitReader(bytes);
  if (reader.bits(11) !== syncWord) return undefined;
  const length = 3 + reader.bits(13);
  if (reader.fault !== undefined) return undefined;
  const same: LatmFrame = { length, samples: usualSamples, rate: 0, config: undefined };
  // useSameStreamMux
  if (reader.flag()) return { ...same, isFilled: isFilled(reader, length) };
  const mux = parseStreamMux(reader);
  if (mux === undefined) return same;
  const { subFrames, config } = mux;
  if (config === undefined) return { ...same, samples: subFrames * usualSamples };
  const samples = subFrames * (samplesPerFrame(config) ?? usualSamples);
  return { length, samples, rate: config.samplingFrequency.hertz, config };
}

/** StreamMuxConfig() (1.7.3.1) up to the end of the first configuration. */
interface StreamMux {
  /** `audioMuxVersion`. */
  readonly version: number;
  readonly subFrames: number;
  readonly config: AudioSpecificConfig | undefined;
  /** Nothing else is multiplexed: one program of one layer, one frame to the element. */
  readonly isSingle: boolean;
  /** Where the configuration ends, in bits of the element; undefined where that cannot be told. */
  readonly configEnd: number | undefined;
}

/** Undefined for a version that nothing here reads. */
function parseStreamMux(reader: BitReader): StreamMux | undefined {
  const version = reader.bits(1);
  const versionA = version === 1 ? reader.bits(1) : 0;
  if (versionA !== 0) return undefined;
  if (version === 1) latmValue(reader);
  const sameTimeFraming = reader.flag(); // allStreamsSameTimeFraming
  const subFrames = 1 + reader.bits(6);
  // numProgram, numLayer: those of the first layer are described first
  const others = reader.bits(4 + 3);
  const configBits = version === 1 ? latmValue(reader) : undefined;
  const start = reader.position;
  const length = Math.min(
    maxConfig,
    configBits === undefined ? Infinity : Math.ceil(configBits / 8),
    reader.remaining >>> 3,
  );
  const rest = Uint8Array.from({ length }, () => reader.bits(8));
  const config = parseAudioSpecificConfig(rest).value;
  const isSingle = sameTimeFraming && subFrames === 1 && others === 0;
  if (config === undefined) return { version, subFrames, config, isSingle, configEnd: undefined };
  if (configBits !== undefined) return { version, subFrames, config, isSingle, configEnd: start + configBits };
  // What follows the configuration would be taken for its end.
  if (config.extension?.signalling === 'backwardCompatible') {
    return { version, subFrames, config: { ...config, extension: undefined }, isSingle, configEnd: undefined };
  }
  const configEnd = start + 8 * length - config.trailing.bitLength;
  return { version, subFrames, config, isSingle, configEnd: config.trailing.bitLength === 0 ? undefined : configEnd };
}

/** The access unit in an element that has one and no more; undefined where there are others, or where it cannot be told. */
export function accessUnitOfLatm(element: Uint8Array): Uint8Array | undefined {
  const reader = new BitReader(element);
  reader.skip(11 + 13); // sync word, audioMuxLengthBytes
  if (!reader.flag()) {
    const before = new BitReader(element);
    before.skip(reader.position);
    const mux = parseStreamMux(before);
    if (mux?.isSingle !== true || mux.configEnd === undefined) return undefined;
    reader.skip(mux.configEnd - reader.position);
    if (reader.bits(3) !== 0) return undefined; // frameLengthType
    reader.skip(8); // latmBufferFullness
    if (reader.flag()) skipOtherDataLength(reader, mux.version); // otherDataPresent
    if (reader.flag()) reader.skip(8); // crcCheckPresent, crcCheckSum
  }
  const length = payloadLength(reader).bytes;
  if (reader.fault !== undefined || 8 * length > reader.remaining) return undefined;
  return Uint8Array.from({ length }, () => reader.bits(8));
}

/** `otherDataLenBits`: of what comes behind the access unit. */
function skipOtherDataLength(reader: BitReader, version: number): void {
  if (version === 1) {
    latmValue(reader);
    return;
  }
  while (reader.flag()) reader.skip(8); // otherDataLenEsc, otherDataLenTmp
  reader.skip(8);
}

/** PayloadLengthInfo() of a single frame (1.7.3.2): bytes of 255 and one that is less are its length together. */
function payloadLength(reader: BitReader): { readonly bytes: number; readonly said: number } {
  let bytes = 0;
  let said = 0;
  let part = 255;
  while (part === 255 && reader.fault === undefined) {
    part = reader.bits(8);
    bytes += part;
    said++;
  }
  return { bytes, said };
}

function isFilled(reader: BitReader, length: number): boolean {
  const { bytes, said } = payloadLength(reader);
  // The flag before it, and what fills its byte, make one more.
  return reader.fault === undefined && length === 3 + said + bytes + 1;
}

/** LatmGetValue(): so many bytes more than two bits say. */
function latmValue(reader: BitReader): number {
  const bytes = 1 + reader.bits(2);
  let value = 0;
  for (let index = 0; index < bytes; index++) value = value * 256 + reader.bits(8);
  return value;
}
