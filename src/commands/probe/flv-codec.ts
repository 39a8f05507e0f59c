/** The codec of an FLV track: what its sequence header says, or where there is none, the headers of its tags. */
import { framesThatTell } from '../../codecs/aac/implicit-extension.ts';
import { parameterSetNalUnits } from '../../codecs/h264/decoder-configuration.ts';
import { SoundFormat } from '../../flv/audio-tag.ts';
import { configurationOfRecord } from '../../flv/codec-record.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import type { TrackSurvey } from '../../flv/track-survey.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { TagReader } from '../../flv/tag-reader.ts';
import type { ByteSource } from '../../io/file-source.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { defaultChannelLayout } from '../../media/ffprobe/ffprobe.ts';
import { codecFacts } from './codec-facts.ts';
import { elementaryFacts } from './elementary-facts.ts';
import { lacksFieldOrder, pictureHead, withOrderOfSample } from './field-order.ts';
import { maxAccessUnit, withShown } from './implicit-extension.ts';

/** ffprobe's names by the four-character codes of enhanced headers, and what stands for legacy ones. */
const names: Readonly<Record<string, string>> = {
  avc1: 'h264',
  hvc1: 'hevc',
  vvc1: 'vvc',
  av01: 'av1',
  vp08: 'vp8',
  vp09: 'vp9',
  mp4a: 'aac',
  '.mp3': 'mp3',
  Opus: 'opus',
  'ac-3': 'ac3',
  'ec-3': 'eac3',
  fLaC: 'flac',
  flv1: 'flv1',
  screen: 'flashsv',
  screen2: 'flashsv2',
  vp6f: 'vp6f',
  vp6a: 'vp6a',
  pcm: 'pcm_s16le',
  adpcm: 'adpcm_swf',
  alaw: 'pcm_alaw',
  ulaw: 'pcm_mulaw',
  nellymoser: 'nellymoser',
  speex: 'speex',
};

/** `SoundRate` of legacy headers, hertz. */
const legacyRates: readonly number[] = [5512, 11_025, 22_050, 44_100];

/** The byte of VP6 that says what is cropped off its pictures is its configuration for ffprobe. */
const cropLengths: Readonly<Record<string, number>> = { vp6f: 1, vp6a: 1 };

/** Looks into the first key frame (audio: the first frame) only where the sequence header gives nothing. */
export function flvCodecFacts(track: TrackSurvey, source: ByteSource): CodecFacts {
  // As ffprobe: what begins the track; what it changes to is a finding.
  const { firstHeader: header } = track;
  const codec = header?.codec ?? track.codec;
  const name = names[codec];
  const record = header?.data.subarray(header.headerLength);
  const facts = record === undefined || record.length === 0 ? undefined : factsOf(codec, record);
  const recordLength = record === undefined || record.length === 0 ? cropLengths[codec] : record.length;
  const extradata = recordLength === undefined ? {} : { extradataSize: recordLength };
  const isSized = track.kind === 'audio' || facts?.width !== undefined;
  if (facts !== undefined && isSized) return { ...withFirstFrames(facts, codec, record!, track, source), ...extradata };
  const seen = frameFacts(
    source,
    track.kind === 'video' && track.firstKeyFrameOffset >= 0 ? track.firstKeyFrameOffset : track.firstFrameOffset,
  );
  // A record of VP9 has no size.
  if (facts !== undefined) {
    const { width, height } = seen ?? {};
    return { ...facts, ...(width === undefined ? {} : { width, height: height! }), ...extradata };
  }
  if (seen !== undefined) return { ...seen, ...extradata };
  if (track.kind === 'audio' && track.legacyId !== undefined) return { name, ...legacyAudio(track) };
  return { name, ...extradata };
}

/** Bytes of a frame that tell what it is. */
const frameHead = 256;

/** What the first frame says, of codecs that come without a sequence header. */
function frameFacts(source: ByteSource, offset: number): CodecFacts | undefined {
  const frame = headOfFrame(source, offset, frameHead);
  return frame === undefined ? undefined : elementaryFacts(names[frame.codec], frame.bytes);
}

