/**
 * Repairs one MP4: reads what its index still says, looks into the media for what it does not, puts everything on one
 * timeline, writes a new file, checks it, and says what was done and what is lost. The damaged file is only read.
 */
import { isSameFile } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { zeroTailStart } from '../../io/zero-tail.ts';
import { settlePending } from '../../io/journalled-patch.ts';
import { refuseWhileWritten, waitUntilClosed } from '../../io/open-for-writing.ts';
import { Pace } from '../../io/pace.ts';
import { refuseOtherKind } from '../../rescue/recording-kind.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings, type Finding, type FindingCode } from '../../media/findings.ts';
import { configurationOrigin, roundSeconds, type RecordingReport, type TrackReport } from '../../media/report.ts';
import { makeDecodeTimesRise, placeOnTimeline, type PlacedTrack } from '../../media/timeline.ts';
import type { DataTrack, Track } from '../../media/track.ts';
import type { CarriedMovie } from '../../mp4/carried-boxes.ts';
import { trackReport } from '../../mp4/track-report.ts';
import type { MovieSource } from '../../mp4/write-movie.ts';
import { evidenceOf } from '../../rescue/carver/carved-evidence.ts';
import { isLeftOpen, isPutRight } from '../../rescue/movie-index/put-right.ts';
import { makeMovie, type MadeMovie } from '../../rescue/making/make-movie.ts';
import { carriedMovieOf } from './carried-movie.ts';
import { carveMovie, type CarvedMovie } from './carved-movie.ts';
import { withJoined } from './joined-movies.ts';
import { noLentData, type LentData } from './lent-data.ts';
import { describeMovie, type DescribedMovie } from './described-movie.ts';
import { describeFragments } from './fragment-tracks.ts';
import { reportUnconfigured, withConfigurations } from './missing-configurations.ts';
import { isWidened, patchInPlace, planInPlace } from './patch-in-place.ts';
import { missingHeadLength, headsOf, type HeadlessTrack } from '../../rescue/headless-frames.ts';
import { sizeInStream, withSize } from './picture-size.ts';
import { withHeads, type RebuiltMedia } from './rebuilt-media.ts';
import { restoreAudioTimes } from './audio-times.ts';
import { reportWrongValues } from './wrong-values.ts';

/** What the command line asks for one file. */
export interface RepairOptions {
  /** Path of the repaired file. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Do everything but write. */
  readonly dryRun: boolean;
  /** A recording of the same stream that the user names. */
  readonly reference: string | undefined;
  /** Patch the file where it lies; what cannot be repaired so is refused. */
  readonly inPlace: boolean;
  /** Let a decoder have a look at the result before it gets its name. */
  readonly verify?: boolean | undefined;
  /** Pictures a second where nothing in the stream tells. */
  readonly framesPerSecond: number | undefined;
  /** Seconds to wait for a recorder to close the file. */
  readonly wait?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes done and to do of what is named. */
  readonly progress?: ((what: string, done: number, total: number) => void) | undefined;
}

/** Repairs the recording at `path`. Throws a SalvorError, with everything as it was, where that cannot be done. */
export async function repair(path: string, options: RepairOptions): Promise<RecordingReport> {
  const started = performance.now();
  await waitUntilClosed([path], options.wait ?? 0, options.signal);
  const mayFinish = options.inPlace && !options.dryRun;
  const finished = settlePending(path, mayFinish, 'run again with --in-place, which finishes it');
  const source = new FileSource(path);
  try {
    const report = await repairSource(source, options, finished);
    return { ...report, elapsedSeconds: roundSeconds((performance.now() - started) / 1000) };
  } catch (error) {
    // What a recorder is just writing may have nothing in it yet that could be repaired.
    const isUnrecoverable = error instanceof SalvorError && error.kind === 'unrecoverable';
    if (isUnrecoverable && !options.dryRun) refuseWhileWritten([source]);
    throw error;
  } finally {
    source.close();
  }
}

type Unfinished = Omit<RecordingReport, 'elapsedSeconds'>;

