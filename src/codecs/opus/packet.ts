/**
 * The Opus packet (RFC 6716, 3): its first byte says how long each frame lasts and how the frames are packed. The lengths
 * bound what a packet can be but say its end only to those who know it: packets have no length of their own.
 */
import type { ByteFault } from '../../bytes/byte-reader.ts';

/** What the head of a packet says of its frames. */
export interface OpusPacket {
  /** Mode, bandwidth and frame duration (Table 2), 0 to 31. */
  readonly config: number;
  readonly isStereo: boolean;
  /** Of each frame, at 48 kHz: 120 to 2880. */
  readonly samplesPerFrame: number;
  /** Bytes of each frame; 0 is a frame that was not sent. */
  readonly frameSizes: readonly number[];
  /** Samples of the whole packet, at 48 kHz. */
  readonly duration: number;
  /** Bytes behind the frames. */
  readonly padding: number;
}

/** No packet lasts longer than 120 ms, and no frame is larger (3.2.1, 3.4). */
const MAX_DURATION = 5760;
const MAX_FRAME_SIZE = 1275;

/** Samples at 48 kHz of each frame, by the first byte of a packet (Table 2). */
function opusSamplesPerFrame(toc: number): number {
  const config = toc >>> 3;
  if (config < 12) return [480, 960, 1920, 2880][config & 3]!; // SILK
  if (config < 16) return [480, 960][config & 1]!; // hybrid
  return [120, 240, 480, 960][config & 3]!; // CELT
}

/**
 * Samples at 48 kHz of a packet, by its first two bytes; undefined where there is no such packet. Of a packet with several
 * streams it is that of the first, and all are alike (RFC 7845, 5.1.1).
 */
export function opusPacketDuration(packet: Uint8Array): number | undefined {
  const toc = packet[0];
  if (toc === undefined) return undefined;
  const code = toc & 3;
  const count = code === 0 ? 1 : code < 3 ? 2 : (packet[1] ?? 0) & 0x3f;
  const duration = count * opusSamplesPerFrame(toc);
  return count === 0 || duration > MAX_DURATION ? undefined : duration;
}

/** A frame length of one or two bytes (3.2.1). */
function readFrameSize(packet: Uint8Array, at: number): { readonly size: number; readonly end: number } | undefined {
  const first = packet[at];
  if (first === undefined) return undefined;
  if (first < 252) return { size: first, end: at + 1 };
  const second = packet[at + 1];
  return second === undefined ? undefined : { size: second * 4 + first, end: at + 2 };
}

interface FramePacking {
  readonly frameSizes: number[];
  readonly padding: number;
}

/** `count` frames from `at` to `end`, all alike. */
function equalFrames(at: number, end: number, count: number): number[] | undefined {
  const size = (end - at) / count;
  return Number.isInteger(size) && size >= 0 ? Array.from({ length: count }, () => size) : undefined;
}

/** `count` frames from `at` to `end`, the lengths of all but the last before them. */
function unequalFrames(packet: Uint8Array, start: number, end: number, count: number): number[] | undefined {
  let at = start;
  const sizes: number[] = [];
  for (let index = 0; index < count - 1; index++) {
    const length = readFrameSize(packet, at);
    if (length === undefined) return undefined;
    sizes.push(length.size);
    at = length.end;
  }
  const last = end - at - sizes.reduce((total, size) => total + size, 0);
  return last < 0 ? undefined : [...sizes, last];
}

/** Code 3: any number of frames, with padding (3.2.5). */
function readAnyNumber(packet: Uint8Array): FramePacking | undefined {
  const header = packet[1];
  if (header === undefined) return undefined;
  const count = header & 0x3f;
  let at = 2;
  let padding = 0;
  if ((header & 0x40) !== 0) {
    let byte = 255;
    while (byte === 255) {
      if (at >= packet.length) return undefined;
      byte = packet[at++]!;
      padding += byte === 255 ? 254 : byte;
    }
  }
  const end = packet.length - padding;
  if (count === 0 || end < at) return undefined;
  const isVariable = (header & 0x80) !== 0;
  const frameSizes = isVariable ? unequalFrames(packet, at, end, count) : equalFrames(at, end, count);
  return frameSizes === undefined ? undefined : { frameSizes, padding };
}

function readPacking(packet: Uint8Array, code: number): FramePacking | undefined {
  if (code === 3) return readAnyNumber(packet);
  const count = code === 0 ? 1 : 2;
  const { length } = packet;
  const frameSizes = code === 2 ? unequalFrames(packet, 1, length, count) : equalFrames(1, length, count);
  return frameSizes === undefined ? undefined : { frameSizes, padding: 0 };
}

/** Reads a packet of one stream that fills `packet`, by all the rules of RFC 6716, 3.4; or tells which it breaks. */
export function parseOpusPacket(packet: Uint8Array): OpusPacket | ByteFault {
  const toc = packet[0];
  if (toc === undefined) return { offset: 0, message: 'expected an Opus packet, found no byte' };
  const packing = readPacking(packet, toc & 3);
  if (packing === undefined) return { offset: 1, message: 'expected frames that fill the packet, found other lengths' };
  const { frameSizes, padding } = packing;
  const samplesPerFrame = opusSamplesPerFrame(toc);
  const duration = frameSizes.length * samplesPerFrame;
  if (duration > MAX_DURATION) return { offset: 1, message: `expected at most 120 ms, found ${duration / 48} ms` };
  const largest = frameSizes.reduce((most, size) => Math.max(most, size), 0);
  if (largest > MAX_FRAME_SIZE) return { offset: 1, message: `expected frames of 1275 bytes, found ${largest}` };
  return { config: toc >>> 3, isStereo: (toc & 4) !== 0, samplesPerFrame, frameSizes, duration, padding };
}
