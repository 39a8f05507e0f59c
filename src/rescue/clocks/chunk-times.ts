/**
 * Places two tracks in time whose writer put whole chunks of one after whole chunks of the other (phones, cameras,
 * packagers): there the order in the file says little of single samples, and what lies before was not decoded before. Each
 * track has a clock of its own, by the length of its frames and the step of its pictures; where chunks begin and end tells
 * how far one clock may lead the other, and a lead that changes for good is a pause or a loss in one of them.
 *
 * Both tracks begin together unless the chunks contradict it (of 206 genuine recordings 95 % begin within 67 ms). It knows
 * orders and lengths, no codec and no bytes.
 */
import { lowerBound, putAt, samplesOf, valuesAt, type Arrivals } from './arrivals.ts';
import { samplesAtOnce } from '../../media/sample-table.ts';
import { runsOf, type Runs } from './interleaving.ts';
import { median, usualStep, usualStepsNear } from './rhythm.ts';

/** A lead that changes by less, in seconds, is the rounding of chunks to whole frames. */
const minPause = 0.12;
/** Edges of chunks that have to agree before a change of the lead is believed, and that its level is read from. */
const confirmingEdges = 3;
const levelEdges = 9;
/** The pictures' own timing and the audio beside them may differ by this part before the audio is believed. */
const maxTimingError = 0.02;
/** Pauses for each chunk; a recording with more of them has no steady lead. */
const maxPauses = 0.1;
/** Media that is missing took from both tracks where it lasted longer than this, in seconds. */
const minLossOfBoth = 0.5;

/** Two tracks in chunks, by their numbers among the streams of the arrivals. */
export interface ChunkedTracks {
  /** Numbers of the streams of the pictures and of the audio, whose frames last `frame` seconds. */
  readonly pictures: number;
  readonly clock: number;
  readonly frame: number;
  /** Seconds from picture to picture by the stream itself or a reference, where one says it. */
  readonly step: number | undefined;
}

/** How two tracks in chunks were placed against each other. */
export interface ChunkPlacement {
  /** Seconds from picture to picture that were used. */
  readonly step: number;
  /** By how much the tracks may be off against each other, in seconds, where they did not begin together. */
  readonly boundSeconds: number;
  /** By which part the pictures' own timing and the audio differ (0.38: 38 %); undefined where they agree. */
  readonly contradiction: number | undefined;
  /** Both tracks begin with the presentation, as nothing says otherwise. */
  readonly together: boolean;
}

/** One track, and its own clock. */
interface OwnClock {
  /** Places of its samples in the arrivals. */
  readonly numbers: Uint32Array;
  readonly times: Float64Array;
  /** Seconds a sample lasts. */
  readonly step: number;
  /** Number of the first sample behind all whose times an index tells: 0 where none does. */
  readonly firstOpen: number;
}

/**
 * Fills the unknown times of both tracks; undefined, with nothing changed, where there is too little to go by. Goes step by
 * step.
 */
export function* placeChunks(arrivals: Arrivals, tracks: ChunkedTracks): Generator<void, ChunkPlacement | undefined> {
  const runs = yield* runsOf(arrivals.streams, tracks.pictures, tracks.clock);
  const counts = countsAtEdges(runs, arrivals.streams, tracks.clock, tracks.frame);
  const measured = measuredStep(counts);
  const likeliest = measured === undefined ? undefined : likeliestStep(counts, measured);
  const step = tracks.step ?? likeliest;
  if (step === undefined) return undefined;
  const layout = yield* layOut(arrivals, runs, tracks, step);
  if (layout.isSteady || likeliest === undefined || tracks.step === undefined) {
    return yield* finish(arrivals, layout, step, {
      uncertain: tracks.step === undefined ? uncertaintyOf(counts, measured) : 0,
    });
  }
  const difference = Math.abs(likeliest / tracks.step - 1);
  if (difference < maxTimingError) return yield* finish(arrivals, layout, step, {});
  const audioLed = yield* layOut(arrivals, runs, tracks, likeliest);
  return yield* finish(arrivals, audioLed, likeliest, { contradiction: difference });
}

/** Seconds by which a measured step may put the last picture wrong. */
function uncertaintyOf(counts: readonly CountsAtEnd[], measured: MeasuredStep | undefined): number {
  const { seconds } = counts.at(-1)!;
  const { accuracy, spread } = measured ?? { accuracy: 0, spread: 0 };
  return (accuracy + spread) * seconds + (4 * seconds) / counts.length;
}

