/**
 * The codec configurations of streams whose track file is lost: the one in the media wins, then what `.info` still says,
 * then another recording of the same stream, then what can be inferred from the media.
 */
import { channelCount, samplesPerFrame } from '../../codecs/aac/audio-specific-config.ts';
import { SAMPLING_FREQUENCIES } from '../../codecs/aac/sampling-frequency.ts';
import {
  AVC_RESERVED_BITS,
  parseAvcDecoderConfiguration,
  type AvcDecoderConfiguration,
} from '../../codecs/h264/decoder-configuration.ts';
import { findAac, type FoundAac } from '../../carver/aac-discovery.ts';
import type { CarveRange } from '../../carver/carver.ts';
import { findH264ParameterSets } from '../../carver/h264-discovery.ts';
import { H264Syntax } from '../../carver/h264-syntax.ts';
import { timingStep } from '../../carver/streams.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import type { Findings } from '../../media/findings.ts';
import type { AvcConfiguration, Mpeg4AudioConfiguration, Track } from '../../media/track.ts';
import { readCodecConfiguration } from '../../staging/codec-configuration.ts';
import { sameSequenceParameterSet } from '../../staging/in-band-parameter-sets.ts';
import { avcConfigurationOf, findAudioConfiguration } from '../../staging/recovered-configuration.ts';
import type { SalvagedInfo } from '../../staging/salvaged-info.ts';

/** What there is to find a lost configuration in. */
export interface LostConfigurations {
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
}

/** The recorder writes lengths of 4 bytes (observed in every set). */
export const recordersLengthSize = 4;

/** Whether the media may hold pictures, for all that is known. */
export function mayHaveVideo(lost: LostConfigurations): boolean {
  return !isWithout(lost, 2);
}

function isWithout({ salvaged: { info } }: LostConfigurations, bit: number): boolean {
  return info !== undefined && (info.tracksPresent & bit) === 0;
}

/** The configuration of a video stream without a track, or undefined where there is none to be found. */
export function configureVideo(lost: LostConfigurations): AvcConfiguration | undefined {
  if (isWithout(lost, 2)) return undefined;
  const { mdat, ranges, salvaged, infoFile, findings } = lost;
  const place = { file: mdat.path, track: 'video' } as const;
  const first = ranges[0]!;
  const found = findH264ParameterSets(mdat, first.offset, ranges.at(-1)!.offset + ranges.at(-1)!.length);
  if (found !== undefined) {
    findings.add(
      'codec-configuration-taken',
      'the video configuration is made of the parameter sets in the media',
      place,
    );
    return avcConfigurationOf(recordOf(found.sps, found.pps));
  }
  if (salvaged.video !== undefined) {
    const configuration = readCodecConfiguration(salvaged.video, infoFile, findings);
    if (configuration?.codec === 'h264') {
      return { ...configuration, record: { ...configuration.record, nalUnitLengthSize: recordersLengthSize } };
    }
  }
  for (const reference of lost.references()) {
    if (reference.video === undefined || !explains(lost, reference.video)) continue;
    findings.add('codec-configuration-taken', `the video configuration is that of ${reference.file}`, place);
    return avcConfigurationOf({ ...reference.video, nalUnitLengthSize: recordersLengthSize });
  }
  return undefined;
}

function recordOf(sps: Uint8Array, pps: Uint8Array): AvcDecoderConfiguration {
  return {
    avcProfileIndication: sps[1]!,
    profileCompatibility: sps[2]!,
    avcLevelIndication: sps[3]!,
    nalUnitLengthSize: recordersLengthSize,
    sequenceParameterSets: [sps],
    pictureParameterSets: [pps],
    profileExtension: undefined,
    reserved: AVC_RESERVED_BITS,
    trailing: new Uint8Array(0),
  };
}

function syntaxOf(record: AvcDecoderConfiguration): H264Syntax {
  return new H264Syntax(recordersLengthSize, [...record.sequenceParameterSets, ...record.pictureParameterSets]);
}

/** Whether pictures that these parameter sets read stand in the media; without a reference of the same stream none do. */
function explains({ mdat, ranges }: LostConfigurations, record: AvcDecoderConfiguration): boolean {
  const found = findAac(mdat, ranges, () => syntaxOf(record));
  return found !== undefined && found.pictures > 0;
}

/**
 * The configuration of an audio track, or one with other channels where it was only inferred from the first element of its
 * access units and the media shows that they have more (5.1 sound begins like mono).
 */
