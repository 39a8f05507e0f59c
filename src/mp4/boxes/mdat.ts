/** Media data box, ISO/IEC 14496-12 clause 8.1.1: only its header is written here, the media is copied behind it. */
import { ByteCounter, type ByteSink } from '../../bytes/byte-sink.ts';

/** Writes the header for so many bytes of media: 8 bytes, or 16 where the size does not fit 32 bits. */
export function writeMdatHeader(mediaBytes: number, sink: ByteSink): void {
  if (mediaBytes + 8 <= 0xffffffff) {
    sink.u32(mediaBytes + 8);
    sink.latin1('mdat');
  } else {
    sink.u32(1);
    sink.latin1('mdat');
    sink.u64(mediaBytes + 16);
  }
}

/** Bytes of the header that `writeMdatHeader` writes for so many bytes of media. */
export function mdatHeaderLength(mediaBytes: number): number {
  const counter = new ByteCounter();
  writeMdatHeader(mediaBytes, counter);
  return counter.position;
}
