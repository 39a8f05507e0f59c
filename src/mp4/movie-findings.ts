/**
 * Says what is wrong with the samples of an ISO base media file that has been read: where its tables and its headers contradict
 * each other or the file. It reads nothing of the media (`--deep` does that elsewhere), and of boxes `layout-findings.ts` tells.
 */
import { maxSampleEntries } from './sample-entry.ts';
import type { FindingPlace, Findings } from '../media/findings.ts';
import type { SampleTable } from '../media/sample-table.ts';
import type { TopLevelBox } from './file-layout.ts';
import type { Movie, MovieFile, MovieTrack } from './movie-reader.ts';
import type { MovieSamples, ReadTrack } from './movie-samples.ts';

const daySeconds = 86_400;

/** `video` or `audio`, for findings; undefined for text and data. */
export function mediaKindOf({ handler }: MovieTrack): 'video' | 'audio' | undefined {
  if (handler.handlerType === 'vide') return 'video';
  return handler.handlerType === 'soun' ? 'audio' : undefined;
}

/** Seconds by which durations in the headers of intact files are off. */
const maxUnseenSeconds = 0.5;

/**
 * Adds what is wrong with the samples and with what the headers say of them, step by step. `unseenSeconds`: by how much a
 * duration may be off without a word; 0: by a tick.
 */
export function* reportSamples(
  file: MovieFile,
  movieSamples: MovieSamples,
  findings: Findings,
  unseenSeconds = maxUnseenSeconds,
): Generator<void, void> {
  if (file.movie?.torn === true) reportTear(file.movie, movieSamples, findings);
  for (const each of movieSamples.tracks) {
    reportTables(file, each, findings);
    reportPlaces(file, each, findings);
    yield;
    reportTimes(file, each, unseenSeconds, findings);
    yield;
  }
  reportOverlap(file, movieSamples, findings);
  const { fragmentFaults: faults } = movieSamples;
  const path = file.layout.source.path;
  if (faults.torn > 0) {
    const count = `${faults.torn} fragment${faults.torn === 1 ? '' : 's'}`;
    findings.add('mp4-fragment-torn', `${count} cannot be read to the end`, { file: path, offset: faults.tornAt });
  }
  if (faults.backward > 0) {
    findings.add(
      'mp4-fragment-backward',
      `${faults.backward} fragments do not begin where the one before ended, by up to ${Math.abs(faults.backwardTicks)} ticks`,
      { file: path, offset: faults.backwardAt },
    );
  }
}

/** Pictures and audio that share bytes cannot both be where the index has them. */
function reportOverlap(file: MovieFile, { tracks }: MovieSamples, findings: Findings): void {
  const [video, audio] = (['video', 'audio'] as const).map((kind) =>
    tracks.find(({ track }) => mediaKindOf(track) === kind),
  );
  if (video === undefined || audio === undefined) return;
  if (video.track.isElsewhere !== audio.track.isElsewhere) return;
  const { count, first } = overlaps(video.samples.table, audio.samples.table);
  if (count === 0) return;
  findings.add(
    'mp4-tables-contradict',
    `${count} samples of track ${video.track.trackId} have bytes that samples of track ${audio.track.trackId} have, too`,
    { ...placeOf(file, video.track), offset: video.samples.table.offsets.data[first]!, sample: first + 1 },
  );
}

/** How many samples of one track share bytes with one of the other, and the first; in one pass, as far as both rise. */
function overlaps(one: SampleTable, other: SampleTable): { count: number; first: number } {
  const [starts, sizes] = [one.offsets.data, one.sizes.data];
  const [otherStarts, otherSizes] = [other.offsets.data, other.sizes.data];
  let [count, first, at] = [0, -1, 0];
  for (let i = 0; i < one.length; i++) {
    const start = starts[i]!;
    if (i > 0 && start < starts[i - 1]!) break;
    while (at < other.length && otherStarts[at]! + otherSizes[at]! <= start) {
      if (at > 0 && otherStarts[at]! < otherStarts[at - 1]!) return { count, first };
      at++;
    }
    if (at === other.length) break;
    if (otherStarts[at]! >= start + sizes[i]! || sizes[i] === 0 || otherSizes[at] === 0) continue;
    if (count++ === 0) first = i;
  }
  return { count, first };
}

function reportTear({ span, claimedEnd, readableEnd }: Movie, { tracks }: MovieSamples, findings: Findings): void {
  const samples = tracks.reduce((sum, track) => sum + track.samples.table.length, 0);
  findings.add(
    'mp4-moov-torn',
    `expected ${claimedEnd - span.start} bytes, the first ${readableEnd - span.start} can be read; they place ${samples} samples`,
    { file: span.source.path, offset: readableEnd, length: Math.max(0, claimedEnd - readableEnd) },
  );
}

function placeOf(file: MovieFile, track: MovieTrack): FindingPlace {
  const kind = mediaKindOf(track);
  return { file: file.layout.source.path, offset: track.span.start, ...(kind === undefined ? {} : { track: kind }) };
}

