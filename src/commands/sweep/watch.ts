/**
 * When a tree is looked at again. By the clock and not by what the system tells of changes: a recording that was given up makes
 * none, and on network file systems those of other machines are never told.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { throwIfInterrupted } from '../../media/errors.ts';

/** Waits for the next look. Throws an `interrupted` error as soon as the signal is aborted. */
export async function untilNext(seconds: number, signal: AbortSignal): Promise<void> {
  await sleep(seconds * 1000, undefined, { signal }).catch(() => {});
  throwIfInterrupted(signal);
}
