/**
 * Tries on the beginning of undescribed media whether the streams with given configurations can be what stands there: with
 * the right ones nearly every byte belongs to a sample, with wrong ones slices and access units do not parse.
 */
import { ZeroRanges } from '../../codecs/zero-ranges.ts';
import { growingTrials } from '../carver/tried-media.ts';
import { carveStreams } from '../carver/dealt-streams.ts';
import type { CarveRange } from '../carver/carver.ts';
import type { RecordRule } from '../carver/records.ts';
import type { CarvedSamples, SkippedRange, SkipReason } from '../carver/carved-samples.ts';
import { unknownOrder } from '../clocks/ordered-pictures.ts';
import type { SampleFacts } from '../carver/sample-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type { CodecConfiguration } from '../../media/track.ts';

/** Media in which samples are looked for. */
export interface UndescribedMedia {
  readonly source: ByteSource;
  readonly ranges: readonly CarveRange[];
  /** Of the work on it. */
  readonly pace: Pace;
  /** Where tables place its samples, by track: of which codec they are is lost. */
  readonly tables?: readonly SampleTable[] | undefined;
  /** How samples of other tracks look, where a reference shows it. */
  readonly records?: readonly RecordRule[] | undefined;
}

/** What was found in the bytes that the configurations were tried on. */
export interface Trial {
  /** Part of the bytes tried that are in samples. */
  readonly share: number;
  /** Part of them that are in samples whose own syntax tells what they are. */
  readonly proven: number;
  /** Whether samples of other tracks were passed over: each that was found then proves itself, or leads to one that does. */
  readonly passedOver: boolean;
  /** Samples found, by configuration. */
  readonly samples: readonly number[];
  /** Pictures that decoding can begin with. */
  readonly syncPictures: number;
  /** By configuration, first bytes of some of its pictures: those that decoding can begin with, and those that follow the first of them. */
  readonly pictures: readonly (readonly number[])[];
  /** First byte of the last audio frame found. */
  readonly audioFirstByte: number | undefined;
  /** Seconds between the pictures and between the audio frames, where they say it. */
  readonly pictureSeconds: number | undefined;
  readonly audioSeconds: number | undefined;
  /** How many pictures of the first configuration stand before the first audio frame, between one and the next, and behind the last. */
  readonly picturesBetween?: readonly number[];
}

/**
 * Looks for samples of these configurations in the beginning of the media, and behind that as long as what was found explains
 * it and one stream was not met; undefined where one cannot be looked for, or is not theirs.
 */
export async function tryOn(
  media: UndescribedMedia,
  configurations: readonly CodecConfiguration[],
): Promise<Trial | undefined> {
  let trial: Trial | undefined;
  // Uncompressed audio alone is all that there is, and its zeros are silence.
  const isAllTried = configurations.every(({ codec }) => codec === 'pcm');
  const trials = isAllTried ? [media.ranges] : growingTrials(media.source, media.ranges, media.pace);
  for await (const tried of trials) {
    const attempt = await tryIn(media, tried, configurations);
    if (attempt === undefined) return undefined;
    ({ trial } = attempt);
    const isMet = trial.samples.every((count) => count > 0);
    if (isMet || attempt.goesOn < explainedShare) break;
  }
  return trial;
}

/** Part of the bytes tried that must be explained for it to be worth to look further. */
const explainedShare = 0.5;

