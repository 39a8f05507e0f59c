/** What tests of the carver share: media in memory, and recordings as the judges see them beside what was carved of them. */
import { carve, type Carving } from '../../../src/rescue/carver/carver.ts';
import type { SampleSyntax } from '../../../src/rescue/carver/sample-syntax.ts';
import type { ByteSource } from '../../../src/io/file-source.ts';
import { bytesOf } from '../../codecs/encoded.ts';
import { probePackets, type ProbedPacket } from '../../support/judges.ts';

export function sourceOf(bytes: Uint8Array): ByteSource {
  return { path: 'memory', size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

/** A sample, whoever found it. */
export interface Sample {
  /** Number of its stream. */
  readonly stream: number;
  readonly offset: number;
  readonly size: number;
  readonly sync: boolean;
}

/** Carves bytes from `from` on; `to`: their end, where the last sample may be cut off. */
export async function carveBytes(
  bytes: Uint8Array,
  streams: readonly SampleSyntax[],
  { from = 0, to = bytes.length, mayBeTorn = false } = {},
): Promise<Carving> {
  return carve(sourceOf(bytes), [{ offset: from, length: to - from, mayBeTorn }], streams);
}

export function samplesOf({ samples }: Carving): Sample[] {
  return Array.from({ length: samples.length }, (_, i) => ({
    stream: samples.streams.at(i),
    offset: samples.offsets.at(i),
    size: samples.sizes.at(i),
    sync: samples.sync.at(i) === 1,
  }));
}

/** A recording as ffmpeg wrote it and ffprobe reads it. */
export interface Recording {
  readonly bytes: Uint8Array;
  /** In the order in which they lie in the file. */
  readonly packets: readonly ProbedPacket[];
  /** Where the media lies. */
  readonly from: number;
  readonly to: number;
}

export async function recordingOf(file: string): Promise<Recording> {
  const packets = (await probePackets(file, { asStored: true })).toSorted((a, b) => a.offset! - b.offset!);
  const last = packets.at(-1)!;
  return { bytes: bytesOf(file), packets, from: packets[0]!.offset!, to: last.offset! + last.size };
}

export function asSamples(packets: readonly ProbedPacket[]): Sample[] {
  return packets.map(({ stream, offset, size, sync }) => ({ stream, offset: offset!, size, sync }));
}

/** The payload of the first box of this type: found by its name, so that no parser of ours has a say. */
export function payloadOfBox(file: Uint8Array, type: string): Uint8Array {
  const at = Buffer.from(file).indexOf(type, 0, 'latin1');
  if (at < 4) throw new Error(`no ${type}`);
  return file.subarray(at + 4, at - 4 + Buffer.from(file).readUInt32BE(at - 4));
}

/** Bytes that are no media, or look like some and are none: what a carver must get past in bounded time. */
export function hostileBytes(length: number): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const of = (fill: (at: number) => number): Uint8Array => {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = fill(at);
    return bytes;
  };
  const lengths = new DataView(new ArrayBuffer(length));
  // NAL unit lengths that all point at the next but one, each with the header of a slice behind it.
  for (let at = 0; at + 8 <= length; at += 8) {
    lengths.setUint32(at, 12);
    lengths.setUint32(at + 4, 0x0201d000);
  }
  let state = 1;
  const random = (): number => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) >>> 24;
  return [
    { name: 'zeros', bytes: of(() => 0) },
    { name: 'ones', bytes: of(() => 0xff) },
    { name: 'lengths that point at each other', bytes: new Uint8Array(lengths.buffer) },
    { name: 'lengths of one', bytes: of((at) => [0, 0, 0, 1][at % 4]!) },
    { name: 'noise', bytes: of(random) },
    { name: 'noise with many zeros', bytes: of(() => (random() < 200 ? 0 : random())) },
  ];
}
