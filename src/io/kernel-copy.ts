/**
 * Lets the kernel copy a range from one file to another. XFS, btrfs and bcachefs do not copy then: both files have the same
 * blocks until one of them is written to, so that a range of any length takes some milliseconds and no room.
 *
 * Node.js has no call for a part of a file, but GNU `cat` (coreutils 9.1 and later) asks the kernel to copy, from where its
 * standard input stands to where its standard output does. An older `cat`, or another one, copies by itself and with the same
 * result. Nothing of that is relied on: how many bytes there are is looked at, and whether they are those of the source, in
 * many places; after anything unexpected (no such program, a failure, a signal, other bytes) the caller copies as it does
 * everywhere else, and what is really wrong fails there with its reason.
 *
 * A run that is killed leaves `cat` to end what it was told: some milliseconds, into a temporary file which the next run
 * removes.
 */
import { spawn } from 'node:child_process';
import { SalvorError, throwIfInterrupted } from '../media/errors.ts';
import type { AtomicOutput } from './atomic-output.ts';
import { FileSource, sharedBlockLength, type FilePlace } from './file-source.ts';
import { closeSync, constants, fstatSync, openSync, readSync, statfsSync } from './file-system.ts';
import { Pace } from './pace.ts';
import { isSameRange } from './same-bytes.ts';

/** The numbers of file systems whose files can have blocks in common (`man 2 statfs`). */
const btrfs = 0x9123683e;
const sharing: ReadonlySet<number> = new Set([btrfs, 0x58465342 /* XFS */, 0xca451a4e /* bcachefs */]);

/** Shorter ranges have been copied before the programs have started. */
const minRange = 8 * 1024 * 1024;

/** A descriptor is brought to an offset by reading up to there: what lies farther behind is not worth that. */
const farthestOffset = 256 * 1024 * 1024;
const readLength = 1024 * 1024;
const progressEvery = 100;

/** Places that are compared afterwards, evenly from the first bytes to the last, and how many bytes of each. */
const comparedPlaces = 32;
const comparedLength = 4096;
/** The kernel copies at most so many bytes at a time: where two of these join is compared as well. */
const maxCall = 0x7ffff000;

/** A range, and where it goes. */
export interface KernelCopy {
  readonly from: FilePlace;
  readonly length: number;
  readonly output: AtomicOutput;
  /** Offset in the output. Both lie alike in the blocks of their files. */
  readonly at: number;
}

/** Whether another file beside this one may be able to have a range of it in common with it. */
export function mayShareBlocks(source: FileSource, length: number): boolean {
  if (length < minRange) return false;
  try {
    return sharing.has(statfsSync(`/proc/self/fd/${source.descriptor}`).type);
  } catch {
    return false; // No /proc, no Linux.
  }
}

/** Whether a range is better copied by the kernel, because the file system has it shared. */
export function isShared({ from, length, output, at }: KernelCopy): boolean {
  if (length < minRange || (from.offset - at) % sharedBlockLength !== 0) return false;
  if (from.offset > farthestOffset || at > farthestOffset) return false;
  try {
    const [own, other] = [from.source.descriptor, output.descriptor].map((descriptor) => ({
      type: statfsSync(`/proc/self/fd/${descriptor}`).type,
      device: fstatSync(descriptor).dev,
    }));
    if (own!.type !== other!.type || !sharing.has(own!.type)) return false;
    // The subvolumes of one btrfs are devices of their own.
    return own!.device === other!.device || own!.type === btrfs;
  } catch {
    return false; // No /proc, no Linux.
  }
}

/**
 * Has the kernel copy a range, with all that follows it in its file, which is cut off again; what there is of the output
 * behind the range is lost. Gives whether the bytes are there; where they are not, nothing can be said of the output from
 * `at` on. Throws `interrupted` errors, and `output` errors where the output cannot be written at all.
 */
