/** One track of an MP4 or MOV as it is shown: what its tables say, placed on the timeline by its edits. */
import type { CodecFacts, ProbedTrack, Ratio } from '../../media/probed-recording.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { Movie, MovieFile, MovieTrack } from '../../mp4/movie-reader.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import { readStts } from '../../mp4/boxes/stts.ts';
import { FrameRateEstimate, ratio } from '../../media/ffprobe/ffprobe.ts';
import { trackFacts } from './mp4-codec.ts';
import { isQuickTime, trackTags } from './mp4-tags.ts';
import { reorderedFramesOf, trackFigures } from './track-figures.ts';

/** How a track's own times lie on the timeline of the presentation, in its ticks. */
export interface Placement {
  /** What is added to decode and presentation times. */
  readonly shift: number;
  /** Media before this time is decoded and not played. */
  readonly mediaStart: number;
  /** How long the edits last; undefined without edits. */
  readonly editTicks: number | undefined;
}

/** How a track's edits move its times, in ticks of the track. */
export function placementOf(track: MovieTrack, movie: Movie, isFragmented: boolean): Placement {
  const timescale = track.mediaHeader?.timescale ?? 0;
  const movieTimescale = movie.header?.timescale ?? 0;
  const ticks = (movieTicks: number): number =>
    movieTimescale === 0 ? 0 : Math.round((movieTicks * timescale) / movieTimescale);
  const empty = track.edits[0]?.mediaTime === -1 ? track.edits[0].segmentDuration : 0;
  const first = track.edits.find(({ mediaTime }) => mediaTime >= 0);
  const mediaStart = first?.mediaTime ?? 0;
  const total = track.edits.reduce((sum, { segmentDuration }) => sum + segmentDuration, 0);
  return {
    shift: ticks(empty) - mediaStart,
    mediaStart,
    // Fragments come after the moov: its edits tell where they begin and not how long they last.
    editTicks: track.edits.length === 0 || isFragmented || total === 0 ? undefined : ticks(total) - ticks(empty),
  };
}

/** Presentation time of the first sample that is played, on the presentation's timeline: of pictures not always the first decoded. */
function startTicks(table: SampleTable, placement: Placement, kind: ProbedTrack['kind']): number | undefined {
  if (table.length === 0) return undefined;
  const first = table.firstDecodeTime + table.compositionOffset(0);
  if (kind !== 'video') {
    return Math.max(first, placement.mediaStart) + placement.shift;
  }
  let ticks = table.firstDecodeTime;
  let earliest = Infinity;
  for (let i = 0; i < table.length && i < 4096; i++) {
    const shown = ticks + table.compositionOffset(i);
    if (shown >= placement.mediaStart && shown < earliest) earliest = shown;
    ticks += table.durations.data[i]!;
  }
  return (earliest === Infinity ? first : earliest) + placement.shift;
}

function probedKindOf(handlerType: string): ProbedTrack['kind'] {
  if (handlerType === 'vide') return 'video';
  if (handlerType === 'soun') return 'audio';
  return ['text', 'sbtl', 'subt', 'subp', 'clcp'].includes(handlerType) ? 'subtitle' : 'data';
}

const unknownDuration = 0xffffffff;

/** Ticks that the media lasts: the shortest of what media header, samples and edits say. */
function durationTicks(track: MovieTrack, sampleTicks: number, placement: Placement, isFragmented: boolean): number {
  // The header of a fragmented movie tells of the samples before the first fragment, if of any.
  const claimed = isFragmented ? 0 : (track.mediaHeader?.duration ?? 0);
  const durations = [sampleTicks, claimed >= unknownDuration || claimed === 0 ? sampleTicks : claimed];
  if (placement.editTicks !== undefined && placement.editTicks > 0) durations.push(placement.editTicks);
  return Math.min(...durations);
}

/** Bits per second, where there is a time to divide by. */
function bitRateOf(bytes: number, ticks: number, timescale: number, isFragmented: boolean): number | undefined {
  if (ticks <= 0 || bytes === 0) return undefined;
  const rate = (bytes * 8 * timescale) / ticks;
  return isFragmented ? Math.round(rate) : Math.floor(rate);
}

