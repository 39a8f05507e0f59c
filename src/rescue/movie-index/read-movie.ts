/**
 * Reads the index of an MP4 that is believed: the one its boxes lead to where that is whole, otherwise what of several has
 * most of its samples in the media, be it hidden in an mdat or behind a head that is lost. An index that nothing leads to
 * may be a remnant of another recording: it counts only where samples stand in the media as it says.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { hiddenLayoutSteps, type BoxFault, type FileLayout, type LayoutOptions } from '../../mp4/file-layout.ts';
import { movieFileOf, movieFileSteps, type MovieFile } from '../../mp4/movie-reader.ts';
import { movieSamplesSteps, type MovieSamples } from '../../mp4/movie-samples.ts';
import { confirmSome, witnessOf } from './samples-in-media.ts';

/** A file as its index has it. */
export interface IndexedMovie {
  readonly file: MovieFile;
  readonly samples: MovieSamples;
}

/** Indexes that are held against each other: recorders that write theirs again and again leave many. */
const maxIndexes = 32;
/** Of the samples asked, those that must stand in the media for an index that nothing leads to. */
const minConfirmed = 0.1;

/** Reads a file and its samples. `thorough`: hidden indexes are looked for too. Throws `interrupted` if it is to stop. */
export async function readIndexedMovie(source: ByteSource, options: LayoutOptions, pace: Pace): Promise<IndexedMovie> {
  const file = await pace.through(movieFileSteps(source, options));
  const led = { file, samples: await pace.through(movieSamplesSteps(file)) };
  if (isLedTo(led)) return led;
  let best: IndexedMovie = led;
  let most = await worthOf(led, pace);
  // What nothing leads to and nothing confirms is no index of this file.
  if (most === 0 && led.samples.tracks.some(({ samples: { table } }) => table.length > 0)) best = without(led);
  for await (const other of others(file.layout, options.thorough === true, pace)) {
    const worth = await worthOf(other, pace);
    if (worth <= most) continue;
    best = other;
    most = worth;
  }
  return best;
}

/** Whether boxes from the first byte on lead to an index that is whole. */
function isLedTo({ file: { layout, movie }, samples }: IndexedMovie): boolean {
  if (movie === undefined || movie.torn || layout.strays.length > 0) return false;
  if (layout.boxes.some(({ fault, start }) => isSearched(fault) && start < movie.span.start)) return false;
  return samples.tracks.some(({ samples: { table } }) => table.length > 0);
}

/** Whether what stands behind a box with this fault was searched for. */
function isSearched(fault: BoxFault | undefined): boolean {
  return fault === 'open' || fault === 'wrong';
}

/** The file without its moov: its fragments, where there are any, and media, which the moov is a part of. */
function without({ file, samples }: IndexedMovie): IndexedMovie {
  const { layout } = file;
  const at = layout.boxes.findIndex(({ type }) => type === 'moov');
  const boxes = layout.boxes.slice(0, at);
  const last = boxes.at(-1);
  const none = { movie: undefined, fragments: [] };
  if (last?.type !== 'mdat' || !isSearched(last.fault)) {
    const besides = layout.boxes.filter(({ type }) => type !== 'moov');
    const kept = { ...file, movie: undefined, layout: { ...layout, boxes: besides } };
    return { file: kept, samples: { ...samples, tracks: [] } };
  }
  boxes[boxes.length - 1] = { ...last, end: layout.source.size };
  return {
    file: { ...file, ...none, layout: { ...layout, boxes, junk: undefined } },
    samples: { ...samples, tracks: [] },
  };
}

/** Other moovs among the boxes, and what an mdat hides. */
async function* others(layout: FileLayout, thorough: boolean, pace: Pace): AsyncGenerator<IndexedMovie> {
  yield* laterMovies(layout, pace);
  if (!thorough) return;
  const hidden = await pace.through(hiddenLayoutSteps(layout));
  if (hidden === undefined) return;
  yield await indexedOf(movieFileOf(hidden), pace);
  yield* laterMovies(hidden, pace);
}

/** The file as each moov but the first has it. */
async function* laterMovies(layout: FileLayout, pace: Pace): AsyncGenerator<IndexedMovie> {
  const movies = layout.boxes.filter(({ type }) => type === 'moov');
  for (const moov of movies.slice(1, maxIndexes)) {
    const boxes = layout.boxes.filter((box) => box.type !== 'moov' || box === moov);
    yield { ...(await indexedOf(movieFileOf({ ...layout, boxes }), pace)) };
  }
}

async function indexedOf(file: MovieFile, pace: Pace): Promise<IndexedMovie> {
  return { file, samples: await pace.through(movieSamplesSteps(file)) };
}

/** How many samples an index has in the file, as far as those that were asked for a witness are confirmed. */
async function worthOf({ file: { layout }, samples }: IndexedMovie, pace: Pace): Promise<number> {
  let [asked, confirmed, all] = [0, 0, 0];
  for (const read of samples.tracks) {
    const { table } = read.samples;
    all += table.length;
    const witness = witnessOf(layout.source, read);
    if (witness === undefined) continue;
    if (pace.isDue) await pace.turn();
    const some = confirmSome(table, witness);
    asked += some.asked;
    confirmed += some.confirmed;
  }
  if (asked === 0) return all;
  const share = confirmed / asked;
  return share < minConfirmed ? 0 : all * share;
}
