/** Reads the head of an H.263 picture as far as it says the shape of a sample (ITU-T H.263, 5.1). */
import { BitReader } from '../bytes/bit-reader.ts';
import type { SampleAspectRatio } from './video-signal.ts';

/** Of all formats that have a number: CIF and its parts and multiples. */
const ofCommonFormats: SampleAspectRatio = { sarWidth: 12, sarHeight: 11 };
const [largestFormat, customFormat, extendedType] = [5, 6, 7];

/** Undefined where the head says none: of sizes of its own, or no picture at all. */
export function h263SampleAspectOf(head: Uint8Array): SampleAspectRatio | undefined {
  const reader = new BitReader(head);
  // Picture start code, temporal reference; one and zero, three flags.
  if (reader.bits(22) !== 0x20) return undefined;
  reader.bits(8 + 5);
  let format = reader.bits(3);
  if (format === extendedType) {
    // Only a full extended type says the format.
    if (reader.bits(3) !== 1) return undefined;
    format = reader.bits(3);
    if (format === customFormat) {
      // The rest of OPPTYPE, MPPTYPE, CPM and, after it, PSBI.
      reader.bits(15 + 9);
      if (reader.flag()) reader.bits(2);
      return reader.bits(4) === 1 && reader.fault === undefined ? { sarWidth: 1, sarHeight: 1 } : undefined;
    }
  }
  return reader.fault === undefined && format >= 1 && format <= largestFormat ? ofCommonFormats : undefined;
}
