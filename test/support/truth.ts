/**
 * The truth files beside the fixtures: what was really recorded, sample by sample, as the publisher sent it. They were
 * written by an independent reader, never by salvor, and are what the tests measure salvor's output by.
 * test/fixtures/README.md describes their form.
 */
import { readFileSync } from 'node:fs';

export type TrackKind = 'audio' | 'video';

/** One recorded sample. */
export interface TruthSample {
  readonly track: TrackKind;
  /** Bytes from the start of the .mdat file. */
  readonly offset: number;
  readonly size: number;
  /** Ticks of the track's timescale. */
  readonly dtsTicks: number;
  /** Composition offset, ticks of the track's timescale. */
  readonly ctsTicks: number;
  /** An IDR picture, or any audio sample. */
  readonly sync: boolean;
  /** First 16 hexadecimal digits of the SHA-1 of the sample's bytes. */
  readonly sha1: string;
}

export interface Truth {
  readonly note: string;
  /** The stream that was published, where several recordings share one. */
  readonly source: string | undefined;
  readonly timescale: Readonly<Record<TrackKind, number>>;
  /**
   * Hexadecimal codec configurations, '' where there is no such track. Clean sets: the records as in .info (video:
   * AVCDecoderConfigurationRecord, audio: ES_Descriptor). Crashed sets: what the publisher announced (video:
   * AVCDecoderConfigurationRecord with its High-profile extension, audio: AudioSpecificConfig).
   */
  readonly config: Readonly<Record<TrackKind, string>>;
  /** Every sample, in the order of the .mdat file. */
  readonly samples: readonly TruthSample[];
}

interface TruthColumns {
  readonly size: readonly number[] | number;
  readonly dts: readonly number[];
  readonly cts: readonly number[] | number;
  readonly sync: readonly number[] | true;
  readonly sha1: string;
}

interface TruthFile {
  readonly note: string;
  readonly source?: string;
  readonly timescale?: Readonly<Record<TrackKind, number | null>>;
  readonly config?: Readonly<Record<TrackKind, string>>;
  readonly avcC?: string;
  readonly audioSpecificConfig?: string;
  readonly order: string;
  readonly tracks: Readonly<Partial<Record<TrackKind, TruthColumns>>>;
}

const sha1Digits = 16;
const mdatHeaderSize = 16;

/** Reads a truth file. */
export function loadTruth(path: string): Truth {
  return parseTruth(JSON.parse(readFileSync(path, 'utf8')) as TruthFile);
}

/** The samples of one track, in order. */
export function trackSamples(truth: Truth, track: TrackKind): readonly TruthSample[] {
  return truth.samples.filter((sample) => sample.track === track);
}

/** Expands the columns of a truth file into samples. */
export function parseTruth(file: TruthFile): Truth {
  const tracks = { a: readColumns('audio', file.tracks.audio), v: readColumns('video', file.tracks.video) };
  let offset = mdatHeaderSize;
  const samples = Array.from(file.order, (letter) => {
    if (letter !== 'a' && letter !== 'v') throw new Error(`truth: '${letter}' is no track`);
    const sample = tracks[letter].next().value;
    if (sample === undefined) throw new Error('truth: the order names more samples than the tracks have');
    const placed = { ...sample, offset };
    offset += sample.size;
    return placed;
  });
  if (tracks.a.next().done !== true || tracks.v.next().done !== true) {
    throw new Error('truth: the tracks have more samples than the order names');
  }
  return {
    note: file.note,
    source: file.source,
    timescale: { audio: file.timescale?.audio ?? 1000, video: file.timescale?.video ?? 1000 },
    config: file.config ?? { audio: file.audioSpecificConfig ?? '', video: file.avcC ?? '' },
    samples,
  };
}

function* readColumns(
  track: TrackKind,
  columns: TruthColumns | undefined,
): Generator<Omit<TruthSample, 'offset'>, undefined> {
  if (columns === undefined) return undefined;
  const { size, dts, cts, sync, sha1 } = columns;
  const syncIndices = sync === true ? undefined : new Set(sync);
  const count = dts.length;
  const lengths = [size, cts].flatMap((column) => (typeof column === 'number' ? [] : [column.length]));
  if ([...lengths, sha1.length / sha1Digits].some((length) => length !== count)) {
    throw new Error(`truth: ${track} columns differ in length`);
  }
  for (const [index, dtsTicks] of dts.entries()) {
    yield {
      track,
      size: cell(size, index),
      dtsTicks,
      ctsTicks: cell(cts, index),
      sync: syncIndices?.has(index) ?? true,
      sha1: sha1.slice(index * sha1Digits, (index + 1) * sha1Digits),
    };
  }
  return undefined;
}

/** A column of equal values stands as that value alone. */
function cell(column: readonly number[] | number, index: number): number {
  return typeof column === 'number' ? column : (column[index] as number);
}

/**
 * The truth of a clean set is what its files say, and there the first picture of every later chunk has lost its composition
 * offset: the server begins each with 0. The encoder held all of its key frames back alike.
 */
export function asPublished(truth: Truth, firstChunk: Truth): Truth {
  const at = truth.samples.findIndex(({ track }) => track === 'video');
  const first = firstChunk.samples.find(({ track }) => track === 'video');
  if (truth === firstChunk || at < 0 || first === undefined || truth.samples[at]!.ctsTicks !== 0) return truth;
  return { ...truth, samples: truth.samples.with(at, { ...truth.samples[at]!, ctsTicks: first.ctsTicks }) };
}
