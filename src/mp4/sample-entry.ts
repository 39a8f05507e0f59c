/**
 * Reads the sample entries of a track, of any codec and of QuickTime's kind too: the fields that all video or all
 * audio codecs have, and where the codec's own configuration lies. What the configuration says is the business of the codecs.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import type { EsDescriptor } from '../codecs/mpeg4/es-descriptor.ts';
import { bodyReader, type BoxSpan } from './box.ts';
import type { BoxWalk } from './box-walk.ts';
import { visualSampleEntryLength } from './boxes/avc1.ts';
import { readColr, type Colour } from './boxes/colr.ts';
import { readEsds } from './boxes/esds.ts';
import { audioBoxOffsets, audioSampleEntryLength } from './boxes/mp4a.ts';
import { readPasp, type PixelAspect } from './boxes/pasp.ts';

/** The codec's own configuration, as it came. */
export interface ConfigurationBox {
  /** `avcC`, `hvcC`, `av1C`, `vpcC`, `dOps`, `dac3`, `dec3`, `dfLa`, `alac` … */
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Offset of the first of them in the file. */
  readonly offset: number;
}

/** QuickTime's `fiel` box: how many fields a picture has, and in which order they are stored and shown. */
interface FieldHandling {
  /** 1 progressive, 2 interlaced. */
  readonly fields: number;
  /** 1, 6, 9 or 14; 0 where there is one field. */
  readonly order: number;
}

/** The fields of every visual sample entry; sizes in pixels. */
export interface VisualFields {
  readonly width: number;
  readonly height: number;
  /** Bits a pixel as QuickTime counts them: 24 as a rule, 32 with transparency. */
  readonly depth: number;
  readonly pixelAspect: PixelAspect | undefined;
  readonly colour: Colour | undefined;
  readonly fields: FieldHandling | undefined;
  /** The program that compressed it, as it names itself; empty as a rule. */
  readonly compressor: string;
}

/** The fields of every audio sample entry. */
export interface AudioFields {
  /** Of the sound description: 0 in ISO files, 1 and 2 in QuickTime's. */
  readonly version: number;
  readonly channels: number;
  /** Bits. */
  readonly sampleSize: number;
  /** Hertz; 0 where it does not fit and the configuration has it. */
  readonly sampleRate: number;
  /** Version 1: samples of each channel in a packet, and the bytes of all channels' packets together. */
  readonly samplesPerPacket: number;
  readonly bytesPerFrame: number;
  /** Version 2, of linear PCM: 1 floating point, 2 big-endian, 4 signed. */
  readonly formatFlags: number;
}

/** One sample entry; `visual` and `audio` follow from the handler of the track. */
export interface SampleEntry {
  readonly span: BoxSpan;
  /** Four-character code; where the media is encrypted, of what it was before (`frma`). */
  readonly type: string;
  readonly encrypted: boolean;
  /** Four characters of QuickTime; zeros in ISO files. */
  readonly vendor: string;
  readonly visual: VisualFields | undefined;
  readonly audio: AudioFields | undefined;
  readonly configuration: ConfigurationBox | undefined;
  /** Of an esds box, where it can be read. */
  readonly descriptor: EsDescriptor | undefined;
}

const configurationTypes: ReadonlySet<string> = new Set(
  'avcC hvcC vvcC av1C vpcC dOps dac3 dec3 dac4 dfLa alac glbl esds d263 mhaC'.split(' '),
);
const maxConfiguration = 256 * 1024;
/** The most entries of a stsd box that are read: a track has one as a rule, and one for each change of its configuration. */
export const maxSampleEntries = 1024;

/** The entries of a stsd box, up to `maxEntries`. `handlerType`: what the track is (`vide`, `soun`, …). */
export function readSampleEntries(
  stsd: BoxSpan,
  handlerType: string,
  boxes: BoxWalk,
  maxEntries = maxSampleEntries,
): SampleEntry[] {
  const entries: SampleEntry[] = [];
  for (const span of boxes.inside(stsd, 8)) {
    if (entries.length === maxEntries) break;
    entries.push(readSampleEntry(span, handlerType, boxes));
  }
  return entries;
}

function readSampleEntry(span: BoxSpan, handlerType: string, boxes: BoxWalk): SampleEntry {
  const isVisual = handlerType === 'vide';
  const isAudio = handlerType === 'soun';
  const inner = isVisual || isAudio ? innerBoxes(span, isAudio, boxes) : [];
  const find = (type: string): BoxSpan | undefined => inner.find((each) => each.type === type);
  const configurationSpan = inner.find(({ type }) => configurationTypes.has(type));
  const pasp = find('pasp');
  const colr = find('colr');
  const fiel = find('fiel');
  const sinf = find('sinf');
  const esds = configurationSpan?.type === 'esds' ? configurationSpan : undefined;
  return {
    span,
    type: originalFormat(sinf, boxes) ?? span.type,
    encrypted: sinf !== undefined,
    vendor: isVisual || isAudio ? readVendor(span) : '',
    visual: isVisual
      ? {
          ...readVisualFields(span),
          pixelAspect: pasp === undefined ? undefined : readPasp(pasp),
          colour: colr === undefined ? undefined : readColr(colr),
          fields: fiel === undefined ? undefined : readFiel(fiel),
        }
      : undefined,
    audio: isAudio ? withSampleSize(readAudioFields(span), find('pcmC')) : undefined,
    configuration: configurationSpan === undefined ? undefined : configurationOf(configurationSpan),
    descriptor: esds === undefined ? undefined : readEsds(esds).value,
  };
}

