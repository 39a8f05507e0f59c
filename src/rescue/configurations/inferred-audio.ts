/**
 * What AAC without a configuration is, by what is around it: its channels by its syntax, its rate and how many tracks it is of
 * by the pictures beside it. It tries nothing and refuses nothing.
 */
import type { FoundAac } from '../carver/aac-discovery.ts';
import { streamOf } from '../carver/streams.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import { Findings } from '../../media/findings.ts';
import type { AudioConfiguration, Track, VideoConfiguration } from '../../media/track.ts';
import type { FoundConfigurations } from './attempt.ts';
import { findAudioConfiguration } from './made-up-audio.ts';
import { measureRate, type MeasuredRate } from './measured-rate.ts';
import type { UndescribedMedia } from '../references/trial.ts';

/** What lies beside AAC whose configuration is lost. */
export interface AudioEvidence {
  readonly path: string;
  readonly media: UndescribedMedia;
  /** The pictures the index has, if it has them. */
  readonly pictures: Track | undefined;
  /** Of the pictures, if somebody said so. */
  readonly framesPerSecond: number | undefined;
}

/** The tracks that AAC is of, or what it is where nothing tells its tracks apart. */
type InferredAudio = Pick<FoundConfigurations, 'audio' | 'mixedAudio'>;

/** What AAC is made of that its syntax tells, its rate by the pictures beside it; and of how many tracks it is. */
export async function inferAudio(
  lost: AudioEvidence,
  video: VideoConfiguration | undefined,
  found: FoundAac,
  findings: Findings,
): Promise<InferredAudio> {
  const track = { id: 1, timescale: undefined, known: undefined };
  const pictures = video === undefined ? undefined : streamOf(video, track, lost.framesPerSecond);
  const pictureSyntax = video === undefined ? undefined : () => streamOf(video, track, undefined)!.syntax;
  const { tracks, hertz, others, channels, doubt } = await measureRate(
    { ...lost.media, pictureSyntax, stepSeconds: pictures?.stream.stepSeconds, knownPictures: lost.pictures },
    found,
    maxAudioTracks,
  );
  if (doubt !== undefined) {
    findings.add(tracks === 0 ? 'streams-alike' : 'times-assumed', doubt, { file: lost.path, track: 'audio' });
  }
  const rate = { hertz, others };
  if (tracks === 0) return { audio: [], mixedAudio: aacConfigurationFor(lost, rate, found, new Findings()) };
  const said = new Set<number>();
  const audio = Array.from({ length: tracks }, (_, turn) => {
    const own = isOneElement(found) ? (channels?.[turn] ?? found.channels) : found.channels;
    const configuration = aacConfigurationFor(
      lost,
      rate,
      { ...found, channels: own },
      said.has(own) ? new Findings() : findings,
    );
    said.add(own);
    return { configuration, timescale: undefined };
  });
  return { audio };
}

/** Whether the first element of an access unit has all of its channels. */
function isOneElement({ channels }: FoundAac): boolean {
  return channels <= 2;
}

/** Samples in a frame of AAC-LC. */
const aacFrame = 1024;
const maxAudioTracks = 8;

/** AAC-LC of as many channels as its syntax has; `rate`: undefined where nothing was measured. */
export function aacConfigurationFor(
  { path }: AudioEvidence,
  rate: Pick<MeasuredRate, 'hertz' | 'others'> | undefined,
  { channels, samplingFrequencyIndices }: FoundAac,
  findings: Findings,
): AudioConfiguration {
  const usual = SAMPLING_FREQUENCIES[samplingFrequencyIndices[0]!]!;
  // Rates that nothing tells apart have their bands in common with the usual one.
  const hertz = rate?.hertz ?? (usual === 44100 ? undefined : usual);
  const frameSeconds = hertz === undefined ? undefined : aacFrame / hertz;
  const otherRates = rate === undefined ? {} : { otherRates: rate.others };
  const evidence = { frameSeconds, ...otherRates, channels, video: undefined, file: path };
  return findAudioConfiguration(evidence, [], findings);
}

/** Opus of one stream, as every encoder of it is set up for speech and music. */
export function opusOf(outputChannelCount: number): AudioConfiguration {
  const record = {
    outputChannelCount,
    preSkip: 312,
    inputSampleRate: 48000,
    outputGain: 0,
    channelMappingFamily: 0,
    mapping: undefined,
    trailing: new Uint8Array(0),
  };
  return { codec: 'opus', record };
}