function reportTables(file: MovieFile, { track, samples }: ReadTrack, findings: Findings): void {
  const place = placeOf(file, track);
  // What a tear took is reported of the moov as a whole; a track it took all of says nothing.
  if (file.movie?.torn !== true) {
    for (const message of samples.contradictions) {
      findings.add('mp4-tables-contradict', `track ${track.trackId}: ${message}`, place);
    }
    for (const type of track.tornTables) {
      findings.add(
        'mp4-tables-contradict',
        `track ${track.trackId}: the ${type} box is larger than what holds it`,
        place,
      );
    }
  }
  const { length: entries } = track.entries;
  const strange = samples.descriptions.find(({ description }) => description < 1 || description > entries);
  // Of so many that not all were read, nothing is known.
  if (strange !== undefined && entries > 0 && entries < maxSampleEntries) {
    const message = `track ${track.trackId}: chunks name sample description ${strange.description} of ${entries}`;
    findings.add('mp4-tables-contradict', message, place);
  }
  if (samples.offsetsWrapped) {
    findings.add(
      'mp4-chunk-offsets-wrapped',
      `track ${track.trackId}: offsets fall by 4 GiB where they should rise`,
      place,
    );
  }
  if (samples.table.length === 0 && samples.contradictions.length === 0 && !file.movie?.torn) {
    findings.add('mp4-track-empty', `track ${track.trackId} has no samples`, place);
  }
}

/** Where the samples lie: in the file, and in the media of it. */
function reportPlaces(file: MovieFile, { track, samples }: ReadTrack, findings: Findings): void {
  const { table } = samples;
  const { size, path } = file.layout.source;
  if (track.isElsewhere) {
    const message = `the ${table.length} samples of track ${track.trackId} lie in another file`;
    findings.add('mp4-media-elsewhere', message, placeOf(file, track));
    return;
  }
  const { beyond, outside } = misplaced(file, table);
  const timescale = track.mediaHeader?.timescale ?? 0;
  const kind = mediaKindOf(track);
  const place = { file: path, ...(kind === undefined ? {} : { track: kind }) };
  if (beyond.count > 0) {
    const first = beyond.first + 1;
    findings.add(
      'mp4-samples-beyond-end',
      `${beyond.count} of ${table.length} samples of track ${track.trackId} lie behind the end of the file at ${size}`,
      {
        ...place,
        offset: table.offsets.data[beyond.first]!,
        sample: first,
        ...(timescale === 0 ? {} : { time: secondsAt(table, beyond.first, timescale) }),
      },
    );
  }
  if (outside.count > 0) {
    findings.add(
      'mp4-samples-outside-media',
      `${outside.count} of ${table.length} samples of track ${track.trackId} lie in no mdat box`,
      { ...place, offset: table.offsets.data[outside.first]!, sample: outside.first + 1 },
    );
  }
}

/** When a sample is decoded, on the track's own clock. */
export function secondsAt(table: SampleTable, index: number, timescale: number): number {
  let ticks = table.firstDecodeTime;
  for (let i = 0; i < index; i++) ticks += table.durations.data[i]!;
  return Math.round((ticks / timescale) * 1e6) / 1e6;
}

interface Misplaced {
  count: number;
  first: number;
}

/** Samples that the file ends before, and those inside the file that no mdat box holds. */
function misplaced(file: MovieFile, table: SampleTable): { beyond: Misplaced; outside: Misplaced } {
  const { boxes, strays, source } = file.layout;
  const holds = ({ type }: TopLevelBox): boolean => type === 'mdat' || type === 'imda' || type === 'uuid';
  const media: readonly Held[] = [
    ...boxes.filter((box) => holds(box)),
    ...strays.map(({ start, end }) => ({ body: start, end })),
  ].sort((a, b) => a.body - b.body);
  const { length } = table;
  const offsets = table.offsets.data;
  const sizes = table.sizes.data;
  const beyond: Misplaced = { count: 0, first: -1 };
  const outside: Misplaced = { count: 0, first: -1 };
  let [from, to] = [0, 0];
  for (let i = 0; i < length; i++) {
    const at = offsets[i]!;
    const end = at + sizes[i]!;
    // Nearly all samples lie in the box that the one before lies in.
    if (at >= from && end <= to) continue;
    if (end > source.size && beyond.count++ === 0) beyond.first = i;
    if (at >= source.size || sizes[i] === 0) continue;
    const holder = holding(media, at);
    [from, to] = holder === undefined ? [0, 0] : [holder.body, Math.min(holder.end, source.size)];
    if (holder === undefined && outside.count++ === 0) outside.first = i;
  }
  return { beyond, outside };
}

type Held = Pick<TopLevelBox, 'body' | 'end'>;

/** The box that an offset lies in; the boxes are in order. */
function holding(boxes: readonly Held[], offset: number): Held | undefined {
  let low = 0;
  let high = boxes.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const box = boxes[middle]!;
    if (offset < box.body) high = middle - 1;
    else if (offset >= box.end) low = middle + 1;
    else return box;
  }
  return undefined;
}

