/**
 * What only frames that are known to be some tell of their encoder: whether it leaves arbitrary bits behind the end of its
 * frames, as a few do, whether it writes other channel elements than its configuration names, and whether data come first.
 */
import type { AudioSpecificConfig } from './audio-specific-config.ts';
import { samplesPerFrame } from './audio-specific-config.ts';
import { SyntaxElement } from './first-element.ts';
import { isParsable } from './frame-syntax.ts';
import { AccessUnitParser } from './raw-data-block.ts';
import { nearestSamplingFrequencyIndex } from './scale-factor-bands.ts';

/** Frames with such bits that are enough: of another fault there would be few. */
const minFreeEnds = 3;

/** What frames have as a habit that their configuration does not say. */
export interface FrameHabits {
  readonly endsFreely?: true;
  /** The channel elements that all frames have, as `AccessUnitParser.elements`, where they or their tags are others than those named. */
  readonly elements?: number;
  /** Whether a data stream element comes before the audio in any of them; not there where few were looked at. */
  readonly beginsWithData?: boolean;
}

/** What these frames show. */
export function habitsOf(frames: readonly Uint8Array[], audio: AudioSpecificConfig | undefined): FrameHabits {
  const elements = ownElementsOf(frames, audio);
  return {
    ...(endFreely(frames, audio) ? { endsFreely: true } : {}),
    ...(elements === undefined ? {} : { elements }),
    ...(frames.length < minFrames ? {} : { beginsWithData: frames.some(beginsWithData) }),
  };
}

/** Frames that show what an encoder puts first. */
const minFrames = 16;

function beginsWithData(frame: Uint8Array): boolean {
  return frame.length > 0 && frame[0]! >>> 5 === SyntaxElement.dataStream;
}

/** Frames of other elements that are enough, all being such: one may be damaged. */
const minOwnElements = 3;

/** The channel elements that all of these frames have, where they are whole and not as encoders write those that the configuration names. */
function ownElementsOf(frames: readonly Uint8Array[], audio: AudioSpecificConfig | undefined): number | undefined {
  const named = audio?.channelConfiguration ?? 0;
  if (audio === undefined || named === 0 || named > 7 || !isParsable(audio.audioObjectType)) return undefined;
  const options = {
    samplingFrequencyIndex: nearestSamplingFrequencyIndex(audio.samplingFrequency.hertz),
    frameLength: samplesPerFrame(audio) === 960 ? (960 as const) : (1024 as const),
    audioObjectType: audio.audioObjectType,
  };
  // Some encoders give the elements that are named other instance tags than those that count from 0.
  const asNamed = new AccessUnitParser({ ...options, channelConfiguration: named, asEncodersWrite: true });
  const asWritten = new AccessUnitParser({ ...options, channelConfiguration: 0, asEncodersWrite: true });
  const met = new Set<number>();
  for (const frame of frames) {
    if (asNamed.parse(frame, 0, frame.length) === frame.length) return undefined;
    if (asWritten.parse(frame, 0, frame.length) !== frame.length) return undefined;
    met.add(asWritten.elements);
  }
  return frames.length >= minOwnElements && met.size === 1 ? [...met][0] : undefined;
}

/** Whether some of these frames end so and are as encoders write them otherwise. */
function endFreely(frames: Iterable<Uint8Array>, audio: AudioSpecificConfig | undefined): boolean {
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
