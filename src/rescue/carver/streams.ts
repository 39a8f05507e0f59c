/**
 * The streams to look for, made of what is known of them: a codec configuration, and where there is one the table of the
 * samples that an index describes. What a stream is called in its container and where it came from is not known here.
 */
import { parameterSetNalUnits } from '../../codecs/h264/decoder-configuration.ts';
import { samplesPerFrame } from '../../codecs/aac/audio-specific-config.ts';
import { isParsable } from '../../codecs/aac/frame-syntax.ts';
import { nearestSamplingFrequencyIndex } from '../../codecs/aac/scale-factor-bands.ts';
import { parseVideoParameterSet } from '../../codecs/h265/video-parameter-set.ts';
import type { TimingInformation } from '../../codecs/h265/video-usability-information.ts';
import { startCodedFormatOf } from '../../codecs/framed/start-codes.ts';
import { framedFormatOf } from '../../codecs/framed/formats.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import type {
  Ac3Configuration,
  AvcConfiguration,
  CodecConfiguration,
  Eac3Configuration,
  HevcConfiguration,
  Mpeg4AudioConfiguration,
  MpegAudioConfiguration,
  OpusTrackConfiguration,
  PcmConfiguration,
  UnknownConfiguration,
  VpConfiguration,
} from '../../media/track.ts';
import { AacSyntax } from './aac-syntax.ts';
import { Ac3Syntax } from './ac3-syntax.ts';
import { Av1Syntax } from './av1-syntax.ts';
import { FramedSyntax } from './framed-syntax.ts';
import { H264Syntax } from './h264-syntax.ts';
import { H265Syntax } from './h265-syntax.ts';
import type { CarvedStream } from './joined-samples.ts';
import { MpegAudioSyntax } from './mpeg-audio-syntax.ts';
import { OpusSyntax } from './opus-syntax.ts';
import { PcmSyntax } from './pcm-syntax.ts';
import type { SampleSyntax } from './sample-syntax.ts';
import { valuesOfSample } from './unmarked-carver.ts';
import { StartCodeSyntax } from './start-code-syntax.ts';
import { Vp9Syntax } from './vp9-syntax.ts';
import { partApart } from '../clocks/rhythm.ts';

/** A stream that the carver is to look for: its syntax, and what a track is made of afterwards. */
export interface SoughtStream {
  readonly stream: CarvedStream;
  readonly syntax: SampleSyntax;
}

/** What a track of the stream is like. */
export interface TrackToBe {
  readonly id: number;
  /** Ticks per second; what players and editors know best where it is not given. */
  readonly timescale: number | undefined;
  /** The samples that an index describes. */
  readonly known: SampleTable | undefined;
  /** Seconds that a sample of audio lasts, where the index says it or a recording by the same encoder. */
  readonly sampleSeconds?: number | undefined;
}

const videoTimescale = 90000;

/**
 * What to look for by a configuration of any codec; undefined where the samples of that codec cannot be told from other
 * bytes (VP8, MPEG-2 video, FLAC, and those that are not known). Opus and VP9 do not say how long their samples are: what is
 * found of them is inferred. `framesPerSecond`: where the video itself says none.
 */
export function streamOf(
  configuration: CodecConfiguration,
  track: TrackToBe,
  framesPerSecond: number | undefined,
): SoughtStream | undefined {
  switch (configuration.codec) {
    case 'h264':
      return h264Stream(configuration, track, framesPerSecond);
    case 'h265':
      return h265Stream(configuration, track, framesPerSecond);
    case 'aac':
      return aacStream(configuration, track);
    case 'mp3':
      return markedAudioStream(configuration, track, samplesOfMpegAudioFrame(configuration), new MpegAudioSyntax());
    case 'ac3':
    case 'eac3':
      return syncFrameStream(configuration, track);
    case 'av1':
      return videoStream(configuration, track, framesPerSecond, new Av1Syntax(configuration.record.configObus));
    case 'vp9':
      return videoStream(configuration, track, framesPerSecond, vp9Syntax(configuration));
    case 'opus':
      return opusStream(configuration, track);
    case 'pcm':
      return pcmStream(configuration, track);
    case 'unknown':
      return framedStream(configuration, track, framesPerSecond);
    default:
      return undefined;
  }
}

/**
 * Seconds between pictures by the timing in the sequence parameter set: a tick of H.264 is a field, of which a frame has two
 * (ITU-T H.264, E.2.1), one of H.265 is a picture (ITU-T H.265, E.3.1). H.265 may say it in the video parameter set alone.
 */
export function timingStep(configuration: AvcConfiguration | HevcConfiguration): number | undefined {
  const { codec, sps } = configuration;
  const timing = sps?.vui?.timing ?? (codec === 'h265' ? timingOfVideoParameterSet(configuration) : undefined);
  if (timing === undefined || timing.numUnitsInTick === 0 || timing.timeScale === 0) return undefined;
  const step = ((codec === 'h264' ? 2 : 1) * timing.numUnitsInTick) / timing.timeScale;
  return step > 1 / 1000 && step <= 1 ? step : undefined;
}

