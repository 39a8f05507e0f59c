/** The tracks of an MP4, with fragments or without, as its index has them. A damaged one is for `repair`. */
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { quoted } from '../../media/shell-word.ts';
import type { ConfigurationChange, Track } from '../../media/track.ts';
import type { Edit } from '../../mp4/boxes/elst.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import type { Movie, MovieTrack } from '../../mp4/movie-reader.ts';
import type { TrackSamples } from '../../mp4/track-samples.ts';
import { readIndexedMovie } from '../../rescue/movie-index/read-movie.ts';

/** Edit lists by track id, and the ticks per second that their durations count. */
export interface EditList {
  readonly timescale: number;
  readonly byTrack: ReadonlyMap<number, readonly Edit[]>;
}

/** What an MP4 says of itself. */
interface MovieTracks {
  readonly tracks: readonly Track[];
  readonly edits: EditList | undefined;
  readonly creationTime: number | undefined;
}

/** Reads the tracks of pictures and audio. Throws `unrecoverable` where the index is not whole. */
export async function readMovieTracks(source: FileSource, findings: Findings, pace: Pace): Promise<MovieTracks> {
  const { file, samples } = await readIndexedMovie(source, { thorough: false }, pace);
  const { movie } = file;
  if (movie === undefined || movie.torn) throw damaged(source, 'there is no moov box that is whole');
  const tracks: Track[] = [];
  const byTrack = new Map<number, readonly Edit[]>();
  for (const { track, samples: own } of samples.tracks) {
    if (pace.isDue) await pace.turn();
    const kind = mediaKindOf(track);
    const timescale = track.mediaHeader?.timescale ?? 0;
    const place = { file: source.path, offset: track.span.start };
    if (kind === undefined || track.entries.length === 0 || timescale === 0) {
      findings.add('mp4-track-not-kept', `track ${track.trackId} (${track.handler.handlerType}) is not kept`, place);
      continue;
    }
    if (own.table.length === 0) continue;
    if (track.entries.some(({ encrypted }) => encrypted)) {
      throw new SalvorError('unrecoverable', `track ${track.trackId} is encrypted`, { file: source.path });
    }
    requireWhole(own, track, source);
    own.table.firstDecodeTime += startOf(track, movie, timescale);
    const isTaken = tracks.some(({ id }) => id === track.trackId) || track.trackId === 0;
    const id = isTaken ? Math.max(0, ...tracks.map((other) => other.id)) + 1 : track.trackId;
    tracks.push({ id, kind, timescale, ...configurationsOf(track, own), samples: own.table });
    if (track.edits.length > 0) byTrack.set(id, track.edits);
  }
  const timescale = movie.header?.timescale ?? 0;
  return {
    tracks,
    edits: timescale > 0 ? { timescale, byTrack } : undefined,
    creationTime: movie.header?.creationTime,
  };
}

function damaged({ path }: FileSource, why: string): SalvorError {
  return new SalvorError('unrecoverable', why, {
    file: path,
    advice: `salvor repair ${quoted(path)} makes an MP4 of what can be kept, which remux takes`,
  });
}

function requireWhole({ table, claimed, grouped }: TrackSamples, track: MovieTrack, source: FileSource): void {
  if (track.tornTables.length > 0 || track.isElsewhere) throw damaged(source, `track ${track.trackId} is not whole`);
  if (!grouped && table.length < claimed) throw damaged(source, `the index lacks samples of track ${track.trackId}`);
  const { offsets, sizes } = table;
  for (let i = 0; i < table.length; i++) {
    if (offsets.data[i]! + sizes.data[i]! > source.size) {
      throw damaged(source, `the index places sample ${i + 1} of track ${track.trackId} behind the end of the file`);
    }
  }
}

/** The first configuration of a track, and where others follow. */
function configurationsOf(
  { entries }: MovieTrack,
  { descriptions, grouped }: TrackSamples,
): Pick<Track, 'configuration' | 'changes'> {
  const of = (description: number): ConfigurationChange['configuration'] =>
    configurationOf(entries[description - 1] ?? entries[0]!);
  const [first] = descriptions;
  if (first === undefined || grouped) return { configuration: of(1) };
  const changes = descriptions.slice(1).map(({ firstSample, description }) => {
    return { firstSample, configuration: of(description) };
  });
  return { configuration: of(first.description), ...(changes.length > 0 ? { changes } : {}) };
}

/** Ticks from the beginning of the presentation to the decode time 0 of a track, by its edit list. */
function startOf({ edits }: MovieTrack, movie: Movie, timescale: number): number {
  const movieTimescale = movie.header?.timescale ?? 0;
  let delay = 0;
  for (const { mediaTime, segmentDuration } of edits) {
    if (mediaTime >= 0) return delay - mediaTime;
    if (movieTimescale > 0) delay += Math.round((segmentDuration * timescale) / movieTimescale);
  }
  return delay;
}
