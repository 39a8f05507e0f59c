/**
 * Has the carver look into what no index describes, and joins what it finds onto the tracks that an index still tells of.
 */
import { noteAlike } from '../../rescue/carver/alike-streams.ts';
import { carvedEvidence, type CarvedEvidence } from '../../rescue/carver/carved-evidence.ts';
import type { CarveRange } from '../../rescue/carver/carver.ts';
import { carveStreams, type DealtCarving } from '../../rescue/carver/dealt-streams.ts';
import { reportCarving } from '../../rescue/carver/carving-findings.ts';
import { joinTracks } from '../../rescue/carver/joined-tracks.ts';
import type { RecordRule } from '../../rescue/carver/records.ts';
import type { SkippedRange } from '../../rescue/carver/carved-samples.ts';
import { streamOf, withLentStep, type SoughtStream } from '../../rescue/carver/streams.ts';
import { valuesOfSample } from '../../rescue/carver/unmarked-carver.ts';
import type { SamplePlace } from '../../codecs/h264/sample-unit.ts';
import { leadFramesIn } from '../../codecs/ac3/sync-frame.ts';
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';
import { picturesLookedAt, syncLookedAt, withWriterHabits } from '../../media/configurations.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { AudioConfiguration, CodecConfiguration, Track, VideoConfiguration } from '../../media/track.ts';
import { usualDuration } from '../../media/timeline.ts';
import { frameBytesOf } from '../../mp4/uncompressed-audio.ts';
import type { DescribedMovie } from './described-movie.ts';
import { findLentData, noLentData, openDataReference, rulesOf, type LentData } from './lent-data.ts';
import { findConfigurations } from '../../rescue/configurations/movie-configurations.ts';
import { alikeIn, namedLender, withLentHabits } from '../../rescue/references/lent-habits.ts';
import { isOfGoServer } from '../../rescue/movie-index/put-right.ts';

/** What the carver is given beside the movie. */
export interface MovieCarveSettings {
  readonly reference: string | undefined;
  readonly framesPerSecond: number | undefined;
  readonly pace: Pace;
  readonly progress: ((done: number, total: number) => void) | undefined;
}

/** The tracks with what the carver found. */
export interface CarvedMovie {
  readonly tracks: readonly Track[];
  /** Media in which no sample was found. */
  readonly skipped: readonly SkippedRange[];
  /** What the carver tells, where it had a look. */
  readonly evidence?: CarvedEvidence;
  /** Other tracks, and what their boxes are taken from. */
  readonly data?: LentData;
  /** Closes what has to be open until the result is written. */
  readonly close?: () => void;
}

/** Media that is gone through once more at most. */
const maxBytesAgain = 256 * 1024 * 1024;

function bytesIn({ samples }: DealtCarving): number {
  return samples.sizes.values().reduce((sum, size, i) => sum + (samples.known.data[i] === 1 ? 0 : size), 0);
}

