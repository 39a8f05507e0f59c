/**
 * Frames that come before any sequence header cannot be decoded. The header is taken from later in the file, from the
 * parameter sets within the frames, from a recording of the same stream, or, for AAC, from what the frames themselves say.
 */
import { codedPicturesOf } from '../../references/picture-proof.ts';
import { examine, isSpokenFor, type Examination } from '../../references/prove.ts';
import { AacPacketType, AudioPacketType, writeAudioTagHeader } from '../../../flv/audio-tag.ts';
import { recordOf } from '../../../flv/codec-record.ts';
import { propertyOf } from '../../../flv/metadata.ts';
import type { TrackSurvey } from '../../../flv/track-survey.ts';
import { AvcPacketType, FrameType, VideoPacketType, writeVideoTagHeader } from '../../../flv/video-tag.ts';
import type { VideoConfiguration } from '../../../media/track.ts';
import { ByteWriter } from '../../../bytes/byte-sink.ts';
import { inferredAudioConfiguration, inBandVideoConfiguration, pictureOffsets } from '../lost-configuration.ts';
import type { FixContext } from '../plan.ts';

interface Found {
  readonly data: Uint8Array;
  readonly from: string;
  /** The recording that lends it. */
  readonly reference?: string;
}

/** Why a recording lends nothing. */
interface Refused {
  readonly refused: string;
}

/**
 * Puts a header before the tags of each track that begins without one, or marks the track as undecodable. Goes step by step:
 * pictures are read macroblock by macroblock.
 */
export function* insertSequenceHeaders(context: FixContext): Generator<void, void> {
  const { survey, findings, source } = context;
  for (const track of [survey.video, survey.audio]) {
    if (track.framesBeforeHeader === 0) continue;
    const found = laterHeader(track) ?? (track.kind === 'video' ? yield* videoHeader(context) : audioHeader(context));
    reportMissing(context, track, found);
    if (found === undefined || 'refused' in found) {
      context.undecodable.add(track.kind);
      continue;
    }
    if (track.emptyHeaders > 0) context.withoutEmptyHeaders.add(track.kind);
    findings.add('codec-configuration-taken', `the ${track.kind} sequence header was taken from ${found.from}`, {
      file: source.path,
      track: track.kind,
      ...(found.reference === undefined ? {} : { reference: found.reference }),
    });
    context.inserted.push({ kind: track.kind, data: found.data });
    context.rewriteReasons.push(`the missing ${track.kind} sequence header is put in`);
  }
}

function reportMissing({ findings, source }: FixContext, track: TrackSurvey, found: Found | Refused | undefined): void {
  const { framesBeforeHeader, kind, codec, emptyHeaders, firstFrameOffset: offset } = track;
  const before = emptyHeaders > 0 ? 'a sequence header that is not empty' : 'any sequence header';
  const isFound = found !== undefined && !('refused' in found);
  const refused = found !== undefined && 'refused' in found ? ` (${found.refused})` : '';
  const consequence = isFound
    ? ''
    : `; players cannot decode them, and nothing in the file says what it was: name a recording of the same stream with --reference${refused}`;
  findings.add(
    'flv-sequence-header-missing',
    `${framesBeforeHeader} ${kind} frames of ${codec} come before ${before}${consequence}`,
    { file: source.path, track: kind, offset },
  );
}

function laterHeader({ firstHeader, codec }: TrackSurvey): Found | undefined {
  if (firstHeader === undefined || firstHeader.codec !== codec) return undefined;
  return { data: firstHeader.data, from: `byte ${firstHeader.offset} of the file` };
}

function* videoHeader(context: FixContext): Generator<void, Found | Refused | undefined> {
  const { survey, source } = context;
  const { codec, firstFrameOffset } = survey.video;
  const own = inBandVideoConfiguration(source, firstFrameOffset, codec);
  if (own !== undefined) {
    return { data: sequenceHeader(survey.video, own), from: 'the parameter sets within the pictures' };
  }
  let fallback: Found | undefined;
  let refused: Refused | undefined;
  for (const { file, video } of context.references()) {
    const lent = video === undefined ? undefined : recordOf(video.configuration);
    if (video === undefined || lent?.codec !== codec) continue;
    const { width, height } = codedSizeOf(video.configuration);
    // Another size is another stream, where the recorder knew the size.
    if (contradicts(context, 'width', width) || contradicts(context, 'height', height)) continue;
    const found = { data: sequenceHeader(survey.video, lent.record), from: file, reference: file };
    const examined = yield* examination(context, video.configuration, file);
    if (examined === undefined || (examined.contradiction === undefined && isSpokenFor(examined))) return found;
    if (examined.contradiction === undefined) fallback ??= found;
    else refused ??= { refused: `${file} is of other settings: ${examined.contradiction}` };
  }
  return fallback ?? refused;
}