/** The boxes in an entry, those of QuickTime's `wave` among them. */
function innerBoxes(span: BoxSpan, isAudio: boolean, boxes: BoxWalk): BoxSpan[] {
  const offsets = isAudio ? audioBoxOffsets(span) : [visualSampleEntryLength];
  for (const offset of offsets) {
    const inner: BoxSpan[] = [];
    for (const each of boxes.inside(span, offset)) {
      if (each.type === 'wave') inner.push(...boxes.inside(each));
      else inner.push(each);
    }
    if (inner.some(({ type }) => configurationTypes.has(type)) || offset === offsets.at(-1)) return inner;
  }
  return [];
}

function originalFormat(sinf: BoxSpan | undefined, boxes: BoxWalk): string | undefined {
  const frma = boxes.child(sinf, 'frma');
  if (frma === undefined) return undefined;
  const reader = bodyReader(frma);
  const type = reader.latin1(4);
  return reader.fault === undefined ? type : undefined;
}

function configurationOf(span: BoxSpan): ConfigurationBox {
  const length = Math.min(span.end - span.body, maxConfiguration);
  return { type: span.type, bytes: span.source.read(span.body, length).slice(), offset: span.body };
}

/** What the pcmC box says of the size of values, the entry need not (ISO/IEC 23003-5, 4.3). */
function withSampleSize(fields: AudioFields, pcmC: BoxSpan | undefined): AudioFields {
  if (pcmC === undefined) return fields;
  const reader = bodyReader({ ...pcmC, end: Math.min(pcmC.end, pcmC.body + 6) });
  reader.skip(5);
  const sampleSize = reader.u8();
  return reader.fault === undefined && sampleSize > 0 ? { ...fields, sampleSize } : fields;
}

function readFiel(span: BoxSpan): FieldHandling | undefined {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 2) });
  const handling = { fields: reader.u8(), order: reader.u8() };
  return reader.fault === undefined ? handling : undefined;
}

function readVendor(span: BoxSpan): string {
  const reader = entryReader(span, 16);
  reader.skip(12);
  return reader.latin1(4);
}

function readVisualFields(span: BoxSpan): Pick<VisualFields, 'width' | 'height' | 'depth' | 'compressor'> {
  const reader = entryReader(span, visualSampleEntryLength);
  reader.skip(6 + 2 + 16);
  const width = reader.u16();
  const height = reader.u16();
  reader.skip(4 + 4 + 4 + 2);
  const length = reader.u8();
  const name = Buffer.from(reader.latin1(31), 'latin1').subarray(0, length);
  const compressor = new TextDecoder('macintosh').decode(name).replace(/\0.*$/s, '');
  return { width, height, depth: reader.u16(), compressor };
}

function readAudioFields(span: BoxSpan): AudioFields {
  const reader = entryReader(span, audioSampleEntryLength + 36);
  reader.skip(6 + 2);
  const version = reader.u16();
  reader.skip(2 + 4);
  const channels = reader.u16();
  const sampleSize = reader.u16();
  reader.skip(4);
  const sampleRate = reader.u32() / 0x10000;
  const plain = { version, channels, sampleSize, sampleRate, samplesPerPacket: 0, bytesPerFrame: 0, formatFlags: 0 };
  if (version === 1) {
    const samplesPerPacket = reader.u32();
    reader.skip(4);
    return { ...plain, samplesPerPacket, bytesPerFrame: reader.u32() };
  }
  if (version !== 2) return plain;
  // QuickTime File Format, SoundDescriptionV2: what stands in the fields before is fixed.
  reader.skip(4);
  const rate = reader.f64();
  const channelCount = reader.u32();
  reader.skip(4);
  const bits = reader.u32();
  const formatFlags = reader.u32();
  const bytesPerFrame = reader.u32();
  if (reader.fault !== undefined || !Number.isFinite(rate)) return plain;
  return { ...plain, channels: channelCount, sampleSize: bits, sampleRate: rate, bytesPerFrame, formatFlags };
}

/** A reader over the fixed fields of an entry: what follows them may be long. */
function entryReader(span: BoxSpan, length: number): ByteReader {
  const there = Math.min(span.end - span.body, length);
  return new ByteReader(span.source.read(span.body, there).slice(), { base: span.body });
}
