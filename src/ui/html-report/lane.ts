/**
 * A bar of stretches, to scale, of tracks or of bytes: the unit of all figures. It is stretched to the width of the page; words
 * stand beside it and not in it. What is lost is never narrower than can be seen. The drawing is bounded, however many stretches
 * there are: what is too narrow to be told apart is drawn as one.
 */
import type { ByteKind } from './kinds.ts';
import { markup, type Markup } from './markup.ts';

/** Units that a figure is wide. */
export const figureWidth = 1000;

/** What is lost is at least so wide. */
const minLostWidth = 3;

/** A stretch of a bar, in seconds or bytes. */
export interface LaneSpan {
  readonly kind: ByteKind;
  readonly start: number;
  readonly end: number;
  /** What is said of it where a pointer rests on it. */
  readonly note?: string | undefined;
}

/** A place in a figure, in its units: `value` of `total`. */
export function placeOf(value: number, total: number): number {
  return total <= 0 ? 0 : round((value / total) * figureWidth);
}

/** To a hundredth of a unit, which nobody sees. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** So many stretches are drawn one by one. */
const maxSingle = 120;
/** Of more, neighbours so near to one another are drawn as one. */
const minGap = 4;
/** Least part of the height of what is lost, where holes lie so close that they are drawn as one. */
const minShare = 0.2;

/**
 * Stretches as rectangles `height` units high, from `top` on. What is lost lies over the rest. Holes that are drawn as one are
 * as high as the share of time or bytes that they take.
 */
export function bars(spans: readonly LaneSpan[], total: number, top: number, height: number): Markup[] {
  const lost = spans.filter(({ kind }) => kind === 'lost');
  const kept = spans.filter(({ kind }) => kind !== 'lost');
  return [...joined(kept, total), ...joined(lost, total)].map(({ kind, from, to, start, end, sum, note, count }) => {
    const isNarrow = kind === 'lost' && to - from < minLostWidth;
    const width = isNarrow ? minLostWidth : Math.max(to - from, 0.05);
    const x = Math.min(isNarrow ? (from + to - minLostWidth) / 2 : from, figureWidth - width);
    const share = kind === 'lost' && count > 1 && !isNarrow ? Math.max(minShare, sum / (end - start)) : 1;
    const tall = round(height * share);
    const title = note === undefined ? undefined : markup`<title>${note}</title>`;
    return markup`<rect class="${kind}" x="${round(Math.max(x, 0))}" y="${round(top + height - tall)}" width="${round(width)}" height="${tall}" data-start="${start}" data-end="${end}">${title}</rect>`;
  });
}

/** What is drawn as one rectangle: where it lies in the figure, and in seconds or bytes. */
interface Drawn {
  kind: ByteKind;
  from: number;
  to: number;
  start: number;
  end: number;
  /** Seconds or bytes of the stretches alone. */
  sum: number;
  note: string | undefined;
  count: number;
}

/** Stretches with those as one that are too near to one another, or too narrow, to be told apart. */
function joined(spans: readonly LaneSpan[], total: number): Drawn[] {
  const gap = spans.length <= maxSingle ? 0 : minGap;
  const drawn: Drawn[] = [];
  for (const { kind, start, end, note } of spans.toSorted((one, other) => one.start - other.start)) {
    const [from, to] = [placeOf(start, total), placeOf(end, total)];
    const last = drawn.at(-1);
    const isNear = last !== undefined && from - last.to < gap;
    // A stretch of another kind that is too narrow to be seen does not part two of one kind.
    if (last !== undefined && isNear && (last.kind === kind || to - last.to < gap)) {
      last.count++;
      last.to = Math.max(last.to, to);
      last.end = Math.max(last.end, end);
      last.sum += end - start;
      last.note = `${last.count} stretches that lie close together; see the table`;
    } else {
      drawn.push({ kind, from, to, start, end, sum: end - start, note, count: 1 });
    }
  }
  return drawn;
}

/** A drawing for the eye and in words: `name` and `description` are what a screen reader says of it. */
export function drawing(
  id: string,
  name: string,
  description: string,
  height: number,
  content: readonly Markup[],
): Markup {
  return markup`<svg role="img" aria-labelledby="${id}-t ${id}-d" viewBox="0 0 ${figureWidth} ${height}" preserveAspectRatio="none" style="height:${height}px"><title id="${id}-t">${name}</title><desc id="${id}-d">${description}</desc>${content}</svg>`;
}
