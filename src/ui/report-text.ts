/** The report as text: one line for each recording, and below it what is worth a look. */
import type { ChalkInstance } from 'chalk';
import type { Finding } from '../media/findings.ts';
import type { RecordingReport, TrackReport } from '../media/report.ts';
import { formatBytes, formatDuration, plural } from './units.ts';

/** `video 312 samples` … */
function trackSummary(track: TrackReport): string {
  return `${track.kind} ${plural(track.kept.samples, 'sample')}`;
}

/** One line: what came out of a recording. */
export function summaryLine(report: RecordingReport, style: ChalkInstance): string {
  const { output } = report;
  if (report.outcome === 'already-made')
    return `${style.green('done')}  ${report.recording}: was finished by an earlier run`;
  if (output === undefined) return `${style.red('failed')}  ${report.recording}: ${report.failure?.message ?? ''}`;
  const what = `${formatDuration(output.durationSeconds)}, ${report.tracks.map(trackSummary).join(', ')}, ${formatBytes(output.bytes)}`;
  if (report.outcome === 'would-make') {
    return `${style.cyan('would make')}  ${output.path}${output.replaced ? ' (replacing it)' : ''}: ${what}`;
  }
  return `${style.green('made')}  ${output.path}: ${what} in ${formatDuration(report.elapsedSeconds)}`;
}

/** A line for each track: what it is and what was kept. */
export function trackLines(report: RecordingReport): string[] {
  return report.tracks.map((track) => {
    const format =
      track.kind === 'video'
        ? `${track.width}x${track.height}, ${plural(track.kept.syncSamples, 'sync sample')}`
        : `${track.sampleRate ?? '?'} Hz, ${track.channels ?? '?'} channels`;
    return `      ${track.kind} ${track.codec}, ${format}, from ${formatDuration(track.startSeconds)} for ${formatDuration(track.kept.durationSeconds)}, ${formatBytes(track.kept.bytes)}`;
  });
}

/** What becomes of the input files, for a dry run. */
export function inputLines(report: RecordingReport): string[] {
  return report.inputs.map(({ path, bytes, fate }) => `      ${path} (${formatBytes(bytes)}) ${fate}`);
}

/** A finding in one line. */
export function findingLine(finding: Finding, style: ChalkInstance): string {
  const paint = finding.severity === 'error' ? style.red : finding.severity === 'warning' ? style.yellow : style.dim;
  const place =
    finding.file === undefined
      ? ''
      : `${finding.file}${finding.offset === undefined ? '' : ` at byte ${finding.offset}`}: `;
  const more = finding.repeated === undefined ? '' : ` (and ${finding.repeated} more like it)`;
  return `${paint(finding.severity)}  ${place}${finding.message}${more} [${finding.code}]`;
}