/** The rates ffprobe would give a video track. */
function frameRates(
  track: MovieTrack,
  table: SampleTable,
  timeBase: Ratio,
  total: number,
): Pick<ProbedTrack, 'averageFrameRate' | 'realFrameRate'> {
  const average = total > 0 ? ratio(timeBase.denominator * table.length, total) : undefined;
  const estimate = new FrameRateEstimate(timeBase);
  let ticks = table.firstDecodeTime;
  for (let i = 0; i < table.length && !estimate.isEnough; i++) {
    const duration = table.durations.data[i]!;
    estimate.add(ticks, duration);
    ticks += duration;
  }
  const only = singleDuration(track, table);
  const real =
    only !== undefined
      ? ratio(timeBase.denominator, only)
      : (estimate.real() ?? { numerator: timeBase.denominator, denominator: timeBase.numerator });
  return { ...(average === undefined ? {} : { averageFrameRate: average }), realFrameRate: real };
}

/** The duration of all samples, or of all but the last, where the table says it in as many runs. */
function singleDuration(track: MovieTrack, table: SampleTable): number | undefined {
  const stts = track.tables.get('stts');
  if (stts === undefined || table.length === 0) return undefined;
  const rows = readStts(stts);
  if (rows.count === 0 || rows.count > 2 || !rows.next()) return undefined;
  const duration = rows.values[1]!;
  if (duration === 0 || duration > 0x7fffffff) return undefined;
  if (rows.count === 2 && (!rows.next() || rows.values[0] !== 1)) return undefined;
  return duration;
}

/** The shape of a pixel: what pasp says, otherwise what makes the sample entry's picture as large as the track's. */
function sampleAspect(track: MovieTrack, facts: CodecFacts): Ratio | undefined {
  const visual = track.entries[0]?.visual;
  const { horizontal = 0, vertical = 0 } = visual?.pixelAspect ?? {};
  if (horizontal > 0 && vertical > 0) return ratio(horizontal, vertical);
  const [width, height] = [Math.floor(track.header?.width ?? 0), Math.floor(track.header?.height ?? 0)];
  if (visual === undefined || Math.min(width, height, visual.width, visual.height) === 0) return facts.sampleAspect;
  const isAsLarge = visual.width === width && visual.height === height;
  return isAsLarge ? facts.sampleAspect : ratio(visual.height * width, visual.width * height);
}

/** One track as `probe` reports it, on the timeline of the presentation. */
export function describeTrack(read: ReadTrack, file: MovieFile, movie: Movie, isFragmented: boolean): ProbedTrack {
  const { track, samples } = read;
  const { table } = samples;
  const kind = probedKindOf(track.handler.handlerType);
  const timescale = track.mediaHeader?.timescale ?? 0;
  const timeBase = { numerator: 1, denominator: timescale };
  const facts = trackFacts(read);
  const placement = placementOf(track, movie, isFragmented);
  const start = startTicks(table, placement, kind);
  const figures = trackFigures(table, timescale || 1, timescale === 0 ? 0 : (start ?? 0) / timescale);
  const duration = durationTicks(track, figures.durationTicks, placement, isFragmented);
  const headerTicks = isFragmented ? 0 : (track.mediaHeader?.duration ?? 0);
  const rateTicks = headerTicks === 0 ? figures.durationTicks : Math.min(figures.durationTicks, headerTicks);
  const bitRate = facts.bitRate ?? bitRateOf(figures.bytes, rateTicks, timescale, isFragmented);
  const aspect = kind === 'video' ? sampleAspect(track, facts) : undefined;
  return {
    index: track.index,
    id: track.trackId,
    kind,
    // Of what is encrypted, what it was before.
    codecTag: track.entries[0]?.type ?? '',
    codec: {
      ...facts,
      ...(kind === 'video' && facts.reorderedFrames === undefined ? { reorderedFrames: reorderedFramesOf(table) } : {}),
      ...(aspect === undefined ? {} : { sampleAspect: aspect }),
    },
    timeBase,
    ...(start === undefined ? {} : { startTicks: start }),
    ...(table.length === 0 ? {} : { durationTicks: duration }),
    ...(timescale === 0 ? {} : { mediaSeconds: figures.durationTicks / timescale }),
    ...(samples.claimed > 0 ? { frames: samples.claimed } : {}),
    samples: figures.samples,
    bytes: figures.bytes,
    ...(bitRate === undefined ? {} : { bitRate }),
    ...(kind === 'video'
      ? { ...frameRates(track, table, timeBase, figures.durationTicks), variableFrameRate: figures.variableFrameRate }
      : {}),
    keyFrames: figures.keyFrames,
    ...(figures.keyFrameInterval === undefined ? {} : { keyFrameInterval: figures.keyFrameInterval }),
    gaps: kind === 'video' || kind === 'audio' ? figures.gaps : [],
    tags: trackTags(track, isQuickTime(file)),
    dispositions: track.isEnabled ? ['default'] : [],
  };
}
