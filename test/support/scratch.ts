/**
 * Folders for tests to write in, gone when the test ends.
 */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a folder is tied to: a node:test context, or anything else that can run something at its end. */
export interface Lifetime {
  after(clean: () => void): void;
}

/** A new empty folder that disappears with the test, whatever was left in it. */
export function scratchDirectory(test: Lifetime): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'salvor-test-')));
  test.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
