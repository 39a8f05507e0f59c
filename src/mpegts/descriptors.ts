/** Descriptors (ISO/IEC 13818-1, 2.6; ETSI EN 300 468, 6): a tag, a length and bytes. Those not known are kept as they are. */

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

/** ISO 639-2 code of a stream's (first) language, such as `eng`, from whichever descriptor has one. */
export function languageOf(descriptors: readonly Descriptor[]): string | undefined {
  for (const tag of [DescriptorTag.iso639Language, DescriptorTag.subtitling, DescriptorTag.teletext]) {
    const bytes = findDescriptor(descriptors, tag);
    if (bytes !== undefined && bytes.length >= 3) {
      const code = latin1(bytes.subarray(0, 3));
      if (/^[A-Za-z]{3}$/.test(code)) return code.toLowerCase();
    }
  }
  return undefined;
}
