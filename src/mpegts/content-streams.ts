/**
 * The streams that PIDs carry, recognised by their media: for streams that no table describes, or that one describes wrongly. It
 * is fed the media of PES packets, keeps the beginning of each PID's until that settles what it is, and then nothing of it.
 * What the tables say is not known here.
 */
import { recogniseContent, type ContentCodec } from './content-codec.ts';
import type { ElementaryStream, Program } from './program-tables.ts';

/** A stream that is not recognised by then never is. */
const searchedBytes = 512 * 1024;
/** Looked at first when so much is there, and again whenever it is twice as much. */
const firstLook = 2048;
/** A transponder has some dozens of streams; a damaged file shows packets of any PID. */
const maxPids = 128;
/** Of all PIDs together that are not recognised yet. */
const maxKeptBytes = 24 * 1024 * 1024;
/** So many PES packets end to end make a stream: bytes that look like one header are an accident. */
const minUnitsOfStream = 2;

interface Candidate {
  bytes: Uint8Array;
  length: number;
  lookAt: number;
  units: number;
  codec: ContentCodec | undefined;
  /** The program clock stands in its packets. */
  hasClock: boolean;
}

/** Collects the first bytes of each PID until `streams` can say what they are. */
export class ContentStreams {
  readonly #candidates = new Map<number, Candidate>();
  #streams: readonly ElementaryStream[] | undefined;
  /** Bytes that are kept of all candidates. */
  #kept = 0;

  /** A PES packet of the PID has begun. True: now it is known what the stream is. */
  begin(pid: number): boolean {
    let candidate = this.#candidates.get(pid);
    if (candidate === undefined) {
      if (this.#candidates.size >= maxPids) return false;
      candidate = {
        bytes: new Uint8Array(firstLook),
        length: 0,
        lookAt: firstLook,
        units: 0,
        codec: undefined,
        hasClock: false,
      };
      this.#candidates.set(pid, candidate);
      this.#kept += firstLook;
    }
    candidate.units++;
    // A short PES packet may be all there is: subtitles and data.
    if (candidate.codec === undefined && candidate.units === minUnitsOfStream) this.#look(candidate);
    if (candidate.units !== minUnitsOfStream || candidate.codec === undefined) return false;
    this.#streams = undefined;
    return true;
  }

  /** Whether media of the PID is still wanted. */
  wants(pid: number): boolean {
    const candidate = this.#candidates.get(pid);
    return (
      candidate !== undefined &&
      candidate.codec === undefined &&
      candidate.length < searchedBytes &&
      this.#kept < maxKeptBytes
    );
  }

  /** Media of the PES packet in progress. True: now it is known what the stream is. */
  take(pid: number, block: Uint8Array, from: number, to: number): boolean {
    const candidate = this.#candidates.get(pid);
    if (candidate === undefined || candidate.codec !== undefined || candidate.length >= searchedBytes) return false;
    if (this.#kept >= maxKeptBytes) return false;
    const length = candidate.length + to - from;
    if (length > candidate.bytes.length) {
      const grown = new Uint8Array(2 * length);
      this.#kept += grown.length - candidate.bytes.length;
      grown.set(candidate.bytes.subarray(0, candidate.length));
      candidate.bytes = grown;
    }
    candidate.bytes.set(block.subarray(from, to), candidate.length);
    candidate.length = length;
    if (length < candidate.lookAt) return false;
    candidate.lookAt = 2 * length;
    return this.#look(candidate) && candidate.units >= minUnitsOfStream;
  }

  /** A program clock reference stands in a packet of the PID. */
  sawClock(pid: number): void {
    const candidate = this.#candidates.get(pid);
    if (candidate === undefined || candidate.hasClock) return;
    candidate.hasClock = true;
  }

  /** Nothing follows: what has not been looked at is. */
  finish(): void {
    for (const candidate of this.#candidates.values()) if (candidate.codec === undefined) this.#look(candidate);
  }

  /** What the media of a PID says it is; undefined where it does not. */
  codecOf(pid: number): ContentCodec | undefined {
    return this.#candidates.get(pid)?.codec;
  }

  /** All streams that were recognised: video first, then audio, each by PID. */
  get streams(): readonly ElementaryStream[] {
    this.#streams ??= [...this.#candidates]
      .flatMap(([pid, { codec, units }]) => {
        if (codec === undefined || units < minUnitsOfStream) return [];
        const { kind, codec: name, streamType, descriptors } = codec;
        return [{ pid, kind, codec: name, streamType, descriptors, language: undefined }];
      })
      .toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.pid - b.pid);
    return this.#streams;
  }

  /** The streams that were recognised as one program, for a stream without tables; its clock is where one was seen. */
  program(isDescribed: (pid: number) => boolean): Program | undefined {
    const streams = this.streams.filter(({ pid }) => !isDescribed(pid));
    if (streams.length === 0) return undefined;
    const clock = streams.find(({ pid }) => this.#candidates.get(pid)?.hasClock === true) ?? streams[0]!;
    return {
      programNumber: 1,
      pmtPid: 0x1fff,
      pcrPid: clock.pid,
      service: undefined,
      streams,
      hasMap: false,
      mapVersion: -1,
    };
  }

  #look(candidate: Candidate): boolean {
    candidate.codec = recogniseContent(candidate.bytes.subarray(0, candidate.length));
    const isSettled = candidate.codec !== undefined;
    if (isSettled || candidate.length >= searchedBytes) {
      this.#kept -= candidate.bytes.length;
      candidate.bytes = new Uint8Array(0);
    }
    if (isSettled) this.#streams = undefined;
    return isSettled;
  }
}

const privatePes = 0x06;
const order: readonly string[] = ['video', 'audio', 'subtitle', 'data'];

/** Codecs whose streams hold frames of another one as well, as Blu-ray has them: what is found first says nothing. */
const carryOthers: ReadonlySet<string> = new Set(['truehd', 'eac3', 'dts', 'ac4']);

/**
 * A stream as its tables and its media have it together: what the tables leave open, the media says; and where the media is
 * plainly of another codec than the tables say, the media is right.
 */
export function describedBy(stream: ElementaryStream, content: ContentCodec | undefined): ElementaryStream {
  if (content === undefined || content.codec === stream.codec || carryOthers.has(stream.codec)) return stream;
  // Subtitles have a descriptor, which says so by itself; bitmaps may look like anything.
  if (stream.kind === 'subtitle' && stream.streamType === privatePes) return stream;
  // The beginning of a picture or an audio frame may look like data; the tables know better.
  if (content.kind !== 'video' && content.kind !== 'audio' && !isOpen(stream)) return stream;
  return { ...stream, kind: content.kind, codec: content.codec };
}

/** Whether the tables leave open what a stream is. */
function isOpen({ kind, codec }: ElementaryStream): boolean {
  return codec === 'unknown' || kind === 'data';
}
