/**
 * Changes a few places of a file where it lies, so that a kill at any moment leaves it as it was or able to be finished: all
 * new bytes are first brought to the disk in a journal beside the file, then written, and the journal goes last. Whoever
 * finds a journal writes it again. What the bytes mean is not known here.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
} from './file-system.ts';
import { basename, dirname, join } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { syncDirectory } from './atomic-output.ts';
import { FileSource, type ByteSource } from './file-source.ts';
import { writeFully } from './file-sink.ts';
import { isMissing, outputError } from './system-error.ts';

/** Bytes to write at an offset. The last patch of a list may go on behind the end of the file. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

const magic = 'salvor journal 1\n';
/** Bytes of the file that no patch touches, by which a journal is known to be its own. */
const witnessLength = 65536;

interface Header {
  /** Bytes of the file before and after. */
  readonly sizes: readonly [number, number];
  readonly patches: readonly { readonly offset: number; readonly length: number }[];
  readonly witness: { readonly offset: number; readonly length: number; readonly hash: string };
  /** Of all bytes to be written, one patch after the other. */
  readonly hash: string;
}

/** Where the journal of a file lies. */
function journalOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.salvor-journal`);
}

function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A source with patches over it: what the file will be. */
export class PatchedSource implements ByteSource {
  readonly path: string;
  readonly size: number;
  readonly #source: ByteSource;
  readonly #patches: readonly Patch[];

  constructor(source: ByteSource, patches: readonly Patch[], size: number) {
    this.path = source.path;
    this.size = size;
    this.#source = source;
    this.#patches = patches;
  }

  read(offset: number, length: number): Uint8Array {
    const there = Math.max(0, Math.min(length, this.size - offset));
    const patched = this.#patches.filter((patch) => patch.offset < offset + there && endOf(patch) > offset);
    if (patched.length === 0) return this.#source.read(offset, there);
    const bytes = new Uint8Array(there);
    bytes.set(this.#source.read(offset, there));
    for (const patch of patched) {
      const start = Math.max(offset, patch.offset);
      const end = Math.min(offset + there, endOf(patch));
      bytes.set(patch.bytes.subarray(start - patch.offset, end - patch.offset), start - offset);
    }
    return bytes;
  }
}

function endOf({ offset, bytes }: Patch): number {
  return offset + bytes.length;
}

/**
 * Writes patches into the file of `source`, which becomes `size` bytes long. `witness`: offset of bytes that stay as they are.
 */
export function patchFile(source: FileSource, patches: readonly Patch[], size: number, witness: number): void {
  const kept = source.read(witness, witnessLength).slice();
  const header: Header = {
    sizes: [source.size, size],
    patches: patches.map(({ offset, bytes }) => ({ offset, length: bytes.length })),
    witness: { offset: witness, length: kept.length, hash: hashOf(kept) },
    hash: hashOf(...patches.map(({ bytes }) => bytes)),
  };
  writeJournal(source.path, header, patches);
  apply(source.path, patches, size);
}

function writeJournal(path: string, header: Header, patches: readonly Patch[]): void {
  const journal = journalOf(path);
  const temporary = `${journal}.new`;
  try {
    const descriptor = openSync(temporary, 'w', 0o600);
    try {
      const head = Buffer.from(`${magic}${JSON.stringify(header)}\n`);
      let offset = 0;
      for (const bytes of [head, ...patches.map((patch) => patch.bytes)]) {
        writeFully(descriptor, bytes, offset);
        offset += bytes.length;
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, journal);
    syncDirectory(dirname(path));
  } catch (error) {
    removeIfThere(temporary);
    throw outputError(journal, error);
  }
}

function apply(path: string, patches: readonly Patch[], size: number): void {
  try {
    const descriptor = openSync(path, 'r+');
    try {
      // From the last to the first: the beginning, which says how the rest is to be read, changes when the rest is there.
      for (const { offset, bytes } of [...patches].sort((a, b) => b.offset - a.offset)) {
        writeFully(descriptor, bytes, offset);
        fsyncSync(descriptor);
      }
      ftruncateSync(descriptor, size);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw new SalvorError('output', `could not be mended to the end: ${reasonOf(error)}`, {
      file: path,
      cause: error,
      advice: 'run the same again when that is put right: it goes on from what the journal beside the file holds',
    });
  }
  removeIfThere(journalOf(path));
  syncDirectory(dirname(path));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!isMissing(error)) throw outputError(path, error);
  }
}

/** Whether an earlier run was stopped while it changed the file. */
export function isPatchPending(path: string): boolean {
  return statSync(journalOf(path), { throwIfNoEntry: false }) !== undefined;
}

/** Finishes what an earlier run began. Throws where the journal is not one of this file. */
export function finishPatch(path: string): void {
  const foreign = (what: string): SalvorError =>
    new SalvorError('unrecoverable', `the journal beside the file ${what}; the file was not touched`, {
      file: journalOf(path),
      advice: 'remove it if you know that it belongs to nothing',
    });
  const bytes = readFileSync(journalOf(path));
  const end = bytes.indexOf('\n', magic.length);
  if (bytes.toString('latin1', 0, magic.length) !== magic || end < 0) throw foreign('cannot be read');
  const header = parseHeader(bytes.toString('utf8', magic.length, end));
  if (header === undefined) throw foreign('cannot be read');
  const patches: Patch[] = [];
  let at = end + 1;
  for (const { offset, length } of header.patches) {
    patches.push({ offset, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  if (hashOf(...patches.map((patch) => patch.bytes)) !== header.hash) throw foreign('is damaged');
  const source = new FileSource(path);
  try {
    const { offset, length, hash } = header.witness;
    const [before, after] = header.sizes;
    const isOwn = source.size >= Math.min(before, after) && hashOf(source.read(offset, length)) === hash;
    if (!isOwn) throw foreign('is that of another file');
  } finally {
    source.close();
  }
  apply(path, patches, header.sizes[1]);
}

function parseHeader(text: string): Header | undefined {
  try {
    const value = JSON.parse(text) as Partial<Header> | null;
    const isWhole =
      value?.sizes?.length === 2 &&
      Array.isArray(value.patches) &&
      value.witness !== undefined &&
      typeof value.hash === 'string';
    return isWhole ? (value as Header) : undefined;
  } catch {
    return undefined;
  }
}
