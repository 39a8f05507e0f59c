/** Says what carving found and what it had to leave, in findings. */
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import type { Carving } from './carver.ts';
import { unseenLag } from '../clocks/arrival-bound.ts';
import type { JoinedTrack } from './joined-tracks.ts';

/** Samples a second that are taken where nothing tells, and the fewest and the most that recorders write. */
const assumedRate = 25;
const minRate = 5;
const maxRate = 120;
/** Seconds by which audio and video may be apart before it is more than a note: what order in the file leaves open as a rule. */
const perceptible = 0.25 + unseenLag;

/** What of genuine recordings is so of both tracks, where nothing tells it of this one. */
const usualBeginnings = '201 of 206 public recordings do within 0.1 s';

/** Seconds on the recording's clock at which a track has reached an offset of the file. */
function timeAtOffset({ samples, timescale }: Track, offset: number): number {
  let time = samples.firstDecodeTime;
  for (let i = 0; i < samples.length && samples.offsets.data[i]! < offset; i++) time += samples.durations.data[i]!;
  return time / timescale;
}

/** Adds what was found in `file`, by what its times were found, and what had to be left. */
export function reportCarving(
  { skipped, passed }: Carving,
  joined: readonly JoinedTrack[],
  file: string,
  findings: Findings,
): void {
  for (const { track, carved, times, orderKnown, latestShown, beginsAsLent } of joined) {
    if (carved === 0 && times.basis === 'known') continue;
    const place = { file, track: track.kind } as const;
    if (carved > 0) {
      findings.add(
        'media-carved',
        `${carved} ${track.kind} samples that no entry describes were found in the media`,
        place,
      );
    }
    const { basis, boundSeconds, contradiction, beginsWith } = times;
    if (basis === 'assumed') {
      findings.add(
        'times-assumed',
        `nothing gives the rate of the ${track.kind}; ${assumedRate} samples a second were taken (--fps): what lasts ${(carved / assumedRate).toFixed(1)} s so may last ${(carved / maxRate).toFixed(1)} s (${maxRate} a second) to ${(carved / minRate).toFixed(1)} s (${minRate} a second)`,
        place,
      );
    } else if (basis !== 'known') {
      const follow = `the times of the ${track.kind} that were lost follow from the ${basis}`;
      const isSure = boundSeconds === undefined || boundSeconds <= perceptible || beginsWith !== undefined;
      if (isSure) {
        const within =
          boundSeconds === undefined || beginsWith !== undefined ? '' : `, to ${boundSeconds.toFixed(2)} s`;
        findings.add('times-continued', `${follow}${within}`, place);
      } else {
        const off = `audio and video may be off against each other by up to ${boundSeconds.toFixed(1)} s`;
        findings.add('times-assumed', `${follow}: ${off}`, place);
      }
    }
    if (contradiction !== undefined) {
      findings.add(
        'clocks-contradict',
        `the timing that the pictures announce and the audio beside them differ by ${(100 * contradiction).toFixed(1)} %; the audio was believed`,
        place,
      );
    }
    if (beginsWith !== undefined) {
      findings.add(
        'start-offset-assumed',
        `the writer put whole chunks of each track into the file, so both tracks are taken to begin ${beginsAsLent === undefined ? `together, as ${usualBeginnings}` : `${beginsAsLent.toFixed(2)} s apart, as in the reference`}; if they did not, they are off by at most ${boundSeconds!.toFixed(1)} s`,
        place,
      );
    }
    if (!orderKnown) {
      findings.add(
        'times-assumed',
        `where the order of pictures is unknown they are shown when they are decoded, up to ${latestShown.toFixed(2)} s early`,
        place,
      );
    }
  }
  if (passed !== undefined && passed.count > 0) {
    findings.add(
      'media-passed-over',
      `${passed.bytes} bytes in ${passed.count} places between the samples are of tracks that are not read: they were passed over`,
      { file, offset: passed.ranges[0]!.offset },
    );
  }
  const clock = joined.find(({ track }) => track.kind === 'audio') ?? joined[0];
  for (const { offset, length, reason } of skipped) {
    const at = clock === undefined ? '' : ` at ${timeAtOffset(clock.track, offset).toFixed(3)} s`;
    const place = { file, offset, length };
    if (reason === 'torn') {
      findings.add('media-torn', `the last ${length} bytes are the beginning of a sample${at}`, place);
    } else {
      const what = reason === 'zeros' ? 'zeros, or samples that they reach into' : 'no samples that can be read';
      findings.add('media-skipped', `bytes ${offset} to ${offset + length}${at} are ${what}`, place);
    }
  }
}
