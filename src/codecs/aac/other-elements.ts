/**
 * The syntax elements without audio (ISO/IEC 14496-3, Tables 4.10, 4.11 and 4.2): fill, data streams and program
 * configurations. Each is passed over from behind its id; positions are relative to the raw_data_block, which begins on
 * a byte boundary.
 */
import type { BitCursor } from './bit-cursor.ts';
import type { FrameSyntax } from './frame-syntax.ts';

/** `extension_type` (Table 4.121). */
export const ExtensionType = {
  fill: 0,
  fillData: 1,
  dataElement: 2,
  dynamicRange: 11,
  spatialAudio: 12,
  spectralBandReplication: 13,
  spectralBandReplicationCrc: 14,
} as const;

const KNOWN_EXTENSION_TYPES: ReadonlySet<number> = new Set(Object.values(ExtensionType));

/** A count of 15 (fill) or 255 (data) says that more of it follows. */
const FILL_ESCAPE = 15;
const DATA_STREAM_ESCAPE = 255;

/** Moves to the next byte boundary of the raw_data_block; gives the bits that were passed over. */
export function byteAlign(cursor: BitCursor): number {
  const length = -cursor.position & 7;
  return length === 0 ? 0 : cursor.bits(length);
}

/** fill_element(), whatever is in it; gives its `extension_type`, 0 where it is empty. */
export function skipFill(cursor: BitCursor, syntax: FrameSyntax): number {
  let count = cursor.bits(4);
  if (count === FILL_ESCAPE) count += cursor.bits(8) - 1;
  if (count === 0) return ExtensionType.fill;
  const type = cursor.bits(4);
  // All others are reserved.
  if (syntax.asEncodersWrite && !KNOWN_EXTENSION_TYPES.has(type)) cursor.fail('a fill element has a reserved type');
  cursor.skip(count * 8 - 4);
  return type;
}

/** Whether a fill element of this `extension_type` is spectral band replication (HE-AAC). */
export function isReplication(extensionType: number): boolean {
  const { spectralBandReplication, spectralBandReplicationCrc } = ExtensionType;
  return extensionType === spectralBandReplication || extensionType === spectralBandReplicationCrc;
}

/** data_stream_element() behind its instance tag. */
export function skipDataStream(cursor: BitCursor): void {
  const aligned = cursor.bits(1) === 1;
  let count = cursor.bits(8);
  if (count === DATA_STREAM_ESCAPE) count += cursor.bits(8);
  if (aligned) byteAlign(cursor);
  cursor.skip(count * 8);
}

/** program_config_element() behind its instance tag. */
export function skipProgramConfig(cursor: BitCursor): void {
  cursor.skip(2 + 4); // object_type, sampling_frequency_index
  const pairable = cursor.bits(4) + cursor.bits(4) + cursor.bits(4); // front, side, back: a flag and a tag each
  const lfe = cursor.bits(2);
  const associatedData = cursor.bits(3);
  const coupling = cursor.bits(4); // a flag and a tag each
  if (cursor.bits(1) === 1) cursor.skip(4); // mono_mixdown_element_number
  if (cursor.bits(1) === 1) cursor.skip(4); // stereo_mixdown_element_number
  if (cursor.bits(1) === 1) cursor.skip(2 + 1); // matrix_mixdown_idx, pseudo_surround_enable
  cursor.skip((pairable + coupling) * 5 + (lfe + associatedData) * 4);
  byteAlign(cursor);
  cursor.skip(cursor.bits(8) * 8); // comment_field_data
}
