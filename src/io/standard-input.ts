/**
 * Standard input as something that can be read at any offset: a file that was redirected is read as it is, everything else
 * is written to a temporary file as it comes, which loses its name at once and goes when it is closed. Memory does not
 * depend on how much comes.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fstatSync, lstatSync, openSync, readdirSync, unlinkSync, writeSync } from './file-system.ts';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SalvorError, throwIfInterrupted } from '../media/errors.ts';
import { standardInputName, standardInputPath } from './byte-stream.ts';
import { FileSource } from './file-source.ts';
import { outputError } from './system-error.ts';

const standardInputDescriptor = 0;

/** Opens standard input when all of it has come. */
export async function openStandardInput(signal?: AbortSignal): Promise<FileSource> {
  if (fstatSync(standardInputDescriptor).isFile()) return new FileSource(standardInputPath, standardInputName);
  return spool(process.stdin, signal);
}

async function spool(blocks: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<FileSource> {
  const directory = tmpdir();
  removeLeft(directory);
  const path = join(directory, `${spoolPrefix}${process.pid}-${randomUUID()}`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'wx+', 0o600);
    // Before anything is in it: a run that is killed leaves nothing then.
    unlinkSync(path);
    for await (const block of blocks) {
      throwIfInterrupted(signal);
      for (let written = 0; written < block.length;) written += writeSync(descriptor, block, written);
    }
    return new FileSource(path, standardInputName, descriptor);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw error instanceof SalvorError ? error : outputError(directory, error);
  }
}

const spoolPrefix = 'salvor-input-';

/** Removes the empty files of runs that were killed before theirs had lost its name. */
function removeLeft(directory: string): void {
  try {
    for (const name of readdirSync(directory)) {
      const run = name.startsWith(spoolPrefix) ? /^(\d+)-/.exec(name.slice(spoolPrefix.length)) : null;
      if (run !== null && !isRunning(Number(run[1])) && lstatSync(join(directory, name)).size === 0) {
        unlinkSync(join(directory, name));
      }
    }
  } catch {
    // Others may come first, and not every directory can be read; a later run tries again.
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
