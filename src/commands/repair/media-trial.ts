/**
 * Tries on the beginning of undescribed media whether the streams with given configurations can be what stands there: with
 * the right ones nearly every byte belongs to a sample, with wrong ones slices and access units do not parse.
 */
import { firstOf } from '../../carver/aac-discovery.ts';
import { carve, type CarveRange } from '../../carver/carver.ts';
import type { CarvedSamples } from '../../carver/carved-samples.ts';
import { unknownOrder } from '../../carver/sample-syntax.ts';
import { aacStream, h264Stream, h265Stream, type SoughtStream, type TrackToBe } from '../../carver/streams.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { CodecConfiguration } from '../../media/track.ts';

/** Media in which samples are looked for. */
export interface UndescribedMedia {
  readonly source: ByteSource;
  readonly ranges: readonly CarveRange[];
}

export interface Trial {
  /** Part of the bytes tried that are in samples. */
  readonly share: number;
  /** Samples found, by stream. */
  readonly samples: readonly number[];
  /** Bytes tried. */
  readonly bytes: number;
}

/** The stream of a configuration; undefined where its samples cannot be told by their syntax. */
export function streamOf(
  configuration: CodecConfiguration,
  track: TrackToBe,
  framesPerSecond: number | undefined,
): SoughtStream | undefined {
  switch (configuration.codec) {
    case 'h264':
      return h264Stream(configuration, track, framesPerSecond);
    case 'h265':
      return h265Stream(configuration, track, framesPerSecond);
    case 'aac':
      return aacStream(configuration, track);
    default:
      return undefined;
  }
}

/** Looks for samples of these configurations in the beginning of the media; undefined where one cannot be looked for, or is not theirs. */
export function tryOn(
  { source, ranges }: UndescribedMedia,
  configurations: readonly CodecConfiguration[],
): Trial | undefined {
  const streams = configurations.map((configuration, index) =>
    streamOf(configuration, { id: index + 1, timescale: undefined, known: undefined }, undefined),
  );
  if (streams.some((stream) => stream === undefined)) return undefined;
  const tried = firstOf(ranges);
  const { samples, skipped } = carve(
    source,
    tried,
    streams.map((stream) => stream!.syntax),
  );
  if (streams.some((stream, index) => contradictsOrder(samples, index, stream!.stream.reorderedPictures))) {
    return undefined;
  }
  const counts = configurations.map(() => 0);
  let explained = 0;
  for (let i = 0; i < samples.length; i++) {
    counts[samples.streams.data[i]!]!++;
    explained += samples.sizes.data[i]!;
  }
  // What the end of the bytes cut off is no sample, and no proof against any; zeros are nobody's.
  const open = skipped.reduce((sum, { reason, length }) => (reason === 'unreadable' ? sum : sum + length), 0);
  const bytes = tried.reduce((sum, { length }) => sum + length, 0);
  return { share: (explained + (samples.length > 0 ? open : 0)) / Math.max(1, bytes), samples: counts, bytes };
}

/** No decoder holds back more pictures. */
const mostHeldBack = 16;

/**
 * Whether more pictures are decoded before one that is shown before them than the parameter sets allow (`reordered`, ITU-T
 * H.264, E.2.1; H.265, 7.4.3.2.1): slice headers of another stream may be readable with them, its order is not theirs.
 */
function contradictsOrder(samples: CarvedSamples, stream: number, reordered: number | undefined): boolean {
  if (reordered === undefined) return false;
  const before: { period: number; count: number }[] = [];
  for (let i = 0; i < samples.length; i++) {
    if (samples.streams.data[i] !== stream) continue;
    const [period, count] = [samples.periods.data[i]!, samples.counts.data[i]!];
    if (count === unknownOrder) continue;
    const shownLater = before.filter((other) => other.period === period && other.count > count).length;
    if (shownLater > reordered) return true;
    before.push({ period, count });
    if (before.length > mostHeldBack) before.shift();
  }
  return false;
}
