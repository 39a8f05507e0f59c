/**
 * Codecs that are read no further than to where a sample ends: ProRes, JPEG, Cinepak, Animation, ALAC, AMR, DTS. Each says how long its samples
 * are, or has a syntax that leads to their ends. What a format is called is what the sample entry of an MP4 calls it.
 */
import { alacConfigurationOf, alacFrameLength } from './alac.ts';
import { amrFirstBytes, amrFormatOf, amrSampleLength } from './amr.ts';
import { parseDts } from '../dts/core-frame.ts';
import { dtsSampleLength } from '../dts/sample-length.ts';
import { jpegLength } from './jpeg.ts';
import { parseEsDescriptor } from '../mpeg4/es-descriptor.ts';
import { mpegAudioHeaderLength, parseMpegAudioFrameHeader } from '../mpeg-audio/frame-header.ts';
import { animationLength, cinepakLength, isAnimationSync, isCinepakSync, type PictureSize } from './quicktime.ts';
import { parseProResFrame, proResHeadLength } from './prores.ts';

/** How the samples of a format are recognised. */
export interface FramedFormat {
  readonly kind: 'video' | 'audio';
  /** Samples in a row from which on a place found by searching is believed. */
  readonly proofLength: number;
  /** Whether a sample proves that it is one, by its mark or because it was read to its end. */
  readonly provesItself: boolean;
  readonly beginsWithMark: boolean;
  /** Bytes that are looked at first; where they are too few, more are. */
  readonly headLength: number;
  readonly mayBegin: (bytes: Uint8Array, index: number) => boolean;
  /** Bytes of the sample at the beginning of these; 'more' where it takes more of them to say, undefined where there is none. */
  readonly lengthOf: (bytes: Uint8Array) => number | 'more' | undefined;
  /** Frames in a sample that each have such a first byte. */
  readonly framesInOne?: number;
  /** First bytes of samples that are recognised by no more than these. */
  readonly weakFirstBytes?: readonly number[];
  /** Seconds and Hertz of audio, where the entry says them. */
  readonly seconds?: number;
  readonly sampleRate?: number;
  /** Whether decoding can begin with a sample; without it, with any. */
  readonly isSync?: (sample: Uint8Array) => boolean;
  /** Seconds that a sample of audio lasts, by its beginning, where the entry does not say it. */
  readonly secondsOf?: (bytes: Uint8Array) => number | undefined;
}

const proRes: ReadonlySet<string> = new Set(['apco', 'apcs', 'apcn', 'apch', 'ap4h', 'ap4x']);
const jpeg: ReadonlySet<string> = new Set(['jpeg', 'mjpa', 'AVDJ', 'dmb1']);
const dts: ReadonlySet<string> = new Set(['dtsc', 'dtsh', 'dtsl', 'dtse']);

const layer2: ReadonlySet<string> = new Set(['.mp2', 'mp2 ', 'ms\0P']);

/** The object type of the `esds` box in a sample entry (ISO/IEC 14496-1, 7.2.6.6). */
export function objectTypeOf(entry: Uint8Array): number | undefined {
  const at = Buffer.from(entry.buffer, entry.byteOffset, entry.length).indexOf('esds', 0, 'latin1');
  // Version and flags stand before the descriptor.
  return at < 0 ? undefined : parseEsDescriptor(entry.subarray(at + 8)).value?.decoderConfig.objectTypeIndication;
}

/** Where width and height stand in the body of a visual sample entry. */
const sizeInEntry = 24;
/** And the bits for a pixel. */
const depthInEntry = 74;

/** How samples of a codec are recognised; undefined where they are not. `record`: the body of the sample entry. */
export function framedFormatOf(format: string, record: Uint8Array): FramedFormat | undefined {
  const objectType = format === 'mp4a' || format === 'mp4v' ? objectTypeOf(record) : undefined;
  if (objectType !== undefined) return formatsOfObjectTypes.get(objectType);
  if (layer2.has(format)) return mpegAudioFormat;
  if (proRes.has(format)) return proResFormat(record);
  if (jpeg.has(format)) return jpegFormat;
  if (format === 'cvid') return cinepakFormat(record);
  if (format === 'rle ') return animationFormat(record);
  if (format === 'alac') return alacFormat(record);
  if (format === 'samr' || format === 'sawb') return amrFormat(format, record);
  return dts.has(format) ? dtsFormat : undefined;
}

function proResFormat(entry: Uint8Array): FramedFormat {
  const said = entry.length < sizeInEntry + 4 ? undefined : Buffer.from(entry.subarray(sizeInEntry)).readUInt32BE(0);
  return {
    kind: 'video',
    proofLength: 1,
    provesItself: true,
    beginsWithMark: true,
    headLength: proResHeadLength,
    mayBegin: (bytes, index) => bytes[index + 4] === 0x69 && bytes[index + 5] === 0x63 && bytes[index + 6] === 0x70,
    lengthOf: (bytes) => {
      if (bytes.length < proResHeadLength) return 'more';
      const frame = parseProResFrame(bytes);
      const isOther = frame !== undefined && said !== undefined && frame.width * 0x10000 + frame.height !== said;
      return isOther ? undefined : frame?.length;
    },
  };
}

