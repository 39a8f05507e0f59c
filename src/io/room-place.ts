/**
 * Finds where in a file the room stands that was being inserted before its first byte. File systems move the extents of a file
 * one after the other, from the last on: a machine that stops meanwhile leaves the first part of the file where it was, the
 * rest moved on, and zeros in between. Nothing of it is lost, and the file alone shows where that is: by places whose hashes
 * were noted before, and by zeros between these. What is done about it is not known here.
 */
import { hashOf, type Witness } from './journal.ts';

/** A file into which room was being inserted. */
export interface ShiftedFile {
  /** Bytes at an offset, as many as there are. */
  readonly read: (offset: number, length: number) => Uint8Array;
  /** Bytes there were before. */
  readonly size: number;
  /** Bytes of the room. */
  readonly room: number;
  /** Its first bytes, as they were; what is written into the room begins in another way. */
  readonly first: Uint8Array;
  /** Ranges of the file as it was before, behind these. */
  readonly witnesses: readonly Witness[];
  /** Extents begin at multiples of so many bytes. */
  readonly blockLength: number;
}

const readLength = 1024 * 1024;

/** Ranges evenly from an offset to the end of a file, by which it is known again wherever they are moved to. */
export function witnessPlaces(start: number, size: number): { offset: number; length: number }[] {
  const length = Math.min(witnessLength, size - start);
  if (length <= 0) return [];
  const count = Math.max(1, Math.min(maxWitnesses, Math.floor((size - start) / length)));
  const step = count === 1 ? 0 : (size - start - length) / (count - 1);
  return Array.from({ length: count }, (_, index) => ({ offset: start + Math.floor(index * step), length }));
}

const witnessLength = 4096;
const maxWitnesses = 128;

/** Whether the file is as it was but for the room at an offset of it; the size of the file before stands for none moved. */
export function isRoomAt(file: ShiftedFile, place: number): boolean {
  return file.witnesses.every(({ offset, length, hash }) => {
    const before = Math.max(0, Math.min(length, place - offset));
    // Read into one memory: the first is copied.
    const first = file.read(offset, before).slice();
    return hashOf(first, file.read(offset + before + file.room, length - before)) === hash;
  });
}

/**
 * The offset of the room, the size before where nothing has moved yet. Undefined where no place fits, or several that are not
 * the same: then nobody can tell.
 */
export function placeOfRoom(file: ShiftedFile): number | undefined {
  const { size, room } = file;
  const fitting = candidates(file).filter((place) => isRoomAt(file, place));
  const [first, ...others] = fitting;
  // Zeros before the room or behind it are as good as its own: taking out either gives the same file.
  const isOne = others.every((other) => isSameWithout(file, first!, Math.min(other, size)));
  return first === undefined || !isOne || room <= 0 ? undefined : first;
}

/** Places between those witnesses that have moved and those that have not, where zeros are. */
function candidates(file: ShiftedFile): number[] {
  const { read, size, room, first, witnesses, blockLength } = file;
  if (Buffer.compare(read(0, first.length), first) !== 0) return [0];
  let [least, most] = [first.length === 0 ? 0 : 1, size];
  for (const { offset, length, hash } of witnesses) {
    const isBefore = hashOf(read(offset, length)) === hash;
    const isMoved = hashOf(read(offset + room, length)) === hash;
    if (!isMoved) least = Math.max(least, offset + 1);
    if (!isBefore) most = Math.min(most, offset + length - 1);
  }
  const found = least === 0 ? [0] : [];
  const zeros = new Uint8Array(blockLength);
  const start = Math.floor(least / blockLength) * blockLength;
  const end = Math.min(size + room, most + room + blockLength);
  let run = 0;
  for (let at = start; at < end; at += readLength) {
    const block = read(at, Math.min(readLength, end - at));
    for (let inside = 0; inside < block.length; inside += blockLength) {
      const part = block.subarray(inside, inside + blockLength);
      if (Buffer.compare(part, zeros.subarray(0, part.length)) !== 0) {
        run = 0;
        continue;
      }
      run += part.length;
      const place = at + inside + part.length - run;
      // One place for each run of zeros, the first that can be.
      const fits = Math.max(place, Math.ceil(least / blockLength) * blockLength);
      if (run - (fits - place) >= room && fits <= most && fits !== found.at(-1)) found.push(fits);
    }
  }
  if (most === size && !found.includes(size)) found.push(size);
  return found;
}

/** Whether taking the room out at one place gives the same file as at another behind it. */
function isSameWithout({ read, room }: ShiftedFile, one: number, other: number): boolean {
  for (let at = one; at < other; at += readLength) {
    const length = Math.min(readLength, other - at);
    const first = read(at, length).slice();
    if (Buffer.compare(first, read(at + room, length)) !== 0) return false;
  }
  return true;
}
