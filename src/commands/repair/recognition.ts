/**
 * Which files of a directory are an MP4 or MOV that may have to be repaired: by their content, whatever they are called, and by
 * their name where the content is damaged from its first byte on.
 */
import { FileSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';
import { containerOf, damagedContainerOf, isStillPicture } from '../../rescue/container.ts';
import { isIndexBesideMedia } from '../../rescue/looks-like-recording.ts';
import { stripStagingSuffix } from '../../staging/names.ts';

const movieNames = /\.(?:mp4|m4v|m4a|mov|qt|3gp|3g2|insv|lrv|rsv)(?:\.(?:tmp|temp|part))?$/i;

/** Segments of a stream have their beginning elsewhere, and are as they should be without it. */
const segmentNames = /\.(?:m4s|cmf[vat])$/i;

/** Whether a file that was found in a directory is one to look at. What cannot be read is, if its name says so. */
export function isMovieToRepair(path: string): boolean {
  if (segmentNames.test(path) || stripStagingSuffix(path) !== path || isIndexBesideMedia(path)) return false;
  const isNamed = movieNames.test(path);
  try {
    const source = new FileSource(path);
    try {
      if (isStillPicture(source)) return false;
      return (isNamed ? damagedContainerOf(source) : containerOf(source)) === 'mp4';
    } finally {
      source.close();
    }
  } catch (error) {
    if (error instanceof SalvorError) return isNamed;
    throw error;
  }
}
