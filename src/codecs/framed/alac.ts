/**
 * Where a frame of Apple Lossless ends: nothing in it says so, but its entropy code can be read to the END element without
 * decoding a value. How residuals are coded depends on those before, so that a frame that is none goes astray at once.
 */
import { BitReader } from '../../bytes/bit-reader.ts';

/** What the configuration of a stream says that its syntax depends on. */
export interface AlacConfiguration {
  /** Samples of each channel in a frame, but for the last. */
  readonly frameLength: number;
  readonly bitDepth: number;
  /** Tuning of the adaptive code: how fast its mean follows, where it begins, and the most bits of a rest. */
  readonly historyMultiplier: number;
  readonly initialHistory: number;
  readonly riceLimit: number;
  readonly channels: number;
  /** Hertz. */
  readonly sampleRate: number;
}

const configurationLength = 24;
const maxFrameLength = 65_536;

/** The configuration in a sample entry, wherever it stands in its body; undefined where there is none. */
export function alacConfigurationOf(entry: Uint8Array): AlacConfiguration | undefined {
  const bytes = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
  for (let at = bytes.indexOf('alac', 0, 'latin1'); at >= 0; at = bytes.indexOf('alac', at + 1, 'latin1')) {
    // A box of type alac, version and flags, and the configuration.
    const start = at + 8;
    if (at < 4 || bytes.readUInt32BE(at - 4) < 12 + configurationLength) continue;
    if (start + configurationLength > bytes.length) continue;
    const frameLength = bytes.readUInt32BE(start);
    const [bitDepth, historyMultiplier, initialHistory, riceLimit, channels] = bytes.subarray(start + 5, start + 10);
    if (frameLength === 0 || frameLength > maxFrameLength || ![16, 20, 24, 32].includes(bitDepth!)) continue;
    const sampleRate = bytes.readUInt32BE(start + 20);
    return {
      frameLength,
      sampleRate,
      bitDepth: bitDepth!,
      channels: channels!,
      historyMultiplier: historyMultiplier!,
      initialHistory: initialHistory!,
      riceLimit: riceLimit!,
    };
  }
  return undefined;
}

const singleChannel = 0;
const channelPair = 1;
const lowFrequency = 3;
const dataStream = 4;
const fill = 6;
const end = 7;
/** Elements of one frame: as many as it has channels, and some others. */
const maxElements = 24;

/** Bytes of the frame at the beginning of these; 'more' where they end first, undefined where none begins. */
export function alacFrameLength(bytes: Uint8Array, configuration: AlacConfiguration): number | 'more' | undefined {
  const reader = new BitReader(bytes);
  let channels = 0;
  for (let count = 0; count < maxElements; count++) {
    const element = reader.bits(3);
    if (reader.fault !== undefined) return 'more';
    switch (element) {
      case singleChannel:
      case lowFrequency:
      case channelPair: {
        const own = element === channelPair ? 2 : 1;
        if (!readChannels(reader, own, configuration)) return reader.fault === undefined ? undefined : 'more';
        channels += own;
        break;
      }
      case dataStream:
        readDataStream(reader);
        break;
      case fill: {
        const length = reader.bits(4);
        reader.skip(8 * (length === 15 ? 14 + reader.bits(8) : length));
        break;
      }
      case end:
        if (channels !== configuration.channels) return undefined;
        reader.byteAlign();
        return reader.fault === undefined ? reader.position / 8 : 'more';
      default:
        return undefined;
    }
    if (channels > configuration.channels) return undefined;
    if (reader.fault !== undefined) return 'more';
  }
  return undefined;
}

function readDataStream(reader: BitReader): void {
  reader.skip(4);
  const isAligned = reader.flag();
  const length = reader.bits(8);
  const more = length === 255 ? reader.bits(8) : 0;
  if (isAligned) reader.byteAlign();
  reader.skip(8 * (length + more));
}

