/** The codec of an MP4 track: what its sample entry says, and for VP9, whose record has no size, its first frame. */
import { parseVp9FrameHeader } from '../../codecs/vp9/frame-header.ts';
import type { CodecFacts } from '../../media/probed-recording.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import { sampleEntryFacts } from './sample-entry-facts.ts';

/** Bytes of a frame that hold its size. */
const frameHead = 64;

/** Reads media of VP9 tracks only. */
export function trackFacts({ track, samples }: ReadTrack): CodecFacts {
  const facts = sampleEntryFacts(track.entries[0]);
  const { table } = samples;
  if (facts.name !== 'vp9' || table.length === 0) return facts;
  const length = Math.min(frameHead, table.sizes.at(0));
  const frame = parseVp9FrameHeader(track.span.source.read(table.offsets.at(0), length).slice()).value;
  if (frame?.width === undefined || frame.height === undefined) return facts;
  return { ...facts, width: frame.width, height: frame.height };
}
