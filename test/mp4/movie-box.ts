/** The moov of tracks, made at once: tests have no recordings of a day. */
import type { PlacedTrack } from '../../src/media/timeline.ts';
import type { Box } from '../../src/mp4/box.ts';
import { movieBoxSteps, type MovieOptions } from '../../src/mp4/movie.ts';
import { atOnce } from '../../src/io/pace.ts';

export function movieBox(placed: readonly PlacedTrack[], options: MovieOptions): Box {
  return atOnce(movieBoxSteps(placed, options));
}
