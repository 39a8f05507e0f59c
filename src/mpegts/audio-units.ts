/**
 * Cuts the audio of a transport stream into its frames, as other containers have them: AAC without ADTS headers, E-AC-3 with
 * its six blocks and dependent substreams together, Opus without control headers. It knows neither packets nor tables.
 */
import { audioSpecificConfigOf, parseAdtsHeader } from '../codecs/aac/adts-header.ts';
import { isLeadFrame, parseSyncFrame, syncFrameHeaderBytes } from '../codecs/ac3/sync-frame.ts';
import { parseMpegAudioFrameHeader } from '../codecs/mpeg-audio/frame-header.ts';
import { opusPacketDuration } from '../codecs/opus/packet.ts';
import type { OpusConfiguration } from '../codecs/opus/opus-specific.ts';
import { aacConfigurationOf } from '../media/configurations.ts';
import { configurationOfFrames, type SelfDescribing } from '../media/frame-configuration.ts';
import type { AudioConfiguration } from '../media/track.ts';
import { ticksPerSecond } from './clock.ts';
import { PesMedia, type ElementaryCutter, type ElementaryUnit, type PesTimes } from './elementary-units.ts';

/** What the cutter tells of. */
export interface AudioUnitVisitor {
  /** The configuration of the units that follow. */
  configuration(configuration: AudioConfiguration): void;
  unit(unit: ElementaryUnit): void;
  /** Bytes that are no frame, or one that cannot be taken apart. */
  skipped(bytes: number): void;
}

/** A frame at the beginning of some bytes. */
interface Frame {
  readonly length: number;
  /** Where its media begins. */
  readonly header: number;
  /** Samples per second, and how many it lasts; 0 where it lasts as long as the one before it. */
  readonly rate: number;
  readonly samples: number;
  /** Bytes that say what the configuration depends on. */
  readonly key: number;
}

type Codec = 'aac' | SelfDescribing;

const maxHeader = syncFrameHeaderBytes;
/** A sample of E-AC-3 has six blocks. */
const eac3Samples = 1536;

function frameAt(codec: Codec, bytes: Uint8Array): Frame | undefined {
  if (codec === 'aac') {
    const header = parseAdtsHeader(bytes).value;
    if (header === undefined || header.rawDataBlocks !== 1) return undefined;
    const { frameLength: length, headerLength, samplingFrequency: rate } = header;
    const key = (bytes[2]! << 8) | (bytes[3]! & 0xc0);
    return { length, header: headerLength, rate, samples: 1024, key };
  }
  if (codec === 'mp3') {
    const header = parseMpegAudioFrameHeader(bytes);
    if (header === undefined || header.frameLength === 0) return undefined;
    const { frameLength: length, sampleRate: rate, samplesPerFrame: samples } = header;
    return { length, header: 0, rate, samples, key: rate * 4 + header.layer };
  }
  const frame = parseSyncFrame(bytes).value;
  if (frame === undefined || frame.frameLength === 0) return undefined;
  const samples = isLeadFrame(frame) ? frame.samplesPerFrame : 0;
  const key = frame.sampleRate * 16 + frame.acmod * 2 + (frame.lfeon ? 1 : 0);
  return { length: frame.frameLength, header: 0, rate: frame.sampleRate, samples, key };
}

/** Cuts one PID of frames that say where they end. */
export class AudioUnits implements ElementaryCutter {
  readonly #visitor: AudioUnitVisitor;
  readonly #codec: Codec;
  readonly #held = new PesMedia();
  #key = -1;
  #inStep = false;

  constructor(codec: Codec, visitor: AudioUnitVisitor) {
    this.#codec = codec;
    this.#visitor = visitor;
  }

  take(media: Uint8Array, times: PesTimes): void {
    this.#held.append(media, times);
    this.#cut(false);
  }

  flush(): void {
    this.#cut(true);
    this.clear();
  }

  clear(): void {
    this.#held.clear();
    this.#inStep = false;
  }