/** Both tracks by their own clocks, laid beside each other. */
interface Layout {
  readonly spans: readonly Span[];
  readonly pictures: OwnClock;
  readonly audio: OwnClock;
  /** Whether a few pauses explain where the chunks are; otherwise the pictures are spread between the chunks of audio. */
  readonly isSteady: boolean;
  readonly boundSeconds: number;
}

function* layOut(arrivals: Arrivals, runs: Runs, tracks: ChunkedTracks, step: number): Generator<void, Layout> {
  const seconds = mediaSeconds(runs, arrivals, tracks);
  yield;
  const pictures = yield* ownClock(arrivals, tracks.pictures, step, seconds);
  const audio = yield* ownClock(arrivals, tracks.clock, tracks.frame, seconds);
  const spans = spansOf(runs, arrivals.streams, tracks.clock, pictures, audio);
  yield;
  const pauses = isVarying(spans, audio) ? undefined : yield* followLead(spans, pictures, audio);
  yield;
  const boundSeconds = pauses ?? spreadInChunks(spans, pictures, audio);
  return { spans, pictures, audio, isSteady: pauses !== undefined, boundSeconds };
}

/** Writes a layout into the arrivals. `uncertain`: seconds by which the step may put the last picture wrong. */
function* finish(
  arrivals: Arrivals,
  { spans, pictures, audio, boundSeconds }: Layout,
  step: number,
  { contradiction = undefined as number | undefined, uncertain = 0 },
): Generator<void, ChunkPlacement> {
  const beginning = settleBeginning(spans, pictures, audio, arrivals.isClosed === true);
  for (const { numbers, times } of [pictures, audio]) yield* putAt(arrivals.times, numbers, times);
  const { together } = beginning;
  return { together, step, boundSeconds: beginning.boundSeconds + boundSeconds + uncertain, contradiction };
}

/** What lies before the end of a chunk: seconds of audio and pictures, and whether the chunk is of audio. */
interface CountsAtEnd {
  readonly isAudio: boolean;
  readonly seconds: number;
  readonly pictures: number;
}

/** The last chunk, which a crash may have cut, is left aside where others are enough. */
function countsAtEdges(runs: Runs, streams: Uint8Array, clock: number, frame: number): CountsAtEnd[] {
  const counts: CountsAtEnd[] = [{ isAudio: false, seconds: 0, pictures: 0 }];
  let [seconds, pictures] = [0, 0];
  const whole = runs.length > 3 ? runs.length - 1 : runs.length;
  for (let r = 0; r < whole; r++) {
    const isAudio = streams[runs.first[r]!] === clock;
    if (isAudio) seconds += runs.count[r]! * frame;
    else pictures += runs.count[r]!;
    counts.push({ isAudio, seconds, pictures });
  }
  return counts;
}

interface MeasuredStep {
  readonly step: number;
  /** The part that it may be off by how the chunks were cut. */
  readonly accuracy: number;
  /** The part by which the middle one of many spans and the mean of all differ: pauses, or a track that began late. */
  readonly spread: number;
}

/** Seconds of audio that a rate is measured over: long enough for whole frames, short enough to lie beside most pauses. */
const measuredSpan = 4;

/** Seconds of audio for one picture: the middle one of many spans between chunk ends, so that pauses do not count. */
function measuredStep(counts: readonly CountsAtEnd[]): MeasuredStep | undefined {
  const ends = counts.filter((_, n) => n % 2 === 0);
  const last = ends.length - 1;
  const all = ends[last]!;
  if (last < 1 || all.pictures === 0 || all.seconds === 0) return undefined;
  const pairs = Math.round((measuredSpan * last) / all.seconds);
  const span = Math.min(Math.max(1, pairs), Math.max(1, last >> 2));
  const steps: number[] = [];
  for (let n = 0; n + span <= last; n++) {
    const [from, to] = [ends[n]!, ends[n + span]!];
    if (to.pictures === from.pictures || to.seconds <= from.seconds) continue;
    steps.push((to.seconds - from.seconds) / (to.pictures - from.pictures));
  }
  if (steps.length === 0) return undefined;
  const step = median(Float64Array.from(steps));
  // Chunks are cut at whole frames and pictures, and those that drift against each other lie a whole chunk apart.
  const chunk = all.pictures / last;
  const mean = all.seconds / all.pictures;
  const accuracy = (last > 3 ? chunk + 2 : 2) / all.pictures;
  const spread = Math.abs(mean / step - 1);
  if (spread < 2 * accuracy) return { step: mean, accuracy, spread };
  return { step, accuracy: 2 / (span * chunk), spread };
}

