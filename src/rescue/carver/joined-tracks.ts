/**
 * Makes tracks of what was carved: joined onto the samples that an index describes, where there are any, or by itself.
 * Times of the index stay as they are, those of the carved samples continue it. It knows no container.
 */
import { samplesAtOnce, type SampleTable } from '../../media/sample-table.ts';
import type { Track } from '../../media/track.ts';
import { placeInTime } from '../clocks/arrival-clock.ts';
import { lowerBound, type Arrivals, type FoundTimes, type TimedStretch } from '../clocks/arrivals.ts';
import type { Carving } from './carver.ts';
import type { CarvedStream, JoinedSamples, LeadingTimes, Merged } from './joined-samples.ts';
import { usualDuration } from '../../media/timeline.ts';
import { maxReorderedPictures } from '../clocks/presentation-times.ts';
import { buildTable } from './joined-table.ts';
import { leadingTime, leadingTimesOf } from './leading-times.ts';

/** What is known of who wrote the recording: see `Arrivals`. */
export type WriterHabits = Pick<Arrivals, 'isClosed' | 'isPacketWise' | 'turns'>;

/** A track made of known and carved samples, and how sure its times are. */
export interface JoinedTrack {
  readonly track: Track;
  /** Samples that were carved. */
  readonly carved: number;
  /** How their times were found. */
  readonly times: FoundTimes;
  /** Whether all presentation times follow from the picture order. */
  readonly orderKnown: boolean;
  /** Seconds after the other track at which it begins, as in the reference; undefined where none says it. */
  readonly beginsAsLent?: number | undefined;
  /** Offset of the first sample that an index describes without its time; not there where it gives all of them. */
  readonly inferredFrom?: number | undefined;
  /** Seconds that a picture is shown behind its decoding at most. */
  readonly latestShown: number;
}

/** Known samples before the first carved one that tell the rhythm, and behind the last one. */
const lookedAtBefore = 1500;
const lookedAtAfter = 200;

/** Joins carved samples onto the known ones, step by step. Streams of which there is neither give no track. */
export function* joinTracks(
  { samples, skipped }: Carving,
  streams: readonly CarvedStream[],
  writer: WriterHabits = {},
): Generator<void, JoinedTrack[]> {
  const merged = yield* merge({ samples, skipped }, streams);
  const ticks = streams.map(({ timescale }) => 1 / timescale);
  const found = yield* placeInTime(
    {
      ...merged.arrivals,
      isPacketWise: writer.isPacketWise === true,
      turns: streams.length === 2 && streams[0]!.kind !== streams[1]!.kind ? writer.turns : undefined,
      isClosed: writer.isClosed === true && !skipped.some(({ reason }) => reason === 'torn'),
    },
    streams.map((stream, s) => ({
      kind: stream.kind,
      frameSeconds: stream.frameSeconds,
      stepSeconds: recordedStep(stream) ?? stream.stepSeconds,
      tickSeconds: ticks[s]!,
    })),
  );
  const joined: JoinedTrack[] = [];
  for (const [s, stream] of streams.entries()) {
    const { known, id, kind, timescale, configuration } = stream;
    const own = merged.of[s]!;
    if (configuration === undefined) continue;
    if (own.carved === 0 && (stream.clockBreaks ?? []).length === 0) {
      if (known === undefined || known.length === 0) continue;
      const track = { id, kind, timescale, configuration, samples: known };
      joined.push({ track, carved: 0, times: { basis: 'known' }, orderKnown: true, latestShown: 0 });
      continue;
    }
    const { table, orderKnown } = yield* buildTable(stream, samples, merged, own);
    joined.push({
      track: { id, kind, timescale, configuration, samples: table },
      carved: own.carved,
      times: found[s]!.basis === 'known' ? timesOfLeading(merged.leading[s], kind) : found[s]!,
      orderKnown,
      inferredFrom: firstBreakOf(stream),
      latestShown: ((stream.reorderedPictures ?? maxReorderedPictures) * usualDuration(table)) / timescale,
    });
  }
  for (const [n, { track, times }] of joined.entries()) {
    const own = streams.find(({ id }) => id === track.id);
    const beside = times.beginsWith === undefined ? undefined : streams[times.beginsWith];
    const other = beside ?? streams.find(({ kind }) => kind !== track.kind);
    const apart = other === undefined ? undefined : lentDistance(own, other);
    const isLent = apart !== undefined && Math.abs(apart) <= maxLentDistance;
    if (beside !== undefined) {
      const first = joined.find((one) => one.track.id === beside.id);
      if (first === undefined) continue;
      beginTogether(track, first.track, isLent ? apart : 0);
    }
    const beginsAsLent = beside !== undefined && isLent ? apart : undefined;
    // What the reference begins apart by for its own reasons may be so of this one too, and what is taken of it may not.
    const doubt = apart !== undefined && (beginsAsLent !== undefined || !isLent) ? Math.abs(apart) : 0;
    const bound = times.boundSeconds;
    joined[n] = {
      ...joined[n]!,
      times: bound === undefined ? times : { ...times, boundSeconds: bound + doubt },
      beginsAsLent,
    };
  }
  return joined;
}

