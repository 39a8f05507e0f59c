/**
 * How long a sample of DTS is: a core frame, extension substreams (ETSI TS 102 114, 7.4.1) behind it, or only these. Each says
 * its length.
 */
import { BitReader } from '../../bytes/bit-reader.ts';
import { parseDts } from './core-frame.ts';

/** Bytes of a core frame or of a substream in which its length stands. */
const headLength = 16;
const substreamSync = 0x64582025;
const maxSubstreams = 4;

/** Bytes of the sample at the beginning of these; 'more' where they end first, undefined where none begins. */
export function dtsSampleLength(bytes: Uint8Array): number | 'more' | undefined {
  if (bytes.length < headLength) return 'more';
  const core = parseDts(bytes.subarray(0, headLength));
  let length = core?.length ?? 0;
  for (let count = 0, last = -1; count < maxSubstreams; count++) {
    const substream = substreamAt(bytes, length);
    // One of a lower number is of the next sample.
    if (substream === undefined || substream.index <= last) break;
    last = substream.index;
    length += substream.length;
  }
  if (length === 0) return undefined;
  return length > bytes.length ? 'more' : length;
}

function substreamAt(bytes: Uint8Array, at: number): { readonly index: number; readonly length: number } | undefined {
  const reader = new BitReader(bytes.subarray(at, at + headLength));
  if (reader.bits(32) !== substreamSync) return undefined;
  reader.skip(8);
  const index = reader.bits(2);
  const isLong = reader.flag();
  const headerLength = reader.bits(isLong ? 12 : 8) + 1;
  const length = reader.bits(isLong ? 20 : 16) + 1;
  return reader.fault !== undefined || length < headerLength ? undefined : { index, length };
}
