/**
 * Places two tracks in time whose writer put whole chunks of one after whole chunks of the other (phones, cameras,
 * packagers): there the order in the file says little of single samples, and what lies before was not decoded before. Each
 * track has a clock of its own, by the length of its frames and the step of its pictures; where chunks begin and end tells
 * how far one clock may lead the other, and a lead that changes for good is a pause or a loss in one of them.
 *
 * Both tracks begin together unless the chunks contradict it (of 206 genuine recordings 95 % begin within 67 ms). It knows
 * orders and lengths, no codec and no bytes.
 */
import { samplesOf, type Arrivals } from './arrivals.ts';
import { runsOf, type Runs } from './interleaving.ts';
import { median, usualStep } from './rhythm.ts';

/** A lead that changes by less, in seconds, is the rounding of chunks to whole frames. */
const minPause = 0.12;
/** Chunk ends that have to agree before a change of the lead is believed, and that its level is read from. */
const confirmingEnds = 3;
const levelEnds = 9;
/** The pictures' own timing and the audio beside them may differ by this part before the audio is believed. */
const maxTimingError = 0.02;
/** Part of the chunk ends that may leave a steady rate before the pictures are taken to come at a varying one. */
const maxIrregularEnds = 0.3;
/** Pauses that are followed; a recording with more of them has no steady lead. */
const maxChanges = 200;
/** Media that is missing took from both tracks where it lasted longer than this, in seconds. */
const minLossOfBoth = 0.5;

export interface ChunkedTracks {
  /** Numbers of the streams of the pictures and of the audio, whose frames last `frame` seconds. */
  readonly pictures: number;
  readonly clock: number;
  readonly frame: number;
  /** Seconds from picture to picture by the stream itself or a reference, where one says it. */
  readonly step: number | undefined;
}

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

/** Fills the unknown times of both tracks; undefined, with nothing changed, where there is too little to go by. */
export function placeChunks(arrivals: Arrivals, tracks: ChunkedTracks): ChunkPlacement | undefined {
  const runs = runsOf(arrivals.streams, tracks.pictures, tracks.clock);
  const { step, contradiction } = pictureStep(runs, arrivals, tracks);
  if (step === undefined) return undefined;
  const seconds = mediaSeconds(runs, arrivals, tracks);
  const pictures = ownClock(arrivals, tracks.pictures, step, seconds);
  const audio = ownClock(arrivals, tracks.clock, tracks.frame, seconds);
  const spans = spansOf(runs, arrivals.streams, tracks.clock, pictures, audio);
  const pausesBound = followLead(spans, pictures, audio);
  const beginning = settleBeginning(spans, pictures, audio, arrivals.isClosed === true);
  if (isUneven(spans, pictures, audio)) spreadBetweenEnds(spans, pictures, audio);
  for (const { numbers, times } of [pictures, audio]) {
    for (const [n, number] of numbers.entries()) arrivals.times[number] = times[n]!;
  }
  return { ...beginning, step, boundSeconds: beginning.boundSeconds + pausesBound, contradiction };
}

/** The step of the pictures: as they say it themselves, unless the audio beside them says something else. */
function pictureStep(
  runs: Runs,
  { streams }: Arrivals,
  { clock, frame, step }: ChunkedTracks,
): { readonly step: number | undefined; readonly contradiction: number | undefined } {
  const measured = measuredStep(runs, streams, clock, frame);
  if (measured === undefined) return { step, contradiction: undefined };
  const usual = usualStep(measured.step, measured.accuracy);
  if (step === undefined) return { step: usual, contradiction: undefined };
  const difference = Math.abs(measured.step / step - 1);
  const differs = difference > Math.max(maxTimingError, 1.5 * measured.accuracy);
  return differs ? { step: usual, contradiction: difference } : { step, contradiction: undefined };
}

/**
 * Seconds of audio for one picture, and the part that it may be off: the middle one of many spans between chunk ends, so
 * that pauses do not count. Undefined where there is too little.
 */