/** `finished`: an earlier run in place was brought to its end. */
async function repairSource(source: FileSource, options: RepairOptions, finished: boolean): Promise<Unfinished> {
  const findings = new Findings();
  const pace = new Pace(options.signal);
  await pace.turn();
  refuseOtherKind(source, 'movie');
  const nothing = {
    recording: source.path,
    inputs: [{ path: source.path, bytes: source.size, fate: 'kept' as const }],
    tracks: [],
    unindexed: [],
    bytesMoved: 0,
  };
  if (source.size === 0) throw new SalvorError('unrecoverable', 'the file is empty', { file: source.path });
  if (zeroTailStart(source) === 0) {
    throw new SalvorError('unrecoverable', `all of its ${source.size} bytes are zero`, { file: source.path });
  }
  const described = await describeMovie(source, findings, pace);
  if (pace.isDue) await pace.turn();
  const joined =
    findings.has('mp4-joined') && !options.inPlace ? await withJoined(described, source, findings, pace) : undefined;
  const movie = joined ?? described;
  restoreAudioTimes(movie.file, movie.tracks, findings);
  const headless = findHeadless(movie.tracks, source, findings);
  const head = headOf(headless);
  for (const track of movie.tracks) reportWrongValues(movie.file, track, source, head, findings);
  const intact = intactFindings(movie, joined !== undefined, options.reference !== undefined, findings);
  if (intact?.some(({ code }) => code === 'mp4-joined') === true) throw cannotBeOne(source, intact);
  if (intact !== undefined) return { ...nothing, outcome: 'untouched', findings: intact };
  if (!options.dryRun) refuseWhileWritten([source]);
  if (options.inPlace) reportUnconfigured(movie, findings);
  if (options.inPlace) return { ...nothing, ...(await inPlace(movie, source, { ...options, finished }, findings)) };
  if (isSameFile(source.path, options.output)) {
    throw new SalvorError('usage', 'the output would replace the damaged file itself', {
      file: source.path,
      advice: 'give another name to --output',
    });
  }
  const settings = {
    reference: options.reference,
    framesPerSecond: options.framesPerSecond,
    pace,
    progress: (done: number, total: number) => options.progress?.('reading', done, total),
  };
  requireMedia(movie, source, findings);
  const configured = await withConfigurations(movie, source, settings, findings);
  const complete = await describeFragments(configured, source, settings, findings);
  const carved: CarvedMovie =
    complete.undescribed.length === 0
      ? { tracks: complete.tracks.filter(({ samples }) => samples.length > 0), skipped: [] }
      : await carveMovie(complete, source, settings, findings);
  try {
    return { ...nothing, ...(await written(complete, carved, headless, source, options, findings)) };
  } finally {
    carved.close?.();
  }
}

/** Writes what was described and carved. */
async function written(
  complete: DescribedMovie,
  carved: CarvedMovie,
  headless: HeadlessTrack | undefined,
  source: FileSource,
  options: RepairOptions,
  findings: Findings,
): Promise<ReturnType<typeof outcomeOf>> {
  const pace = new Pace(options.signal);
  for (const track of carved.tracks) {
    makeDecodeTimesRise(track, findings, source.path);
    if (pace.isDue) await pace.turn();
  }
  const head = headOf(headless);
  const tracks = carved.tracks.map((track) => withSize(track, sizeInStream(track, source, head)));
  const rebuilt = headless === undefined ? undefined : withHeads(tracks, headless, source);
  const carried = carriedMovieOf(complete, tracks, rebuilt !== undefined, findings);
  const lent = rebuilt === undefined ? (carved.data ?? noLentData) : noLentData;
  const result = movieOf(complete, tracks, carried, lent, source, findings);
  const made = await make(rebuilt, result, source, options, findings);
  return outcomeOf(complete, carved, result, made, options.output, findings);
}

/** The head that the first frame lacks; empty where it lacks none, or none that is known. */
function headOf(headless: HeadlessTrack | undefined): Uint8Array {
  return headless?.heads.subarray(0, headless.isKnown[0] === 1 ? missingHeadLength : 0) ?? new Uint8Array(0);
}

