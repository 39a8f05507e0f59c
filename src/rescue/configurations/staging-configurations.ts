/**
 * The codec configurations of streams whose track file is lost: the one in the media wins, then what `.info` still says,
 * then another recording of the same stream, then what can be inferred from the media. Which streams there are only the
 * media tells: an `.info` whose track files are gone may be of another recording.
 */
import { channelCount, samplesPerFrame } from '../../codecs/aac/audio-specific-config.ts';
import {
  avcDecoderConfigurationOf,
  parseAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../codecs/h264/decoder-configuration.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import { areBandsOf, findAac, type FoundAac } from '../carver/aac-discovery.ts';
import type { CarveRange } from '../carver/carver.ts';
import { findH264ParameterSets } from '../carver/h264-discovery.ts';
import { H264Syntax } from '../carver/h264-syntax.ts';
import { timingStep } from '../carver/streams.ts';
import { h264SyntaxOf, isSpokenFor, proofClause, provePictures, type Evidence } from '../references/prove.ts';
import { noteUnproven } from '../references/unproven.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { aacOf, avcOf, type CodecReference } from '../../media/codec-reference.ts';
import { avcConfigurationOf } from '../../media/configurations.ts';
import type { Findings } from '../../media/findings.ts';
import type { AvcConfiguration, Mpeg4AudioConfiguration, Track } from '../../media/track.ts';
import { readCodecConfiguration } from '../../staging/codec-configuration.ts';
import type { TrackRecord } from '../../staging/info.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { sameSequenceParameterSet } from '../../staging/in-band-parameter-sets.ts';
import { findAudioConfiguration } from './made-up-audio.ts';
import { measureRate } from './measured-rate.ts';
import type { SalvagedInfo } from '../../staging/salvaged-info.ts';

/** What there is to find a lost configuration in. */
export interface LostStagingConfigurations {
  readonly mdat: ByteSource;
  /** What no entry describes. */
  readonly ranges: readonly CarveRange[];
  readonly salvaged: SalvagedInfo;
  readonly infoFile: string;
  readonly references: () => Iterable<CodecReference>;
  readonly framesPerSecond: number | undefined;
  /** The other track of the recording, where it is known. */
  readonly other: Track | undefined;
  readonly findings: Findings;
  readonly pace: Pace;
}

/** The recorder writes lengths of 4 bytes (observed in every set). */
export const recordersLengthSize = 4;

/** Whether `.info` is of this recording: shown to be by the media, shown not to be, or neither. */
export type InfoStanding = 'own' | 'foreign' | 'unconfirmed';

/** The H.264 configuration of a staging set, and what its `.info` is worth. */
export interface ConfiguredVideo {
  /** Undefined where there is none to be found. */
  readonly configuration: AvcConfiguration | undefined;
  readonly info: InfoStanding;
}

/** The configuration of a video stream that a track file describes, and what it says of `.info`. */
export function describedVideo(lost: LostStagingConfigurations, configuration: AvcConfiguration): ConfiguredVideo {
  return { configuration, info: differs(lost, configuration) ? 'foreign' : 'own' };
}

/** The configuration of a video stream without a track. */
export async function configureVideo(lost: LostStagingConfigurations): Promise<ConfiguredVideo> {
  const { mdat, ranges, salvaged, infoFile, findings, pace } = lost;
  const info: InfoStanding = isOfThisState(lost) ? 'own' : 'unconfirmed';
  const place = { file: mdat.path, track: 'video' } as const;
  const first = ranges[0]!;
  const found = await findH264ParameterSets(mdat, first.offset, ranges.at(-1)!.offset + ranges.at(-1)!.length, pace);
  const made = found === undefined ? undefined : avcDecoderConfigurationOf(found.sps, found.pps);
  if (made !== undefined) {
    findings.add(
      'codec-configuration-taken',
      'the video configuration is made of the parameter sets in the media',
      place,
    );
    const configuration = avcConfigurationOf(made);
    if (!differs(lost, configuration)) return { configuration, info: salvaged.video === undefined ? info : 'own' };
    findings.add(
      'staging-info-foreign',
      'the sequence parameter set in .info is not the one in the media; .info is of another recording',
      { file: infoFile, track: 'video' },
    );
    return { configuration, info: 'foreign' };
  }
  const recorded = salvaged.video === undefined ? undefined : videoOf(lost, salvaged.video);
  if (recorded !== undefined) {
    if ((await explains(lost, recorded.record)) !== undefined) {
      if (info === 'unconfirmed') noteUnconfirmed(lost, 'video');
      return { configuration: recorded, info };
    }
    findings.add(
      'staging-info-foreign',
      'the pictures in the media cannot be read by the video configuration in .info; .info is of another recording',
      { file: infoFile, track: 'video' },
    );
  }
  const standing = recorded === undefined ? info : 'foreign';
  let best: { readonly record: AvcDecoderConfiguration; readonly file: string; readonly proof: Evidence } | undefined;
  for (const reference of lost.references()) {
    if (pace.isDue) await pace.turn();
    const { file } = reference;
    const record = avcOf(reference);
    const proof = record === undefined ? undefined : await explains(lost, record, file);
    if (record === undefined || proof === undefined) continue;
    if (best === undefined || isSpokenFor(proof)) best = { record, file, proof };
    if (isSpokenFor(proof)) break;
  }
  if (best !== undefined) {
    const message = `the video configuration${proofClause(best.proof)} is that of ${best.file}`;
    findings.add('codec-configuration-taken', message, { ...place, reference: best.file });
    noteUnproven('h264', best.proof, { ...place, reference: best.file }, findings);
    const configuration = avcConfigurationOf({ ...best.record, nalUnitLengthSize: recordersLengthSize });
    return { configuration, info: standing };
  }
  return { configuration: undefined, info: standing };
}

/** Bytes of the header that the size of the media box counts too. */
const mediaBoxHeader = 16;

/** Whether `.info` knows the media file: how much of it there was when it was last written stands in both. */
function isOfThisState({ mdat, salvaged: { info } }: LostStagingConfigurations): boolean {
  if (info === undefined) return false;
  const header = readMediaFileHeader(mdat);
  if ('fault' in header) return false;
  return info.mediaBytes > 0 && header.boxSize === mediaBoxHeader + info.mediaBytes;
}

function noteUnconfirmed({ infoFile, findings }: LostStagingConfigurations, track: 'video' | 'audio'): void {
  findings.add(
    'staging-info-unconfirmed',
    `the ${track} configuration is that of .info; it fits, but nothing shows that .info is of this recording`,
    { file: infoFile, track },
  );
}

function videoOf({ infoFile, findings }: LostStagingConfigurations, record: TrackRecord): AvcConfiguration | undefined {
  const configuration = readCodecConfiguration(record, infoFile, findings);
  if (configuration?.codec !== 'h264') return undefined;
  return { ...configuration, record: { ...configuration.record, nalUnitLengthSize: recordersLengthSize } };
}

/** Whether the pictures in the media were written with these parameter sets, as far as they tell; undefined where not. */
async function explains(
  { mdat, ranges, pace }: LostStagingConfigurations,
  record: AvcDecoderConfiguration,
  lender?: string,
): Promise<Evidence | undefined> {
  return await provePictures(record, { source: mdat, ranges, pace }, recordersLengthSize, lender);
}

/**
 * The configuration of an audio track, or one with other channels where it was only inferred from the first element of its
 * access units and the media shows that they have more (5.1 audio begins like mono).
 */
export async function confirmAudio(
  lost: LostStagingConfigurations,
  video: AvcConfiguration | undefined,
  configuration: Mpeg4AudioConfiguration,
): Promise<Mpeg4AudioConfiguration> {
  const { audio } = configuration;
  if (audio === undefined || audio.channelConfiguration === 0) return configuration;
  // What .info says needs no confirmation.
  if (lost.salvaged.audio !== undefined) return configuration;
  const found = await findAac(lost.mdat, lost.ranges, picturesOf(video), lost.pace);
  if (found === undefined || found.offsets.length < minUnitsForChannels) return configuration;
  if (found.channels === channelCount(audio) || found.channels === 1) return configuration;
  const evidence = {
    frameSeconds: 1024 / audio.samplingFrequency.hertz,
    channels: found.channels,
    video: video?.record,
    file: lost.mdat.path,
  };
  return findAudioConfiguration(evidence, [], lost.findings);
}

/** Access units from which the channels are believed. */
const minUnitsForChannels = 8;

function picturesOf(video: AvcConfiguration | undefined): () => H264Syntax {
  return () =>
    video === undefined ? new H264Syntax(recordersLengthSize, []) : h264SyntaxOf(video.record, recordersLengthSize);
}

/** The configuration of an audio stream without a track, or undefined where none is there. */
export async function configureAudio(
  lost: LostStagingConfigurations,
  { configuration: video, info }: ConfiguredVideo,
): Promise<Mpeg4AudioConfiguration | undefined> {
  const { mdat, ranges, infoFile, findings, pace } = lost;
  const found = await findAac(mdat, ranges, picturesOf(video), pace);
  if (found === undefined) return undefined;
  const step = video === undefined ? undefined : (timingStep(video) ?? stepOf(lost.framesPerSecond));
  const pictures = { pictureSyntax: picturesOf(video), stepSeconds: step, knownPictures: lost.other };
  const rate = await measureRate({ source: mdat, ranges, pace, ...pictures }, found, 1);
  const recorded = info === 'foreign' ? undefined : lost.salvaged.audio;
  if (recorded !== undefined) {
    const configuration = readCodecConfiguration(recorded, infoFile, findings);
    if (configuration?.codec === 'aac' && (await isOf(lost, video, configuration, found, info === 'own'))) {
      if (info === 'unconfirmed') noteUnconfirmed(lost, 'audio');
      return configuration;
    }
  }
  // Too little of it says nothing of its rate that another recording would not say better.
  const isBelieved = rate.isSure || !hasReference(lost, found, rate.others);
  const evidence = {
    frameSeconds: isBelieved && rate.hertz !== undefined ? 1024 / rate.hertz : undefined,
    otherRates: rate.others,
    channels: found.channels,
    video: video?.record,
    file: mdat.path,
  };
  return findAudioConfiguration(evidence, references(lost, found, rate.others), findings);
}

/** Whether the pictures that `.info` describes have other parameter sets than those of the recording. */
function differs({ salvaged }: LostStagingConfigurations, { record }: AvcConfiguration): boolean {
  if (salvaged.video === undefined) return false;
  const recorded = parseAvcDecoderConfiguration(salvaged.video.configuration).value;
  return recorded !== undefined && !sameSequenceParameterSet(recorded, record);
}

function stepOf(framesPerSecond: number | undefined): number | undefined {
  return framesPerSecond === undefined ? undefined : 1 / framesPerSecond;
}

/** References whose audio can be what stands in the media. `others`: rates that nothing tells apart from what was measured. */
function* references(
  lost: LostStagingConfigurations,
  found: FoundAac,
  others: readonly number[],
): Iterable<CodecReference> {
  for (const reference of lost.references()) {
    const lent = aacOf(reference);
    if (lent === undefined) continue;
    const { index, hertz } = lent.audio.samplingFrequency;
    if (found.samplingFrequencyIndices.includes(index) || others.includes(hertz)) yield reference;
  }
}

function hasReference(lost: LostStagingConfigurations, found: FoundAac, others: readonly number[]): boolean {
  for (const _ of references(lost, found, others)) return true;
  return false;
}

/** Whether a configuration can be that of the access units found. `isOwn`: it is of this recording, if bands of its rate explain them. */
async function isOf(
  { mdat, ranges, pace }: LostStagingConfigurations,
  video: AvcConfiguration | undefined,
  { audio }: Mpeg4AudioConfiguration,
  found: FoundAac,
  isOwn: boolean,
): Promise<boolean> {
  if (audio === undefined || samplesPerFrame(audio) === undefined) return false;
  const channels = audio.channelConfiguration === 0 ? undefined : channelCount(audio);
  if (channels !== undefined && channels !== found.channels && found.channels !== 1) return false;
  const { index } = audio.samplingFrequency;
  return (
    found.samplingFrequencyIndices.includes(index) ||
    (isOwn &&
      index < SAMPLING_FREQUENCIES.length &&
      (await areBandsOf(mdat, ranges, picturesOf(video), found, index, pace)))
  );
}
