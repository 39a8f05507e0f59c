/** Gives the audio of a go-rtmp recording back the times that its index has lost. */
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import { findLostAudioTimes } from '../../rescue/movie-index/lost-audio-times.ts';

/** Repairs the table of the audio in place, where it has to be. */
export function restoreAudioTimes(file: MovieFile, tracks: readonly Track[], findings: Findings): void {
  const lost = findLostAudioTimes(file, tracks, findings);
  if (lost !== undefined) setTimes(lost.audio, lost.times);
}

function setTimes({ samples, timescale }: Track, times: Float64Array): void {
  const ticks = (i: number): number => Math.round(times[i]! * timescale);
  samples.firstDecodeTime = ticks(0);
  for (let i = 0; i + 1 < samples.length; i++) samples.durations.data[i] = Math.max(0, ticks(i + 1) - ticks(i));
}
