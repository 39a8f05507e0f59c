/** What was there and what was made of it, side by side, and what changed: files, bytes, time, values, the distance of audio and pictures. */
import type { RecordingReport, Retimed } from '../../media/report.ts';
import type { DistanceCourse } from '../../media/track-course.ts';
import { formatBytes, formatDuration, plural } from '../units.ts';
import { secondsText } from './kinds.ts';
import { drawing, figureWidth, placeOf, round } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { asTable, table, type Row } from './page.ts';
import { axis, formatTime } from './timeline.ts';

interface File {
  readonly path: string;
  readonly bytes: number;
}

const height = 20;
/** Parts that are drawn and listed one by one. */
const maxParts = 200;

/** The figure; nothing where nothing was made, or would be. */
export function beforeAfterFigure(report: RecordingReport): Markup | undefined {
  const { inputs, output, parts, outcome } = report;
  const made: readonly File[] = parts ?? (output === undefined ? [] : [output]);
  if (made.length === 0 || (outcome !== 'made' && outcome !== 'would-make')) return undefined;
  const sum = (files: readonly File[]): number => files.reduce((bytes, file) => bytes + file.bytes, 0);
  const total = Math.max(sum(inputs), sum(made));
  const after = outcome === 'made' ? 'After' : 'After (planned)';
  const side = (name: string, files: readonly File[], kind: string, at: number): Markup =>
    markup`<h3>${name} <span>${plural(files.length, 'file')}, ${formatBytes(sum(files))}</span></h3>${drawing(
      `side-${at}`,
      `${name}: ${plural(files.length, 'file')}`,
      files.length > 5
        ? formatBytes(sum(files))
        : files.map(({ path, bytes }) => `${path}, ${formatBytes(bytes)}`).join('; '),
      height,
      fileRectangles(files, total, kind),
    )}`;
  const rows: Row[] = [
    ...inputs.map(({ path, bytes, fate }): Row => ['Before', path, bytes, formatBytes(bytes), undefined, fate]),
    ...made
      .slice(0, maxParts)
      .map((file): Row => [
        after,
        file.path,
        file.bytes,
        formatBytes(file.bytes),
        formatDuration((file as File & { durationSeconds: number }).durationSeconds),
        (file as File & { replaced: boolean }).replaced ? 'replaces a file of that name' : 'new',
      ]),
  ];
  return markup`<figure class="sides">${side('Before', inputs, 'rest', 0)}${side(after, made, 'described', 1)}
${table('Files before and after', ['', 'File', '#Bytes', '#Size', '#Duration', 'What becomes of it'], rows)}</figure>`;
}

function fileRectangles(files: readonly File[], total: number, kind: string): Markup[] {
  let start = 0;
  return files.slice(0, maxParts).map(({ path, bytes }) => {
    const x = placeOf(start, total);
    start += bytes;
    // A sliver of paper parts each file from the next.
    const width = round(Math.max(placeOf(start, total) - x - (files.length > 1 ? 0.8 : 0), 0.5));
    return markup`<rect class="${kind}" x="${x}" y="0" width="${width}" height="${height}" data-start="${start - bytes}" data-end="${start}"><title>${path}, ${formatBytes(bytes)}</title></rect>`;
  });
}

/** The values that were set right, as they were and as they are; nothing where none was. */
export function changeTable({ changes = [] }: RecordingReport): Markup | undefined {
  return table(
    'Values that were set right',
    ['Value', 'Before', 'After', '#At byte'],
    changes
      .slice(0, maxParts)
      .map(({ name, old, new: value, offset }) => [
        name,
        old === null ? 'missing' : String(old),
        String(value),
        offset,
      ]),
  );
}

