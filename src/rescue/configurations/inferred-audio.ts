/**
 * What AAC without a configuration is, by what is around it: its channels by its syntax, its rate and how many tracks it is of
 * by the pictures beside it. It tries nothing and refuses nothing.
 */
import { findAacRate, type FoundAac } from '../carver/aac-discovery.ts';
import type { SampleSyntax } from '../carver/sample-syntax.ts';
import { streamOf } from '../carver/streams.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import type { Findings } from '../../media/findings.ts';
import type { AudioConfiguration, Track, VideoConfiguration } from '../../media/track.ts';
import { findAudioConfiguration } from './made-up-audio.ts';
import type { UndescribedMedia } from '../references/trial.ts';
import type { ReferenceStream } from '../../media/codec-reference.ts';

/** What lies beside AAC whose configuration is lost. */
export interface AudioEvidence {
  readonly path: string;
  readonly media: UndescribedMedia;
  /** The pictures the index has, if it has them. */
  readonly pictures: Track | undefined;
  /** Of the pictures, if somebody said so. */
  readonly framesPerSecond: number | undefined;
}

/** What AAC is made of that its syntax tells, its rate by the pictures beside it; and of how many tracks it is. */
export async function inferAudio(
  lost: AudioEvidence,
  video: VideoConfiguration | undefined,
  found: FoundAac,
  findings: Findings,
): Promise<ReferenceStream<AudioConfiguration>[]> {
  const { source, ranges, pace } = lost.media;
  const track = { id: 1, timescale: undefined, known: undefined };
  const pictures = video === undefined ? undefined : streamOf(video, track, lost.framesPerSecond);
  const rates = found.samplingFrequencyIndices.map((index) => SAMPLING_FREQUENCIES[index]!);
  const step = pictures?.stream.stepSeconds;
  const seconds =
    lost.pictures === undefined ? (step ?? 0) * found.pictures.length : secondsBeside(lost.pictures, found);
  const measured = seconds > 0 ? ((found.offsets.length - 1) * aacFrame) / seconds : undefined;
  const tracks = measured === undefined ? 1 : tracksAt(measured, Math.max(...rates));
  let rate = rates.length === 1 ? rates[0] : undefined;
  if (tracks === 1 && video !== undefined && lost.pictures === undefined) {
    const syntax = (): SampleSyntax => streamOf(video, track, undefined)!.syntax;
    rate = await findAacRate(source, ranges, syntax, found, step, pace);
  }
  if (measured !== undefined) rate ??= nearest(rates, measured / tracks);
  const configuration = aacConfigurationFor(lost, rate, found, findings);
  return Array.from({ length: tracks }, () => ({ configuration, timescale: undefined }));
}

/** Seconds of the pictures that stand between the first and the last access unit: those of the index, and those found. */
function secondsBeside({ samples, timescale }: Track, { offsets, pictures }: FoundAac): number {
  const [first, last] = [offsets[0]!, offsets.at(-1)!];
  let ticks = 0;
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    const offset = samples.offsets.data[i]!;
    if (offset < first || offset > last) continue;
    ticks += samples.durations.data[i]!;
    count++;
  }
  return count === 0 ? 0 : (ticks / timescale) * (1 + pictures.length / count);
}

/** Samples in a frame of AAC-LC. */
const aacFrame = 1024;
/** More audio than that beside the pictures is more than one track. */
const moreThanOne = 1.5;
const maxAudioTracks = 8;

function tracksAt(measured: number, rate: number): number {
  return measured < moreThanOne * rate ? 1 : Math.min(maxAudioTracks, Math.round(measured / rate));
}

function nearest(rates: readonly number[], measured: number): number {
  return rates.reduce((best, rate) => (Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best));
}

/** AAC-LC of as many channels as its syntax has; `rate`: undefined where nothing tells it. */
export function aacConfigurationFor(
  { path }: AudioEvidence,
  rate: number | undefined,
  { channels, samplingFrequencyIndices }: FoundAac,
  findings: Findings,
): AudioConfiguration {
  const usual = SAMPLING_FREQUENCIES[samplingFrequencyIndices[0]!]!;
  // Rates that nothing tells apart have their bands in common with the usual one.
  const frameSeconds = rate !== undefined ? aacFrame / rate : usual === 44100 ? undefined : aacFrame / usual;
  const evidence = { frameSeconds, channels, video: undefined, file: path };
  return findAudioConfiguration(evidence, [], findings);
}
