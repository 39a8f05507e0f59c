/**
 * Where access units begin in a row of H.265 NAL units (ITU-T H.265, 7.4.2.4.4 and 7.4.2.4.5). Two bytes and a bit of each
 * NAL unit are enough; no parameter sets are needed, so that it works where they are lost.
 */
import { nalUnitHeaderLength, parseNalUnitHeader } from './nal-unit.ts';

/** Bytes of a NAL unit that are looked at. */
export const boundaryBytes = nalUnitHeaderLength + 1;

/**
 * What can only stand before the first slice of an access unit: delimiter, parameter sets, prefix messages and the reserved
 * types that go with them.
 */
function precedesSlices(type: number): boolean {
  return (type >= 32 && type <= 35) || type === 39 || (type >= 41 && type <= 44) || (type >= 48 && type <= 55);
}

/** Takes the NAL units of a stream one by one, and tells which of them begin an access unit. */
export class AccessUnitBoundary {
  /** Whether the access unit has a slice already. */
  #hasSlice = false;
  #isOpen = false;

  /**
   * Whether this NAL unit begins an access unit. Of its bytes the first three are enough. What has no header to be read
   * belongs to the access unit before it.
   */
  startsWith(nalUnit: Uint8Array): boolean {
    const header = parseNalUnitHeader(nalUnit);
    if (header === undefined || header.layerId > 0) return this.#open(false);
    if (header.type < 32) {
      const firstSliceSegmentInPicFlag = nalUnit.length >= boundaryBytes && nalUnit[nalUnitHeaderLength]! >= 0x80;
      const starts = this.#open(this.#hasSlice && firstSliceSegmentInPicFlag);
      this.#hasSlice = true;
      return starts;
    }
    return this.#open(this.#hasSlice && precedesSlices(header.type));
  }

  #open(starts: boolean): boolean {
    const begins = starts || !this.#isOpen;
    this.#isOpen = true;
    if (begins) this.#hasSlice = false;
    return begins;
  }

  /** Forgets what came before: bytes were lost, the next NAL unit begins an access unit or the rest of one. */
  restart(): void {
    this.#isOpen = false;
    this.#hasSlice = false;
  }
}
