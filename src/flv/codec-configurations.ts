/**
 * Reads the codec configurations of an FLV recording from its sequence headers, legacy or enhanced, for a recording of the
 * same stream that lost its own. Only the beginning of the file is looked at, and only for H.264 and AAC; the file may be
 * torn anywhere.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { parseAvcDecoderConfiguration, type AvcDecoderConfiguration } from '../codecs/h264/decoder-configuration.ts';
import type { ByteSource } from '../io/file-source.ts';
import {
  audioReference,
  codecReference,
  hasParameterSets,
  type AudioReference,
  type CodecReference,
} from '../media/codec-reference.ts';
import { AacPacketType, AudioPacketType, readAudioTagHeader, SoundFormat } from './audio-tag.ts';
import { flvHeaderLength, readFlvHeader } from './header.ts';
import { closes, previousTagSizeLength, readTags, TagType, type TagSpan } from './tag.ts';
import { AvcPacketType, readVideoTagHeader, VideoCodecId, VideoPacketType } from './video-tag.ts';

/** How far the sequence headers are looked for: they come first, or when the other stream joins. */
const searchedBytes = 4 * 1024 * 1024;
const searchedTags = 2000;
/** Sequence headers have some dozens of bytes; anything larger is none. */
const largestSequenceHeader = 64 * 1024;

/**
 * The first H.264 and the first AAC configuration in a file. Neither is there where the file is no FLV, and one of them
 * may be missing: a recorder that was opened at the first picture never saw the sound's.
 */
export function readFlvConfigurations(source: ByteSource): CodecReference {
  let video: AvcDecoderConfiguration | undefined;
  let audio: AudioReference | undefined;
  let left = searchedTags;
  for (const tag of tagsOf(source)) {
    if (left-- === 0 || !isPlausible(tag)) break;
    if (tag.type === TagType.video) video ??= videoConfiguration(tag);
    if (tag.type === TagType.audio) audio ??= audioConfiguration(tag);
    if (video !== undefined && audio !== undefined) break;
  }
  return codecReference(source.path, video, audio);
}

function tagsOf(source: ByteSource): Iterable<TagSpan> {
  const reader = new ByteReader(source.read(0, flvHeaderLength));
  const { dataOffset } = readFlvHeader(reader);
  if (reader.fault !== undefined) return [];
  return readTags(source, dataOffset + previousTagSizeLength, Math.min(source.size, searchedBytes));
}

/** Tags of a reserved type are passed over where they close; what does not (a tail of zeros) is no tag, nor what follows. */
function isPlausible(tag: TagSpan): boolean {
  const { audio, video, scriptData } = TagType;
  return tag.type === audio || tag.type === video || tag.type === scriptData || closes(tag);
}

/** A copy of a tag's data, or undefined for one that is torn, encrypted, or too large to be a sequence header. */
function readData(tag: TagSpan): Uint8Array | undefined {
  if (tag.filter || tag.end > tag.source.size || tag.dataSize > largestSequenceHeader) return undefined;
  return tag.source.read(tag.body, tag.dataSize).slice();
}

function videoConfiguration(tag: TagSpan): AvcDecoderConfiguration | undefined {
  const data = readData(tag);
  if (data === undefined) return undefined;
  const reader = new ByteReader(data, { base: tag.body });
  const header = readVideoTagHeader(reader);
  const isSequenceHeader =
    header.kind === 'legacy'
      ? header.codecId === VideoCodecId.avc && header.packet?.packetType === AvcPacketType.sequenceHeader
      : header.fourCC === 'avc1' &&
        header.multitrackType === undefined &&
        header.packetType === VideoPacketType.sequenceStart;
  if (!isSequenceHeader || reader.fault !== undefined) return undefined;
  const base = reader.offset;
  const { value } = parseAvcDecoderConfiguration(reader.bytes(reader.remaining), { base });
  return value !== undefined && hasParameterSets(value) ? value : undefined;
}

function audioConfiguration(tag: TagSpan): AudioReference | undefined {
  const data = readData(tag);
  if (data === undefined) return undefined;
  const reader = new ByteReader(data, { base: tag.body });
  const header = readAudioTagHeader(reader);
  const isSequenceHeader =
    header.kind === 'legacy'
      ? header.soundFormat === SoundFormat.aac && header.aacPacketType === AacPacketType.sequenceHeader
      : header.fourCC === 'mp4a' &&
        header.multitrackType === undefined &&
        header.packetType === AudioPacketType.sequenceStart;
  if (!isSequenceHeader || reader.fault !== undefined) return undefined;
  return audioReference(reader.bytes(reader.remaining));
}
