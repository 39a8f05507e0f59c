/** How long frames of AMR are in MP4 and 3GP (RFC 4867, 5.3; 3GPP TS 26.244, 6.5): their first byte names their type. */

/** Bytes of a frame by its type, the byte that names it among them; 0 where there is no such type. */
const narrowBand: readonly number[] = [13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1];
const wideBand: readonly number[] = [18, 24, 33, 37, 41, 47, 51, 59, 61, 6, 0, 0, 0, 0, 1, 1];

/** Samples of each channel that a frame lasts: 20 ms. */
const samplesPerFrame = { samr: 160, sawb: 320 } as const;

/** How the samples of a track are made up. */
export interface AmrFormat {
  readonly isWideBand: boolean;
  /** Frames in a sample. */
  readonly frames: number;
  /** Seconds of a sample. */
  readonly seconds: number;
  /** Hertz. */
  readonly sampleRate: number;
}

const maxFrames = 15;

/** What the sample entry says. `entry`: its body, with the `damr` box, where there is one. */
export function amrFormatOf(format: 'samr' | 'sawb', entry: Uint8Array): AmrFormat {
  const at = Buffer.from(entry.buffer, entry.byteOffset, entry.length).indexOf('damr', 0, 'latin1');
  const said = at < 0 ? 1 : (entry[at + 4 + 8] ?? 1);
  const frames = Math.min(maxFrames, Math.max(1, said));
  const isWideBand = format === 'sawb';
  const sampleRate = isWideBand ? 16_000 : 8000;
  return { isWideBand, frames, sampleRate, seconds: (frames * samplesPerFrame[format]) / sampleRate };
}

/** What frames of speech begin with that are said to be good. */
export function amrFirstBytes({ isWideBand }: AmrFormat): number[] {
  return (isWideBand ? wideBand : narrowBand).flatMap((length, type) => (length > 1 ? [(type << 3) | 4] : []));
}

/** Bytes of the sample at `at`; 'more' where the bytes end before it does, undefined where none begins. */
export function amrSampleLength(
  bytes: Uint8Array,
  { isWideBand, frames }: AmrFormat,
  at = 0,
): number | 'more' | undefined {
  const lengths = isWideBand ? wideBand : narrowBand;
  let length = 0;
  for (let frame = 0; frame < frames; frame++) {
    const first = bytes[at + length];
    if (first === undefined) return 'more';
    // The bit before the type says that more frames follow before their data, which MP4 does not have; the last two are 0.
    const own = (first & 0x83) === 0 ? lengths[first >>> 3]! : 0;
    if (own === 0) return undefined;
    length += own;
  }
  return at + length > bytes.length ? 'more' : length;
}
