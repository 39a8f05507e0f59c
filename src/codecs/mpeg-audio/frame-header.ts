/**
 * The frame header of MPEG audio (ISO/IEC 11172-3, 2.4.1.3; 13818-3, 2.4.1.3): MP1, MP2 and MP3 in the sampling rates of
 * MPEG-1, MPEG-2 and the unofficial MPEG-2.5. Four bytes say how long the frame is and how long it lasts. It knows nothing
 * of what stands behind it.
 */

/** What the four bytes of a frame header say; `sampleRate` in Hz. */
export interface MpegAudioFrameHeader {
  readonly version: 1 | 2 | 2.5;
  readonly layer: 1 | 2 | 3;
  /** 16 bits of CRC follow the header. */
  readonly hasCrc: boolean;
  /** In kbit/s; 0 for free format, whose frame length no header tells. */
  readonly bitRate: number;
  readonly sampleRate: number;
  readonly hasPadding: boolean;
  /** 0 stereo, 1 joint stereo, 2 dual channel, 3 single channel. */
  readonly channelMode: number;
  readonly modeExtension: number;
  readonly channels: 1 | 2;
  /** Samples of each channel. */
  readonly samplesPerFrame: number;
  /** Bytes of the frame, the header among them; 0 for free format. */
  readonly frameLength: number;
}

/** Bytes of a frame header, without the CRC that may follow. */
export const mpegAudioHeaderLength = 4;

/** kbit/s by `bitrate_index`, MPEG-1 (11172-3, 2.4.2.3), by layer. */
const MPEG1_BIT_RATES: readonly (readonly number[])[] = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
];
/** Of MPEG-2 and 2.5 (13818-3, 2.4.2.3): layer I; layers II and III. */
const MPEG2_LAYER1_BIT_RATES: readonly number[] = [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256];
const MPEG2_BIT_RATES: readonly number[] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const SAMPLE_RATES: readonly number[] = [44100, 48000, 32000];
const SINGLE_CHANNEL = 3;

function bitRateOf(version: MpegAudioFrameHeader['version'], layer: number, index: number): number | undefined {
  if (version === 1) return MPEG1_BIT_RATES[layer - 1]![index];
  return layer === 1 ? MPEG2_LAYER1_BIT_RATES[index] : MPEG2_BIT_RATES[index];
}

function samplesPerFrameOf(version: MpegAudioFrameHeader['version'], layer: number): number {
  if (layer === 1) return 384;
  return layer === 3 && version !== 1 ? 576 : 1152;
}

/** The header at `at`; undefined where there is none, be it reserved values or too few bytes. */
export function parseMpegAudioFrameHeader(bytes: Uint8Array, at = 0): MpegAudioFrameHeader | undefined {
  if (at < 0 || at + mpegAudioHeaderLength > bytes.length) return undefined;
  const [second, third, fourth] = [bytes[at + 1]!, bytes[at + 2]!, bytes[at + 3]!];
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const version = ([2.5, undefined, 2, 1] as const)[(second >>> 3) & 3];
  const layer = ([undefined, 3, 2, 1] as const)[(second >>> 1) & 3];
  const baseRate = SAMPLE_RATES[(third >>> 2) & 3];
  if (version === undefined || layer === undefined || baseRate === undefined) return undefined;
  const bitRate = bitRateOf(version, layer, third >>> 4);
  if (bitRate === undefined) return undefined;
  const sampleRate = version === 1 ? baseRate : baseRate / (version === 2 ? 2 : 4);
  const hasPadding = (third & 2) !== 0;
  const samplesPerFrame = samplesPerFrameOf(version, layer);
  // Layer I counts in slots of four bytes (11172-3, 2.4.3.1).
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samplesPerFrame * bitRate * 125) / sampleRate / slot) + (hasPadding ? 1 : 0);
  const channelMode = fourth >>> 6;
  return {
    version,
    layer,
    hasCrc: (second & 1) === 0,
    bitRate,
    sampleRate,
    hasPadding,
    channelMode,
    modeExtension: (fourth >>> 4) & 3,
    channels: channelMode === SINGLE_CHANNEL ? 1 : 2,
    samplesPerFrame,
    frameLength: bitRate === 0 ? 0 : slots * slot,
  };
}

/** Whether two headers can be of one stream: version, layer and rate stay, bit rate and padding may vary. */
export function isSameStream(a: MpegAudioFrameHeader, b: MpegAudioFrameHeader): boolean {
  return a.version === b.version && a.layer === b.layer && a.sampleRate === b.sampleRate && a.channels === b.channels;
}

/**
 * The codec as RFC 6381 has it: `mp4a.6B` for the sampling rates of MPEG-1 and `mp4a.69` for the others, the object types
 * of ISO/IEC 14496-1; players know MP3 as `mp3` too.
 */
export function codecString({ version }: MpegAudioFrameHeader): string {
  return version === 1 ? 'mp4a.6B' : 'mp4a.69';
}