/** How far audio and pictures were apart before and after; nothing where that was not measured. */
export function distanceFigure(retimed: Retimed | undefined): Markup | undefined {
  if (retimed?.apartBeforeSeconds === undefined || retimed.apartAfterSeconds === undefined) return undefined;
  const { frames, apartBeforeSeconds: before, apartAfterSeconds: after } = retimed;
  const longest = Math.max(before, after, 1e-3);
  const row = (name: string, seconds: number, kind: string, id: string): Markup =>
    markup`<h3>${name} <span>${secondsText(seconds)}</span></h3>${drawing(
      id,
      `${name}: ${secondsText(seconds)}`,
      'the most by which audio and pictures that lie beside each other in the file are apart',
      14,
      [
        markup`<rect class="${kind}" x="0" y="0" width="${Math.max(placeOf(seconds, longest), 0.5)}" height="14" data-start="0" data-end="${seconds}"/>`,
      ],
    )}`;
  return markup`<figure class="distance"><p>Times of ${plural(frames, 'frame')} were set right. Audio and pictures that lie beside each other in the file are apart by at most, more than they are as a rule:</p>
${row('Before', before, 'rest', 'apart-0')}${row('After', after, 'described', 'apart-1')}
${distanceOverTime(retimed)}
${table(
  'Distance of audio and pictures',
  ['', '#Seconds'],
  [
    ['Before', secondsText(before)],
    ['After', secondsText(after)],
  ],
)}</figure>`;
}

const distanceHeight = 90;
const maxRows = 60;

/** The distance over time, before and after, on one scale: up where pictures come late, down where audio does. */
function distanceOverTime({ courseBefore, courseAfter }: Retimed): Markup | undefined {
  if (courseBefore === undefined || courseAfter === undefined) return undefined;
  const courses = [courseBefore, courseAfter];
  const total = Math.max(
    ...courses.map(({ startSeconds, stepSeconds, seconds }) => startSeconds + stepSeconds * seconds.length),
  );
  const all = courses.flatMap(({ seconds }) => seconds.map((each) => Math.abs(each ?? 0)));
  const farthest = all.reduce((most, each) => Math.max(most, each), 1e-3);
  const middle = distanceHeight / 2;
  const path = ({ startSeconds, stepSeconds, seconds }: DistanceCourse): string => {
    let drawn = '';
    for (const [step, each] of seconds.entries()) {
      if (each === null) continue;
      const y = round(middle - (each / farthest) * (middle - 3));
      const to = Math.min(placeOf(startSeconds + (step + 1) * stepSeconds, total), figureWidth);
      drawn += `${drawn === '' ? `M${Math.max(0, placeOf(startSeconds + step * stepSeconds, total))} ${y}` : `V${y}`}H${to}`;
    }
    return drawn;
  };
  const said = `from ${secondsText(farthest)} early to ${secondsText(farthest)} late`;
  return markup`<h3>Over time <span>the scale goes ${said}</span></h3>${drawing(
    'apart-time',
    'Distance of audio and pictures over time, before and after',
    `The scale goes ${said}; in the middle they lie as they do as a rule. Before: up to ${secondsText(farthestOf(courseBefore))}; after: up to ${secondsText(farthestOf(courseAfter))}.`,
    distanceHeight,
    [
      markup`<line class="grid" x1="0" y1="${middle}" x2="${figureWidth}" y2="${middle}"/>`,
      markup`<path class="curve before" d="${path(courseBefore)}"/>`,
      markup`<path class="curve after" d="${path(courseAfter)}"/>`,
    ],
  )}${axis(total)}<p class="note">Grey, dashed: before. Blue: after. Above the line pictures come later than the audio beside them in the file, below it earlier.</p>${asTable(
    distanceTable(courseBefore, courseAfter),
  )}`;
}

function farthestOf({ seconds }: DistanceCourse): number {
  return seconds.reduce<number>((most, each) => Math.max(most, Math.abs(each ?? 0)), 0);
}

/** The steps in which they were farthest apart before, which are the ones worth a look. */
function distanceTable(before: DistanceCourse, after: DistanceCourse): Markup | undefined {
  const steps = before.seconds.flatMap((each, step) => (each === null ? [] : [{ step, each }]));
  const farthest = steps.toSorted((one, other) => Math.abs(other.each) - Math.abs(one.each)).slice(0, maxRows);
  const shown = farthest.toSorted((one, other) => one.step - other.step);
  return table(
    steps.length <= maxRows ? 'Distances over time' : `The ${maxRows} farthest of ${steps.length} steps`,
    ['#At', '#Before', '#After'],
    shown.map(({ step, each }): Row => [
      formatTime(before.startSeconds + step * before.stepSeconds),
      signedText(each),
      signedText(after.seconds[step] ?? 0),
    ]),
  );
}

function signedText(seconds: number): string {
  return `${seconds < 0 ? '−' : ''}${secondsText(Math.abs(seconds))}`;
}
