/**
 * Moves a range of one file into another, at the speed of the disk and in constant memory, and shows the bytes to
 * whoever wants to look at them on the way.
 *
 * Measured (bench/): a block of 128 KiB is read and written again while it is still in the processor's cache, without
 * leaving the thread; larger blocks, reading ahead, and the thread pool all take longer, up to three times. The data is
 * brought to the disk in the background while the copying goes on, so that the last sync has little left to do. Where the
 * file system can let both files have the same blocks, the kernel does it (kernel-copy.ts).
 */
import { fdatasync, readSync } from './file-system.ts';
import { promisify } from 'node:util';
import { SalvorError } from '../media/errors.ts';
import type { AtomicOutput } from './atomic-output.ts';
import { alignedPlace, cacheLine } from './block-source.ts';
import { FileSource, type RangeSource } from './file-source.ts';
import { copyByKernel, isShared as sharesBlocks, type KernelCopy } from './kernel-copy.ts';
import { Pace } from './pace.ts';
import { inputError, outputError } from './system-error.ts';

const blockLength = 128 * 1024;
/** Bytes after which others get their turn at the latest, however fast the disk is. */
const turnEvery = 8 * 1024 * 1024;
/** Bytes that a sync in the background is for, and at most as many more may be written before it has ended: a run that is
 * stopped waits for it. */
const syncEvery = 64 * 1024 * 1024;

const syncAsync = promisify(fdatasync);

/** Sees the bytes of a range go by, in order. `offset` is that of the first byte in the source file. */
export type ByteObserver = (bytes: Uint8Array, offset: number) => void;

/** What is done with the bytes on the way, and how the caller is kept informed. */
export interface RangeOptions {
  readonly observe?: ByteObserver;
  /** Sees of the range what `observe` needs to see, by reading that itself: for bytes that do not pass by here. */
  readonly inspect?: () => Promise<void>;
  /** Whether the kernel is to copy it: where it has the range shared, unless told otherwise. */
  readonly isShared?: (copy: KernelCopy) => boolean;
  /** Changes the bytes of each block before they are written; `offset` is that of the first byte in the source. */
  readonly edit?: (bytes: Uint8Array, offset: number) => void;
  /** Called with the bytes done so far. */
  readonly progress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Reads a range from beginning to end, in blocks but for the first, which has at most `firstLength` bytes. What
 * `visit` gives is waited for. Throws
 * `unreadable` if the file ends before the range.
 */
export async function readRange(
  source: RangeSource,
  start: number,
  length: number,
  visit: (bytes: Uint8Array, offset: number) => void | Promise<void>,
  signal?: AbortSignal,
  firstLength = blockLength,
): Promise<void> {
  const end = start + length;
  const room = new Uint8Array(Math.min(blockLength, length) + cacheLine);
  const block = room.subarray(alignedPlace(start + firstLength)).subarray(0, blockLength);
  let wanted = firstLength;
  let offset = start;
  const pace = new Pace(signal);
  let turned = start;
  pace.check();
  while (offset < end) {
    const count = readBlock(source, block.subarray(0, wanted), offset, end);
    wanted = blockLength;
    const wait = visit(block.subarray(0, count), offset);
    offset += count;
    if (wait !== undefined) await pace.during(wait);
    if (offset - turned < turnEvery && !pace.isDue) continue;
    turned = offset;
    await pace.turn();
  }
}

/** Fills the block, or as much of it as is left before `end`; a short read is not an end. */
function readBlock(source: RangeSource, block: Uint8Array, offset: number, end: number): number {
  const wanted = Math.min(block.length, end - offset);
  let filled = 0;
  try {
    while (filled < wanted) {
      const count =
        source instanceof FileSource
          ? readSync(source.descriptor, block, filled, wanted - filled, offset + filled)
          : source.readInto(block.subarray(filled, wanted), offset + filled);
      if (count === 0) break;
      filled += count;
    }
  } catch (error) {
    throw inputError(source.path, error, offset + filled);
  }
  if (filled === wanted) return filled;
  const missing = end - offset - filled;
  throw new SalvorError('unreadable', `the file ends before byte ${end}, where ${missing} more bytes were expected`, {
    file: source.path,
    offset: offset + filled,
  });
}

/**
 * Copies `length` bytes from `start` of the source to `at` in the output. What the output has behind them may be lost.
 */
export async function copyRange(
  source: RangeSource,
  start: number,
  length: number,
  output: AtomicOutput,
  at: number,
  options: RangeOptions = {},
): Promise<void> {
  const { observe, edit, progress, signal } = options;
  if (edit === undefined && (await isCopiedByKernel(source, start, length, output, at, options))) return;
  let syncing: Promise<void> | undefined;
  let syncFailure: unknown;
  let synced = 0;
  let done = 0;
  try {
    await readRange(
      source,
      start,
      length,
      (bytes, offset) => {
        observe?.(bytes, offset);
        edit?.(bytes, offset);
        output.write(bytes, at + done);
        done += bytes.length;
        if (syncFailure !== undefined) throw outputError(output.target, syncFailure);
        if (done - synced >= syncEvery && syncing === undefined) {
          synced = done;
          syncing = syncAsync(output.descriptor).then(
            () => void (syncing = undefined),
            (error) => void (syncFailure = error),
          );
        }
        progress?.(done);
        return done - synced >= syncEvery ? syncing : undefined;
      },
      signal,
      // Pages that are written in one piece are locked and looked up once: a fifth of the time of writing.
      blockLength - (at % blockLength),
    );
  } finally {
    await syncing;
  }
  if (syncFailure !== undefined) throw outputError(output.target, syncFailure);
}

/** Lets the kernel copy the range where the file system has it shared; then it is looked at here. Gives whether that was done. */
async function isCopiedByKernel(
  source: RangeSource,
  start: number,
  length: number,
  output: AtomicOutput,
  at: number,
  { isShared = sharesBlocks, observe, inspect, progress, signal }: RangeOptions,
): Promise<boolean> {
  const from = source.placeInFile?.(start, length);
  if (from === undefined || !isShared({ from, length, output, at })) return false;
  if (!(await copyByKernel({ from, length, output, at }, signal === undefined ? {} : { signal }))) return false;
  if (inspect !== undefined) await inspect();
  else if (observe !== undefined) {
    const show: ByteObserver = (bytes, offset) => {
      observe(bytes, offset);
      progress?.(offset + bytes.length - start);
    };
    await readRange(source, start, length, show, signal);
  }
  progress?.(length);
  return true;
}
