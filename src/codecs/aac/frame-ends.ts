/**
 * Whether an encoder leaves arbitrary bits behind the end of its frames: a few do, and their frames are known by nothing but
 * their syntax then. Only frames that are known to be some tell it.
 */
import type { AudioSpecificConfig } from './audio-specific-config.ts';
import { samplesPerFrame } from './audio-specific-config.ts';
import { isParsable } from './frame-syntax.ts';
import { AccessUnitParser } from './raw-data-block.ts';
import { nearestSamplingFrequencyIndex } from './scale-factor-bands.ts';

/** Frames with such bits that are enough: of another fault there would be few. */
const minFreeEnds = 3;

/** Whether some of these frames end so and are as encoders write them otherwise. */
export function endFreely(frames: Iterable<Uint8Array>, audio: AudioSpecificConfig | undefined): boolean {
  if (audio === undefined || !isParsable(audio.audioObjectType)) return false;
  const options = {
    samplingFrequencyIndex: nearestSamplingFrequencyIndex(audio.samplingFrequency.hertz),
    frameLength: samplesPerFrame(audio) === 960 ? (960 as const) : (1024 as const),
    audioObjectType: audio.audioObjectType,
    asEncodersWrite: true,
  };
  const [strict, free] = [new AccessUnitParser(options), new AccessUnitParser({ ...options, endsFreely: true })];
  let found = 0;
  for (const frame of frames) {
    if (free.parse(frame, 0, frame.length) !== frame.length) continue;
    if (strict.parse(frame, 0, frame.length) !== frame.length) found++;
  }
  return found >= minFreeEnds;
}
