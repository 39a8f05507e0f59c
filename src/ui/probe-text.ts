/** What is said of a recording, for people: one screen, and the listings of samples, structure and key-frame groups. */
import type { ChalkInstance } from 'chalk';
import type { Finding } from '../media/findings.ts';
import type { Gap, ProbedRecording, ProbedTrack, Ratio, Verdict } from '../media/probed-recording.ts';
import { printable } from './printable.ts';
import { findingLine } from './report-text.ts';
import { formatBytes, formatDuration, plural } from './units.ts';

/** Gaps that are reported one by one. */
const gapsShown = 3;

const valueOf = ({ numerator, denominator }: Ratio): number => (denominator === 0 ? 0 : numerator / denominator);

function paintVerdict(verdict: Verdict, style: ChalkInstance): string {
  if (verdict === 'complete') return style.green(verdict);
  return verdict === 'unfinished' ? style.yellow(verdict) : style.red(verdict);
}

function formatBitRate(bitsPerSecond: number): string {
  return bitsPerSecond < 1e6 ? `${Math.round(bitsPerSecond / 1000)} kb/s` : `${(bitsPerSecond / 1e6).toFixed(2)} Mb/s`;
}

/** `25`, `29.97`. */
function formatRate(rate: Ratio): string {
  return String(Math.round(valueOf(rate) * 100) / 100);
}

/** The first line: what it is, how long and how large. */
export function headLine(recording: ProbedRecording, style: ChalkInstance): string {
  const { health } = recording;
  const bytes = recording.files.reduce((sum, file) => sum + file.bytes, 0);
  const seconds = health.durationSeconds;
  const claimed = health.claimedDurationSeconds;
  const parts = [
    printable(recording.containerName),
    recording.recorder === undefined ? undefined : `by ${printable(recording.recorder)}`,
    seconds === undefined ? undefined : formatDuration(seconds),
    claimed === undefined ? undefined : `(claims ${formatDuration(claimed)})`,
    formatBytes(bytes),
    recording.bitRate === undefined ? undefined : formatBitRate(recording.bitRate),
  ];
  const what = parts.filter((part) => part !== undefined).join('  ');
  return `${style.bold(printable(recording.path))}  ${paintVerdict(health.verdict, style)}\n  ${what}`;
}

/** A line for each track. */
export function probedTrackLines(recording: ProbedRecording): string[] {
  return recording.tracks.map((track) => `  ${trackLine(track, recording.startSeconds ?? 0)}`);
}

function trackLine(track: ProbedTrack, recordingStart: number): string {
  const { codec, kind } = track;
  const bitRate = track.bitRate ?? track.measuredBitRate;
  const level = kind === 'video' && codec.level !== undefined && codec.level > 0 ? ` level ${levelText(track)}` : '';
  const name = `${codec.name ?? (track.codecTag || 'unknown')}${codec.profile === undefined ? '' : ` ${codec.profile}`}${level}`;
  const parts = [
    `#${track.index} ${kind}`,
    codec.mimeCodec === undefined ? name : `${name} (${codec.mimeCodec})`,
    ...(kind === 'video' ? pictureParts(track) : []),
    ...(kind === 'audio' ? audioParts(track) : []),
    bitRate === undefined ? undefined : formatBitRate(bitRate),
    track.samples === undefined ? undefined : plural(track.samples, 'sample'),
    kind === 'video' ? keyFrameText(track) : undefined,
    offsetText(track, recordingStart),
    gapText(track.gaps),
  ];
  return printable(parts.filter((part) => part !== undefined && part !== '').join('  '));
}

/** H.264 counts levels in tenths, H.265 in thirtieths. */
function levelText({ codec }: ProbedTrack): string {
  const level = codec.level ?? 0;
  if (codec.name === 'h264') return (level / 10).toFixed(1);
  return codec.name === 'hevc' ? (level / 30).toFixed(1) : String(level);
}

function pictureParts({ codec, averageFrameRate, variableFrameRate }: ProbedTrack): (string | undefined)[] {
  const size = codec.width === undefined || codec.width === 0 ? undefined : `${codec.width}x${codec.height}`;
  const rate =
    averageFrameRate === undefined || averageFrameRate.numerator === 0
      ? undefined
      : `${formatRate(averageFrameRate)} fps${variableFrameRate === true ? ' (varies)' : ''}`;
  return [size, codec.pixelFormat, rate];
}

function audioParts({ codec }: ProbedTrack): (string | undefined)[] {
  const channels = codec.channels === undefined ? undefined : plural(codec.channels, 'channel');
  return [codec.sampleRate === undefined ? undefined : `${codec.sampleRate} Hz`, codec.channelLayout ?? channels];
}

function keyFrameText({ keyFrames, keyFrameInterval: interval, samples }: ProbedTrack): string | undefined {
  if (interval === undefined) {
    if (keyFrames === undefined || samples === undefined || samples === 0) return undefined;
    return keyFrames === samples ? 'only key frames' : plural(keyFrames, 'key frame');
  }
  const { minimum, median, maximum } = interval;
  const range = maximum - minimum < 0.01 ? '' : ` (${minimum.toFixed(2)} to ${maximum.toFixed(2)} s)`;
  return `key frame every ${median.toFixed(2)} s${range}`;
}

function offsetText({ startTicks, timeBase }: ProbedTrack, recordingStart: number): string | undefined {
  if (startTicks === undefined) return undefined;
  const offset = startTicks * valueOf(timeBase) - recordingStart;
  return Math.abs(offset) < 0.0005 ? undefined : `starts at ${offset >= 0 ? '+' : ''}${offset.toFixed(3)} s`;
}

function gapText(gaps: readonly Gap[]): string | undefined {
  if (gaps.length === 0) return undefined;
  const shown = gaps
    .slice(0, gapsShown)
    .map((gap) => `${formatDuration(gap.durationSeconds)} at ${formatDuration(gap.atSeconds)}`);
  const more = gaps.length > gapsShown ? ` and ${gaps.length - gapsShown} more` : '';
  return `${gaps.length === 1 ? 'gap' : 'gaps'} of ${shown.join(', ')}${more}`;
}

/** What is wrong, each finding a line. */
export function probedFindingLines(findings: readonly Finding[], style: ChalkInstance): string[] {
  return findings.map((finding) => `  ${findingLine(finding, style)}`);
}

/** What to do, each command a line. */
export function adviceLines(recording: ProbedRecording, style: ChalkInstance): string[] {
  return recording.health.advice.map(
    ({ command, purpose }) => `  ${style.dim(`${purpose}:`)}\n    ${style.bold(printable(command))}`,
  );
}
