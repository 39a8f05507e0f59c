/**
 * Puts the tracks of a recording on one timeline: decode times that rise, and for each track how long after the
 * beginning of the presentation its first picture or audio sample comes. It knows tracks and their tables, no container.
 */
import type { Findings } from './findings.ts';
import type { SampleTable } from './sample-table.ts';
import type { DataTrack, Track } from './track.ts';

/**
 * A clock that stepped back and is ahead of where it was again within this many samples has only stumbled (a few frames
 * with wrong timestamps); otherwise it was set back and goes on from there.
 */
const stumbleLength = 32;

/**
 * Makes the decode times of a table rise, in place. Durations below zero stand in the table as the recorder wrote them,
 * modulo 2^32 (observed: 4294967029 for -267).
 *
 * A stumble, back or ahead: its samples are decoded at even steps between their neighbours and, in a video track, are still presented at
 * the time recorded. A clock set back: the samples go on at the pace of the ones before, what follows keeps its distances,
 * and the recorded clock is taken up again if it gets ahead. Audio has no composition offsets in any player, so a
 * stumbling audio sample is presented when it is decoded.
 */
export function makeDecodeTimesRise(
  track: Pick<Track, 'kind' | 'timescale' | 'samples'>,
  findings: Findings,
  file?: string,
): void {
  const { samples, kind, timescale } = track;
  const durations = samples.durations.data;
  const last = samples.length - 1;
  const usual = usualDuration(samples);
  const earliest = samples.compositionOffset(0);
  let recorded = 0; // the recorded clock at sample i
  let decoded = 0; // the clock written, at sample i
  for (let i = 0; i < last; i++) {
    const delta = durations[i]!;
    const next = recorded + delta;
    const lag = decoded - recorded;
    if (delta >= 0) {
      // Ahead of the recorded clock after a setback: back on it as soon as it jumps past us.
      const resumed = lag > 0 && next > decoded;
      durations[i] = resumed ? next - decoded : delta;
      decoded = resumed ? next : decoded + delta;
      recorded = next;
      continue;
    }
    const place = { track: kind, sample: i + 2, ...(file === undefined ? {} : { file }) };
    const seconds = ((-delta * 1000) / timescale).toFixed(0);
    const end = lag > 0 ? -1 : endOfStumble(durations, i, last);
    const jump = lag > 0 || end >= 0 ? -1 : startOfJump(durations, i);
    if (end < 0 && jump < 0) {
      findings.add(
        'decode-time-backward',
        `sample ${i + 2}: the clock was set back by ${seconds} ms and did not return; the samples go on without the step`,
        place,
      );
      durations[i] = usual;
      decoded += usual;
      recorded = next;
      continue;
    }
    const count = jump < 0 ? end - i - 1 : i - jump;
    const ahead = jump < 0 ? '' : ', after running ahead';
    findings.add(
      'decode-time-backward',
      `sample ${i + 2}: decode time steps back by ${seconds} ms${jump < 0 ? ` for ${count} sample${count === 1 ? '' : 's'}` : ahead}; spread evenly${kind === 'video' ? ', presentation times kept' : ''}`,
      place,
    );
    if (jump < 0) {
      recorded = spreadEvenly(samples, kind, { from: i, to: end, start: recorded, earliest });
      i = end - 1;
    } else {
      const start = recorded - spanBetween(durations, jump, i);
      recorded = spreadEvenly(samples, kind, { from: jump, to: i + 1, start, earliest });
    }
    decoded = recorded;
  }
}

/**
 * Gives the samples between two of them even steps; those two stay where they are. `start`: the clock at the first.
 * Returns the clock at the second.
 */
