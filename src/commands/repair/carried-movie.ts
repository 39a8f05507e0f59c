/**
 * What of the old moov is still true of the movie that is made: which tracks, which sample descriptions, whether the edit lists
 * are. It compares what was described with what is to be written; the boxes themselves are copied elsewhere.
 */
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { Track } from '../../media/track.ts';
import {
  canBeCarried,
  descriptionsHold,
  tablesLeftOut,
  type CarriedMovie,
  type CarriedTrack,
  type SamplesKept,
} from '../../mp4/carried-boxes.ts';
import { pictureOf } from '../../mp4/codec-sample-entry.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import { isDefaultSize } from '../../rescue/movie-index/put-right.ts';
import type { DescribedMovie, TrackOrigin } from './described-movie.ts';

/** Brands of files that are parts of something, or have fragments: a plain MP4 is neither. */
const brandsOfParts: ReadonlySet<string> = new Set(['msdh', 'msix', 'dash', 'cmfc', 'cmf2', 'cmfs', 'hlsf', 'lmsg']);

/**
 * What the movie of these tracks takes over; undefined where there is no moov that holds. `tracks`: as they are written.
 * `isRebuilt`: the media is put together anew, and the samples are not those of the old tables. Adds what is not taken over.
 */
export function carriedMovieOf(
  { file, origins, data, hasNoTimeBetween }: DescribedMovie,
  tracks: readonly Track[],
  isRebuilt: boolean,
  findings: Findings,
): CarriedMovie | undefined {
  const { movie } = file;
  if (movie === undefined || !canBeCarried(movie) || (movie.header?.timescale ?? 0) === 0) return undefined;
  const carried = new Map<number, CarriedTrack>();
  let keepsEdits = true;
  for (const track of tracks) {
    const origin = origins.get(track.id);
    if (origin === undefined) {
      keepsEdits = false;
      continue;
    }
    const relation = relationOf(origin, track.samples, isRebuilt);
    const entry = carriedTrackOf(file, origin, track, relation);
    carried.set(track.id, entry);
    // Samples that are left out of the middle leave the others at their times.
    const isOnlyLessened = track.samples === origin.samples && origin.keepsFirst && !isRebuilt;
    const beginsAlike =
      (relation !== 'some' || isOnlyLessened) && track.samples.firstDecodeTime === origin.firstDecodeTime;
    if (
      !beginsAlike ||
      (hasNoTimeBetween && track.samples.length > origin.samples.length) ||
      origin.isContinued === true ||
      origin.mediaBegins !== 0 ||
      track.samples.presentationRange().start < 0
    ) {
      keepsEdits = false;
    }
    reportLost(file, entry, track, relation, findings);
  }
  for (const { id } of isRebuilt ? [] : data) {
    const { track, samplesKept, descriptions, keepsFirst } = origins.get(id)!;
    keepsEdits &&= keepsFirst;
    if (!descriptionsHold(track)) continue;
    carried.set(id, { track, samplesKept, descriptions, keepsDescriptions: true, size: undefined });
  }
  if (!keepsEdits) reportLostEdits(file, carried, findings);
  const keepsDurations = keepsEdits && !isRebuilt && areDurationsTrue(file, findings);
  return { movie, fileType: fileTypeOf(file), tracks: carried, keepsEdits, keepsDurations };
}

/** How the samples that are written relate to those that were described. */
function relationOf(origin: TrackOrigin, samples: SampleTable, isRebuilt: boolean): SamplesKept {
  if (isRebuilt) return 'some';
  if (samples === origin.samples) {
    return origin.isContinued === true && origin.samplesKept === 'all' ? 'first' : origin.samplesKept;
  }
  if (origin.samplesKept === 'some' || samples.length < origin.samples.length) return 'some';
  for (let i = 0; i < origin.samples.length; i++) {
    if (samples.offsets.data[i] !== origin.samples.offsets.data[i]) return 'some';
  }
  return 'first';
}