/** The tracks with all that could be found joined on. */
export async function carveMovie(
  movie: DescribedMovie,
  source: FileSource,
  settings: MovieCarveSettings,
  findings: Findings,
): Promise<CarvedMovie> {
  const ranges = movie.undescribed;
  const total = ranges.reduce((sum, { length }) => sum + length, 0);
  const named = await openDataReference(settings.reference, settings.pace);
  const { streams: sought, reference, turns } = await streamsOf(movie, source, settings, findings, named?.records);
  const isNamed = reference === settings.reference;
  if (!isNamed) named?.source.close();
  const lending = isNamed ? named : await openDataReference(reference, settings.pace);
  const options = { pace: settings.pace, progress: (done: number) => settings.progress?.(done, total) };
  // Samples that do not say how long they are would take in those of other tracks.
  const isUnmarked = sought.some(({ syntax }) => syntax.unmarked !== undefined);
  const records = isUnmarked && lending !== undefined ? { passOver: lending.records } : {};
  let carving = await carveStreams(source, ranges, sought, { ...options, ...records });
  const rules = isUnmarked ? undefined : rulesOf(lending);
  const isLeft = (carving.passed?.count ?? 0) > 0 || carving.skipped.some(({ reason }) => reason === 'unreadable');
  if (rules !== undefined && total <= maxBytesAgain && isLeft) {
    // What the reference says of other tracks may lead to samples that nothing else leads to.
    for (const { syntax } of sought) syntax.interrupt?.();
    const again = await carveStreams(source, ranges, sought, { ...options, passOver: rules });
    if (bytesIn(again) > bytesIn(carving)) carving = again;
  }
  if (carving.unclear > 0) {
    findings.add(
      'streams-alike',
      `behind ${carving.unclear} holes in the media nothing shows which of several audio tracks goes on`,
      { file: source.path, track: 'audio' },
    );
  }
  for (const how of carving.inferred) {
    findings.add('streams-alike', `nothing tells which audio sample is of which track; they were dealt out to ${how}`, {
      file: source.path,
      track: 'audio',
    });
  }
  noteAlike(
    carving,
    carving.streams.map(({ stream }) => stream),
    source.path,
    findings,
  );
  reportInferred(carving, isClosed(movie) ? [] : ranges, source.path, findings);
  const joined = await settings.pace.through(
    joinTracks(
      carving,
      carving.streams.map(({ stream }) => stream),
      { isClosed: isClosed(movie), isPacketWise: isOfGoServer(movie.file), turns },
    ),
  );
  for (const { track } of joined) settleUncompressed(track);
  const others = movie.tracks.filter(({ id }) => !joined.some(({ track }) => track.id === id));
  const tracks = [...joined.map(({ track }) => track), ...others].filter(({ samples }) => samples.length > 0);
  const data = lending === undefined ? undefined : findLentData(lending, carving, source, tracks, findings);
  const rest = data ?? carving;
  reportCarving({ ...carving, skipped: rest.skipped, passed: rest.passed }, joined, source.path, findings);
  if (tracks.length === 0) {
    throw new SalvorError('unrecoverable', 'no sample was found in the media', {
      file: source.path,
      findings: findings.list(),
      advice:
        settings.reference === undefined
          ? 'give a complete recording of the same stream with --reference'
          : 'name a recording by the same encoder with the same settings',
    });
  }
  return {
    tracks: tracks.sort((a, b) => a.id - b.id),
    skipped: rest.skipped,
    evidence: carvedEvidence(ranges, rest.skipped, joined),
    data: data ?? noLentData,
    close: () => lending?.source.close(),
  };
}

/** Whether the writer ended the recording: it says how large its media is, and so large it is. */
function isClosed({ file: { layout } }: DescribedMovie): boolean {
  const media = layout.boxes.filter(({ type }) => type === 'mdat');
  return media.length > 0 && layout.junk === undefined && media.every(({ fault }) => fault === undefined);
}

/** Values of audio that is not compressed last as long as they are many; only where media is missing a row lasts longer. */
function settleUncompressed({ configuration, samples, timescale }: Track): void {
  const frameBytes = frameBytesOf(configuration);
  if (frameBytes === undefined || configuration.codec !== 'pcm') return;
  const ticks = timescale / configuration.sampleRate;
  for (let i = 0; i < samples.length; i++) {
    const own = Math.round((samples.sizes.data[i]! / frameBytes) * ticks);
    const missing = samples.durations.data[i]! - Math.round(valuesOfSample * ticks);
    samples.durations.data[i] = own + (missing > ticks * valuesOfSample ? missing : 0);
  }
}

/** Says of how many samples the bounds are only likely. `ranges`: where the media may end within a sample. */
function reportInferred(
  { samples, streams }: DealtCarving,
  ranges: readonly CarveRange[],
  file: string,
  findings: Findings,
): void {
  const last = ranges.at(-1);
  const end = last?.mayBeTorn === true ? last.offset + last.length : Infinity;
  for (const kind of ['video', 'audio'] as const) {
    let count = 0;
    let mayBeCut = false;
    for (let i = 0; i < samples.length; i++) {
      if (samples.inferred.data[i] !== 1 || streams[samples.streams.data[i]!]!.stream.kind !== kind) continue;
      count++;
      mayBeCut = samples.offsets.data[i]! + samples.sizes.data[i]! >= end;
    }
    if (count === 0) continue;
    const ending = mayBeCut ? '; the last one goes to the end of the media and may be cut off' : '';
    findings.add('samples-inferred', `where ${count} ${kind} samples begin and end is likely, not certain${ending}`, {
      file,
      track: kind,
    });
  }
}

