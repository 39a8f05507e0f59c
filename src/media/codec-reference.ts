/**
 * The codec configurations that one recording has and another of the same stream has lost. Every container's reader gives
 * them in this form; whether they are those of a damaged recording is for the rescue to prove, not for this module.
 */
import { parseAudioSpecificConfig, type AudioSpecificConfig } from '../codecs/aac/audio-specific-config.ts';
import { completeTruncated } from '../codecs/aac/truncated-config.ts';
import { startCodedFormatOf } from '../codecs/framed/start-codes.ts';
import { framedFormatOf } from '../codecs/framed/formats.ts';
import { parameterSetNalUnits, type AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import type { HevcDecoderConfiguration } from '../codecs/h265/decoder-configuration.ts';
import { aacConfigurationOf } from './configurations.ts';
import type {
  AudioConfiguration,
  CodecConfiguration,
  Mpeg4AudioConfiguration,
  UnknownConfiguration,
  VideoConfiguration,
} from './track.ts';

/** A stream of a recording: what it is coded with, and its clock (ticks per second) where that is known. */
export interface ReferenceStream<C extends CodecConfiguration = CodecConfiguration> {
  readonly configuration: C;
  readonly timescale: number | undefined;
  /** Seconds from sample to sample, where the recording says it. */
  readonly stepSeconds?: number | undefined;
  /** Seconds from the beginning of the recording to the first sample of the stream, where the recording says it. */
  readonly startSeconds?: number | undefined;
  /** How the recorder put its pictures and its audio in turn into the recording, from its beginning on, where it says so. */
  readonly turns?: readonly ReferenceRun[] | undefined;
}

/** Samples of one track of a recording that lie one behind the other. */
export interface ReferenceRun {
  readonly kind: 'video' | 'audio';
  readonly samples: number;
  /** When the first of them was recorded, and when the last one ended. */
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What a recording says of its streams. Without `video` and `audio` it lends nothing. */
export interface CodecReference {
  /** The recording it was read from, for messages. */
  readonly file: string;
  /** The first that pictures can be decoded with. */
  readonly video: ReferenceStream<VideoConfiguration> | undefined;
  /** Those of its further tracks: other angles, sizes or layers of one recording. */
  readonly moreVideo?: readonly ReferenceStream<VideoConfiguration>[];
  /** In the order of its tracks. */
  readonly audio: readonly ReferenceStream<AudioConfiguration>[];
  /** What else it has of pictures and audio, of codecs that are not known here: it lends nothing of these. */
  readonly unknown?: readonly UnknownStream[];
}

/** All that a recording lends, or a part of it: pictures first. */
export function streamsOf({
  video,
  moreVideo = [],
  audio,
}: Pick<CodecReference, 'video' | 'moreVideo' | 'audio'>): readonly ReferenceStream[] {
  return [...(video === undefined ? [] : [video]), ...moreVideo, ...audio];
}

/** A stream of a codec that is not known here. */
export interface UnknownStream {
  readonly kind: 'video' | 'audio';
  /** What the container calls the codec. */
  readonly format: string;
}

/** A recording has a track or two of each kind; of one that claims hundreds the first are enough. */
const maxAudioStreams = 8;
const maxMoreVideo = 3;
/** Bytes of all parameter sets together; genuine ones have some dozens each. */
const maxParameterSetBytes = 16 * 1024;

/**
 * The reference that the streams of a file make, in the order of its tracks: what cannot be decoded with is left out.
 * `turns`: how they lie beside each other.
 */
export function codecReference(
  file: string,
  streams: Iterable<ReferenceStream & { readonly kind: 'video' | 'audio' }>,
  turns?: readonly ReferenceRun[],
): CodecReference {
  let video: ReferenceStream<VideoConfiguration> | undefined;
  const moreVideo: ReferenceStream<VideoConfiguration>[] = [];
  const audio: ReferenceStream<AudioConfiguration>[] = [];
  const unknown: UnknownStream[] = [];
  for (const { kind, configuration, timescale, stepSeconds, startSeconds } of streams) {
    if (configuration.codec === 'unknown' && !isFramed(configuration)) {
      if (unknown.length < maxAudioStreams) unknown.push({ kind, format: configuration.format });
    } else if (kind === 'video') {
      const lent = lendableVideo(configuration);
      if (lent === undefined) continue;
      const stream = { configuration: lent, timescale, stepSeconds, startSeconds, turns };
      if (video === undefined) video = stream;
      else if (moreVideo.length < maxMoreVideo) moreVideo.push(stream);
    } else if (audio.length < maxAudioStreams) {
      const lent = lendableAudio(configuration);
      if (lent !== undefined) audio.push({ configuration: lent, timescale, stepSeconds, startSeconds, turns });
    }
  }
  return {
    file,
    video,
    audio,
    ...(moreVideo.length > 0 ? { moreVideo } : {}),
    ...(unknown.length > 0 ? { unknown } : {}),
  };
}

/** Whether a codec is known as far as to where its samples end. */
function isFramed({ format, record }: UnknownConfiguration): boolean {
  return framedFormatOf(format, record) !== undefined || startCodedFormatOf(format, record) !== undefined;
}

/** Whether a reference has anything to lend. */
export function lends({ video, audio }: CodecReference): boolean {
  return video !== undefined || audio.length > 0;
}

/** A video configuration that is enough to decode by; undefined for one that is not, and for what is no video. */
function lendableVideo(configuration: CodecConfiguration): VideoConfiguration | undefined {
  switch (configuration.codec) {
    case 'h264':
      return hasParameterSets(configuration.record) ? configuration : undefined;
    case 'h265':
      return hasHevcParameterSets(configuration.record) ? configuration : undefined;
    case 'av1':
    case 'vp8':
    case 'vp9':
    case 'mpeg2video':
    case 'unknown':
      return configuration;
    default:
      return undefined;
  }
}

/** Whether a record is enough to decode by: with `avc3` the parameter sets may stand in the samples alone. */
function hasParameterSets(record: AvcDecoderConfiguration): boolean {
  const { sequenceParameterSets, pictureParameterSets } = record;
  return (
    sequenceParameterSets.length > 0 && pictureParameterSets.length > 0 && areBelievable(parameterSetNalUnits(record))
  );
}

const hevcParameterSetTypes: readonly number[] = [33, 34];

function hasHevcParameterSets({ arrays }: HevcDecoderConfiguration): boolean {
  const has = (type: number): boolean =>
    arrays.some((array) => array.nalUnitType === type && array.nalUnits.length > 0);
  return hevcParameterSetTypes.every(has) && areBelievable(arrays.flatMap(({ nalUnits }) => nalUnits));
}

function areBelievable(sets: readonly Uint8Array[]): boolean {
  return sets.reduce((sum, { length }) => sum + length, 0) <= maxParameterSetBytes;
}

function lendableAudio(configuration: CodecConfiguration): AudioConfiguration | undefined {
  switch (configuration.codec) {
    case 'aac':
      return completed(configuration);
    case 'opus':
    case 'mp3':
    case 'ac3':
    case 'eac3':
    case 'flac':
    case 'pcm':
    case 'unknown':
      return configuration;
    default:
      return undefined;
  }
}

/** What an EvoStream-style server cut off (and its combiner then wrote into finished files) is put back where it follows from the rest. */
function completed(configuration: Mpeg4AudioConfiguration): Mpeg4AudioConfiguration | undefined {
  const specificConfig = specificConfigOf(configuration);
  if (specificConfig === undefined) return undefined;
  const { value, fault } = parseAudioSpecificConfig(specificConfig);
  if (value !== undefined && fault === undefined) return { ...configuration, audio: value };
  const completion = completeTruncated(specificConfig);
  return completion.outcome === 'lost' ? undefined : aacConfigurationOf(completion.bytes, completion.config);
}

/** The bytes of the AudioSpecificConfig; undefined where the descriptor has none. */
export function specificConfigOf({ descriptor }: Mpeg4AudioConfiguration): Uint8Array | undefined {
  return descriptor.decoderConfig.decoderSpecificInfo?.bytes;
}

/** The H.264 record of a reference, undefined where its pictures are of another codec. */
export function avcOf({ video }: CodecReference): AvcDecoderConfiguration | undefined {
  return video?.configuration.codec === 'h264' ? video.configuration.record : undefined;
}

/** The first AAC of a reference with an AudioSpecificConfig that can be read. */
export function aacOf({
  audio,
}: CodecReference):
  | { readonly configuration: Mpeg4AudioConfiguration; readonly audio: AudioSpecificConfig }
  | undefined {
  for (const { configuration } of audio) {
    if (configuration.codec === 'aac' && configuration.audio !== undefined) {
      return { configuration, audio: configuration.audio };
    }
  }
  return undefined;
}
