/** The staging files of one recording: which of them are there, and all of them open. What is in them is read elsewhere. */
import { pathKind } from '../io/directory.ts';
import { FileSource } from '../io/file-source.ts';
import type { StagingSources } from './reader.ts';

/** The staging files of one recording that are there. */
export interface StagingFiles {
  /** The recording's path as the server knows it: the name of the MP4 to be. */
  readonly recording: string;
  readonly info: string | undefined;
  readonly mdat: string | undefined;
  readonly tracks: ReadonlyMap<number, string>;
}

/** Paths of the files. */
export function pathsOf(files: StagingFiles): string[] {
  return [...files.tracks.values(), files.mdat, files.info].filter((path) => path !== undefined);
}

/** Which files of the set are there; nothing is opened. `recording` is the path without a staging suffix. */
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

/** The files of a set, open. */
export interface OpenStagingFiles extends StagingSources {
  readonly info: FileSource | undefined;
  readonly mdat: FileSource | undefined;
  readonly tracks: ReadonlyMap<number, FileSource>;
  /** All of them. */
  readonly all: readonly FileSource[];
  close(): void;
}

/** Opens all that are there, or none: throws `unreadable` errors of the one that cannot be opened. Has to be closed. */
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
      all: opened,
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