function audioHeader(context: FixContext): Found | undefined {
  const { survey, source } = context;
  const { codec } = survey.audio;
  const inferred = codec === 'mp4a' ? inferredAudioConfiguration(source, survey.audio) : undefined;
  for (const { file, audio } of context.references()) {
    for (const { configuration } of audio) {
      const lent = recordOf(configuration);
      if (lent?.codec !== codec) continue;
      const hertz = configuration.codec === 'aac' ? configuration.audio?.samplingFrequency.hertz : undefined;
      if (inferred !== undefined && inferred.hertz !== hertz) continue;
      return { data: sequenceHeader(survey.audio, lent.record), from: file, reference: file };
    }
  }
  if (inferred === undefined) return undefined;
  const data = sequenceHeader(survey.audio, inferred.specificConfig);
  return { data, from: 'the frames: AAC-LC with the rate of their times' };
}

/** Pixels as they are coded, cropped; undefined where the configuration does not say them. */
function codedSizeOf(configuration: VideoConfiguration): { readonly width?: number; readonly height?: number } {
  if (configuration.codec === 'unknown') return {};
  const { width, height } = ('sps' in configuration ? configuration.sps : undefined) ?? configuration;
  return width > 0 && height > 0 ? { width, height } : {};
}

/** Whether the recorder wrote another number than this one. */
function contradicts({ metadata }: FixContext, name: string, value: number | undefined): boolean {
  const recorded = metadata === undefined ? undefined : propertyOf(metadata, name)?.value;
  return recorded?.kind === 'number' && recorded.value > 0 && value !== undefined && recorded.value !== value;
}

/** Pictures of which the macroblocks are read. */
const maxPicturesRead = 64;

/** What the pictures say of a configuration that a recording lends; undefined for codecs of which they are not read. */
function* examination(
  { source, survey }: FixContext,
  configuration: VideoConfiguration,
  lender: string,
): Generator<void, Examination | undefined> {
  const coded = codedPicturesOf(configuration);
  if (coded === undefined) return undefined;
  const offsets = pictureOffsets(source, survey.video.firstFrameOffset, maxPicturesRead);
  return yield* examine(source, offsets, coded, lender);
}

/** The data of a sequence header's tag, with a header as the frames of the track have it. */
function sequenceHeader({ kind, legacyId, codec }: TrackSurvey, record: Uint8Array): Uint8Array {
  const writer = new ByteWriter();
  const fourCC = { modifiers: [], multitrackType: undefined, fourCC: codec };
  if (kind === 'video') {
    const { keyFrame: frameType } = FrameType;
    const packet = { packetType: AvcPacketType.sequenceHeader, compositionTimeMilliseconds: 0 };
    const enhanced = { ...fourCC, packetType: VideoPacketType.sequenceStart, command: undefined };
    if (legacyId === undefined) writeVideoTagHeader(writer, { kind: 'enhanced', frameType, ...enhanced });
    else writeVideoTagHeader(writer, { kind: 'legacy', frameType, codecId: legacyId, packet });
  } else if (legacyId === undefined) {
    writeAudioTagHeader(writer, { kind: 'enhanced', ...fourCC, packetType: AudioPacketType.sequenceStart });
  } else {
    // AAC has these three always, whatever the audio.
    const always = { soundRate: 3, soundSize: 1, soundType: 1 };
    const aacPacketType = AacPacketType.sequenceHeader;
    writeAudioTagHeader(writer, { kind: 'legacy', soundFormat: legacyId, ...always, aacPacketType });
  }
  writer.bytes(record);
  return writer.toBytes().slice();
}
