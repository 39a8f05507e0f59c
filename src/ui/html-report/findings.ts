/** What was found, in plain words and with its place; and what of it was assumed. */
import { assumingCodes, type Finding } from '../../media/findings.ts';
import { formatDuration } from '../units.ts';
import { markup, type Markup } from './markup.ts';
import { table, type Row } from './page.ts';
import { secondsText } from './kinds.ts';
import type { TrackFacts } from './track-facts.ts';

/** Findings that are listed: a stream of many PIDs has many. */
const maxFindings = 200;

const severities = { error: 0, warning: 1, note: 2 } as const;

const severityWords = {
  error: 'media lost or not to be trusted',
  warning: 'not as it should be',
  note: 'nothing is lost',
};

/** The findings, the gravest first; nothing where there are none. */
export function findingTable(findings: readonly Finding[]): Markup | undefined {
  const sorted = findings.toSorted((one, other) => severities[one.severity] - severities[other.severity]);
  const rows = sorted
    .slice(0, maxFindings)
    .map((finding): Row => [
      markup`<span class="${finding.severity}">${finding.severity}</span>`,
      finding.time === undefined ? '' : formatDuration(finding.time),
      markup`${finding.message}${finding.repeated === undefined ? undefined : ` (and ${finding.repeated} more like it)`}`,
      placeOf(finding),
      markup`<code>${finding.code}</code>`,
    ]);
  const left = findings.length - rows.length;
  const said = [...new Set(sorted.map(({ severity }) => severity))].map(
    (severity) => `${severity}: ${severityWords[severity]}`,
  );
  const more = left > 0 ? markup`<p class="note">${left} more: --json lists all.</p>` : undefined;
  return rows.length === 0
    ? undefined
    : markup`${table(said.join('; '), ['', '#Time', 'What was found', 'Where', 'Code'], rows)}${more}`;
}

function placeOf({ file, offset, length, track, sample, pid }: Finding): string {
  return [
    track === undefined ? '' : track,
    pid === undefined ? '' : `PID ${pid}`,
    sample === undefined ? '' : `sample ${sample}`,
    offset === undefined ? '' : `byte ${offset}`,
    length === undefined ? '' : `${length} bytes long`,
    file ?? '',
  ]
    .filter((part) => part !== '')
    .join(', ');
}

/** What was assumed: of times, of configurations, of anything that no byte of the recording proves; nothing where all is recorded. */
export function assumptionList(findings: readonly Finding[], tracks: readonly TrackFacts[]): Markup | undefined {
  const said = [
    ...findings
      .filter(({ code }) => assumingCodes.has(code))
      .map(({ message, track }) => (track === undefined ? message : `${track}: ${message}`)),
    ...tracks.flatMap(timesOf),
    ...tracks.flatMap(configurationOf),
  ];
  return said.length === 0 ? undefined : markup`<ul>${[...new Set(said)].map((each) => markup`<li>${each}</li>`)}</ul>`;
}

function timesOf({ name, ranges }: TrackFacts): string[] {
  const inferred = ranges.filter(({ times }) => times !== undefined);
  if (inferred.length === 0) return [];
  const seconds = inferred.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
  const sources = [
    ...new Set(inferred.map(({ times }) => (times!.from === 'assumed' ? 'an assumption' : times!.from))),
  ].join(', ');
  const bounds = inferred.map(({ times }) => times!.withinSeconds);
  const within = bounds.every((bound) => bound !== undefined)
    ? `they are right within ${secondsText(bounds.reduce((most, bound) => Math.max(most, bound), 0))}`
    : 'how far they may be off is not known';
  return [`${name}: the times of ${formatDuration(seconds)} were not recorded; they come from ${sources}; ${within}`];
}

function configurationOf({ name, configuration }: TrackFacts): string[] {
  if (configuration?.from !== 'reference') return [];
  const { reference = 'which is not named' } = configuration;
  return [`${name}: the codec configuration was taken from another recording, ${reference}`];
}
