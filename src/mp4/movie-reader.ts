/**
 * Reads an ISO base media file as far as it stands: its boxes, its movie, the tracks and where their tables lie, the
 * fragments. A moov that is torn gives what lies before the tear. Samples are read when they are asked for. It reports
 * nothing by itself: `layout-findings.ts` and `movie-findings.ts` say what is wrong with what was read.
 */
import type { ByteSource } from '../io/file-source.ts';
import { BoxWalk } from './box-walk.ts';
import { bodyReader, type BoxSpan } from './box.ts';
import { readElst, type Edit } from './boxes/elst.ts';
import { readFtyp, type FileType } from './boxes/ftyp.ts';
import { readHdlr, type Handler } from './boxes/hdlr.ts';
import { readMdhd, type MediaHeader } from './boxes/mdhd.ts';
import { readMehd } from './boxes/mehd.ts';
import { readMvhd, type MovieHeader } from './boxes/mvhd.ts';
import { readTkhd, type TrackHeader } from './boxes/tkhd.ts';
import { readTrex, type TrackExtends } from './boxes/trex.ts';
import { fileLayoutSteps, type FileLayout, type LayoutOptions, type TopLevelBox } from './file-layout.ts';
import { hasDataElsewhere } from './other-files.ts';
import { readSampleEntries, type SampleEntry } from './sample-entry.ts';
import type { SampleTableBoxes } from './chunk-walk.ts';
import { inflatedMovie } from './compressed-movie.ts';
import { readMetadataTexts } from './metadata-texts.ts';

/** One trak box, as far as it can be read. */
export interface MovieTrack {
  /** Its place among the traks, from 0. */
  readonly index: number;
  readonly span: BoxSpan;
  /** Of the trak box: where it says that it ends. */
  readonly claimedEnd: number;
  readonly trackId: number;
  readonly header: TrackHeader | undefined;
  /** By the flags of its header. */
  readonly isEnabled: boolean;
  readonly mediaHeader: MediaHeader | undefined;
  readonly handler: Handler;
  readonly edits: readonly Edit[];
  readonly entries: readonly SampleEntry[];
  readonly tables: SampleTableBoxes;
  /** Tables that end before the end they claim: the file is cut within them. */
  readonly tornTables: readonly string[];
  /** Its samples lie in other files. */
  readonly isElsewhere: boolean;
  /** What fragments leave unsaid. */
  readonly extends: TrackExtends | undefined;
  /** What its metadata says in words, by ffprobe's names. */
  readonly texts: Readonly<Record<string, string>>;
}

/** One moov box, as far as it can be read. */
export interface Movie {
  readonly span: BoxSpan;
  /** What its boxes are in: itself, or what was compressed in it. */
  readonly contents: BoxSpan;
  readonly claimedEnd: number;
  /** The boxes inside it do not fill it to the end it claims. */
  readonly torn: boolean;
  /** QuickTime has compressed it: what is in it lies nowhere in the file as it is read. */
  readonly isCompressed: boolean;
  /** Offset of the first byte that could not be read as part of the moov. */
  readonly readableEnd: number;
  readonly header: MovieHeader | undefined;
  readonly tracks: readonly MovieTrack[];
  /** There may be fragments (mvex). */
  readonly isFragmented: boolean;
  /** Of a fragmented movie with all its fragments, in the movie's timescale. */
  readonly fragmentsDuration: number | undefined;
  /** The writing program, as it names itself in the metadata. */
  readonly writer: string | undefined;
  /** What its metadata says in words, by ffprobe's names. */
  readonly texts: Readonly<Record<string, string>>;
}

/** A whole file without its samples. */
export interface MovieFile {
  readonly layout: FileLayout;
  readonly fileType: FileType | undefined;
  /** The first moov; undefined where there is none. */
  readonly movie: Movie | undefined;
  readonly fragments: readonly TopLevelBox[];
}

/** More boxes than this in a moov come from no recorder. */
const maxBoxes = 100_000;
const maxTracks = 256;
/** The handler's name is for people, and may have any length. */
const maxHandlerBytes = 256;
const maxWriterBytes = 256;

/** Reads a file. `thorough`: a moov that nothing leads to is looked for in the whole of it. Goes step by step. */
export function* movieFileSteps(source: ByteSource, options: LayoutOptions = {}): Generator<void, MovieFile> {
  return movieFileOf(yield* fileLayoutSteps(source, options));
}

/** What the boxes of a layout hold. */
export function movieFileOf(layout: FileLayout): MovieFile {
  const ftyp = layout.boxes.find(({ type }) => type === 'ftyp' || type === 'styp');
  const moov = layout.boxes.find(({ type }) => type === 'moov');
  return {
    layout,
    fileType: ftyp === undefined ? undefined : readFtyp(ftyp),
    movie: moov === undefined ? undefined : readMovie(moov),
    fragments: layout.boxes.filter(({ type }) => type === 'moof'),
  };
}

