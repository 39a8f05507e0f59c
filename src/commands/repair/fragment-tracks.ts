/**
 * Makes tracks of fragments whose moov is lost. Where each sample lies and when is in the fragments; of which codec a track
 * is, a reference says, or the media, and the media tells which is which: its samples have to begin and end where the
 * fragments place them. Ticks have the length that the audio frames and the reference give them.
 */
import { placeStreams } from '../../rescue/movie-index/placed-streams.ts';
import { SampleWitness } from '../../rescue/movie-index/samples-in-media.ts';
import type { FoundConfigurations } from '../../rescue/configurations/attempt.ts';
import { ByteWindow } from '../../rescue/carver/byte-window.ts';
import { streamOf } from '../../rescue/carver/streams.ts';
import type { ByteSource, FileSource } from '../../io/file-source.ts';
import { zeroTail } from '../../io/zero-tail.ts';
import type { Pace } from '../../io/pace.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';
import type { Findings } from '../../media/findings.ts';
import { nothingLeftOut, type LeftOut } from '../../media/left-out.ts';
import { Column } from '../../media/column.ts';
import { samplesAtOnce, type SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration, Track } from '../../media/track.ts';
import { loneFragmentsSteps, type LoneTrack } from '../../mp4/lone-fragments.ts';
import { lostStreams, type MovieCarveSettings } from './carved-movie.ts';
import { leaveOutMissing, type DescribedMovie } from './described-movie.ts';
import { gapsIn } from './media-ranges.ts';

type Lent = ReferenceStream<CodecConfiguration> & { readonly kind: Track['kind'] };

/** The movie with the tracks of its fragments, where it has them and lost its moov. Throws where no codec is known. */
export async function describeFragments(
  movie: DescribedMovie,
  source: FileSource,
  settings: MovieCarveSettings,
  findings: Findings,
): Promise<DescribedMovie> {
  const { file, media } = movie;
  if (file.movie !== undefined || file.fragments.length === 0) return movie;
  const { pace } = settings;
  const lone = await pace.through(loneFragmentsSteps(file.fragments, file.layout.boxes, source.size));
  if (lone.tracks.length === 0) return movie;
  const sought = { ...movie, tables: lone.tracks.map(({ table }) => table) };
  const found = await lostStreams(sought, source, settings, findings, undefined, undefined);
  const tracks = await tracksOfFragments(source, lone.tracks, found, findings, pace);
  if (tracks.length === 0) return movie;
  const undescribed = await pace.through(gapsIn(media, tracks));
  const leftOut = new Map<number, LeftOut>();
  const zeros = zeroTail(source);
  for (const { id, samples, timescale, configuration } of tracks) {
    const lost = nothingLeftOut();
    const lostMedia = zeros === undefined || configuration.codec === 'pcm' ? [] : [zeros];
    leaveOutMissing(samples, file, lostMedia, timescale, lost);
    leftOut.set(id, lost);
    if (pace.isDue) await pace.turn();
  }
  return { ...movie, tracks, leftOut, undescribed, mayLackTracks: false };
}

/** The tracks that are told apart; the others are told of. Throws `interrupted` if it is to stop. */
async function tracksOfFragments(
  source: ByteSource,
  lone: readonly LoneTrack[],
  { video, audio }: FoundConfigurations,
  findings: Findings,
  pace: Pace,
): Promise<Track[]> {
  const left: readonly Lent[] = [
    ...(video === undefined ? [] : [{ ...video, kind: 'video' as const }]),
    ...audio.map((one) => ({ ...one, kind: 'audio' as const })),
  ];
  const places = placeStreams(
    source,
    lone.map(({ table }) => table),
    left,
  );
  if (pace.isDue) await pace.turn();
  const named = places.flatMap((place, n) =>
    place === undefined ? [] : [{ lent: left[n]!, track: lone[place.table]! }],
  );
  // Of uncompressed audio nothing says anything: one such stream and one such track belong together.
  const [silent, ...others] = left.filter((_, n) => places[n] === undefined);
  const [last, ...more] = lone.filter((track) => !named.some((each) => each.track === track));
  const isAlone = silent !== undefined && last !== undefined && others.length === 0 && more.length === 0;
  if (isAlone && SampleWitness.of(source, silent.configuration) === undefined) {
    named.push({ lent: silent, track: last });
  }
  named.sort((a, b) => a.track.trackId - b.track.trackId);
  const seconds = secondsOfAudio(named, source);
  const tracks: Track[] = [];
  for (const { lent, track } of named) {
    const timescale = timescaleOf(lent, track.table, seconds, source);
    if (lent.kind === 'video') await pace.through(markSync(source, lent.configuration, track.table));
    tracks.push({
      id: track.trackId,
      kind: lent.kind,
      timescale,
      configuration: lent.configuration,
      samples: track.table,
    });
    const message = `the fragments place ${track.table.length} ${lent.kind} samples in time, in ticks of 1/${timescale} s`;
    findings.add('mp4-fragments-alone', message, { file: source.path, track: lent.kind });
  }
  for (const { trackId, table } of lone) {
    if (tracks.some(({ id }) => id === trackId)) continue;
    const message = `nothing tells what track ${trackId} with ${table.length} samples in fragments is`;
    findings.add('mp4-track-not-kept', message, { file: source.path, offset: table.offsets.data[0]! });
  }
  return tracks;
}