/** How the times were found where only those of leading samples were lost: where these do not fill their time, they follow from the samples behind. */
function timesOfLeading(leading: LeadingTimes | undefined, kind: 'video' | 'audio'): FoundTimes {
  const { pauseSeconds = 0 } = leading ?? {};
  if (pauseSeconds === 0) return { basis: 'known' };
  return { basis: kind === 'audio' ? 'frame length' : 'rhythm', boundSeconds: pauseSeconds };
}

/** Offset of the first known sample whose time no index gives. */
function firstBreakOf({ known, clockBreaks: [first] = [] }: CarvedStream): number | undefined {
  return first === undefined ? undefined : known?.offsets.data[first];
}

/** Fewer known steps than these, and fewer than this part of one length, tell of no rhythm. */
const minSteps = 16;
const minSteady = 0.8;

/** Seconds from sample to sample as recorded, of a track whose clock broke off so that its times do not say it themselves. */
function recordedStep({ known, clockBreaks = [], openFrom, timescale }: CarvedStream): number | undefined {
  if (known === undefined || openFrom === 0) return undefined;
  if (clockBreaks.length === 0 || known.length <= minSteps) return undefined;
  const usual = usualDuration(known);
  let [count, sum] = [0, 0];
  for (let i = 0; i + 1 < known.length; i++) {
    const duration = known.durations.data[i]!;
    if (Math.abs(duration - usual) > 1 + usual / 50) continue;
    count++;
    sum += duration;
  }
  return count < minSteady * known.length ? undefined : sum / count / timescale;
}

/** Tracks that begin further apart than this did so by chance, in seconds. */
const maxLentDistance = 0.25;

/** Seconds by which a stream begins after another in a recording by the same encoder. */
function lentDistance(own: CarvedStream | undefined, other: CarvedStream): number | undefined {
  if (own?.startSeconds === undefined || other.startSeconds === undefined) return undefined;
  return own.startSeconds - other.startSeconds;
}

/** Moves a track so that what is shown first of it comes with what is heard first of the other, or so many seconds after it. */
function beginTogether({ samples, timescale }: Track, other: Track, after: number): void {
  const start = (other.samples.firstDecodeTime + other.samples.presentationRange().start) / other.timescale + after;
  samples.firstDecodeTime = Math.round(start * timescale) - samples.presentationRange().start;
}

/** The samples that were carved: how many of each stream and of all, and the offsets of the first and the last. */
interface CarvedExtent {
  readonly carved: readonly number[];
  readonly count: number;
  readonly first: number;
  readonly last: number;
}

function* extentOf(samples: Carving['samples'], streams: number): Generator<void, CarvedExtent> {
  const carved = new Float64Array(streams);
  let [first, last, count] = [Infinity, -Infinity, 0];
  for (let i = 0; i < samples.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (samples.known.data[i] === 1) continue;
    carved[samples.streams.data[i]!]!++;
    const offset = samples.offsets.data[i]!;
    first = Math.min(first, offset);
    last = Math.max(last, offset);
    count++;
  }
  return { carved: [...carved], count, first, last };
}