function readMovie(moov: TopLevelBox): Movie {
  const boxes = new BoxWalk(maxBoxes);
  const children: BoxSpan[] = [];
  let readableEnd = moov.body;
  for (const span of boxes.inside(moov)) {
    children.push(span);
    readableEnd = span.end;
  }
  const cmov = children.find(({ type }) => type === 'cmov');
  const inflated = cmov === undefined ? undefined : inflatedMovie(cmov, boxes);
  if (inflated !== undefined) children.splice(0, children.length, ...boxes.inside(inflated));
  const find = (type: string): BoxSpan | undefined => children.find((each) => each.type === type);
  const mvhd = find('mvhd');
  const mvex = find('mvex');
  const mehd = boxes.child(mvex, 'mehd');
  const defaults = readDefaults(mvex, boxes);
  const tracks = children.filter(({ type }) => type === 'trak').slice(0, maxTracks);
  const read = tracks.map((trak, index) =>
    readTrack(trak, index, boxes, defaults, claimedEndOf(trak, inflated ?? moov)),
  );
  const isCut = moov.claimedEnd > moov.end;
  return {
    span: moov,
    contents: inflated ?? moov,
    claimedEnd: moov.claimedEnd,
    isCompressed: inflated !== undefined,
    torn: isCut || moov.end - readableEnd >= 8,
    readableEnd: isCut ? moov.end : readableEnd,
    header: mvhd === undefined ? undefined : readMvhd(mvhd),
    tracks: read,
    isFragmented: mvex !== undefined,
    fragmentsDuration: mehd === undefined ? undefined : readMehd(mehd),
    writer: readWriter(find('udta'), boxes),
    texts: readMetadataTexts(children, boxes),
  };
}

/** Where a box that was cut to its surroundings says that it ends. */
function claimedEndOf(span: BoxSpan, parent: BoxSpan): number {
  if (span.end < parent.end) return span.end;
  const reader = bodyReader({ ...span, body: span.start, end: span.start + 16 });
  const size = reader.u32();
  reader.skip(4);
  return span.start + (size === 1 ? reader.u64() : size);
}

function readDefaults(mvex: BoxSpan | undefined, boxes: BoxWalk): Map<number, TrackExtends> {
  const defaults = new Map<number, TrackExtends>();
  if (mvex === undefined) return defaults;
  for (const span of boxes.inside(mvex)) {
    if (span.type !== 'trex' || defaults.size === maxTracks) continue;
    const trex = readTrex(span);
    defaults.set(trex.trackId, trex);
  }
  return defaults;
}

const tableTypes: ReadonlySet<string> = new Set(
  'stsd stts ctts cslg stss stps stsz stz2 stsc stco co64 sdtp'.split(' '),
);

function readTrack(
  trak: BoxSpan,
  index: number,
  boxes: BoxWalk,
  defaults: ReadonlyMap<number, TrackExtends>,
  claimedEnd: number,
): MovieTrack {
  const children = [...boxes.inside(trak)];
  const find = (type: string): BoxSpan | undefined => children.find((each) => each.type === type);
  const tkhd = find('tkhd');
  const header = tkhd === undefined ? undefined : readTkhd(tkhd);
  const mdia = [...(find('mdia') === undefined ? [] : boxes.inside(find('mdia')!))];
  const mdhd = mdia.find(({ type }) => type === 'mdhd');
  const hdlr = mdia.find(({ type }) => type === 'hdlr');
  const minf = mdia.find(({ type }) => type === 'minf');
  const stbl = boxes.child(minf, 'stbl');
  const tables = new Map<string, BoxSpan>();
  const tornTables: string[] = [];
  if (stbl !== undefined) {
    for (const span of boxes.inside(stbl)) {
      if (!tableTypes.has(span.type) || tables.has(span.type)) continue;
      tables.set(span.type, span);
      if (claimedEndOf(span, stbl) > span.end) tornTables.push(span.type);
    }
  }
  const elst = boxes.child(find('edts'), 'elst');
  const handler =
    hdlr === undefined
      ? { handlerType: '', name: '' }
      : readHdlr({ ...hdlr, end: Math.min(hdlr.end, hdlr.body + maxHandlerBytes) });
  const stsd = tables.get('stsd');
  const trackId = header?.trackId ?? 0;
  return {
    index,
    span: trak,
    claimedEnd,
    trackId,
    header,
    isEnabled: tkhd !== undefined && (tkhd.source.read(tkhd.body, 4)[3]! & 1) !== 0,
    mediaHeader: mdhd === undefined ? undefined : readMdhd(mdhd),
    handler,
    edits: elst === undefined ? [] : readElst(elst),
    entries: stsd === undefined ? [] : readSampleEntries(stsd, handler.handlerType, boxes),
    tables,
    tornTables,
    isElsewhere: hasDataElsewhere(boxes.child(minf, 'dinf'), boxes),
    extends: defaults.get(trackId),
    texts: readMetadataTexts(
      children.filter(({ type }) => type === 'udta'),
      boxes,
    ),
  };
}

/** The name of the writing program: `©too` in iTunes-style metadata, or QuickTime's `©swr`. */
function readWriter(udta: BoxSpan | undefined, boxes: BoxWalk): string | undefined {
  if (udta === undefined) return undefined;
  for (const span of boxes.inside(udta)) {
    if (span.type === '\u00a9swr' || span.type === '\u00a9too') return shortText(span, 4);
    if (span.type !== 'meta') continue;
    const ilst = boxes.first('ilst', boxes.inside(span, 4));
    const data = boxes.child(boxes.child(ilst, '\u00a9too'), 'data');
    if (data !== undefined) return shortText(data, 8);
  }
  return undefined;
}

function shortText(span: BoxSpan, skipped: number): string | undefined {
  const length = Math.min(span.end - span.body - skipped, maxWriterBytes);
  if (length <= 0) return undefined;
  return Buffer.from(span.source.read(span.body + skipped, length))
    .toString('utf8')
    .replace(/\0.*$/s, '');
}
