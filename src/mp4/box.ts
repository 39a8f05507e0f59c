/**
 * The box of ISO/IEC 14496-12 clause 4.2: a length, a four-character code, a body.
 *
 * Writing: a `Box` is a description that can write itself, any number of times. Its size is found by letting it write
 * into a counter once, so no size is counted by hand, and tables of many megabytes go straight from their columns to the
 * file. Reading: a `BoxSpan` says where a box lies; bodies are read by the module of the box's type.
 */
import { ByteReader } from '../bytes/byte-reader.ts';
import { ByteCounter, type ByteSink } from '../bytes/byte-sink.ts';
import type { ByteSource } from '../io/file-source.ts';

/** A box to be written; writing it twice gives the same bytes. */
export interface Box {
  readonly type: string;
  /** Bytes of the whole box, header included. */
  readonly size: number;
  /** Writes header and body. */
  write(sink: ByteSink): void;
  /** Writes them as well, with steps between the boxes that it holds, where it holds any. */
  writeSteps?(sink: ByteSink): Generator<void, void>;
}

const headerSize = 8;

/** A box whose body is written by `body`, which must write the same bytes every time. */
export function box(type: string, body: (sink: ByteSink) => void): Box {
  const counter = new ByteCounter();
  body(counter);
  const size = headerSize + counter.position;
  return {
    type,
    size,
    write(sink) {
      sink.u32(size);
      sink.latin1(type);
      body(sink);
    },
  };
}

/** A box with a version and flags (clause 4.2, FullBox). */
export function fullBox(type: string, version: number, flags: number, body: (sink: ByteSink) => void): Box {
  return box(type, (sink) => {
    sink.u8(version);
    sink.u24(flags);
    body(sink);
  });
}

/** A box that holds boxes; those that are undefined are left out. */
export function container(type: string, children: readonly (Box | undefined)[]): Box {
  const present = children.filter((inner) => inner !== undefined);
  const size = present.reduce((total, inner) => total + inner.size, headerSize);
  return {
    type,
    size,
    write(sink) {
      sink.u32(size);
      sink.latin1(type);
      for (const inner of present) inner.write(sink);
    },
    *writeSteps(sink) {
      sink.u32(size);
      sink.latin1(type);
      for (const inner of present) {
        if (inner.writeSteps === undefined) inner.write(sink);
        else yield* inner.writeSteps(sink);
        yield;
      }
    },
  };
}

/** Where a box lies in a file. */
export interface BoxSpan {
  readonly source: ByteSource;
  readonly type: string;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset of its body, behind the header. */
  readonly body: number;
  /** Offset behind its last byte, as its size says, which may be beyond the end of what holds it. */
  readonly end: number;
}

/**
 * The boxes that lie one after the other in [start, end). Ends where no header can be read. A box that says it is larger
 * than its surroundings is given as it says; the caller compares `end`.
 */
export function* readBoxes(source: ByteSource, start: number, end: number): Generator<BoxSpan> {
  let at = start;
  for (;;) {
    const span = boxAt(source, at, end);
    if (span === undefined) return;
    yield span;
    at = span.end;
  }
}

/** The types met lately, so that a million boxes of one type have one text. */
const typeTexts = new Map<number, string>();
const maxTypeTexts = 256;

function typeText(bytes: Uint8Array): string {
  const code = bytes[4]! * 2 ** 24 + ((bytes[5]! << 16) | (bytes[6]! << 8) | bytes[7]!);
  let text = typeTexts.get(code);
  if (text !== undefined) return text;
  text = String.fromCharCode(bytes[4]!, bytes[5]!, bytes[6]!, bytes[7]!);
  if (typeTexts.size < maxTypeTexts) typeTexts.set(code, text);
  return text;
}

/** The box that begins at an offset, in what ends at `end`; undefined where no header can be read. It is never empty. */
export function boxAt(source: ByteSource, at: number, end: number): BoxSpan | undefined {
  if (at + headerSize > end) return undefined;
  const bytes = source.read(at, 16);
  if (bytes.length < headerSize) return undefined;
  let size = u32At(bytes, 0);
  let body = at + headerSize;
  const type = typeText(bytes);
  if (size === 1) {
    if (bytes.length < 16) return undefined;
    size = u32At(bytes, 8) * 2 ** 32 + u32At(bytes, 12);
    body += 8;
  } else if (size === 0) {
    // Clause 4.2: a size of 0 means to the end of the file.
    size = end - at;
  }
  if (at + size < body || !Number.isSafeInteger(at + size)) return undefined;
  return { source, type, start: at, body, end: at + size };
}

function u32At(bytes: Uint8Array, at: number): number {
  return bytes[at]! * 2 ** 24 + ((bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!);
}

/** The boxes inside a container box. */
export function childrenOf(span: BoxSpan, limit: number = span.end): Generator<BoxSpan> {
  return readBoxes(span.source, span.body, Math.min(span.end, limit));
}

/** The first box of a type inside a container, or undefined. */
export function child(span: BoxSpan, type: string): BoxSpan | undefined {
  for (const found of childrenOf(span)) if (found.type === type) return found;
  return undefined;
}

/** The largest body that is read into memory at once; everything larger is a table and read row by row. */
const maxBody = 1024 * 1024;

/** A reader over a box's body. */
export function bodyReader(span: BoxSpan): ByteReader {
  return new ByteReader(span.source.read(span.body, Math.min(span.end - span.body, maxBody)).slice(), {
    base: span.body,
  });
}

/** Reads version and flags of a FullBox. */
export function readVersionAndFlags(reader: ByteReader): { version: number; flags: number } {
  return { version: reader.u8(), flags: reader.u24() };
}
