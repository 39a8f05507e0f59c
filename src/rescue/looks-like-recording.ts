/** Which files of a directory are looked at where all recordings in it are meant. What is in them is not decided here. */
import { pathKind } from '../io/directory.ts';
import { FileSource } from '../io/file-source.ts';
import { SalvorError } from '../media/errors.ts';
import { containerOf, isStillPicture } from './container.ts';

/** Endings of recordings, those of their unfinished forms among them, with what is put behind while they are written. */
const recordingNames =
  /\.(?:(?:mp4|m4v|m4a|mov|qt|3gp|3g2|flv|f4v|ts|mts|m2ts|m2t|m4s|insv|lrv|rsv)(?:\.(?:tmp|temp|part|partial|crdownload|download|incomplete))?|tmp_extension|info|mdat|track[12])$/i;

/**
 * In a sweep, what is a recording by its name or by its content: unfinished ones have other names (`.mp4.tmp`, `.part`), and
 * damaged ones other content.
 */
export function looksLikeRecording(path: string): boolean {
  if (recordingNames.test(path)) return true;
  if (isIndexBesideMedia(path)) return false;
  try {
    const source = new FileSource(path);
    try {
      return !isStillPicture(source) && containerOf(source) !== undefined;
    } finally {
      source.close();
    }
  } catch (error) {
    // What cannot be opened and has another name is nobody's recording as far as can be told.
    if (error instanceof SalvorError) return false;
    throw error;
  }
}

/**
 * Whether a file in a directory is the index of a recording whose media a recorder keeps beside it until it closes both
 * (Flashphoner: `X.mp4.header` and `X.mp4.tmp`): the media is the recording, and the index lends what it knows.
 */
export function isIndexBesideMedia(path: string): boolean {
  const [, stem] = /^(.+)\.header$/is.exec(path) ?? [];
  return stem !== undefined && pathKind(`${stem}.tmp`) === 'file';
}
