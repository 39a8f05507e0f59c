/**
 * What a new movie takes over of an old one as it is: headers, edit lists, sample descriptions, groups of samples, metadata,
 * names, and boxes that nobody here knows. Only what follows from the samples and from where they lie is written anew. It
 * copies boxes and changes single fields in them; which samples are kept, and whether an edit list is still true, is for
 * others to say.
 */
import { bodyReader, childrenOf, container, fullBox, readVersionAndFlags, type Box, type BoxSpan } from './box.ts';
import { visualSampleEntryLength } from './boxes/avc1.ts';
import { elst, type Edit } from './boxes/elst.ts';
import { audioSampleEntryLength } from './boxes/mp4a.ts';
import { fixedPoint } from './boxes/tkhd.ts';
import { readTimes, timesVersion, writeTimes } from './header-times.ts';
import type { Movie, MovieTrack } from './movie-reader.ts';
import { sampleTableOf } from './sample-cursor.ts';
import type { DescriptionRun } from './boxes/stsc.ts';

/** Which samples of the old track the new one has, in the order of the old one. */
export type SamplesKept =
  /** All and no others. */
  | 'all'
  /** All that there are up to some sample, and maybe others behind them. */
  | 'first'
  /** Some, among them such as the old one does not describe. */
  | 'some';

/** A track whose boxes are taken over. */
export interface CarriedTrack {
  readonly track: MovieTrack;
  readonly samplesKept: SamplesKept;
  /** By sample of the new track. */
  readonly descriptions: readonly DescriptionRun[];
  /** Whether the sample descriptions are still true. */
  readonly keepsDescriptions: boolean;
  /** Pixels of the picture, where what the old one says of it is wrong. */
  readonly size: { readonly width: number; readonly height: number; readonly presentedWidth: number } | undefined;
  /** It is a track of another movie: what it says of its other tracks is not true of this one. */
  readonly isLent?: boolean;
}

/** What a movie takes over. */
export interface CarriedMovie {
  readonly movie: Movie;
  /** The file type box, where it is still true. */
  readonly fileType: BoxSpan | undefined;
  /** By id of the new track. */
  readonly tracks: ReadonlyMap<number, CarriedTrack>;
  /** Whether all edit lists are still true, but for where they end. */
  readonly keepsEdits: boolean;
  /** Whether durations in the headers are still true of what has all of its samples. */
  readonly keepsDurations: boolean;
}

/** The duration of a header where it says one; all ones and 0 say none. */
export function saidDuration(duration: number | undefined): number | undefined {
  return duration === undefined || duration === 0 || duration >= 0xffffffff ? undefined : duration;
}

/** Copies of larger boxes are made piece by piece. */
const pieceLength = 256 * 1024;

/** A box as it is in another file; `changes` are put over its bytes, by offset in the box. */
export function copiedBox(span: BoxSpan, changes: readonly (readonly [number, Uint8Array])[] = []): Box {
  const size = span.end - span.start;
  return {
    type: span.type,
    size,
    write(sink) {
      for (let at = 0; at < size; at += pieceLength) {
        const piece = span.source.read(span.start + at, Math.min(pieceLength, size - at)).slice();
        for (const [offset, bytes] of changes) {
          for (let i = 0; i < bytes.length; i++) {
            const target = offset + i - at;
            if (target >= 0 && target < piece.length) piece[target] = bytes[i]!;
          }
        }
        sink.bytes(piece);
      }
    },
  };
}

/** Boxes of a moov that are written anew, or mean nothing in a file without fragments. */
const writtenInMovie: ReadonlySet<string> = new Set(['mvhd', 'trak', 'mvex', 'cmov']);

/** The types of boxes are letters, digits and signs, and the `©` of QuickTime: what has another is no box, but damage. */
const boxType = /^[ -~©]{4}$/;

/** The boxes inside one, of which none reaches beyond it. */
function wholeChildren(parent: BoxSpan): BoxSpan[] {
  return [...childrenOf(parent)].filter(({ type, end }) => end <= parent.end && boxType.test(type));
}

