/** What was there and what was made of it, side by side, and what changed: files, bytes, time, values, the distance of audio and pictures. */
import type { RecordingReport, Retimed } from '../../media/report.ts';
import { formatBytes, formatDuration, plural } from '../units.ts';
import { secondsText } from './kinds.ts';
import { drawing, placeOf, round } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { table, type Row } from './page.ts';

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
${table(
  'Distance of audio and pictures',
  ['', '#Seconds'],
  [
    ['Before', secondsText(before)],
    ['After', secondsText(after)],
  ],
)}</figure>`;
}
