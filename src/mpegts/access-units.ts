/**
 * The access units of a transport stream that goes by, of one program, on one timeline: wraps of 33 bits are undone, and
 * where the clock changes what follows goes on. A stream whose PID changes stays the same track. It knows no other container.
 */
import type { AccessUnitReader, AccessUnitVisitor, StreamTrack } from '../media/access-unit.ts';
import type { CodecConfiguration } from '../media/track.ts';
import { AudioUnits, OpusUnits } from './audio-units.ts';
import { ticksBetween, ticksPerSecond } from './clock.ts';
import { DescriptorTag, findDescriptor } from './descriptors.ts';
import type { ElementaryCutter, ElementaryUnit } from './elementary-units.ts';
import { nullPid, packetLength, payloadOf, pidOf, isDiscontinuity } from './packet.ts';
import { PacketScanner } from './packet-scanner.ts';
import { PesReader } from './pes.ts';
import { PacketEvent, PidStates } from './pid-states.ts';
import { ProgramTables, type ElementaryStream, type Program } from './program-tables.ts';
import { Timeline } from './timeline.ts';
import { VideoUnits } from './video-units.ts';

/** A PES packet is no longer; what is was never ended. */
const maxPes = 32 * 1024 * 1024;
/** `descriptor_tag_extension` of Opus. */
const opusExtension = 0x80;
const assumedStep = ticksPerSecond / 25;
/** Bytes before the payload of a packet without an adaptation field. */
const packetHeaderLength = 4;

/** One stream of the program while its packets go by. */
class Stream {
  readonly id: number;
  readonly kind: 'video' | 'audio';
  readonly codec: string;
  pid: number;
  cutter: ElementaryCutter | undefined;
  track: StreamTrack | undefined;
  readonly pes = new PesReader();
  media: Buffer = Buffer.alloc(16 * 1024);
  filled = 0;
  /** Bytes that the PES packet in progress is to have; 0 where it does not say. */
  expected = 0;
  isOpen = false;
  isBroken = false;
  isFlagged = false;
  times = { ptsTicks: -1, dtsTicks: -1 };
  /** Of the last unit, on the timeline; and what a unit lasts. */
  dts = -1;
  composition = 0;
  step = assumedStep;

  constructor(id: number, { kind, codec, pid }: ElementaryStream) {
    this.id = id;
    this.kind = kind as 'video' | 'audio';
    this.codec = codec;
    this.pid = pid;
  }

  append(bytes: Uint8Array, from: number, to: number): void {
    const length = this.filled + to - from;
    if (length > maxPes) {
      this.isBroken = true;
      return;
    }
    if (length > this.media.length) {
      const grown = Buffer.alloc(2 * length);
      this.media.copy(grown, 0, 0, this.filled);
      this.media = grown;
    }
    this.media.set(bytes.subarray(from, to), this.filled);
    this.filled = length;
  }
}

/** Reads a transport stream as it comes. */
export class TsAccessUnits implements AccessUnitReader {
  readonly #visitor: AccessUnitVisitor;
  readonly #scanner = new PacketScanner();
  readonly #tables = new ProgramTables();
  readonly #pids = new PidStates();
  readonly #byPid = new Map<number, Stream>();
  readonly #streams = new Map<string, Stream>();
  readonly #timeline = new Timeline();
  /** Where each epoch of the timeline lies, as it was when it began. */
  readonly #starts: number[] = [];
  #program = -1;
  #bytes: Buffer = Buffer.alloc(256 * 1024);
  #from = 0;
  #to = 0;
  #base = 0;
  /** Packets of one stream that follow each other: their media is pushed together where it lies, to be taken at once. */
  #run: Stream | undefined;
  #runFrom = 0;
  #runTo = 0;
  readonly #before: readonly Pick<StreamTrack, 'id' | 'configuration'>[];

  /**
   * `before`: the tracks of what this stream goes on from, whose configurations hold until others come: a part that a server
   * cut need not begin with parameter sets.
   */
  constructor(visitor: AccessUnitVisitor, before: readonly Pick<StreamTrack, 'id' | 'configuration'>[] = []) {
    this.#visitor = visitor;
    this.#before = before;
  }

