/**
 * Times of samples that lie before the first fragment of a recording. A moov described them, and fragments count on from what
 * it did: the decode time of the first fragment is the sum of all durations before it (`tfdt`, ISO/IEC 14496-12, 8.8.12), so
 * that those before it begin at 0. Whether they are all there, their number says: at the step of one of the tracks they last
 * just as long.
 */
import { usualDuration } from '../../media/timeline.ts';
import type { CarvedSamples, SkippedRange } from './carved-samples.ts';
import type { CarvedStream, LeadingTimes } from './joined-samples.ts';

/** Decode time of a leading sample in seconds; NaN for one that is none. */
export function leadingTime({ count, stepSeconds, pauseSeconds }: LeadingTimes, n: number): number {
  if (n >= count) return Number.NaN;
  return n * stepSeconds + (n > 0 ? pauseSeconds : 0);
}

/** Ticks by which each duration may be rounded. */
const maxRounding = 0.5;

/** The times of the leading samples by stream; none where nothing proves that they are all there. */
export function leadingTimesOf(
  { streams: owners, offsets, known, length }: CarvedSamples,
  skipped: readonly SkippedRange[],
  streams: readonly CarvedStream[],
): readonly (LeadingTimes | undefined)[] {
  const firsts = streams.map(({ known: table, followsMovie }) =>
    followsMovie === true && table !== undefined && table.length > 0 ? table.offsets.at(0)! : -1,
  );
  const counts = streams.map(() => 0);
  let last = -1;
  for (let i = 0; i < length; i++) {
    const s = owners.data[i]!;
    if (known.data[i] === 1 || offsets.data[i]! >= firsts[s]!) continue;
    counts[s]!++;
    last = Math.max(last, offsets.data[i]!);
  }
  if (skipped.some(({ offset }) => offset < last)) return [];
  const isFilled = counts.map((count, s) => {
    const { known: table } = streams[s]!;
    if (count === 0 || table === undefined || table.length < 2) return false;
    return Math.abs(count * usualDuration(table) - table.firstDecodeTime) <= Math.max(1, maxRounding * count);
  });
  if (!isFilled.includes(true)) return [];
  return counts.map((count, s) => {
    const { known: table, timescale } = streams[s]!;
    if (count === 0 || table === undefined || table.length === 0) return undefined;
    const seconds = table.firstDecodeTime / timescale;
    const ownStep = usualDuration(table) / timescale;
    if (isFilled[s] || count * ownStep > seconds) return { count, stepSeconds: seconds / count, pauseSeconds: 0 };
    // Writers that begin all tracks at 0 stretch the first sample of one that came later (ffmpeg, Android).
    return { count, stepSeconds: ownStep, pauseSeconds: seconds - count * ownStep };
  });
}
