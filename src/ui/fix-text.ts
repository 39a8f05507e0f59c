/** The report of an FLV file that was repaired, as text: one line, and below it what was changed. */
import type { ChalkInstance } from 'chalk';
import type { Change, RecordingReport } from '../media/report.ts';
import { printable } from './printable.ts';
import { doneLine, lenderText } from './report-text.ts';
import { formatBytes, formatDuration, plural } from './units.ts';

/** One line: what became of the file. */
export function fixLine(report: RecordingReport, style: ChalkInstance): string {
  const { output, changes = [], inputs } = report;
  const path = printable(output?.path ?? report.recording);
  if (output === undefined) return `${style.red('failed')}  ${path}: ${printable(report.failure?.message ?? '')}`;
  if (report.outcome === 'already-made') return doneLine(report, style);
  const what = [
    formatDuration(output.durationSeconds),
    ...report.tracks.map(({ kind, kept }) => `${kind} ${plural(kept.samples, 'frame')}`),
    formatBytes(output.bytes),
  ].join(', ');
  if (report.outcome === 'untouched') return `${style.green('intact')}  ${path}: ${what}; nothing was changed`;
  const times = retimedText(report);
  const isCopy =
    report.retimed === undefined &&
    changes.length === 0 &&
    inputs[0]?.bytes === output.bytes &&
    inputs[0].fate === 'kept';
  const copied = report.outcome === 'made' ? 'copied' : 'would be copied';
  if (isCopy) return `${style.green('intact')}  ${path}: ${what}; ${copied}`;
  const values = changes.length === 0 ? '' : `, ${plural(changes.length, 'value')} set right`;
  const lent = lenderText(report);
  if (report.outcome === 'would-make') return `${style.cyan('would fix')}  ${path}: ${what}${values}${times}${lent}`;
  const how = inputs.some(({ fate }) => fate === 'patched') ? 'patched in place' : 'written anew';
  return `${style.green('fixed')}  ${path}: ${what}${values}${times}, ${how} in ${formatDuration(report.elapsedSeconds)}${lent}`;
}

/** What became of the times: how many changed, and by how much audio and pictures got closer. */
function retimedText({ retimed }: RecordingReport): string {
  if (retimed === undefined) return '';
  const { frames, apartBeforeSeconds: before, apartAfterSeconds: after } = retimed;
  const closer = before === undefined || after === undefined ? 0 : before - after;
  const measured = closer < 0.001 ? '' : `, audio and pictures ${formatDuration(closer)} closer`;
  return `, times of ${plural(frames, 'frame')} set right${measured}`;
}

/** `duration 0 → 12.52` */
export function changeLine({ name, old, new: value, offset }: Change): string {
  const place = offset === undefined ? '' : ` at byte ${offset}`;
  return `      ${printable(name)} ${printable(String(old ?? 'missing'))} → ${printable(String(value))}${place}`;
}

/** One line of what could not be kept; undefined where nothing was lost, or where an earlier run has said it. */
export function fixLossLine(report: RecordingReport, style: ChalkInstance): string | undefined {
  if (report.outcome === 'already-made') return undefined;
  const parts = report.tracks
    .filter(({ lost }) => lost.samples > 0)
    .map(({ kind, lost }) => `${plural(lost.samples, `truncated ${kind} tag`)} (${formatBytes(lost.bytes)})`);
  const strange = report.unindexed.reduce((sum, { length }) => sum + length, 0);
  if (strange > 0) parts.push(`${formatBytes(strange)} that are no tags`);
  if (report.missing !== undefined) {
    const { bytes, durationSeconds } = report.missing;
    parts.push(`the end, ${formatDuration(durationSeconds)} and ${formatBytes(bytes)} by what the file says of itself`);
  }
  if (parts.length === 0) return undefined;
  return `${style.yellow('lost')}  ${printable(report.recording)}: ${parts.join(', ')}`;
}
