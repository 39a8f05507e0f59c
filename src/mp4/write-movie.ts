/**
 * Writes tracks and the media they point into as one MP4. The media is copied as it is:
 *
 *     ftyp · moov · mdat                      media that is gathered from many places
 *     ftyp · moov · free · mdat               media that lies in one piece in a file
 *     ftyp · moov · free · wide · mdat        the same with 32-bit fields asked for
 *
 * What lies in one piece gets a place that is, modulo 4096, the one it has in its file: then file systems can let both files
 * have the same blocks instead of copying them (io/kernel-copy.ts). It is laid out so on every file system, so that the same
 * input gives the same bytes everywhere.
 */
import { ByteWriter, type ByteSink } from '../bytes/byte-sink.ts';
import type { AtomicOutput } from '../io/atomic-output.ts';
import { copyRange, type RangeOptions } from '../io/copy-range.ts';
import { sharedBlockLength, type RangeSource } from '../io/file-source.ts';
import { Pace } from '../io/pace.ts';
import type { PlacedTrack } from '../media/timeline.ts';
import type { DataTrack } from '../media/track.ts';
import type { Box } from './box.ts';
import type { Edit } from './boxes/elst.ts';
import { free, minFreeBytes } from './boxes/free.ts';
import { ftyp } from './boxes/ftyp.ts';
import { mdatHeaderLength, needsLargeHeader, writeMdatHeader } from './boxes/mdat.ts';
import { wide } from './boxes/wide.ts';
import { copiedBox, type CarriedMovie, type CarriedTrack } from './carried-boxes.ts';
import { compositionShift, movieBoxSteps } from './movie.ts';

/** What a movie is written from. */
export interface MovieSource {
  readonly media: RangeSource;
  /** The range of the media file to copy. */
  readonly mediaStart: number;
  readonly mediaEnd: number;
  /**
   * What stands before the media: the shortest header, unless it is to have the sixteen bytes that the media server writes
   * before its media; `large`: a header with a size of 64 bits, `wide`: one of 32 bits where they suffice, and room for more.
   */
  readonly mediaHeader?: 'large' | 'wide' | undefined;
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
  /** The boxes before the media's. */
  readonly head: readonly Box[];
  /** The boxes behind the media's. */
  readonly tail?: readonly Box[];
  /** Whether the size of the mdat is written with 64 bits. */
  readonly hasLargeHeader: boolean;
  /** Added to an offset in the media file gives the offset in the MP4. */
  readonly shift: number;
  readonly fileLength: number;
  /** Whether anything in it needs 64 bits. */
  readonly largeFields: boolean;
}

/**
 * Where the media goes: `aligned` to the blocks that it has in its own file, if it lies there in one piece, or `adjoining`,
 * right behind the index, as all media went in salvor 0.1.
 */
export type MediaPlaces = 'aligned' | 'adjoining';

/** Where the media goes in a file of these boxes; undefined where such a file is not written here. */
export function mediaPlacesOf(boxes: readonly Pick<Box, 'type'>[]): MediaPlaces | undefined {
  const types = boxes.map(({ type }) => type).join(' ');
  if (types === 'ftyp moov mdat') return 'adjoining';
  return types === 'ftyp moov free mdat' || types === 'ftyp moov free wide mdat' ? 'aligned' : undefined;
}

/** Says where everything goes. Throws `interrupted` if it is to stop. */
export async function layOutMovie(
  source: MovieSource,
  pace = new Pace(),
  places: MediaPlaces = 'aligned',
): Promise<MovieLayout> {
  const mediaBytes = source.mediaEnd - source.mediaStart;
  const oldType = source.carried?.fileType;
  const fileType = oldType === undefined ? fileTypeOf(source.tracks) : copiedBox(oldType);
  const tracks = [...source.tracks, ...(source.data ?? [])];
  const longTimes = tracks.some(({ track }) => track.samples.mediaDuration > 0xfffffffe);
  const mediaHeader = places === 'aligned' ? source.mediaHeader : undefined;
  const hasLargeHeader = mediaHeader === 'large' || needsLargeHeader(mediaBytes);
  const room = mediaHeader === 'wide' && !hasLargeHeader ? wide() : undefined;
  for (const largeOffsets of [false, true]) {
    let shift = 0;
    const { creationTime, timescale, carried, lent, edits } = source;
    const options = { creationTime, timescale, largeOffsets, carried, lent, edits, shift: () => shift };
    // How long it is does not depend on where the media goes, only on how wide the offsets are.
    const moov = await pace.through(movieBoxSteps(tracks, options));
    const around = fileType.size + moov.size + (room?.size ?? 0) + mdatHeaderLength(mediaBytes, hasLargeHeader);
    const padding = places === 'aligned' ? paddingOf(source, around) : undefined;
    const head = [fileType, moov, padding, room].filter((box) => box !== undefined);
    const headLength = around + (padding?.size ?? 0);
    const fileLength = headLength + mediaBytes;
    if (!largeOffsets && fileLength > 0xffffffff) continue;
    shift = headLength - source.mediaStart;
    return { head, hasLargeHeader, shift, fileLength, largeFields: largeOffsets || longTimes };
  }
  throw new Error('unreachable: 64-bit offsets fit every file');
}

/**
 * What brings media that `before` bytes come before to where it lies in the blocks of the file as it does in its own;
 * undefined where it lies there in pieces.
 */
function paddingOf({ media, mediaStart, mediaEnd }: MovieSource, before: number): Box | undefined {
  const place = media.placeInFile?.(mediaStart, mediaEnd - mediaStart);
  if (place === undefined) return undefined;
  const missing = (sharedBlockLength + ((place.offset - before) % sharedBlockLength)) % sharedBlockLength;
  return free(missing < minFreeBytes ? missing + sharedBlockLength : missing);
}

/** The types of the boxes that the file has, in order, with a space between them. */
export function boxTypesOf({ head, tail = [] }: MovieLayout): string {
  return [...head.map(({ type }) => type), 'mdat', ...tail.map(({ type }) => type)].join(' ');
}

/** The ftyp of an MP4 of these tracks. */
export function fileTypeOf(tracks: readonly PlacedTrack[]): Box {
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

/** All that stands before the media. Throws `interrupted` if it is to stop. */
export async function headBytes(source: MovieSource, layout: MovieLayout, pace: Pace): Promise<Uint8Array> {
  const writer = new ByteWriter();
  await writeHead(source, layout, writer, pace);
  return writer.toBytes();
}

async function writeHead(source: MovieSource, layout: MovieLayout, sink: ByteSink, pace: Pace): Promise<void> {
  for (const box of layout.head) {
    if (box.writeSteps === undefined) box.write(sink);
    else await pace.through(box.writeSteps(sink));
  }
  writeMdatHeader(source.mediaEnd - source.mediaStart, sink, layout.hasLargeHeader);
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
  await writeHead(source, layout, sink, new Pace(options.signal));
  sink.flush();
  await copyRange(source.media, source.mediaStart, mediaBytes, output, source.mediaStart + layout.shift, options);
}
