/** The recording over time: a lane for each track with its bit rate, its key pictures, and what its stretches are. */
import type { TrackRange } from '../../media/report.ts';
import type { TrackCourse } from '../../media/track-course.ts';
import { formatBytes, formatDuration, plural } from '../units.ts';
import { certaintyWords, legend, rangeWords, secondsText } from './kinds.ts';
import { bars, drawing, figureWidth, placeOf, round, type LaneSpan } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { asTable, table } from './page.ts';
import type { TrackFacts } from './track-facts.ts';

/** Rows of a table of stretches: an hour of bad reception has thousands. */
const maxRows = 150;

const rateHeight = 44;
const keyTop = 47;
const keyHeight = 8;
const rangeTop = 59;
const rangeHeight = 22;

/** Seconds from the beginning of the timeline to the end of the last track. */
export function lengthOf(tracks: readonly TrackFacts[]): number {
  const ends = tracks.flatMap(({ ranges, course }) => [
    ...ranges.map(({ endSeconds }) => endSeconds),
    ...(ranges.length > 0 || course === undefined
      ? []
      : [course.startSeconds + course.bytes.length * course.stepSeconds]),
  ]);
  return ends.reduce((longest, end) => Math.max(longest, end), 0);
}

/** The figure, with a table of the same; nothing where no track is known by its stretches or its course. */
export function timelineFigure(tracks: readonly TrackFacts[]): Markup | undefined {
  const total = lengthOf(tracks);
  if (total === 0) return undefined;
  const all = tracks.flatMap(({ ranges }) => ranges);
  const kinds = (['described', 'found', 'lost'] as const).filter((kind) => all.some(({ what }) => what === kind));
  const hasCourse = tracks.some(({ course }) => course !== undefined);
  const more: [string, string][] = [];
  if (all.some(({ times }) => times !== undefined)) more.push(['inferred', 'times inferred, not recorded']);
  if (hasCourse) more.push(['rate', 'bit rate']);
  if (hasCourse && tracks.some(({ kind }) => kind === 'video')) more.push(['key', 'key pictures']);
  return markup`<figure class="timeline">${tracks.map((track, at) => lane(track, at, total))}
${axis(total)}${legend(kinds, more)}
${asTable(rangeTable(tracks))}</figure>`;
}

function lane(track: TrackFacts, at: number, total: number): Markup {
  const { name, kind, ranges, course } = track;
  const spans = ranges.map((range): LaneSpan => ({
    kind: range.what,
    start: range.startSeconds,
    end: range.endSeconds,
    note: noteOf(range),
  }));
  const drawn = [
    ...(course === undefined ? [] : [ratePath(course, total)]),
    ...(course === undefined || kind !== 'video' ? [] : keyPictures(course, total)),
    ...bars(spans, total, rangeTop, rangeHeight),
    ...inferredBars(ranges, total),
  ];
  const peak = course === undefined ? '' : `, up to ${formatBitRate(peakOf(course))}`;
  return markup`<div class="lane" data-track="${at}"><h3>${name} <span>${summaryOf(track)}${peak}</span></h3>${drawing(
    `lane-${at}`,
    `${name} over time`,
    `${summaryOf(track)}${peak}. ${lostWords(ranges)}`,
    rangeTop + rangeHeight + 5,
    drawn,
  )}</div>`;
}

function summaryOf({ ranges }: TrackFacts): string {
  if (ranges.length === 0) return '';
  const seconds = (lost: boolean): number =>
    ranges
      .filter(({ what }) => (what === 'lost') === lost)
      .reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
  const missing = seconds(true);
  return `${formatDuration(seconds(false))} kept${missing > 0 ? `, ${formatDuration(missing)} lost` : ''}`;
}

function lostWords(ranges: readonly TrackRange[]): string {
  const lost = ranges.filter(({ what }) => what === 'lost');
  if (lost.length === 0) return 'Nothing of it is lost.';
  const shown = lost.slice(0, 5).map(noteOf).join('; ');
  return `${plural(lost.length, 'stretch', 'stretches')} lost: ${shown}${lost.length > 5 ? ` and ${lost.length - 5} more` : ''}.`;
}

function noteOf(range: TrackRange): string {
  const { startSeconds, endSeconds } = range;
  return `${formatTime(startSeconds)} to ${formatTime(endSeconds)} (${secondsText(endSeconds - startSeconds)}): ${rangeWords(range)}`;
}

function peakOf({ bytes, stepSeconds }: TrackCourse): number {
  return (bytes.reduce((most, each) => Math.max(most, each), 0) * 8) / stepSeconds;
}

