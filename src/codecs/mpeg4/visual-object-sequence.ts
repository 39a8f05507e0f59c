/**
 * Reads what the headers of an MPEG-4 Part 2 stream say of profile and level, colour and the shape of a sample (ISO/IEC
 * 14496-2, 6.2.2, 6.2.3 and annex G). Bytes are those of a decoder configuration, start codes included.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { parseColourDescription, type ColourDescription, type SampleAspectRatio } from '../video-signal.ts';

/** The byte behind visual_object_sequence_start_code: which tools the stream needs, and how much of them. */
export interface ProfileAndLevel {
  readonly profile: number;
  readonly level: number;
}

/** What `video_signal_type` says. */
export interface VisualSignal {
  readonly fullRange: boolean;
  readonly colour: ColourDescription | undefined;
}

const sequenceStart = Buffer.from('000001b0', 'hex');
const objectStart = Buffer.from('000001b5', 'hex');
const anyStart = Buffer.from('000001', 'hex');
const startCodeLength = 4;

function behind(configuration: Uint8Array, start: Buffer): Uint8Array | undefined {
  const at = Buffer.from(configuration.buffer, configuration.byteOffset, configuration.length).indexOf(start);
  return at < 0 ? undefined : configuration.subarray(at + startCodeLength);
}

/** The profile and level in a decoder configuration; undefined where it has no visual object sequence. */
export function profileAndLevelOf(configuration: Uint8Array): ProfileAndLevel | undefined {
  const byte = behind(configuration, sequenceStart)?.[0];
  if (byte === undefined) return undefined;
  const profile = byte >> 4;
  const level = byte & 0x0f;
  // Simple Profile, level 0 has a number of its own.
  return { profile, level: profile === 0 && level === 8 ? 0 : level };
}

/** Types of visual objects that have a signal: video and still texture (Table 6-7). */
const typesWithSignal: ReadonlySet<number> = new Set([1, 2]);

/** The signal that the visual object says; undefined where it says none. */
export function visualSignalOf(configuration: Uint8Array): VisualSignal | undefined {
  const object = behind(configuration, objectStart);
  if (object === undefined) return undefined;
  const reader = new BitReader(object);
  if (reader.flag()) reader.bits(7);
  if (!typesWithSignal.has(reader.bits(4)) || !reader.flag()) return undefined;
  reader.bits(3);
  const fullRange = reader.flag();
  const colour = reader.flag() ? parseColourDescription(reader) : undefined;
  return reader.fault === undefined ? { fullRange, colour } : undefined;
}

/** Table 6-12, by `aspect_ratio_info`. */
const sampleAspects: readonly (readonly [number, number] | undefined)[] = [
  undefined,
  [1, 1],
  [12, 11],
  [10, 11],
  [16, 11],
  [40, 33],
];
const extendedAspect = 15;
const [firstLayer, lastLayer] = [0x20, 0x2f];

/** The shape of a sample that the first video object layer says; undefined where there is none, or a reserved one. */
export function layerSampleAspectOf(configuration: Uint8Array): SampleAspectRatio | undefined {
  const bytes = Buffer.from(configuration.buffer, configuration.byteOffset, configuration.length);
  let at = bytes.indexOf(anyStart);
  while (at >= 0 && !(bytes[at + 3]! >= firstLayer && bytes[at + 3]! <= lastLayer)) {
    at = bytes.indexOf(anyStart, at + 3);
  }
  if (at < 0) return undefined;
  const reader = new BitReader(configuration.subarray(at + startCodeLength));
  reader.bits(9);
  if (reader.flag()) reader.bits(7);
  const info = reader.bits(4);
  const [sarWidth, sarHeight] =
    info === extendedAspect ? [reader.bits(8), reader.bits(8)] : (sampleAspects[info] ?? [0, 0]);
  return reader.fault === undefined && sarWidth > 0 && sarHeight > 0 ? { sarWidth, sarHeight } : undefined;
}
