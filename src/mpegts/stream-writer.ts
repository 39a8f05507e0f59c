/**
 * Writes a transport stream of one program from access units as they come: tables again and again, a clock on the first
 * video, start codes in place of lengths, parameter sets before every picture that decoding can begin with. Where the bytes
 * go is one function that it is given.
 */
import { adtsHeaderOf } from '../codecs/aac/adts-header.ts';
import { parameterSetNalUnits } from '../codecs/h264/decoder-configuration.ts';
import { opusPacketDuration } from '../codecs/opus/packet.ts';
import type { AccessUnit, StreamTrack } from '../media/access-unit.ts';
import { SalvorError } from '../media/errors.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { ticksPerSecond } from './clock.ts';
import { DescriptorTag, type Descriptor } from './descriptors.ts';
import { packetLength, patPid, syncByte } from './packet.ts';
import { packetize } from './packet-writer.ts';
import { patTableId, programAssociationBody } from './program-association.ts';
import { pmtTableId, programMapBody, type MappedStream } from './program-map.ts';
import { writeTableSection } from './section.ts';
import { timeBytes } from './pes.ts';

const programNumber = 1;
const mapPid = 0x1000;
const firstPid = 0x100;
/** Ticks that the first decode time is behind the beginning of the clock, and that the clock is behind decode times. */
const firstTicks = 1.4 * ticksPerSecond;
const clockLead = 0.7 * ticksPerSecond;
/** Tables are repeated after so long (ETSI TR 101 290 asks for half a second), and the clock at least (2.7.2: 0.1 s). */
const tablesEvery = 0.25 * ticksPerSecond;
const clockEvery = 0.09 * ticksPerSecond;
/** Audio frames that follow each other without a gap share a PES packet up to this. */
const maxBundle = 2800;
const longestBundle = 0.15 * ticksPerSecond;

const payloadRoom = packetLength - 4;

const videoStreamId = 0xe0;
const audioStreamId = 0xc0;
const privateStreamId = 0xbd;

const registration = (name: string): Descriptor => {
  return { tag: DescriptorTag.registration, bytes: Uint8Array.from(Buffer.from(name, 'latin1')) };
};

/** How a codec stands in a program map; undefined where it has no place in a transport stream. */
function mapping(configuration: CodecConfiguration): Omit<MappedStream, 'pid'> | undefined {
  switch (configuration.codec) {
    case 'h264':
      return { streamType: 0x1b, descriptors: [] };
    case 'h265':
      return { streamType: 0x24, descriptors: [] };
    case 'aac':
      return adtsHeaderOf(configuration.audio, 0) === undefined ? undefined : { streamType: 0x0f, descriptors: [] };
    case 'mp3':
      return { streamType: configuration.sampleRate >= 32000 ? 0x03 : 0x04, descriptors: [] };
    case 'ac3':
      return { streamType: 0x81, descriptors: [registration('AC-3')] };
    case 'eac3':
      return { streamType: 0x87, descriptors: [registration('EAC3')] };
    case 'opus': {
      const channels = configuration.record.outputChannelCount;
      const extension = { tag: DescriptorTag.extension, bytes: Uint8Array.of(0x80, channels) };
      return channels > 8 ? undefined : { streamType: 0x06, descriptors: [registration('Opus'), extension] };
    }
    default:
      return undefined;
  }
}

/** Why a transport stream cannot hold the codec; undefined where it can. */
export function unfitForTransportStream(configuration: CodecConfiguration): string | undefined {
  if (mapping(configuration) !== undefined) return undefined;
  switch (configuration.codec) {
    case 'av1':
      return 'its mapping to transport streams is a draft that players do not read';
    case 'aac':
      return 'an ADTS header has no room for its configuration';
    case 'opus':
      return 'the descriptor of Opus has no room for its channels';
    default:
      return 'no standard says how a transport stream carries it';
  }
}

interface Stream {
  readonly pid: number;
  readonly streamId: number;
  counter: number;
  /** Audio that is gathered for a PES packet: its first time, where the next frame is expected, and its bytes. */
  bundle: Uint8Array[];
  bundleBytes: number;
  bundleStart: number;
  bundleEnd: number;
}

