/**
 * Describes the moov of a progressive MP4 from tracks on a timeline. It knows tracks and boxes; where the media lies is
 * one number it is given, and it moves no media.
 */
import { ByteWriter } from '../bytes/byte-sink.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { DataTrack, Track } from '../media/track.ts';
import { container, type Box } from './box.ts';
import { co64 } from './boxes/co64.ts';
import { ctts } from './boxes/ctts.ts';
import { dinf } from './boxes/dinf.ts';
import { elst, type Edit } from './boxes/elst.ts';
import { hdlr } from './boxes/hdlr.ts';
import { mdhd } from './boxes/mdhd.ts';
import { mvhd } from './boxes/mvhd.ts';
import { smhd } from './boxes/smhd.ts';
import { stco } from './boxes/stco.ts';
import { stsc, type DescriptionRun } from './boxes/stsc.ts';
import { stsd } from './boxes/stsd.ts';
import { stss } from './boxes/stss.ts';
import { stsz, stszOfEqual } from './boxes/stsz.ts';
import { stts } from './boxes/stts.ts';
import { tkhd } from './boxes/tkhd.ts';
import { trex, type TrackExtends } from './boxes/trex.ts';
import { vmhd } from './boxes/vmhd.ts';
import {
  carriedDescriptions,
  carriedMovieBox,
  carriedTables,
  carriedTrackBox,
  saidDuration,
  type CarriedMovie,
  type CarriedTrack,
} from './carried-boxes.ts';
import { chunksOf, samplesPerChunk } from './chunks.ts';
import { pictureOf, sampleEntryOf } from './codec-sample-entry.ts';
import type { MovieTrack } from './movie-reader.ts';
import { runsOf } from './runs.ts';
import { frameBytesOf, frameCount, frameDurations } from './uncompressed-audio.ts';

type AnyPlacedTrack = PlacedTrack<Track | DataTrack>;

/** What the boxes depend on beside the tracks. */
export interface MovieOptions {
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  /** Ticks per second of the movie's own durations. */
  readonly timescale: number;
  /**
   * What is added to each offset in the sample tables to get the offset in the file the movie is written to. Asked when the
   * boxes are written: it follows from how long they are.
   */
  readonly shift: () => number;
  /** Whether chunk offsets need 64 bits. */
  readonly largeOffsets: boolean;
  /** What is taken over of an old movie. */
  readonly carried?: CarriedMovie | undefined;
  /** Edit lists that are taken over, by track id; the others follow from the tracks. */
  readonly edits?: ReadonlyMap<number, readonly Edit[]> | undefined;
  /** There will be fragments of the tracks. */
  readonly isFragmented?: boolean | undefined;
  /** Tracks of another movie that are taken over, by their ids here. */
  readonly lent?: ReadonlyMap<number, CarriedTrack> | undefined;
}

/** The moov, table by table: those of a day take long to be gone through. */
export function* movieBoxSteps(placed: readonly AnyPlacedTrack[], options: MovieOptions): Generator<void, Box> {
  const tracks: { box: Box; duration: number }[] = [];
  for (const place of inOldOrder(placed, options.carried)) tracks.push(yield* trackBox(place, options));
  const boxes = tracks.map(({ box }) => box);
  const duration = Math.max(0, ...tracks.map((track) => track.duration));
  const nextTrackId = Math.max(0, ...placed.map(({ track }) => track.id)) + 1;
  if (options.carried !== undefined) {
    const said = keepsAll(options.carried, placed) ? options.carried.movie.header?.duration : undefined;
    return carriedMovieBox(options.carried.movie, boxes, saidDuration(said) ?? duration, nextTrackId);
  }
  const { creationTime, timescale } = options;
  return container('moov', [
    mvhd({ creationTime, modificationTime: creationTime, timescale, duration, nextTrackId }),
    ...boxes,
    options.isFragmented === true
      ? container(
          'mvex',
          placed.map(({ track }) => trex(defaultsOf(track.id))),
        )
      : undefined,
  ]);
}

/** Tracks in the order in which they are written: that of the old movie; those that it has not come last. */
export function inOldOrder(
  placed: readonly AnyPlacedTrack[],
  carried: CarriedMovie | undefined,
): readonly AnyPlacedTrack[] {
  if (carried === undefined) return placed;
  const places = new Map(carried.movie.tracks.map((track, index) => [track, index]));
  const placeOf = ({ track: { id } }: AnyPlacedTrack): number =>
    places.get(carried.tracks.get(id)?.track as MovieTrack) ?? Infinity;
  return placed.toSorted((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first === second ? 0 : first - second;
  });
}

