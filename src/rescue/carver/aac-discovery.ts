/**
 * Finds out what audio stands in media whose AudioSpecificConfig is lost: sampling rates have different scale factor
 * bands, and only with the right ones does the syntax close where the next sample begins. Rates that share their bands
 * (44.1 and 48 kHz) cannot be told apart like this; the rhythm of the pictures beside the audio has to.
 */
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { AacSyntax } from './aac-syntax.ts';
import { rateByPictures } from '../clocks/audio-rate.ts';
import type { CarvedSamples } from './carved-samples.ts';
import { carve, type CarveRange } from './carver.ts';
import type { SampleSyntax } from './sample-syntax.ts';

/** One index of sampling frequency for each set of bands, the usual ones first (ISO/IEC 14496-3, 4.5.4). */
const bandSets: readonly (readonly number[])[] = [[4, 3], [5], [7, 6], [8, 9, 10], [11, 12], [2], [0, 1]];
/** Media tried on: some hundred frames of it at any rate. */
const bytesTried = 1024 * 1024;
/** Samples in a frame of AAC-LC. */
const aacFrame = 1024;

/** What raw AAC says of its own configuration. */
export interface FoundAac {
  /** Sampling frequency indices whose bands fit, the usual first. */
  readonly samplingFrequencyIndices: readonly number[];
  /** Channels coded in each access unit, and whether spectral band replication goes with them. */
  readonly channels: number;
  readonly hasSpectralBandReplication: boolean;
  /** Where the access units begin that were found in the media tried on. */
  readonly offsets: Float64Array;
  /** Where pictures begin that were found between them. */
  readonly pictures: Float64Array;
}

/** `video`: makes the syntax of the video anew that may stand beside the audio. */
export async function findAac(
  source: ByteSource,
  ranges: readonly CarveRange[],
  video: (() => SampleSyntax) | undefined,
  pace?: Pace,
): Promise<FoundAac | undefined> {
  const tried = firstOf(ranges);
  let best: FoundAac | undefined;
  let bestExplained = 0;
  for (const indices of bandSets) {
    const audio = new AacSyntax({ samplingFrequencyIndex: indices[0]! });
    const { samples, skipped } = await carve(source, tried, video === undefined ? [audio] : [audio, video()], { pace });
    const offsets = samples.offsets.values().filter((_, i) => samples.streams.data[i] === 0);
    const explained = samples.sizes.values().reduce((sum, size) => sum + size, 0);
    if (offsets.length === 0 || explained <= bestExplained) continue;
    bestExplained = explained;
    best = {
      samplingFrequencyIndices: indices,
      channels: audio.channels,
      hasSpectralBandReplication: audio.hasSpectralBandReplication,
      offsets,
      pictures: picturesBetween(samples, offsets[0]!, offsets.at(-1)!),
    };
    // Nothing but a sample that the end cuts is left: no other bands can explain more.
    if (skipped.every(({ reason }) => reason === 'torn')) break;
  }
  return best;
}

/** Frames by which a rate is told, and the most media that is looked through for them. */
const framesForRate = 800;
const maxBytesForRate = 64 * 1024 * 1024;

/**
 * The sampling rate of those that fit, by the pictures beside the audio; undefined where they do not tell. `step`: seconds
 * between pictures where something says it.
 */
export async function findAacRate(
  source: ByteSource,
  ranges: readonly CarveRange[],
  video: () => SampleSyntax,
  { samplingFrequencyIndices }: FoundAac,
  step: number | undefined,
  pace?: Pace,
): Promise<number | undefined> {
  const rates = samplingFrequencyIndices.map((index) => SAMPLING_FREQUENCIES[index]!);
  if (rates.length === 1) return rates[0];
  const length = ranges.reduce((sum, range) => sum + range.length, 0);
  for (let bytes = bytesTried; ;) {
    const audio = new AacSyntax({ samplingFrequencyIndex: samplingFrequencyIndices[0]! });
    const { samples } = await carve(source, firstOf(ranges, bytes), [audio, video()], { pace });
    const frames = samples.streams.values().filter((stream) => stream === 0).length;
    if (frames >= framesForRate || bytes >= Math.min(length, maxBytesForRate)) {
      return rateByPictures(samples, 0, rates, aacFrame, step);
    }
    bytes = Math.min(maxBytesForRate, bytes * Math.max(2, Math.ceil((1.1 * framesForRate) / (frames + 1))));
  }
}

function picturesBetween({ streams, offsets }: CarvedSamples, from: number, to: number): Float64Array {
  return offsets.values().filter((offset, i) => streams.data[i] !== 0 && offset > from && offset < to);
}

/** As much of the ranges as configurations are tried on. */
export function firstOf(ranges: readonly CarveRange[], bytes = bytesTried): CarveRange[] {
  const tried: CarveRange[] = [];
  let left = bytes;
  for (const { offset, length, mayBeTorn } of ranges) {
    if (left <= 0) break;
    tried.push({ offset, length: Math.min(length, left), mayBeTorn: mayBeTorn || length > left });
    left -= length;
  }
  return tried;
}
