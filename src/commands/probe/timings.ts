/** From when to when a recording lasts, as its tracks have it. */
import { valueOf } from '../../media/ffprobe/ffprobe.ts';
import type { ProbedTrack } from '../../media/probed-recording.ts';

/** Start and duration in seconds; absent where no track has times. */
export interface Timings {
  readonly startSeconds?: number;
  readonly durationSeconds?: number;
}

/** From the first picture or audio sample of any track to the end of the last. */
export function timingsOf(tracks: readonly ProbedTrack[]): Timings {
  let start = Infinity;
  let end = -Infinity;
  for (const { kind, startTicks, durationTicks, timeBase } of tracks) {
    if (kind !== 'video' && kind !== 'audio') continue;
    const tick = valueOf(timeBase);
    if (startTicks === undefined || tick === 0) continue;
    const began = micro(startTicks * tick);
    if (began < start) start = began;
    if (durationTicks !== undefined) end = Math.max(end, began + micro(durationTicks * tick));
  }
  if (start === Infinity) return {};
  return end < start ? { startSeconds: start } : { startSeconds: start, durationSeconds: micro(end - start) };
}

/** Seconds to the microsecond, as ffprobe counts them. */
function micro(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}

/** Whole bits per second of a file that lasts so long. */
export function bitRateOfFile(bytes: number, seconds: number | undefined): number | undefined {
  return seconds === undefined || seconds <= 0 ? undefined : Math.floor((bytes * 8) / seconds + 1e-6);
}
