/**
 * At which rate AAC was sampled whose configuration is lost, and of how many tracks it is: of the rates that its syntax
 * allows, the one with which it lasts as long as the pictures beside it. What becomes of the answer is not known here.
 */
import { areBandsOf, findAacRates, type FoundAac } from '../carver/aac-discovery.ts';
import { turnsOf, type Turns } from '../carver/aac-turns.ts';
import type { CarveRange } from '../carver/carver.ts';
import type { SampleSyntax } from '../carver/sample-syntax.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { atOnce, type Pace } from '../../io/pace.ts';
import type { Track } from '../../media/track.ts';
import { isUsualRate } from '../clocks/rhythm.ts';
import { corridorOf, measuredSlope, type MeasuredSlope } from '../clocks/corridor.ts';

/** The media that the audio stands in, and what is known of the pictures beside it. */
export interface RateEvidence {
  readonly source: ByteSource;
  /** What no index describes. */
  readonly ranges: readonly CarveRange[];
  readonly pace: Pace | undefined;
  /** Makes the syntax of the pictures anew; undefined where there are none. */
  readonly pictureSyntax: (() => SampleSyntax) | undefined;
  /** Seconds between pictures, where something says it. */
  readonly stepSeconds: number | undefined;
  /** The pictures whose times are known. */
  readonly knownPictures: Track | undefined;
}

/** What was measured. */
export interface MeasuredRate {
  /** Of the audio; 1 where nothing tells of more, 0 where it is of several that cannot be told apart. */
  readonly tracks: number;
  /** Channels of each of several tracks, where they differ in that. */
  readonly channels?: readonly (number | undefined)[];
  /** What of the number of tracks is assumed, and how far off everything is where that is wrong, as a clause. */
  readonly doubt?: string | undefined;
  /** Of each track; undefined where nothing tells, and the usual rate can only be assumed. */
  readonly hertz: number | undefined;
  /** Rates that it may have as well: nothing tells them apart. */
  readonly others: readonly number[];
  /** Whether there was enough audio to tell. */
  readonly isSure: boolean;
}

/** Samples in a frame of AAC-LC. */
const aacFrame = 1024;
/** Standard rates are 8 % apart: what is measured by less than this part tells them apart. */
const surelyApart = 0.04;
/** Frames from which a measurement is believed. */
const minFramesForRate = 200;
/** A measurement that is further from all rates has pictures that come too irregularly. */
const rateTolerance = 0.1;
/** Known pictures from which their times are a measure. */
const minKnownPictures = 2;
/** More audio than that beside the pictures is more than one track. */
const moreThanOne = 1.5;

/** Measures the rate of AAC that was found. `maxTracks`: of how many tracks it may be. */
export async function measureRate(evidence: RateEvidence, found: FoundAac, maxTracks: number): Promise<MeasuredRate> {
  const rates = found.samplingFrequencyIndices.map((index) => SAMPLING_FREQUENCIES[index]!);
  const { knownPictures, pictureSyntax, stepSeconds = 0, source, ranges, pace } = evidence;
  const slope = knownPictures === undefined ? undefined : slopeBeside(found, knownPictures);
  const mayBeMore = slope !== undefined && maxTracks > 1 && aacFrame / slope.step > moreThanOne * Math.max(...rates);
  const agreed = slope === undefined || mayBeMore ? undefined : await agreeingRate(evidence, found, slope);
  if (agreed !== undefined) {
    const isSure = slope!.accuracy < surelyApart;
    return { tracks: 1, hertz: agreed, others: isSure ? [] : besides(rates, agreed), isSure };
  }
  const known = knownPictures === undefined ? undefined : besideKnown(found, knownPictures);
  const counted = known ?? { frames: found.offsets.length - 1, seconds: stepSeconds * found.pictures.length };
  const measured = counted.seconds > 0 ? (counted.frames * aacFrame) / counted.seconds : undefined;
  const isSure = counted.frames >= minFramesForRate;
  if (known !== undefined) {
    const tracks = measured === undefined ? 1 : tracksAt(measured, Math.max(...rates), maxTracks);
    return { tracks, ...nearestTo(rates, (measured ?? 0) / tracks, isSure) };
  }
  const turns = maxTracks === 1 ? undefined : turnsOf(source, found);
  const { tracks, isMeasured, doubt } =
    turns === undefined ? oneTrack : tracksBeside(turns, found, rates, measured, maxTracks);
  const told = { tracks, channels: turns?.channels ?? [], doubt };
  if (isMeasured) return { ...told, ...nearestTo(rates, (measured ?? 0) / tracks, isSure) };
  if (pictureSyntax !== undefined && tracks > 0) {
    const { stepSeconds: step } = evidence;
    const [hertz, ...others] = await findAacRates(source, ranges, pictureSyntax, found, step, pace, tracks);
    if (hertz !== undefined) return { ...told, hertz, others, isSure: others.length === 0 };
    // So much of it with pictures that come at no rate is no measure.
    if (isSure) return { ...told, ...firstOf(rates), isSure: false };
  }
  return { ...told, ...nearestTo(rates, (measured ?? 0) / Math.max(1, tracks), isSure) };
}

