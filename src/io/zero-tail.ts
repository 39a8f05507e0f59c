/** Finds the zeros that a file ends with where a power cut kept the last blocks from the disk. */
import { minZeroRange, type ByteRange } from '../codecs/zero-ranges.ts';
import type { FindingCode, Findings } from '../media/findings.ts';
import type { ByteSource } from './file-source.ts';

const blockLength = 64 * 1024;
/** Beyond this a file is not followed backwards: a hole of gigabytes is told by its first 64 megabytes. */
const maxBytesFollowed = 64 * 1024 * 1024;

/** Offset from which on all bytes up to the end are zero; at most `most` bytes are followed. */
export function zeroTailStart(source: ByteSource, most = maxBytesFollowed): number {
  let end = source.size;
  while (end > Math.max(0, source.size - most)) {
    const start = Math.max(0, end - blockLength);
    const bytes = source.read(start, end - start);
    let at = bytes.length;
    while (at > 0 && bytes[at - 1] === 0) at--;
    if (at > 0) return start + at;
    end = start;
  }
  return end;
}

/** The zeros that a file ends with, where there are so many that no codec wrote them; all of them, however many. */
export function zeroTail(source: ByteSource): ByteRange | undefined {
  const start = zeroTailStart(source, Infinity);
  return source.size - start < minZeroRange ? undefined : { start, end: source.size };
}

/** Adds a finding where the file ends with so many zeros that no codec wrote them. */
export function reportZeroTail(source: ByteSource, code: FindingCode, findings: Findings): void {
  const start = zeroTailStart(source);
  const length = source.size - start;
  if (length < minZeroRange) return;
  findings.add(code, `the last ${length} bytes of the file are zero: they never reached the disk`, {
    file: source.path,
    offset: start,
    length,
  });
}