/** `goesOn`: part of the bytes that are in samples, or in one that their end cuts. */
async function tryIn(
  { source, pace, records }: UndescribedMedia,
  tried: readonly CarveRange[],
  configurations: readonly CodecConfiguration[],
): Promise<{ readonly trial: Trial; readonly goesOn: number } | undefined> {
  const sought = configurations.flatMap((configuration, index) => {
    const stream = streamOf(configuration, { id: index, timescale: undefined, known: undefined }, undefined);
    return stream === undefined ? [] : [stream];
  });
  if (sought.length < configurations.length) return undefined;
  const isUnmarked = sought.some(({ syntax }) => syntax.unmarked !== undefined);
  const options = isUnmarked && records !== undefined ? { pace, passOver: records } : { pace };
  const { samples, skipped, streams, passed, padding } = await carveStreams(source, tried, sought, options);
  if (streams.some(({ stream }, n) => contradictsOrder(picturesOf(samples, n), stream.reorderedPictures))) {
    return undefined;
  }
  const counts = configurations.map(() => 0);
  let explained = 0;
  let proven = 0;
  let syncPictures = 0;
  let lastAudio = -1;
  const pictures = configurations.map((): number[] => []);
  const syncsGiven = configurations.map(() => 0);
  const picturesBetween: number[] = [];
  let picturesSince = 0;
  for (let i = 0; i < samples.length; i++) {
    const { stream } = streams[samples.streams.data[i]!]!;
    counts[stream.id]!++;
    if (stream.kind === 'video') {
      if (stream.id === 0) picturesSince++;
      const own = pictures[stream.id]!;
      const isSync = samples.sync.data[i] === 1;
      if (isSync) [syncPictures, syncsGiven[stream.id]] = [syncPictures + 1, syncsGiven[stream.id]! + 1];
      if (own.length < maxPicturesGiven || (isSync && syncsGiven[stream.id]! <= maxSyncPicturesGiven)) {
        own.push(samples.offsets.data[i]!);
      }
    }
    if (stream.kind === 'audio') {
      lastAudio = samples.offsets.data[i]!;
      picturesBetween.push(picturesSince);
      picturesSince = 0;
    }
    explained += samples.sizes.data[i]!;
    if (samples.inferred.data[i] === 0) proven += samples.sizes.data[i]!;
  }
  const sumOf = (skip: SkipReason, bytesOf: (range: SkippedRange) => number): number =>
    skipped.reduce((sum, range) => (range.reason === skip ? sum + bytesOf(range) : sum), 0);
  // What the end of the bytes cut off is no sample, and no proof against any; zeros are nobody's.
  const torn = sumOf('torn', ({ length }) => length);
  // A sample that the hole begins in is left as what cannot be read.
  const zeros =
    sumOf('zeros', ({ offset, length }) => zerosIn(source, offset, length)) +
    sumOf('unreadable', ({ offset, length }) => holesIn(source, offset, length));
  const bytes = tried.reduce((sum, { length }) => sum + length, 0) - zeros - padding;
  const { bytes: passedBytes, recordBytes } = passed ?? { bytes: 0, recordBytes: 0 };
  const byOthers = recordsWorth * recordBytes + othersWorth * (passedBytes - recordBytes);
  const trial = {
    share: (explained + (samples.length > 0 ? torn + byOthers : 0)) / Math.max(1, bytes),
    passedOver: passed !== undefined && !isUnmarked,
    proven: proven / Math.max(1, bytes),
    samples: counts,
    syncPictures,
    pictures,
    audioFirstByte: lastAudio < 0 ? undefined : source.read(lastAudio, 1)[0],
    pictureSeconds: streams.find(({ stream }) => stream.kind === 'video')?.stream.stepSeconds,
    audioSeconds: streams.find(({ stream }) => stream.kind === 'audio')?.stream.frameSeconds,
    picturesBetween: [...picturesBetween, picturesSince],
  };
  // A first picture may be larger than all that is tried.
  return { trial, goesOn: (explained + torn + byOthers) / Math.max(1, bytes) };
}

/** Bytes read at once. */
const readAtOnce = 1024 * 1024;

/** Zero bytes in a range that begins with a hole: silence of uncompressed audio may have been taken for one. */
function zerosIn(source: ByteSource, offset: number, length: number): number {
  let zeros = 0;
  for (let at = 0; at < length; at += readAtOnce) {
    for (const byte of source.read(offset + at, Math.min(readAtOnce, length - at))) if (byte === 0) zeros++;
  }
  return zeros;
}

/** Bytes of the holes of zeros in a range. */
function holesIn(source: ByteSource, offset: number, length: number): number {
  const holes = new ZeroRanges();
  for (let at = 0; at < length; at += readAtOnce) {
    holes.feed(source.read(offset + at, Math.min(readAtOnce, length - at)), offset + at);
  }
  return holes.ranges.reduce((sum, { start, end }) => sum + end - start, 0);
}

/** Bytes passed over are worth less than samples, more where a rule tells them: what explains them goes before. */
const recordsWorth = 0.9;
const othersWorth = 0.8;

/** Pictures that are given for a closer look. */
export const maxPicturesGiven = 64;
const maxSyncPicturesGiven = 3;

/** The place of a picture in the order in which pictures are shown. */
type PictureInOrder = Pick<SampleFacts, 'period' | 'count'>;

/** No decoder holds back more pictures. */
const maxReorderedPictures = 16;

/**
 * Whether more pictures are decoded before one that is shown before them than the parameter sets allow (`reordered`, ITU-T
 * H.264, E.2.1; H.265, 7.4.3.2.1): slice headers of another stream may be readable with them, its order is not theirs.
 */
export function contradictsOrder(pictures: Iterable<PictureInOrder>, reordered: number | undefined): boolean {
  if (reordered === undefined) return false;
  const before: PictureInOrder[] = [];
  for (const { period, count } of pictures) {
    if (count === unknownOrder) continue;
    const shownLater = before.filter((other) => other.period === period && other.count > count).length;
    if (shownLater > reordered) return true;
    before.push({ period, count });
    if (before.length > maxReorderedPictures) before.shift();
  }
  return false;
}

function* picturesOf({ length, streams, periods, counts }: CarvedSamples, stream: number): Generator<PictureInOrder> {
  for (let i = 0; i < length; i++) {
    if (streams.data[i] === stream) yield { period: periods.data[i]!, count: counts.data[i]! };
  }
}
