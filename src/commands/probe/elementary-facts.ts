/** What the media itself says of its codec, in ffprobe's words: from the first bytes of a frame, or of a stream of them. */
import { parseAdtsHeader, audioSpecificConfigOf } from '../../codecs/aac/adts-header.ts';
import { parseAudioSpecificConfig } from '../../codecs/aac/audio-specific-config.ts';
import { parseSyncFrame } from '../../codecs/ac3/sync-frame.ts';
import { NalUnitType as AvcNalUnitType } from '../../codecs/h264/nal-unit.ts';
import { parseSequenceParameterSet as parseAvcSps } from '../../codecs/h264/sequence-parameter-set.ts';
import { parseSequenceParameterSet as parseHevcSps } from '../../codecs/h265/sequence-parameter-set.ts';
import { parseH266SequenceParameterSet } from '../../codecs/h266-parameter-set.ts';
import {
  screenPictureSize,
  sorensonPictureSize,
  vp6PictureSize,
  type PictureSize,
} from '../../codecs/flash/picture-size.ts';
import { parseDts } from '../../codecs/dts/core-frame.ts';
import { parseLatm } from '../../codecs/aac/latm.ts';
import { audioFrameHeader } from '../../codecs/audio-frame.ts';
import { parseMpegAudioFrameHeader } from '../../codecs/mpeg-audio/frame-header.ts';
import { Mpeg2StartCode, nextStartCode } from '../../codecs/mpeg2/sequence-header.ts';
import { defaultChannelLayout } from '../../media/ffprobe/ffprobe.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import { ac3Sound, mpegAudioFacts } from './audio-facts.ts';
import { withOrderOfStream } from './field-order.ts';
import { accessUnitsOfAdts, accessUnitsOfLatm, shownFacts } from './implicit-extension.ts';
import { avcPicture, hevcPicture, mpeg2Picture, vp9Picture, vvcPicture } from './video-facts.ts';

/** `name`: ffprobe's. Undefined where the bytes tell nothing. */
export function elementaryFacts(name: string | undefined, bytes: Uint8Array): CodecFacts | undefined {
  if (name === 'ac3' || name === 'eac3') return ac3Frame(bytes);
  if (name === 'mp3' || name === 'mp2') return mpegAudioFrame(bytes);
  if (name === 'vp9') return vp9Picture(bytes);
  if (name !== undefined && name in flashSizes) {
    const size = flashSizes[name]!(bytes);
    return size === undefined ? undefined : { name, ...size };
  }
  return undefined;
}

/** Codecs of the Flash Player whose key frames tell the size of the picture. */
const flashSizes: Readonly<Record<string, (bytes: Uint8Array) => PictureSize | undefined>> = {
  flv1: sorensonPictureSize,
  flashsv: screenPictureSize,
  flashsv2: screenPictureSize,
  vp6f: (bytes) => vp6PictureSize(bytes, false),
  vp6a: (bytes) => vp6PictureSize(bytes, true),
};

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

/** Audio frames one behind the other, and what they are: what ADTS, AC-3 and MPEG audio streams begin with. */
export interface ElementaryAudio {
  readonly facts: CodecFacts;
  /** Seconds that the whole frames in the bytes last. */
  readonly seconds: number;
}

function dtsFacts(bytes: Uint8Array): CodecFacts | undefined {
  const frame = parseDts(bytes);
  if (frame === undefined) return undefined;
  const { rate, channels, coreBitRate } = frame;
  const layout = channels === 6 ? '5.1(side)' : defaultChannelLayout(channels);
  return {
    name: 'dts',
    profile: 'DTS',
    sampleRate: rate,
    channels,
    ...(layout === undefined ? {} : { channelLayout: layout }),
    ...(coreBitRate > 0 ? { bitRate: coreBitRate } : {}),
  };
}