/** What is known before the first access unit. */
export interface TransportPlan {
  readonly tracks: readonly StreamTrack[];
  /** Seconds of the first decode time. */
  readonly startSeconds: number;
  /** By track id: ticks of 90 kHz by which decode times are made earlier, so that none is behind its presentation. */
  readonly earlier?: ReadonlyMap<number, number> | undefined;
}

/** Writes one stream. */
export class TransportWriter {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #plan: TransportPlan;
  readonly #streams = new Map<number, Stream>();
  readonly #clockId: number;
  readonly #tables: { readonly pid: number; readonly unit: Uint8Array; counter: number }[] = [];
  #tablesAt = -Infinity;
  #clockAt = -Infinity;
  #room = new Uint8Array(64 * packetLength);
  /** Bytes written. */
  length = 0;

  constructor(plan: TransportPlan, write: (bytes: Uint8Array) => void) {
    this.#plan = plan;
    this.#write = write;
    const { tracks } = plan;
    const mapped: MappedStream[] = [];
    for (const [index, track] of tracks.entries()) {
      const described = mapping(track.configuration);
      if (described === undefined) throw cannotHold(track);
      const pid = firstPid + index;
      mapped.push({ pid, ...described });
      const isPrivate = ['ac3', 'eac3', 'opus'].includes(track.configuration.codec);
      const streamId = track.kind === 'video' ? videoStreamId : isPrivate ? privateStreamId : audioStreamId;
      const bundle = { bundle: [], bundleBytes: 0, bundleStart: 0, bundleEnd: 0 };
      this.#streams.set(track.id, { pid, streamId, counter: -1, ...bundle });
    }
    this.#clockId = (tracks.find(({ kind }) => kind === 'video') ?? tracks[0]!).id;
    const pcrPid = this.#streams.get(this.#clockId)!.pid;
    const section = (tableId: number, extension: number, body: Uint8Array): Uint8Array => {
      const bytes = writeTableSection({
        tableId,
        extension,
        version: 0,
        isCurrent: true,
        number: 0,
        lastNumber: 0,
        body,
      });
      return Uint8Array.of(0, ...bytes);
    };
    const association = programAssociationBody([{ programNumber, pid: mapPid }]);
    const map = programMapBody({ programNumber, pcrPid, descriptors: [], streams: mapped });
    this.#tables.push({ pid: patPid, unit: section(patTableId, 1, association), counter: -1 });
    this.#tables.push({ pid: mapPid, unit: section(pmtTableId, programNumber, map), counter: -1 });
  }

