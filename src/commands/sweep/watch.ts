/**
 * When a tree is looked at again: after an interval, or as soon as something that was found young has been left alone long
 * enough. By the clock and not by what the system tells of changes: what is told of has just been written to and is not to be
 * touched, a recording that was given up makes no change any more, and on network file systems those of other machines are
 * never told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../media/errors.ts';

/** No tree is looked at again sooner, in seconds: a clock that was wrong must not keep it busy. */
const minPause = 0.2;

/** Waits for the next look. Throws an `interrupted` error as soon as the signal is aborted. */
export async function untilNext(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
  throwIfInterrupted(signal);
}

/** Seconds from now to a time in milliseconds, and a little. */
export function secondsUntil(dueMs: number): number {
  return Math.max(minPause, (dueMs - Date.now()) / 1000 + 0.01);
}