/** Of how many tracks the audio is. */
interface TracksBeside {
  readonly tracks: number;
  /** Whether that follows from how long the pictures last. */
  readonly isMeasured: boolean;
  readonly doubt?: string;
}

const oneTrack: TracksBeside = { tracks: 1, isMeasured: false };
/** Tracks of one rate last as long as the pictures but for this part. */
const sameLength = 0.03;
/** Pictures a second that may be half of a usual rate. */
const maxHalved = 16;

/** How many tracks there are by the units themselves, and by how long the pictures last: `measured` units' samples a second. */
function tracksBeside(
  turns: Turns,
  { offsets, pictures }: FoundAac,
  rates: readonly number[],
  measured: number | undefined,
  maxTracks: number,
): TracksBeside {
  const byPictures =
    measured === undefined || measured < moreThanOne * Math.max(...rates)
      ? undefined
      : nearestCount(measured, rates, maxTracks);
  if (turns.tracks !== undefined) {
    const tracks = Math.min(turns.tracks, maxTracks);
    return { tracks, isMeasured: tracks > 1 && byPictures?.tracks === tracks && byPictures.off < rateTolerance };
  }
  // Tracks that keep step stand in whole turns between the pictures.
  const mayBeInTurn = byPictures !== undefined && (turns.isInChunks || turns.rowsOf % byPictures.tracks === 0);
  if (mayBeInTurn && byPictures.off < sameLength) return { tracks: byPictures.tracks, isMeasured: true };
  if (turns.contradictsOne && pictures.length > 0) {
    const doubt =
      'the audio is of several tracks that do not keep step, of different sampling rates it seems, and nothing tells which frame is of which: it is left out, and the pictures are given without it; a complete recording of the same stream with --reference may bring it back';
    return { tracks: 0, isMeasured: false, doubt };
  }
  if (byPictures !== undefined) {
    const times = (measured! / byPictures.rate).toFixed(1);
    const doubt = `there is about ${times} times as much audio as the rate of the pictures says, and nothing shows whether pictures were left out or several tracks are mixed: it is given as one track, and if it is of ${byPictures.tracks}, everything lasts about ${times} times too long`;
    return { tracks: 1, isMeasured: false, doubt };
  }
  if (measured !== undefined || pictures.length === 0) return oneTrack;
  const perSecondAt = (hertz: number): number => (pictures.length * hertz) / ((offsets.length - 1) * aacFrame);
  const usual = rates.find((hertz) => isUsualRate(perSecondAt(hertz), sameLength)) ?? rates[0]!;
  const perSecond = perSecondAt(usual);
  const others = turns.rowsOf > 1 ? turns.rowsOf : 2;
  if (turns.rowsOf === 1 && !(turns.isInChunks && perSecond < maxHalved)) return oneTrack;
  const rate = (times: number): string => (times * perSecond).toFixed(1);
  const doubt = `nothing tells how many tracks the audio is of: it is given as one, with which the pictures come at about ${rate(1)} a second; if it is of ${others}, they come at about ${rate(others)}, and everything lasts ${others} times too long; --fps with the rate of the pictures settles it`;
  return { ...oneTrack, doubt };
}

/** The number of tracks with which what was measured is nearest to one of the rates, and the part by which it is off. */
function nearestCount(
  measured: number,
  rates: readonly number[],
  maxTracks: number,
): { readonly tracks: number; readonly rate: number; readonly off: number } {
  let best = { tracks: 2, rate: rates[0]!, off: Infinity };
  for (let tracks = 2; tracks <= maxTracks; tracks++) {
    for (const rate of rates) {
      const off = Math.abs(measured / tracks / rate - 1);
      if (off < best.off - (tracks === best.tracks ? 0 : sameLength / 3)) best = { tracks, rate, off };
    }
  }
  return best;
}

