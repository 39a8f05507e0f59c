/**
 * The metadata blocks at the head of a FLAC stream (RFC 9639, 8): of them STREAMINFO is what a decoder cannot do without.
 * They are the payload of a `dfLa` box behind version and flags, and follow `fLaC` in a file and in an FLV sequence header.
 * Blocks are kept as bytes, and written back as they came.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-sink.ts';
import type { Parsed } from '../parsed.ts';

/** One metadata block, without its 4-byte header. */
export interface FlacMetadataBlock {
  /** 0 STREAMINFO, 1 padding, 4 comments, 6 picture, … */
  readonly blockType: number;
  readonly data: Uint8Array;
}

/** STREAMINFO (RFC 9639, 8.2). */
export interface FlacStreamInfo {
  /** Samples of the smallest and the largest block but the last; equal in a stream of fixed block size. */
  readonly minBlockSize: number;
  readonly maxBlockSize: number;
  /** Bytes; 0 where unknown, and so below. */
  readonly minFrameSize: number;
  readonly maxFrameSize: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bitsPerSample: number;
  /** Of each channel. */
  readonly totalSamples: number;
  /** Of the audio before it was encoded; zeros where unknown. */
  readonly md5: Uint8Array;
}

/** The metadata blocks of a stream, of which the first is STREAMINFO. */
export interface FlacConfiguration {
  readonly blocks: readonly FlacMetadataBlock[];
  /** What the first block says. */
  readonly streamInfo: FlacStreamInfo;
  /** Whether the last block says that it is the last; it should. */
  readonly lastIsMarked: boolean;
}

const STREAMINFO = 0;
const MAGIC = 'fLaC';

/** The data of a STREAMINFO block (RFC 9639, 8.2). */
function parseFlacStreamInfo(bytes: Uint8Array, options: { base?: number } = {}): Parsed<FlacStreamInfo> {
  const reader = new BitReader(bytes, options);
  const minBlockSize = reader.bits(16);
  const maxBlockSize = reader.bits(16);
  const minFrameSize = reader.bits(24);
  const maxFrameSize = reader.bits(24);
  const sampleRate = reader.bits(20);
  const channels = 1 + reader.bits(3);
  const bitsPerSample = 1 + reader.bits(5);
  const totalSamples = reader.bits(4) * 2 ** 32 + reader.bits(32);
  reader.skip(128);
  if (sampleRate === 0) reader.fail('expected a sample rate, found 0');
  if (reader.fault !== undefined) return { value: undefined, fault: reader.fault };
  return {
    value: {
      minBlockSize,
      maxBlockSize,
      minFrameSize,
      maxFrameSize,
      sampleRate,
      channels,
      bitsPerSample,
      totalSamples,
      md5: bytes.subarray(18, 34),
    },
    fault: undefined,
  };
}

/** Parses blocks up to the last one or to the end of `bytes`, STREAMINFO first; `fLaC` before them is passed over. */
export function parseFlacConfiguration(bytes: Uint8Array, options: { base?: number } = {}): Parsed<FlacConfiguration> {
  const base = options.base ?? 0;
  const reader = new ByteReader(bytes, { base });
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC) reader.skip(MAGIC.length);
  const blocks: FlacMetadataBlock[] = [];
  let lastIsMarked = false;
  const first = reader.offset + 4;
  while (!lastIsMarked && reader.remaining > 0 && reader.fault === undefined) {
    const header = reader.u8();
    lastIsMarked = header >= 0x80;
    blocks.push({ blockType: header & 0x7f, data: reader.bytes(reader.u24()) });
  }
  const [streamInfoBlock] = blocks;
  if (streamInfoBlock?.blockType !== STREAMINFO) reader.fail('expected a STREAMINFO block first', base);
  if (streamInfoBlock === undefined || reader.fault !== undefined) return { value: undefined, fault: reader.fault! };
  const { value: streamInfo, fault } = parseFlacStreamInfo(streamInfoBlock.data, { base: first });
  return streamInfo === undefined
    ? { value: undefined, fault }
    : { value: { blocks, streamInfo, lastIsMarked }, fault: undefined };
}

/** The blocks as bytes, without `fLaC` before them. */
export function writeFlacMetadataBlocks({
  blocks,
  lastIsMarked,
}: Pick<FlacConfiguration, 'blocks' | 'lastIsMarked'>): Uint8Array {
  const writer = new ByteWriter();
  for (const [index, { blockType, data }] of blocks.entries()) {
    if (data.length >= 2 ** 24) throw new RangeError(`a block of ${data.length} bytes fits no FLAC stream`);
    writer.u8((lastIsMarked && index === blocks.length - 1 ? 0x80 : 0) | blockType);
    writer.u24(data.length);
    writer.bytes(data);
  }
  return writer.toBytes();
}
