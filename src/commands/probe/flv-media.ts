/**
 * Looks into the media of FLV tags, for a deep look: frames whose NAL unit lengths do not end where the frame does, and
 * ranges of zeros within a frame, as where blocks of a file never reached the disk.
 */
import { hasZeroRange, ZeroRanges, minZeroRange } from '../../codecs/zero-ranges.ts';
import type { MediaTag } from '../../flv/media-tag.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import type { TagReader } from '../../flv/tag-reader.ts';
import type { BlockSource } from '../../io/block-source.ts';
import type { FindingPlace, Findings } from '../../media/findings.ts';

/** Codecs whose frames are NAL units with a length before each, which has four bytes in all encoders there are. */
const nalUnitCodecs: ReadonlySet<string> = new Set(['avc1', 'hvc1']);
const lengthSize = 4;

/** Adds a finding for each damaged frame it is shown. */
export class FlvMediaCheck {
  readonly #source: BlockSource;
  readonly #findings: Findings;

  constructor(source: BlockSource, findings: Findings) {
    this.#source = source;
    this.#findings = findings;
  }

  /** Takes a tag with a frame; the reader stands on it. */
  take(reader: TagReader, { kind, codec, headerLength }: MediaTag): void {
    const length = reader.dataSize - headerLength;
    const hasNalUnits = nalUnitCodecs.has(codec);
    if (kind === undefined || (length < minZeroRange && !hasNalUnits)) return;
    const offset = reader.offset + tagHeaderLength + headerLength;
    const located = this.#source.locate(offset, length);
    const bytes = located < 0 ? this.#source.read(offset, length) : this.#source.room;
    const from = Math.max(0, located);
    const to = located < 0 ? bytes.length : from + length;
    if (length >= minZeroRange && hasZeroRange(bytes, from, to)) {
      this.#reportZeros(bytes.subarray(from, to), offset, reader, kind);
    }
    if (hasNalUnits && !addsUp(bytes, from, to)) {
      this.#findings.add('nal-chain-broken', `the NAL unit lengths of a frame do not end where it does`, {
        ...this.#placeOf(reader, kind),
        offset,
        length,
      });
    }
  }

  #reportZeros(bytes: Uint8Array, offset: number, reader: TagReader, kind: 'video' | 'audio'): void {
    const zeros = new ZeroRanges();
    zeros.feed(bytes, offset);
    const [first] = zeros.ranges;
    if (first === undefined) return;
    const { start, end } = first;
    this.#findings.add('flv-zero-range', `bytes ${start} to ${end} of a ${kind} frame are zero`, {
      ...this.#placeOf(reader, kind),
      offset: start,
      length: end - start,
    });
  }

  #placeOf(reader: TagReader, track: 'video' | 'audio'): FindingPlace {
    return { file: this.#source.path, track, time: reader.timestamp / 1000 };
  }
}

function addsUp(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at + lengthSize <= to) {
    const length = ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
    if (length === 0) return false;
    at += lengthSize + length;
  }
  return at === to;
}