  /** Writes an access unit; audio when enough of it is there. */
  unit({ track, decodeTime, compositionOffset, isSync, data }: AccessUnit): void {
    const stream = this.#streams.get(track.id)!;
    const pts = this.#ticks(track, decodeTime + compositionOffset);
    const dts = Math.min(pts, this.#ticks(track, decodeTime) - (this.#plan.earlier?.get(track.id) ?? 0));
    if (track.kind === 'video') {
      // What was gathered is to be there before the pictures that come with it.
      for (const other of this.#streams.values()) if (dts - other.bundleStart > longestBundle) this.#endBundle(other);
      this.#putTables(dts, isSync);
      this.#putPes(stream, track.id === this.#clockId ? dts : -1, isSync, pts, dts, this.#picture(track, isSync, data));
      return;
    }
    this.#putTables(dts, false);
    const frame = framed(track, data);
    const lasts = ticksOf(track.configuration, data);
    const isApart = Math.abs(dts - stream.bundleEnd) > 1 || dts - stream.bundleStart > longestBundle;
    const isFull = stream.bundleBytes + frame.length > maxBundle;
    if (stream.bundleBytes > 0 && (isApart || isFull)) this.#endBundle(stream);
    if (stream.bundleBytes === 0) {
      stream.bundleStart = dts;
      stream.bundleEnd = dts;
    }
    stream.bundle.push(frame);
    stream.bundleBytes += frame.length;
    stream.bundleEnd += lasts;
    if (lasts === 0) this.#endBundle(stream);
  }

  /** Writes what is still gathered. */
  finish(): void {
    for (const stream of this.#streams.values()) this.#endBundle(stream);
  }

  #ticks({ timescale }: StreamTrack, ticks: number): number {
    return Math.round((ticks / timescale - this.#plan.startSeconds) * ticksPerSecond + firstTicks);
  }

  #endBundle(stream: Stream): void {
    if (stream.bundleBytes === 0) return;
    const media = Buffer.concat(stream.bundle);
    const { bundleStart: pts } = stream;
    stream.bundle = [];
    stream.bundleBytes = 0;
    const isClock = this.#streams.get(this.#clockId) === stream;
    if (!isClock && pts - this.#clockAt > clockEvery) this.#putClock(pts);
    this.#putPes(stream, isClock ? pts : -1, true, pts, pts, media);
  }

  #putTables(ticks: number, isEntry: boolean): void {
    if (ticks - this.#tablesAt < tablesEvery && !(isEntry && ticks > this.#tablesAt)) return;
    this.#tablesAt = ticks;
    for (const table of this.#tables) {
      const options = { announceDiscontinuity: false, fill: 'stuffing' } as const;
      const count = Math.ceil(table.unit.length / payloadRoom);
      table.counter = (table.counter + count) & 0x0f;
      this.#put(packetize(table.unit, { pid: table.pid, lastCounter: table.counter, ...options }));
    }
  }

  /** The time of the clock, in a packet with nothing else. */
  #putClock(ticks: number): void {
    const { pid, counter } = this.#streams.get(this.#clockId)!;
    const packet = new Uint8Array(packetLength).fill(0xff);
    packet.set([
      syncByte,
      pid >>> 8,
      pid & 0xff,
      0x20 | (counter & 0x0f),
      packetLength - 5,
      0x10,
      ...clockBytes(ticks),
    ]);
    this.#clockAt = ticks;
    this.#put(packet);
  }

  #putPes(stream: Stream, clock: number, isEntry: boolean, pts: number, dts: number, media: Uint8Array): void {
    const times =
      dts === pts ? timeBytes(2, wrapped(pts)) : [...timeBytes(3, wrapped(pts)), ...timeBytes(1, wrapped(dts))];
    const counted = 3 + times.length + media.length;
    const length = stream.streamId === videoStreamId || counted > 0xffff ? 0 : counted;
    const flags = dts === pts ? 0x80 : 0xc0;
    const head = [0, 0, 1, stream.streamId, length >>> 8, length & 0xff, 0x84, flags, times.length, ...times];
    const total = head.length + media.length;
    const most = (Math.ceil(total / payloadRoom) + 2) * packetLength;
    if (this.#room.length < most) this.#room = new Uint8Array(2 * most);
    const out = this.#room;
    let at = 0;
    let taken = 0;
    const { pid } = stream;
    while (taken < total) {
      const isFirst = taken === 0;
      const hasClock = isFirst && clock >= 0;
      let field = hasClock ? 8 : isFirst && isEntry ? 2 : 0;
      const left = total - taken;
      if (left < payloadRoom - field) field = payloadRoom - left;
      const room = payloadRoom - field;
      stream.counter = (stream.counter + 1) & 0x0f;
      out[at] = syncByte;
      out[at + 1] = (isFirst ? 0x40 : 0) | (pid >>> 8);
      out[at + 2] = pid & 0xff;
      out[at + 3] = (field > 0 ? 0x30 : 0x10) | stream.counter;
      let to = at + 4;
      if (field > 0) {
        out[to] = field - 1;
        if (field > 1) out[to + 1] = (isFirst && isEntry ? 0x40 : 0) | (hasClock ? 0x10 : 0);
        if (hasClock) out.set(clockBytes(clock), to + 2);
        out.fill(0xff, to + (hasClock ? 8 : 2), to + field);
        to += field;
      }
      for (let i = 0; i < room;) {
        if (taken < head.length) {
          out[to + i++] = head[taken++]!;
          continue;
        }
        const from = taken - head.length;
        out.set(media.subarray(from, from + room - i), to + i);
        taken += room - i;
        i = room;
      }
      at += packetLength;
    }
    if (clock >= 0) this.#clockAt = clock;
    this.#put(out.slice(0, at));
  }

  #put(bytes: Uint8Array): void {
    this.#write(bytes);
    this.length += bytes.length;
  }

  /** The NAL units of a picture behind start codes, with a delimiter and, where decoding can begin, the parameter sets. */
  #picture({ configuration }: StreamTrack, isSync: boolean, data: Uint8Array): Uint8Array {
    if (configuration.codec !== 'h264' && configuration.codec !== 'h265') return data;
    const isAvc = configuration.codec === 'h264';
    const lengthSize = configuration.record.nalUnitLengthSize;
    const units: Uint8Array[] = [];
    let [hasDelimiter, hasSets] = [false, false];
    for (let at = 0; at + lengthSize < data.length;) {
      let size = 0;
      for (let i = 0; i < lengthSize; i++) size = size * 256 + data[at + i]!;
      const unit = data.subarray(at + lengthSize, at + lengthSize + size);
      at += lengthSize + size;
      if (unit.length === 0) continue;
      const type = isAvc ? unit[0]! & 0x1f : (unit[0]! >>> 1) & 0x3f;
      if (units.length === 0) hasDelimiter = type === (isAvc ? 9 : 35);
      if (type === (isAvc ? 7 : 33)) hasSets = true;
      units.push(unit);
    }
    const sets = !isSync || hasSets ? [] : isAvc ? parameterSetNalUnits(configuration.record) : hevcSets(configuration);
    const delimiter = isAvc ? avcDelimiter : hevcDelimiter;
    const [first] = units;
    const all = hasDelimiter ? [first!, ...sets, ...units.slice(1)] : [delimiter, ...sets, ...units];
    return Buffer.concat(all.flatMap((unit) => [startCode, unit]));
  }
}

const startCode = Uint8Array.of(0, 0, 0, 1);
/** Access unit delimiters that allow pictures of any kind. */
const avcDelimiter = Uint8Array.of(0x09, 0xf0);
const hevcDelimiter = Uint8Array.of(0x46, 0x01, 0x50);

function hevcSets(configuration: Extract<CodecConfiguration, { codec: 'h265' }>): Uint8Array[] {
  return configuration.record.arrays
    .filter(({ nalUnitType }) => nalUnitType >= 32 && nalUnitType <= 34)
    .toSorted((a, b) => a.nalUnitType - b.nalUnitType)
    .flatMap(({ nalUnits }) => nalUnits);
}

function cannotHold({ kind, configuration }: StreamTrack): SalvorError {
  return new SalvorError('unrecoverable', `a transport stream cannot hold ${kind} of the codec ${configuration.codec}`);
}

function wrapped(ticks: number): number {
  return ((ticks % 2 ** 33) + 2 ** 33) % 2 ** 33;
}

/** `program_clock_reference` so long before a decode time that the media is there by then. */
function clockBytes(ticks: number): number[] {
  const base = wrapped(ticks - clockLead);
  const low = base % 2;
  const high = Math.floor(base / 2);
  return [high >>> 24, (high >>> 16) & 0xff, (high >>> 8) & 0xff, high & 0xff, (low << 7) | 0x7e, 0];
}

/** An audio sample with what it has before it in a transport stream. */
function framed({ configuration }: StreamTrack, data: Uint8Array): Uint8Array {
  if (configuration.codec === 'aac') {
    return Buffer.concat([adtsHeaderOf(configuration.audio, data.length)!, data]);
  }
  if (configuration.codec !== 'opus') return new Uint8Array(data);
  const size = data.length;
  const sizes = new Array<number>(Math.floor(size / 255)).fill(255);
  return Buffer.concat([Uint8Array.of(0x7f, 0xe0, ...sizes, size % 255), data]);
}

/** Ticks that an audio sample lasts; 0 where nothing says it. */
function ticksOf(configuration: CodecConfiguration, data: Uint8Array): number {
  switch (configuration.codec) {
    case 'aac': {
      const rate = configuration.audio?.samplingFrequency.hertz ?? 0;
      return rate > 0 ? (1024 * ticksPerSecond) / rate : 0;
    }
    case 'mp3': {
      const { sampleRate, header } = configuration;
      return ((header?.samplesPerFrame ?? (sampleRate >= 32000 ? 1152 : 576)) * ticksPerSecond) / sampleRate;
    }
    case 'ac3':
    case 'eac3':
      return (1536 * ticksPerSecond) / configuration.sampleRate;
    case 'opus':
      return ((opusPacketDuration(data) ?? 0) * ticksPerSecond) / 48000;
    default:
      return 0;
  }
}