export function confirmAudio(
  lost: LostConfigurations,
  video: AvcConfiguration | undefined,
  configuration: Mpeg4AudioConfiguration,
): Mpeg4AudioConfiguration {
  const { audio } = configuration;
  if (audio === undefined || audio.channelConfiguration === 0) return configuration;
  // What .info says needs no confirmation.
  if (lost.salvaged.audio !== undefined) return configuration;
  const found = findAac(lost.mdat, lost.ranges, mayHaveVideo(lost) ? picturesOf(video) : undefined);
  if (found === undefined || found.offsets.length < fewestForChannels) return configuration;
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
const fewestForChannels = 8;

function picturesOf(video: AvcConfiguration | undefined): () => H264Syntax {
  return () => (video === undefined ? new H264Syntax(recordersLengthSize, []) : syntaxOf(video.record));
}

/** The configuration of an audio stream without a track, or undefined where none is there. */
export function configureAudio(
  lost: LostConfigurations,
  video: AvcConfiguration | undefined,
): Mpeg4AudioConfiguration | undefined {
  if (isWithout(lost, 1)) return undefined;
  const { mdat, ranges, infoFile, findings } = lost;
  const found = findAac(mdat, ranges, mayHaveVideo(lost) ? picturesOf(video) : undefined);
  if (found === undefined) return undefined;
  const step = video === undefined ? undefined : (timingStep(video) ?? stepOf(lost.framesPerSecond));
  const measured =
    lost.other === undefined || lost.other.samples.length < 2
      ? { accessUnits: found.offsets.length, seconds: (step ?? 0) * found.pictures }
      : besideKnown(found, lost.other);
  const hertz = rateOf(found, measured);
  const recorded = isForeign(lost, video) ? undefined : lost.salvaged.audio;
  if (recorded !== undefined) {
    const configuration = readCodecConfiguration(recorded, infoFile, findings);
    if (configuration?.codec === 'aac' && agrees(configuration, found)) return configuration;
  }
  // Too little of it says nothing of its rate that another recording would not say better.
  const isSure = hertz !== undefined && (measured.accessUnits >= fewestForRate || !hasReference(lost, found));
  const evidence = {
    frameSeconds: isSure ? 1024 / hertz : undefined,
    channels: found.channels,
    video: video?.record,
    file: mdat.path,
  };
  return findAudioConfiguration(evidence, references(lost, found), findings);
}

/** Whether `.info` is of another recording: its pictures have other parameter sets than those in the media. */
function isForeign({ salvaged }: LostConfigurations, video: AvcConfiguration | undefined): boolean {
  if (salvaged.video === undefined || video === undefined) return false;
  const record = parseAvcDecoderConfiguration(salvaged.video.configuration).value;
  return record !== undefined && !sameSequenceParameterSet(record, video.record);
}

const fewestForRate = 200;
/** A measurement that is further from all rates has pictures that come irregularly for a measure. */
const rateTolerance = 0.1;

function stepOf(framesPerSecond: number | undefined): number | undefined {
  return framesPerSecond === undefined ? undefined : 1 / framesPerSecond;
}

/** References whose audio can be what stands in the media. */
function* references(lost: LostConfigurations, found: FoundAac): Iterable<CodecReference> {
  for (const reference of lost.references()) {
    const { audio } = reference;
    if (audio === undefined) continue;
    if (found.samplingFrequencyIndices.includes(audio.audio.samplingFrequency.index)) yield reference;
  }
}

function hasReference(lost: LostConfigurations, found: FoundAac): boolean {
  for (const _ of references(lost, found)) return true;
  return false;
}

/** Whether a configuration can be that of the access units found. */
function agrees({ audio }: Mpeg4AudioConfiguration, found: FoundAac): boolean {
  if (audio === undefined) return false;
  const channels = audio.channelConfiguration === 0 ? undefined : channelCount(audio);
  return (
    found.samplingFrequencyIndices.includes(audio.samplingFrequency.index) &&
    (channels === undefined || channels === found.channels || found.channels === 1) &&
    samplesPerFrame(audio) !== undefined
  );
}

interface MeasuredAudio {
  readonly accessUnits: number;
  /** How long those last; 0 where nothing tells. */
  readonly seconds: number;
}

/** The access units that stand between samples of known time, and how long those last. */
function besideKnown({ offsets }: FoundAac, { samples, timescale }: Track): MeasuredAudio {
  const from = Math.max(samples.offsets.at(0), offsets[0]!);
  const to = Math.min(samples.offsets.at(samples.length - 1), offsets.at(-1)!);
  let ticks = 0;
  for (let i = 0; i < samples.length; i++) {
    if (samples.offsets.data[i]! >= from && samples.offsets.data[i]! < to) ticks += samples.durations.data[i]! | 0;
  }
  const accessUnits = offsets.filter((offset) => offset >= from && offset < to).length;
  return { accessUnits, seconds: ticks / timescale };
}

/** Of the rates whose bands fit, the one with which the access units last as long as they should. */
function rateOf({ samplingFrequencyIndices }: FoundAac, { accessUnits, seconds }: MeasuredAudio): number | undefined {
  const rates = samplingFrequencyIndices.map((index) => SAMPLING_FREQUENCIES[index]!);
  if (rates.length === 1) return rates[0];
  const measured = seconds > 0 ? (accessUnits * 1024) / seconds : 0;
  const nearest = rates.reduce((best, rate) => (Math.abs(rate - measured) < Math.abs(best - measured) ? rate : best));
  if (Math.abs(measured / nearest - 1) < rateTolerance) return nearest;
  // 44.1 kHz is what is assumed where nothing tells, and of rates with other bands the first.
  return rates[0] === 44100 ? undefined : rates[0];
}
