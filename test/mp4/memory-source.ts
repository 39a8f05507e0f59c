/**
 * A file that is only in memory, for tests of what reads boxes. It gives short reads at its end, as a file does.
 */
import { ByteWriter } from '../../src/bytes/byte-sink.ts';
import type { ByteSource } from '../../src/io/file-source.ts';
import { readBoxes, type Box, type BoxSpan } from '../../src/mp4/box.ts';

/** Bytes as a source. `size`: what it claims to be, for a file that has become shorter since it was opened. */
export function memorySource(bytes: Uint8Array, size: number = bytes.length): ByteSource {
  return { path: 'memory.mp4', size, read: (offset, length) => bytes.slice(offset, Math.min(offset + length, size)) };
}

/** The bytes a box writes. */
export function bytesOfBox(box: Box): Uint8Array {
  const writer = new ByteWriter();
  box.write(writer);
  return writer.toBytes().slice();
}

/** The first box in some bytes. */
export function firstBox(bytes: Uint8Array): BoxSpan {
  const [span] = readBoxes(memorySource(bytes), 0, bytes.length);
  if (span === undefined) throw new Error('there is no box in these bytes');
  return span;
}

/** Bytes from hexadecimal digits; white space, and everything from `//` to the end of a line, is for people. */
export function hex(text: string): Uint8Array {
  const digits = text.replaceAll(/\/\/.*$/gm, '').replaceAll(/\s/g, '');
  if (!/^(?:[0-9a-f]{2})*$/.test(digits)) throw new Error(`not hexadecimal: ${digits}`);
  return Uint8Array.from(Buffer.from(digits, 'hex'));
}
