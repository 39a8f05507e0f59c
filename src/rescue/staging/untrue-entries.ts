/** Entries of a staging set that place a sample where there is none: such samples are left out, and told of. */
import type { ByteSource } from '../../io/file-source.ts';
import type { Findings } from '../../media/findings.ts';
import { noteLeftOut, type LeftOut } from '../../media/left-out.ts';
import type { Track } from '../../media/track.ts';

/** Takes the samples out of a track whose entries are not true (`keep` is 0), and accounts for them. `source`: the track file. */
export function takeOut(
  track: Track,
  keep: Uint8Array,
  leftOut: LeftOut,
  source: ByteSource,
  mediaSize: number,
  findings: Findings,
): void {
  const { samples } = track;
  if (!keep.includes(0)) return;
  let time = samples.firstDecodeTime;
  for (let i = 0; i < samples.length; i++) {
    const duration = samples.durations.data[i]!;
    time += duration;
    if (keep[i] === 1) continue;
    const [offset, size] = [samples.offsets.at(i), samples.sizes.at(i)];
    // What was overwritten is no sample: the media tells how many there were.
    const seconds = duration / track.timescale;
    if (size > 0) noteLeftOut(leftOut, 'missing', offset, size, time / track.timescale - seconds, seconds);
    findings.add(
      'staging-entry-untrue',
      size === 0
        ? `the entry of ${track.kind} sample ${i + 1} is overwritten`
        : `${track.kind} sample ${i + 1} is said to lie at bytes ${offset} to ${offset + size}; the media file has ${mediaSize}`,
      { file: source.path, track: track.kind, sample: i + 1 },
    );
  }
  samples.retain(keep);
}