/** The first bytes of the frame in the tag at an offset. */
function headOfFrame(
  source: ByteSource,
  offset: number,
  maxLength: number,
): { readonly codec: string; readonly bytes: Uint8Array } | undefined {
  if (offset < 0) return undefined;
  const reader = new TagReader(source, offset);
  if (reader.next() !== 'tag') return undefined;
  const tag = new MediaTag();
  tag.read(reader);
  const length = Math.min(maxLength, reader.dataSize - tag.headerLength);
  if (length <= 0) return undefined;
  const at = reader.offset + tagHeaderLength + tag.headerLength;
  return { codec: tag.codec, bytes: source.read(at, length).slice() };
}

/** Of H.264 with fields, the first picture says in which order they come; AAC may be more than its record says. */
function withFirstFrames(
  facts: CodecFacts,
  codec: string,
  record: Uint8Array,
  track: TrackSurvey,
  source: ByteSource,
): CodecFacts {
  const isAac = facts.name === 'aac';
  if (!isAac && !lacksFieldOrder(facts)) return facts;
  const configuration = configurationOfRecord({ codec, record });
  if (isAac) return withShown(facts, configuration, firstFrames(source, track));
  const frame = headOfFrame(source, track.firstFrameOffset, pictureHead);
  if (configuration?.codec !== 'h264' || frame === undefined) return facts;
  const { nalUnitLengthSize: lengthSize } = configuration.record;
  return withOrderOfSample(facts, frame.bytes, {
    lengthSize,
    parameterSets: parameterSetNalUnits(configuration.record),
  });
}

/** Tags among which the first frames of a track are looked for: others come between them. */
const maxTags = 16 * framesThatTell;

/** The first frames of a track, whole. */
function* firstFrames(source: ByteSource, { kind, firstFrameOffset }: TrackSurvey): Generator<Uint8Array> {
  if (firstFrameOffset < 0) return;
  const reader = new TagReader(source, firstFrameOffset);
  const tag = new MediaTag();
  let trackId: number | undefined;
  for (let count = 0; count < maxTags && reader.next() === 'tag'; count++) {
    tag.read(reader);
    if (tag.kind !== kind || (tag.role !== 'frame' && tag.role !== 'keyFrame')) continue;
    trackId ??= tag.trackId;
    if (tag.trackId !== trackId) continue;
    const length = Math.min(maxAccessUnit, reader.dataSize - tag.headerLength);
    yield source.read(reader.offset + tagHeaderLength + tag.headerLength, length).slice();
  }
}

function factsOf(codec: string, record: Uint8Array): CodecFacts | undefined {
  const configuration = configurationOfRecord({ codec, record });
  return configuration === undefined ? undefined : codecFacts(configuration);
}

/** What the first byte of a legacy tag says; of AAC nothing, where it is always the same. */
function legacyAudio({ legacyId, firstByte }: TrackSurvey): Omit<CodecFacts, 'name'> {
  if (legacyId === SoundFormat.aac) return { mimeCodec: 'mp4a.40' };
  const channels = (firstByte & 1) + 1;
  // Speex says its channels itself, in headers that FLV has none of.
  const layout = legacyId === SoundFormat.speex ? undefined : defaultChannelLayout(channels);
  const fixed: Readonly<Record<number, number>> = {
    [SoundFormat.nellymoser16Khz]: 16_000,
    [SoundFormat.nellymoser8Khz]: 8000,
    [SoundFormat.g711ALaw]: 8000,
    [SoundFormat.g711MuLaw]: 8000,
    [SoundFormat.speex]: 16_000,
    [SoundFormat.mp38Khz]: 8000,
  };
  return {
    sampleRate: fixed[legacyId ?? -1] ?? legacyRates[(firstByte >>> 2) & 3]!,
    channels,
    ...(layout === undefined ? {} : { channelLayout: layout }),
    ...(legacyId === SoundFormat.mp3 || legacyId === SoundFormat.mp38Khz ? { mimeCodec: 'mp4a.40.34' } : {}),
  };
}
