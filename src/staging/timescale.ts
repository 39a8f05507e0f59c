/** What a track's timescale and step must be where `.info` is lost: by what its known steps can mean at all. */
import type { SequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import { usualDuration } from '../media/timeline.ts';
import type { TrackEntries } from './track-file.ts';

/** What the recorder uses: milliseconds for RTMP sources, 90 kHz for the video of TS and LiveFLV sources. */
const milliseconds = 1000;
const videoClock = 90000;
/** Samples of an AAC frame; the audio of TS and LiveFLV sources counts them. */
const aacFrame = 1024;
const usualSampleRate = 48000;

interface TimedTrack {
  readonly kind: 'video' | 'audio';
  readonly entries: TrackEntries;
}

/** Ticks per second, by the size of the steps: 40 is a frame in milliseconds, 3600 one in 90 kHz. */
export function guessTimescale(track: TimedTrack, other: TrackEntries | undefined): number {
  const { entries, kind } = track;
  if (entries.durationsKnown > 0) {
    const step = usualDuration(entries.samples);
    if (kind === 'video') return step > 1000 ? videoClock : milliseconds;
    if (step < aacFrame / 2) return milliseconds;
  }
  // A constant step leaves no run. With milliseconds the audio always has runs, as no frame length is whole in them.
  if (kind === 'video') return other !== undefined && other.durationsKnown === 0 ? videoClock : milliseconds;
  return usualSampleRate;
}

/** Ticks between pictures by the timing in the sequence parameter set (two fields a frame; ITU-T H.264 E.2.1). */
export function stepFromVui(sps: SequenceParameterSet | undefined, timescale: number): number | undefined {
  const timing = sps?.vui?.timing;
  if (timing === undefined || timing.numUnitsInTick === 0 || timing.timeScale === 0) return undefined;
  const step = (2 * timing.numUnitsInTick * timescale) / timing.timeScale;
  return step >= 1 && step <= timescale ? Math.round(step) : undefined;
}

/** Ticks between samples so that they take as long as those of the other track that lie between the same bytes. */
export function stepFromOther(track: TimedTrack, other: TimedTrack | undefined, timescale: number): number | undefined {
  if (other === undefined || other.entries.durationsKnown < 2 || track.entries.samples.length < 2) return undefined;
  const { samples } = track.entries;
  const reference = other.entries.samples;
  const first = samples.offsets.at(0);
  const last = samples.offsets.at(samples.length - 1);
  let ticks = 0;
  for (let i = 0; i < other.entries.durationsKnown; i++) {
    const offset = reference.offsets.at(i);
    if (offset >= first && offset < last) ticks += reference.durations.data[i]! | 0;
  }
  const seconds = ticks / guessTimescale(other, track.entries);
  const step = Math.round((seconds * timescale) / (samples.length - 1));
  return step > 0 ? step : undefined;
}
