/** The report as text: one line for each recording, and below it what is worth a look. */
import type { ChalkInstance } from 'chalk';
import type { Finding } from '../media/findings.ts';
import type { RecordingReport, TrackReport } from '../media/report.ts';
import { printable } from './printable.ts';
import { formatBytes, formatDuration, plural } from './units.ts';

/** `video 312 samples` … */
function trackSummary(track: TrackReport): string {
  return `${track.kind} ${plural(track.kept.samples, 'sample')}`;
}

/** One line: what came out of a recording. */
export function summaryLine(report: RecordingReport, style: ChalkInstance): string {
  const { output } = report;
  if (report.outcome === 'already-made') return doneLine(report, style);
  if (report.outcome === 'untouched') {
    return `${style.green('intact')}  ${printable(report.recording)}: nothing is to be repaired`;
  }
  if (output === undefined) {
    return `${style.red('failed')}  ${printable(report.recording)}: ${printable(report.failure?.message ?? '')}`;
  }
  const path = printable(output.path);
  const what = `${formatDuration(output.durationSeconds)}, ${report.tracks.map(trackSummary).join(', ')}, ${formatBytes(output.bytes)}`;
  const lent = lenderText(report);
  if (report.outcome === 'would-make') {
    return `${style.cyan('would make')}  ${path}${output.replaced ? ' (replacing it)' : ''}: ${what}${lent}`;
  }
  return `${style.green('made')}  ${path}: ${what} in ${formatDuration(report.elapsedSeconds)}${lent}`;
}

/** One line: an earlier run had made the same. */
export function doneLine({ recording }: RecordingReport, style: ChalkInstance): string {
  return `${style.green('done')}  ${printable(recording)}: was finished by an earlier run`;
}

/** Which recordings lent a codec configuration, and of which track, as the end of a line; empty where none did. */
export function lenderText({ findings }: RecordingReport): string {
  const lent = new Map<string, Set<string>>();
  for (const { reference, track } of findings) {
    if (reference === undefined) continue;
    const tracks = lent.get(reference) ?? new Set();
    lent.set(reference, tracks.add(track ?? ''));
  }
  const words = [...lent].map(([path, tracks]) => {
    const [track] = tracks;
    return `the ${tracks.size > 1 || !track ? 'codec' : track} configuration of ${printable(path)}`;
  });
  return words.length === 0 ? '' : `, by ${words.join(' and ')}`;
}

/** `640x360, 6 sync samples` or `44100 Hz, 2 channels`, as far as it is known. */
function trackFormat({ kind, width, height, sampleRate, channels, kept }: TrackReport): string {
  const size = width === undefined || height === undefined ? 'unknown size' : `${width}x${height}`;
  if (kind === 'video') return `${size}, ${plural(kept.syncSamples, 'sync sample')}`;
  const rate = sampleRate === undefined ? 'unknown rate' : `${sampleRate} Hz`;
  return `${rate}, ${channels === undefined ? 'unknown channels' : plural(channels, 'channel')}`;
}

/** A line for each track: what it is and what was kept. */
export function trackLines(report: RecordingReport): string[] {
  return report.tracks.map((track) => {
    const format = trackFormat(track);
    return `      ${track.kind} ${track.codec}, ${format}, from ${formatDuration(track.startSeconds)} for ${formatDuration(track.durationSeconds)}, ${formatBytes(track.kept.bytes)}`;
  });
}

/** What becomes of the input files, for a dry run. */
export function inputLines(report: RecordingReport): string[] {
  return report.inputs.map(({ path, bytes, fate }) => `      ${printable(path)} (${formatBytes(bytes)}) ${fate}`);
}

/** A finding in one line. */
export function findingLine(finding: Finding, style: ChalkInstance): string {
  const paint = finding.severity === 'error' ? style.red : finding.severity === 'warning' ? style.yellow : style.dim;
  const byte = finding.offset === undefined ? '' : ` at byte ${finding.offset}`;
  const time = finding.time === undefined ? '' : `, ${formatDuration(finding.time)}`;
  const place = finding.file === undefined ? '' : `${finding.file}${byte}${byte === '' ? '' : time}: `;
  const more = finding.repeated === undefined ? '' : ` (and ${finding.repeated} more like it)`;
  return `${paint(finding.severity)}  ${printable(place + finding.message)}${more} [${finding.code}]`;
}

/** What is called what in the line about losses. */
export interface LossWords {
  /** Media that is not in the result and belongs to no known sample. */
  readonly unindexed: string;
  /** The files that still have it. */
  readonly inputs: string;
}

const stagingWords: LossWords = { unindexed: 'of media that no entry describes', inputs: 'the staging files are kept' };

/** One line of what could not be kept and where it still is; undefined where nothing was lost. */
export function lossLine(
  report: RecordingReport,
  style: ChalkInstance,
  words: LossWords = stagingWords,
): string | undefined {
  const parts = report.tracks
    .filter(({ lost }) => lost.samples > 0)
    .map(({ kind, lost, ranges }) => {
      const first = ranges.find(({ what }) => what === 'lost');
      const from = first === undefined ? '' : ` from ${formatDuration(first.startSeconds)} on`;
      const about = lost.isEstimated === true ? 'about ' : '';
      return `${about}${plural(lost.samples, `${kind} sample`)} (${formatDuration(lost.durationSeconds)}${from})`;
    });
  const unindexed = report.unindexed.reduce((sum, { length }) => sum + length, 0);
  if (unindexed > 0) parts.push(`${formatBytes(unindexed)} ${words.unindexed}`);
  for (const { code, message } of report.findings) if (code === 'staging-file-missing') parts.push(message);
  if (parts.length === 0) return undefined;
  const fate = report.inputs.every((input) => input.fate === 'kept') ? `; ${words.inputs}` : '';
  return `${style.yellow('not recovered')}  ${printable(`${report.recording}: ${parts.join(', ')}`)}${fate}`;
}