/** The usual rate near the measured one under which the chunks contradict their order least; the measured one where none is near. */
function likeliestStep(counts: readonly CountsAtEnd[], { step, accuracy }: MeasuredStep): number {
  let best = { step: usualStep(step, 0), contradiction: Infinity };
  for (const candidate of usualStepsNear(step, accuracy)) {
    const contradiction = contradictionOf(counts, candidate);
    if (contradiction < best.contradiction - candidate / 2) best = { step: candidate, contradiction };
  }
  return best.step;
}

/** Seconds by which the chunks, at a step of the pictures, contradict the order in which they were written. */
function contradictionOf(counts: readonly CountsAtEnd[], step: number): number {
  let [lowest, highest] = [-Infinity, Infinity];
  let sum = 0;
  for (const { isAudio, seconds, pictures } of counts.slice(2)) {
    const lead = pictures * step - seconds;
    if (isAudio) lowest = Math.max(lowest, lead);
    else highest = Math.min(highest, lead);
    sum = Math.max(sum, lowest - highest);
  }
  return sum;
}

function mediaSeconds(runs: Runs, { streams }: Arrivals, { clock, frame }: ChunkedTracks): number {
  let frames = 0;
  for (let r = 0; r < runs.length; r++) if (streams[runs.first[r]!] === clock) frames += runs.count[r]!;
  return frames * frame;
}

/** A track by its own clock: known times stay, the others go on from them in steps, and begin at 0 where none is known. */
function* ownClock(arrivals: Arrivals, stream: number, step: number, seconds: number): Generator<void, OwnClock> {
  const numbers = yield* samplesOf(arrivals, stream);
  const times = yield* valuesAt(arrivals.times, numbers);
  const lost = lostBefore(arrivals, numbers, step, seconds);
  const firstKnown = times.findIndex((time) => !Number.isNaN(time));
  const lastKnown = times.findLastIndex((time) => !Number.isNaN(time));
  if (firstKnown < 0 && times.length > 0) times[0] = 0;
  for (let n = firstKnown - 1; n >= 0; n--) times[n] = times[n + 1]! - step - (lost.get(n + 1) ?? 0);
  let from = Math.max(0, firstKnown);
  for (let n = from + 1; n < times.length; n++) {
    if (n % samplesAtOnce === 0) yield;
    if (Number.isNaN(times[n]!)) {
      times[n] = times[n - 1]! + step + (lost.get(n) ?? 0);
      continue;
    }
    // Between known ones what does not fit is spread: nothing tells where it belongs.
    const [start, end] = [times[from]!, times[n]!];
    const off = end - (times[n - 1]! + step);
    if (n - from > 1 && Math.abs(off) > step / 2) {
      for (let i = from + 1; i < n; i++) times[i] = start + ((end - start) * (i - from)) / (n - from);
    }
    from = n;
  }
  return { numbers, times, step, firstOpen: lastKnown + 1 };
}

/** Seconds that long losses took from both tracks, by the number of the sample behind each. */
function lostBefore(
  { losses, mediaBytes }: Arrivals,
  numbers: Uint32Array,
  step: number,
  seconds: number,
): Map<number, number> {
  const lost = new Map<number, number>();
  const bytesPerSecond = mediaBytes / Math.max(step, seconds);
  for (const { before, bytes } of losses) {
    const duration = bytes / bytesPerSecond;
    const n = lowerBound(numbers, before);
    if (n === 0 || n === numbers.length || duration < minLossOfBoth) continue;
    lost.set(n, (lost.get(n) ?? 0) + Math.round(duration / step) * step);
  }
  return lost;
}

/** Where a run begins and ends, by numbers of its own track's samples. */
interface Span {
  readonly isAudio: boolean;
  readonly from: number;
  readonly to: number;
}

function spansOf(runs: Runs, streams: Uint8Array, clock: number, pictures: OwnClock, audio: OwnClock): readonly Span[] {
  const at = { pictures: 0, audio: 0 };
  const spans: Span[] = [];
  for (const [r, first] of runs.first.entries()) {
    const isAudio = streams[first] === clock;
    const from = isAudio ? at.audio : at.pictures;
    const to = Math.min(from + runs.count[r]!, (isAudio ? audio : pictures).numbers.length);
    if (isAudio) at.audio = to;
    else at.pictures = to;
    spans.push({ isAudio, from, to });
  }
  return spans;
}

