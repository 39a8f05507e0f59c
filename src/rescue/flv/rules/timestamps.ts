/**
 * `--retime`: timestamps that step back, leap, wrap, begin far from zero or stall are made to go on. Without it they are
 * told and left as they are, because a pause may be a pause.
 */
import type { FixContext } from '../plan.ts';

export function mendTimestamps(context: FixContext): void {
  const { survey, options, findings } = context;
  if (options.retime === undefined) return;
  const codes = [
    'flv-timestamp-backward',
    'flv-timestamp-wrapped',
    'flv-audio-clock-stalled',
    'flv-timestamp-still',
  ] as const;
  const { video, audio } = survey;
  const tracks = [video, audio].filter(({ frames }) => frames > 0);
  if (tracks.length === 0) return;
  const maxGap = options.retime === 'keep-pauses' ? Infinity : options.maxGapSeconds * 1000;
  const earliest = Math.min(...tracks.map(({ clock }) => clock.first));
  const leaps = tracks.some(({ clock, hasPauses }) => hasPauses && clock.longestStep > maxGap);
  const isOddStart = findings.has('flv-timestamp-start');
  if (!leaps && !isOddStart && !codes.some((code) => findings.has(code))) return;
  context.retime = {
    maxGapMilliseconds: maxGap,
    earliest,
    audioStalls: audio.clock.stalls,
    usualStep: { video: video.clock.usualStep, audio: audio.clock.usualStep },
  };
  context.rewriteReasons.push('timestamps are repaired');
}