/** What a frame lasts by the pictures of known time beside it; pauses of either do not count. */
function slopeBeside({ offsets }: FoundAac, { samples, timescale }: Track): MeasuredSlope | undefined {
  const length = samples.length + offsets.length;
  const arrivals = { streams: new Uint8Array(length), times: new Float64Array(length), losses: [], mediaBytes: 0 };
  const numbers = new Uint32Array(offsets.length);
  let [known, unit, ticks] = [0, 0, samples.firstDecodeTime];
  for (let i = 0; i < length; i++) {
    const isKnown = unit >= offsets.length || (known < samples.length && samples.offsets.data[known]! < offsets[unit]!);
    arrivals.streams[i] = isKnown ? 0 : 1;
    arrivals.times[i] = isKnown ? ticks / timescale : Number.NaN;
    if (isKnown) ticks += samples.durations.data[known++]!;
    else numbers[unit++] = i;
  }
  const slope = measuredSlope(atOnce(corridorOf(arrivals, numbers, 0)), 0, numbers.length, true);
  return slope !== undefined && slope.step > 0 ? slope : undefined;
}

/** The standard rate that was measured and whose bands explain the media: one of those found first, or else another. */
async function agreeingRate(
  { source, ranges, pictureSyntax, pace }: RateEvidence,
  found: FoundAac,
  { step, accuracy }: MeasuredSlope,
): Promise<number | undefined> {
  const off = (rate: number): number => Math.abs(aacFrame / step / rate - 1);
  const near = SAMPLING_FREQUENCIES.filter((rate) => off(rate) < Math.max(accuracy, surelyApart)).sort(
    (a, b) => off(a) - off(b),
  );
  const own = near.find((rate) => found.samplingFrequencyIndices.includes(SAMPLING_FREQUENCIES.indexOf(rate)));
  if (own !== undefined || pictureSyntax === undefined) return own;
  for (const rate of near) {
    const index = SAMPLING_FREQUENCIES.indexOf(rate);
    if (await areBandsOf(source, ranges, pictureSyntax, found, index, pace)) return rate;
  }
  return undefined;
}

interface CountedFrames {
  readonly frames: number;
  /** How long those last; 0 where nothing tells. */
  readonly seconds: number;
}

/** The frames that stand between pictures of known time, and how long those last; undefined where there are too few. */
function besideKnown({ offsets, pictures }: FoundAac, { samples, timescale }: Track): CountedFrames | undefined {
  const all = samples.offsets.values();
  if (all.length < minKnownPictures) return undefined;
  const from = Math.max(
    all.reduce((least, offset) => Math.min(least, offset)),
    offsets[0]!,
  );
  const to = Math.min(
    all.reduce((most, offset) => Math.max(most, offset)),
    offsets.at(-1)!,
  );
  const isBetween = (offset: number): boolean => offset >= from && offset < to;
  let ticks = 0;
  let count = 0;
  for (const [index, offset] of all.entries()) {
    if (!isBetween(offset)) continue;
    ticks += samples.durations.data[index]!;
    count++;
  }
  // Pictures that no index describes stand among them, and last as long as the others.
  const share = count === 0 ? 0 : 1 + pictures.filter(isBetween).length / count;
  return { frames: offsets.filter(isBetween).length, seconds: (ticks / timescale) * share };
}

function tracksAt(measured: number, rate: number, maxTracks: number): number {
  return measured < moreThanOne * rate ? 1 : Math.min(maxTracks, Math.round(measured / rate));
}

type ToldRate = Pick<MeasuredRate, 'hertz' | 'others' | 'isSure'>;

/** The rate that was measured, if it is near one of them. `isSure`: whether so much was measured that it is no other. */
function nearestTo(rates: readonly number[], measured: number, isSure: boolean): ToldRate {
  const hertz = rates.reduce((best, rate) => (Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best));
  if (!(Math.abs(measured / hertz - 1) < rateTolerance)) return { ...firstOf(rates), isSure };
  return { hertz, others: isSure ? [] : besides(rates, hertz), isSure };
}

/** 44.1 kHz is what is assumed where nothing tells, and of rates with other bands the first. */
function firstOf(rates: readonly number[]): Omit<ToldRate, 'isSure'> {
  const [first = usualRate] = rates;
  return { hertz: first === usualRate ? undefined : first, others: besides(rates, first) };
}

const usualRate = 44_100;
/** The bands of 32 kHz are those of 44.1 kHz and two more, which are silent as a rule. */
const looksUsual = 32_000;

/** The other rates that audio may have whose bands are those of `rates`. */
function besides(rates: readonly number[], hertz: number): readonly number[] {
  return [...rates, ...(rates.includes(usualRate) ? [looksUsual] : [])].filter((rate) => rate !== hertz);
}
