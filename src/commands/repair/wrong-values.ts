/**
 * Finds the values that a recorder wrote wrong into a file it closed in good order, beyond what the reader's own checks
 * tell: go-rtmp gives every video the size 1280x720. Writing the tracks anew puts them right.
 */
import type { ByteSource } from '../../io/file-source.ts';
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import { isDefaultSize } from '../../rescue/movie-index/put-right.ts';
import { sizeInStream } from './picture-size.ts';

/** `head`: bytes that the first frame that decoding can begin with lacks; none as a rule. */
export function reportWrongValues(
  file: MovieFile,
  track: Track,
  source: ByteSource,
  head: Uint8Array,
  findings: Findings,
): void {
  const claimed = file.movie?.tracks.find(({ trackId }) => trackId === track.id)?.entries[0];
  const size = track.kind === 'video' ? sizeInStream(track, source, head) : undefined;
  if (claimed?.visual === undefined || size === undefined) return;
  const { width, height } = claimed.visual;
  if (!isDefaultSize(file, claimed.visual, size)) return;
  findings.add(
    'mp4-size-contradicts',
    `the sample entry says ${width}x${height}, the stream itself ${size.width}x${size.height}, which is right`,
    { file: source.path, track: 'video', offset: claimed.span.start },
  );
}
