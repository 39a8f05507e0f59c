/**
 * Into how many frequency bands spectral band replication divides what it adds (ISO/IEC 14496-3, 4.6.18.3): all that its
 * syntax needs to be followed. What the bands hold is not known here.
 */

/** The fields of sbr_header() (Table 4.63) that decide about the bands; those that are left out there have their defaults. */
export interface ReplicationHeader {
  /** `bs_amp_res`: steps of 3 dB, not of 1.5. */
  readonly ampRes: boolean;
  readonly startFreq: number;
  readonly stopFreq: number;
  readonly xoverBand: number;
  readonly freqScale: number;
  readonly alterScale: boolean;
  readonly noiseBands: number;
}

/** How many bands there are. */
export interface ReplicationBands {
  /** With low and with high resolution: `bs_freq_res` is the index. */
  readonly envelope: readonly [number, number];
  readonly noise: number;
}

/** `offset` of `bs_start_freq` by the rate that comes out (4.6.18.3.2.1); the last is for all higher rates. */
const startOffsets: readonly (readonly [maxRate: number, offsets: readonly number[]])[] = [
  [16_000, [-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7]],
  [22_050, [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13]],
  [24_000, [-5, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16]],
  [32_000, [-6, -4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16]],
  [64_000, [-4, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20]],
  [Infinity, [-2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 13, 16, 20, 24]],
];

/** Subbands of the filter bank. */
const subbands = 64;
const minRate = 16_000;
// What no header may exceed (4.6.18.3.6).
const maxNoiseBands = 5;
const maxCrossover = 32;

function maxReplicated(rate: number): number {
  if (rate <= 32_000) return 48;
  return rate <= 44_100 ? 35 : 32;
}

const ascending = (widths: readonly number[]): number[] => widths.toSorted((one, other) => one - other);
const sum = (widths: readonly number[]): number => widths.reduce((total, width) => total + width, 0);

/** Widths of so many bands between two borders, each as much wider than the one before. */
function widthsBetween(from: number, to: number, count: number): number[] {
  const borders = Array.from({ length: count + 1 }, (_, band) => Math.round(from * (to / from) ** (band / count)));
  return borders.slice(1).map((border, band) => border - borders[band]!);
}

/** The borders of what is replicated: k0 and k2 (4.6.18.3.2.1). */
function outerBorders({ startFreq, stopFreq }: ReplicationHeader, rate: number): readonly [number, number] {
  const lowest = rate < 32_000 ? 3000 : rate < 64_000 ? 4000 : 5000;
  const startMin = Math.round((lowest * 128) / rate);
  const stopMin = Math.round((lowest * 256) / rate);
  const start = startMin + startOffsets.find(([maxRate]) => rate <= maxRate)![1][startFreq]!;
  if (stopFreq >= 14) return [start, Math.min(subbands, start * (stopFreq - 12))];
  const steps = ascending(widthsBetween(stopMin, subbands, 13));
  return [start, Math.min(subbands, stopMin + sum(steps.slice(0, stopFreq)))];
}

/** Widths of the master frequency bands, all of them alike (`bs_freq_scale` 0). */
function evenWidths(start: number, stop: number, alterScale: boolean): number[] {
  const width = alterScale ? 2 : 1;
  const count = alterScale ? 2 * Math.round((stop - start) / 4) : 2 * Math.floor((stop - start) / 2);
  const widths = Array.from({ length: count }, () => width);
  const left = stop - start - count * width;
  for (let band = 0; band < -left && band < count; band++) widths[band]!--;
  if (left > 0 && count > 0) widths[count - 1]! += left;
  return widths;
}

/** A second octave and more is wider than this many times the lowest border. */
const secondRegionFrom = 2.2449;
/** By how much bands of the second region are wider, where `bs_alter_scale` says so. */
const warp = 1.3;

/** Widths of the master frequency bands, so many to the octave. */
function octaveWidths(start: number, stop: number, freqScale: number, alterScale: boolean): number[] {
  const halfBands = 7 - freqScale;
  const countOf = (from: number, to: number, by: number): number =>
    2 * Math.round((halfBands * Math.log2(to / from)) / by);
  const hasSecond = stop / start > secondRegionFrom;
  const border = hasSecond ? 2 * start : stop;
  const first = ascending(widthsBetween(start, border, countOf(start, border, 1)));
  if (!hasSecond) return first;
  let second = widthsBetween(border, stop, countOf(border, stop, alterScale ? warp : 1));
  const widest = first.at(-1) ?? 0;
  if (second.length > 0 && Math.min(...second) < widest) {
    second = ascending(second);
    const last = second.length - 1;
    const change = Math.min(widest - second[0]!, Math.trunc((second[last]! - second[0]!) / 2));
    second[0]! += change;
    second[last]! -= change;
  }
  return [...first, ...ascending(second)];
}

/** The bands of a header at a rate that comes out, in hertz; undefined where no such header is allowed. */
export function replicationBands(header: ReplicationHeader, rate: number): ReplicationBands | undefined {
  if (rate < minRate) return undefined;
  const { freqScale, alterScale, xoverBand, noiseBands } = header;
  const [start, stop] = outerBorders(header, rate);
  if (start <= 0 || stop <= start || stop - start > maxReplicated(rate)) return undefined;
  const widths =
    freqScale === 0 ? evenWidths(start, stop, alterScale) : octaveWidths(start, stop, freqScale, alterScale);
  if (xoverBand >= widths.length || widths.some((width) => width <= 0)) return undefined;
  const high = widths.length - xoverBand;
  const crossover = start + sum(widths.slice(0, xoverBand));
  const noise = Math.max(1, Math.round(noiseBands * Math.log2(stop / crossover)));
  return crossover > maxCrossover || noise > maxNoiseBands
    ? undefined
    : { envelope: [Math.ceil(high / 2), high], noise };
}