  #cut(isEnd: boolean): void {
    const held = this.#held;
    let at = 0;
    let skipped = 0;
    while (at < held.length) {
      const unit = this.#unitAt(at, isEnd);
      if (unit === 'more') break;
      if (unit === undefined) {
        at++;
        skipped++;
        this.#inStep = false;
        continue;
      }
      this.#inStep = true;
      this.#emit(at, unit);
      at += unit.length;
    }
    if (skipped > 0) this.#visitor.skipped(skipped);
    held.forget(at);
  }

  /** The unit at a place of what is held. */
  #unitAt(at: number, isEnd: boolean): Frame | 'more' | undefined {
    const first = this.#frame(at);
    if (first === 'more') return isEnd ? undefined : 'more';
    if (first === undefined || first.rate === 0) return undefined;
    if (at + first.length > this.#held.length) return isEnd ? undefined : 'more';
    // Out of step a header alone proves nothing.
    if (!this.#inStep && this.#frame(at + first.length) === undefined) return undefined;
    if (this.#codec !== 'eac3') return first;
    if (first.samples === 0) return undefined;
    let { length, samples } = first;
    for (;;) {
      const next = this.#frame(at + length);
      if (next === 'more') return isEnd ? { ...first, length, samples } : 'more';
      if (next === undefined || (next.samples > 0 && samples >= eac3Samples)) return { ...first, length, samples };
      if (at + length + next.length > this.#held.length) return isEnd ? { ...first, length, samples } : 'more';
      length += next.length;
      samples += next.samples;
    }
  }

  #frame(at: number): Frame | 'more' | undefined {
    const { bytes, length } = this.#held;
    if (at + maxHeader <= length) return frameAt(this.#codec, bytes.subarray(at, at + maxHeader));
    if (at + 2 > length) return 'more';
    const begins = this.#codec === 'aac' || this.#codec === 'mp3' ? bytes[at] === 0xff : bytes[at] === 0x0b;
    if (!begins) return undefined;
    return frameAt(this.#codec, bytes.subarray(at, length)) ?? 'more';
  }

  #emit(at: number, { length, header, rate, samples, key }: Frame): void {
    const data = this.#held.bytes.subarray(at, at + length);
    if (key !== this.#key) {
      const configuration = configurationOf(this.#codec, data);
      if (configuration === undefined) return this.#visitor.skipped(length);
      this.#key = key;
      this.#visitor.configuration(configuration);
    }
    const lasts = (samples * ticksPerSecond) / rate;
    const { ptsTicks, dtsTicks } = this.#held.timesAt(at);
    this.#visitor.unit({ ptsTicks, dtsTicks, data: data.subarray(header), isSync: true, lasts });
  }
}

function configurationOf(codec: Codec, frame: Uint8Array): AudioConfiguration | undefined {
  if (codec !== 'aac') return configurationOfFrames(codec, frame);
  const header = parseAdtsHeader(frame).value;
  // Channels that a program_config_element says stand in the frames, and a decoder reads them there.
  return header === undefined ? undefined : aacConfigurationOf(audioSpecificConfigOf(header));
}

/** Streams, of them of two channels, and the order, by the number of channels (RFC 7845, 5.1.1.2). */
const opusMappings: readonly (readonly [streams: number, coupled: number, order: readonly number[]])[] = [
  [1, 0, [0]],
  [1, 1, [0, 1]],
  [2, 1, [0, 2, 1]],
  [2, 2, [0, 1, 2, 3]],
  [3, 2, [0, 4, 1, 2, 3]],
  [4, 2, [0, 4, 1, 2, 3, 5]],
  [4, 3, [0, 4, 1, 2, 3, 5, 6]],
  [5, 3, [0, 6, 1, 2, 3, 4, 5, 7]],
];

/** Samples at 48 kHz that encoders as a rule have before the first that is to be heard: a transport stream does not say it. */
const usualPreSkip = 312;
const opusRate = 48_000;

/** Opus of so many channels, as the extension descriptor of a transport stream has it. */
function opusConfigurationOf(channels: number): OpusConfiguration | undefined {
  const mapping = opusMappings[channels - 1];
  if (mapping === undefined) return undefined;
  const [streamCount, coupledCount, order] = mapping;
  return {
    outputChannelCount: channels,
    preSkip: usualPreSkip,
    inputSampleRate: opusRate,
    outputGain: 0,
    channelMappingFamily: channels > 2 ? 1 : 0,
    mapping: channels > 2 ? { streamCount, coupledCount, channelMapping: Uint8Array.from(order) } : undefined,
    trailing: new Uint8Array(0),
  };
}

/** Cuts one PID of Opus: control headers say how long each packet is (ETSI TS 102 366 has none; "Opus in MPEG-TS", 2.3). */
export class OpusUnits implements ElementaryCutter {
  readonly #visitor: AudioUnitVisitor;
  readonly #held = new PesMedia();
  readonly #channels: number;
  #isConfigured = false;

  constructor(channels: number, visitor: AudioUnitVisitor) {
    this.#channels = channels;
    this.#visitor = visitor;
  }

  take(media: Uint8Array, times: PesTimes): void {
    this.#held.append(media, times);
    const { bytes, length } = this.#held;
    let at = 0;
    while (at + 3 <= length) {
      const packet = opusPacketAt(bytes, at, length);
      if (packet === undefined) {
        this.#visitor.skipped(length - at);
        at = length;
        break;
      }
      if (packet.end > length) break;
      this.#emit(bytes.subarray(packet.start, packet.end), at);
      at = packet.end;
    }
    this.#held.forget(at);
  }

  flush(): void {
    this.clear();
  }

  clear(): void {
    this.#held.clear();
  }

  #emit(data: Uint8Array, at: number): void {
    if (!this.#isConfigured) {
      const record = opusConfigurationOf(this.#channels);
      if (record === undefined) return this.#visitor.skipped(data.length);
      this.#visitor.configuration({ codec: 'opus', record });
      this.#isConfigured = true;
    }
    const lasts = ((opusPacketDuration(data) ?? 0) * ticksPerSecond) / opusRate;
    const { ptsTicks, dtsTicks } = this.#held.timesAt(at);
    this.#visitor.unit({ ptsTicks, dtsTicks, data, isSync: true, lasts });
  }
}

function opusPacketAt(bytes: Uint8Array, from: number, end: number): { start: number; end: number } | undefined {
  if (bytes[from] !== 0x7f || (bytes[from + 1]! & 0xe0) !== 0xe0) return undefined;
  const flags = bytes[from + 1]!;
  let at = from + 2;
  let size = 0;
  while (at < end && bytes[at] === 0xff) size += bytes[at++]!;
  size += bytes[at++] ?? 0;
  if ((flags & 0x10) !== 0) at += 2;
  if ((flags & 0x08) !== 0) at += 2;
  if ((flags & 0x04) !== 0) at += 1 + (bytes[at] ?? 0);
  return { start: at, end: at + size };
}
