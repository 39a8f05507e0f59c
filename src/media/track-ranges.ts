/**
 * Cuts a track into the stretches that a report tells of: what an index describes, what was found in the media, what is
 * lost. It works on finished sample tables and on byte ranges alone, so that whatever found the samples need not keep
 * account of each; it knows no container and no verb.
 *
 * A sample that is followed by a hole lasts until the next one in every table here (see `SampleTable.retain`). What it lasts
 * beyond the usual step is what the hole cost.
 */
import type { LeftOut, LeftOutRange } from './left-out.ts';
import { roundSeconds, type InferredTimes, type LossReason, type TrackRange, type TrackReport } from './report.ts';
import { usualDuration, type PlacedTrack } from './timeline.ts';

/** A range of bytes of a file. */
interface Bytes {
  readonly offset: number;
  readonly length: number;
}

/** Bytes that are of no sample, and why. */
export interface LostBytes extends Bytes {
  readonly reason: LossReason;
}

/** How times of described samples are known that were lost: of all that begin at an offset or behind it. */
export interface DescribedTimes {
  readonly from: number;
  readonly times: InferredTimes;
}

/** What is known of the samples of a track beside its table. */
export interface RangeEvidence {
  /** The file that the table points into; undefined where that is no file of its own. */
  readonly file: string | undefined;
  /** Bytes in which samples were looked for, in order: those that begin there were found, all others are described. */
  readonly searched?: readonly Bytes[];
  /** Bytes in which none was found, in order. */
  readonly lostBytes?: readonly LostBytes[];
  /** Described samples that are not in the table. */
  readonly leftOut?: LeftOut | undefined;
  /** How the times of samples that were found are known. */
  readonly times?: InferredTimes | undefined;
  /** Of described samples too, from such a byte of the file on: an index may have lost its times. */
  readonly described?: DescribedTimes | undefined;
}

/** A step this many times as long as the usual one, next to bytes that are lost, is a loss. */
export const minLossSteps = 1.5;

/**
 * The ranges of a track, in order, in seconds on the recording's timeline. Decode times are meant, moved so that the first
 * sample stands where the track begins: presentation times of neighbours overlap where pictures are reordered.
 */
export function trackRanges(place: PlacedTrack, evidence: RangeEvidence): TrackRange[] {
  const { track, delaySeconds, presentationDuration } = place;
  const { samples, timescale } = track;
  const ranges = new RangeList(evidence.file, delaySeconds, timescale);
  const losses = new LossesBetween(place, evidence);
  const inferredFrom = evidence.described?.from ?? Infinity;
  const inSearched = withinAscending(evidence.searched ?? []);
  const [offsets, sizes, durations] = [samples.offsets.data, samples.sizes.data, samples.durations.data];
  losses.before().forEach((loss) => ranges.lose(loss));
  let ticks = 0;
  for (let i = 0; i < samples.length; i++) {
    const [offset, size, duration] = [offsets[i]!, sizes[i]!, durations[i]!];
    const isFound = inSearched(offset);
    const times = isFound ? evidence.times : offset >= inferredFrom ? evidence.described?.times : undefined;
    ranges.keep(isFound ? 'found' : 'described', times, offset, size, ticks);
    for (const loss of losses.after(i, ticks, duration)) ranges.lose(loss);
    ticks += duration;
  }
  losses.behind(ticks).forEach((loss) => ranges.lose(loss));
  return ranges.end(presentationDuration, ticks);
}

/** A loss on the decoding timeline of the track; ticks from its first sample on. */
interface Loss {
  readonly start: number;
  readonly end: number;
  readonly reason: LossReason;
  readonly samples: number;
  readonly bytes: number;
  readonly isEstimated: boolean;
  readonly span: Bytes | undefined;
}

const noLoss: readonly Loss[] = [];

/** Tells, for rising samples, what was lost between each and the next. */
class LossesBetween {
  readonly #place: PlacedTrack;
  readonly #leftOut: readonly LeftOutRange[];
  readonly #lostBytes: readonly LostBytes[];
  readonly #usual: number;
  #next = 0;
  /** Ticks at which the next loss that is described begins. */
  #nextStart = Infinity;