const jpegFormat: FramedFormat = {
  kind: 'video',
  proofLength: 1,
  provesItself: true,
  beginsWithMark: true,
  headLength: 64 * 1024,
  mayBegin: (bytes, index) => bytes[index] === 0xff && bytes[index + 1] === 0xd8 && bytes[index + 2] === 0xff,
  lengthOf: jpegLength,
};

/** What is common to pictures of the codecs of QuickTime that say how long they are. */
const ofQuickTime = { kind: 'video', proofLength: 1, provesItself: true, beginsWithMark: true } as const;

/** Width, height and bits for a pixel; undefined where the body of the sample entry is cut. */
function pictureOf(entry: Uint8Array): { readonly size: PictureSize; readonly depth: number } | undefined {
  if (entry.length < depthInEntry + 2) return undefined;
  const fields = Buffer.from(entry.buffer, entry.byteOffset, entry.length);
  const size = { width: fields.readUInt16BE(sizeInEntry), height: fields.readUInt16BE(sizeInEntry + 2) };
  return { size, depth: fields.readUInt16BE(depthInEntry) };
}

function cinepakFormat(entry: Uint8Array): FramedFormat | undefined {
  const picture = pictureOf(entry);
  if (picture === undefined) return undefined;
  const { size } = picture;
  return {
    ...ofQuickTime,
    headLength: 1024,
    // At most 16 MB, and some strips.
    mayBegin: (bytes, index) => bytes[index]! <= 1 && bytes[index + 8] === 0 && bytes[index + 9] !== 0,
    lengthOf: (bytes) => cinepakLength(bytes, size),
    isSync: isCinepakSync,
  };
}

function animationFormat(entry: Uint8Array): FramedFormat | undefined {
  const picture = pictureOf(entry);
  // One bit for a pixel is laid out otherwise.
  if (picture === undefined || picture.depth === 1 || picture.depth === 33) return undefined;
  const { size, depth } = picture;
  return {
    ...ofQuickTime,
    headLength: 4096,
    mayBegin: (bytes, index) =>
      (bytes[index]! & 0x3f) === 0 && bytes[index + 4] === 0 && (bytes[index + 5]! & 0xf7) === 0,
    lengthOf: (bytes) => animationLength(bytes, size, depth),
    isSync: (sample) => isAnimationSync(sample, size, depth),
  };
}

function alacFormat(entry: Uint8Array): FramedFormat | undefined {
  const configuration = alacConfigurationOf(entry);
  if (configuration === undefined) return undefined;
  const { frameLength, sampleRate } = configuration;
  return {
    kind: 'audio',
    proofLength: 1,
    provesItself: true,
    beginsWithMark: true,
    headLength: 32 * 1024,
    seconds: frameLength / sampleRate,
    sampleRate,
    // The element and its number, and twelve bits that are zero.
    mayBegin: (bytes, index) =>
      (bytes[index]! & 0x81) === 0 && bytes[index + 1] === 0 && (bytes[index + 2]! & 0xe0) === 0,
    lengthOf: (bytes) => alacFrameLength(bytes, configuration),
  };
}

function amrFormat(name: 'samr' | 'sawb', entry: Uint8Array): FramedFormat {
  const format = amrFormatOf(name, entry);
  return {
    kind: 'audio',
    proofLength: Math.ceil(16 / format.frames),
    provesItself: false,
    beginsWithMark: false,
    headLength: 1024,
    seconds: format.seconds,
    sampleRate: format.sampleRate,
    weakFirstBytes: amrFirstBytes(format),
    framesInOne: format.frames,
    mayBegin: (bytes, index) => (bytes[index]! & 0x83) === 0,
    lengthOf: (bytes) => amrSampleLength(bytes, format),
  };
}

const dtsFormat: FramedFormat = {
  kind: 'audio',
  proofLength: 2,
  provesItself: true,
  beginsWithMark: true,
  headLength: 32 * 1024,
  mayBegin: (bytes, index) => {
    const first = bytes[index];
    return (first === 0x7f && bytes[index + 1] === 0xfe) || (first === 0x64 && bytes[index + 1] === 0x58);
  },
  lengthOf: dtsSampleLength,
  secondsOf: (bytes) => {
    const frame = parseDts(bytes);
    return frame === undefined ? undefined : frame.samples / frame.rate;
  },
};

const mpegAudioFormat: FramedFormat = {
  kind: 'audio',
  proofLength: 3,
  provesItself: false,
  beginsWithMark: true,
  headLength: mpegAudioHeaderLength,
  mayBegin: (bytes, index) => bytes[index] === 0xff && (bytes[index + 1]! & 0xe6) === 0xe4,
  lengthOf: (bytes) => {
    if (bytes.length < mpegAudioHeaderLength) return 'more';
    const header = parseMpegAudioFrameHeader(bytes);
    return header?.layer === 2 && header.frameLength > 0 ? header.frameLength : undefined;
  },
  secondsOf: (bytes) => {
    const header = parseMpegAudioFrameHeader(bytes);
    return header === undefined ? undefined : header.samplesPerFrame / header.sampleRate;
  },
};

/** Codecs by their number, as registered at mp4ra.org. */
const formatsOfObjectTypes: ReadonlyMap<number, FramedFormat> = new Map([
  [0x6c, jpegFormat],
  [0xa9, dtsFormat],
  [0xaa, dtsFormat],
  [0xab, dtsFormat],
]);