/**
 * Whether a meta box says where in the file its items lie (ISO/IEC 14496-12, 8.11.3), which is not so in another file.
 * QuickTime's is no FullBox and has no such items.
 */
function tellsPlaces(span: BoxSpan): boolean {
  return span.type === 'meta' && [...childrenOf({ ...span, body: span.body + 4 })].some(({ type }) => type === 'iloc');
}

/** Whether a movie has what a new one is built around: its header. */
export function canBeCarried({ contents }: Movie): boolean {
  return wholeChildren(contents).some(({ type }) => type === 'mvhd');
}

/** The moov with everything but its tracks as it was. `duration`: in the movie's timescale. */
export function carriedMovieBox(
  { contents }: Movie,
  tracks: readonly Box[],
  duration: number,
  nextTrackId: number,
): Box {
  const children = wholeChildren(contents);
  const firstTrack = children.find(({ type }) => type === 'trak')?.start ?? Infinity;
  const others = children.filter((span) => !writtenInMovie.has(span.type) && !tellsPlaces(span));
  const copies = (where: (span: BoxSpan) => boolean): Box[] => others.filter(where).map((span) => copiedBox(span));
  const header = children.find(({ type }) => type === 'mvhd')!;
  return container('moov', [
    headerBox(header, duration, 4, undefined, (tail) => {
      const at = tail.byteLength - 4;
      if (at >= 0 && tail.getUint32(at) < nextTrackId) tail.setUint32(at, nextTrackId);
    }),
    ...copies(({ start }) => start < firstTrack),
    ...tracks,
    ...copies(({ start }) => start > firstTrack),
  ]);
}

/**
 * A header with times (mvhd, tkhd, mdhd) and another duration. `middleLength`: bytes between its times and the duration;
 * `changeMiddle` and `changeTail` may change them and what follows the duration.
 */
