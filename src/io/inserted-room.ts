/**
 * Puts bytes before the first one of a file, of which no other is moved: ext4 and XFS insert room at its beginning by moving
 * its extents, whatever its size. They do not do that in one step, so a journal comes first, with the size of the file and
 * hashes of it in many places; whoever finds that undoes what was begun, wherever it stopped, and the file is as it was. What
 * the bytes mean is not known here.
 *
 * Node.js has no call for it; `fallocate` of util-linux has. It is handed the open file as its standard input, so that who
 * asks whether the file is being written to sees the program, even when the run that began it has been killed.
 */
import { spawnSync } from 'node:child_process';
import { SalvorError } from '../media/errors.ts';
import type { FileSource } from './file-source.ts';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  futimesSync,
  openSync,
  constants,
  statfsSync,
} from './file-system.ts';
import { writeFully } from './file-sink.ts';
import {
  foreign,
  journalOf,
  onTarget,
  openFile,
  putJournal,
  readFully,
  removeJournal,
  stillWritten,
  unfinished,
} from './journal-file.ts';
import { hashOf, type Journal } from './journal.ts';
import { throughLinks } from './links.ts';
import { isUnsupported, outputError } from './system-error.ts';
import { refuseHeldOpen } from './open-for-writing.ts';
import { isRoomAt, placeOfRoom, witnessPlaces, type ShiftedFile } from './room-place.ts';
import { isSame, type RunTarget } from './run-file.ts';

/** Room is inserted in whole blocks of the file system; those have as many bytes, or a part of them. */
const roomUnit = 4096;
/** `fallocate` moves the extents of a fragmented file one by one. */
const patience = 600_000;
const defaultBlock = 4096;

/** What the file is like when the journal is to go. */
export const asItWas = 'is as it was';

/** A journal of an insertion. */
type InsertionJournal = Journal & { readonly inserted: number };

/** `O_TMPFILE` of Linux: a file without a name, which goes with its descriptor (`man 2 open`). */
const unnamed = 0o20000000 | (constants.O_DIRECTORY ?? 0);

/**
 * Whether room can be inserted into files of a directory. It is tried with a file that has no name there: nothing changes.
 * Throws `output` errors where files cannot be made there.
 */
export function canInsertRoom(directory: string): boolean {
  if (process.platform !== 'linux') return false;
  let trial: number;
  try {
    trial = openSync(directory, unnamed | constants.O_RDWR, 0o600);
  } catch (error) {
    // A file system that has no such files inserts no room either; a kernel that knows none takes it for a directory.
    if (isUnsupported(error) || (error as NodeJS.ErrnoException).code === 'EISDIR') return false;
    throw outputError(directory, error);
  }
  try {
    if (roomUnit % blockLengthOf(trial) !== 0) return false;
    ftruncateSync(trial, 2 * roomUnit);
    const isInserted = fallocate(trial, 'insert', 0, roomUnit) === undefined;
    return isInserted && fstatSync(trial).size === 3 * roomUnit;
  } catch {
    return false; // No /proc, no room.
  } finally {
    closeSync(trial);
  }
}

/**
 * Puts `bytes` before the file that the source was opened on. Its first `replaced` bytes are overwritten by the last of them;
 * what is before these is a multiple of 4096. Throws `busy` and `output` errors, which say what the file is like then.
 */
export function putInFront(source: FileSource, bytes: Uint8Array, replaced: number): void {
  const room = bytes.length - replaced;
  onTarget(source.path, (target, lock) => {
    const descriptor = openFile(target);
    try {
      const status = fstatSync(descriptor);
      if (!isSame(status, fstatSync(source.descriptor)) || source.hasChanged()) throw stillWritten(target);
      const old = readFully(descriptor, 0, replaced);
      const journal: InsertionJournal = {
        sizes: [source.size, source.size + room],
        patches: [{ offset: 0, bytes: old }],
        replacedHash: hashOf(old),
        witnesses: witnessPlaces(replaced, source.size).map(({ offset, length }) => ({
          offset,
          length,
          hash: hashOf(readFully(descriptor, offset, length)),
        })),
        inserted: room,
      };
      putJournal(target, lock, status, journal);
      try {
        insert(target, descriptor, journal, bytes);
      } catch (error) {
        try {
          undo(target, descriptor, journal);
          futimesSync(descriptor, status.atimeMs / 1000, status.mtimeMs / 1000);
        } catch {
          throw unfinished(target, error);
        }
        removeJournal(target, lock, fstatSync(lock.descriptor), asItWas);
        throw error;
      }
    } finally {
      closeSync(descriptor);
    }
    removeJournal(target, lock, fstatSync(lock.descriptor));
  });
}

function insert(target: RunTarget, descriptor: number, journal: InsertionJournal, bytes: Uint8Array): void {
  const refusal = fallocate(descriptor, 'insert', 0, journal.inserted);
  const file = shifted(descriptor, journal);
  if (refusal !== undefined || fstatSync(descriptor).size !== journal.sizes[1] || !isRoomAt(file, 0)) {
    throw failed(target, `no room could be inserted${refusal === undefined ? '' : ` (${refusal})`}`);
  }
  // What is overwritten then is in the journal; that all else has moved has to be on the disk before.
  fsyncSync(descriptor);
  writeFully(descriptor, bytes, 0);
  fsyncSync(descriptor);
  if (Buffer.compare(readFully(descriptor, 0, bytes.length), bytes) !== 0 || !isRoomAt(file, 0)) {
    throw failed(target, 'what was written does not read back right');
  }
}

