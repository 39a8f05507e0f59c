/**
 * Frames that come before any sequence header cannot be decoded. The header is taken from later in the file, from the
 * parameter sets within the frames, from a recording of the same stream, or, for AAC, from what the frames themselves say.
 */
import { writeAvcDecoderConfiguration } from '../../../codecs/h264/decoder-configuration.ts';
import { parseSequenceParameterSet } from '../../../codecs/h264/sequence-parameter-set.ts';
import { AacPacketType, AudioPacketType, SoundFormat, writeAudioTagHeader } from '../../../flv/audio-tag.ts';
import { propertyOf } from '../../../flv/metadata.ts';
import type { TrackSurvey } from '../../../flv/survey.ts';
import { TagType } from '../../../flv/tag.ts';
import {
  AvcPacketType,
  FrameType,
  VideoCodecId,
  VideoPacketType,
  writeVideoTagHeader,
} from '../../../flv/video-tag.ts';
import { ByteWriter } from '../../../bytes/byte-sink.ts';
import { inferredAudioConfiguration, inBandVideoConfiguration } from '../lost-configuration.ts';
import type { FixContext } from '../plan.ts';

interface Found {
  readonly data: Uint8Array;
  readonly from: string;
}

export function insertSequenceHeaders(context: FixContext): void {
  const { survey, findings, source } = context;
  for (const track of [survey.video, survey.audio]) {
    if (track.framesBeforeHeader === 0) continue;
    const found = laterHeader(track) ?? (track.kind === 'video' ? videoHeader(context) : audioHeader(context));
    if (found === undefined) continue;
    findings.add('codec-configuration-taken', `the ${track.kind} sequence header was taken from ${found.from}`, {
      file: source.path,
      track: track.kind,
    });
    context.inserted.push({ kind: track.kind, data: found.data });
    context.rewriteReasons.push(`the missing ${track.kind} sequence header is put in`);
  }
}

function laterHeader({ firstHeader, codec }: TrackSurvey): Found | undefined {
  if (firstHeader === undefined || firstHeader.codec !== codec) return undefined;
  return { data: firstHeader.data, from: `byte ${firstHeader.offset} of the file` };
}

function videoHeader(context: FixContext): Found | undefined {
  const { survey, source } = context;
  if (survey.video.codec !== 'avc1') return undefined;
  const own = inBandVideoConfiguration(source, survey.video.firstFrameOffset);
  if (own !== undefined) return { data: avcTag(context, own), from: 'the parameter sets within the pictures' };
  for (const { file, video } of context.references()) {
    if (video === undefined) continue;
    const sps = parseSequenceParameterSet(video.sequenceParameterSets[0]!).value;
    // Another size is another stream, where the recorder knew the size.
    if (contradicts(context, 'width', sps?.width) || contradicts(context, 'height', sps?.height)) continue;
    return { data: avcTag(context, writeAvcDecoderConfiguration(video)), from: file };
  }
  return undefined;
}

function audioHeader(context: FixContext): Found | undefined {
  const { survey, source } = context;
  if (survey.audio.codec !== 'mp4a') return undefined;
  const inferred = inferredAudioConfiguration(source, survey.audio);
  for (const { file, audio } of context.references()) {
    if (audio === undefined) continue;
    const { hertz } = audio.audio.samplingFrequency;
    if (inferred !== undefined && inferred.hertz !== hertz) continue;
    return { data: aacTag(context, audio.specificConfig), from: file };
  }
  if (inferred === undefined) return undefined;
  return { data: aacTag(context, inferred.specificConfig), from: 'the frames: AAC-LC with the rate of their times' };
}

/** Whether the recorder wrote another number than this one. */
function contradicts({ metadata }: FixContext, name: string, value: number | undefined): boolean {
  const recorded = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
  return recorded?.kind === 'number' && recorded.value > 0 && value !== undefined && recorded.value !== value;
}

const noModifiers = { modifiers: [], multitrackType: undefined } as const;

function avcTag({ survey }: FixContext, record: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const { keyFrame: frameType } = FrameType;
  if (survey.video.legacyId === undefined) {
    const packet = { ...noModifiers, packetType: VideoPacketType.sequenceStart, fourCC: 'avc1' };
    writeVideoTagHeader(writer, { kind: 'enhanced', frameType, command: undefined, ...packet });
  } else {
    const packet = { packetType: AvcPacketType.sequenceHeader, compositionTimeMilliseconds: 0 };
    writeVideoTagHeader(writer, { kind: 'legacy', frameType, codecId: VideoCodecId.avc, packet });
  }
  writer.bytes(record);
  return writer.toBytes().slice();
}

function aacTag({ survey }: FixContext, specificConfig: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  if (survey.audio.legacyId === undefined) {
    const packet = { ...noModifiers, packetType: AudioPacketType.sequenceStart, fourCC: 'mp4a' };
    writeAudioTagHeader(writer, { kind: 'enhanced', ...packet });
  } else {
    const always = { soundRate: 3, soundSize: 1, soundType: 1 };
    const aacPacketType = AacPacketType.sequenceHeader;
    writeAudioTagHeader(writer, { kind: 'legacy', soundFormat: SoundFormat.aac, ...always, aacPacketType });
  }
  writer.bytes(specificConfig);
  return writer.toBytes().slice();
}

/** The type of tag that a track's sequence header is. */
export function tagTypeOf(kind: 'video' | 'audio'): number {
  return kind === 'video' ? TagType.video : TagType.audio;
}