/** Reads the values of one channel, or of two. Whether they can be values of this stream. */
function readChannels(reader: BitReader, channels: number, configuration: AlacConfiguration): boolean {
  const { frameLength, bitDepth, historyMultiplier } = configuration;
  reader.skip(4);
  if (reader.bits(12) !== 0) return false;
  const isPartial = reader.flag();
  const shiftedBytes = reader.bits(2);
  const isVerbatim = reader.flag();
  const samples = isPartial ? reader.bits(32) : frameLength;
  // A last frame may have none.
  if (shiftedBytes === 3 || samples > frameLength || (samples === 0 && !isVerbatim)) return false;
  if (isVerbatim) {
    reader.skip(bitDepth * channels * samples);
    return reader.fault === undefined;
  }
  const mixBits = reader.bits(8);
  const mixWeight = reader.bits(8);
  if (channels === 1 && (mixBits !== 0 || mixWeight !== 0)) return false;
  const factors: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    const mode = reader.bits(4);
    // Only the one kind of prediction was ever defined, and one without any.
    if (mode !== 0 && mode !== 15) return false;
    reader.skip(4);
    factors.push(reader.bits(3));
    reader.skip(16 * reader.bits(5));
  }
  reader.skip(8 * shiftedBytes * channels * samples);
  const bits = bitDepth - 8 * shiftedBytes + channels - 1;
  return factors.every((factor) => {
    const multiplier = Math.floor((historyMultiplier * factor) / 4);
    return reader.fault === undefined && readResiduals(reader, samples, bits, multiplier, configuration);
  });
}

/** Bits behind the point in the running mean. */
const meanShift = 9;
/** Ones before a value that is written as it is. */
const maxPrefix = 9;
const maxForMean = 0xffff;
const bitsOfRun = 16;
/** Where the mean is lower, a count of zeros follows. */
const lowMean = 128;

function readResiduals(
  reader: BitReader,
  samples: number,
  bits: number,
  multiplier: number,
  { initialHistory, riceLimit }: AlacConfiguration,
): boolean {
  let mean = initialHistory;
  let afterRun = 0;
  for (let count = 0; count < samples;) {
    const rest = Math.min(31 - Math.clz32((mean >>> meanShift) + 3), riceLimit);
    const value = readValue(reader, 2 ** rest - 1, rest, bits);
    if (reader.fault !== undefined) return false;
    count++;
    mean += multiplier * (value + afterRun) - Math.floor((multiplier * mean) / 2 ** meanShift);
    if (value > maxForMean) mean = maxForMean;
    afterRun = 0;
    if (mean >= lowMean || count >= samples) continue;
    const restOfRun = Math.clz32(mean) - 24 + ((mean + 16) >>> 6);
    const run = readValue(reader, (2 ** restOfRun - 1) & (2 ** riceLimit - 1), restOfRun, bitsOfRun);
    if (reader.fault !== undefined || count + run > samples) return false;
    count += run;
    afterRun = run < maxForMean ? 1 : 0;
    mean = 0;
  }
  return true;
}

/** One value: ones that count in units, a zero, and a rest of `rest` bits, of which the last is left out for the lowest. */
function readValue(reader: BitReader, unit: number, rest: number, bits: number): number {
  const ahead = reader.peek(Math.min(maxPrefix, reader.remaining));
  const prefix = leadingOnes(ahead, Math.min(maxPrefix, reader.remaining));
  reader.skip(Math.min(prefix + 1, maxPrefix));
  if (prefix === maxPrefix) return reader.bits(bits);
  if (rest <= 1) return prefix * unit;
  const high = reader.bits(rest - 1);
  return high === 0 ? prefix * unit : prefix * unit + 2 * high + reader.bits(1) - 1;
}

function leadingOnes(value: number, length: number): number {
  return length === 0 ? 0 : Math.min(length, Math.clz32(~(value << (32 - length))));
}
