/**
 * The ranges of one PID of a transport stream: what stays is described, by its packets; losses are those of the plan. The
 * plan counts what stays of a PID as a whole, so between losses it is shared out by time, and says so.
 */
import { roundSeconds, type LossReason, type TrackRange } from '../../media/report.ts';
import { ticksPerSecond } from '../../mpegts/clock.ts';
import type { FixPlan, Loss } from './plan.ts';

const reasons: Readonly<Record<Exclude<Loss['reason'], 'table'>, LossReason>> = {
  torn: 'torn',
  trimmed: 'torn',
  headless: 'undecodable',
  scrambled: 'scrambled',
  head: 'undecodable',
  missing: 'not-received',
};

/** The ranges of `pid`, in order. `startTicks`: of the first media of the stream, which players count from. */
export function tsRanges(plan: FixPlan, pid: number, file: string, startTicks: number): TrackRange[] {
  const stream = plan.streams.get(pid)!;
  const begin = startTicks === Infinity ? 0 : startTicks / ticksPerSecond;
  const hasTimes = stream.firstTicks < Infinity;
  const [first, last] = hasTimes ? [stream.firstTicks, stream.lastTicks] : [0, 0];
  const [from, to] = [first / ticksPerSecond - (hasTimes ? begin : 0), last / ticksPerSecond - (hasTimes ? begin : 0)];
  const losses = plan.losses
    .filter((loss) => loss.pid === pid && loss.reason !== 'table')
    .map((loss) => ({ ...loss, startSeconds: hasTimes ? loss.startSeconds - begin : 0 }))
    .sort((a, b) => a.startSeconds - b.startSeconds);
  // Packets that never came are counted by nothing but the time they leave open.
  const step = stream.units > 1 ? (to - from) / (stream.units - 1) : 0;
  const ranges: TrackRange[] = [];
  let at = losses[0] === undefined ? from : Math.min(from, losses[0].startSeconds);
  const keepUntil = (until: number): void => {
    if (until > at + 1e-6) ranges.push(described(at, until));
    at = Math.max(at, until);
  };
  for (const { reason, offset, end: behind, bytes, units, startSeconds, durationSeconds } of losses) {
    // A loss at the head or the tail of the PID is none of the time between.
    const start = Math.max(at, Math.min(startSeconds, Math.max(to, at)));
    if (startSeconds > from) keepUntil(start);
    const end = Math.max(start, startSeconds + Math.max(0, durationSeconds));
    ranges.push({
      what: 'lost',
      reason: reasons[reason as keyof typeof reasons],
      ...(reason === 'missing' ? { file, offset, length: 0 } : { file, offset, length: behind - offset }),
      startSeconds: roundSeconds(start),
      endSeconds: roundSeconds(end),
      samples: reason === 'missing' && step > 0 ? Math.round((end - start) / step) : units,
      bytes,
      ...(reason === 'missing' ? { isEstimated: true } : {}),
    });
    at = end;
  }
  keepUntil(Math.max(to, at));
  return share(ranges, stream.units, stream.bytes, roundSeconds(from));
}

function described(from: number, to: number): TrackRange {
  return {
    what: 'described',
    startSeconds: roundSeconds(from),
    endSeconds: roundSeconds(to),
    samples: 0,
    bytes: 0,
  };
}

/** Gives the ranges that stay their part of what stays, by their length; one that is alone has all of it, and counted. */
function share(ranges: readonly TrackRange[], units: number, bytes: number, from: number): TrackRange[] {
  const kept = ranges.filter(({ what }) => what !== 'lost');
  if (kept.length === 0) {
    if (units === 0 && bytes === 0) return [...ranges];
    // What stays takes no time, as the only picture of a PID does: it lies where the PID begins.
    const behind = ranges.findIndex(({ endSeconds }) => endSeconds > from);
    const alone = { ...described(from, from), samples: units, bytes };
    return ranges.toSpliced(behind < 0 ? ranges.length : behind, 0, alone);
  }
  const seconds = kept.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
  let [passed, unitsGiven, bytesGiven] = [0, 0, 0];
  return ranges.map((range) => {
    if (range.what === 'lost') return range;
    passed += range.endSeconds - range.startSeconds;
    const part = passed >= seconds - 1e-9 ? 1 : passed / seconds;
    const own = {
      samples: Math.round(units * part) - unitsGiven,
      bytes: Math.round(bytes * part) - bytesGiven,
    };
    unitsGiven += own.samples;
    bytesGiven += own.bytes;
    return { ...range, ...own, ...(kept.length > 1 ? { isEstimated: true } : {}) };
  });
}
