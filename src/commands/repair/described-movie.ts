/**
 * What a damaged MP4 still says of its samples, in the model that writers take: the tracks of its moov and fragments as far
 * as they stand, what of them lies behind the end of the file, and which bytes of the media nothing describes.
 */
import type { CarveRange } from '../../rescue/carver/carver.ts';
import type { ByteRange } from '../../codecs/zero-ranges.ts';
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { lostHead, writesNoZeros, zeroRanges } from '../../rescue/movie-index/lost-ranges.ts';
import { unseenSecondsOf } from '../../rescue/movie-index/put-right.ts';
import { startOf } from '../../rescue/movie-index/lost-audio-times.ts';
import { findUndescribed } from '../../rescue/movie-index/undescribed-media.ts';
import { readIndexedMovie, type IndexedMovie } from '../../rescue/movie-index/read-movie.ts';
import { creationTimeAt } from '../../mp4/creation-time.ts';
import type { Findings } from '../../media/findings.ts';
import { noteLeftOut, nothingLeftOut, type LeftOut } from '../../media/left-out.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration, DataTrack, Track } from '../../media/track.ts';
import type { SamplesKept } from '../../mp4/carried-boxes.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { reportLayout } from '../../mp4/layout-findings.ts';
import { mediaKindOf, reportSamples } from '../../mp4/movie-findings.ts';
import type { MovieFile, MovieTrack } from '../../mp4/movie-reader.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';
import type { MovieSamples } from '../../mp4/movie-samples.ts';
import type { DescriptionRun } from '../../mp4/boxes/stsc.ts';
import type { TrackSamples } from '../../mp4/track-samples.ts';
import { gapsIn, mediaOf } from './media-ranges.ts';

/** Where a track comes from, and how it was when it was described. */
export interface TrackOrigin {
  readonly track: MovieTrack;
  /** The table of the track; what is found in the media may be joined to a copy of it. */
  readonly samples: SampleTable;
  /** What of the samples in the tables is there. */
  readonly samplesKept: SamplesKept;
  /** Whether the first sample in the tables is there. */
  readonly keepsFirst: boolean;
  /** By sample of `samples`. */
  readonly descriptions: readonly DescriptionRun[];
  readonly configuration: CodecConfiguration;
  /** Of the first sample that is there, on the clock of the recording, in ticks. */
  readonly firstDecodeTime: number;
  /** Decode time of the first sample in the tables, on the track's own clock, in ticks: 0 but in fragments. */
  readonly mediaBegins: number;
  /** Samples of another file follow in the table. */
  readonly isContinued?: boolean;
}

/** A damaged MP4 as far as its index goes. */
export interface DescribedMovie {
  readonly file: MovieFile;
  readonly tracks: readonly Track[];
  /** Tracks that are neither pictures nor audio, where the moov is whole. */
  readonly data: readonly DataTrack[];
  /** By track id, those of data among them; only of tracks whose trak box is whole. */
  readonly origins: ReadonlyMap<number, TrackOrigin>;
  /** By track id: samples that are described and are not there. */
  readonly leftOut: ReadonlyMap<number, LeftOut>;
  /** Ids of tracks whose tables stand to their end: there are no more samples of them. */
  readonly whole: ReadonlySet<number>;
  /** Where there is media, in order. */
  readonly media: readonly CarveRange[];
  /** Ids of tracks whose sample entry lacks the codec configuration that it needs. */
  readonly unconfigured: ReadonlySet<number>;
  /** Media that nothing describes although it may hold samples; none where the index is whole. */
  readonly undescribed: readonly CarveRange[];
  /** Whether the index leaves no time for that media: what comes behind it in the file comes later than the index says. */
  readonly hasNoTimeBetween: boolean;
  /** Whether tracks may be missing from the index. */
  readonly mayLackTracks: boolean;
  /** Seconds since 1904-01-01, UTC. */
  readonly creationTime: number;
  /** Ticks per second of the movie. */
  readonly timescale: number;
}

