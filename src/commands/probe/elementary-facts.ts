/** What the media itself says of its codec, in ffprobe's words: from the first bytes of a frame, or of a stream of them. */
import { parseAdtsHeader, audioSpecificConfigOf } from '../../codecs/aac/adts-header.ts';
import { parseAudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { parseSyncFrame } from '../../codecs/ac3/sync-frame.ts';
import { NalUnitType as AvcNalUnitType } from '../../codecs/h264/nal-unit.ts';
import { parseSequenceParameterSet as parseAvcSps } from '../../codecs/h264/sequence-parameter-set.ts';
import { parseSequenceParameterSet as parseHevcSps } from '../../codecs/h265/sequence-parameter-set.ts';
import { parseMpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import { Mpeg2StartCode, nextStartCode } from '../../codecs/mpeg2/sequence-header.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { aacFacts, ac3Sound, mpegAudioFacts } from './audio-facts.ts';
import { avcPicture, hevcPicture, mpeg2Picture, vp9Picture } from './video-facts.ts';

/** `name`: ffprobe's. Undefined where the bytes tell nothing. */
export function elementaryFacts(name: string | undefined, bytes: Uint8Array): CodecFacts | undefined {
  if (name === 'ac3' || name === 'eac3') return ac3Frame(bytes);
  if (name === 'mp3' || name === 'mp2') return mpegAudioFrame(bytes);
  if (name === 'vp9') return vp9Picture(bytes);
  return undefined;
}

function ac3Frame(bytes: Uint8Array): CodecFacts | undefined {
  const frame = parseSyncFrame(bytes).value;
  if (frame === undefined) return undefined;
  const bitRate =
    frame.codec === 'ac3'
      ? frame.bitRate * 1000
      : Math.round((frame.frameLength * 8 * frame.sampleRate) / frame.samplesPerFrame);
  return ac3Sound(frame.codec, frame, bitRate);
}

function mpegAudioFrame(bytes: Uint8Array): CodecFacts | undefined {
  const header = parseMpegAudioFrameHeader(bytes);
  return header === undefined ? undefined : mpegAudioFacts(header);
}

/** Frames of sound one behind the other, and what they are: what ADTS, AC-3 and MPEG audio streams begin with. */
export interface ElementarySound {
  readonly facts: CodecFacts;
  /** Seconds that the whole frames in the bytes last. */
  readonly seconds: number;
}

interface FrameHead {
  readonly length: number;
  readonly seconds: number;
  readonly facts: CodecFacts;
}

function adtsFrame(bytes: Uint8Array): FrameHead | undefined {
  const header = parseAdtsHeader(bytes).value;
  if (header === undefined || header.samplingFrequency === 0) return undefined;
  const config = parseAudioSpecificConfig(audioSpecificConfigOf(header)).value;
  if (config === undefined) return undefined;
  return {
    length: header.frameLength,
    seconds: (1024 * header.rawDataBlocks) / header.samplingFrequency,
    facts: aacFacts(config),
  };
}

function frameAt(name: string, bytes: Uint8Array): FrameHead | undefined {
  if (name === 'aac') return adtsFrame(bytes);
  const facts = elementaryFacts(name, bytes);
  if (facts === undefined) return undefined;
  if (name === 'ac3' || name === 'eac3') {
    const frame = parseSyncFrame(bytes).value!;
    return { length: frame.frameLength, seconds: frame.samplesPerFrame / frame.sampleRate, facts };
  }
  const header = parseMpegAudioFrameHeader(bytes)!;
  return { length: header.frameLength, seconds: header.samplesPerFrame / header.sampleRate, facts };
}

/** Follows frames of sound from the first byte on; undefined where none begins there. */
export function elementarySound(name: string, bytes: Uint8Array): ElementarySound | undefined {
  let at = 0;
  let seconds = 0;
  let facts: CodecFacts | undefined;
  while (at < bytes.length) {
    const frame = frameAt(name, bytes.subarray(at));
    if (frame === undefined || frame.length <= 0) break;
    facts ??= frame.facts;
    seconds += frame.seconds;
    at += frame.length;
  }
  return facts === undefined ? undefined : { facts, seconds };
}

/** What a byte stream of H.264, H.265 or MPEG-2 video says, from its first sequence parameter set or header. */
export function elementaryPicture(name: string, bytes: Uint8Array): CodecFacts | undefined {
  let next = 0;
  for (let code = nextStartCode(bytes, 0); code + 4 <= bytes.length; code = next) {
    next = nextStartCode(bytes, code + 3);
    const unit = bytes.subarray(code + 3, next);
    if (name === 'h264' && (unit[0]! & 0x1f) === AvcNalUnitType.sequenceParameterSet) {
      const sps = parseAvcSps(unit).value;
      if (sps !== undefined) return avcPicture(sps);
    } else if (name === 'hevc' && ((unit[0]! >> 1) & 0x3f) === hevcSpsType) {
      const sps = parseHevcSps(unit).value;
      if (sps !== undefined) return hevcPicture(sps);
    } else if (name === 'mpeg2video' && unit[0] === Mpeg2StartCode.sequenceHeader) {
      return mpeg2Picture(bytes.subarray(code));
    }
  }
  return undefined;
}

/** `payloadType` of the message that says that decoding may begin here, though not with a whole picture. */
const recoveryPoint = 6;

/** Whether the first picture of a byte stream is one that decoding can begin with; undefined where none is there. */
export function beginsWithEntry(name: string, bytes: Uint8Array): boolean | undefined {
  if (name !== 'h264' && name !== 'hevc') return undefined;
  let next = 0;
  let recovers = false;
  for (let code = nextStartCode(bytes, 0); code + 4 <= bytes.length; code = next) {
    next = nextStartCode(bytes, code + 3);
    const first = bytes[code + 3]!;
    if (name === 'hevc') {
      const type = (first >> 1) & 0x3f;
      if (type < 32) return type >= 16 && type <= 23;
      continue;
    }
    const type = first & 0x1f;
    recovers ||= type === AvcNalUnitType.supplementalEnhancementInformation && bytes[code + 4] === recoveryPoint;
    if (type >= 1 && type <= 5) return type === AvcNalUnitType.idrSlice || recovers;
  }
  return undefined;
}

/** Number of the NAL units that hold a sequence parameter set (ITU-T H.265, Table 7-1). */
const hevcSpsType = 33;