/** Numbers of the samples that come first behind each of the ranges, where one does. */
function breaksIn(ranges: readonly CarveRange[], known: SampleTable | undefined): number[] {
  const breaks = ranges.map(({ offset, length }) => {
    const { length: count = 0, offsets } = known ?? {};
    let at = 0;
    while (at < count && offsets!.data[at]! < offset + length) at++;
    return at < count ? at : -1;
  });
  return [...new Set(breaks)].filter((at) => at >= 0);
}

type Turns = ReferenceStream['turns'];

/** The streams to look for: those of the tracks there are, and those that are lost; and how the reference puts them in turn. */
async function streamsOf(
  movie: DescribedMovie,
  source: FileSource,
  settings: MovieCarveSettings,
  findings: Findings,
  records: readonly RecordRule[] | undefined,
): Promise<{ readonly streams: SoughtStream[]; readonly reference?: string | undefined; readonly turns?: Turns }> {
  const streams: SoughtStream[] = [];
  const add = (
    configuration: CodecConfiguration | undefined,
    track: Pick<Track, 'id' | 'samples'> | undefined,
    timescale: number | undefined,
    lentStep?: number,
    startSeconds?: number,
  ): void => {
    if (configuration === undefined) return;
    const used = [...streams.map(({ stream }) => stream), ...movie.tracks].map(({ id }) => id);
    const id = track?.id ?? Math.max(0, ...used) + 1;
    const framesPerSecond = settings.framesPerSecond ?? (lentStep === undefined ? undefined : 1 / lentStep);
    const known = track?.samples;
    const ownStep = known === undefined || known.length === 0 ? undefined : usualDuration(known) / timescale!;
    const toBe = { id, timescale, known, sampleSeconds: ownStep ?? lentStep };
    const found = streamOf(withFrames(configuration, known, source), toBe, framesPerSecond);
    if (found === undefined) return;
    const sought = withLentStep(found, settings.framesPerSecond === undefined ? lentStep : undefined);
    const clockBreaks = movie.hasNoTimeBetween ? breaksIn(movie.undescribed, track?.samples) : [];
    if (clockBreaks.length > 0) Object.assign(sought.stream, { clockBreaks });
    if (startSeconds !== undefined) Object.assign(sought.stream, { startSeconds });
    if (movie.file.movie === undefined && known !== undefined) Object.assign(sought.stream, { followsMovie: true });
    streams.push(sought);
  };
  // Where the moov is torn, a track whose tables stand is whole, and another like it may have lost its own.
  const isWhole = ({ id, kind }: Track): boolean =>
    kind === 'audio' && movie.file.movie?.torn === true && movie.whole.has(id);
  const isBare = movie.tracks.some(({ samples }) => samples.length === 0);
  const lender = isBare ? namedLender(source.path, settings.reference) : undefined;
  for (const track of movie.tracks) {
    if (isWhole(track)) continue;
    const bare = track.samples.length === 0 ? track.configuration : undefined;
    const alike = lender === undefined || bare === undefined ? undefined : alikeIn(lender, bare);
    if (alike === undefined) add(track.configuration, track, track.timescale);
    else add(withLentHabits(bare!, alike), track, track.timescale, alike.stepSeconds);
  }
  const known = (kind: Track['kind']): Track | undefined => movie.tracks.find((track) => track.kind === kind);
  const [video, audio] = [known('video'), known('audio')];
  const isLost = video === undefined || audio === undefined || movie.tracks.every(({ id }) => movie.whole.has(id));
  if (!movie.mayLackTracks || !isLost) return { streams };
  const lostAudio = audio === undefined || isWhole(audio);
  const found = await lostStreams(
    { ...movie, records },
    source,
    settings,
    findings,
    video,
    lostAudio ? undefined : audio,
  );
  for (const lent of video === undefined ? [found.video, ...(found.moreVideo ?? [])] : []) {
    const { configuration, timescale, stepSeconds, startSeconds } = lent ?? {};
    add(configuration, undefined, timescale, stepSeconds, startSeconds);
  }
  if (found.mixedAudio !== undefined) streams.push(...mixedStream(found.mixedAudio, streams.length + 1));
  if (lostAudio) {
    const whole = movie.tracks.filter(isWhole).length;
    const others = found.audio.slice(Math.min(whole, found.audio.length - 1));
    for (const { configuration, timescale, stepSeconds, startSeconds } of others) {
      add(configuration, undefined, timescale, stepSeconds, startSeconds);
    }
  }
  return { streams, reference: found.reference, turns: found.video?.turns ?? found.audio[0]?.turns };
}