/** Reads what the file says of itself. Throws `interrupted` if it is to stop. */
export async function describeMovie(source: FileSource, findings: Findings, pace: Pace): Promise<DescribedMovie> {
  const indexed = await readIndexedMovie(source, { thorough: true }, pace);
  const { file, samples } = indexed;
  const { movie } = file;
  reportLayout(file, findings);
  await pace.through(reportSamples(file, samples, findings, unseenSecondsOf(file)));
  const leftOut = new Map<number, LeftOut>();
  const media = mediaOf(file);
  const undescribed = await pace.through(
    gapsIn(
      media,
      samples.tracks.map(({ samples: { table } }) => ({ samples: table })),
    ),
  );
  const whole = new Set<number>();
  const unconfigured = new Set<number>();
  const origins = new Map<number, TrackOrigin>();
  const lost = await lostMediaOf(indexed, findings, pace);
  const tracks = await pace.through(tracksOf(file, samples, lost, leftOut, whole, unconfigured, origins, findings));
  const data = movie?.torn === true ? [] : dataTracksOf(file, samples, lost, tracks, origins, findings);
  const isIncomplete =
    movie === undefined || movie.torn || tracks.length === 0 || lacksFragments(file, samples, undescribed, findings);
  const forgotten = isIncomplete ? [] : await findUndescribed(indexed, findings, pace);
  return {
    file,
    tracks,
    data,
    origins,
    leftOut,
    whole,
    unconfigured,
    media,
    undescribed: isIncomplete ? undescribed : forgotten,
    hasNoTimeBetween: forgotten.length > 0,
    mayLackTracks: movie === undefined || movie.torn || tracks.length === 0,
    creationTime: movie?.header?.creationTime ?? creationTimeAt(source.modified),
    timescale: Math.max(movie?.header?.timescale ?? 0, 1000),
  };
}

/** Media that is lost although the file has bytes there. */
interface LostMedia {
  readonly head: readonly ByteRange[];
  /** The head, and zeros: no coded sample has so many. In order. */
  readonly all: readonly ByteRange[];
}

/** Where the samples of the index are lost; and says it. */
async function lostMediaOf(indexed: IndexedMovie, findings: Findings, pace: Pace): Promise<LostMedia> {
  const { path, size } = indexed.file.layout.source;
  const lost = await lostHead(indexed, pace);
  const head = lost === undefined ? [] : [lost];
  for (const { end } of head) {
    const message = `the first ${end} bytes are not the media that the index describes`;
    findings.add('mp4-head-lost', message, { file: path, offset: 0, length: end });
  }
  const headEnd = lost?.end ?? 0;
  const zeros = (await zeroRanges(indexed, pace)).filter(({ end }) => end > headEnd);
  for (const { start, end } of zeros) {
    const where = end === size ? `the last ${end - start} bytes of the file` : `bytes ${start} to ${end}`;
    const message = `${where} are zero: they never reached the disk`;
    findings.add('mp4-zero-range', message, { file: path, offset: start, length: end - start });
  }
  return { head, all: [...head, ...zeros] };
}

/** Media of a fragment that is passed over: some writers align what they write. */
const maxPaddingBytes = 1024;

/** Whether there is media of fragments that are torn or lost. */
function lacksFragments(
  { movie, layout }: MovieFile,
  { fragmentFaults }: MovieSamples,
  undescribed: readonly CarveRange[],
  findings: Findings,
): boolean {
  if (movie?.isFragmented !== true) return false;
  if (fragmentFaults.torn > 0 || layout.strays.length > 0 || layout.junk !== undefined) return true;
  const lost = undescribed.find(({ length }) => length > maxPaddingBytes);
  if (lost === undefined) return false;
  findings.add('mp4-fragment-torn', `no fragment describes ${lost.length} bytes of media at byte ${lost.offset}`, {
    file: layout.source.path,
    offset: lost.offset,
    length: lost.length,
  });
  return true;
}

