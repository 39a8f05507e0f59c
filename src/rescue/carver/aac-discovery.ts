/**
 * Finds out what audio stands in media whose AudioSpecificConfig is lost: sampling rates have different scale factor
 * bands, and only with the right ones does the syntax close where the next sample begins. Rates that share their bands
 * (44.1 and 48 kHz) cannot be told apart like this; the rhythm of the pictures beside the audio has to.
 */
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { AacSyntax } from './aac-syntax.ts';
import { likeliestRates, ratesByPictures, type RateVotes } from '../clocks/audio-rate.ts';
import type { CarvedSamples } from './carved-samples.ts';
import { carve, type CarveRange } from './carver.ts';
import { bytesTried, firstOf, growingTrials, maxBytesTried } from './tried-media.ts';
import type { SampleSyntax } from './sample-syntax.ts';

/** One index of sampling frequency for each set of bands, the usual ones first (ISO/IEC 14496-3, 4.5.4). */
const bandSets: readonly (readonly number[])[] = [[4, 3], [5], [7, 6], [8, 9, 10], [11, 12], [2], [0, 1]];
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
  /** How many bytes those have. */
  readonly sizes: Float64Array;
  /** Where pictures begin that were found between them. */
  readonly pictures: Float64Array;
}

/** `video`: makes the syntax of the video anew that may stand beside the audio. As much is looked through as it takes to meet some. */
export async function findAac(
  source: ByteSource,
  ranges: readonly CarveRange[],
  video: (() => SampleSyntax) | undefined,
  pace?: Pace,
): Promise<FoundAac | undefined> {
  for await (const tried of growingTrials(source, ranges, pace)) {
    const { found, goesOn } = await findAacIn(source, tried, video, pace);
    if (found !== undefined || !goesOn) return found;
  }
  return undefined;
}

/** `goesOn`: pictures explain what was tried as far as they go, so that audio may stand behind it. */
async function findAacIn(
  source: ByteSource,
  tried: readonly CarveRange[],
  video: (() => SampleSyntax) | undefined,
  pace: Pace | undefined,
): Promise<{ readonly found: FoundAac | undefined; readonly goesOn: boolean }> {
  let best: FoundAac | undefined;
  let bestExplained = 0;
  for (const indices of bandSets) {
    const audio = new AacSyntax({ samplingFrequencyIndex: indices[0]! });
    const { samples, skipped } = await carve(source, tried, video === undefined ? [audio] : [audio, video()], { pace });
    const offsets = samples.offsets.values().filter((_, i) => samples.streams.data[i] === 0);
    const explained = samples.sizes.values().reduce((sum, size) => sum + size, 0);
    const isExplained = skipped.every(({ reason }) => reason === 'torn' || reason === 'zeros');
    // Other bands would explain no more.
    if (offsets.length === 0 && isExplained && video !== undefined) return { found: best, goesOn: true };
    // Access units without a channel are none: a few bytes of something else may close as fill elements.
    if (offsets.length === 0 || audio.channels === 0 || explained <= bestExplained) continue;
    bestExplained = explained;
    best = {
      samplingFrequencyIndices: indices,
      channels: audio.channels,
      hasSpectralBandReplication: audio.hasSpectralBandReplication,
      offsets,
      sizes: Float64Array.from(samples.sizes.values().filter((_, i) => samples.streams.data[i] === 0)),
      pictures: picturesBetween(samples, offsets[0]!, offsets.at(-1)!),
    };
    // Nothing but a sample that the end cuts is left: no other bands can explain more.
    if (isExplained) break;
  }
  return { found: best, goesOn: false };
}

/** Whether the bands of another sampling frequency index explain as many access units as those that were found. */
export async function areBandsOf(
  source: ByteSource,
  ranges: readonly CarveRange[],
  video: () => SampleSyntax,
  { offsets }: FoundAac,
  samplingFrequencyIndex: number,
  pace?: Pace,
): Promise<boolean> {
  const audio = new AacSyntax({ samplingFrequencyIndex });
  const { samples } = await carve(source, await firstOf(source, ranges, undefined, pace), [audio, video()], { pace });
  const units = samples.streams.values().filter((stream) => stream === 0).length;
  return units >= minAlike * offsets.length;
}

/** Part of the access units that other bands have to explain. */
const minAlike = 0.98;

/** Frames by which a rate is recognised. */
const framesForRate = 800;

/**
 * The sampling rates that fit and with which the pictures beside the audio come as they are said to or, where none does, at a
 * usual rate: several where the pictures do not tell them apart, the usual ones first, and none where they come at no rate.
 * `step`: seconds between pictures where something says it. `tracks`: of how many the frames are, which keep step.
 */
export async function findAacRates(
  source: ByteSource,
  ranges: readonly CarveRange[],
  video: () => SampleSyntax,
  found: FoundAac,
  step: number | undefined,
  pace?: Pace,
  tracks = 1,
): Promise<readonly number[]> {
  const { samplingFrequencyIndices } = found;
  const rates = samplingFrequencyIndices.map((index) => SAMPLING_FREQUENCIES[index]!);
  if (rates.length === 1 && step === undefined) return rates;
  const all = [...rates, ...SAMPLING_FREQUENCIES.filter((hertz) => !rates.includes(hertz))];
  const length = ranges.reduce((sum, range) => sum + range.length, 0);
  for (let bytes = bytesTried; ;) {
    const audio = new AacSyntax({ samplingFrequencyIndex: samplingFrequencyIndices[0]! });
    const { samples } = await carve(source, await firstOf(source, ranges, bytes, pace), [audio, video()], { pace });
    const frames = samples.streams.values().filter((stream) => stream === 0).length;
    if (frames >= framesForRate || bytes >= Math.min(length, maxBytesTried)) {
      const agreeing = ratesByPictures(samples, 0, all, aacFrame / tracks, step);
      // The bands of other rates may explain the media as well (32 kHz has those of 44.1 kHz and two more).
      const fitting = async (some: readonly RateVotes[]): Promise<readonly number[]> => {
        const fit: RateVotes[] = [];
        for (const rate of some) {
          const index = SAMPLING_FREQUENCIES.indexOf(rate.hertz);
          const isAlike = rates.includes(rate.hertz) || (await areBandsOf(source, ranges, video, found, index, pace));
          if (isAlike) fit.push(rate);
        }
        return likeliestRates(fit);
      };
      const told = await fitting(agreeing.announced);
      return told.length > 0 ? told : await fitting(agreeing.usual);
    }
    bytes = Math.min(maxBytesTried, bytes * Math.max(2, Math.ceil((1.1 * framesForRate) / (frames + 1))));
  }
}

function picturesBetween({ streams, offsets }: CarvedSamples, from: number, to: number): Float64Array {
  return offsets.values().filter((offset, i) => streams.data[i] !== 0 && offset > from && offset < to);
}