/** Audio of which no track comes, and no clock: where it ends the pictures go on. */
function mixedStream(configuration: AudioConfiguration, id: number): SoughtStream[] {
  const sought = streamOf(configuration, { id, timescale: undefined, known: undefined }, undefined);
  if (sought === undefined) return [];
  return [{ ...sought, stream: { ...sought.stream, configuration: undefined, frameSeconds: undefined } }];
}

/** A configuration of E-AC-3 or H.264 with how its known samples are put together. */
function withFrames(
  configuration: CodecConfiguration,
  known: SampleTable | undefined,
  source: FileSource,
): CodecConfiguration {
  if (known === undefined || known.length === 0) return configuration;
  if (configuration.codec === 'h264') {
    const placeOf = (i: number): SamplePlace => ({ offset: known.offsets.at(i)!, size: known.sizes.at(i)! });
    const places = Array.from({ length: Math.min(known.length, picturesLookedAt) }, (_, i) => placeOf(i));
    const sync: SamplePlace[] = [];
    for (let i = 0; known.sync !== undefined && i < known.length && sync.length < syncLookedAt; i++) {
      if (known.isSync(i)) sync.push(placeOf(i));
    }
    return withWriterHabits(configuration, places, sync, (at, length) => source.read(at, length).slice());
  }
  if (configuration.codec !== 'eac3') return configuration;
  const framesInSample = leadFramesIn(source.read(known.offsets.at(0)!, known.sizes.at(0)!));
  return framesInSample === undefined ? configuration : { ...configuration, framesInSample };
}

/**
 * The configurations of streams of which the index says none. Throws where nothing that stands goes without them. `tables`:
 * where there are samples of such streams; `records`: how those of other tracks look.
 */
export async function lostStreams(
  movie: Pick<DescribedMovie, 'tracks' | 'undescribed'> & {
    readonly tables?: readonly SampleTable[];
    readonly records?: readonly RecordRule[] | undefined;
  },
  source: FileSource,
  settings: MovieCarveSettings,
  findings: Findings,
  video: Track | undefined,
  audio: Track | undefined,
): ReturnType<typeof findConfigurations> {
  const lost = {
    media: { source, ranges: movie.undescribed, pace: settings.pace, tables: movie.tables, records: movie.records },
    path: source.path,
    reference: settings.reference,
    video: video?.configuration as VideoConfiguration | undefined,
    pictures: video === undefined || video.samples.length === 0 ? undefined : video,
    audio: audio?.configuration as AudioConfiguration | undefined,
    framesPerSecond: settings.framesPerSecond,
    findings,
  };
  try {
    return await findConfigurations(lost);
  } catch (error) {
    settings.pace.check();
    // What stands is worth having even if the rest stays closed.
    const stands = movie.tracks.some(({ samples }) => samples.length > 0);
    if (!stands || !(error instanceof SalvorError)) throw error;
    if (settings.reference !== undefined) {
      findings.add('reference-not-used', `nothing was taken from ${settings.reference}: ${error.message}`, {
        file: source.path,
      });
    }
    return { video: undefined, audio: [] };
  }
}