function* tracksOf(
  file: MovieFile,
  samples: MovieSamples,
  lostMedia: LostMedia,
  leftOut: Map<number, LeftOut>,
  whole: Set<number>,
  unconfigured: Set<number>,
  origins: Map<number, TrackOrigin>,
  findings: Findings,
): Generator<void, Track[]> {
  const path = file.layout.source.path;
  const tracks: Track[] = [];
  for (const { track, samples: own } of samples.tracks) {
    yield;
    const kind = mediaKindOf(track);
    const [entry] = track.entries;
    const timescale = track.mediaHeader?.timescale ?? 0;
    if (kind === undefined || entry === undefined || timescale === 0) {
      const isData = kind === undefined && file.movie?.torn !== true && canBeData(track);
      if (!isData && (file.movie?.torn !== true || own.table.length > 0)) {
        const what = track.handler.handlerType === '' ? 'unknown' : track.handler.handlerType;
        findings.add(
          'mp4-track-not-kept',
          `track ${track.trackId} (${what}) with ${own.table.length} samples is neither video nor audio`,
          { file: path, offset: track.span.start },
        );
      }
      continue;
    }
    // The tear took the description itself: nothing of the track stands.
    if (track.tornTables.includes('stsd') && own.table.length === 0) continue;
    const { table } = own;
    const placed = table.length;
    const mediaBegins = table.firstDecodeTime;
    table.firstDecodeTime += startOf(track, file.movie!, timescale);
    // The clock before a sample that is left out is that of the file.
    const lost = nothingLeftOut();
    const configuration = configurationOf(entry);
    const mayBeLost = writesNoZeros({ track, samples: own }) ? lostMedia.all : lostMedia.head;
    const left = leaveOutMissing(table, file, mayBeLost, timescale, lost);
    const taken = tracks.some(({ id }) => id === track.trackId) || track.trackId === 0;
    const id = taken ? Math.max(0, ...tracks.map((other) => other.id)) + 1 : track.trackId;
    // Behind a torn moov there is nothing: what its tables place there lies somewhere in the media.
    leftOut.set(id, file.movie?.torn === true ? nothingLeftOut() : lost);
    const isPlaced = own.grouped || own.claimed === placed;
    if (isPlaced && track.tornTables.length === 0 && lost.samples === 0 && placed > 0) whole.add(id);
    if (configuration.codec === 'unknown' && lacksConfiguration(entry)) unconfigured.add(id);
    tracks.push({ id, kind, timescale, configuration, samples: table });
    if (isWholeTrack(track)) {
      origins.set(id, {
        track,
        samples: table,
        samplesKept: left.samplesKept,
        keepsFirst: left.keep === undefined || left.keep[0] === 1,
        descriptions: descriptionsOf(own, left.keep),
        configuration,
        firstDecodeTime: table.firstDecodeTime,
        mediaBegins,
      });
    }
  }
  return tracks;
}

const withRecord: ReadonlySet<string> = new Set(
  'avc1 avc2 avc3 avc4 hvc1 hev1 av01 vp09 Opus ac-3 ec-3 fLaC'.split(' '),
);

/** Whether an entry is of a kind that means nothing without a record, and has none that can be read. */
function lacksConfiguration({ type, encrypted, descriptor }: SampleEntry): boolean {
  return !encrypted && (withRecord.has(type) || (type === 'mp4a' && descriptor === undefined));
}

/** Whether the boxes of a trak are all there. */
function isWholeTrack({ span, claimedEnd, tornTables, header, mediaHeader }: MovieTrack): boolean {
  return claimedEnd <= span.end && tornTables.length === 0 && header !== undefined && mediaHeader !== undefined;
}

/** Whether a track that is neither pictures nor audio can be taken over: its boxes are there, its media in this file. */
function canBeData(track: MovieTrack): boolean {
  return isWholeTrack(track) && track.tables.has('stsd') && (track.mediaHeader?.timescale ?? 0) > 0;
}