/** Whether every track of the old movie is in the new one with all of its samples. */
function keepsAll({ movie, tracks, keepsDurations }: CarriedMovie, placed: readonly AnyPlacedTrack[]): boolean {
  const whole = [...tracks.values()].filter(({ samplesKept }) => samplesKept === 'all').length;
  return keepsDurations && whole === movie.tracks.length && placed.length === whole;
}

/** Fragments say all of their samples but that they have the first description. */
function defaultsOf(trackId: number): TrackExtends {
  return { trackId, sampleDescriptionIndex: 1, sampleDuration: 0, sampleSize: 0, sampleFlags: 0 };
}

/** Movie ticks of a time that must not be cut short: an edit that ends a tick early drops the last frame in some players. */
function movieTicks(ticks: number, timescale: number, movieTimescale: number): number {
  return Math.ceil((ticks * movieTimescale) / timescale);
}

/**
 * The edits that put a track where it belongs: nothing for its delay, then its media from the first picture on. None
 * where the media itself is the presentation: it begins with the first picture and lasts no longer than its decoding does.
 */
function editsOf(place: AnyPlacedTrack, movieTimescale: number): Edit[] {
  const { timescale, samples } = place.track;
  const delay = Math.max(0, Math.round(place.delaySeconds * movieTimescale));
  const early = Math.max(0, Math.round(-place.delaySeconds * timescale));
  const mediaTime = Math.max(0, place.presentationStart) + early;
  const isWhole = place.presentationDuration <= samples.mediaDuration;
  if (delay === 0 && mediaTime === 0 && isWhole) return [];
  const shown = Math.max(0, place.presentationDuration - early);
  const media = { segmentDuration: movieTicks(shown, timescale, movieTimescale), mediaTime };
  return delay === 0 ? [media] : [{ segmentDuration: delay, mediaTime: -1 }, media];
}

/**
 * The edits of an old track, each ended where the media ends at the latest. The last one goes on to the end where samples
 * may have come behind those that it was made for, or where it says 0, as in a file with fragments.
 */
function carriedEdits({ track, samplesKept }: CarriedTrack, place: AnyPlacedTrack, movieTimescale: number): Edit[] {
  const { timescale, samples } = place.track;
  const end = place.presentationStart + place.presentationDuration;
  const lastBegins = end - (samples.durations.data[samples.length - 1] ?? 0) - timescale / movieTimescale;
  return track.edits.map((edit, index) => {
    if (edit.mediaTime < 0) return edit;
    const left = Math.max(0, movieTicks(end - edit.mediaTime, timescale, movieTimescale));
    const editEnds = edit.mediaTime + (edit.segmentDuration * timescale) / movieTimescale;
    const isLast = index === track.edits.length - 1;
    const goesOn = edit.segmentDuration === 0 || (samplesKept !== 'all' && editEnds > lastBegins);
    return { ...edit, segmentDuration: isLast && goesOn ? left : Math.min(edit.segmentDuration, left) };
  });
}

/** What all composition offsets are raised by so that the first picture does not come before the media begins. */
export function compositionShift(place: AnyPlacedTrack): number {
  return Math.max(0, -place.presentationStart);
}