function failed({ path }: RunTarget, what: string): SalvorError {
  return new SalvorError('output', `${what}; nothing was changed`, {
    file: path,
    advice: 'look after the disk and run again, or run without --in-place',
  });
}

/**
 * Undoes what an earlier run began on a file. `read`: the file, open for reading. Throws with the file as it is where a process
 * has it open to write to it, where it cannot be told what was done, or that cannot be undone.
 */
export function undoInsertion(target: RunTarget, read: number, journal: InsertionJournal): void {
  // A run that was killed has not ended the program that it called.
  refuseHeldOpen([target.path]);
  if (isAsBefore(read, journal)) return;
  const descriptor = openFile(target);
  try {
    if (!isSame(fstatSync(descriptor), fstatSync(read))) throw stillWritten(target);
    undo(target, descriptor, journal);
  } finally {
    closeSync(descriptor);
  }
}

/** Has the file as it was before, and on the disk. */
function undo(target: RunTarget, descriptor: number, journal: InsertionJournal): void {
  if (!isAsBefore(descriptor, journal)) {
    takeOut(target, descriptor, journal);
    fsyncSync(descriptor);
  }
  if (!isAsBefore(descriptor, journal)) throw unfinished(target, new Error('it is not as it was before'));
}

function takeOut(target: RunTarget, descriptor: number, journal: InsertionJournal): void {
  const { sizes, patches, inserted } = journal;
  const { size } = fstatSync(descriptor);
  if (size !== sizes[1]) throw foreign(target, `is that of a file of ${sizes[0]} or ${sizes[1]} bytes`);
  const place = placeOfRoom(shifted(descriptor, journal));
  if (place === undefined) throw undecided(target, journal);
  if (place >= sizes[0]) {
    ftruncateSync(descriptor, sizes[0]);
    return;
  }
  if (place === 0) {
    // While its place is still known by the rest.
    for (const { bytes } of patches) writeFully(descriptor, bytes, inserted);
    fsyncSync(descriptor);
  }
  const refusal = fallocate(descriptor, 'collapse', place, inserted);
  if (refusal === undefined) return;
  const command = `fallocate --collapse-range --offset ${place} --length ${inserted}`;
  throw new SalvorError('output', `room of ${inserted} bytes at ${place} could not be taken out again: ${refusal}`, {
    file: target.path,
    offset: place,
    advice: `run the same again when that is put right (it calls ${command})`,
  });
}

/** Whether the file is just as it was. */
function isAsBefore(descriptor: number, journal: InsertionJournal): boolean {
  const { sizes, patches, replacedHash } = journal;
  return (
    fstatSync(descriptor).size === sizes[0] &&
    hashOf(...patches.map(({ offset, bytes }) => readFully(descriptor, offset, bytes.length))) === replacedHash &&
    isRoomAt(shifted(descriptor, journal), sizes[0])
  );
}

function shifted(descriptor: number, { sizes, patches, witnesses, inserted }: InsertionJournal): ShiftedFile {
  return {
    read: (offset, length) => readFully(descriptor, offset, length),
    size: sizes[0],
    room: inserted,
    first: patches[0]!.bytes,
    witnesses,
    blockLength: blockLengthOf(descriptor),
  };
}

function blockLengthOf(descriptor: number): number {
  const { bsize } = statfsSync(`/proc/self/fd/${descriptor}`);
  return bsize > 0 ? bsize : defaultBlock;
}

function undecided({ path }: RunTarget, { sizes, inserted }: InsertionJournal): SalvorError {
  return new SalvorError(
    'unrecoverable',
    `an earlier run was stopped while it inserted ${inserted} bytes, and where they stand cannot be told; the file was not touched`,
    {
      file: path,
      advice: `\`filefrag -v\` shows where ${inserted} bytes have no blocks: fallocate --collapse-range --offset THERE --length ${inserted} takes them out; then the file has ${sizes[0]} bytes and ${journalOf(throughLinks(path))} is to be removed`,
    },
  );
}

/** Has room inserted or taken out. Gives what the program complains of, undefined where it does not. */
function fallocate(descriptor: number, how: 'insert' | 'collapse', offset: number, length: number): string | undefined {
  const file = openSync(`/proc/self/fd/${descriptor}`, constants.O_RDWR);
  try {
    const words = [`--${how}-range`, '--offset', String(offset), '--length', String(length), '/proc/self/fd/0'];
    const { status, error, stderr, signal } = spawnSync('fallocate', words, {
      stdio: [file, 'ignore', 'pipe'],
      timeout: patience,
      encoding: 'utf8',
    });
    if (status === 0) return undefined;
    return error?.message ?? (stderr.trim() || `it ended with ${status ?? signal}`);
  } finally {
    closeSync(file);
  }
}
