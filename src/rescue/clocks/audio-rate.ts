/**
 * Tells sampling rates apart whose frames look alike (44.1 and 48 kHz have the same scale factor bands) by the pictures
 * beside the audio: only with the right one do these come at the rate that they have, or at any that cameras have. Pictures
 * that were dropped, late or stood still mislead a mean, so every stretch of the media has a vote.
 */
import { isUsualRate } from './rhythm.ts';
import type { Column } from '../../media/column.ts';
import { unknownOrder } from './ordered-pictures.ts';

/** A stretch has so many pictures that one more or less is a hundredth, but not more or fewer audio frames than these. */
const stretchPictures = 100;
const maxStretchFrames = 800;
const minStretchFrames = 100;
/** Part of a short recording that a stretch may be. */
const maxStretchShare = 0.8;
const betweenStretches = 40;
/** What a rate may be off where the stretch is long. */
const tolerance = 0.003;
/** Half of what lies between 44.1 and 48 kHz. */
const maxTolerance = 0.04;
/** Part of the stretches that have to agree: on what the video announces, and on any usual rate, which chance may hit. */
const minShareOnAnnounced = 0.2;
const minShareOnUsual = 0.6;
/** Pictures that found their places in counting order are counted so many times at most: more is no loss of single ones. */
const maxPlacesCounted = 2;

/** Samples in the order in which they lie in the file: of which stream each is, and a picture's place in output order. */
export interface FoundSamples {
  readonly length: number;
  readonly streams: Column<Uint8Array>;
  /** See `OrderedPictures`. */
  readonly periods: Column<Uint32Array>;
  readonly counts: Column<Int32Array>;
}

interface Stretch {
  readonly frames: number;
  readonly pictures: number;
}

/** A rate, and how many stretches agree with it. */
export interface RateVotes {
  readonly hertz: number;
  readonly votes: number;
}

/** Which rates enough stretches agree with. */
export interface AgreeingRates {
  /** Those with which the pictures come in the step that is announced. */
  readonly announced: readonly RateVotes[];
  /** Those with which they come at any usual rate. */
  readonly usual: readonly RateVotes[];
}

/**
 * The rates of `rates` with which enough stretches agree. `audio`: number of the audio's stream. `step`: seconds between
 * pictures where something says it.
 */
export function ratesByPictures(
  samples: FoundSamples,
  audio: number,
  rates: readonly number[],
  frameLength: number,
  step: number | undefined,
): AgreeingRates {
  const { usual, announced, count } = votesOf(samples, audio, rates, frameLength, step);
  const agreeing = (all: readonly number[], share: number): readonly RateVotes[] =>
    all.map((votes, n) => ({ hertz: rates[n]!, votes })).filter(({ votes }) => votes > 0 && votes >= share * count);
  return { announced: agreeing(announced, minShareOnAnnounced), usual: agreeing(usual, minShareOnUsual) };
}

/** What is left of some rates when those go with which half as many stretches agree as with another; the first first. */
export function likeliestRates(rates: readonly RateVotes[]): readonly number[] {
  const most = Math.max(0, ...rates.map(({ votes }) => votes));
  return rates.filter(({ votes }) => votes > most / 2).map(({ hertz }) => hertz);
}

/** For each rate with how many stretches of all of them it agrees. */
interface Votes {
  readonly announced: readonly number[];
  readonly usual: readonly number[];
  readonly count: number;
}

function votesOf(
  samples: FoundSamples,
  audio: number,
  rates: readonly number[],
  frameLength: number,
  step: number | undefined,
): Votes {
  const stretches = stretchesOf(samples, audio);
  const votesBy = (isRate: (perSecond: number, allowed: number) => boolean): number[] =>
    rates.map(
      (hertz) =>
        stretches.filter(({ frames, pictures }) => {
          const allowed = tolerance + 1.2 / pictures;
          return allowed <= maxTolerance && isRate((pictures * hertz) / (frames * frameLength), allowed);
        }).length,
    );
  return {
    announced: step === undefined ? [] : votesBy((rate, allowed) => Math.abs(rate * step - 1) <= allowed),
    usual: votesBy(isUsualRate),
    count: stretches.length,
  };
}

/**
 * Stretches of so many audio frames, with the pictures that were made meanwhile: those that arrived, and those missing
 * between. They begin and end where audio follows pictures, so that audio in bundles is measured in whole bundles.
 */
function stretchesOf({ streams, periods, counts, length }: FoundSamples, audio: number): Stretch[] {
  const places = placesOf({ streams, periods, counts, length }, audio);
  const edges: { frames: number; pictures: number }[] = [];
  let [frames, pictures] = [0, 0];
  for (let i = 0; i < length; i++) {
    if (streams.data[i] !== audio) {
      pictures += places.get(periods.data[i]!) ?? 1;
      continue;
    }
    if (i > 0 && streams.data[i - 1] !== audio) edges.push({ frames, pictures });
    frames++;
  }
  const usual = Math.max(minStretchFrames, Math.min(maxStretchFrames, (frames * stretchPictures) / pictures));
  const wanted = Math.min(Math.ceil(usual), Math.floor(frames * maxStretchShare));
  if (wanted < minStretchFrames) return [];
  const stretches: Stretch[] = [];
  let next = -Infinity;
  for (const [n, from] of edges.entries()) {
    if (from.frames < next) continue;
    const to = edges.slice(n).find((edge) => edge.frames >= from.frames + wanted);
    if (to === undefined) break;
    stretches.push({ frames: to.frames - from.frames, pictures: to.pictures - from.pictures });
    next = from.frames + betweenStretches;
  }
  return stretches;
}

/** For each period of the pictures how many places in output order it has for one picture that is there. */
function placesOf({ streams, periods, counts, length }: FoundSamples, audio: number): Map<number, number> {
  const byPeriod = new Map<number, number[]>();
  for (let i = 0; i < length; i++) {
    if (streams.data[i] === audio || counts.data[i] === unknownOrder) continue;
    const own = byPeriod.get(periods.data[i]!);
    if (own === undefined) byPeriod.set(periods.data[i]!, [counts.data[i]!]);
    else own.push(counts.data[i]!);
  }
  const all = [...byPeriod.values()].map((own) => own.sort((a, b) => a - b));
  const steps = new Map<number, number>();
  for (const own of all) {
    for (let n = 1; n < own.length; n++) {
      const step = own[n]! - own[n - 1]!;
      if (step > 0) steps.set(step, (steps.get(step) ?? 0) + 1);
    }
  }
  const unit = [...steps].sort((a, b) => b[1] - a[1])[0]?.[0];
  if (unit === undefined) return new Map();
  return new Map(
    [...byPeriod].map(([period, own]) => {
      const span = (own.at(-1)! - own[0]!) / unit + 1;
      return [period, span <= maxPlacesCounted * own.length ? Math.max(1, span / own.length) : 1];
    }),
  );
}
