/**
 * The packets of a source, block by block: `for (const run of packetRuns(source))`. A run is a stretch of whole
 * packets end to end, or of bytes in which there are none. Memory is a block, whatever the stream.
 */
import { alignedPlace } from '../io/block-source.ts';
import type { ByteSource } from '../io/file-source.ts';
import { PacketScanner, type PacketFormat } from './packet-scanner.ts';

/** One run; its bytes are valid until the next is asked for. */
export interface PacketRun {
  /** Holds the run from `start` to `end`. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Offset of `start` in the stream. */
  readonly offset: number;
  /** Undefined: no packets, but bytes out of sync or torn. Sync bytes are at `start + lead`, then every `stride`. */
  readonly format: PacketFormat | undefined;
  /** Changes whenever `bytes` hold other bytes than before. */
  readonly generation: number;
}

const blockLength = 128 * 1024;

/** Holds bytes until they have been scanned, and hands out runs. */
class RunWindow {
  readonly #scanner = new PacketScanner();
  #bytes = Buffer.alloc(2 * blockLength);
  #from = 0;
  #filled = 0;
  /** Offset in the stream of the first byte there is room for. */
  #offset: number;
  #generation = 0;

  constructor(offset: number) {
    this.#offset = offset;
  }

  /** Takes the next bytes of a source as they are read, up to `length`; gives how many there were. */
  appendFrom(source: ByteSource, offset: number, length: number): number {
    if (source.readInto === undefined) {
      const block = source.read(offset, length);
      this.#room(block.length).set(block);
      this.#filled += block.length;
      return block.length;
    }
    const count = source.readInto(this.#room(length), offset);
    this.#filled += count;
    return count;
  }

  /** Room for the next bytes, after those that have not been scanned. */
  #room(length: number): Uint8Array {
    const left = this.#filled - this.#from;
    const offset = this.#offset + this.#from;
    const start = alignedPlace(offset);
    if (start + left + length > this.#bytes.length) {
      const grown = Buffer.alloc(start + left + length + blockLength);
      this.#bytes.copy(grown, start, this.#from, this.#filled);
      this.#bytes = grown;
    } else {
      this.#bytes.copyWithin(start, this.#from, this.#filled);
    }
    this.#offset = offset - start;
    this.#from = start;
    this.#filled = start + left;
    this.#generation++;
    return this.#bytes.subarray(this.#filled, this.#filled + length);
  }

  /** The next run, undefined if more bytes have to come first. */
  next(final: boolean): PacketRun | undefined {
    const taken = this.#scanner.scan(this.#bytes, this.#from, this.#filled, final);
    if (taken === 0) return undefined;
    const start = this.#from;
    this.#from += taken;
    return {
      bytes: this.#bytes.subarray(0, this.#filled),
      start,
      end: this.#from,
      offset: this.#offset + start,
      format: this.#scanner.inSync ? this.#scanner.format : undefined,
      generation: this.#generation,
    };
  }
}

/** The runs of a range of a source, the whole of it by default. */
export function* packetRuns(source: ByteSource, from = 0, to = source.size): Generator<PacketRun> {
  const window = new RunWindow(from);
  for (let offset = from; ;) {
    const count = window.appendFrom(source, offset, Math.min(blockLength, to - offset));
    offset += count;
    const final = count === 0 || offset >= to;
    for (let run = window.next(final); run !== undefined; run = window.next(final)) yield run;
    if (final) return;
  }
}
