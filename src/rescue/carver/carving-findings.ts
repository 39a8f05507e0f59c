/** Says what carving found and what it had to leave, in findings. */
import type { Findings } from '../../media/findings.ts';
import type { Track } from '../../media/track.ts';
import type { Carving } from './carver.ts';
import { reportTimes } from '../clocks/times-findings.ts';
import type { JoinedTrack } from './joined-tracks.ts';

/** Seconds on the recording's clock at which a track has reached an offset of the file. */
function timeAtOffset({ samples, timescale }: Track, offset: number): number {
  let time = samples.firstDecodeTime;
  for (let i = 0; i < samples.length && samples.offsets.data[i]! < offset; i++) time += samples.durations.data[i]!;
  return time / timescale;
}

/** Says of audio whose sampling rate was chosen among several what it and the pictures beside it would last at the others. */
function noteAssumedRate(joined: readonly JoinedTrack[], file: string, findings: Findings): void {
  const heard = joined.find(
    ({ track: { configuration } }) => configuration.codec === 'aac' && configuration.otherRates,
  );
  if (heard?.track.configuration.codec !== 'aac') return;
  const { audio, otherRates = [] } = heard.track.configuration;
  if (audio === undefined) return;
  const { hertz } = audio.samplingFrequency;
  // Pictures whose times were recorded keep them, and hold the audio beside them.
  const shown = joined.find(({ track, times }) => track.kind === 'video' && times.basis !== 'known')?.track;
  const [seconds, pictureSeconds] = [lengthOf(heard.track), shown === undefined ? 0 : lengthOf(shown)];
  const at = (rate: number): string => {
    const length = `${((seconds * hertz) / rate).toFixed(1)} s at ${rate} Hz`;
    if (shown === undefined || pictureSeconds === 0) return length;
    return `${length} (${((shown.samples.length * rate) / (pictureSeconds * hertz)).toFixed(1)} pictures a second)`;
  };
  const others = otherRates.map(at);
  findings.add(
    'times-assumed',
    `nothing tells the sampling rate of the audio for certain; ${hertz} Hz was taken: what lasts ${at(hertz)} would last ${others.join(' and ')}`,
    { file, track: 'audio' },
  );
}

/** Seconds that a track lasts. */
function lengthOf({ samples, timescale }: Track): number {
  let ticks = 0;
  for (let i = 0; i < samples.length; i++) ticks += samples.durations.data[i]!;
  return ticks / timescale;
}

/** Adds what was found in `file`, by what its times were found, and what had to be left. */
export function reportCarving(
  { skipped, passed }: Carving,
  joined: readonly JoinedTrack[],
  file: string,
  findings: Findings,
): void {
  const found = joined.filter(({ carved, times }) => carved > 0 || times.basis !== 'known');
  reportTimes(
    found.map(({ track, carved, times, beginsAsLent }) => ({
      kind: track.kind,
      times,
      // Where none was carved, those that an index describes had to be placed anew.
      lost: carved > 0 ? carved : track.samples.length,
      beginsAsLent,
    })),
    { file },
    ' (--fps)',
    findings,
  );
  noteAssumedRate(joined, file, findings);
  for (const { track, carved, orderKnown, latestShown } of found) {
    const place = { file, track: track.kind } as const;
    if (carved > 0) {
      findings.add(
        'media-carved',
        `${carved} ${track.kind} samples that no entry describes were found in the media`,
        place,
      );
    }
    if (!orderKnown) {
      findings.add(
        'times-assumed',
        `where the order of pictures is unknown they are shown when they are decoded, up to ${latestShown.toFixed(2)} s early`,
        // Of no track: of each the first finding of a code is described, and that may be of the rate.
        { file },
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
