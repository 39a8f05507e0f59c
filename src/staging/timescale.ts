/** What a track's timescale and step must be where `.info` is lost: by what its known steps can mean at all. */
import type { SequenceParameterSet } from '../codecs/h264/sequence-parameter-set.ts';
import { SAMPLING_FREQUENCIES } from '../codecs/aac/sampling-frequency.ts';
import { usualDuration } from '../media/timeline.ts';
import type { SampleTable } from '../media/sample-table.ts';
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

/**
 * Ticks per second, by the size of the steps: 40 is a frame in milliseconds, 3600 one in 90 kHz; of audio in samples by the
 * pictures beside it. `pictureSeconds`: the step of the pictures where they announce one.
 */
export function guessTimescale(
  track: TimedTrack,
  other: TrackEntries | undefined,
  pictureSeconds: number | undefined = undefined,
): number {
  const told = toldTimescale(track, other, pictureSeconds);
  if (told !== undefined) return told;
  // A constant step leaves no run. In milliseconds most audio has runs, as few frame lengths are whole in them.
  if (track.kind === 'video') return other !== undefined && other.durationsKnown === 0 ? videoClock : milliseconds;
  return usualSampleRate;
}

/** Ticks per second as `guessTimescale` gives them; undefined where it has nothing to go by. */
export function toldTimescale(
  track: TimedTrack,
  other: TrackEntries | undefined,
  pictureSeconds: number | undefined,
): number | undefined {
  const { entries, kind } = track;
  if (entries.durationsKnown > 0) {
    const step = usualDuration(entries.samples);
    if (kind === 'video') return step > 1000 ? videoClock : milliseconds;
    if (step < aacFrame / 2) return milliseconds;
  }
  if (kind === 'video') return timescaleOfOffsets(entries);
  return other === undefined ? undefined : rateBeside(entries, other, pictureSeconds);
}

/** Composition offsets that are looked at. */
const looked = 4096;

/** Ticks per second by how long pictures are held back: some pictures' length, as the steps are. Undefined where none is. */
function timescaleOfOffsets({ samples, compositionOffsetsKnown }: TrackEntries): number | undefined {
  const offsets = samples.compositionOffsets?.values().subarray(0, Math.min(compositionOffsetsKnown, looked));
  const held = offsets
    ?.filter((offset) => offset !== 0)
    .map(Math.abs)
    .sort();
  if (held === undefined || held.length === 0) return undefined;
  return held[held.length >> 1]! > 1000 ? videoClock : milliseconds;
}

/** A rate that fits by less than this part is as good as another. */
const rateAccuracy = 0.03;
/** Shorter audio does not tell 44.1 from 48 kHz, in seconds. */
const minSecondsForRate = 1;

/**
 * The sampling frequency with which the audio lasts as long as the pictures between the same bytes: of steps that are
 * counted in samples, or of frames that all have one length. Undefined where none does.
 */
function rateBeside(
  audio: TrackEntries,
  pictures: TrackEntries,
  pictureSeconds: number | undefined,
): number | undefined {
  const [heard, shown] = [audio.samples, pictures.samples];
  if (heard.length < 2 || shown.length < 2) return undefined;
  const isRecorded = pictures.durationsKnown >= 2;
  if (!isRecorded && pictureSeconds === undefined) return undefined;
  const [ofAudio, ofPictures] = [
    extentOf(heard, heard.length),
    extentOf(shown, isRecorded ? pictures.durationsKnown : shown.length),
  ];
  const from = Math.max(ofAudio.from, ofPictures.from);
  const to = Math.min(ofAudio.to, ofPictures.to);
  const clock = isRecorded ? guessTimescale({ kind: 'video', entries: pictures }, undefined) : 1;
  let seconds = 0;
  for (let i = 0; i < shown.length; i++) {
    const offset = shown.offsets.data[i]!;
    if (shown.sizes.data[i] === 0 || offset < from || offset >= to) continue;
    seconds += isRecorded ? shown.durations.data[i]! / clock : pictureSeconds!;
  }
  let ticks = 0;
  for (let i = 0; i < heard.length; i++) {
    const offset = heard.offsets.data[i]!;
    if (heard.sizes.data[i] === 0 || offset < from || offset >= to) continue;
    ticks += i < audio.durationsKnown ? heard.durations.data[i]! : aacFrame;
  }
  if (seconds < minSecondsForRate || ticks === 0) return undefined;
  const measured = ticks / seconds;
  const near = SAMPLING_FREQUENCIES.filter((hertz) => Math.abs(measured / hertz - 1) <= rateAccuracy);
  return near.sort((a, b) => Math.abs(measured - a) - Math.abs(measured - b))[0];
}

/** Offsets of the first and the last of so many samples that are not overwritten. */
function extentOf({ offsets, sizes }: SampleTable, length: number): { readonly from: number; readonly to: number } {
  let [from, to] = [Infinity, -Infinity];
  for (let i = 0; i < length; i++) {
    if (sizes.data[i] === 0) continue;
    from = Math.min(from, offsets.data[i]!);
    to = Math.max(to, offsets.data[i]!);
  }
  return { from, to };
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
  // What was overwritten stands nowhere, but was decoded between the others.
  const { from, to } = extentOf(samples, samples.length);
  const first = samples.offsets.values().indexOf(from);
  const last = samples.offsets.values().lastIndexOf(to);
  let ticks = 0;
  for (let i = 0; i < other.entries.durationsKnown; i++) {
    const offset = reference.offsets.at(i);
    if (offset >= from && offset < to) ticks += reference.durations.data[i]!;
  }
  const seconds = ticks / guessTimescale(other, track.entries);
  const step = Math.round((seconds * timescale) / (last - first));
  return step > 0 && Number.isFinite(step) ? step : undefined;
}