/** `2.40 Mb/s` */
function formatBitRate(bitsPerSecond: number): string {
  return bitsPerSecond < 1e6 ? `${Math.round(bitsPerSecond / 1000)} kb/s` : `${(bitsPerSecond / 1e6).toFixed(2)} Mb/s`;
}

function ratePath({ startSeconds, bytes, stepSeconds }: TrackCourse, total: number): Markup {
  const most = bytes.reduce((peak, each) => Math.max(peak, each), 1);
  let path = `M${Math.max(0, placeOf(startSeconds, total))} ${rateHeight}`;
  for (const [step, each] of bytes.entries()) {
    const x = placeOf(startSeconds + (step + 1) * stepSeconds, total);
    path += `V${round(rateHeight - (each / most) * (rateHeight - 3))}H${Math.min(x, figureWidth)}`;
  }
  return markup`<path class="rate" d="${path}V${rateHeight}Z"/>`;
}

/** Key pictures as marks; those that lie in neighbouring steps as one band. */
function keyPictures({ startSeconds, syncSamples, stepSeconds }: TrackCourse, total: number): Markup[] {
  const bands: { from: number; to: number }[] = [];
  for (const [step, count] of syncSamples.entries()) {
    if (count === 0) continue;
    const last = bands.at(-1);
    if (last?.to === step) last.to = step + 1;
    else bands.push({ from: step, to: step + 1 });
  }
  let path = '';
  for (const { from, to } of bands) {
    const x = placeOf(startSeconds + from * stepSeconds, total);
    const end = to === from + 1 ? x + 1 : placeOf(startSeconds + to * stepSeconds, total);
    path += `M${x} ${keyTop}h${round(Math.min(end, figureWidth) - x)}v${keyHeight}H${x}Z`;
  }
  return path === '' ? [] : [markup`<path class="key" d="${path}"/>`];
}

function inferredBars(ranges: readonly TrackRange[], total: number): Markup[] {
  const spans: { start: number; end: number }[] = [];
  for (const { times, startSeconds, endSeconds } of ranges) {
    if (times === undefined) continue;
    const last = spans.at(-1);
    if (last !== undefined && placeOf(startSeconds - last.end, total) < 1) last.end = endSeconds;
    else spans.push({ start: startSeconds, end: endSeconds });
  }
  return spans.map(({ start, end }) => {
    const x = placeOf(start, total);
    return markup`<rect class="inferred" x="${x}" y="${rangeTop + rangeHeight + 1}" width="${round(Math.max(placeOf(end, total) - x, 0.5))}" height="3"/>`;
  });
}

/** A time on the timeline, to the hundredth: `1:02:03.45`. */
export function formatTime(seconds: number): string {
  const hundredths = Math.round(seconds * 100);
  const [hours, minutes] = [Math.floor(hundredths / 360_000), Math.floor(hundredths / 6000) % 60];
  const rest = ((hundredths % 6000) / 100).toFixed(2).padStart(5, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** Times below a figure of so many seconds. */
export function axis(total: number): Markup {
  const steps = [
    0.01, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
  ];
  const step = steps.find((each) => total / each <= 7) ?? Math.ceil(total / 7 / 86_400) * 86_400;
  const marks = [0];
  // The last mark would stand on the end.
  for (let at = step; at < total - step / 2; at += step) marks.push(at);
  const text = (at: number): string => (step < 1 ? secondsText(at) : formatTime(at).replace(/\.00$/, ''));
  return markup`<div class="axis" aria-hidden="true">${marks.map(
    (at) => markup`<span style="left:${round((at / total) * 100)}%">${text(at)}</span>`,
  )}<span style="left:100%">${formatTime(total)}</span></div>`;
}

function rangeTable(tracks: readonly TrackFacts[]): Markup | undefined {
  const rows = tracks.flatMap(({ name, ranges }) => ranges.map((range) => ({ name, range })));
  // What is lost is what a table is read for.
  const lost = rows.filter(({ range }) => range.what === 'lost');
  const shown = rows.length <= maxRows ? rows : lost.slice(0, maxRows);
  const left = rows.length - shown.length;
  const caption = `Stretches of each track${rows.length <= maxRows ? '' : ': the first that are lost'}`;
  return markup`${table(
    caption,
    ['Track', '#From', '#To', '#Seconds', 'What it is', '#Samples', '#Bytes', 'How sure'],
    shown.map(({ name, range }) => [
      name,
      formatTime(range.startSeconds),
      formatTime(range.endSeconds),
      secondsText(range.endSeconds - range.startSeconds),
      rangeWords(range),
      range.samples,
      formatBytes(range.bytes),
      certaintyWords(range),
    ]),
  )}${left === 0 ? undefined : markup`<p class="note">${plural(left, 'more stretch', 'more stretches')}: --json lists all.</p>`}`;
}