/** The known samples about the carved ones, and those, in the order in which they lie in the file. */
function* merge(
  { samples, skipped }: Pick<Carving, 'samples' | 'skipped'>,
  streams: readonly CarvedStream[],
): Generator<void, Merged> {
  const { carved, count, first, last } = yield* extentOf(samples, streams.length);
  const isAfloat = streams.some(({ clockBreaks = [] }) => clockBreaks.length > 0);
  const of = streams.map(({ known }, s): JoinedSamples => {
    const length = known?.length ?? 0;
    // Where the clock of a track broke off, all of the others may tell where it goes on.
    const from = isAfloat ? 0 : Math.max(0, firstNotBefore(known, first) - lookedAtBefore);
    const to = isAfloat ? length : Math.min(length, firstNotBefore(known, last) + lookedAtAfter);
    return { stream: s, from: Math.min(from, to), to, carved: carved[s]! };
  });
  const length = count + of.reduce((sum, { from, to }) => sum + to - from, 0);
  const references = new Int32Array(length);
  const columns = { streams: new Uint8Array(length), times: new Float64Array(length) };
  const starts = new Float64Array(length);
  const heads = of.map(({ from }) => from);
  const clocks = of.map(({ from }, s) => timeAt(streams[s]!.known, from));
  yield;
  const leading = leadingTimesOf(samples, skipped, streams);
  const passed = streams.map(() => 0);
  let head = 0;
  let mediaBytes = 0;
  for (let n = 0; n < length; n++) {
    if (n % samplesAtOnce === 0) yield;
    while (head < samples.length && samples.known.data[head] === 1) head++;
    let offset = head < samples.length ? samples.offsets.data[head]! : Infinity;
    let chosen = -1;
    for (const [s, { to }] of of.entries()) {
      const next = heads[s]! < to ? streams[s]!.known!.offsets.data[heads[s]!]! : Infinity;
      if (next >= offset) continue;
      offset = next;
      chosen = s;
    }
    starts[n] = offset;
    if (chosen < 0) {
      const s = samples.streams.data[head]!;
      const times = leading[s];
      columns.streams[n] = s;
      columns.times[n] = times === undefined ? Number.NaN : leadingTime(times, passed[s]!);
      passed[s]!++;
      mediaBytes += samples.sizes.data[head]!;
      references[n] = ~head++;
      continue;
    }
    const known = streams[chosen]!.known!;
    const index = heads[chosen]!++;
    const [firstBreak = Infinity] = streams[chosen]!.clockBreaks ?? [];
    columns.streams[n] = chosen;
    columns.times[n] = index < firstBreak ? clocks[chosen]! / streams[chosen]!.timescale : Number.NaN;
    clocks[chosen]! += known.durations.data[index]!;
    mediaBytes += known.sizes.data[index]!;
    references[n] = index;
  }
  const losses = skipped.flatMap(({ offset, length: bytes }) => {
    const before = lowerBound(starts, offset + bytes);
    return before > 0 && before < length && starts[before - 1]! < offset ? [{ before, bytes }] : [];
  });
  const stretches: TimedStretch[] = [];
  for (const [s, stream] of streams.entries()) stretches.push(...(yield* stretchesOf(columns, references, stream, s)));
  return { arrivals: { ...columns, losses, mediaBytes, stretches }, references, of, leading };
}

/** The stretches of a stream of which an index tells the distances, but not when they begin. */
function* stretchesOf(
  { streams }: Pick<Arrivals, 'streams'>,
  references: Int32Array,
  { known, clockBreaks = [], openFrom = Infinity, timescale }: CarvedStream,
  s: number,
): Generator<void, TimedStretch[]> {
  if (known === undefined || clockBreaks.length === 0) return [];
  // Every known sample is among them where a clock broke off, in its order.
  const own = new Uint32Array(known.length);
  let count = 0;
  for (let n = 0; n < references.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (streams[n] === s && references[n]! >= 0) own[count++] = n;
  }
  const stretches: TimedStretch[] = [];
  for (const [b, from] of clockBreaks.entries()) {
    if (from >= openFrom) break;
    const numbers = own.subarray(from, Math.min(clockBreaks[b + 1] ?? count, count));
    if (numbers.length === 0) continue;
    const passed = new Float64Array(numbers.length);
    let ticks = 0;
    for (let n = 1; n < numbers.length; n++) {
      if (n % samplesAtOnce === 0) yield;
      ticks += known.durations.data[from + n - 1]!;
      passed[n] = ticks / timescale;
    }
    stretches.push({ stream: s, numbers, passed });
  }
  return stretches;
}

/** Number of the first sample that does not begin before `offset`. */
function firstNotBefore(table: SampleTable | undefined, offset: number): number {
  return table === undefined ? 0 : lowerBound(table.offsets.values(), offset);
}

/** Decode time of a known sample in ticks. */
function timeAt(table: SampleTable | undefined, index: number): number {
  let time = table?.firstDecodeTime ?? 0;
  for (let i = 0; i < index; i++) time += table!.durations.data[i]!;
  return time;
}