function reportTimes(file: MovieFile, { track, samples }: ReadTrack, unseenSeconds: number, findings: Findings): void {
  const { table } = samples;
  const timescale = track.mediaHeader?.timescale ?? 0;
  const kind = mediaKindOf(track);
  if (kind === undefined || table.length === 0 || timescale === 0) return;
  const place = placeOf(file, track);
  const { absurd, summed } = lengthOf(table, timescale);
  if (absurd >= 0) {
    const lasts = table.durations.data[absurd]!;
    const meaning = lasts < 0 ? `${lasts} ticks` : `${(lasts / timescale).toFixed(0)} s`;
    findings.add('mp4-delta-absurd', `sample ${absurd + 1} of track ${track.trackId} is said to last ${meaning}`, {
      file: file.layout.source.path,
      track: kind,
      sample: absurd + 1,
      offset: table.offsets.data[absurd]!,
      time: secondsAt(table, absurd, timescale),
    });
  }
  if (file.movie?.torn === true || file.fragments.length > 0) return;
  const usual = usualDifference(track, file.movie?.header?.timescale ?? 0, timescale, unseenSeconds);
  reportDuration(track, table, summed, timescale, usual, place, findings);
  reportMovieDuration(file, track, table, summed, timescale, findings);
}

/** Sum of all durations, negative ones included, and the first sample that lasts absurdly long or less than nothing; -1: none does. */
function lengthOf(table: SampleTable, timescale: number): { absurd: number; summed: number } {
  const { length } = table;
  const durations = table.durations.data;
  const most = timescale * daySeconds;
  let summed = 0;
  let absurd = -1;
  for (let i = 0; i < length; i++) {
    const duration = durations[i]!;
    if ((duration < 0 || duration > most) && absurd < 0) absurd = i;
    summed += duration;
  }
  return { absurd, summed };
}

function reportDuration(
  track: MovieTrack,
  table: SampleTable,
  summed: number,
  timescale: number,
  usual: { readonly least: number; readonly most: number },
  place: FindingPlace,
  findings: Findings,
): void {
  const claimed = track.mediaHeader?.duration ?? 0;
  const last = table.durations.data[table.length - 1]!;
  const difference = claimed - summed;
  if (claimed >= 0xffffffff || (difference >= usual.least && difference <= usual.most)) return;
  const seconds = (ticks: number): string => `${(ticks / timescale).toFixed(3)} s`;
  const meaning =
    last > 0 && Math.abs(difference + last) <= 1
      ? ': the last sample is not counted'
      : difference > summed && claimed > 60 * timescale
        ? ': it seems to count from a beginning long before the first sample'
        : '';
  findings.add(
    'mp4-duration-contradicts',
    `track ${track.trackId} claims ${seconds(claimed)}, its samples last ${seconds(summed)}${meaning}`,
    place,
  );
}

/**
 * How far the duration of a header is from the sum of the samples in intact files, in ticks of the track: without the priming
 * that is cut off, with a delay before the first sample, and a little more.
 */
function usualDifference(
  { edits }: MovieTrack,
  movieTimescale: number,
  timescale: number,
  unseenSeconds: number,
): { least: number; most: number } {
  // A tick is what rounding between two clocks costs.
  if (unseenSeconds === 0) return { least: -1, most: 1 };
  const delay = edits.reduce((sum, { mediaTime, segmentDuration }) => (mediaTime < 0 ? sum + segmentDuration : sum), 0);
  const late = movieTimescale === 0 ? 0 : (delay * timescale) / movieTimescale;
  const cut = edits.find(({ mediaTime }) => mediaTime >= 0)?.mediaTime ?? 0;
  const unseen = unseenSeconds * timescale;
  return { least: -cut - unseen, most: late + unseen };
}

/** What the movie header claims is only reported where no track bears it out. */
function reportMovieDuration(
  file: MovieFile,
  track: MovieTrack,
  table: SampleTable,
  summed: number,
  timescale: number,
  findings: Findings,
): void {
  const header = file.movie?.header;
  if (header === undefined || header.timescale === 0 || header.duration >= 0xffffffff) return;
  const longest = (track.header?.duration ?? 0) >= header.duration;
  if (!longest) return;
  const claimed = header.duration / header.timescale;
  const edited = track.edits.reduce((sum, { segmentDuration }) => sum + segmentDuration, 0) / header.timescale;
  const seconds = summed / timescale;
  const tolerance = Math.max(maxUnseenSeconds, table.durations.data[table.length - 1]! / timescale);
  if (Math.abs(claimed - seconds) <= tolerance || Math.abs(claimed - edited) <= tolerance) return;
  findings.add(
    'mp4-duration-contradicts',
    `the movie claims ${claimed.toFixed(3)} s, its longest track has ${seconds.toFixed(3)} s of samples`,
    { file: file.layout.source.path, offset: file.movie!.span.start },
  );
}