  constructor(place: PlacedTrack, { leftOut, lostBytes = [] }: RangeEvidence) {
    this.#place = place;
    this.#leftOut = (leftOut?.ranges ?? []).toSorted((a, b) => a.startSeconds - b.startSeconds);
    this.#lostBytes = lostBytes;
    this.#usual = usualDuration(place.track.samples);
    this.#lookAhead();
  }

  /** Described samples that came before the first one. */
  before(): Loss[] {
    return this.#takeUntil(0);
  }

  /** What was lost behind sample `index`, which is decoded at `ticks` and lasts `duration` until the next. */
  after(index: number, ticks: number, duration: number): readonly Loss[] {
    // As it is for nearly all: nothing is made for them.
    if (duration < minLossSteps * this.#usual && ticks + duration <= this.#nextStart) return noLoss;
    const { samples } = this.#place.track;
    if (index + 1 === samples.length) return [];
    const end = ticks + duration;
    const described = this.#takeUntil(end);
    const begin = ticks + Math.min(this.#usual, duration);
    const from = described.length === 0 ? begin : Math.max(begin, described.at(-1)!.end);
    const isLong = end - from >= (minLossSteps - 1) * this.#usual && duration >= minLossSteps * this.#usual;
    const span = isLong ? this.#lostBetween(index) : undefined;
    if (span === undefined) return described;
    const count = Math.max(1, Math.round((end - from) / this.#usual));
    const bytes = Math.round((count * samples.mediaBytes) / samples.length);
    const { reason, ...where } = span;
    return [...described, { start: from, end, reason, samples: count, bytes, isEstimated: true, span: where }];
  }

  /** Described samples behind the last one; `ticks`: its end. */
  behind(ticks: number): Loss[] {
    return this.#takeUntil(Infinity).map((loss) => ({ ...loss, start: Math.max(loss.start, ticks) }));
  }

  #takeUntil(end: number): Loss[] {
    const taken: Loss[] = [];
    const { timescale } = this.#place.track;
    while (this.#nextStart < end) {
      const range = this.#leftOut[this.#next++]!;
      const start = this.#nextStart;
      this.#lookAhead();
      const span = { offset: range.offset, length: range.length };
      const duration = Math.round(range.durationSeconds * timescale);
      const { reason, samples: count, bytes } = range;
      taken.push({ start, end: start + duration, reason, samples: count, bytes, isEstimated: false, span });
    }
    return taken;
  }

  #lookAhead(): void {
    const { samples, timescale } = this.#place.track;
    const range = this.#leftOut[this.#next];
    this.#nextStart =
      range === undefined ? Infinity : Math.round(range.startSeconds * timescale) - samples.firstDecodeTime;
  }

  /** The bytes that are lost between a sample and the next, as one range; undefined where there are none. */
  #lostBetween(index: number): LostBytes | undefined {
    const { offsets, sizes } = this.#place.track.samples;
    const start = offsets.data[index]! + sizes.data[index]!;
    const end = offsets.data[index + 1]!;
    let at = firstFrom(this.#lostBytes, start);
    const first = this.#lostBytes[at];
    if (first === undefined || first.offset >= end) return undefined;
    let last = first;
    while (++at < this.#lostBytes.length && this.#lostBytes[at]!.offset < end) last = this.#lostBytes[at]!;
    return { offset: first.offset, length: last.offset + last.length - first.offset, reason: first.reason };
  }
}

/** Number of the first range that does not end before `offset`. */
function firstFrom(ranges: readonly Bytes[], offset: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.offset + ranges[middle]!.length <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether an offset lies in one of the ranges: quick where offsets rise. */
function withinAscending(ranges: readonly Bytes[]): (offset: number) => boolean {
  let at = 0;
  return (offset) => {
    const range = ranges[at];
    const isHere = range !== undefined && offset < range.offset + range.length;
    const isBehindLast = at === 0 || ranges[at - 1]!.offset + ranges[at - 1]!.length <= offset;
    if (!isHere || !isBehindLast) at = firstFrom(ranges, offset);
    const found = ranges[at];
    return found !== undefined && offset >= found.offset;
  };
}

/** A range that may still grow; ticks from the first sample on. */
interface OpenRange {
  readonly what: TrackRange['what'];
  readonly reason?: LossReason;
  readonly times?: InferredTimes | undefined;
  readonly isEstimated?: true;
  readonly start: number;
  samples: number;
  bytes: number;
  from: number;
  to: number;
}

/** The ranges so far: each ends where the next begins. */
class RangeList {
  readonly #file: string | undefined;
  readonly #startSeconds: number;
  readonly #timescale: number;
  readonly #open: OpenRange[] = [];
  /** Where the last loss ended; what is kept goes on there. */
  #lossEnd = -Infinity;

  constructor(file: string | undefined, startSeconds: number, timescale: number) {
    this.#file = file;
    this.#startSeconds = startSeconds;
    this.#timescale = timescale;
  }

  keep(
    what: 'described' | 'found',
    times: InferredTimes | undefined,
    offset: number,
    size: number,
    ticks: number,
  ): void {
    const last = this.#open.at(-1);
    if (last?.what === what && last.times === times) {
      last.samples++;
      last.bytes += size;
      last.from = Math.min(last.from, offset);
      last.to = Math.max(last.to, offset + size);
      return;
    }
    const start = Math.max(ticks, last?.start ?? ticks);
    this.#open.push({ what, times, start, samples: 1, bytes: size, from: offset, to: offset + size });
  }

  lose({ start, end, reason, samples, bytes, isEstimated, span }: Loss): void {
    const last = this.#open.at(-1);
    this.#lossEnd = Math.max(this.#lossEnd, end);
    this.#open.push({
      what: 'lost',
      reason,
      ...(isEstimated ? { isEstimated } : {}),
      start: Math.max(start, last?.start ?? start),
      samples,
      bytes,
      from: span?.offset ?? 0,
      to: span === undefined ? 0 : span.offset + span.length,
    });
  }

  /** All of them. The last one that is kept ends when the last picture or audio sample does. */
  end(presentationTicks: number, decodeTicks: number): TrackRange[] {
    const file = this.#file;
    const last = this.#open.at(-1);
    const keptEnd = Math.max(presentationTicks, last?.start ?? 0);
    const end = last?.what === 'lost' ? Math.max(this.#lossEnd, decodeTicks) : keptEnd;
    const seconds = (ticks: number): number => roundSeconds(this.#startSeconds + ticks / this.#timescale);
    return this.#open.map((range, n): TrackRange => {
      const { what, reason, times, isEstimated, start, samples, bytes, from, to } = range;
      return {
        what,
        ...(reason === undefined ? {} : { reason }),
        ...(to > from && file !== undefined ? { file, offset: from, length: to - from } : {}),
        startSeconds: seconds(start),
        endSeconds: seconds(this.#open[n + 1]?.start ?? end),
        samples,
        bytes,
        ...(isEstimated === undefined ? {} : { isEstimated }),
        ...(times === undefined ? {} : { times }),
      };
    });
  }
}

/** What is lost of a track, as its ranges say. */
export function lostIn(ranges: readonly TrackRange[]): TrackReport['lost'] {
  const isLost = ({ what }: TrackRange): boolean => what === 'lost';
  const isEstimated = ranges.some((range) => isLost(range) && range.isEstimated === true);
  return { ...sumOfRanges(ranges, isLost), ...(isEstimated ? { isEstimated } : {}) };
}

/** Seconds that the ranges last which are kept. */
export function keptSecondsIn(ranges: readonly TrackRange[]): number {
  return sumOfRanges(ranges, ({ what }) => what !== 'lost').durationSeconds;
}

function sumOfRanges(
  ranges: readonly TrackRange[],
  isMeant: (range: TrackRange) => boolean,
): { readonly samples: number; readonly bytes: number; readonly durationSeconds: number } {
  let [samples, bytes, durationSeconds] = [0, 0, 0];
  for (const range of ranges) {
    if (!isMeant(range)) continue;
    samples += range.samples;
    bytes += range.bytes;
    durationSeconds += range.endSeconds - range.startSeconds;
  }
  return { samples, bytes, durationSeconds: roundSeconds(durationSeconds) };
}