  /** How often the clock changed. */
  get clockSettings(): number {
    return Math.max(0, this.#timeline.epochs - 1);
  }

  feed(bytes: Uint8Array): void {
    const held = this.#to - this.#from;
    if (this.#to + bytes.length > this.#bytes.length) {
      const into = held + bytes.length > this.#bytes.length ? Buffer.alloc(2 * (held + bytes.length)) : this.#bytes;
      this.#bytes.copy(into, 0, this.#from, this.#to);
      this.#bytes = into;
      this.#base += this.#from;
      this.#from = 0;
      this.#to = held;
    }
    this.#bytes.set(bytes, this.#to);
    this.#to += bytes.length;
    this.#scan(false);
  }

  finish(): void {
    this.#scan(true);
    for (const stream of this.#streams.values()) {
      this.#endPes(stream);
      stream.cutter?.flush();
    }
  }

  #scan(final: boolean): void {
    for (;;) {
      const taken = this.#scanner.scan(this.#bytes, this.#from, this.#to, final);
      if (taken === 0) return;
      const from = this.#from;
      this.#from += taken;
      if (!this.#scanner.inSync) {
        this.#visitor.damage({ offset: this.#base + from, length: taken });
        continue;
      }
      const { stride, lead } = this.#scanner.format!;
      for (let cell = from; cell < from + taken;) {
        this.#packet(cell + lead);
        cell += stride;
        cell += stride * this.#takePlain(cell + lead, from + taken, stride);
      }
      this.#endRun();
    }
  }

  #packet(at: number): void {
    const bytes = this.#bytes;
    const events = this.#pids.take(bytes, at);
    const pid = pidOf(bytes, at);
    if (pid === nullPid) return;
    if (this.#tables.isTable(pid)) {
      const lost = (events & PacketEvent.counterGap) !== 0;
      if ((events & PacketEvent.duplicate) === 0 && this.#tables.take(bytes, at, pid, lost)) this.#follow();
      return;
    }
    const stream = this.#byPid.get(pid);
    if (stream !== undefined) this.#take(stream, at, events);
  }

  /** The streams of the program as the tables have them now. */
  #follow(): void {
    const { programs } = this.#tables;
    const isMedia = ({ kind }: ElementaryStream): boolean => kind === 'video' || kind === 'audio';
    const withMedia = programs.filter(({ streams }) => streams.some(isMedia));
    const program: Program | undefined =
      withMedia.find(({ programNumber }) => programNumber === this.#program) ?? withMedia[0];
    if (program === undefined) return;
    this.#program = program.programNumber;
    const counts = { video: 0, audio: 0 };
    const pids = new Map<number, Stream>();
    for (const described of program.streams) {
      if (!isMedia(described)) continue;
      const kind = described.kind as 'video' | 'audio';
      const id = 2 * counts[kind]++ + (kind === 'video' ? 1 : 2);
      const key = `${id}|${described.codec}`;
      let stream = this.#streams.get(key);
      if (stream === undefined) {
        stream = new Stream(id, described);
        stream.cutter = this.#cutterOf(stream, described);
        this.#streams.set(key, stream);
        if (stream.cutter === undefined) this.#visitor.passedOver(`${kind} of ${described.codec}`, 0);
      }
      if (stream.pid !== described.pid) {
        this.#endPes(stream);
        stream.cutter?.flush();
        stream.pes.interrupt();
        stream.pid = described.pid;
      }
      pids.set(described.pid, stream);
    }
    for (const [pid, stream] of this.#byPid) {
      if (pids.get(pid) === stream) continue;
      this.#endPes(stream);
      stream.cutter?.flush();
    }
    this.#byPid.clear();
    for (const [pid, stream] of pids) this.#byPid.set(pid, stream);
  }

