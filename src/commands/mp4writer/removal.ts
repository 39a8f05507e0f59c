/**
 * Removes the staging files of a recording whose MP4 is complete, so that a run that is killed meanwhile can be taken up
 * again. First `.info` is set aside under a name that says that all of them are to go; the media, by which the rest can be
 * held against the MP4, goes last but for that mark. What had no such mark and lacks files was torn by something else.
 */
import { dirname } from 'node:path';
import { writerOf } from '../../io/open-for-writing.ts';
import { isStillThere, removeFile, removeRead, setAside, syncRemovals } from '../../io/removal.ts';
import { removalMarkOf } from '../../rescue/staging/removal-mark.ts';
import type { OpenStagingFiles } from './staging-files.ts';

/**
 * Removes them, durably, and the mark last. False: not one was touched, because some of them are no longer the files that were
 * read, or a process may write to them. Throws an `output` error where the system refuses.
 */
export function removeStagingFiles(recording: string, { info, mdat, tracks, all }: OpenStagingFiles): boolean {
  if (!all.every(isStillThere) || writerOf(all.map(({ path }) => path)) !== undefined) return false;
  const mark = removalMarkOf(recording);
  if (info !== undefined) setAside(info.path, mark);
  removeRead(tracks.values());
  if (mdat !== undefined) removeRead([mdat]);
  removeFile(mark);
  syncRemovals(dirname(recording));
  return true;
}