/** Steps that differ by less than this part are one, which a writer rounded. */
const maxRounding = 0.02;

/**
 * The stream with the step that a recording by the same encoder has. Its parameter sets are the same, so that it shows what
 * their timing is worth: screen recorders announce 25 pictures a second, with fixed_frame_rate_flag, and write 60.
 */
export function withLentStep(sought: SoughtStream, lentStep: number | undefined): SoughtStream {
  const { stream } = sought;
  const { kind, configuration, stepSeconds } = stream;
  if (kind !== 'video' || configuration === undefined) return sought;
  if (lentStep === undefined || stepSeconds === undefined) return sought;
  if (partApart(stepSeconds, lentStep) < maxRounding) return sought;
  return { ...sought, stream: { ...stream, stepSeconds: lentStep } };
}

/** Type of a NAL unit (ITU-T H.265, table 7-1). */
const videoParameterSetType = 32;

function timingOfVideoParameterSet({ record }: HevcConfiguration): TimingInformation | undefined {
  for (const { nalUnitType, nalUnits } of record.arrays) {
    if (nalUnitType !== videoParameterSetType || nalUnits[0] === undefined) continue;
    return parseVideoParameterSet(nalUnits[0]).value?.timing;
  }
  return undefined;
}

/** Pictures by their configuration. `framesPerSecond`: where the stream itself says none. */
export function h264Stream(
  configuration: AvcConfiguration,
  track: TrackToBe,
  framesPerSecond: number | undefined,
): SoughtStream {
  const { record, sampleUnit, sps } = configuration;
  const syntax = new H264Syntax(record.nalUnitLengthSize, parameterSetNalUnits(record), configuration);
  // Nothing says how many samples a picture has whose NAL units are samples.
  if (sampleUnit === 'nal-unit') return videoStream(configuration, track, framesPerSecond, syntax);
  const samplesInFrame = sampleUnit === 'field' ? 2 : 1;
  const [step, frames] = [timingStep(configuration), sps?.vui?.bitstreamRestriction?.maxNumReorderFrames];
  return videoStream(configuration, track, framesPerSecond, syntax, {
    stepSeconds: step === undefined ? undefined : step / samplesInFrame,
    reorderedPictures: frames === undefined ? undefined : frames * samplesInFrame,
  });
}

function h265Stream(
  configuration: HevcConfiguration,
  track: TrackToBe,
  framesPerSecond: number | undefined,
): SoughtStream {
  const { nalUnitLengthSize, arrays } = configuration.record;
  const parameterSets = arrays.flatMap(({ nalUnits }) => nalUnits);
  return videoStream(configuration, track, framesPerSecond, new H265Syntax(nalUnitLengthSize, parameterSets), {
    stepSeconds: timingStep(configuration),
    reorderedPictures: configuration.sps?.ordering.maxNumReorderPics,
  });
}

/** A sample of AC-3, and of E-AC-3 as a rule: six blocks of 256. */
const samplesOfSyncFrames = 1536;

function syncFrameStream(configuration: Ac3Configuration | Eac3Configuration, track: TrackToBe): SoughtStream {
  const { sampleRate } = configuration;
  const framesInSample = configuration.codec === 'eac3' ? configuration.framesInSample : undefined;
  const samples = Math.round((track.sampleSeconds ?? 0) * sampleRate) || samplesOfSyncFrames;
  return markedAudioStream(configuration, track, samples, new Ac3Syntax(framesInSample));
}

/** A frame of layer III, where no frame says it: half as long at the rates that MPEG-2 added (ISO/IEC 13818-3). */
function samplesOfMpegAudioFrame({ header, sampleRate }: MpegAudioConfiguration): number {
  return header?.samplesPerFrame ?? (sampleRate >= 32000 ? 1152 : 576);
}

function markedAudioStream(
  configuration: CodecConfiguration & { readonly sampleRate: number },
  { id, timescale, known }: TrackToBe,
  samples: number,
  syntax: SampleSyntax,
): SoughtStream {
  const { sampleRate } = configuration;
  return {
    stream: {
      id,
      kind: 'audio',
      configuration,
      timescale: timescale ?? sampleRate,
      known,
      frameSeconds: samples / sampleRate,
      stepSeconds: undefined,
    },
    syntax,
  };
}

