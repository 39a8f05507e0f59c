/**
 * A tree of recordings as a crash leaves it, and what is in such a tree: for tests and trials of sweeps. What is to become of it
 * is not known here.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { copyStagingCase } from './fixtures.ts';
import { fixturesDirectory } from './project.ts';

/** The same for all trees: results say when the originals were recorded. */
export const anHourAgo = Math.floor(Date.now() / 1000) - 3600;

/** A tree as a crash leaves it, all of it an hour old. `hostile`: with links, pipes and names that are hard to read. */
export function makeTree(root: string): void {
  const folders = ['cam 1', 'cam 1/deeper', 'other', "it's", 'set'];
  for (const folder of folders) mkdirSync(join(root, folder), { recursive: true });
  const copies = {
    'cam 1/killed.flv': 'flv/killed-chunk3.flv',
    'cam 1/deeper/named like nothing.tmp': 'go-rtmp/h265_inband_aac_kill193/recording.mp4',
    "it's/rec\n$(x).ts": 'ts/scrambled-half.ts',
    'other/intact.ts': 'ems/ts/killed-chunked4-10s/rec_part0001.ts',
    'other/intact.mp4': 'mp4/leading-pictures.mp4',
  };
  for (const [name, source] of Object.entries(copies)) copyFileSync(join(fixturesDirectory, source), join(root, name));
  copyStagingCase('clean', 'short-1s', join(root, 'set'));
  writeFileSync(join(root, 'other/notes.txt'), 'no recording');
  writeFileSync(join(root, 'other/notes.info'), 'no recording either');
  writeFileSync(join(root, 'other/page.mkv'), Buffer.from('1a45dfa3a342868101', 'hex'));
  symlinkSync(join(root, 'cam 1/killed.flv'), join(root, 'other/link.flv'));
  symlinkSync(root, join(root, 'other/loop'));
  spawnSync('mkfifo', [join(root, 'other/pipe.flv')]);
  age(root);
}

/** Makes everything in a folder an hour old. */
export function age(root: string): void {
  for (const path of filesIn(root)) {
    utimesSync(path, anHourAgo, anHourAgo);
  }
}

/** All regular files below a folder. */
export function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('/loop'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** What every file holds, and when it was written. */
export function stateOf(root: string): Map<string, string> {
  return new Map(
    filesIn(root).map((path) => {
      const { mtimeMs } = statSync(path);
      return [path.slice(root.length + 1), `${mtimeMs} ${createHash('md5').update(readFileSync(path)).digest('hex')}`];
    }),
  );
}

/** When something was last made or removed in each folder. */
export function foldersOf(root: string): [path: string, mtimeMs: number][] {
  const folders = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  return [root, ...folders.toSorted()].map((path) => [path, statSync(path).mtimeMs]);
}

/** What every file holds. */
export function contents(root: string): Map<string, string> {
  return new Map(
    filesIn(root).map((path) => [
      path.slice(root.length + 1),
      createHash('md5').update(readFileSync(path)).digest('hex'),
    ]),
  );
}
