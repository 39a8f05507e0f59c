/** Reads what the beginning of an MPEG-4 Part 2 stream says of profile and level (ISO/IEC 14496-2, 6.2.2 and annex G). */

/** The byte behind visual_object_sequence_start_code: which tools the stream needs, and how much of them. */
export interface ProfileAndLevel {
  readonly profile: number;
  readonly level: number;
}

const startCode = Buffer.from('000001b0', 'hex');

/** The profile and level in a decoder configuration; undefined where it has no visual object sequence. */
export function profileAndLevelOf(configuration: Uint8Array): ProfileAndLevel | undefined {
  const at = Buffer.from(configuration.buffer, configuration.byteOffset, configuration.length).indexOf(startCode);
  const byte = at < 0 ? undefined : configuration[at + startCode.length];
  if (byte === undefined) return undefined;
  const profile = byte >> 4;
  const level = byte & 0x0f;
  // Simple Profile, level 0 has a number of its own.
  return { profile, level: profile === 0 && level === 8 ? 0 : level };
}