  #cutterOf(stream: Stream, { codec, descriptors }: ElementaryStream): ElementaryCutter | undefined {
    const visitor = {
      configuration: (configuration: CodecConfiguration): void => {
        const { id, kind } = stream;
        stream.track = { id, kind, timescale: ticksPerSecond, configuration };
        this.#visitor.track(stream.track);
      },
      unit: (unit: ElementaryUnit): void => this.#unit(stream, unit),
      skipped: (bytes: number): void => this.#visitor.passedOver(`${stream.kind} that is no frame`, bytes),
    };
    switch (codec) {
      case 'h264':
      case 'h265':
        return new VideoUnits(codec, visitor);
      case 'aac':
      case 'ac3':
      case 'eac3':
        return new AudioUnits(codec, visitor);
      case 'mp1':
      case 'mp2':
      case 'mp3':
        return new AudioUnits('mp3', visitor);
      case 'opus': {
        const extension = findDescriptor(descriptors, DescriptorTag.extension);
        const channels = extension?.[0] === opusExtension ? (extension[1] ?? 2) : 2;
        return new OpusUnits(channels, visitor);
      }
      default:
        return undefined;
    }
  }

  #take(stream: Stream, at: number, events: number): void {
    const bytes = this.#bytes;
    if ((events & (PacketEvent.counterGap | PacketEvent.transportError)) !== 0) stream.isBroken = true;
    if ((events & PacketEvent.discontinuity) !== 0 && isDiscontinuity(bytes, at)) stream.isFlagged = true;
    if ((events & PacketEvent.payload) === 0 || (events & PacketEvent.duplicate) !== 0) return;
    if ((events & PacketEvent.scrambled) !== 0) return this.#visitor.passedOver('scrambled media', packetLength);
    const begins = (events & PacketEvent.unitStart) !== 0;
    if (begins) this.#endPes(stream);
    const end = at + packetLength;
    const media = stream.pes.take(bytes, payloadOf(bytes, at), end, begins);
    if (stream.pes.begun) this.#beginPes(stream);
    if (media >= end || !stream.isOpen) return;
    if (this.#run === stream) {
      // Over the headers of packets that are done with.
      bytes.copyWithin(this.#runTo, media, end);
      this.#runTo += end - media;
    } else {
      this.#endRun();
      this.#run = stream;
      this.#runFrom = media;
      this.#runTo = end;
    }
    const filled = stream.filled + this.#runTo - this.#runFrom;
    if (stream.expected > 0 && filled >= stream.expected) this.#endPes(stream);
  }

  /** Takes the packets from `at` on that go on with the run and hold nothing but media. Gives how many. */
  #takePlain(at: number, end: number, stride: number): number {
    const stream = this.#run;
    if (stream?.isOpen !== true || stream.pes.isInHeader) return 0;
    const bytes = this.#bytes;
    const count = this.#pids.takePlain(stream.pid, bytes, at, end, stride);
    let to = this.#runTo;
    for (let packet = at; packet < at + count * stride; packet += stride) {
      bytes.copyWithin(to, packet + packetHeaderLength, packet + packetLength);
      to += packetLength - packetHeaderLength;
    }
    this.#runTo = to;
    if (stream.expected > 0 && stream.filled + to - this.#runFrom >= stream.expected) this.#endPes(stream);
    return count;
  }

  #endRun(): void {
    this.#run?.append(this.#bytes, this.#runFrom, this.#runTo);
    this.#run = undefined;
  }

  #beginPes(stream: Stream): void {
    const { ptsTicks, dtsTicks, packetLength: length, headerBytes } = stream.pes;
    stream.isOpen = true;
    stream.isBroken = false;
    stream.filled = 0;
    stream.expected = length === 0 ? 0 : Math.max(0, length + 6 - headerBytes);
    stream.times = { ptsTicks, dtsTicks };
  }

  #endPes(stream: Stream): void {
    if (this.#run === stream) this.#endRun();
    const { filled, expected, isBroken, cutter } = stream;
    if (!stream.isOpen) return;
    stream.isOpen = false;
    if (filled === 0) return;
    const isCut = expected > 0 && filled < expected;
    if (isBroken || isCut) {
      cutter?.clear();
      this.#visitor.passedOver(`${stream.kind} in a packet that lacks parts`, filled);
      return;
    }
    const length = expected > 0 ? Math.min(filled, expected) : filled;
    if (cutter === undefined) this.#visitor.passedOver(`${stream.kind} of ${stream.codec}`, length);
    else cutter.take(stream.media.subarray(0, length), stream.times);
  }

  /** A unit before any configuration: that of what came before holds. */
  #beginEarly(stream: Stream, unit: ElementaryUnit): void {
    const { id, kind, codec } = stream;
    const known = this.#before.find((track) => track.id === id && track.configuration.codec === codec);
    if (known === undefined) return this.#visitor.passedOver(`${kind} before its configuration`, unit.data.length);
    stream.track = { id, kind, timescale: ticksPerSecond, configuration: known.configuration };
    this.#visitor.track(stream.track);
    this.#unit(stream, unit);
  }

  #unit(stream: Stream, { data, ptsTicks, dtsTicks, isSync, lasts }: ElementaryUnit): void {
    const { track } = stream;
    if (track === undefined) return this.#beginEarly(stream, { data, ptsTicks, dtsTicks, isSync, lasts });
    if (dtsTicks >= 0) {
      const position = this.#timeline.take(stream.id, dtsTicks, 'media', stream.isFlagged);
      stream.isFlagged = false;
      this.#starts[position.epoch] ??= this.#timeline.startOf(position.epoch);
      const start = this.#starts[position.epoch]!;
      const dts = this.#timeline.origin + start + position.ticks;
      const step = dts - stream.dts;
      if (stream.dts >= 0 && step > 0 && step <= ticksPerSecond) stream.step = step;
      stream.dts = dts;
      stream.composition = ticksBetween(dtsTicks, ptsTicks);
    } else {
      // Nothing tells when the first units are that have no time.
      if (stream.dts < 0) return this.#visitor.passedOver(`${stream.kind} without a time`, data.length);
      stream.dts += stream.step;
    }
    const decodeTime = Math.round(stream.dts);
    const { composition: compositionOffset } = stream;
    if (lasts > 0) stream.step = lasts;
    this.#visitor.unit({ track, decodeTime, compositionOffset, isSync, data, offset: -1 });
  }
}
