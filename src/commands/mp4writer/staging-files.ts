/** Finds the staging files a user means by a path. It knows names and files, not what is in them. */
import { basename, dirname, join } from 'node:path';
import { fileSize, listDirectory, pathKind } from '../../io/directory.ts';
import { SalvorError } from '../../media/errors.ts';
import { refuseFileOfOtherKind } from '../../rescue/recording-kind.ts';
import { isRemovalBegun } from '../../rescue/staging/removal-mark.ts';
import { chunkNames, finishedChunkNames, recordingCandidates, stagingSuffixes } from '../../staging/names.ts';
import { pathsOf, type StagingFiles } from '../../staging/open-set.ts';

export {
  openStagingFiles,
  pathsOf,
  stagingFilesOf,
  type OpenStagingFiles,
  type StagingFiles,
} from '../../staging/open-set.ts';

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
  if (found.size > 0) {
    // Of other parts nothing may be left but the mark that the rest was removed.
    return [...new Set([...found, ...finishedRecordings(path, (candidate) => candidate).filter(isRemovalBegun)])];
  }
  const finished = finishedRecordings(path, (candidate) => candidate);
  // What is there was made of staging files that are gone, unless it is something else altogether.
  for (const candidate of finished) refuseFileOfOtherKind(candidate, 'movie');
  if (finished.length > 0) return finished;
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

/**
 * The recordings meant by a path whose MP4s are there: the recording itself, or else the parts of it where it was recorded in
 * chunks. `outputOf`: where the MP4 of a recording is.
 */
export function finishedRecordings(path: string, outputOf: (recording: string) => string): string[] {
  for (const candidate of recordingCandidates(path)) {
    if (pathKind(outputOf(candidate)) === 'file') return [candidate];
  }
  for (const candidate of recordingCandidates(path)) {
    const parts = finishedChunkNames(basename(candidate), listDirectory(dirname(outputOf(candidate))));
    const found = parts.map((part) => join(dirname(candidate), part));
    if (found.length > 0) return found;
  }
  return [];
}

/** The files that are there, with their bytes; a file that has gone meanwhile has 0. */
export function sizesOf(files: StagingFiles): { path: string; bytes: number }[] {
  return pathsOf(files).map((path) => ({ path, bytes: fileSize(path) ?? 0 }));
}