function startOf({ isAudio, from }: Span, pictures: OwnClock, audio: OwnClock): number {
  return (isAudio ? audio : pictures).times[from]!;
}

function endOf({ isAudio, to }: Span, pictures: OwnClock, audio: OwnClock): number {
  const clock = isAudio ? audio : pictures;
  return clock.times[to - 1]! + clock.step;
}

/**
 * Where a chunk of one track follows one of the other: how far the pictures' clock is then ahead of the audio's. A chunk is
 * not written before the one in front of it is full, so where a chunk of audio follows the pictures may be ahead by no more
 * than they began before the audio, and where a chunk of pictures follows, by no less.
 */
interface Edge {
  /** Whether the chunk behind is of audio. */
  readonly isAudio: boolean;
  /** Number of the first sample of the chunk behind, in its own track. */
  readonly from: number;
  /** Numbers of the sample behind the last of both chunks. */
  readonly pictures: number;
  readonly frames: number;
  /** Seconds. */
  readonly lead: number;
  /** Seconds that the chunk behind lasts, and the one before it. */
  readonly lengths: readonly [number, number];
}

/** The edges between chunks. The last chunk is left aside where others are enough: a crash may have cut it. */
function edgesOf(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): Edge[] {
  const edges: Edge[] = [];
  const whole = spans.length > 3 ? spans.length - 1 : spans.length;
  for (let r = 1; r < whole; r++) {
    const [before, behind] = [spans[r - 1]!, spans[r]!];
    const [shown, heard] = behind.isAudio ? [before, behind] : [behind, before];
    const lengths = [behind, before].map((span) => (span.to - span.from) * (span.isAudio ? audio : pictures).step);
    edges.push({
      isAudio: behind.isAudio,
      from: behind.from,
      pictures: shown.to,
      frames: heard.to,
      lead: endOf(shown, pictures, audio) - endOf(heard, pictures, audio),
      lengths: lengths as [number, number],
    });
  }
  return edges;
}

/**
 * Where the lead changes for good, the track that fell behind paused, or lost media: what follows of it is moved by as
 * much. Returns by how much the samples of the chunk about a pause may be off, or undefined, with nothing changed, where
 * the lead changes so often that the pictures come at no steady rate.
 */
function* followLead(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): Generator<void, number | undefined> {
  const before = { pictures: pictures.times.slice(), audio: audio.times.slice() };
  let bound = 0;
  const most = Math.max(2, maxPauses * spans.length);
  for (let pauses = 0; pauses <= most; pauses++) {
    yield;
    const change = firstChange(edgesOf(spans, pictures, audio), pictures, audio);
    if (change === undefined) return bound;
    const { edge, by } = change;
    const moved = edge.isAudio ? audio : pictures;
    for (let n = pausedBefore(spans, edge, by, moved); n < moved.times.length; n++) moved.times[n]! += by;
    bound = Math.max(bound, edge.lengths[0]);
  }
  pictures.times.set(before.pictures);
  audio.times.set(before.audio);
  return undefined;
}

/**
 * Number of the sample before which a track paused. A chunk is written when it is full: one that was as long as others when
 * the pause came was filled by the first sample behind it. Where the chunk before is shorter, that one ended with the pause.
 */
function pausedBefore(spans: readonly Span[], { isAudio, from }: Edge, by: number, { step }: OwnClock): number {
  const own = spans.filter((span) => span.isAudio === isAudio);
  const n = own.findIndex((span) => span.from === from);
  const usual = median(Float64Array.from(own.map((span) => span.to - span.from)));
  const isCutShort = n > 0 && own[n - 1]!.to - own[n - 1]!.from < usual - Math.max(1, 0.1 * usual);
  const { to } = own[n]!;
  return by >= usual * step && !isCutShort && to - from > 1 ? to - 1 : from;
}

interface Change {
  /** Behind it the chunk of the track that fell behind. */
  readonly edge: Edge;
  /** Seconds, above 0. */
  readonly by: number;
}

