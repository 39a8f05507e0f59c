/**
 * Looks for streams some of which are coded alike, two tracks of AAC say: such are looked for as one, and what is found is
 * dealt out to their tracks.
 */
import { nearestSamplingFrequencyIndex } from '../../codecs/aac/scale-factor-bands.ts';
import { samplesPerFrame, type AudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { CarveOptions, CarveRange, Carving } from './carver.ts';
import { dealTracks, type DealtTrack } from './dealt-tracks.ts';
import { carvePassingOver } from './passing-over.ts';
import type { SampleSyntax } from './sample-syntax.ts';
import { aacStream, type SoughtStream } from './streams.ts';

/** A carving in which streams that are coded alike have been told apart as far as that can be. */
export interface DealtCarving extends Carving {
  /** The streams in the order of their numbers in `samples`. */
  readonly streams: readonly SoughtStream[];
  /** Holes behind which it could not be told which of several tracks goes on. */
  readonly unclear: number;
  /** How the samples of tracks that nothing in them tells apart were dealt out, as clauses. */
  readonly inferred: readonly string[];
}

/** Looks for samples of the streams in the ranges. */
export async function carveStreams(
  source: ByteSource,
  ranges: readonly CarveRange[],
  sought: readonly SoughtStream[],
  options: Pick<CarveOptions, 'pace' | 'progress' | 'passOver'> = {},
): Promise<DealtCarving> {
  const groups = new Map<string, SoughtStream[]>();
  for (const [n, soughtStream] of sought.entries()) {
    const key = likenessOf(soughtStream) ?? `${n}`;
    groups.set(key, [...(groups.get(key) ?? []), soughtStream]);
  }
  // The first of each group has the number under which the carver finds the group.
  const firsts = [...groups.values()].map(([first]) => first!);
  const others = [...groups.values()].flatMap((group) => group.slice(1));
  const streams = [...firsts, ...others];
  const syntaxes = [...groups.values()].map((group) => (group.length === 1 ? group[0]!.syntax : sharedSyntax(group)));
  const carving = await carvePassingOver(source, ranges, syntaxes, {
    ...options,
    known: firsts.map(({ stream }) => stream.known),
  });
  let unclear = 0;
  const inferred: string[] = [];
  for (const [n, group] of [...groups.values()].entries()) {
    if (group.length === 1) continue;
    const dealt = group.map((soughtStream) => asDealt(soughtStream, streams.indexOf(soughtStream)));
    const dealing = dealTracks(carving, source, n, dealt);
    unclear += dealing.unclear;
    const ids = group.map(({ stream }) => stream.id).join(' and ');
    if (dealing.inferred !== undefined) inferred.push(`tracks ${ids}: ${dealing.inferred}`);
  }
  return { ...carving, streams, unclear, inferred };
}

/** What streams have in common whose samples could be those of one another; undefined where a stream is recognised by itself. */
function likenessOf({ stream }: SoughtStream): string | undefined {
  const { configuration, kind } = stream;
  if (configuration === undefined || kind === 'video') return undefined;
  const audio = specificConfigOf(stream);
  if (audio === undefined) return configuration.codec;
  const index = nearestSamplingFrequencyIndex(audio.samplingFrequency.hertz);
  // 48 and 44.1 kHz have the same bands.
  const bands = index === 3 ? 4 : index;
  return `${configuration.codec} ${audio.audioObjectType} ${bands} ${samplesPerFrame(audio) ?? 0}`;
}

function specificConfigOf({ configuration }: SoughtStream['stream']): AudioSpecificConfig | undefined {
  return configuration?.codec === 'aac' ? configuration.audio : undefined;
}

/** A syntax that takes the samples of any of them. */
function sharedSyntax([first]: readonly SoughtStream[]): SampleSyntax {
  const { configuration } = first!.stream;
  if (configuration?.codec !== 'aac' || configuration.audio === undefined) return first!.syntax;
  const anyChannels = { ...configuration, audio: { ...configuration.audio, channelConfiguration: 0 } };
  return aacStream(anyChannels, { id: 0, timescale: undefined, known: undefined })?.syntax ?? first!.syntax;
}

/** A frame of AAC-LC, where nothing else is known. */
const usualFrame = 1024 / 48000;

function asDealt({ stream }: SoughtStream, number: number): DealtTrack {
  const audio = specificConfigOf(stream);
  return {
    stream: number,
    frameSeconds: stream.frameSeconds ?? usualFrame,
    firstElement: audio === undefined ? undefined : firstElementOf(audio),
  };
}

/** ISO/IEC 14496-3, Table 1.19: a channel pair comes first only where it is all there is. */
function firstElementOf({ channelConfiguration }: AudioSpecificConfig): number | undefined {
  if (channelConfiguration === 0) return undefined;
  return channelConfiguration === 2 ? 1 : 0;
}