/** The track whose frames lack their heads, where there is one. */
function findHeadless(tracks: readonly Track[], source: FileSource, findings: Findings): HeadlessTrack | undefined {
  for (const track of tracks) {
    const headless = headsOf(track, source);
    if (headless === undefined) continue;
    const { unknown, fromOffsets } = headless;
    const concluded = track.samples.length - unknown - fromOffsets;
    const basis = [
      ...(fromOffsets > 0 ? [`${fromOffsets} from the composition offsets`] : []),
      ...(concluded > 0 ? [`${concluded} from the syntax`] : []),
    ];
    const left = unknown > 0 ? `; ${unknown} cannot be and are left out` : '';
    findings.add(
      'mp4-frame-heads-missing',
      `${track.samples.length} frames lack their first three bytes: they are put back, ${basis.join(', ')}${left}`,
      { file: source.path, track: 'video', offset: track.samples.offsets.at(0) },
    );
    return headless;
  }
  return undefined;
}

/** Makes the file. `rebuilt`: the media that its samples point into, where that is not the file's own. */
function make(
  rebuilt: RebuiltMedia | undefined,
  movie: MovieSource,
  source: FileSource,
  { progress, ...options }: RepairOptions,
  findings: Findings,
): Promise<MadeMovie> {
  const making = {
    ...options,
    again: options.replace,
    isOnlyCopy: false,
    // Where one is named no other is asked.
    judge: options.verify === true ? { isNamed: () => options.reference !== undefined } : undefined,
    sources: [source],
    findings,
    progress: (done: number, total: number) => progress?.('writing', done, total),
  };
  return makeMovie(() => (rebuilt === undefined ? movie : { ...movie, media: rebuilt }), making);
}

async function inPlace(
  { file, tracks, leftOut }: DescribedMovie,
  source: FileSource,
  { dryRun, finished, signal }: Pick<RepairOptions, 'dryRun' | 'signal'> & { readonly finished: boolean },
  findings: Findings,
): Promise<Pick<Unfinished, 'outcome' | 'output' | 'tracks' | 'findings' | 'inputs'>> {
  const pace = new Pace(signal);
  const patch = await pace.through(planInPlace(file));
  if ('refused' in patch && !finished && isWidened(file) && findings.firstError() === undefined) {
    const inputs = [{ path: source.path, bytes: source.size, fate: 'kept' as const }];
    return { outcome: 'already-made', inputs, tracks: [], findings: findings.list() };
  }
  if ('refused' in patch && !finished) {
    throw new SalvorError('unrecoverable', `cannot be repaired in place: ${patch.refused}`, {
      file: source.path,
      findings: findings.list(),
      advice: 'run again without --in-place, which writes a new file',
    });
  }
  const isPlan = !('refused' in patch);
  if (isPlan && !dryRun) await patchInPlace(source, patch, pace);
  const placed = placeOnTimeline(tracks).map((place) =>
    trackReport(place, { file: source.path, leftOut: leftOut.get(place.track.id) }, { from: 'recorded' }),
  );
  return {
    outcome: isPlan && dryRun ? 'would-make' : 'made',
    inputs: [{ path: source.path, bytes: source.size, fate: isPlan && dryRun ? 'to be patched' : 'patched' }],
    output: {
      path: source.path,
      bytes: isPlan ? patch.size : source.size,
      durationSeconds: durationOf(placed),
      replaced: false,
    },
    tracks: placed,
    findings: findings.list(),
  };
}

function durationOf(tracks: readonly TrackReport[]): number {
  return roundSeconds(Math.max(...tracks.map(({ startSeconds, durationSeconds }) => startSeconds + durationSeconds)));
}

/** What the file has that a new one would not have: no fault of the file, and not so where none is made. */
const notInTheResult: ReadonlySet<FindingCode> = new Set(['mp4-track-not-kept', 'mp4-descriptions-not-kept']);

/**
 * The findings of a file in which nothing is wrong that a repair would put right; undefined for any other. `isJoined`: what
 * follows behind the first file is put to it. A media segment is intact, but a reference makes a recording of it.
 */
