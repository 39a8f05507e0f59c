/**
 * Changes a few places of a file where it lies, so that whatever happens leaves it as it was or able to be finished: all new
 * bytes are first brought to the disk in a journal beside the file, then written and read back, and the journal goes last.
 * Whoever finds a journal finishes it. The only writer in place that there is; what the bytes mean is not known here.
 */
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import type { FileSource } from './file-source.ts';
import {
  closeSync,
  constants,
  fstatSync,
  fsync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  lstatSync,
  openSync,
  unlinkSync,
  type Stats,
} from './file-system.ts';
import { writeFully } from './file-sink.ts';
import { asItWas, undoInsertion } from './inserted-room.ts';
import {
  foreign,
  journalName,
  journalOf,
  onTarget,
  openFile,
  putJournal,
  readFully,
  removeJournal,
  stillWritten,
  trustedJournal,
  unfinished,
} from './journal-file.ts';
import { hashOf, untouchedRanges, type Journal } from './journal.ts';
import { throughLinks } from './links.ts';
import type { Pace } from './pace.ts';
import type { Patch } from './patched-source.ts';
import { isSame, type RunTarget } from './run-file.ts';
import { reasonOf } from './system-error.ts';

const fsyncAsync = promisify(fsync);

const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** Whether an earlier run was stopped while it changed the file. Throws `output` errors where a link leads to what it must not. */
function isPatchPending(path: string): boolean {
  return lstatSync(journalOf(throughLinks(path)), { throwIfNoEntry: false }) !== undefined;
}

/**
 * Finishes what an earlier run began on a file, if one did; tells whether there was something. Where the file must not be
 * changed (`mayFinish` false) that is an error, with `advice` how it is finished.
 */
export function settlePending(path: string, mayFinish: boolean, advice: string): boolean {
  if (!isPatchPending(path)) return false;
  if (!mayFinish) {
    throw new SalvorError('unrecoverable', 'an earlier run was stopped while it changed this file', {
      file: path,
      advice,
    });
  }
  finishPatch(path);
  return true;
}

/** What may be changed beside the bytes of the patches. */
export interface PatchOptions {
  /** Bytes of the file afterwards; as many as before unless given. */
  readonly size?: number;
  /** Patch the file even if it was written to since it was opened. */
  readonly force?: boolean;
}

/**
 * Brings what of a file is not on the disk yet there, in the background, so that the syncs of a patch that follows, during
 * which nothing else is heard, take a moment and not as long as gigabytes take. Throws `interrupted` errors.
 */
export async function syncBeforePatch(source: FileSource, pace: Pace): Promise<void> {
  // What fails here fails again in the patch, which says what follows from it.
  await pace.during(fsyncAsync(source.descriptor).catch(() => {}));
}

/**
 * Writes patches, in order and apart from each other, into the file that the source was opened on. Throws `busy` if another run
 * is at it or it was written to since it was opened, and `output` errors, which say what the file is like then.
 */
export function patchFile(source: FileSource, patches: readonly Patch[], options: PatchOptions = {}): void {
  if (patches.length === 0) return;
  const { size = source.size, force = false } = options;
  onTarget(source.path, (target, lock) => {
    const descriptor = openFile(target);
    try {
      const status = fstatSync(descriptor);
      const isOther = !isSame(status, fstatSync(source.descriptor));
      if (isOther || (!force && source.hasChanged())) throw stillWritten(target);
      const ordered = patches.toSorted((a, b) => a.offset - b.offset);
      const replaced = ordered.map((patch) => bytesAt(descriptor, patch, source.size));
      putJournal(target, lock, status, {
        sizes: [source.size, size],
        patches: ordered,
        replacedHash: hashOf(...replaced),
        witnesses: untouchedRanges(ordered, Math.min(source.size, size)).map(({ offset, length }) => ({
          offset,
          length,
          hash: hashOf(readFully(descriptor, offset, length)),
        })),
      });
      const old = ordered.map(({ offset }, index) => ({ offset, bytes: replaced[index]! }));
      const keepsSize = size === source.size;
      applyOrUndo(
        target,
        descriptor,
        { patches: ordered, size: keepsSize ? undefined : size },
        { patches: old, size: keepsSize ? undefined : source.size },
        status,
      );
    } finally {
      closeSync(descriptor);
    }
    removeJournal(target, lock, fstatSync(lock.descriptor));
  });
}