function spreadEvenly(
  samples: SampleTable,
  kind: Track['kind'],
  { from, to, start, earliest }: { from: number; to: number; start: number; earliest: number },
): number {
  const durations = samples.durations.data;
  const span = spanBetween(durations, from, to);
  let evenly = start;
  let recorded = start;
  for (let j = from; j < to; j++) {
    recorded += durations[j]!;
    const wanted = start + Math.floor((span * (j + 1 - from)) / (to - from));
    durations[j] = wanted - evenly;
    evenly = wanted;
    if (j + 1 < to && kind === 'video') keepPresentationTime(samples, j + 1, recorded - evenly, evenly, earliest);
  }
  return evenly;
}

/** The sample after `from` at which the recorded clock is ahead of `from` again, or -1 if that is not soon. */
function endOfStumble(durations: Int32Array, from: number, last: number): number {
  let ahead = 0;
  for (let j = from; j < Math.min(last, from + stumbleLength); j++) {
    ahead += durations[j]!;
    if (ahead > 0) return j + 1;
  }
  return -1;
}

/**
 * The sample after which the clock jumped ahead to where it was at `from`, before it stepped back between there and then;
 * -1 if it did not jump or ran ahead for long. A jump is most of the step back; a clock that was set back came there step
 * by step.
 */
function startOfJump(durations: Int32Array, from: number): number {
  const stepBack = -durations[from]!;
  let ahead = stepBack;
  for (let j = from - 1; j >= Math.max(0, from - stumbleLength); j--) {
    const step = durations[j]!;
    ahead -= step;
    if (ahead <= 0) return 2 * step > stepBack ? j : -1;
  }
  return -1;
}

function spanBetween(durations: Int32Array, from: number, to: number): number {
  let span = 0;
  for (let j = from; j < to; j++) span += durations[j]!;
  return span;
}

/** Moves the composition offset of a sample whose decode time was moved the other way, unless it would come before everything else. */
function keepPresentationTime(
  samples: SampleTable,
  index: number,
  moved: number,
  decodeTime: number,
  earliest: number,
): void {
  const presentationTime = decodeTime + moved + samples.compositionOffset(index);
  if (presentationTime < earliest) return;
  const offsets = samples.ensureCompositionOffsets();
  offsets.data[index] = offsets.at(index) + moved;
}

/** The duration met most often among the first samples, which is the rhythm of the track; at least 1 tick. */
export function usualDuration(samples: SampleTable): number {
  const seen = new Map<number, number>();
  const durations = samples.durations.data;
  let usual = 1;
  let most = 0;
  for (let i = 0; i < Math.min(samples.length, 4096); i++) {
    const duration = durations[i]!;
    if (duration <= 0) continue;
    const times = (seen.get(duration) ?? 0) + 1;
    seen.set(duration, times);
    if (times > most) {
      most = times;
      usual = duration;
    }
  }
  return usual;
}

/** A track and its place on the timeline of the presentation. */
export interface PlacedTrack<T extends Track | DataTrack = Track> {
  readonly track: T;
  /** Seconds from the beginning of the presentation to the track's first picture or audio sample. */
  readonly delaySeconds: number;
  /** Ticks of the track from its first decode time to its first picture or audio sample: what an edit list skips. */
  readonly presentationStart: number;
  /** Ticks from the track's first picture or audio sample to the end of its last. */
  readonly presentationDuration: number;
}

/**
 * Places the tracks so that the presentation begins with the first picture or audio sample of any of them, and everything else
 * keeps its distance to that. Data that comes before it has a negative delay.
 */
export function placeOnTimeline<T extends Track | DataTrack>(tracks: readonly T[]): PlacedTrack<T>[] {
  const placed = tracks.map((track) => {
    const { start, end } = track.samples.presentationRange();
    return {
      track,
      presentationStart: start,
      presentationDuration: end - start,
      seconds: (track.samples.firstDecodeTime + start) / track.timescale,
    };
  });
  const leading = placed.filter(({ track }) => track.samples.length > 0 && track.kind !== 'data');
  const begin = Math.min(...leading.map(({ seconds }) => seconds));
  return placed.map(({ seconds, ...place }) => ({
    ...place,
    delaySeconds: place.track.samples.length === 0 || leading.length === 0 ? 0 : seconds - begin,
  }));
}
