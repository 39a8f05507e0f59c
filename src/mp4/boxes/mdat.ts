/** Media data box, ISO/IEC 14496-12 clause 8.1.1: only its header is written here, the media is copied behind it. */
import { ByteCounter, type ByteSink } from '../../bytes/byte-sink.ts';

/** Whether the size of a box with so many bytes of media does not fit 32 bits. */
export function needsLargeHeader(mediaBytes: number): boolean {
  return mediaBytes + 8 > 0xffffffff;
}

/** Writes the header for so many bytes of media: 8 bytes, or, `isLarge`, 16 with a size of 64 bits. */
export function writeMdatHeader(mediaBytes: number, sink: ByteSink, isLarge = needsLargeHeader(mediaBytes)): void {
  if (isLarge) {
    sink.u32(1);
    sink.latin1('mdat');
    sink.u64(mediaBytes + 16);
  } else {
    sink.u32(mediaBytes + 8);
    sink.latin1('mdat');
  }
}

/** Bytes of the header that `writeMdatHeader` writes. */
export function mdatHeaderLength(mediaBytes: number, isLarge = needsLargeHeader(mediaBytes)): number {
  const counter = new ByteCounter();
  writeMdatHeader(mediaBytes, counter, isLarge);
  return counter.position;
}
