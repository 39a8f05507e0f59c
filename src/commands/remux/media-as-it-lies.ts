/**
 * Whether the media of an input can stay as it lies: its samples fill one range of one file, with the tracks in turn as players
 * read them. Then nothing but the index is written anew. What is to become of media that cannot is for others.
 */
import { FileSource } from '../../io/file-source.ts';
import type { RemuxedTrack } from './join.ts';

/** A range of a file. */
export interface LyingMedia {
  readonly media: FileSource;
  readonly start: number;
  readonly end: number;
}

/** No sample may lie behind one that is decoded so many seconds later: players that go back for it stop, or read twice. */
const maxSecondsApart = 1;

const samplesAtOnce = 65_536;

/** Where the walk through a track's samples is. */
interface Walk {
  readonly track: RemuxedTrack;
  next: number;
  ticks: number;
}

/**
 * The range that the samples of all tracks fill, without anything between; undefined where they do not, or not in turn. Goes
 * step by step.
 */
export function* mediaAsItLies(tracks: readonly RemuxedTrack[]): Generator<void, LyingMedia | undefined> {
  const media = tracks[0]?.pieces[0]?.media;
  if (!(media instanceof FileSource)) return undefined;
  if (tracks.some(({ pieces }) => pieces.length !== 1 || pieces[0]!.media !== media)) return undefined;
  const walks = tracks.map((track): Walk => ({ track, next: 0, ticks: track.samples.firstDecodeTime }));
  const start = Math.min(...walks.map(offsetOf));
  let at = start;
  let latest = -Infinity;
  for (let walked = 1; ; walked++) {
    if (walked % samplesAtOnce === 0) yield;
    const walk = walks.find((each) => offsetOf(each) === at);
    if (walk === undefined) break;
    const { samples, timescale } = walk.track;
    const seconds = walk.ticks / timescale;
    if (seconds < latest - maxSecondsApart) return undefined;
    latest = Math.max(latest, seconds);
    at += samples.sizes.data[walk.next]!;
    walk.ticks += samples.durations.data[walk.next]!;
    walk.next++;
  }
  const isAll = walks.every(({ next, track }) => next === track.samples.length);
  return isAll && at > start ? { media, start, end: at } : undefined;
}

function offsetOf({ track: { samples }, next }: Walk): number {
  return next < samples.length ? samples.offsets.data[next]! : Infinity;
}
