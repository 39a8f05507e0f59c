/**
 * Finds the values that a recorder wrote wrong into a file it closed in good order, beyond what the reader's own checks
 * tell: go-rtmp gives every video the size 1280x720. Writing the tracks anew puts them right.
 */
import type { Findings } from '../../media/findings.ts';
import { pictureOf } from '../../mp4/codec-sample-entry.ts';
import type { DescribedMovie } from './described-movie.ts';

export function reportWrongValues({ file, tracks }: DescribedMovie, findings: Findings): void {
  for (const { id, kind, configuration } of tracks) {
    const track = file.movie?.tracks.find(({ trackId }) => trackId === id);
    const visual = track?.entries[0]?.visual;
    if (kind !== 'video' || visual === undefined) continue;
    if (!('sps' in configuration) || configuration.sps === undefined) continue;
    const { width, height } = pictureOf(configuration);
    if (visual.width === width && visual.height === height) continue;
    findings.add(
      'mp4-size-contradicts',
      `the sample entry says ${visual.width}x${visual.height}, the sequence parameter set ${width}x${height}, which is right`,
      { file: file.layout.source.path, track: 'video', offset: track!.entries[0]!.span.start },
    );
  }
}
