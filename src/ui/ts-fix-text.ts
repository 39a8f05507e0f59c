/** The report of a transport stream that was repaired, as text: a line for what became of it, another for what was lost. */
import type { ChalkInstance } from 'chalk';
import type { RecordingReport } from '../media/report.ts';
import { printable } from './printable.ts';
import { doneLine } from './report-text.ts';
import { formatBytes, formatDuration, plural } from './units.ts';

/** One line: what became of the file. */
export function tsFixLine(report: RecordingReport, style: ChalkInstance): string {
  const { output, outcome, recording } = report;
  if (output === undefined) {
    return `${style.red('failed')}  ${printable(recording)}: ${printable(report.failure?.message ?? '')}`;
  }
  if (outcome === 'already-made') return doneLine(report, style);
  const what = [
    formatDuration(output.durationSeconds),
    ...report.tracks.map(({ kind, kept }) => `${kind} ${plural(kept.samples, 'PES packet')}`),
    formatBytes(output.bytes),
  ].join(', ');
  const path = printable(output.path);
  if (outcome === 'untouched') return `${style.green('intact')}  ${path}: ${what}; nothing was changed`;
  if (outcome === 'would-make') return `${style.cyan('would fix')}  ${printable(recording)}: ${what}, into ${path}`;
  const how = output.replaced ? 'set right in place' : 'written';
  return `${style.green('fixed')}  ${path}: ${what}, ${how} in ${formatDuration(report.elapsedSeconds)}`;
}

/** One line of what is not in the result; undefined where all is, or where an earlier run has said it. */
export function tsFixLossLine(report: RecordingReport, style: ChalkInstance): string | undefined {
  if (report.outcome === 'already-made') return undefined;
  const parts = report.tracks
    .filter(({ lost }) => lost.samples > 0 || lost.bytes > 0 || lost.durationSeconds > 0)
    .map(({ kind, id, lost }) => {
      return `${kind} (PID ${id}) ${plural(lost.samples, 'PES packet')}, ${formatBytes(lost.bytes)}, ${lost.durationSeconds.toFixed(2)} s`;
    });
  if (parts.length === 0) return undefined;
  return `${style.yellow('lost')}  ${printable(report.recording)}: ${parts.join('; ')}`;
}
