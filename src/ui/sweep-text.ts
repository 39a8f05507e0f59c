/** A sweep as text: the line of each recording that something was done with or is to be done about, and the sum of all. */
import type { ChalkInstance } from 'chalk';
import type { SweepOutcome, SweepResult } from '../media/sweep-outcome.ts';
import { fixLine } from './fix-text.ts';
import { printable } from './printable.ts';
import { summaryLine } from './report-text.ts';
import { tsFixLine } from './ts-fix-text.ts';
import { formatDuration } from './units.ts';

/** The line of one recording. */
export function sweptLine(
  { path, result, verb, report, output, kept, reason }: SweepOutcome,
  style: ChalkInstance,
): string {
  const why = reason === undefined ? '' : `; ${printable(reason)}`;
  if (result === 'failed') return `${style.red('failed')}  ${printable(path)}: ${printable(reason ?? '')}`;
  if (result === 'busy') {
    return `${style.dim('busy')}  ${printable(path)}: ${printable(reason ?? 'it is still being written')}`;
  }
  if (result === 'finished' || report === undefined) {
    const where = output === undefined || output === path ? '' : ` as ${printable(output)}`;
    return `${style.green('done')}  ${printable(path)}: is finished${where}${why}`;
  }
  const line = verb === 'flv-fix' ? fixLine : verb === 'ts-fix' ? tsFixLine : summaryLine;
  const moved = output !== undefined && output !== report.output?.path ? `; it is now ${printable(output)}` : '';
  const aside = kept === undefined ? '' : `; the original is kept as ${printable(kept)}`;
  return `${line(report, style)}${moved}${aside}${why}`;
}

/** One line of what a sweep came to; undefined where there was nothing to do. */
export function sweepLine(
  results: Readonly<Record<SweepResult, number>>,
  looked: number,
  seconds: number,
): string | undefined {
  const { made, failed, busy } = results;
  const parts = [
    made > 0 ? `${made} finished` : '',
    results['would-make'] > 0 ? `${results['would-make']} to be finished` : '',
    failed > 0 ? `${failed} could not be repaired` : '',
    busy > 0 ? `${busy} still being written` : '',
  ].filter((part) => part !== '');
  if (made + failed + results['would-make'] === 0) return undefined;
  return `${parts.join(', ')}; ${looked} looked at in ${formatDuration(seconds)}`;
}
