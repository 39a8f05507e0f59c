/**
 * Says in findings how the lost times of a recording were found: what was assumed, what contradicts it, and by how much it
 * may be off. One wording for every verb. How times are found is not known here.
 */
import type { FindingPlace, Findings } from '../../media/findings.ts';
import { unseenLag } from './arrival-bound.ts';
import type { FoundTimes } from './arrivals.ts';
import { maxUsualRate, minUsualRate } from './rhythm.ts';
import { assumedStep } from './video-times.ts';

/** A track whose times were looked for. */
export interface TrackTimes {
  readonly kind: 'video' | 'audio';
  readonly times: FoundTimes;
  /** Samples whose times were lost. */
  readonly lost: number;
  /** Seconds after the other track at which it begins, as in the reference; undefined where none says it. */
  readonly beginsAsLent?: number | undefined;
}

/** Seconds by which audio and video may be apart before it is more than a note: what order in the file leaves open as a rule. */
const perceptible = 0.25 + unseenLag;

/** What of genuine recordings is so of both tracks, where nothing tells it of this one. */
const usualBeginnings = '201 of 206 public recordings do within 0.1 s';

/** The bound on an assumed step: what `samples` that are `step` seconds apart may last at other rates. */
export function assumedStepBound(samples: number, step: number): string {
  const at = (rate: number): string => `${(samples / rate).toFixed(1)} s (${rate} a second)`;
  return `what lasts ${(samples * step).toFixed(1)} s so may last ${at(maxUsualRate)} to ${at(minUsualRate)}`;
}

/** A bound in words; it holds as it is written. */
function upTo(seconds: number, digits: number): string {
  const unit = 10 ** digits;
  return `${(Math.ceil(seconds * unit - 1e-6) / unit).toFixed(digits)} s`;
}

/**
 * Adds what is to be said of the times of each track. `place`: the file. `rateAdvice`: what sets the rate of pictures, in
 * parentheses behind what was assumed of it; empty where nothing does.
 */
export function reportTimes(
  tracks: readonly TrackTimes[],
  place: FindingPlace,
  rateAdvice: string,
  findings: Findings,
): void {
  for (const track of tracks) {
    const { kind, times, lost, beginsAsLent } = track;
    const { basis, boundSeconds, contradiction, beginsWith } = times;
    const own = { ...place, track: kind };
    if (basis === 'assumed') {
      findings.add(
        'times-assumed',
        `nothing gives the rate of the ${kind}; ${1 / assumedStep} samples a second were taken${rateAdvice}: ${assumedStepBound(lost, assumedStep)}`,
        own,
      );
    } else if (basis !== 'known') {
      const follow = `the times of the ${kind} that were lost follow from the ${basis}`;
      if (isFarApart(track) && !isSaidOfOther(track, tracks)) {
        const off = `audio and video may be off against each other by up to ${upTo(boundSeconds!, 1)}`;
        findings.add('times-assumed', `${follow}: ${off}`, own);
      } else {
        const isBoundSaid = boundSeconds === undefined || beginsWith !== undefined || isFarApart(track);
        findings.add('times-continued', isBoundSaid ? follow : `${follow}, to ${upTo(boundSeconds, 2)}`, own);
      }
    }
    if (contradiction !== undefined) {
      findings.add(
        'clocks-contradict',
        `the timing that the pictures announce and the audio beside them differ by ${(100 * contradiction).toFixed(1)} %; the audio was believed`,
        own,
      );
    }
    if (beginsWith !== undefined) {
      findings.add(
        'start-offset-assumed',
        `the writer put whole chunks of each track into the file, so both tracks are taken to begin ${beginsAsLent === undefined ? `together, as ${usualBeginnings}` : `${beginsAsLent.toFixed(2)} s apart, as in the reference`}; if they did not, they are off by at most ${upTo(boundSeconds!, 1)}`,
        own,
      );
    }
  }
}

/** Whether a track may be off against the others by more than is a note, which nothing else that is said of it bounds. */
function isFarApart({ times: { boundSeconds, beginsWith } }: TrackTimes): boolean {
  return boundSeconds !== undefined && boundSeconds > perceptible && beginsWith === undefined;
}

/** Whether what is said of another track bounds this one too: audio and video are off against each other by one length. */
function isSaidOfOther(track: TrackTimes, tracks: readonly TrackTimes[]): boolean {
  const bound = track.times.boundSeconds!;
  return tracks.some((other) => {
    const { basis, boundSeconds = -Infinity, beginsWith } = other.times;
    if (other === track || other.kind === track.kind || boundSeconds < bound) return false;
    if (beginsWith !== undefined) return true;
    if (basis === 'known' || basis === 'assumed') return false;
    return boundSeconds > bound || other.kind === 'audio';
  });
}
