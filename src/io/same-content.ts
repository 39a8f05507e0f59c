/** Whether two files hold the same bytes, in constant memory. What the bytes are is not known here. */
import { closeSync, constants, fstatSync, openSync, readSync } from './file-system.ts';

const blockLength = 1024 * 1024;

/** Whether the regular file at a path, which is no link, has just the bytes of an open one. Throws what the system says. */
export function holdsSameBytes(path: string, descriptor: number): boolean {
  const other = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const [one, two] = [fstatSync(descriptor), fstatSync(other)];
    if (!two.isFile() || one.size !== two.size) return false;
    const [a, b] = [Buffer.alloc(blockLength), Buffer.alloc(blockLength)];
    for (let offset = 0; offset < one.size; offset += blockLength) {
      const length = Math.min(blockLength, one.size - offset);
      if (!fill(descriptor, a, offset, length) || !fill(other, b, offset, length)) return false;
      if (a.compare(b, 0, length, 0, length) !== 0) return false;
    }
    return true;
  } finally {
    closeSync(other);
  }
}

/** Reads so many bytes from `offset` on; false where the file ends before. */
function fill(descriptor: number, into: Uint8Array, offset: number, length: number): boolean {
  for (let filled = 0; filled < length;) {
    const count = readSync(descriptor, into, filled, length - filled, offset + filled);
    if (count === 0) return false;
    filled += count;
  }
  return true;
}