function headerBox(
  span: BoxSpan,
  duration: number,
  middleLength: number,
  changeMiddle?: (view: DataView) => void,
  changeTail?: (view: DataView) => void,
): Box {
  const reader = bodyReader(span);
  const { version, flags } = readVersionAndFlags(reader);
  let middle = new Uint8Array(middleLength);
  const times = { ...readTimes(version, reader, () => (middle = reader.bytes(middleLength).slice())), duration };
  const tail = reader.bytes(reader.remaining).slice();
  changeMiddle?.(viewOf(middle));
  changeTail?.(viewOf(tail));
  const newVersion = timesVersion(times);
  return fullBox(span.type, newVersion, flags, (sink) => {
    writeTimes(times, newVersion, sink, () => sink.bytes(middle));
    sink.bytes(tail);
  });
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The parts of a trak that follow from its samples. */
export interface TrackParts {
  readonly trackId: number;
  /** In the movie's timescale. */
  readonly duration: number;
  /** In the track's timescale. */
  readonly mediaDuration: number;
  readonly edits: readonly Edit[];
  readonly sampleTable: Box;
}

/** The trak with everything else as it was. */
export function carriedTrackBox({ track, size, isLent }: CarriedTrack, parts: TrackParts): Box {
  const edits = parts.edits.length === 0 ? undefined : container('edts', [elst(parts.edits)]);
  const children = wholeChildren(track.span).filter(
    (span) => !tellsPlaces(span) && (isLent !== true || span.type !== 'tref'),
  );
  const hasEdits = children.some(({ type }) => type === 'edts');
  return container(
    'trak',
    children.flatMap((span) => {
      if (span.type === 'mdia') return [mediaBox(span, parts)];
      if (span.type === 'edts') return [edits];
      if (span.type !== 'tkhd') return [copiedBox(span)];
      const setId = (middle: DataView): void => middle.setUint32(0, parts.trackId);
      const setSize = (tail: DataView): void => {
        if (size === undefined || tail.byteLength < 8) return;
        tail.setUint32(tail.byteLength - 8, fixedPoint(size.presentedWidth));
        tail.setUint32(tail.byteLength - 4, fixedPoint(size.height));
      };
      return [headerBox(span, parts.duration, 8, setId, setSize), hasEdits ? undefined : edits];
    }),
  );
}

function mediaBox(mdia: BoxSpan, { mediaDuration, sampleTable }: TrackParts): Box {
  return container(
    'mdia',
    wholeChildren(mdia).map((span) => {
      if (span.type === 'mdhd') return headerBox(span, mediaDuration, 4);
      if (span.type !== 'minf') return copiedBox(span);
      const parts = wholeChildren(span).map((part) => (part.type === 'stbl' ? sampleTable : copiedBox(part)));
      return container('minf', parts);
    }),
  );
}

/** Where the width and the height of a picture stand in a visual sample entry, header included. */
const sizeInEntry = 8 + 6 + 2 + 16;
/** Where the first entry stands in an stsd box. */
const firstEntry = 8 + 4 + 4;

/** Bytes between the header of an audio sample entry and the boxes in it, by QuickTime's version. */
const audioFieldsLength: readonly number[] = [audioSampleEntryLength, audioSampleEntryLength + 16];

/** Whether the boxes of sample descriptions fit into each other: what does not is not handed on. */
export function descriptionsHold({ tables, entries, handler }: MovieTrack): boolean {
  const span = tables.get('stsd');
  if (span === undefined) return false;
  const inside = [...childrenOf({ ...span, body: span.body + 8 })];
  const count = bodyReader({ ...span, body: span.body + 4 }).u32();
  if (inside.length !== count || inside.some(({ end }) => end > span.end)) return false;
  return inside.every((entry, index) => {
    const audio = entries[index]?.audio;
    const length = handler.handlerType === 'vide' ? visualSampleEntryLength : audioFieldsLength[audio?.version ?? -1];
    if (length === undefined) return true;
    return [...childrenOf({ ...entry, body: entry.body + length })].every(({ end }) => end <= entry.end);
  });
}

/** The sample descriptions as they were, the size of the picture put right where it was wrong. */
export function carriedDescriptions({ track, size, keepsDescriptions }: CarriedTrack): Box | undefined {
  const span = track.tables.get('stsd');
  if (span === undefined || !keepsDescriptions) return undefined;
  if (size === undefined) return copiedBox(span);
  const { width, height } = size;
  const bytes = Uint8Array.of(width >> 8, width & 0xff, height >> 8, height & 0xff);
  return copiedBox(span, [[firstEntry + sizeInEntry, bytes]]);
}

/** Tables that are written from the samples, and such as say where in the file something lies. */
const writtenTables: ReadonlySet<string> = new Set('stsd stts ctts stss stsz stz2 stsc stco co64 saio'.split(' '));
/** Tables with an entry for each sample, which hold for the same samples only. */
const perSample: ReadonlySet<string> = new Set('sdtp stdp padb subs stps saiz cslg'.split(' '));

/** What else is in the sample table: groups of samples, and boxes that nobody here knows. */
export function carriedTables({ track, samplesKept }: CarriedTrack): Box[] {
  const stbl = sampleTableOf(track.span);
  if (stbl === undefined) return [];
  return wholeChildren(stbl).flatMap((span) => {
    if (writtenTables.has(span.type)) return [];
    if (samplesKept !== 'all' && perSample.has(span.type)) return [];
    if (samplesKept === 'some' && span.type === 'sbgp') return [];
    return [copiedBox(span)];
  });
}

/** Types of boxes in the sample table that `carriedTables` leaves out although they say something. */
export function tablesLeftOut({ track, samplesKept }: CarriedTrack): string[] {
  const stbl = sampleTableOf(track.span);
  if (stbl === undefined) return [];
  const types = wholeChildren(stbl).map(({ type }) => type);
  const isLeftOut = (type: string): boolean =>
    type === 'saio' || (samplesKept !== 'all' && perSample.has(type)) || (samplesKept === 'some' && type === 'sbgp');
  return [...new Set(types.filter(isLeftOut))];
}