export async function copyByKernel(
  copy: KernelCopy,
  options: { readonly signal?: AbortSignal; readonly progress?: (done: number) => void } = {},
): Promise<boolean> {
  const { from, length, output, at } = copy;
  const { signal, progress } = options;
  throwIfInterrupted(signal);
  // Only whole blocks can be shared: what is before the first of them is copied here.
  const lead = Math.min(length, (sharedBlockLength - (at % sharedBlockLength)) % sharedBlockLength);
  const first = new Uint8Array(lead);
  try {
    if (from.source.readInto(first, from.offset) !== lead) return false;
  } catch {
    return false;
  }
  output.write(first, at);
  const timer = setInterval(() => progress?.(bytesThere(copy)), progressEvery);
  try {
    if (!(await isCatDone(from.offset + lead, at + lead, copy, signal))) return false;
  } finally {
    clearInterval(timer);
  }
  if (output.length < at + length) return false;
  output.truncate(at + length);
  if (!(await isSameInMany(copy, new Pace(signal)))) return false;
  progress?.(length);
  return true;
}

function bytesThere({ length, output, at }: KernelCopy): number {
  return Math.max(0, Math.min(length, output.length - at));
}

/** Copies what follows from two offsets on, and gives whether the program ended as it should. It is stopped with the run. */
async function isCatDone(
  start: number,
  at: number,
  { from, output }: KernelCopy,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const descriptors: number[] = [];
  let stop: (() => void) | undefined;
  try {
    descriptors.push(openAt(from.source.descriptor, constants.O_RDONLY, start));
    descriptors.push(openAt(output.descriptor, constants.O_RDWR, at));
    const [input, into] = descriptors;
    const isDone = await new Promise<boolean>((resolve) => {
      const child = spawn('cat', [], { stdio: [input, into, 'pipe'] });
      stop = () => void child.kill('SIGKILL');
      signal?.addEventListener('abort', stop, { once: true });
      let complained = false;
      child.stderr!.on('data', () => void (complained = true));
      child.once('error', () => resolve(false));
      child.once('close', (code) => resolve(code === 0 && !complained));
    });
    throwIfInterrupted(signal);
    return isDone;
  } catch (error) {
    if (error instanceof SalvorError) throw error;
    return false; // It could not be opened anew, or read, or there are too many processes.
  } finally {
    if (stop !== undefined) signal?.removeEventListener('abort', stop);
    for (const descriptor of descriptors) closeSync(descriptor);
  }
}

/** Another descriptor of an open file, which stands at an offset: only its own reading moves it there. */
function openAt(descriptor: number, flags: number, offset: number): number {
  const opened = openSync(`/proc/self/fd/${descriptor}`, flags);
  const block = new Uint8Array(Math.min(readLength, offset));
  try {
    for (let read = 0; read < offset;) {
      const count = readSync(opened, block, 0, Math.min(block.length, offset - read), null);
      if (count === 0) throw new RangeError(`the file ends before byte ${offset}`);
      read += count;
    }
    return opened;
  } catch (error) {
    closeSync(opened);
    throw error;
  }
}

/** Whether the bytes of the output are those of the source: at both ends, where two calls of the kernel join, and between. */
async function isSameInMany({ from, length, output, at }: KernelCopy, pace: Pace): Promise<boolean> {
  // Opened anew: the path may lead to another file by now.
  const written = new FileSource(`/proc/self/fd/${output.descriptor}`, output.target);
  try {
    for (const place of placesIn(length)) {
      const count = Math.min(comparedLength, length - place);
      const one = { source: from.source, offset: from.offset + place };
      if (!(await isSameRange(one, { source: written, offset: at + place }, count, pace))) return false;
    }
    return true;
  } finally {
    written.close();
  }
}

/** Where in a range bytes are compared. */
function placesIn(length: number): number[] {
  const last = Math.max(0, length - comparedLength);
  const places = Array.from({ length: comparedPlaces }, (_, index) =>
    Math.floor((last * index) / (comparedPlaces - 1)),
  );
  for (let join = maxCall; join < length; join += maxCall) places.push(join - comparedLength / 2);
  return places;
}
