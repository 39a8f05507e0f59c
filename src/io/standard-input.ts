/**
 * Standard input as something that can be read at any offset: it is written to a temporary file as it comes, which has no
 * name any more from the beginning and goes when it is closed. Memory does not depend on how much comes.
 */
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { throwIfInterrupted } from '../media/errors.ts';
import type { ByteSource } from './file-source.ts';
import { outputError } from './system-error.ts';

export interface SpooledInput extends ByteSource {
  close(): void;
}

/** Takes blocks to their end. `name`: for messages. */
export async function spool(
  blocks: AsyncIterable<Uint8Array>,
  name: string,
  signal?: AbortSignal,
): Promise<SpooledInput> {
  const directory = mkdtempSync(join(tmpdir(), 'salvor-'));
  let descriptor: number | undefined;
  try {
    descriptor = openSync(join(directory, 'input'), 'wx+', 0o600);
    rmSync(directory, { recursive: true });
    for await (const block of blocks) {
      throwIfInterrupted(signal);
      for (let written = 0; written < block.length;) written += writeSync(descriptor, block, written);
    }
    return opened(descriptor, name);
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    rmSync(directory, { recursive: true, force: true });
    throw outputError(directory, error);
  }
}

function opened(descriptor: number, path: string): SpooledInput {
  const { size } = fstatSync(descriptor);
  return {
    path,
    size,
    read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const count = readSync(descriptor, bytes, filled, bytes.length - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return bytes.subarray(0, filled);
    },
    close: () => closeSync(descriptor),
  };
}
