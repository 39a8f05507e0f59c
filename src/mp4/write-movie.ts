/**
 * Writes tracks and the media they point into as one MP4: ftyp, moov, mdat. The media is copied as it is.
 */
import type { AtomicOutput } from '../io/atomic-output.ts';
import { copyRange, type RangeOptions, type RangeSource } from '../io/copy-range.ts';
import { Pace } from '../io/pace.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { DataTrack } from '../media/track.ts';
import type { Box } from './box.ts';
import type { Edit } from './boxes/elst.ts';
import { ftyp } from './boxes/ftyp.ts';
import { mdatHeaderLength, writeMdatHeader } from './boxes/mdat.ts';
import { copiedBox, type CarriedMovie, type CarriedTrack } from './carried-boxes.ts';
import { compositionShift, movieBoxSteps } from './movie.ts';

/** What a movie is written from. */
export interface MovieSource {
  readonly media: RangeSource;
  /** The range of the media file to copy. */
  readonly mediaStart: number;
  readonly mediaEnd: number;
  readonly tracks: readonly PlacedTrack[];
  /** Edit lists that are taken over, by track id, in ticks of `timescale`; the others follow from the tracks. */
  readonly edits?: ReadonlyMap<number, readonly Edit[]> | undefined;
  /** Tracks that are neither pictures nor audio; each is carried. */
  readonly data?: readonly PlacedTrack<DataTrack>[];
  /** What is taken over of an old movie. */
  readonly carried?: CarriedMovie | undefined;
  /** Tracks of another movie that are taken over, by their ids here. */
  readonly lent?: ReadonlyMap<number, CarriedTrack> | undefined;
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  readonly timescale: number;
}

/** Where everything goes in the file. */
export interface MovieLayout {
  readonly head: readonly Box[];
  /** Added to an offset in the media file gives the offset in the MP4. */
  readonly shift: number;
  readonly fileLength: number;
  /** Whether anything in it needs 64 bits. */
  readonly largeFields: boolean;
}

/** Says where everything goes. Throws `interrupted` if it is to stop. */
export async function layOutMovie(source: MovieSource, pace = new Pace()): Promise<MovieLayout> {
  const mediaBytes = source.mediaEnd - source.mediaStart;
  const oldType = source.carried?.fileType;
  const fileType = oldType === undefined ? fileTypeOf(source.tracks) : copiedBox(oldType);
  const tracks = [...source.tracks, ...(source.data ?? [])];
  const longTimes = tracks.some(({ track }) => track.samples.mediaDuration > 0xfffffffe);
  for (const largeOffsets of [false, true]) {
    let shift = 0;
    const { creationTime, timescale, carried, lent, edits } = source;
    const options = { creationTime, timescale, largeOffsets, carried, lent, edits, shift: () => shift };
    const moov = await pace.through(movieBoxSteps(tracks, options));
    const headLength = fileType.size + moov.size + mdatHeaderLength(mediaBytes);
    const fileLength = headLength + mediaBytes;
    if (!largeOffsets && fileLength > 0xffffffff) continue;
    shift = headLength - source.mediaStart;
    return { head: [fileType, moov], shift, fileLength, largeFields: largeOffsets || longTimes };
  }
  throw new Error('unreachable: 64-bit offsets fit every file');
}

function fileTypeOf(tracks: readonly PlacedTrack[]): Box {
  const negative = tracks.some((place) => hasNegativeOffsets(place));
  return ftyp({
    majorBrand: 'isom',
    minorVersion: 0x200,
    // Negative composition offsets (ctts version 1) came with the brand iso4.
    compatibleBrands: [
      'isom',
      'iso2',
      ...(negative ? ['iso4'] : []),
      ...(tracks.some(({ track }) => track.configuration.codec === 'h264') ? ['avc1'] : []),
      'mp41',
    ],
  });
}

function hasNegativeOffsets(place: PlacedTrack): boolean {
  const shift = compositionShift(place);
  return place.track.samples.compositionOffsets?.values().some((offset) => offset + shift < 0) ?? false;
}

/** Writes the whole file into the output, from its first byte on. */
export async function writeMovie(
  source: MovieSource,
  layout: MovieLayout,
  output: AtomicOutput,
  options: RangeOptions,
): Promise<void> {
  const mediaBytes = source.mediaEnd - source.mediaStart;
  const sink = output.sink(0);
  const pace = new Pace(options.signal);
  for (const box of layout.head) {
    if (box.writeSteps === undefined) box.write(sink);
    else await pace.through(box.writeSteps(sink));
  }
  writeMdatHeader(mediaBytes, sink);
  sink.flush();
  await copyRange(source.media, source.mediaStart, mediaBytes, output, source.mediaStart + layout.shift, options);
}