function* trackBox(place: AnyPlacedTrack, options: MovieOptions): Generator<void, { box: Box; duration: number }> {
  const { track } = place;
  const { samples, timescale } = track;
  const own = options.carried?.tracks.get(track.id);
  const carried = own ?? options.lent?.get(track.id);
  const keepsDurations = own?.samplesKept === 'all' && options.carried?.keepsDurations === true;
  const said = keepsDurations ? own.track : undefined;
  const edits =
    said !== undefined
      ? said.edits
      : own !== undefined && options.carried!.keepsEdits
        ? carriedEdits(own, place, options.timescale)
        : (options.edits?.get(track.id) ?? editsOf(place, options.timescale));
  const mediaDuration = saidDuration(said?.mediaHeader?.duration) ?? samples.mediaDuration;
  const presented =
    edits.length === 0
      ? movieTicks(mediaDuration, timescale, options.timescale)
      : edits.reduce((total, { segmentDuration }) => total + segmentDuration, 0);
  const duration = saidDuration(said?.header?.duration) ?? presented;
  const sampleTable = yield* sampleTableBox(place, options);
  if (carried !== undefined) {
    const parts = { trackId: track.id, duration, mediaDuration, edits, sampleTable };
    return { box: carriedTrackBox(carried, parts), duration };
  }
  if (track.kind === 'data') throw new Error('unreachable: a track of data is taken over of another file');
  const times = { creationTime: options.creationTime, modificationTime: options.creationTime };
  const picture = track.kind === 'video' ? pictureOf(track.configuration) : undefined;
  const box = container('trak', [
    tkhd({
      ...times,
      duration,
      trackId: track.id,
      volume: track.kind === 'audio' ? 1 : 0,
      width: picture?.presentedWidth ?? 0,
      height: picture?.height ?? 0,
    }),
    edits.length === 0 ? undefined : container('edts', [elst(edits)]),
    container('mdia', [
      mdhd({ ...times, timescale, duration: mediaDuration, language: 'und' }),
      track.kind === 'video'
        ? hdlr({ handlerType: 'vide', name: 'VideoHandler' })
        : hdlr({ handlerType: 'soun', name: 'SoundHandler' }),
      container('minf', [track.kind === 'video' ? vmhd() : smhd(), dinf(), sampleTable]),
    ]),
  ]);
  return { box, duration };
}

function* sampleTableBox(place: AnyPlacedTrack, options: MovieOptions): Generator<void, Box> {
  const { track } = place;
  const { samples } = track;
  const { length } = samples;
  const carried = options.carried?.tracks.get(track.id) ?? options.lent?.get(track.id);
  const shift = compositionShift(place);
  const offsets = samples.compositionOffsets ?? (shift > 0 ? samples.ensureCompositionOffsets() : undefined);
  const configuration = track.kind === 'data' ? undefined : track.configuration;
  const frameBytes = configuration === undefined ? undefined : frameBytesOf(configuration);
  const descriptions = carried === undefined ? undefined : carriedDescriptions(carried);
  const entries = descriptions === undefined ? entriesOf(track) : undefined;
  const chunks = chunksOf(samples, frameBytes, entries === undefined ? carried!.descriptions : entries.runs);
  const tables: (() => Box | undefined)[] = [
    () => descriptions ?? stsd(...entries!.boxes),
    () => stts(frameBytes === undefined ? runsOf(samples.durations.data, length) : frameDurations(samples, frameBytes)),
    () =>
      offsets === undefined || !hasValues(offsets.values(), -shift)
        ? undefined
        : ctts(runsOf(offsets.data, length, shift)),
    // Without this box all samples are sync samples.
    () =>
      samples.sync === undefined || !hasValues(samples.sync.values(), 1) ? undefined : stss(samples.sync.data, length),
    () =>
      frameBytes === undefined
        ? stsz(samples.sizes.values())
        : stszOfEqual(frameBytes, frameCount(samples, frameBytes)),
    () => stsc(samplesPerChunk(chunks)),
    () => (options.largeOffsets ? co64(chunks, options.shift) : stco(chunks, options.shift)),
  ];
  const boxes: (Box | undefined)[] = [];
  for (const table of tables) {
    yield;
    boxes.push(table());
  }
  return container('stbl', [...boxes, ...(carried === undefined ? [] : carriedTables(carried))]);
}

/** The sample entries of a track, each once, and which samples have which. */
function entriesOf(track: Track | DataTrack): {
  readonly boxes: readonly Box[];
  readonly runs: readonly DescriptionRun[];
} {
  if (track.kind === 'data') throw new Error('unreachable: a track of data is taken over of another file');
  const boxes: Box[] = [];
  const known: string[] = [];
  const runs: DescriptionRun[] = [];
  for (const { firstSample, configuration } of [{ firstSample: 0, ...track }, ...(track.changes ?? [])]) {
    const entry = sampleEntryOf(configuration);
    const writer = new ByteWriter();
    entry.write(writer);
    const bytes = Buffer.from(writer.toBytes()).toString('latin1');
    if (!known.includes(bytes)) boxes.push(entry);
    if (!known.includes(bytes)) known.push(bytes);
    runs.push({ firstSample, description: known.indexOf(bytes) + 1 });
  }
  return { boxes, runs };
}

/** Whether any number differs from `value`. */
function hasValues(numbers: Int32Array | Uint8Array, value: number): boolean {
  return numbers.some((number) => number !== value);
}