/** The duration that most samples have, in ticks. */
function usualDuration({ durations, length }: SampleTable): number {
  const counts = new Map<number, number>();
  for (let i = 0; i < Math.min(length, samplesAtOnce); i++) {
    const ticks = durations.data[i]!;
    counts.set(ticks, (counts.get(ticks) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0] ?? 0;
}

/** Ticks per second by the length that every frame of an audio codec has; undefined where it has none. */
function timescaleOfFrames({ configuration }: Lent, table: SampleTable, source: ByteSource): number | undefined {
  const sought = streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined);
  const [offset, size] = [table.offsets.at(0)!, table.sizes.at(0)!];
  // Some say only in their first sample how long they last.
  if (offset + size <= source.size) sought?.syntax.accept(offset, offset + size, new ByteWindow(source));
  const seconds = sought?.stream.frameSeconds;
  const ticks = usualDuration(table);
  return seconds === undefined || ticks <= 1 ? undefined : Math.round(ticks / seconds);
}

/** How long the audio lasts, by its own frames. */
function secondsOfAudio(
  named: readonly { readonly lent: Lent; readonly track: LoneTrack }[],
  source: ByteSource,
): number | undefined {
  for (const { lent, track } of named) {
    if (lent.kind !== 'audio') continue;
    const timescale = timescaleOfFrames(lent, track.table, source);
    if (timescale !== undefined) return track.table.mediaDuration / timescale;
  }
  return undefined;
}

const usualTimescales: readonly number[] = [
  600, 1000, 1200, 2400, 2500, 3000, 6000, 9600, 10_000, 10_240, 11_988, 12_288, 12_800, 14_985, 15_360, 16_000, 24_000,
  25_000, 30_000, 44_100, 48_000, 50_000, 60_000, 90_000, 600_000, 1_000_000, 10_000_000,
];
/** How near to a usual number of ticks what a rounded step makes of it has to be. */
const likeUsual = 0.002;
/** How unlike the lengths of pictures and audio may be for ticks to be taken as they are given. */
const alikeLengths = 0.1;
/** Seconds by which one may go on behind the other, where samples last in these ticks what they are said to last. */
const maxLonger = 0.5;

/** Ticks per second of a track. `seconds`: how long the audio beside it lasts. */
function timescaleOf(lent: Lent, table: SampleTable, seconds: number | undefined, source: ByteSource): number {
  const ofFrames = lent.kind === 'audio' ? timescaleOfFrames(lent, table, source) : undefined;
  if (ofFrames !== undefined) return ofFrames;
  const given = lent.timescale ?? timescaleOfStep(lent, table);
  if (seconds === undefined || seconds === 0) return given ?? 90_000;
  const measured = table.mediaDuration / seconds;
  if (given === undefined) return nearestUsual(measured);
  const maxUnlike = isOfStep(lent, table, given) ? Math.max(alikeLengths, maxLonger / seconds) : alikeLengths;
  return Math.abs(measured / given - 1) < maxUnlike ? given : nearestUsual(measured);
}

/** Whether pictures of the fragments last in such ticks what those of the reference last, or what the stream announces. */
function isOfStep(lent: Lent, table: SampleTable, timescale: number): boolean {
  const step = usualDuration(table) / timescale;
  const said = [lent.stepSeconds, announcedStep(lent)].filter((each) => each !== undefined);
  return said.some((each) => Math.abs(step / each - 1) < likeUsual);
}

function nearestUsual(ticks: number): number {
  const distance = (timescale: number): number => Math.abs(Math.log(timescale / ticks));
  return usualTimescales.reduce((best, one) => (distance(one) < distance(best) ? one : best));
}

/** Ticks per second by the step between pictures that the stream announces. */
function timescaleOfStep(lent: Lent, table: SampleTable): number | undefined {
  const step = announcedStep(lent);
  if (step === undefined) return undefined;
  const ticks = usualDuration(table) / step;
  const nearest = nearestUsual(ticks);
  return Math.abs(nearest / ticks - 1) < likeUsual ? nearest : Math.round(ticks);
}

function announcedStep({ configuration }: Lent): number | undefined {
  return streamOf(configuration, { id: 1, timescale: undefined, known: undefined }, undefined)?.stream.stepSeconds;
}

/** Where no fragment says which pictures are sync samples, they say it themselves. */
function* markSync(source: ByteSource, configuration: CodecConfiguration, table: SampleTable): Generator<void> {
  const isSaid = [0, 1].every((flag) => table.sync?.values().includes(flag) === true);
  if (isSaid) return;
  const witness = SampleWitness.of(source, configuration);
  if (witness === undefined) return;
  const column = new Column(Uint8Array, table.length);
  for (let i = 0; i < table.length; i++) {
    column.push(witness.isSync(table.offsets.data[i]!, table.sizes.data[i]!) ? 1 : 0);
    if (i % 64 === 63) yield;
  }
  table.sync = column;
}
