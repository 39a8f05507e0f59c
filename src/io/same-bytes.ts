/** Whether two files hold the same bytes, of any length and in constant memory. What the bytes are is not known here. */
import type { RangeSource } from './file-source.ts';
import type { Pace } from './pace.ts';

const blockLength = 256 * 1024;

/** A place in an open file: an offset in bytes. */
export interface FilePosition {
  readonly source: RangeSource;
  readonly offset: number;
}

/**
 * Whether `length` bytes from one place on are those from another on; not where one of the files ends before. Stops at the
 * first difference. Throws `unreadable` and `interrupted` errors.
 */
export async function isSameRange(
  one: FilePosition,
  other: FilePosition,
  length: number,
  pace: Pace,
): Promise<boolean> {
  const blocks = [
    new Uint8Array(Math.min(blockLength, length)),
    new Uint8Array(Math.min(blockLength, length)),
  ] as const;
  for (let done = 0; done < length; done += blockLength) {
    const count = Math.min(blockLength, length - done);
    const [a, b] = [one, other].map(({ source, offset }, index) => {
      const filled = source.readInto(blocks[index]!, offset + done, count);
      return blocks[index]!.subarray(0, filled);
    });
    if (a!.length !== count || b!.length !== count || Buffer.compare(a!, b!) !== 0) return false;
    if (pace.isDue) await pace.turn();
  }
  return true;
}
