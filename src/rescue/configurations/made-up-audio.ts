/**
 * Finds the codec configuration of a track whose `.info` is lost or is not its own: from the media itself, from another
 * recording of the same stream, or inferred from the rhythm and the first syntax elements. It says which it was.
 */
import {
  channelCount,
  outputSamplingRate,
  parseAudioSpecificConfig,
  samplesPerFrame,
  writeAudioSpecificConfig,
  type AudioSpecificConfig,
} from '../../codecs/aac/audio-specific-config.ts';
import { samplingFrequencyOf, SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import type { AvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { aacOf, avcOf, type CodecReference } from '../../media/codec-reference.ts';
import { aacConfigurationOf } from '../../media/configurations.ts';
import type { Findings } from '../../media/findings.ts';
import type { Mpeg4AudioConfiguration } from '../../media/track.ts';
import { sameSequenceParameterSet } from '../../staging/in-band-parameter-sets.ts';

/** What is known of a track with a lost AudioSpecificConfig. */
export interface LostAudioConfiguration {
  /** Mean seconds between frames, where the times are known. */
  readonly frameSeconds: number | undefined;
  /** Sampling rates that it may have as well, where something tells which those are. */
  readonly otherRates?: readonly number[];
  /** Channels by the syntax of its frames, undefined where it does not tell. */
  readonly channels: number | undefined;
  /** The video of the same recording. */
  readonly video: AvcDecoderConfiguration | undefined;
  readonly file: string;
}

/** Frames come at their own rate to within this part of it; the next standard rate is 8 % away. */
const rateTolerance = 0.03;

function agrees(reference: CodecReference, audio: AudioSpecificConfig, evidence: LostAudioConfiguration): boolean {
  const video = avcOf(reference);
  if (evidence.video !== undefined && video !== undefined && !sameSequenceParameterSet(evidence.video, video)) {
    return false;
  }
  if (evidence.channels === 2 && channelCount(audio) === 1) return false;
  if (evidence.frameSeconds === undefined) return true;
  const frame = (samplesPerFrame(audio) ?? 1024) / audio.samplingFrequency.hertz;
  return Math.abs(frame / evidence.frameSeconds - 1) < rateTolerance;
}

/** Samples in a frame of AAC-LC, which is what is inferred. */
const lcFrame = 1024;

/** Table 1.19: up to six channels are their own number, eight are 7. */
function channelConfigurationOf(channels: number): number {
  return channels === 8 ? 7 : Math.min(channels, 6);
}

/** The rate that is taken where nothing tells one, and those that look like it. */
const usualRate = 44_100;
const likeUsual = [48_000, 32_000];

/** Finds an audio configuration: from a reference that agrees with the evidence, otherwise inferred. */
export function findAudioConfiguration(
  evidence: LostAudioConfiguration,
  references: Iterable<CodecReference>,
  findings: Findings,
): Mpeg4AudioConfiguration {
  const place = { file: evidence.file, track: 'audio' } as const;
  for (const reference of references) {
    const lent = aacOf(reference);
    if (lent === undefined || !agrees(reference, lent.audio, evidence)) continue;
    const { audio, configuration } = lent;
    findings.add(
      'codec-configuration-taken',
      `the audio configuration (${outputSamplingRate(audio)} Hz, ${channelCount(audio) ?? '?'} channels) is that of ${reference.file}`,
      { ...place, reference: reference.file },
    );
    return configuration;
  }
  const measured = evidence.frameSeconds === undefined ? usualRate : lcFrame / evidence.frameSeconds;
  const rate = SAMPLING_FREQUENCIES.reduce((best, candidate) =>
    Math.abs(candidate - measured) < Math.abs(best - measured) ? candidate : best,
  );
  const channels = evidence.channels ?? 2;
  const index = samplingFrequencyOf(rate).index;
  // AudioSpecificConfig of AAC-LC: object type 2, index, channels, GASpecificConfig of zeros (ISO/IEC 14496-3 1.6.2.1).
  const bytes = Uint8Array.of((2 << 3) | (index >> 1), ((index & 1) << 7) | (channelConfigurationOf(channels) << 3));
  const audio = parseAudioSpecificConfig(bytes).value!;
  const otherRates = evidence.otherRates ?? (evidence.frameSeconds === undefined ? likeUsual : []);
  const basis = otherRates.length > 0 ? 'the rate is assumed' : 'the rate follows from the times';
  findings.add(
    'codec-configuration-taken',
    `the audio configuration was inferred: AAC-LC, ${rate} Hz, ${channels} channel${channels === 1 ? '' : 's'} (${basis}, the channels from the syntax elements); give a recording of the same stream with --reference to be certain`,
    place,
  );
  const configuration = aacConfigurationOf(writeAudioSpecificConfig(audio), audio);
  return otherRates.length > 0 ? { ...configuration, otherRates } : configuration;
}
