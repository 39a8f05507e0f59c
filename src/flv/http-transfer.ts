/**
 * What a download leaves in a file that is no recording: the header of an HTTP response before it, and the sizes of a chunked
 * transfer (RFC 9112, 7.1) between its bytes, where a program wrote down what came over the socket.
 */
import type { ByteSource } from '../io/file-source.ts';
import { PiecedSource } from '../io/pieced-source.ts';

/** Servers refuse longer headers. */
const maxHeaderLength = 64 * 1024;
/** A line with the size of a chunk: eight digits at most, and an extension that nobody uses. */
const maxSizeLine = 64;
/** A 16 GB recording in chunks of 4 kB: more would come from no recorder. */
const maxChunks = 4_000_000;
const searchedAtOnce = 64 * 1024;

/** Bytes of the HTTP response header that a file begins with; 0 where it begins with none. */
export function responseHeaderLength(source: ByteSource): number {
  if (Buffer.from(source.read(0, 5)).toString('latin1') !== 'HTTP/') return 0;
  const end = Buffer.from(source.read(0, maxHeaderLength)).indexOf('\r\n\r\n');
  return end < 0 ? 0 : end + 4;
}

interface SizeLine {
  /** Bytes of the chunk. */
  readonly size: number;
  /** Offset behind the line. */
  readonly end: number;
}

/** The line with the size of a chunk at an offset; undefined where there is none. */
function sizeLineAt(source: ByteSource, offset: number): SizeLine | undefined {
  const line = /^([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]*)?\r\n/.exec(
    Buffer.from(source.read(offset, maxSizeLine)).toString('latin1'),
  );
  if (line === null) return undefined;
  return { size: Number.parseInt(line[1]!, 16), end: offset + line[0].length };
}

/** What is left of the line with a size where the file ends within it. */
const cutSizeLine = /^[0-9a-fA-F]{0,8}[ \t]*(?:;[^\r\n]*)?\r?$/;

/** Whether a chunk begins at an offset that ends as it says: before another one, or with the file. */
function chunkHolds(source: ByteSource, offset: number): boolean {
  const line = sizeLineAt(source, offset);
  if (line === undefined) return false;
  if (line.size === 0) return true;
  const end = line.end + line.size;
  if (end >= source.size) return true;
  const behind = Buffer.from(source.read(end, 2 + maxSizeLine)).toString('latin1');
  if (behind.length < 2) return behind === '\r';
  if (!behind.startsWith('\r\n')) return false;
  return sizeLineAt(source, end + 2) !== undefined || cutSizeLine.test(behind.slice(2));
}

/**
 * The bytes of a chunked transfer without the sizes between them, from `start` on; undefined where no chunk begins there
 * that ends as it says. Where a size is wrong, the chunks go on at the next one that holds.
 */
export function withoutChunkSizes(source: ByteSource, start: number): PiecedSource | undefined {
  const first = sizeLineAt(source, start);
  if (first === undefined || first.size < 2 || !chunkHolds(source, start)) return undefined;
  const joined = new PiecedSource(source);
  let at = start;
  while (at < source.size) {
    if (joined.pieces > maxChunks) return undefined;
    const line = sizeLineAt(source, at);
    if (line === undefined || (line.size > 0 && !chunkHolds(source, at))) {
      if (at > start && isCutSizeLine(source, at)) break;
      const next = nextChunk(source, at);
      joined.add(at, next.bytes);
      at = next.resume;
      continue;
    }
    const length = Math.min(line.size, source.size - line.end);
    if (length > 0) joined.add(line.end, length);
    // A chunk of no bytes ends the transfer; what a second one brings follows at once.
    if (line.size === 0) at = sizeLineAt(source, line.end) === undefined ? trailerEnd(source, line.end) : line.end;
    else at = line.end + length + lineEndLength(source, line.end + length);
  }
  return joined;
}

/** The two bytes behind a chunk, or what is there of them. */
function lineEndLength(source: ByteSource, offset: number): number {
  return Math.min(2, source.size - offset);
}

/** Whether the file ends within the line with a size. */
function isCutSizeLine(source: ByteSource, offset: number): boolean {
  return source.size - offset < maxSizeLine && cutSizeLine.test(latin1(source, offset, maxSizeLine));
}

function latin1(source: ByteSource, offset: number, length: number): string {
  return Buffer.from(source.read(offset, length)).toString('latin1');
}

/** Where a transfer ends behind its last chunk: header fields may follow it, and an empty line (RFC 9112, 7.1.2). */
function trailerEnd(source: ByteSource, offset: number): number {
  const fields = /^(?:[!#-'*+.^-z|~\w-]+:[^\r\n]*\r\n)*(?:\r\n)?/.exec(latin1(source, offset, maxHeaderLength));
  return offset + (fields?.[0].length ?? 0);
}

/** Where the next chunk begins, and how many bytes lie before it and the line end that is the transfer's. */
function nextChunk(source: ByteSource, from: number): { bytes: number; resume: number } {
  for (let start = from; start < source.size; start += searchedAtOnce) {
    const block = Buffer.from(source.read(start, searchedAtOnce + 2));
    for (let index = block.indexOf('\r\n'); index >= 0; index = block.indexOf('\r\n', index + 1)) {
      const at = start + index + 2;
      const line = sizeLineAt(source, at);
      if (line !== undefined && line.size > 0 && chunkHolds(source, at)) return { bytes: at - 2 - from, resume: at };
    }
  }
  return { bytes: source.size - from, resume: source.size };
}
