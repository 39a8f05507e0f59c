/**
 * What a journal holds: the bytes to be written into a file, and by what that file is known. All of it is under a hash, so that
 * no changed digit is ever acted on. Where journals lie and when they are written is not known here.
 */
import { createHash } from 'node:crypto';
import { endOf, type Patch } from './patched-source.ts';

/** A range of the file and the hash of what is in it. */
export interface Witness {
  readonly offset: number;
  readonly length: number;
  readonly hash: string;
}

/** What is to be written into a file, and how that file is known again after a crash. */
export interface Journal {
  /** Bytes of the file before and after. */
  readonly sizes: readonly [before: number, after: number];
  readonly patches: readonly Patch[];
  /** Of the bytes that the patches replace, as they were. */
  readonly replacedHash: string;
  /** Of bytes that no patch touches, by which the file is known again. */
  readonly witnesses: readonly Witness[];
  /** Bytes of room that are inserted before the first. The patches then are what is overwritten of the file, as it was. */
  readonly inserted?: number | undefined;
}

const magic = 'salvor journal 2\n';
const hashLength = 64;

/** SHA-256 of bytes, in hexadecimal. */
export function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** The bytes of a journal, piece by piece. */
export function writeJournal({ sizes, patches, replacedHash, witnesses, inserted }: Journal): readonly Uint8Array[] {
  const places = patches.map(({ offset, bytes }) => [offset, bytes.length]);
  const header = Buffer.from(`${JSON.stringify({ sizes, patches: places, replacedHash, witnesses, inserted })}\n`);
  const body = [header, ...patches.map(({ bytes }) => bytes)];
  return [Buffer.from(`${magic}${hashOf(...body)}\n`), ...body];
}

/** The journal that the bytes are; undefined where they are none, or not whole, or not as they were written. */
export function readJournal(bytes: Buffer): Journal | undefined {
  const start = magic.length + hashLength + 1;
  if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
  const body = bytes.subarray(start);
  if (bytes.toString('latin1', magic.length, start) !== `${hashOf(body)}\n`) return undefined;
  const headerEnd = body.indexOf('\n');
  // Behind the hash is what was written: its form needs no checks.
  const header = JSON.parse(body.toString('utf8', 0, headerEnd)) as Omit<Journal, 'patches'> & {
    readonly patches: readonly (readonly [offset: number, length: number])[];
  };
  let at = headerEnd + 1;
  const patches = header.patches.map(([offset, length]) => {
    const patch = { offset, bytes: body.subarray(at, at + length) };
    at += length;
    return patch;
  });
  return { ...header, patches };
}

/** Bytes of the file before the first patch, between two, and behind the last; the first of each, so long at most. */
const witnessLength = 65536;
const maxWitnesses = 16;

/** Ranges of a file of `size` bytes that no patch touches. The patches are in order. */
export function untouchedRanges(patches: readonly Patch[], size: number): { offset: number; length: number }[] {
  const starts = [0, ...patches.map(endOf)];
  return starts
    .map((offset, index) => {
      const end = Math.min(patches[index]?.offset ?? size, size);
      return { offset, length: Math.min(end - offset, witnessLength) };
    })
    .filter(({ length }) => length > 0)
    .slice(0, maxWitnesses);
}