/** Finishes what an earlier run began, or undoes it where it was an insertion. Throws where that cannot be done, or the journal is not to be trusted with this file. */
function finishPatch(path: string): void {
  onTarget(path, (target, lock) => {
    const read = openSync(target.directory.at(target.name), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const found = trustedJournal(target, fstatSync(read));
      if (found === undefined) return; // Another run has finished it meanwhile.
      const { journal, status } = found;
      if (journal.inserted !== undefined) {
        undoInsertion(target, read, { ...journal, inserted: journal.inserted });
        removeJournal(target, lock, status, asItWas);
        return;
      }
      const { sizes, patches, replacedHash, witnesses } = journal;
      const { size } = fstatSync(read);
      const isUntouched =
        size === sizes[0] && hashOf(...patches.map((patch) => bytesAt(read, patch, sizes[0]))) === replacedHash;
      const isOwn =
        size >= Math.min(...sizes) &&
        witnesses.every(({ offset, length, hash }) => hashOf(readFully(read, offset, length)) === hash);
      if (!isOwn) throw foreign(target, 'is that of another file');
      // An untouched file is as good as one without a journal, and may be one that must not be written to.
      if (!isUntouched) finish(target, read, journal);
      removeJournal(target, lock, status);
    } finally {
      closeSync(read);
    }
  });
}

function finish(target: RunTarget, read: number, { patches, sizes }: Journal): void {
  try {
    const descriptor = openFile(target);
    try {
      if (!isSame(fstatSync(descriptor), fstatSync(read))) throw stillWritten(target);
      apply(target, descriptor, { patches, size: sizes[0] === sizes[1] ? undefined : sizes[1] });
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw unfinished(target, error);
  }
}

interface Change {
  readonly patches: readonly Patch[];
  /** Bytes of the file afterwards; undefined: as many as it has, which may be more by now than when it was looked at. */
  readonly size: number | undefined;
}

/** Applies a change, or has the file as it was again; where neither can be done, the journal stays. */
function applyOrUndo(target: RunTarget, descriptor: number, change: Change, old: Change, status: Stats): void {
  try {
    apply(target, descriptor, change);
  } catch (error) {
    try {
      apply(target, descriptor, old);
      futimesSync(descriptor, status.atimeMs / 1000, status.mtimeMs / 1000);
    } catch {
      throw unfinished(target, error);
    }
    try {
      unlinkSync(target.directory.at(journalName(target.name)));
    } catch {
      throw new SalvorError('output', `${reasonOf(error)}; the file is as it was, but a journal stays beside it`, {
        file: target.path,
        cause: error,
        advice: 'run the same again when that is put right',
      });
    }
    throw error;
  }
}

function apply({ path }: RunTarget, descriptor: number, { patches, size }: Change): void {
  // From the last to the first: the beginning, which says how the rest is to be read, changes when the rest is there.
  for (const { offset, bytes } of patches.toReversed()) writeFully(descriptor, bytes, offset);
  if (size !== undefined && fstatSync(descriptor).size !== size) ftruncateSync(descriptor, size);
  fsyncSync(descriptor);
  for (const { offset, bytes } of patches) {
    if (Buffer.compare(readFully(descriptor, offset, bytes.length), bytes) === 0) continue;
    throw new SalvorError('output', 'what was written does not read back right; nothing was changed', {
      file: path,
      offset,
      advice: 'check the disk and the memory of this machine',
    });
  }
}

/** What stands where a patch will, as far as the file of `size` bytes goes. */
function bytesAt(descriptor: number, { offset, bytes }: Patch, size: number): Uint8Array {
  return readFully(descriptor, offset, Math.max(0, Math.min(bytes.length, size - offset)));
}