/** Whether durations in the headers go on being true of tracks that keep all of their samples. */
function areDurationsTrue({ movie, fragments }: MovieFile, findings: Findings): boolean {
  const isClosed = movie?.torn === false && !movie.isFragmented && fragments.length === 0;
  return isClosed && !findings.has('mp4-duration-contradicts') && !findings.has('mp4-delta-absurd');
}

function carriedTrackOf(file: MovieFile, origin: TrackOrigin, track: Track, samplesKept: SamplesKept): CarriedTrack {
  const { configuration } = origin;
  const entries = origin.track.entries.length;
  // A description that is not there is taken for the first.
  const descriptions = origin.descriptions.map((run) =>
    run.description >= 1 && run.description <= entries ? run : { ...run, description: 1 },
  );
  const isSame =
    track.configuration === configuration ||
    (track.configuration.codec === configuration.codec &&
      'record' in track.configuration &&
      'record' in configuration &&
      track.configuration.record === configuration.record);
  // Where samples are written that were not described, only the one description there is can be theirs.
  const isOne = descriptions.length <= 1 && (descriptions[0]?.description ?? 1) === 1;
  const claimed = origin.track.entries[0]?.visual;
  const picture = track.kind === 'video' && claimed !== undefined ? pictureOf(track.configuration) : undefined;
  const isRight = picture === undefined || picture.width === 0 || !isDefaultSize(file, claimed!, picture);
  return {
    track: origin.track,
    samplesKept,
    descriptions: isOne || samplesKept !== 'some' || track.samples === origin.samples ? descriptions : [],
    keepsDescriptions: isSame && descriptionsHold(origin.track),
    size: isRight ? undefined : picture,
  };
}

function reportLost(
  file: MovieFile,
  carried: CarriedTrack,
  track: Track,
  relation: SamplesKept,
  findings: Findings,
): void {
  const place = { file: file.layout.source.path, track: track.kind };
  const { descriptions } = carried.track.entries.length > 1 ? carried : { descriptions: [{}] };
  if (descriptions.length === 0 || (!carried.keepsDescriptions && carried.track.entries.length > 1)) {
    findings.add(
      'mp4-descriptions-not-kept',
      `track ${track.id} changes its sample description; the first is given for all of it`,
      place,
    );
  }
  const types = relation === 'all' ? tablesLeftOut(carried).filter((type) => type === 'saio') : tablesLeftOut(carried);
  if (types.length === 0) return;
  findings.add(
    'mp4-tables-not-kept',
    `of track ${track.id} ${types.join(', ')} ${types.length === 1 ? 'is' : 'are'} left out: ${types.length === 1 ? 'it says' : 'they say'} nothing of the samples that are kept`,
    place,
  );
}

/** An edit list of one edit is written anew and says the same; a longer one is not. */
function reportLostEdits(file: MovieFile, carried: ReadonlyMap<number, CarriedTrack>, findings: Findings): void {
  for (const { track } of carried.values()) {
    if (track.edits.filter(({ mediaTime }) => mediaTime >= 0).length <= 1) continue;
    findings.add(
      'mp4-edits-not-kept',
      `the edit list of track ${track.trackId} has ${track.edits.length} edits; all of its media is shown instead`,
      { file: file.layout.source.path, offset: track.span.start },
    );
  }
}

function fileTypeOf({ layout, fileType, movie, fragments }: MovieFile): CarriedMovie['fileType'] {
  const span = layout.boxes.find(({ type }) => type === 'ftyp');
  if (span === undefined || fileType === undefined || span.fault !== undefined) return undefined;
  const brands = [fileType.majorBrand, ...fileType.compatibleBrands];
  const isOfParts =
    fragments.length > 0 || movie?.isFragmented === true || brands.some((each) => brandsOfParts.has(each));
  return isOfParts ? undefined : span;
}
