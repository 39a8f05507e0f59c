/**
 * Follows the NAL unit lengths of H.264 or H.265 samples while the bytes that hold them go by, block after block. Tells
 * for each sample whether the chain of lengths ends exactly where the sample does, and which NAL unit types it has. It
 * looks at the five bytes that begin each NAL unit and at nothing else, so it costs next to nothing beside the copying, and
 * needs to be shown no others.
 */

/**
 * Called once for each sample, in order. `types`: bit n is set if a NAL unit of type n was met, for types up to 31: all of
 * H.264's, the slices of H.265. `furtherTypes`: bit n for type 32 + n, H.265's parameter sets and messages.
 */
export type NalChainVisitor = (index: number, closed: boolean, types: number, furtherTypes: number) => void;

/** Where the type stands in the first byte of a NAL unit, and how long its header is: the shortest NAL unit there is. */
const NAL_UNIT_HEADERS = {
  h264: { typeShift: 0, typeMask: 0x1f, length: 1 },
  h265: { typeShift: 1, typeMask: 0x3f, length: 2 },
} as const;

/** Follows the samples of one track, of which it is known where they lie; `visit` is called once for each, in order. */
export class NalChain {
  readonly #offsets: Float64Array;
  readonly #sizes: Uint32Array;
  readonly #count: number;
  readonly #lengthSize: number;
  readonly #visit: NalChainVisitor;
  readonly #typeShift: number;
  readonly #typeMask: number;
  readonly #shortest: number;
  #index = 0;
  #next = 0;
  #end = 0;
  #types = 0;
  #furtherTypes = 0;
  /** The last bytes of the block before, for a NAL unit header that two blocks share. */
  readonly #carry = new Uint8Array(8);
  #carried = 0;
  /** Offset behind the last byte that was fed; undefined before the first. */
  #fed: number | undefined;

  /**
   * `offsets` must rise, and no two samples overlap. `lengthSize`: bytes of each length (1, 2 or 4). A sample that begins
   * where no block was fed, before the first or in a gap between two, is not closed.
   */
  constructor(
    offsets: Float64Array,
    sizes: Uint32Array,
    lengthSize: number,
    visit: NalChainVisitor,
    codec: keyof typeof NAL_UNIT_HEADERS = 'h264',
  ) {
    this.#offsets = offsets;
    this.#sizes = sizes;
    this.#count = offsets.length;
    this.#lengthSize = lengthSize;
    this.#visit = visit;
    const header = NAL_UNIT_HEADERS[codec];
    this.#typeShift = header.typeShift;
    this.#typeMask = header.typeMask;
    this.#shortest = header.length;
    this.#begin();
  }

  /**
   * Where the NAL unit begins whose header is needed next; undefined where no sample is left. Who reads by themselves feed
   * what they find from there on: all between is of no interest.
   */
  get next(): number | undefined {
    return this.#index < this.#count ? this.#next : undefined;
  }

  #begin(): void {
    if (this.#index >= this.#count) return;
    this.#next = this.#offsets[this.#index]!;
    this.#end = this.#next + this.#sizes[this.#index]!;
    this.#types = 0;
    this.#furtherTypes = 0;
  }

  #finish(closed: boolean): void {
    this.#visit(this.#index, closed, this.#types, this.#furtherTypes);
    this.#index++;
    this.#begin();
  }

  /** Takes the next block, which begins at or behind the end of the one before; behind a gap nothing is carried over. */
  feed(bytes: Uint8Array, offset: number): void {
    if (offset !== this.#fed) this.#carried = 0;
    this.#fed = offset + bytes.length;
    // What is not here any more cannot be read: the index names bytes that no block had.
    const first = offset - this.#carried;
    const blockEnd = offset + bytes.length;
    const headerLength = this.#lengthSize + 1;
    while (this.#index < this.#count) {
      if (this.#next === this.#end && (this.#types | this.#furtherTypes) !== 0) {
        this.#finish(true);
        continue;
      }
      if (this.#next < first || this.#next + headerLength > this.#end) {
        this.#finish(false);
        continue;
      }
      if (this.#next + headerLength > blockEnd) break;
      let length = 0;
      let at = this.#next - offset;
      for (let i = 0; i < this.#lengthSize; i++, at++) {
        length = length * 256 + (at >= 0 ? bytes[at]! : this.#carry[this.#carried + at]!);
      }
      const header = at >= 0 ? bytes[at]! : this.#carry[this.#carried + at]!;
      const type = (header >>> this.#typeShift) & this.#typeMask;
      const after = this.#next + this.#lengthSize + length;
      if (length < this.#shortest || after > this.#end) {
        this.#finish(false);
        continue;
      }
      if (type < 32) this.#types |= 1 << type;
      else this.#furtherTypes |= 1 << (type - 32);
      this.#next = after;
    }
    // A block may be shorter than a header: what was carried before stays in front of it.
    const taken = Math.min(bytes.length, this.#carry.length);
    const kept = Math.min(this.#carried, this.#carry.length - taken);
    this.#carry.copyWithin(0, this.#carried - kept, this.#carried);
    this.#carry.set(bytes.subarray(bytes.length - taken), kept);
    this.#carried = kept + taken;
  }
}
