/** Looks for a sequence header of AV1 in media of which nothing is known: key frames have one in their temporal unit. */
import { ObuType, readLeb128 } from '../../codecs/av1/obu.ts';
import { parseAv1SequenceHeader } from '../../codecs/av1/sequence-header.ts';
import type { ByteSource } from '../../io/file-source.ts';
import { Av1Syntax } from './av1-syntax.ts';
import { ByteWindow } from './byte-window.ts';

/** Header of a sequence header with a size; what stands behind it in a key frame: a frame, or a frame's header. */
const sequenceHeader = (ObuType.sequenceHeader << 3) | 2;
const frames: ReadonlySet<number> = new Set([(ObuType.frame << 3) | 2, (ObuType.frameHeader << 3) | 2]);
/** A sequence header has no fewer bytes, and rarely more. */
const shortest = 5;
const longest = 64;
const block = 256 * 1024;
/** Bytes looked through before giving up: recordings begin with a key frame, what stands before it is little. */
const maxBytesSearched = 256 * 1024;

/** The first sequence header that a key frame has, as the unit it is. */
export function findAv1SequenceHeader(source: ByteSource, from: number, to: number): Uint8Array | undefined {
  const window = new ByteWindow(source);
  const end = Math.min(to, source.size, from + maxBytesSearched);
  for (let offset = from; offset < end; offset += block) {
    const bytes = source.read(offset, Math.min(block + longest + 3, end - offset)).slice();
    for (let at = bytes.indexOf(sequenceHeader); at >= 0 && at < block; at = bytes.indexOf(sequenceHeader, at + 1)) {
      const unit = unitAt(bytes, at);
      if (unit === undefined) continue;
      const syntax = new Av1Syntax(unit);
      const { outcome, end: unitEnd } = syntax.match(offset + at, { window, end, mayBeTorn: false, searching: true });
      if (outcome === 'closed' && syntax.accept(offset + at, unitEnd, window).sync) return unit;
    }
  }
  return undefined;
}

function unitAt(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const size = readLeb128(bytes, at + 1);
  if (size === undefined || size.value < shortest || size.value > longest) return undefined;
  const end = size.end + size.value;
  if (!frames.has(bytes[end]!) || bytes[end - 1] === 0) return undefined;
  const { value } = parseAv1SequenceHeader(bytes.subarray(size.end, end));
  return value === undefined ? undefined : bytes.slice(at, end);
}