/** The first edge at which the lead contradicts all before it, or is another one for good. */
function firstChange(edges: readonly Edge[], pictures: OwnClock, audio: OwnClock): Change | undefined {
  const grain = 1.5 * Math.max(pictures.step, audio.step);
  // What the pictures' clock is ahead by, as the edges so far allow it: where both begin together, no more and no less.
  const together = pictures.firstOpen > 0 && audio.firstOpen > 0 ? 0 : pictures.times[0]! - audio.times[0]!;
  const beginsSo = edges
    .slice(0, 2)
    .every(({ isAudio, lead }) => (isAudio ? lead - together : together - lead) < grain);
  let [lowest, highest] = beginsSo ? [together, together] : [-Infinity, Infinity];
  // The most that the lead was before, of the edges of either kind, which take turns: -Infinity where there is none.
  const maxLeadBefore: [number, number] = [-Infinity, -Infinity];
  for (const [n, edge] of edges.entries()) {
    const { isAudio, lead, from } = edge;
    const isOpen = from >= (isAudio ? audio : pictures).firstOpen;
    const beyond = isAudio ? lead - highest : lowest - lead;
    const step = isOpen ? levelChange(edges, n, maxLeadBefore[n % 2]!) : undefined;
    maxLeadBefore[n % 2] = Math.max(maxLeadBefore[n % 2]!, isAudio ? lead : -lead);
    if (isOpen && beyond > grain) {
      const atMost = beyond + Math.max(0, highest - lowest);
      return { edge, by: Math.max(minPause, Math.min(Math.max(step?.by ?? 0, beyond), atMost)) };
    }
    const least = Math.max(minPause, 2 * grain);
    const isSteady = step !== undefined && step.unrest < grain && step.isNew && !isTwoChunks(edges, n);
    if (isSteady && step.by > least) return { edge, by: step.by };
    if (isAudio) lowest = Math.max(lowest, lead);
    else highest = Math.min(highest, lead);
  }
  return undefined;
}

/**
 * Whether the chunk before an edge is two of its track, because chunks that last longer than those of the other fell behind
 * until two of the other came first.
 */
function isTwoChunks(edges: readonly Edge[], n: number): boolean {
  const { isAudio, lengths } = edges[n]!;
  const sign = isAudio ? 1 : -1;
  const drift = n < 4 ? -1 : sign * (edges[n - 2]!.lead - edges[Math.max(n % 2, n - 2 * levelEdges)]!.lead);
  if (drift > 0) return false;
  const usual = median(
    Float64Array.from(edges.filter((edge) => edge.isAudio === isAudio).map((edge) => edge.lengths[1])),
  );
  return lengths[1] > 1.5 * usual;
}

interface LevelChange {
  /** By how much the track of the chunk behind falls behind, in seconds. */
  readonly by: number;
  /** How far the leads of which it was read lie apart, before it and behind it. */
  readonly unrest: number;
  /** Whether the lead was never so before: that of chunks which drift against each other comes back. */
  readonly isNew: boolean;
}

/** How the lead changes at an edge, by the edges of its kind before it, which led by at most `maxLead`, and from it on. */
function levelChange(edges: readonly Edge[], n: number, maxLead: number): LevelChange | undefined {
  const { isAudio } = edges[n]!;
  const sign = isAudio ? 1 : -1;
  const before: number[] = [];
  for (let i = n - 2; i >= 0 && before.length < levelEdges; i -= 2) before.push(sign * edges[i]!.lead);
  const behind: number[] = [];
  for (let i = n; i < edges.length && behind.length < confirmingEdges; i += 2) behind.push(sign * edges[i]!.lead);
  if (before.length < confirmingEdges || behind.length < 2) return undefined;
  const [from, to] = [before, behind].map((leads) => median(Float64Array.from(leads))) as [number, number];
  const unrest = Math.max(...[before, behind].map((leads) => Math.max(...leads) - Math.min(...leads)));
  return { by: to - from, unrest, isNew: to > maxLead + minPause / 2 };
}

/** What an end of the recording may be off and still be one that both tracks have in common, in seconds. */
const commonEnd = 0.15;

/** How both tracks begin. */
interface Beginning {
  /** Both with the first sample of either. */
  readonly together: boolean;
  /** By how much they may be off against each other, where they did not begin as assumed. */
  readonly boundSeconds: number;
}

/**
 * Moves one clock so that both begin together. Where the recording was closed, so that both tracks end together too, and
 * they do only if one began late, it began as late as its chunks allow: a chunk neither begins nor ends before the one that
 * lies before it. Of a recording that broke off the end says nothing, and that order alone is no witness: some writers keep
 * audio two seconds ahead (CoreMedia).
 */