function measuredStep(
  runs: Runs,
  streams: Uint8Array,
  clock: number,
  frame: number,
): { readonly step: number; readonly accuracy: number } | undefined {
  const ends: { seconds: number; pictures: number }[] = [{ seconds: 0, pictures: 0 }];
  let [seconds, pictures] = [0, 0];
  // The last run, which a crash may have cut, is left aside where others are enough.
  const whole = runs.length > 3 ? runs.length - 1 : runs.length;
  for (let r = 0; r < whole; r++) {
    if (streams[runs.first[r]!] === clock) seconds += runs.count[r]! * frame;
    else pictures += runs.count[r]!;
    if (r % 2 === 1) ends.push({ seconds, pictures });
  }
  const last = ends.length - 1;
  if (last < 1) return undefined;
  const span = Math.max(1, last >> 1);
  const steps: number[] = [];
  for (let n = 0; n + span <= last; n++) {
    const [from, to] = [ends[n]!, ends[n + span]!];
    if (to.pictures === from.pictures || to.seconds <= from.seconds) continue;
    steps.push((to.seconds - from.seconds) / (to.pictures - from.pictures));
  }
  if (steps.length === 0) return undefined;
  const step = median(Float64Array.from(steps));
  const all = ends[last]!;
  // Chunks are cut at whole frames and pictures, at both ends of a span.
  const cut = frame / step + 2;
  const mean = all.seconds / all.pictures;
  return Math.abs(mean / step - 1) * all.pictures < 2 * cut
    ? { step: mean, accuracy: cut / all.pictures }
    : { step, accuracy: (cut * last) / (span * all.pictures) };
}

function mediaSeconds(runs: Runs, { streams }: Arrivals, { clock, frame }: ChunkedTracks): number {
  let frames = 0;
  for (const [r, first] of runs.first.entries()) if (streams[first] === clock) frames += runs.count[r]!;
  return frames * frame;
}

