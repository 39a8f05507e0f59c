/** The page of one recording: the verdict first, then pictures, then figures, then what to do. */
import { quoted } from '../../media/shell-word.ts';
import type { RecordingReport, TrackReport } from '../../media/report.ts';
import { keptShareOf, shareLine } from '../kept-share.ts';
import { formatBytes, formatDuration, plural } from '../units.ts';
import { beforeAfterFigure, changeTable, distanceFigure } from './before-after.ts';
import { fileFigure } from './file-bytes.ts';
import { assumptionList, findingTable } from './findings.ts';
import { keyPictureFigure } from './key-pictures.ts';
import { markup, type Markup } from './markup.ts';
import { commandOf, page, section, table, type PageContext, type Row } from './page.ts';
import { lengthOf, timelineFigure } from './timeline.ts';
import { trackFactsOf } from './track-facts.ts';

const outcomes: Readonly<Record<RecordingReport['outcome'], string>> = {
  made: 'done',
  'would-make': 'to be done',
  'already-made': 'done by an earlier run',
  untouched: 'intact',
  failed: 'failed',
};

/** How a recording came off, in one word. */
export function outcomeWord({ outcome }: RecordingReport): string {
  return outcomes[outcome];
}

/** What may be said of how much is kept, in a sentence, whatever is known. */
export function verdictOf(report: RecordingReport): string {
  const { outcome, failure, tracks, unindexed, output, parts } = report;
  if (outcome === 'failed') return failure?.message ?? 'It failed.';
  if (outcome === 'already-made') return 'An earlier run had finished it.';
  const line = shareLine(report);
  if (line !== undefined) return line.replace(/^a/, 'A');
  if (outcome === 'untouched') return 'Nothing is to be repaired; nothing was changed.';
  const lost = tracks.reduce((sum, track) => sum + track.lost.samples, 0);
  const spare = unindexed.reduce((sum, { length }) => sum + length, 0);
  const what = [
    ...(lost > 0 ? [`${plural(lost, 'sample')} lost`] : []),
    ...(spare > 0 ? [`${formatBytes(spare)} that belong to no sample left out`] : []),
  ];
  const seconds = output?.durationSeconds ?? parts?.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0) ?? 0;
  return `${formatDuration(seconds)} ${outcome === 'made' ? 'made' : 'would be made'}; ${what.length === 0 ? 'no sample is lost' : what.join(', ')}`;
}

/** Whether the page of a recording begins in green, in yellow or in red. */
export function moodOf(report: RecordingReport): 'good' | 'warn' | 'bad' {
  if (report.outcome === 'failed') return 'bad';
  const missing = keptShareOf(report.tracks)?.missingSeconds ?? 0;
  const isLost = missing > 0 || report.tracks.some(({ lost }) => lost.samples > 0) || report.missing !== undefined;
  return isLost ? 'warn' : 'good';
}

/** The page. `back`: a link to the page that lists this recording among others. */
export function recordingPage(report: RecordingReport, context: PageContext, back?: string): string {
  const tracks = report.tracks.map(trackFactsOf);
  const content = [
    markup`<h1>${report.recording}</h1>`,
    verdict(report),
    section('Over time', [timelineFigure(tracks)]),
    section('In the file', [fileFigure(report, tracks)]),
    section('Before and after', [beforeAfterFigure(report), changeTable(report), distanceFigure(report.retimed)]),
    section('Distance between key pictures', [keyPictureFigure(tracks, lengthOf(tracks))]),
    section('What was kept and lost', [trackTable(report.tracks), missingLine(report)]),
    section('What was found', [findingTable(report.findings)]),
    section('What was assumed', [assumptionList(report.findings, tracks)]),
    section('What to do next', [nextSteps(report, context.operation)]),
  ];
  return page(context, { title: report.recording, content, back });
}

function verdict(report: RecordingReport): Markup {
  const { failure, output, elapsedSeconds } = report;
  const place =
    failure?.file === undefined
      ? ''
      : `${failure.file}${failure.offset === undefined ? '' : `, byte ${failure.offset}`}`;
  const made =
    output === undefined || report.outcome === 'untouched'
      ? undefined
      : markup`<p>${report.outcome === 'made' ? 'Made' : 'Would make'} ${output.path}: ${formatDuration(output.durationSeconds)}, ${formatBytes(output.bytes)}${report.outcome === 'made' ? `, in ${formatDuration(elapsedSeconds)}` : ''}</p>`;
  return markup`<div class="verdict ${moodOf(report)}"><p class="word">${outcomeWord(report)}</p><p class="line">${verdictOf(report)}</p>${
    place === '' ? undefined : markup`<p>${place}</p>`
  }${made}${failure?.advice === undefined ? undefined : markup`<p>What helps: ${failure.advice}</p>`}</div>`;
}

function trackTable(tracks: readonly TrackReport[]): Markup | undefined {
  const rows = tracks.map((track): Row => {
    const { kept, lost, ranges } = track;
    const sure = [
      lost.isEstimated === true ? 'what is lost is estimated' : 'counted',
      ranges.some(({ times }) => times !== undefined) ? 'some times are inferred' : '',
    ].filter((part) => part !== '');
    return [
      trackFactsOf(track).name,
      kept.samples,
      kept.syncSamples,
      formatBytes(kept.bytes),
      formatDuration(kept.durationSeconds),
      lost.samples,
      formatBytes(lost.bytes),
      formatDuration(lost.durationSeconds),
      sure.join(', '),
    ];
  });
  return table(
    'Samples, bytes and time of each track',
    [
      'Track',
      '#Samples kept',
      '#of them key',
      '#Bytes kept',
      '#Time kept',
      '#Samples lost',
      '#Bytes lost',
      '#Time lost',
      'How sure',
    ],
    rows,
  );
}

function missingLine({ missing, unindexed }: RecordingReport): Markup | undefined {
  const spare = unindexed.reduce((sum, { length }) => sum + length, 0);
  const lines = [
    ...(missing === undefined
      ? []
      : [
          `The end is missing: ${formatDuration(missing.durationSeconds)} and ${formatBytes(missing.bytes)}, by what the file says of itself.`,
        ]),
    ...(spare > 0 ? [`${formatBytes(spare)} of media belong to no sample and are not in the result.`] : []),
  ];
  return lines.length === 0 ? undefined : markup`${lines.map((line) => markup`<p>${line}</p>`)}`;
}

function nextSteps(report: RecordingReport, operation: string): Markup | undefined {
  const { outcome, output, parts = [], failure, recording } = report;
  const made = output?.path ?? parts[0]?.path;
  switch (outcome) {
    case 'failed':
      return markup`${failure?.advice === undefined ? undefined : markup`<p>${failure.advice}</p>`}${commandOf('See what is wrong with it, reading all of it', `salvor probe --deep ${quoted(failure?.file ?? recording)}`)}`;
    case 'would-make':
      return commandOf(
        'Do it: the same command without --dry-run, such as',
        `salvor ${operation} ${quoted(recording)}`,
      );
    case 'made': {
      if (made === undefined) return undefined;
      const keep =
        moodOf(report) === 'warn'
          ? markup`<p>Keep the original until you have looked at what is missing.</p>`
          : undefined;
      return markup`${keep}${commandOf('Read all of the result once more', `salvor probe --deep ${quoted(made)}`)}`;
    }
    default:
      return undefined;
  }
}
