/**
 * Puts the index of a movie that was recorded before its media, where the file system gives that for nothing: where files can
 * have blocks in common, a second file with the same media is made in milliseconds and takes the place of the first. Until
 * then, and after anything that does not go well, the first one stays as it is: it is whole.
 */
import { AtomicOutput } from '../../io/atomic-output.ts';
import { FileSource } from '../../io/file-source.ts';
import { mayShareBlocks } from '../../io/kernel-copy.ts';
import { Pace } from '../../io/pace.ts';
import { SalvorError } from '../../media/errors.ts';
import { Findings } from '../../media/findings.ts';
import type { ClosedMovie } from '../../mp4/recording-movie.ts';
import { verifyMovie } from '../../mp4/verify-movie.ts';
import { layOutMovie, writeMovie, type MovieSource } from '../../mp4/write-movie.ts';

/** The media would have to be copied. */
class NotShared extends SalvorError {}

/** Gives the length of the file that has taken the place of the one at `path`; undefined where none has. */
export async function putIndexFirst(path: string, movie: ClosedMovie): Promise<number | undefined> {
  let media: FileSource | undefined;
  try {
    media = new FileSource(path);
    if (!mayShareBlocks(media, movie.mediaEnd - movie.mediaStart)) return undefined;
    return await replace(path, { ...movie, media }, media);
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  } finally {
    media?.close();
  }
}

async function replace(path: string, movie: MovieSource, replaced: FileSource): Promise<number> {
  const pace = new Pace();
  const output = new AtomicOutput(path, { replace: true, replaced });
  try {
    const layout = await layOutMovie(movie, pace);
    await writeMovie(movie, layout, output, {
      // Bytes pass by here where they are copied.
      observe: () => {
        throw new NotShared('output', 'no blocks are shared here');
      },
      inspect: async () => {},
    });
    await output.syncInBackground(pace);
    await verifyMovie(output.temporaryPath, movie, layout, pace);
    output.commit(new Findings());
    return layout.fileLength;
  } catch (error) {
    output.discard();
    throw error;
  }
}
