/**
 * The `.mdat` of a staging set: the header of one box, and samples to the end of the file. Older servers put a 32-byte
 * ftyp before it; the offset of the size field, which `.info` repeats, tells.
 */
import type { ByteSource } from '../io/file-source.ts';
import { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteSink } from '../bytes/byte-sink.ts';

/** The offsets of the size field that servers have been seen to write: 8, and 40 where a ftyp comes first. */
export const sizeFieldOffsets: readonly number[] = [8, 40];

/** What stands before the samples of an `.mdat`. */
export interface MediaFileHeader {
  /** Offset of the 64-bit size. The samples begin 8 bytes after it. */
  readonly sizeFieldOffset: number;
  /** 16 + media bytes as of the last flush; 0 before the first. */
  readonly boxSize: number;
}

/** Reads the header, or says in one sentence what stands there instead. */
export function readMediaFileHeader(source: ByteSource): MediaFileHeader | { readonly fault: string } {
  for (const sizeFieldOffset of sizeFieldOffsets) {
    const reader = new ByteReader(source.read(sizeFieldOffset - 8, 16), { base: sizeFieldOffset - 8 });
    const largeSize = reader.u32();
    const type = reader.latin1(4);
    const boxSize = reader.u64();
    if (reader.fault === undefined && largeSize === 1 && type === 'mdat') return { sizeFieldOffset, boxSize };
  }
  return {
    fault: source.size === 0 ? 'the file is empty' : 'expected an mdat box with a 64-bit size at its beginning',
  };
}

/** The head of an `.mdat` whose box has so many bytes. */
export function writeMediaFileHeader(boxSize: number, sink: ByteSink): void {
  sink.u32(1);
  sink.latin1('mdat');
  sink.u64(boxSize);
}
