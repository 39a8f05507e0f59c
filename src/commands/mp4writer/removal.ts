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
 * Gives the media, which has become the MP4, its name; then removes the other files if they are to go, and the mark last: of a
 * run that is stopped in between, the mark tells that the MP4 was complete. Tells whether they were removed, as the other does.
 */
export function nameAndRemove(
  recording: string,
  { info, tracks }: OpenStagingFiles,
  isToGo: boolean,
  name: () => void,
): boolean {
  const rest = [...tracks.values(), ...(info === undefined ? [] : [info])];
  const mayGo = isToGo && rest.every(isStillThere) && writerOf(rest.map(({ path }) => path)) === undefined;
  const mark = removalMarkOf(recording);
  if (mayGo && info !== undefined) setAside(info.path, mark);
  name();
  if (!mayGo) return false;
  removeRead(tracks.values());
  removeFile(mark);
  syncRemovals(dirname(recording));
  return true;
}

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
