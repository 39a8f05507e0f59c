/**
 * The arithmetic decoding engine of CABAC, which H.264 and H.265 share (ITU-T H.264, 9.3.1.2 and 9.3.3.2; H.265, 9.3.4.3):
 * bins of contexts, of equal probability, and the one that ends a slice. What the bins mean, and which contexts there are,
 * is not known here. Bytes are those of a payload, emulation prevention bytes taken out.
 */

/** rangeTabLPS: by state, and by the two bits below the highest of the range. */
const lpsRanges = Uint8Array.from(
  `128 176 208 240  128 167 197 227  128 158 187 216  123 150 178 205  116 142 169 195  111 135 160 185  105 128 152 175
   100 122 144 166   95 116 137 158   90 110 130 150   85 104 123 142   81  99 117 135   77  94 111 128   73  89 105 122
    69  85 100 116   66  80  95 110   62  76  90 104   59  72  86  99   56  69  81  94   53  65  77  89   51  62  73  85
    48  59  69  80   46  56  66  76   43  53  63  72   41  50  59  69   39  48  56  65   37  45  54  62   35  43  51  59
    33  41  48  56   32  39  46  53   30  37  43  50   29  35  41  48   27  33  39  45   26  31  37  43   24  30  35  41
    23  28  33  39   22  27  32  37   21  26  30  35   20  24  29  33   19  23  27  31   18  22  26  30   17  21  25  28
    16  20  23  27   15  19  22  25   14  18  21  24   14  17  20  23   13  16  19  22   12  15  18  21   12  14  17  20
    11  14  16  19   11  13  15  18   10  12  15  17   10  12  14  16    9  11  13  15    9  11  12  14    8  10  12  14
     8   9  11  13    7   9  11  12    7   9  10  12    7   8  10  11    6   8   9  11    6   7   9  10    6   7   8   9
     2   2   2   2`
    .trim()
    .split(/\s+/),
  Number,
);

/** transIdxLps: the state behind a bin that was the less probable one. */
const stateAfterLps = Uint8Array.from([
  0, 0, 1, 2, 2, 4, 4, 5, 6, 7, 8, 9, 9, 11, 11, 12, 13, 13, 15, 15, 16, 16, 18, 18, 19, 19, 21, 21, 22, 22, 23, 24, 24,
  25, 26, 26, 27, 27, 28, 29, 29, 30, 30, 30, 31, 32, 32, 33, 33, 33, 34, 34, 35, 35, 35, 36, 36, 36, 37, 37, 37, 38,
  38, 63,
]);

/** The next value of a context, state and more probable bin in one, by its value and by the bin. */
const afterMps = Uint8Array.from({ length: 128 }, (_, context) => {
  const state = context >> 1;
  return (Math.min(state + 1, state === 63 ? 63 : 62) << 1) | (context & 1);
});
const afterLps = Uint8Array.from({ length: 128 }, (_, context) => {
  const state = context >> 1;
  return (stateAfterLps[state]! << 1) | (state === 0 ? (context & 1) ^ 1 : context & 1);
});

/** Bits of the offset below its nine, so that a byte is taken at once. */
const fraction = 7;

/** Decodes the bins of one slice. Past the last byte it reads zeros, and `isOverrun` tells so. */
export class CabacEngine {
  /** A context a byte: its state above its more probable bin. */
  readonly contexts: Uint8Array;
  readonly #bytes: Uint8Array;
  #at = 0;
  #range = 510;
  #value = 0;
  /** -8 when eight bits are there below those of the offset that are in use, 0 when a byte is to be taken. */
  #needed = -8;

  /** `contexts`: how many there are; all are to be set before they are asked for. */
  constructor(bytes: Uint8Array, contexts: number) {
    this.#bytes = bytes;
    this.contexts = new Uint8Array(contexts);
  }

  /** Sets a context: the state `preCtxState` of 9.3.1.1, 1 to 126. */
  setContext(index: number, preCtxState: number): void {
    this.contexts[index] = preCtxState <= 63 ? (63 - preCtxState) << 1 : ((preCtxState - 64) << 1) | 1;
  }

  /** Begins to decode at a byte of the payload; contexts stay as they are. */
  start(byte: number): void {
    this.#at = byte;
    this.#range = 510;
    this.#value = (this.#byte() << 8) | this.#byte();
    this.#needed = -8;
  }

  /** Bits of the payload that have been decoded: behind the terminating bin, the last of them is the stop bit. */
  get position(): number {
    return this.#at * 8 + this.#needed + 1;
  }

  /** Whether more was decoded than there is. */
  get isOverrun(): boolean {
    return this.position > this.#bytes.length * 8;
  }

  #byte(): number {
    const at = this.#at++;
    return at < this.#bytes.length ? this.#bytes[at]! : 0;
  }

  /** A bin of a context. */
  decision(index: number): 0 | 1 {
    const context = this.contexts[index]!;
    const lps = lpsRanges[((context >> 1) << 2) | ((this.#range >> 6) & 3)]!;
    const range = this.#range - lps;
    const scaled = range << fraction;
    if (this.#value < scaled) {
      this.contexts[index] = afterMps[context]!;
      if (range >= 256) {
        this.#range = range;
      } else {
        this.#range = range << 1;
        this.#value <<= 1;
        if (++this.#needed === 0) {
          this.#needed = -8;
          this.#value |= this.#byte();
        }
      }
      return (context & 1) as 0 | 1;
    }
    this.contexts[index] = afterLps[context]!;
    const shift = Math.clz32(lps) - 23;
    this.#value = (this.#value - scaled) << shift;
    this.#range = lps << shift;
    this.#needed += shift;
    if (this.#needed >= 0) {
      this.#value |= this.#byte() << this.#needed;
      this.#needed -= 8;
    }
    return ((context & 1) ^ 1) as 0 | 1;
  }

  /** A bin that is 0 as often as 1. */
  bypass(): 0 | 1 {
    this.#value <<= 1;
    if (++this.#needed === 0) {
      this.#needed = -8;
      this.#value |= this.#byte();
    }
    const scaled = this.#range << fraction;
    if (this.#value < scaled) return 0;
    this.#value -= scaled;
    return 1;
  }

  /** `length` (0 to 31) bins of equal probability, the highest first. */
  bypassBits(length: number): number {
    let value = 0;
    for (let n = 0; n < length; n++) value = (value << 1) | this.bypass();
    return value;
  }

  /** The bin that ends a slice, or what stands before bytes that are not coded. */
  terminate(): 0 | 1 {
    const range = this.#range - 2;
    const scaled = range << fraction;
    this.#range = range;
    if (this.#value >= scaled) return 1;
    if (range < 256) {
      this.#range = range << 1;
      this.#value <<= 1;
      if (++this.#needed === 0) {
        this.#needed = -8;
        this.#value |= this.#byte();
      }
    }
    return 0;
  }
}
