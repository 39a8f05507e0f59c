/** What of a stream is not in the result, listed piece by piece: what lies end to end is one piece. */
import { ticksPerSecond } from '../../mpegts/clock.ts';
import type { Loss } from './plan.ts';

/** So many losses are listed one by one; all are counted. */
const keptLosses = 1000;
/** Seconds between two losses that are one. */
const together = 0.2;

/** The losses in the order in which they were found. */
export class Losses {
  readonly list: Loss[] = [];

  /** Adds one; times in ticks on the timeline of the recording. `end`: the offset behind it, where its packets lie apart. */
  add(
    pid: number,
    reason: Loss['reason'],
    offset: number,
    bytes: number,
    units: number,
    ticks: number,
    durationTicks: number,
    end = offset + bytes,
  ): void {
    const last = this.list.findLast((loss) => loss.pid === pid);
    const startSeconds = ticks / ticksPerSecond;
    const durationSeconds = durationTicks / ticksPerSecond;
    if (last?.reason === reason && startSeconds - last.startSeconds - last.durationSeconds < together) {
      last.bytes += bytes;
      last.end = Math.max(last.end, end);
      last.units += units;
      last.durationSeconds = Math.max(last.durationSeconds, startSeconds + durationSeconds - last.startSeconds);
      return;
    }
    if (this.list.length >= keptLosses) return;
    this.list.push({ pid, reason, offset, end, bytes, units, startSeconds, durationSeconds });
  }

  /**
   * The first time that a PID says, in ticks: what of it was lost up to here, whose time nothing told, lies directly before,
   * end to end.
   */
  beginAt(pid: number, ticks: number): void {
    let until = ticks / ticksPerSecond;
    for (const loss of this.list.filter((each) => each.pid === pid).toReversed()) {
      until -= loss.durationSeconds;
      loss.startSeconds = until;
    }
  }
}
