/**
 * The header of an FLV file (Adobe FLV 10.1, E.2), nine bytes. What it says of the tracks is kept and never to be relied
 * on: recorders write it before they know, and servers say audio and video whatever comes. It knows nothing of tags.
 */
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';

/** Bytes of the header in version 1, the only one there is. */
export const flvHeaderLength = 9;

const audioFlag = 0x04;
const videoFlag = 0x01;

/** The nine bytes at the beginning of a file. */
export interface FlvHeader {
  readonly version: number;
  readonly hasAudio: boolean;
  readonly hasVideo: boolean;
  /** The other bits of the flags, where they are; 0 as a rule. */
  readonly reservedFlags: number;
  /** Where the header ends and the body begins with the first PreviousTagSize: 9, or more in versions to come. */
  readonly dataOffset: number;
}

/** Reads the first nine bytes of a file. Another signature, or a header that ends before its own end, is a fault. */
export function readFlvHeader(reader: ByteReader): FlvHeader {
  const start = reader.offset;
  const signature = reader.latin1(3);
  if (signature !== 'FLV') reader.fail('expected the signature FLV', start);
  const version = reader.u8();
  const flags = reader.u8();
  const dataOffset = reader.u32();
  if (dataOffset < flvHeaderLength) {
    reader.fail(`expected a header of at least ${flvHeaderLength} bytes, found ${dataOffset}`, start + 5);
  }
  return {
    version,
    hasAudio: (flags & audioFlag) !== 0,
    hasVideo: (flags & videoFlag) !== 0,
    reservedFlags: flags & ~(audioFlag | videoFlag),
    dataOffset,
  };
}

/** Writes the nine bytes; what a longer header holds behind them is the caller's to write. */
export function writeFlvHeader(sink: ByteSink, header: FlvHeader): void {
  sink.latin1('FLV');
  sink.u8(header.version);
  sink.u8((header.hasAudio ? audioFlag : 0) | (header.hasVideo ? videoFlag : 0) | header.reservedFlags);
  sink.u32(header.dataOffset);
}
