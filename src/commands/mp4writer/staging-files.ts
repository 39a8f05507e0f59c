/**
 * Finds the staging files a user means by a path, opens them, and removes them when the time has come. It knows names and
 * files, not what is in them.
 */
import { basename, dirname, join } from 'node:path';
import { FileSource } from '../../io/file-source.ts';
import { fileSize, listDirectory, pathKind, removeFiles } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { chunkNames, recordingCandidates, stagingSuffixes } from '../../staging/names.ts';
import type { StagingSources } from '../../staging/reader.ts';

/** The staging files of one recording that are there. */
export interface StagingFiles {
  /** The recording's path as the server knows it: the name of the MP4 to be. */
  readonly recording: string;
  readonly info: string | undefined;
  readonly mdat: string | undefined;
  readonly tracks: ReadonlyMap<number, string>;
}

/** Paths of the files, in the order in which they may be removed: `.info`, which describes the rest, last. */
export function pathsOf(files: StagingFiles): string[] {
  return [...files.tracks.values(), files.mdat, files.info].filter((path) => path !== undefined);
}

export function stagingFilesOf(recording: string): StagingFiles {
  const present = (suffix: string): string | undefined =>
    pathKind(recording + suffix) === undefined ? undefined : recording + suffix;
  const tracks = new Map<number, string>();
  for (const id of [1, 2]) {
    const path = present(`.track${id}`);
    if (path !== undefined) tracks.set(id, path);
  }
  return { recording, info: present('.info'), mdat: present('.mdat'), tracks };
}

/**
 * The recordings meant by a path: the recording itself (with or without `.mp4`, or any of its staging files), and every
 * part of it where it was recorded in chunks. A path without any staging files gives the recording that is there already.
 */
export function findRecordings(path: string): string[] {
  const found = new Set<string>();
  for (const candidate of recordingCandidates(path)) {
    const names = listDirectory(dirname(candidate));
    if (stagingSuffixes.some((suffix) => names.includes(basename(candidate) + suffix))) found.add(candidate);
    for (const chunk of chunkNames(basename(candidate), names)) found.add(join(dirname(candidate), chunk));
  }
  if (found.size > 0) return [...found];
  const finished = recordingCandidates(path).find((candidate) => pathKind(candidate) === 'file');
  if (finished !== undefined) return [finished];
  if (pathKind(path) === 'directory') {
    throw new SalvorError('usage', 'is a directory', { file: path, advice: 'give the path of a recording in it' });
  }
  const [first, ...others] = recordingCandidates(path);
  // What already ends in .mp4 is not expected to have another one.
  const orThose = (first!.endsWith('.mp4') ? [] : others).map((other) => `, or those of ${other}`).join('');
  throw new SalvorError(
    'unreadable',
    `no staging files: expected ${first}.info, ${first}.mdat and ${first}.track1${orThose}`,
    { file: path },
  );
}

/** The files of a set, open. */
export interface OpenStagingFiles extends StagingSources {
  readonly mdat: FileSource | undefined;
  /** A file that was written to since it was opened: the recording goes on. */
  changed(): FileSource | undefined;
  close(): void;
}

export function openStagingFiles(files: StagingFiles): OpenStagingFiles {
  const opened: FileSource[] = [];
  const close = (): void => {
    for (const source of opened) source.close();
  };
  const open = (path: string | undefined): FileSource | undefined => {
    if (path === undefined) return undefined;
    const source = new FileSource(path);
    opened.push(source);
    return source;
  };
  try {
    const tracks = new Map<number, FileSource>();
    for (const [id, path] of files.tracks) tracks.set(id, open(path)!);
    return {
      info: open(files.info),
      mdat: open(files.mdat),
      tracks,
      changed: () => opened.find((source) => source.hasChanged()),
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Removes the staging files, durably, `.info` last. */
export function removeStagingFiles(files: StagingFiles): void {
  removeFiles(pathsOf(files));
}

export function sizesOf(files: StagingFiles): { path: string; bytes: number }[] {
  return pathsOf(files).map((path) => ({ path, bytes: fileSize(path) ?? 0 }));
}
