/**
 * Lays the samples of joined tracks out in an MP4, as players read them: as they lie, where the tracks come in turn already,
 * otherwise half a second of each track in turn.
 */
import type { ByteSource } from '../../io/file-source.ts';
import { GatheredSource, type PieceReader } from '../../io/gathered-source.ts';
import { SampleTable } from '../../media/sample-table.ts';
import { placeOnTimeline } from '../../media/timeline.ts';
import type { Track } from '../../media/track.ts';
import type { MovieSource } from '../../mp4/write-movie.ts';
import type { RemuxedTrack } from './join.ts';
import type { LyingMedia } from './media-as-it-lies.ts';
import type { EditList } from './movie-input.ts';

/** Seconds of one track that lie together. */
const sliceSeconds = 0.5;
/** Ticks per second of the movie, where no edit list is taken over. */
const movieTimescale = 1000;

/** Where the writing of a track is. */
interface Cursor {
  readonly track: RemuxedTrack;
  readonly out: SampleTable;
  readonly reading: Map<ByteSource, PieceReader>;
  next: number;
  piece: number;
  ticks: number;
}

/** The movie that the tracks make. `path`: what messages call its media; `lying`: where that can stay as it lies. */
export function movieOf(
  tracks: readonly RemuxedTrack[],
  path: string,
  edits: EditList | undefined,
  creationTime: number,
  lying: LyingMedia | undefined,
): MovieSource {
  const common = { creationTime, timescale: edits?.timescale ?? movieTimescale, edits: edits?.byTrack };
  if (lying !== undefined) {
    const { media, start, end } = lying;
    return { ...common, media, mediaStart: start, mediaEnd: end, tracks: placeOnTimeline(tracks) };
  }
  const media = new GatheredSource(path);
  const start = Math.min(...tracks.map(({ samples, timescale }) => samples.firstDecodeTime / timescale));
  const cursors = tracks.map((track): Cursor => {
    const { samples } = track;
    const out = Object.assign(new SampleTable(samples.length), {
      durations: samples.durations,
      sizes: samples.sizes,
      compositionOffsets: samples.compositionOffsets,
      sync: samples.sync,
      firstDecodeTime: samples.firstDecodeTime,
    });
    return { track, out, reading: new Map(), next: 0, piece: 0, ticks: samples.firstDecodeTime };
  });
  for (let left = cursors; left.length > 0; left = left.filter(({ next, track }) => next < track.samples.length)) {
    const earliest = Math.min(...left.map(({ ticks, track }) => ticks / track.timescale));
    const until = start + sliceSeconds * (Math.floor((earliest - start) / sliceSeconds) + 1);
    for (const cursor of left) take(cursor, until, media);
  }
  return {
    ...common,
    media,
    mediaStart: 0,
    mediaEnd: media.size,
    tracks: placeOnTimeline(cursors.map(({ track, out }): Track => ({ ...track, samples: out }))),
  };
}

/** Lays out the samples of a track that are decoded before a time, in seconds; one at least where it is its turn. */
function take(cursor: Cursor, until: number, media: GatheredSource): void {
  const { track, out, reading } = cursor;
  const { samples, pieces, timescale } = track;
  while (cursor.next < samples.length && cursor.ticks / timescale < until) {
    const { next } = cursor;
    while (pieces[cursor.piece + 1] !== undefined && pieces[cursor.piece + 1]!.firstSample <= next) cursor.piece++;
    const source = pieces[cursor.piece]!.media;
    let reader = reading.get(source);
    if (reader === undefined) reading.set(source, (reader = { source }));
    out.offsets.push(media.add(reader, samples.offsets.data[next]!, samples.sizes.data[next]!));
    cursor.ticks += samples.durations.data[next]!;
    cursor.next++;
  }
}
