/**
 * Gives tracks whose tables stand the codec configuration that their sample entries lack: of a reference that is proven on the
 * media, or of the media itself. Their samples have to be of that codec just where the tables place them. It finds none itself.
 */
import { SampleWitness, confirmSome } from '../../rescue/movie-index/samples-in-media.ts';
import type { FileSource } from '../../io/file-source.ts';
import type { Findings } from '../../media/findings.ts';
import type { CodecConfiguration, Track } from '../../media/track.ts';
import type { SampleEntry } from '../../mp4/sample-entry.ts';
import { lostStreams, type MovieCarveSettings } from './carved-movie.ts';
import type { DescribedMovie } from './described-movie.ts';

/** Part of the samples that must be where the tables place them. */
const minConfirmed = 0.5;

/** Codecs by the type of the sample entry. */
const codecOf: Readonly<Record<string, readonly string[]>> = {
  avc1: ['h264'],
  avc2: ['h264'],
  avc3: ['h264'],
  avc4: ['h264'],
  hvc1: ['h265'],
  hev1: ['h265'],
  av01: ['av1'],
  vp09: ['vp9'],
  mp4a: ['aac', 'mp3'],
  Opus: ['opus'],
  'ac-3': ['ac3'],
  'ec-3': ['eac3'],
  fLaC: ['flac'],
};

/** The movie with the configurations that could be found. Says of each track that still has none that it lacks it. */
export async function withConfigurations(
  movie: DescribedMovie,
  source: FileSource,
  settings: MovieCarveSettings,
  findings: Findings,
): Promise<DescribedMovie> {
  const { unconfigured, media } = movie;
  if (unconfigured.size === 0) return movie;
  const known = (kind: Track['kind']): Track | undefined =>
    movie.tracks.find((track) => track.kind === kind && !unconfigured.has(track.id));
  const tables = movie.tracks.filter(({ id }) => unconfigured.has(id)).map(({ samples }) => samples);
  const lost = { tracks: movie.tracks, undescribed: media, tables };
  const found = await lostStreams(lost, source, settings, findings, known('video'), known('audio'));
  const lent = [found.video, ...found.audio].flatMap((stream) => (stream === undefined ? [] : [stream.configuration]));
  const left = new Set(unconfigured);
  const tracks: Track[] = [];
  for (const track of movie.tracks) {
    if (settings.pace.isDue) await settings.pace.turn();
    const configuration = unconfigured.has(track.id)
      ? lent.find((each) => isOf(track, each, movie, source))
      : undefined;
    if (configuration !== undefined) left.delete(track.id);
    tracks.push(configuration === undefined ? track : { ...track, configuration });
  }
  const result = { ...movie, tracks, unconfigured: left };
  reportUnconfigured(result, findings);
  return result;
}

/** Adds that tracks lack their codec configuration, by their numbers. */
export function reportUnconfigured(movie: DescribedMovie, findings: Findings): void {
  const { path } = movie.file.layout.source;
  for (const kind of ['video', 'audio'] as const) {
    const own = movie.tracks.filter((track) => track.kind === kind && movie.unconfigured.has(track.id));
    const [first] = own;
    if (first === undefined) continue;
    const which = own.map(({ id }) => `${id} (${entryOf(movie, id)?.type ?? 'unknown'})`).join(' and ');
    findings.add(
      'mp4-configuration-missing',
      `the sample entry of ${kind} track ${which} has no codec configuration that can be read, and neither the media nor a reference gave one: nothing plays it`,
      { file: path, track: kind, offset: entryOf(movie, first.id)?.span.start ?? 0 },
    );
  }
}

function entryOf({ file, origins }: DescribedMovie, id: number): SampleEntry | undefined {
  const track = origins.get(id)?.track ?? file.movie?.tracks.find(({ trackId }) => trackId === id);
  return track?.entries[0];
}

/** Whether a configuration is of the codec of a track, and its samples are where the track has them. */
function isOf(track: Track, configuration: CodecConfiguration, movie: DescribedMovie, source: FileSource): boolean {
  const type = entryOf(movie, track.id)?.type ?? '';
  if (codecOf[type]?.includes(configuration.codec) !== true) return false;
  const witness = SampleWitness.of(source, configuration);
  if (witness === undefined) return true;
  const { asked, confirmed } = confirmSome(track.samples, witness);
  return asked > 0 && confirmed >= minConfirmed * asked;
}