/** `said`: what the stream tells of its rate and order; without it, pictures are shown in the order of decoding. */
function videoStream(
  configuration: CodecConfiguration,
  { id, timescale, known }: TrackToBe,
  framesPerSecond: number | undefined,
  syntax: SampleSyntax,
  said?: Pick<SoughtStream['stream'], 'stepSeconds' | 'reorderedPictures'>,
): SoughtStream {
  return {
    stream: {
      id,
      kind: 'video',
      configuration,
      timescale: timescale ?? videoTimescale,
      known,
      frameSeconds: undefined,
      ...said,
      stepSeconds: said?.stepSeconds ?? (framesPerSecond === undefined ? undefined : 1 / framesPerSecond),
    },
    syntax,
  };
}

function vp9Syntax({ record }: VpConfiguration): Vp9Syntax {
  return new Vp9Syntax(record === undefined ? {} : { profile: record.profile });
}

/** Opus is decoded at this rate whatever it was made of (RFC 7845, 5.1). */
const opusSampleRate = 48000;

function opusStream(configuration: OpusTrackConfiguration, { id, timescale, known }: TrackToBe): SoughtStream {
  const { record, packets } = configuration;
  const syntax = new OpusSyntax({ streams: record.mapping?.streamCount ?? 1, packets });
  return {
    stream: {
      id,
      kind: 'audio',
      configuration,
      timescale: timescale ?? opusSampleRate,
      known,
      /** The packets themselves say it, once they are found. */
      get frameSeconds() {
        return syntax.packetSeconds;
      },
      stepSeconds: undefined,
    },
    syntax,
  };
}

function pcmStream(configuration: PcmConfiguration, { id, timescale, known }: TrackToBe): SoughtStream | undefined {
  const { sampleRate, channels, bitsPerSample } = configuration;
  const unit = (channels * bitsPerSample) / 8;
  if (!Number.isInteger(unit) || unit <= 0 || sampleRate <= 0) return undefined;
  return {
    stream: {
      id,
      kind: 'audio',
      configuration,
      timescale: timescale ?? sampleRate,
      known,
      // Of a row of so many values; shorter ones stand where other streams interrupt.
      frameSeconds: valuesOfSample / sampleRate,
      stepSeconds: undefined,
    },
    syntax: new PcmSyntax(unit, unit * (configuration.valuesInBlock ?? 0)),
  };
}

/** A stream of a codec of which only the ends of samples are read; undefined for any other. */
function framedStream(
  configuration: UnknownConfiguration,
  track: TrackToBe,
  framesPerSecond: number | undefined,
): SoughtStream | undefined {
  const format = framedFormatOf(configuration.format, configuration.record);
  const pictures = format === undefined ? startCodedFormatOf(configuration.format, configuration.record) : undefined;
  if (pictures !== undefined) {
    return videoStream(configuration, track, framesPerSecond, new StartCodeSyntax(pictures));
  }
  if (format === undefined) return undefined;
  const syntax = new FramedSyntax(format);
  if (format.kind === 'video') return videoStream(configuration, track, framesPerSecond, syntax);
  const { id, timescale, known } = track;
  return {
    stream: {
      id,
      kind: 'audio',
      configuration,
      timescale: timescale ?? format.sampleRate ?? 48_000,
      known,
      /** The samples themselves say it, once they are found. */
      get frameSeconds() {
        return syntax.sampleSeconds;
      },
      stepSeconds: undefined,
    },
    syntax,
  };
}

/**
 * Pictures whose parameter sets are lost: no decoder can do anything with them, but what stands between them can be found
 * if they are told apart from it. No track comes of this stream.
 */
export function unreadableH264Stream(lengthSize: number): SoughtStream {
  return {
    stream: {
      id: 0,
      kind: 'video',
      configuration: undefined,
      timescale: videoTimescale,
      known: undefined,
      frameSeconds: undefined,
      stepSeconds: undefined,
    },
    syntax: new H264Syntax(lengthSize, []),
  };
}

/** Audio by its configuration; undefined where access units of its kind cannot be recognised by their syntax. */
export function aacStream(
  configuration: Mpeg4AudioConfiguration,
  { id, timescale, known }: TrackToBe,
): SoughtStream | undefined {
  const { audio } = configuration;
  if (audio === undefined || !isParsable(audio.audioObjectType)) return undefined;
  const { hertz } = audio.samplingFrequency;
  const frame = samplesPerFrame(audio);
  const { channelConfiguration } = audio;
  return {
    stream: {
      id,
      kind: 'audio',
      configuration,
      timescale: timescale ?? hertz,
      known,
      frameSeconds: frame === undefined ? undefined : frame / hertz,
      stepSeconds: undefined,
    },
    syntax: new AacSyntax({
      samplingFrequencyIndex: nearestSamplingFrequencyIndex(hertz),
      frameLength: frame === 960 ? 960 : 1024,
      audioObjectType: audio.audioObjectType,
      ...(configuration.endsFreely === true ? { endsFreely: true } : {}),
      ...(channelConfiguration === 0 || channelConfiguration > 7 ? {} : { channelConfiguration }),
      elements: configuration.elements,
      beginsWithData: configuration.beginsWithData,
    }),
  };
}
