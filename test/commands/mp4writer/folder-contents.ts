/**
 * What lies in a folder, to be compared before and after a program ran there. It knows no format.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Names of the files in a folder with their size and SHA-256: equal exactly if nothing was changed, added or removed. */
export function folderContents(directory: string): Readonly<Record<string, string>> {
  const contents: Record<string, string> = {};
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    contents[name] = statSync(path).isDirectory() ? 'directory' : fingerprint(readFileSync(path));
  }
  return contents;
}

function fingerprint(bytes: Uint8Array): string {
  return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The staging files among the contents of a folder. */
export function stagingFilesIn(contents: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(contents).filter(([name]) => /\.(?:info|mdat|track[12])$/.test(name)));
}
