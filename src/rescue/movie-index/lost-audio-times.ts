/**
 * Whether the audio of a go-rtmp recording has lost its times: that recorder writes one run of equal durations whatever the
 * timestamps were, from 0 on, so that pauses vanish and all that follows comes too early. What is left of the times is the
 * order of arrival: each sample lies in the file behind the picture it came after, whose time is right. It reads tables alone
 * and changes none.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { Track } from '../../media/track.ts';
import type { Movie, MovieFile, MovieTrack } from '../../mp4/movie-reader.ts';
import { isOfGoServer } from './put-right.ts';

/** Seconds by which audio has to be late to have paused; less is how senders interleave. */
const minPause = 0.15;
/** Seconds between what the index says and what the order says that are worth a change. */
const minDeviationToRepair = 0.1;
/** Samples that tell how far audio runs ahead of the pictures beside it. */
const measured = 200;

/** A track as far as its times go. */
export interface ShownTrack extends Pick<Track, 'kind' | 'timescale'> {
  readonly samples: Pick<SampleTable, 'length' | 'offsets' | 'durations' | 'firstDecodeTime'>;
}

/** The audio whose times are lost, and what they were. */
export interface LostAudioTimes<T extends ShownTrack> {
  readonly audio: T;
  /** By sample, seconds from the beginning of the presentation. */
  readonly times: Float64Array;
}

/** Finds out whether the audio has lost its times, and says so; undefined where it has not. `tracks`: on the clock of the presentation. */
export function findLostAudioTimes<T extends ShownTrack>(
  file: MovieFile,
  tracks: readonly T[],
  findings: Findings,
): LostAudioTimes<T> | undefined {
  const video = tracks.find(({ kind }) => kind === 'video');
  const audioTracks = tracks.filter(({ kind }) => kind === 'audio');
  const [audio] = audioTracks;
  const isWhole = file.movie?.torn === false && !file.movie.isFragmented;
  if (video === undefined || audio === undefined || audioTracks.length > 1 || !isWhole || !isOfGoServer(file)) {
    return undefined;
  }
  if (video.samples.length < 2 || audio.samples.length < 2 || !isOneRun(audio.samples)) return undefined;
  const frame = audio.samples.durations.data[0]! / audio.timescale;
  const bounds = boundsOf(video, audio);
  if (bounds === undefined || frame <= 0) return undefined;
  const times = timesBetween(bounds, frame);
  const start = audio.samples.firstDecodeTime / audio.timescale;
  const maxDeviation = times.reduce((most, time, i) => Math.max(most, Math.abs(time - start - i * frame)), 0);
  if (maxDeviation < minDeviationToRepair) return undefined;
  const last = times.at(-1)! - start - (times.length - 1) * frame;
  const place: FindingPlace = { file: file.layout.source.path, track: 'audio' };
  findings.add(
    'mp4-audio-times-lost',
    `the recorder wrote the audio without its pauses: it begins ${seconds(times[0]! - start)} and ends ${seconds(last)} after where the index has it`,
    place,
  );
  return { audio, times };
}

/** Ticks from the beginning of the presentation to the decode time 0 of a track, by its edit list. `timescale`: the track's. */
export function startOf({ edits }: MovieTrack, movie: Movie, timescale: number): number {
  const movieTimescale = movie.header?.timescale ?? 0;
  let delay = 0;
  for (const { mediaTime, segmentDuration } of edits) {
    if (mediaTime >= 0) return delay - mediaTime;
    if (movieTimescale > 0) delay += Math.round((segmentDuration * timescale) / movieTimescale);
  }
  return delay;
}

function seconds(value: number): string {
  return `${value.toFixed(2)} s`;
}

function isOneRun({ durations, length }: ShownTrack['samples']): boolean {
  for (let i = 1; i < length; i++) if (durations.data[i] !== durations.data[0]) return false;
  return true;
}

interface Bounds {
  /** By sample of the audio, seconds: the times of the pictures before and behind it in the file. */
  readonly before: Float64Array;
  readonly after: Float64Array;
}

/** Undefined where the samples do not rise in the file. */
function boundsOf(video: ShownTrack, audio: ShownTrack): Bounds | undefined {
  const before = new Float64Array(audio.samples.length);
  const after = new Float64Array(audio.samples.length);
  const pictures = video.samples;
  let picture = 0;
  let ticks = pictures.firstDecodeTime;
  let time = ticks / video.timescale;
  let lastTime = time;
  for (let i = 0; i < audio.samples.length; i++) {
    const offset = audio.samples.offsets.data[i]!;
    if (i > 0 && offset < audio.samples.offsets.data[i - 1]!) return undefined;
    while (picture < pictures.length && pictures.offsets.data[picture]! < offset) {
      // A clock that stumbles back tells nothing.
      lastTime = Math.max(lastTime, ticks / video.timescale);
      ticks += pictures.durations.data[picture]!;
      time = Math.max(lastTime, ticks / video.timescale);
      picture++;
    }
    before[i] = lastTime;
    after[i] = picture < pictures.length ? time : Infinity;
  }
  return { before, after };
}

/** Times that go on frame by frame, but for pauses. */
function timesBetween({ before, after }: Bounds, frame: number): Float64Array {
  const times = new Float64Array(before.length);
  let from = 0;
  let time = 0;
  for (let i = 0; i < before.length; i++) {
    const isPause = i > 0 && before[i]! > time + frame + minPause;
    time = i === 0 || isPause ? before[i]! : time + frame;
    if (isPause) {
      settle(times, from, i, before, after);
      from = i;
    }
    times[i] = time;
  }
  settle(times, from, before.length, before, after);
  return times;
}

/** Moves a stretch without a pause to the middle of what the pictures beside it allow. */
function settle(times: Float64Array, from: number, to: number, before: Float64Array, after: Float64Array): void {
  const differences: number[] = [];
  for (let i = from; i < Math.min(to, from + measured); i++) {
    if (after[i]! < Infinity) differences.push((before[i]! + after[i]!) / 2 - times[i]!);
  }
  if (differences.length === 0) return;
  differences.sort((a, b) => a - b);
  const shift = Math.max(
    differences[differences.length >> 1]!,
    from === 0 ? -Infinity : times[from - 1]! - times[from]!,
  );
  for (let i = from; i < to; i++) times[i] = times[i]! + shift;
}
