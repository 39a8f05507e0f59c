/** Descriptors (ISO/IEC 13818-1, 2.6; ETSI EN 300 468, 6): a tag, a length and bytes. Those not known are kept as they are. */
import type { Disposition } from '../media/dispositions.ts';

/** One descriptor, without tag and length in its bytes. */
export interface Descriptor {
  readonly tag: number;
  readonly bytes: Uint8Array;
}

/** The tags that are looked for (ISO/IEC 13818-1, Table 2-45; EN 300 468, Table 12). */
export const DescriptorTag = {
  registration: 0x05,
  iso639Language: 0x0a,
  metadata: 0x26,
  teletext: 0x56,
  subtitling: 0x59,
  ac3: 0x6a,
  enhancedAc3: 0x7a,
  dts: 0x7b,
  aac: 0x7c,
  extension: 0x7f,
  service: 0x48,
} as const;

/** The descriptors in a loop; one that claims more than there is ends it. */
export function parseDescriptors(bytes: Uint8Array): Descriptor[] {
  const descriptors: Descriptor[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const end = at + 2 + bytes[at + 1]!;
    if (end > bytes.length) break;
    descriptors.push({ tag: bytes[at]!, bytes: bytes.slice(at + 2, end) });
    at = end;
  }
  return descriptors;
}

/** The bytes of the first descriptor with this tag. */
export function findDescriptor(descriptors: readonly Descriptor[], tag: number): Uint8Array | undefined {
  return descriptors.find((descriptor) => descriptor.tag === tag)?.bytes;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCodePoint(...bytes);
}

/** `format_identifier` of a registration descriptor as four characters (2.6.8), if there is one. */
export function registrationOf(descriptors: readonly Descriptor[]): string | undefined {
  const bytes = findDescriptor(descriptors, DescriptorTag.registration);
  return bytes === undefined || bytes.length < 4 ? undefined : latin1(bytes.subarray(0, 4));
}

/** `metadata_format_identifier` of a metadata descriptor as four characters (2.6.60), if it has one. */
export function metadataFormatOf(descriptors: readonly Descriptor[]): string | undefined {
  const bytes = findDescriptor(descriptors, DescriptorTag.metadata);
  if (bytes === undefined) return undefined;
  // metadata_application_format, with an identifier of its own where it is 0xffff; then metadata_format likewise.
  const format = bytes[0] === 0xff && bytes[1] === 0xff ? 6 : 2;
  return bytes[format] === 0xff && bytes.length >= format + 5
    ? latin1(bytes.subarray(format + 1, format + 5))
    : undefined;
}

/** Where entries of languages begin in a descriptor, and how long one is; the last byte says what it is for. */
const languageEntries: ReadonlyMap<number, number> = new Map([
  [DescriptorTag.iso639Language, 4],
  [DescriptorTag.teletext, 5],
  [DescriptorTag.subtitling, 8],
]);

/** `descriptor_tag_extension` of a supplementary audio descriptor (ETSI EN 300 468, 6.4.11). */
const supplementaryAudio = 6;

function languageAt(bytes: Uint8Array, at: number): string | undefined {
  const code = latin1(bytes.subarray(at, at + 3));
  return /^[A-Za-z]{3}$/.test(code) ? code.toLowerCase() : undefined;
}

/** ISO 639-2 codes of a stream's languages with commas between, such as `eng`; of descriptors the last that has one counts. */
export function languageOf(descriptors: readonly Descriptor[]): string | undefined {
  let language: string | undefined;
  for (const { tag, bytes } of descriptors) {
    const length = languageEntries.get(tag);
    if (length !== undefined) {
      const codes: string[] = [];
      for (let at = 0; at + length <= bytes.length; at += length) {
        const code = languageAt(bytes, at);
        if (code !== undefined) codes.push(code);
      }
      if (codes.length > 0) language = codes.join(',');
    }
    if (tag === DescriptorTag.extension && bytes[0] === supplementaryAudio && ((bytes[1] ?? 0) & 1) !== 0) {
      language = languageAt(bytes, 2) ?? language;
    }
  }
  return language;
}

/** By `audio_type` (ISO/IEC 13818-1, 2.6.19). */
const byAudioType: Readonly<Record<number, readonly Disposition[]>> = {
  1: ['clean_effects'],
  2: ['hearing_impaired'],
  3: ['visual_impaired', 'descriptions'],
};
/** By `editorial_classification` (ETSI EN 300 468, Table 120). */
const byClassification: Readonly<Record<number, readonly Disposition[]>> = {
  1: ['visual_impaired', 'descriptions'],
  2: ['hearing_impaired'],
  3: ['visual_impaired'],
};

/** What a stream is for, as its descriptors say. */
export function dispositionsOf(descriptors: readonly Descriptor[]): readonly Disposition[] {
  const found: Disposition[] = [];
  for (const { tag, bytes } of descriptors) {
    if (tag === DescriptorTag.iso639Language) {
      for (let at = 3; at < bytes.length; at += 4) found.push(...(byAudioType[bytes[at]!] ?? []));
    }
    if (tag === DescriptorTag.subtitling) {
      // `subtitling_type` 0x20 to 0x25: for people who do not hear (ETSI EN 300 468, Table 26).
      for (let at = 3; at < bytes.length; at += 8) {
        if (bytes[at]! >= 0x20 && bytes[at]! <= 0x25) found.push('hearing_impaired');
      }
    }
    if (tag === DescriptorTag.extension && bytes[0] === supplementaryAudio && bytes.length >= 2) {
      // `mix_type` 0: it is mixed with another stream.
      if ((bytes[1]! & 0x80) === 0) found.push('dependent');
      found.push(...(byClassification[(bytes[1]! >>> 2) & 0x1f] ?? []));
    }
  }
  return [...new Set(found)];
}