/** A track by its own clock: known times stay, the others go on from them in steps, and begin at 0 where none is known. */
function ownClock(arrivals: Arrivals, stream: number, step: number, seconds: number): OwnClock {
  const numbers = samplesOf(arrivals, stream);
  const times = Float64Array.from(numbers, (number) => arrivals.times[number]!);
  const lost = lostBefore(arrivals, numbers, step, seconds);
  const firstKnown = times.findIndex((time) => !Number.isNaN(time));
  const lastKnown = times.findLastIndex((time) => !Number.isNaN(time));
  if (firstKnown < 0 && times.length > 0) times[0] = 0;
  for (let n = firstKnown - 1; n >= 0; n--) times[n] = times[n + 1]! - step - (lost.get(n + 1) ?? 0);
  let from = Math.max(0, firstKnown);
  for (let n = from + 1; n < times.length; n++) {
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
    const n = numbers.findIndex((number) => number >= before);
    if (n > 0 && duration >= minLossOfBoth) lost.set(n, (lost.get(n) ?? 0) + Math.round(duration / step) * step);
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

/** Ends of pairs of chunks: numbers of the samples behind them, and by how much the pictures' clock leads there. */
interface PairEnd {
  readonly picture: number;
  readonly frame: number;
  lead: number;
}

/** The ends of every second run from `first` on, by which the tracks are compared. */
function pairEnds(spans: readonly Span[], first: number, pictures: OwnClock, audio: OwnClock): PairEnd[] {
  const ends: PairEnd[] = [];
  for (let r = Math.max(1, first); r < spans.length; r++) {
    if ((r - first) % 2 !== 0) continue;
    const [one, other] = [spans[r]!, spans[r - 1]!];
    const [picture, sound] = one.isAudio ? [other, one] : [one, other];
    const lead = endOf(picture, pictures, audio) - endOf(sound, pictures, audio);
    ends.push({ picture: picture.to, frame: sound.to, lead });
  }
  return ends;
}

/** Whichever pairing of runs, with the one before or the one behind, gives the steadier lead. */
function steadierEnds(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): PairEnd[] {
  const [one, other] = [1, 2].map((first) => pairEnds(spans, first, pictures, audio)) as [PairEnd[], PairEnd[]];
  if (other.length < 2) return one;
  const [unrest, otherUnrest] = [one, other].map((ends) => unrestOf(ends));
  return otherUnrest! < unrest! - 1e-9 ? other : one;
}

function unrestOf(ends: readonly PairEnd[]): number {
  const changes = ends.slice(1).map(({ lead }, n) => Math.abs(lead - ends[n]!.lead));
  return changes.length === 0 ? 0 : median(Float64Array.from(changes));
}

/**
 * Where the lead changes for good, the track that fell behind paused, or lost media: what follows of it is moved by as
 * much. Returns by how much the samples of the run about a pause may be off.
 */
function followLead(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): number {
  let bound = 0;
  for (let changes = 0; changes < maxChanges; changes++) {
    const ends = steadierEnds(spans, pictures, audio);
    const change = firstChange(ends, audio, pictures);
    if (change === undefined) break;
    const { at, by } = change;
    const { frame, picture } = ends[at - 1]!;
    const moved = by > 0 ? audio : pictures;
    const from = by > 0 ? frame : picture;
    for (let n = from; n < moved.times.length; n++) moved.times[n]! += Math.abs(by);
    const next = ends[at]!;
    bound = Math.max(bound, (by > 0 ? next.frame - frame : next.picture - picture) * moved.step);
  }
  return bound;
}

/** The first pair of chunks behind which the lead is another one, and by how much. */
function firstChange(
  ends: readonly PairEnd[],
  audio: OwnClock,
  pictures: OwnClock,
): { readonly at: number; readonly by: number } | undefined {
  const usual = unrestOf(ends);
  const least = Math.max(minPause, 4 * usual, audio.step + pictures.step);
  // The last pair may be cut by the crash.
  for (let n = 1; n < ends.length - 1; n++) {
    const before = leadBefore(ends, n);
    if (Math.abs(ends[n]!.lead - before) < least) continue;
    const behind = ends.slice(n, Math.min(n + confirmingEnds, ends.length - 1)).map(({ lead }) => lead);
    const after = median(Float64Array.from(behind));
    if (Math.abs(after - before) < least || Math.sign(after - before) !== Math.sign(ends[n]!.lead - before)) continue;
    const { frame, picture } = ends[n]!;
    const isOpen = after > before ? frame > audio.firstOpen : picture > pictures.firstOpen;
    if (isOpen) return { at: n, by: after - before };
  }
  return undefined;
}

/** The level of the lead before a pair end. */
function leadBefore(ends: readonly PairEnd[], n: number): number {
  return median(Float64Array.from(ends.slice(Math.max(0, n - levelEnds), n).map(({ lead }) => lead)));
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
  for (let n = 0; n < moved.times.length; n++) moved.times[n]! += distance;
  const room = [by - lowest, highest - by, by - ordered].map(Math.abs).filter(Number.isFinite);
  return { together: !isLate && pictures.firstOpen + audio.firstOpen === 0, boundSeconds: Math.max(0, ...room) + grain };
}

/** Whether the pictures come at a varying rate: their own clock leaves the audio's at many ends, now one way, now the other. */
function isUneven(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): boolean {
  const ends = steadierEnds(spans, pictures, audio);
  if (ends.length < confirmingEnds) return false;
  const level = median(Float64Array.from(ends.map(({ lead }) => lead)));
  const grain = 2 * (pictures.step + audio.step);
  const off = ends.filter(({ lead }) => Math.abs(lead - level) > grain).length;
  return off > maxIrregularEnds * ends.length;
}

/** Lets the pictures between two ends come evenly in the time that the audio says passed there. */
function spreadBetweenEnds(spans: readonly Span[], pictures: OwnClock, audio: OwnClock): void {
  const ends = steadierEnds(spans, pictures, audio);
  const level = median(Float64Array.from(ends.map(({ lead }) => lead)));
  let [from, offBefore] = [0, ends[0]!.lead - level];
  for (const { picture, lead } of ends) {
    const off = lead - level;
    for (let n = Math.max(from, pictures.firstOpen); n < picture; n++) {
      pictures.times[n]! -= offBefore + ((off - offBefore) * (n - from)) / Math.max(1, picture - from);
    }
    [from, offBefore] = [picture, off];
  }
  for (let n = Math.max(from, pictures.firstOpen); n < pictures.times.length; n++) pictures.times[n]! -= offBefore;
}
