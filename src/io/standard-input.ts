/**
 * Standard input as something that can be read at any offset: a file that was redirected is read as it is, everything else
 * is written to a temporary file as it comes, which loses its name at once and goes when it is closed. Memory does not
 * depend on how much comes.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
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
  const directory = mkdtempSync(join(tmpdir(), 'salvor-'));
  const path = join(directory, 'input');
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'wx', 0o600);
    for await (const block of blocks) {
      throwIfInterrupted(signal);
      for (let written = 0; written < block.length;) written += writeSync(descriptor, block, written);
    }
    return new FileSource(path, standardInputName);
  } catch (error) {
    throw error instanceof SalvorError ? error : outputError(directory, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(directory, { recursive: true, force: true });
  }
}
