/**
 * The journal beside a file that is changed where it lies: how a run makes sure that no other is at the file, how the journal
 * comes to the disk before anything else does and goes last, and when one that is found is believed. What is done to the file
 * is not known here (journalled-patch.ts, inserted-room.ts).
 */
import { basename, dirname, join } from 'node:path';
import { SalvorError } from '../media/errors.ts';
import { DirectoryHandle } from './directory-handle.ts';
import {
  closeSync,
  constants,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  unlinkSync,
  type Stats,
} from './file-system.ts';
import { writeFully } from './file-sink.ts';
import { readJournal, writeJournal, type Journal } from './journal.ts';
import { throughLinks } from './links.ts';
import { isSame, RunFile, type RunTarget } from './run-file.ts';
import { temporaryPrefix } from './run-mark.ts';
import { isNotPermitted, outputError, reasonOf } from './system-error.ts';

const { O_RDONLY, O_RDWR, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

/** The name of the journal of a file of this name. */
export function journalName(name: string): string {
  return `${temporaryPrefix(name)}journal`;
}

/** Where the journal of a file lies. */
export function journalOf(path: string): string {
  return join(dirname(path), journalName(basename(path)));
}

/** Does something to a file while no other run does. The directory and the file stay those that they are now. */
export function onTarget(path: string, act: (target: RunTarget, lock: RunFile) => void): void {
  let directory: DirectoryHandle | undefined;
  let lock: RunFile | undefined;
  try {
    const real = throughLinks(path);
    directory = new DirectoryHandle(dirname(real));
    const target = { directory, name: basename(real), path };
    lock = new RunFile(target, 0o600);
    act(target, lock);
  } catch (error) {
    throw outputError(path, error);
  } finally {
    lock?.close();
    lock?.remove();
    directory?.close();
  }
}

/** Opens the file to write to it. */
export function openFile({ directory, name }: RunTarget): number {
  return openSync(directory.at(name), O_RDWR | O_NOFOLLOW | O_NONBLOCK);
}

/** Writes the journal of a file with this status. It is in place only when it is whole and on the disk. */
export function putJournal({ directory, name, path }: RunTarget, lock: RunFile, owner: Stats, journal: Journal): void {
  let offset = 0;
  for (const bytes of writeJournal(journal)) {
    writeFully(lock.descriptor, bytes, offset);
    offset += bytes.length;
  }
  try {
    // Whoever owns the file can finish what root began.
    if (owner.uid !== fstatSync(lock.descriptor).uid) fchownSync(lock.descriptor, owner.uid, owner.gid);
  } catch (error) {
    if (!isNotPermitted(error)) throw error;
  }
  fsyncSync(lock.descriptor);
  if (!lock.nameExclusively(journalName(name))) {
    throw new SalvorError('busy', 'a journal of another run is there already; nothing was changed', {
      file: path,
      advice: 'run the same again, which finishes it',
    });
  }
  try {
    directory.sync();
  } catch (error) {
    try {
      unlinkSync(directory.at(journalName(name)));
    } catch {
      // It is known for one that was not begun with: the file is as it says it was.
    }
    throw error;
  }
}

/**
 * Removes the journal, which has this status (`state`: what the file is like), and before it the lock: of a run that is killed in between, the journal is left,
 * which the next run looks for, and not the lock alone.
 */
export function removeJournal(
  { directory, name, path }: RunTarget,
  lock: RunFile,
  status: Stats,
  state = 'is changed as it should be',
): void {
  try {
    const failure = lock.remove();
    if (failure !== undefined) throw new Error(failure);
    const journal = directory.at(journalName(name));
    const there = lstatSync(journal, { throwIfNoEntry: false });
    if (there !== undefined && isSame(there, status)) unlinkSync(journal);
    directory.sync();
  } catch (error) {
    throw new SalvorError('output', `${state}, but the journal beside it stays: ${reasonOf(error)}`, {
      file: path,
      cause: error,
      advice: 'run the same again when that is put right',
    });
  }
}

/** The journal of a file with this status, undefined if there is none. Throws where it must not be acted on. */
export function trustedJournal(
  target: RunTarget,
  file: Stats,
): { readonly journal: Journal; readonly status: Stats } | undefined {
  const path = target.directory.at(journalName(target.name));
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  let descriptor: number;
  try {
    descriptor = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    throw foreign(target, `cannot be opened: ${reasonOf(error)}`);
  }
  try {
    const status = fstatSync(descriptor);
    // Who may write to the directory can put a journal there. Only who may write to the file has a say in what comes into it.
    const isTrusted =
      status.isFile() &&
      status.nlink === 1 &&
      (status.mode & 0o022) === 0 &&
      (status.uid === file.uid || status.uid === (process.geteuid?.() ?? file.uid));
    if (!isTrusted) throw foreign(target, 'was not made by the owner of the file');
    const journal = readJournal(readFileSync(descriptor));
    if (journal === undefined) throw foreign(target, 'is damaged');
    return { journal, status };
  } finally {
    closeSync(descriptor);
  }
}

/** The error for a journal that is not acted on. */
export function foreign({ path }: RunTarget, what: string): SalvorError {
  return new SalvorError('unrecoverable', `the journal beside the file ${what}; the file was not touched`, {
    file: journalOf(throughLinks(path)),
    advice:
      'an earlier run was stopped while it changed the file: run as its owner; remove the journal if it belongs to nothing',
  });
}

/** The error for a file that goes on. */
export function stillWritten({ path }: RunTarget): SalvorError {
  return new SalvorError('busy', 'is still being written; nothing was changed', {
    file: path,
    advice: 'wait until the recording has ended',
  });
}

/** The error for a change that is not complete, of which the journal stays. */
export function unfinished({ path }: RunTarget, error: unknown): SalvorError {
  const reason = error instanceof SalvorError ? error.message.replace('; nothing was changed', '') : reasonOf(error);
  return new SalvorError('output', `is changed in part only: ${reason}`, {
    file: path,
    cause: error,
    advice: 'run the same again when that is put right: the journal beside the file has what is missing',
  });
}

/** The bytes at an offset of an open file: as many as there are before its end. */
export function readFully(descriptor: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(descriptor, bytes, filled, length - filled, offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
