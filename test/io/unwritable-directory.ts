/**
 * A directory that takes no changes, whoever asks: for root, to whom permissions mean nothing, it is made immutable; for
 * everybody else its permission to write is taken away.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const isRoot = process.getuid?.() === 0;

function setImmutable(path: string, immutable: boolean): boolean {
  return spawnSync('chattr', [immutable ? '+i' : '-i', path]).status === 0;
}

/** Why a test cannot have such a directory here; undefined where it can. */
export const noUnwritableDirectory: string | undefined = (() => {
  if (!isRoot) return undefined;
  const directory = mkdtempSync(join(tmpdir(), 'salvor-immutable-'));
  const works = setImmutable(directory, true) && setImmutable(directory, false);
  rmdirSync(directory);
  return works ? undefined : 'the tests run as root, and this file system has no immutable directories (chattr +i)';
})();

/** Takes the permission to change a directory, or to remove a file, away while something runs. */
export async function whileUnwritable(path: string, run: () => void | Promise<void>): Promise<void> {
  const mode = statSync(path).mode & 0o7777;
  if (isRoot) setImmutable(path, true);
  else chmodSync(path, mode & 0o555);
  try {
    await run();
  } finally {
    if (isRoot) setImmutable(path, false);
    else chmodSync(path, mode);
  }
}