function soundFacts(name: string, bytes: Uint8Array): CodecFacts | undefined {
  if (name === 'dts') return dtsFacts(bytes);
  if (name === 'aac_latm') {
    const config = parseLatm(bytes)?.config;
    return config === undefined ? undefined : { ...shownFacts(config, accessUnitsOfLatm(bytes)), name };
  }
  if (name !== 'aac') return elementaryFacts(name, bytes);
  const header = parseAdtsHeader(bytes).value;
  const config = header === undefined ? undefined : parseAudioSpecificConfig(audioSpecificConfigOf(header)).value;
  return config === undefined ? undefined : shownFacts(config, accessUnitsOfAdts(bytes));
}

/** Follows audio frames from the first byte on; undefined where none begins there. */
export function elementaryAudio(name: string, bytes: Uint8Array): ElementaryAudio | undefined {
  const facts = soundFacts(name, bytes);
  if (facts === undefined) return undefined;
  const bitRates = new Set<number | undefined>();
  let at = 0;
  let rate = 0;
  let seconds = 0;
  while (at < bytes.length) {
    const frame = audioFrameHeader(name, bytes.subarray(at));
    if (frame === undefined || frame.length <= 0) break;
    // LATM says the rate now and then only.
    if (frame.rate > 0) rate = frame.rate;
    if (rate > 0) seconds += frame.samples / rate;
    bitRates.add(frame.bitRate);
    at += frame.length;
  }
  const [bitRate] = bitRates;
  const isConstant = bitRates.size === 1 && bitRate !== undefined;
  return { facts: isConstant ? { ...facts, bitRate } : facts, seconds };
}

/** Where audio frames begin in bytes that may begin in the middle of one, and what they are. */
export function audioWithin(name: string, bytes: Uint8Array): ElementaryAudio | undefined {
  const atOnce = elementaryAudio(name, bytes);
  if (atOnce !== undefined) return atOnce;
  for (let at = 1; at + minAudioFrame < bytes.length; at++) {
    const frame = audioFrameHeader(name, bytes.subarray(at, at + maxAudioHeader));
    if (frame === undefined || frame.length <= 0) continue;
    const next = at + frame.length;
    const follows = audioFrameHeader(name, bytes.subarray(next, next + maxAudioHeader));
    const audio =
      follows === undefined && next !== bytes.length ? undefined : elementaryAudio(name, bytes.subarray(at));
    if (audio !== undefined) return audio;
  }
  return undefined;
}

const minAudioFrame = 8;
const maxAudioHeader = 64;

/** What a byte stream of H.264, H.265, H.266 or MPEG-2 video says, from its first sequence parameter set or header. */
export function elementaryPicture(name: string, bytes: Uint8Array): CodecFacts | undefined {
  let next = 0;
  for (let code = nextStartCode(bytes, 0); code + 4 <= bytes.length; code = next) {
    next = nextStartCode(bytes, code + 3);
    const unit = bytes.subarray(code + 3, next);
    if (name === 'h264' && (unit[0]! & 0x1f) === AvcNalUnitType.sequenceParameterSet) {
      const sps = parseAvcSps(unit).value;
      if (sps !== undefined) return withOrderOfStream(avcPicture(sps), bytes);
    } else if (name === 'hevc' && ((unit[0]! >> 1) & 0x3f) === hevcSpsType) {
      const sps = parseHevcSps(unit).value;
      if (sps !== undefined) return hevcPicture(sps);
    } else if (name === 'vvc') {
      const sps = parseH266SequenceParameterSet(unit);
      if (sps !== undefined) return vvcPicture(sps);
    } else if ((name === 'mpeg2video' || name === 'mpeg1video') && unit[0] === Mpeg2StartCode.sequenceHeader) {
      const facts = mpeg2Picture(bytes.subarray(code));
      return facts === undefined ? undefined : withOrderOfStream(facts, bytes.subarray(code));
    }
  }
  return undefined;
}

/** Number of the NAL units that hold a sequence parameter set (ITU-T H.265, Table 7-1). */
const hevcSpsType = 33;
