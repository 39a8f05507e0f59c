/** A sweep as text: the line of each recording that something was done with or is to be done about, and the sum of all. */
import type { ChalkInstance } from 'chalk';
import type { SweepOutcome, SweepResult } from '../media/sweep-outcome.ts';
import { fixLine } from './fix-text.ts';
import { printable } from './printable.ts';
import { summaryLine } from './report-text.ts';
import { styleFor } from './style.ts';
import type { Terminal } from './terminal.ts';
import { tsFixLine } from './ts-fix-text.ts';
import { formatDuration } from './units.ts';

/** The line of one recording. */
function sweptLine({ path, result, verb, report, output, kept, reason }: SweepOutcome, style: ChalkInstance): string {
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

/** Says what one came to, as it comes: failures on the standard error, the rest on the standard output, if it is asked for. */
export function tellSwept(
  outcome: SweepOutcome,
  terminal: Terminal,
  { ndjson, quiet, verbose, color }: Readonly<Record<'ndjson' | 'quiet' | 'verbose' | 'color', boolean>>,
): void {
  if (ndjson) {
    terminal.out.write(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const { result, reason } = outcome;
  if (result === 'failed' || (result === 'made' && reason !== undefined)) {
    terminal.err.write(`${sweptLine(outcome, styleFor(terminal, terminal.err, color))}\n`);
  } else if (verbose || (!quiet && (result === 'made' || result === 'would-make'))) {
    terminal.out.write(`${sweptLine(outcome, styleFor(terminal, terminal.out, color))}\n`);
  }
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

/** One line of what was put into a queue. */
export function enqueuedLine(
  { added, known, looked, seconds }: Readonly<Record<'added' | 'known' | 'looked' | 'seconds', number>>,
  isDryRun: boolean,
): string {
  const there = known > 0 ? `, ${known} are in it already` : '';
  const what = isDryRun ? 'would be put into the queue' : 'put into the queue';
  return `${added} ${what}${there}; ${looked} looked at in ${formatDuration(seconds)}`;
}

/** One line of what became of all that is in a queue. */
export function statusLine(
  summary: Readonly<Record<'made' | 'finished' | 'intact' | 'failed' | 'busy' | 'waiting' | 'active', number>> & {
    readonly workers: number | undefined;
  },
): string {
  const { made, finished, intact, failed, busy, waiting, active, workers } = summary;
  const parts: (readonly [number, string])[] = [
    [made, 'finished'],
    [finished, 'were finished before'],
    [intact, 'intact'],
    [failed, 'failed'],
    [busy, 'still being written'],
    [active, 'being worked on'],
    [waiting, 'waiting'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  const by = workers === undefined ? '' : `; ${workers === 1 ? '1 worker' : `${workers} workers`}`;
  return `${said.length === 0 ? 'nothing is in the queue' : said.join(', ')}${by}`;
}