/** The other tracks of a moov that is whole: they are taken over as they are, as far as their samples are there. */
function dataTracksOf(
  file: MovieFile,
  samples: MovieSamples,
  lostMedia: LostMedia,
  tracks: readonly Track[],
  origins: Map<number, TrackOrigin>,
  findings: Findings,
): DataTrack[] {
  const data: DataTrack[] = [];
  for (const { track, samples: own } of samples.tracks) {
    if (mediaKindOf(track) !== undefined || !canBeData(track)) continue;
    const { table } = own;
    const { timescale } = track.mediaHeader!;
    const used = [...tracks, ...data].map(({ id }) => id);
    const isTaken = used.includes(track.trackId) || track.trackId === 0;
    const id = isTaken ? Math.max(0, ...used) + 1 : track.trackId;
    const lost = nothingLeftOut();
    const mediaBegins = table.firstDecodeTime;
    table.firstDecodeTime += startOf(track, file.movie!, timescale);
    const { samplesKept, keep } = leaveOutMissing(table, file, lostMedia.head, timescale, lost);
    if (lost.samples > 0) {
      findings.add(
        'mp4-data-samples-lost',
        `${lost.samples} of ${own.claimed} samples of track ${track.trackId} (${track.handler.handlerType}) are not there`,
        { file: file.layout.source.path, offset: track.span.start },
      );
    }
    if (table.length === 0 && lost.samples > 0) continue;
    data.push({ id, kind: 'data', timescale, samples: table });
    origins.set(id, {
      track,
      samples: table,
      samplesKept,
      keepsFirst: keep === undefined || keep[0] === 1,
      descriptions: descriptionsOf(own, keep),
      configuration: { codec: 'unknown', format: '', record: new Uint8Array(0) },
      firstDecodeTime: table.firstDecodeTime,
      mediaBegins,
    });
  }
  return data;
}

/** The runs of sample descriptions among the samples that are kept. `keep`: 1 for each of these; undefined: all. */
function descriptionsOf({ descriptions, grouped }: TrackSamples, keep: Uint8Array | undefined): DescriptionRun[] {
  if (descriptions.length === 0 || grouped) return [{ firstSample: 0, description: 1 }];
  if (keep === undefined) return [...descriptions];
  let kept = 0;
  let i = 0;
  const runs: DescriptionRun[] = [];
  for (const { firstSample, description } of descriptions) {
    for (; i < firstSample && i < keep.length; i++) kept += keep[i]!;
    if (runs.at(-1)?.firstSample === kept) runs.pop();
    if (runs.at(-1)?.description !== description) runs.push({ firstSample: kept, description });
  }
  return runs;
}

/** What was left out of a table. */
interface LeftOutSamples {
  readonly samplesKept: SamplesKept;
  /** 1 for each sample that was kept; undefined where all were. */
  readonly keep: Uint8Array | undefined;
}

/** Takes out the samples that lie behind the end of the file, or reach into media that is lost. */
export function leaveOutMissing(
  table: SampleTable,
  file: MovieFile,
  lostMedia: readonly ByteRange[],
  timescale: number,
  lost: LeftOut,
): LeftOutSamples {
  const { size } = file.layout.source;
  const keep = new Uint8Array(table.length).fill(1);
  let time = table.firstDecodeTime;
  let range = 0;
  for (let i = 0; i < table.length; i++) {
    const offset = table.offsets.data[i]!;
    const length = table.sizes.data[i]!;
    const duration = table.durations.data[i]!;
    // Samples rise as a rule; where they do not, the ranges are gone through again.
    if (range > 0 && lostMedia[range - 1]!.end > offset) range = 0;
    while (range < lostMedia.length && lostMedia[range]!.end <= offset) range++;
    const isLost = range < lostMedia.length && lostMedia[range]!.start < offset + length;
    if (isLost || offset + length > size) {
      keep[i] = 0;
      // What is behind the end was never there; a head that is lost was overwritten.
      const reason =
        offset + length > size ? 'missing' : isLost && lostMedia[range]!.start === 0 ? 'unreadable' : 'zeros';
      noteLeftOut(lost, reason, offset, length, time / timescale, duration / timescale);
    }
    time += duration;
  }
  if (lost.samples === 0) return { samplesKept: 'all', keep: undefined };
  table.retain(keep);
  const samplesKept = keep.lastIndexOf(1) + 1 === table.length ? 'first' : 'some';
  return { samplesKept, keep };
}
