/**
 * What the tracks of an MP4 that are neither pictures nor audio look like: how large their samples are, what they begin with,
 * how long they last. In another recording that lost its index it shows which bytes are theirs. What the samples mean is
 * not known here.
 */
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { descriptionsHold } from '../../mp4/carried-boxes.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import type { MovieTrack } from '../../mp4/movie-reader.ts';
import type { DataRule } from '../carver/data-records.ts';
import type { RecordRule } from '../carver/records.ts';
import { readIndexedMovie } from './read-movie.ts';

/** A track that is neither pictures nor audio. */
export interface DataStream extends DataRule {
  readonly track: MovieTrack;
  readonly timescale: number;
  /** Ticks that nearly all of its samples last; undefined where they have no common length. */
  readonly usualTicks: number | undefined;
}

/** Samples of a track that are compared, spread over all of it. */
const maxCompared = 256;
const comparedBytes = 16;
/** Fewer samples have bytes in common by chance. */
const minForMark = 3;
/** Sizes that are listed one by one; where there are more, the mark alone shows a sample. */
const maxSizes = 16;
const minMarkOfAnySize = 4;
/** Bytes in common that tell a sample, and how many there may be of a track whose samples have none. */
const minMark = 2;
const maxWithoutMark = 2;
const minSteady = 0.9;
/** Smaller samples say that there is nothing; they are passed over. */
const minSize = 4;
const maxStreams = 16;

/** What a movie has beside pictures and audio. */
export interface DataStreams {
  /** Tracks by which samples of a recording like it are known. */
  readonly streams: readonly DataStream[];
  /** How samples of all of its tracks look, also of those that are not known as a whole: their bytes are no picture's. */
  readonly records: readonly RecordRule[];
}

/** The tracks of a whole movie, those of which nothing is known left out. Throws `interrupted` if it is to stop. */
export async function readDataStreams(source: FileSource, pace: Pace): Promise<DataStreams> {
  const { file, samples } = await readIndexedMovie(source, { thorough: false }, pace);
  if (file.movie === undefined || file.movie.torn || file.movie.isFragmented) return { streams: [], records: [] };
  const streams: DataStream[] = [];
  const records = samples.tracks.flatMap(({ track, samples: { table } }) =>
    mediaKindOf(track) === undefined ? recordsOf(source, track, table) : [],
  );
  for (const { track, samples: own } of samples.tracks) {
    if (pace.isDue) await pace.turn();
    const timescale = track.mediaHeader?.timescale ?? 0;
    // Samples of hints name samples of other tracks by their numbers.
    const isOther = mediaKindOf(track) !== undefined || track.handler.handlerType === 'hint';
    const { table } = own;
    if (isOther || timescale === 0 || table.length === 0 || !descriptionsHold(track)) continue;
    const mark = markOf(source, table);
    const sizes = [...new Set(table.sizes.values())].filter((size) => size >= minSize);
    const isAny = sizes.length > maxSizes;
    if (sizes.length === 0 || (isAny && mark.length < minMarkOfAnySize)) continue;
    const most = mark.length >= minMark ? Infinity : table.length;
    if (most > maxWithoutMark && most < Infinity) continue;
    streams.push({ track, timescale, mark, sizes: isAny ? 'any' : sizes, most, usualTicks: usualTicksOf(table) });
    if (streams.length === maxStreams) break;
  }
  return { streams, records };
}

/** Samples of a track that are known byte for byte, at most; as many bytes of each are compared, and fewer are no proof. */
const maxWhole = 8;
const wholeBytes = 64;
const minWhole = 6;
/** Sample entries of texts that begin with their length. */
const textEntries: ReadonlySet<string> = new Set(['tx3g', 'text']);

/** How the samples of a track look: by what they say of themselves, by what they begin with, or byte for byte. */
function recordsOf(source: FileSource, track: MovieTrack, table: SampleTable): RecordRule[] {
  if (track.handler.handlerType === 'hint') return [{ mark: [], sizes: 'hint' }];
  if (textEntries.has(track.entries[0]?.type ?? '')) return [{ mark: [], sizes: 'text' }];
  if (track.entries[0]?.type === 'mebx') return itemsOf(source, table);
  const mark = markOf(source, table);
  const sizes = [...new Set(table.sizes.values())].filter((size) => size >= minSize);
  if (mark.length >= minMarkOfAnySize && sizes.length <= maxSizes) return [{ mark, sizes }];
  if (table.length > maxWhole) return [];
  return [...table.offsets.values()].flatMap((offset, i) => {
    const size = table.sizes.data[i]!;
    const bytes = source.read(offset, Math.min(size, wholeBytes));
    if (size < minWhole || bytes.every((byte) => byte === 0)) return [];
    return [{ mark: [...bytes].map((byte, at) => ({ at, byte })), sizes: [size] }];
  });
}

/** Items of timed metadata that are looked at in a sample, and keys there are at most. */
const maxItems = 32;
const maxKeys = 8;

/**
 * The items that samples of timed metadata are made of, whatever they hold: a size, as a box has, and the number of a key of the
 * sample entry (QuickTime File Format, timed metadata sample data), which are few and small.
 */
function itemsOf(source: FileSource, { length, offsets, sizes }: SampleTable): RecordRule[] {
  const keys = new Set<number>();
  const step = Math.max(1, Math.floor(length / maxCompared));
  for (let i = 0; i < length; i += step) {
    if (sizes.data[i]! < itemHeader) continue;
    const bytes = source.read(offsets.data[i]!, Math.min(sizes.data[i]!, maxMetadata));
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0, n = 0; at < bytes.length; n++) {
      const size = at + itemHeader > bytes.length ? 0 : view.getUint32(at);
      if (bytes.length === maxMetadata && at > 0) break;
      // Samples that are not made of such items tell nothing.
      if (size < itemHeader || at + size > bytes.length) return [];
      if (n < maxItems) keys.add(view.getUint32(at + 4));
      at += size;
    }
  }
  if (keys.size > maxKeys) return [];
  return [...keys].map((key) => ({
    mark: [key >>> 24, (key >>> 16) & 255, (key >>> 8) & 255, key & 255].map((byte, n) => ({ at: 4 + n, byte })),
    sizes: 'said',
  }));
}

const itemHeader = 8;
/** No more is read of a sample. */
const maxMetadata = 64 * 1024;

/** The bytes that all compared samples have at the same place of their beginning. */
function markOf(source: FileSource, { length, offsets, sizes }: SampleTable): DataRule['mark'] {
  if (length < minForMark) return [];
  let mark: { at: number; byte: number }[] | undefined;
  const step = Math.max(1, Math.floor(length / maxCompared));
  for (let i = 0; i < length; i += step) {
    if (sizes.data[i]! < minSize) continue;
    const bytes = source.read(offsets.data[i]!, Math.min(comparedBytes, sizes.data[i]!));
    mark =
      mark === undefined
        ? [...bytes].map((byte, at) => ({ at, byte }))
        : mark.filter(({ at, byte }) => bytes[at] === byte);
  }
  return mark ?? [];
}

function usualTicksOf({ length, durations }: SampleTable): number | undefined {
  const counts = new Map<number, number>();
  for (let i = 0; i < length; i++) counts.set(durations.data[i]!, (counts.get(durations.data[i]!) ?? 0) + 1);
  const [usual] = [...counts].sort((a, b) => b[1] - a[1]);
  return usual !== undefined && usual[0] > 0 && usual[1] >= minSteady * length ? usual[0] : undefined;
}