function intactFindings(
  movie: DescribedMovie,
  isJoined: boolean,
  hasReference: boolean,
  findings: Findings,
): readonly Finding[] | undefined {
  const { file, tracks, data, unconfigured } = movie;
  const own = findings.list().filter(({ code }) => !notInTheResult.has(code));
  const isIntact = own.every((finding) => !isPutRight(finding) || (finding.code === 'mp4-joined' && !isJoined));
  if (!isIntact || unconfigured.size > 0 || isLeftOpen(file, findings)) return undefined;
  const isDescribed = tracks.length > 0 || data.some(({ samples }) => samples.length > 0);
  const isElsewhere = findings.has('mp4-media-elsewhere') && (file.movie !== undefined || !hasReference);
  return isDescribed || isElsewhere ? own : undefined;
}

/** What is said of intact files that were joined and whose tracks are not alike. */
function cannotBeOne({ path }: FileSource, findings: readonly Finding[]): SalvorError {
  const { offset = 0 } = findings.find(({ code }) => code === 'mp4-joined')!;
  return new SalvorError('unrecoverable', `two files are joined at byte ${offset}, and cannot be made one`, {
    file: path,
    findings,
    advice: `head -c ${offset} gives the first, tail -c +${offset + 1} what is behind it; --in-place joins nothing`,
  });
}

function requireMedia({ media, tracks }: DescribedMovie, { path }: FileSource, findings: Findings): void {
  if (media.length > 0 || tracks.some(({ samples }) => samples.length > 0)) return;
  throw new SalvorError('unrecoverable', 'there is no media in the file: nothing was recorded, or it was lost', {
    file: path,
    findings: findings.list(),
  });
}

/** The movie that the tracks make. */
function movieOf(
  { creationTime, timescale, file, data }: DescribedMovie,
  tracks: readonly Track[],
  carried: CarriedMovie | undefined,
  lent: LentData,
  media: FileSource,
  findings: Findings,
): MovieSource {
  const others = [...data.filter(({ id }) => carried?.tracks.has(id) === true), ...lent.tracks];
  let mediaStart = Infinity;
  let mediaEnd = 0;
  for (const { samples } of [...tracks, ...others]) {
    for (let i = 0; i < samples.length; i++) {
      const offset = samples.offsets.data[i]!;
      mediaStart = Math.min(mediaStart, offset);
      mediaEnd = Math.max(mediaEnd, offset + samples.sizes.data[i]!);
    }
  }
  if (mediaEnd === 0) {
    throw new SalvorError('unrecoverable', 'no sample is left that is whole', {
      file: media.path,
      findings: findings.list(),
    });
  }
  const placed = placeOnTimeline<Track | DataTrack>([...tracks, ...others]);
  return {
    media,
    mediaStart,
    mediaEnd,
    tracks: placed.filter((place): place is PlacedTrack => place.track.kind !== 'data'),
    data: placed.filter((place): place is PlacedTrack<DataTrack> => place.track.kind === 'data'),
    carried,
    lent: lent.boxes,
    creationTime,
    timescale: carried === undefined ? timescale : (file.movie?.header?.timescale ?? timescale),
  };
}

function outcomeOf(
  movie: DescribedMovie,
  { skipped, evidence }: CarvedMovie,
  result: MovieSource,
  { layout, outcome, replaced }: MadeMovie,
  output: string,
  findings: Findings,
): Pick<Unfinished, 'outcome' | 'output' | 'tracks' | 'unindexed' | 'findings' | 'bytesMoved'> {
  const file = result.media.path;
  const list = findings.list();
  const tracks = result.tracks.map((place) => {
    const { id, kind } = place.track;
    const known = { file, leftOut: movie.leftOut.get(id), ...evidenceOf(evidence, id) };
    return trackReport(place, known, configurationOrigin(list, kind));
  });
  return {
    outcome,
    output: { path: output, bytes: layout.fileLength, durationSeconds: durationOf(tracks), replaced },
    tracks,
    unindexed: skipped.map(({ offset, length, reason }) => ({ file, offset, length, reason })),
    findings: list,
    bytesMoved: outcome === 'made' ? result.mediaEnd - result.mediaStart : 0,
  };
}
