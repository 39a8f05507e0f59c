/**
 * Changes some bytes of a file where they are. They are written in one go, so that a crash leaves the old values or the
 * new ones; then they are brought to the disk and read back.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync } from './file-system.ts';
import { SalvorError } from '../media/errors.ts';
import type { FileSource } from './file-source.ts';
import { writeFully } from './file-sink.ts';
import { outputError } from './system-error.ts';

/** Bytes to put in the place of as many others. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Patches further apart than this are written one after the other: what lies between would have to be written again. */
const widestWrite = 1024 * 1024;

/**
 * Writes the patches into the file that the source was opened on. Throws `busy` if the file has been written to since it
 * was opened and `force` is not set.
 */
export function patchFile(source: FileSource, patches: readonly Patch[], force: boolean): void {
  if (patches.length === 0) return;
  let descriptor: number;
  try {
    descriptor = openSync(source.path, 'r+');
  } catch (error) {
    throw outputError(source.path, error);
  }
  try {
    const [own, other] = [fstatSync(descriptor), fstatSync(source.descriptor)];
    const isOther = own.ino !== other.ino || own.dev !== other.dev;
    if (isOther || (!force && source.hasChanged())) {
      throw new SalvorError('busy', 'is still being written; nothing was changed', {
        file: source.path,
        advice: 'wait until the recording has ended, or use --force',
      });
    }
    for (const group of grouped(patches)) writeGroup(descriptor, source.path, group);
  } catch (error) {
    throw outputError(source.path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** Patches that are written together. */
function grouped(patches: readonly Patch[]): Patch[][] {
  const groups: Patch[][] = [];
  for (const patch of patches.toSorted((a, b) => a.offset - b.offset)) {
    const group = groups.at(-1);
    if (group === undefined || patch.offset + patch.bytes.length - group[0]!.offset > widestWrite) groups.push([patch]);
    else group.push(patch);
  }
  return groups;
}

function writeGroup(descriptor: number, path: string, group: readonly Patch[]): void {
  const start = group[0]!.offset;
  const end = Math.max(...group.map(({ offset, bytes }) => offset + bytes.length));
  const bytes = readFully(descriptor, start, end - start);
  for (const patch of group) bytes.set(patch.bytes, patch.offset - start);
  writeFully(descriptor, bytes, start);
  fsyncSync(descriptor);
  if (Buffer.compare(readFully(descriptor, start, end - start), bytes) !== 0) {
    throw new SalvorError('output', 'what was written does not read back right', {
      file: path,
      offset: start,
      advice: 'check the disk and the memory of this machine',
    });
  }
}

function readFully(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
