/** The JSON that `salvor probe --json` prints for a recording (man salvor-probe has every field). */
import { probeVersion, type ProbedRecording, type ProbedTrack } from '../../media/probed-recording.ts';
import type { ProbeReport, ProbeTrackReport } from '../../media/probe-report.ts';
import { roundSeconds } from '../../media/report.ts';
import { valueOf } from '../../media/ffprobe/ffprobe.ts';
import { formatForm, streamForm } from './ffprobe-form.ts';

const rounded = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : roundSeconds(seconds);

function trackForm(track: ProbedTrack, recordingStart: number): ProbeTrackReport {
  const { keyFrameInterval: interval, timeBase, startTicks } = track;
  const tick = valueOf(timeBase);
  return {
    index: track.index,
    kind: track.kind,
    codec: track.codec.mimeCodec ?? track.codec.name,
    samples: track.samples,
    bytes: track.bytes,
    bitRate: track.bitRate ?? track.measuredBitRate,
    startOffset: startTicks === undefined || tick === 0 ? undefined : roundSeconds(startTicks * tick - recordingStart),
    duration: rounded(track.mediaSeconds),
    frameRate: track.averageFrameRate === undefined ? undefined : roundSeconds(valueOf(track.averageFrameRate)),
    variableFrameRate: track.variableFrameRate,
    keyFrames: track.kind === 'video' ? track.keyFrames : undefined,
    keyFrameInterval:
      interval === undefined
        ? undefined
        : {
            minimum: roundSeconds(interval.minimum),
            median: roundSeconds(interval.median),
            maximum: roundSeconds(interval.maximum),
          },
    gaps: track.gaps.map(({ atSeconds, durationSeconds }) => ({
      at: roundSeconds(atSeconds),
      duration: roundSeconds(durationSeconds),
    })),
  };
}

/** The documented object of one recording. */
export function jsonForm(recording: ProbedRecording, salvorVersion: string): ProbeReport {
  const { health } = recording;
  return {
    probeVersion,
    salvorVersion,
    file: recording.path,
    files: recording.files,
    container: recording.container,
    containerName: recording.containerName,
    recorder: recording.recorder,
    streams: recording.tracks.map(streamForm),
    format: formatForm(recording),
    tracks: recording.tracks.map((track) => trackForm(track, recording.startSeconds ?? 0)),
    health: {
      verdict: health.verdict,
      deep: health.deep,
      duration: rounded(health.durationSeconds),
      claimedDuration: rounded(health.claimedDurationSeconds),
      findings: health.findings,
      advice: health.advice,
      finishedAs: health.finishedAs,
    },
    expected: recording.expected,
  };
}
