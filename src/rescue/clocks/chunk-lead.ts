/**
 * How far the clock of one track leads that of the other, shown by where their chunks begin and end; and what follows where
 * that changes for good: a pause of one of them, or media that it lost.
 */
import { chunkEnd, type OwnClock, type RunSpan } from './own-clocks.ts';
import { median } from './rhythm.ts';

/** A lead that changes by less, in seconds, is the rounding of chunks to whole frames. */
const minPause = 0.12;
/** Edges of chunks that have to agree before a change of the lead is believed, and that its level is read from. */
const confirmingEdges = 3;
const levelEdges = 9;
/** Pauses for each chunk; a recording with more of them has no steady lead. */
const maxPauses = 0.1;
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
function edgesOf(spans: readonly RunSpan[], pictures: OwnClock, audio: OwnClock): Edge[] {
  const edges: Edge[] = [];
  const whole = spans.length > 3 ? spans.length - 1 : spans.length;
  for (let r = 1; r < whole; r++) {
    const [before, after] = [spans[r - 1]!, spans[r]!];
    const [shown, heard] = after.isAudio ? [before, after] : [after, before];
    const lengths = [after, before].map((span) => (span.to - span.from) * (span.isAudio ? audio : pictures).step);
    edges.push({
      isAudio: after.isAudio,
      from: after.from,
      pictures: shown.to,
      frames: heard.to,
      lead: chunkEnd(shown, pictures, audio) - chunkEnd(heard, pictures, audio),
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
export function* followLead(
  spans: readonly RunSpan[],
  pictures: OwnClock,
  audio: OwnClock,
): Generator<void, number | undefined> {
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
function pausedBefore(spans: readonly RunSpan[], { isAudio, from }: Edge, by: number, { step }: OwnClock): number {
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
  const after: number[] = [];
  for (let i = n; i < edges.length && after.length < confirmingEdges; i += 2) after.push(sign * edges[i]!.lead);
  if (before.length < confirmingEdges || after.length < 2) return undefined;
  const [from, to] = [before, after].map((leads) => median(Float64Array.from(leads))) as [number, number];
  const unrest = Math.max(...[before, after].map((leads) => Math.max(...leads) - Math.min(...leads)));
  return { by: to - from, unrest, isNew: to > maxLead + minPause / 2 };
}
