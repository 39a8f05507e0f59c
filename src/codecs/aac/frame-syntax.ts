/**
 * What has to be known to parse a raw_data_block (ISO/IEC 14496-3, 4.4.2.1): the AudioSpecificConfig says it, or a
 * carver assumes it. Bytes are not known here.
 */
import { AudioObjectType } from './audio-object-type.ts';
import { scaleFactorBands, type FrameLength, type ScaleFactorBands } from './scale-factor-bands.ts';

/** What is known of the stream before a frame is parsed; all but the sampling frequency may be left open. */
export interface FrameSyntaxOptions {
  /** 0 to 12: decides where the scale factor bands are. */
  readonly samplingFrequencyIndex: number;
  /** Samples a frame gives: 1024 unless said. */
  readonly frameLength?: FrameLength;
  /** 1 Main, 2 Low Complexity (unless said), 4 Long Term Prediction: decides which tools there may be. */
  readonly audioObjectType?: number;
  /**
   * 1 to 7, 11, 12, 14 (Table 1.19): the channel elements have to be those and in this order. 0, or not said: any
   * elements are taken.
   */
  readonly channelConfiguration?: number;
  /** The channel elements that all frames of the stream have, as `AccessUnitParser.elements`; they go before the configuration. */
  readonly elements?: number | undefined;
  /**
   * Takes only what real encoders write: what the syntax allows but none of them does, or the standard reserves, is a
   * fault. For bytes that may be no frame at all: in random ones and in H.264, one place in 2000 is a frame of mono by
   * the syntax alone and one in 600,000 by this (stereo: 40,000 and some millions), most of them silent. Each of these
   * conditions says at its place why it may be asked for.
   */
  readonly asEncodersWrite?: boolean;
  /** The bits behind the end of a frame up to the next byte may be any: its encoder writes them so. */
  readonly endsFreely?: boolean;
}

/**
 * The options with their defaults filled in, and the tables that follow from them; shared by all frames of a stream.
 */
export interface FrameSyntax {
  readonly bands: ScaleFactorBands;
  readonly frameLength: FrameLength;
  readonly audioObjectType: number;
  readonly channelConfiguration: number;
  readonly asEncodersWrite: boolean;
  readonly endsFreely: boolean;
  /** The highest order of a TNS filter over a long window (4.6.9.4). */
  readonly tnsMaxOrder: number;
}

const { aacMain, aacLowComplexity, aacLongTermPrediction } = AudioObjectType;

/** Whether frames of this audio object type can be parsed here. */
export function isParsable(audioObjectType: number): boolean {
  return (
    audioObjectType === aacMain || audioObjectType === aacLowComplexity || audioObjectType === aacLongTermPrediction
  );
}

/** Throws where no such frames can be parsed: scalable sampling rate, error resilience, low delay. */
export function frameSyntax(options: FrameSyntaxOptions): FrameSyntax {
  const { samplingFrequencyIndex, frameLength = 1024, audioObjectType = aacLowComplexity } = options;
  if (!isParsable(audioObjectType)) throw new RangeError(`frames of audio object type ${audioObjectType} are unknown`);
  return {
    bands: scaleFactorBands(samplingFrequencyIndex, frameLength),
    frameLength,
    audioObjectType,
    channelConfiguration: options.channelConfiguration ?? 0,
    asEncodersWrite: options.asEncodersWrite ?? false,
    endsFreely: options.endsFreely ?? false,
    tnsMaxOrder: audioObjectType === aacMain ? 20 : 12,
  };
}