function settleBeginning(spans: readonly Span[], pictures: OwnClock, audio: OwnClock, isClosed: boolean): Beginning {
  // Seconds that the order of the chunks allows to be added to the pictures.
  let [lowest, highest] = [-Infinity, Infinity];
  const last = spans.length > 2 ? spans.length - 1 : spans.length;
  for (let r = 1; r < last; r++) {
    const [before, behind] = [spans[r - 1]!, spans[r]!];
    for (const edge of [startOf, endOf]) {
      const difference = edge(behind, pictures, audio) - edge(before, pictures, audio);
      if (before.isAudio) lowest = Math.max(lowest, -difference);
      else highest = Math.min(highest, difference);
    }
  }
  const grain = 1.5 * Math.max(pictures.step, audio.step);
  if (pictures.firstOpen > 0 && audio.firstOpen > 0) return { together: false, boundSeconds: grain };
  const shift = audio.times[0]! - pictures.times[0]!;
  const ordered = shift < lowest - grain ? lowest : shift > highest + grain ? highest : shift;
  const endsApart = pictures.times.at(-1)! + pictures.step - audio.times.at(-1)! - audio.step;
  const endsWithOrder = Math.abs(endsApart + ordered) <= commonEnd && Math.abs(endsApart + shift) > 2 * commonEnd;
  const isLate = isClosed && lowest <= highest + 2 * grain && endsWithOrder;
  const by = isLate ? ordered : shift;
  const [moved, distance] = pictures.firstOpen > 0 ? [audio, -by] : [pictures, by];
  moved.times.set(moved.times.map((time) => time + distance));
  const room = [by - lowest, highest - by, by - ordered].map(Math.abs);
  return {
    together: !isLate && pictures.firstOpen + audio.firstOpen === 0,
    boundSeconds: Math.max(0, ...room) + grain,
  };
}

/** Of the chunks of pictures so many may hold other than the usual number before their rate is a varying one. */
const maxOtherCounts = 0.5;

/** Whether the chunks of audio last alike, and those of pictures hold now more, now fewer: the rate varies. */
function isVarying(spans: readonly Span[], audio: OwnClock): boolean {
  const counts = (isAudio: boolean): Float64Array =>
    Float64Array.from(
      spans
        .slice(0, -1)
        .filter((span) => span.isAudio === isAudio)
        .map(({ from, to }) => to - from),
    );
  const [shown, heard] = [counts(false), counts(true)];
  if (shown.length < levelEdges || heard.length < levelEdges) return false;
  const others = (all: Float64Array, allowed: number): number => {
    const usual = median(all);
    return all.filter((count) => Math.abs(count - usual) > allowed).length / all.length;
  };
  return others(heard, Math.max(1, 0.1 / audio.step)) < 1 - maxOtherCounts && others(shown, 1) > maxOtherCounts;
}

/**
 * Lets the pictures of each chunk come evenly in the time that a chunk lasts, which is that of the audio's; both tracks are
 * taken to begin together, and no chunk to end before the one in front of it. Returns what a picture may be off.
 */
function spreadInChunks(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): number {
  const lengthsOf = (isAudio: boolean, { step }: OwnClock): Float64Array =>
    Float64Array.from(spans.filter((span) => span.isAudio === isAudio).map(({ from, to }) => (to - from) * step));
  const shown = lengthsOf(false, pictures);
  const usual = median(shown);
  const chunksIn = (length: number): number => Math.max(1, Math.round(length / usual));
  // Those of pictures are full a little later than those of audio, by how much the whole recording tells.
  const all = shown.reduce((sum, length) => sum + chunksIn(length), 0);
  const chunk = lengthsOf(true, audio).reduce((sum, length) => sum + length, 0) / all;
  const grain = Math.max(pictures.step, audio.step);
  let end = pictures.times[pictures.firstOpen]!;
  for (const [r, { isAudio, from, to }] of spans.entries()) {
    if (isAudio || to <= pictures.firstOpen) continue;
    const first = Math.max(from, pictures.firstOpen);
    const start = end;
    const chunks = chunksIn((to - from) * pictures.step);
    const isLast = r + 2 >= spans.length;
    end = start + (isLast ? (to - first) * pictures.step : (chunks * chunk * (to - first)) / (to - from));
    const [before, behind] = [spans[r - 1], spans[r + 1]];
    if (before !== undefined) end = Math.max(end, endOf(before, pictures, audio) - grain);
    if (behind !== undefined && !isLast) end = Math.min(end, endOf(behind, pictures, audio) + grain);
    end = Math.max(end, start + (to - first) * 0.001);
    for (let n = first; n < to; n++) pictures.times[n] = start + ((end - start) * (n - first)) / (to - first);
  }
  return chunk;
}
