/** Whether two files hold the same bytes, of any length and in constant memory. What the bytes are is not known here. */
import { setImmediate as turn } from 'node:timers/promises';
import { throwIfInterrupted } from '../media/errors.ts';
import type { FileSource } from './file-source.ts';

const blockLength = 256 * 1024;
/** Bytes after which signals and timers get their turn. */
const turnEvery = 8 * 1024 * 1024;

/** A place in an open file: an offset in bytes. */
export interface Place {
  readonly source: FileSource;
  readonly offset: number;
}

/**
 * Whether `length` bytes from one place on are those from another on; not where one of the files ends before. Stops at the
 * first difference. Throws `unreadable` and `interrupted` errors.
 */
export async function isSameRange(one: Place, other: Place, length: number, signal?: AbortSignal): Promise<boolean> {
  const blocks = [
    new Uint8Array(Math.min(blockLength, length)),
    new Uint8Array(Math.min(blockLength, length)),
  ] as const;
  let turned = 0;
  for (let done = 0; done < length; done += blockLength) {
    const count = Math.min(blockLength, length - done);
    const [a, b] = [one, other].map(({ source, offset }, index) => {
      const filled = source.readInto(blocks[index]!, offset + done, count);
      return blocks[index]!.subarray(0, filled);
    });
    if (a!.length !== count || b!.length !== count || Buffer.compare(a!, b!) !== 0) return false;
    if (done - turned < turnEvery) continue;
    turned = done;
    await turn();
    throwIfInterrupted(signal);
  }
  return true;
}
