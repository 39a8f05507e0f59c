/** A recording as a bar of one line of text: what is kept, what was found in the media, what is lost, and the share of it. */
import type { ChalkInstance } from 'chalk';
import type { TrackRange } from '../media/report.ts';
import { formatShare, keptShareOf, stretchesOf, type KeptStretch } from './kept-share.ts';

type What = KeptStretch['what'];

const blocks: Readonly<Record<What, string>> = { described: '█', found: '▓', lost: '░' };
const plainCharacters: Readonly<Record<What, string>> = { described: '#', found: '=', lost: '.' };

/** Whether a terminal with this environment shows more than ASCII. */
export function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: Readonly<Record<string, string | undefined>>): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/**
 * What each of so many equal steps of a recording is: lost if any of it is, found if most of it is. Empty where no track has
 * ranges.
 */
export function cellsOf(tracks: readonly { readonly ranges: readonly TrackRange[] }[], count: number): What[] {
  const stretches = stretchesOf(tracks);
  const start = stretches[0]?.startSeconds ?? 0;
  const length = (stretches.at(-1)?.endSeconds ?? 0) - start;
  if (length <= 0) return [];
  const cells = Array.from({ length: count }, () => ({ lost: 0, found: 0, described: 0 }));
  for (const { what, startSeconds, endSeconds } of stretches) {
    const from = ((startSeconds - start) / length) * count;
    const to = ((endSeconds - start) / length) * count;
    const first = Math.min(Math.floor(from), count - 1);
    // What ends where a cell begins does not reach into it.
    for (let cell = first; cell === first || cell < to - 1e-9; cell++) {
      if (cell >= count) break;
      cells[cell]![what] += Math.min(to, cell + 1) - Math.max(from, cell);
    }
  }
  return cells.map(({ lost, found, described }) => (lost > 0 ? 'lost' : found > described ? 'found' : 'described'));
}

/** `████▓▓░██ 97 %`; undefined where no track has ranges. */
export function keptBar(
  tracks: readonly { readonly ranges: readonly TrackRange[] }[],
  style: ChalkInstance,
  unicode: boolean,
  width = 40,
): string | undefined {
  const share = keptShareOf(tracks);
  if (share === undefined) return undefined;
  const characters = unicode ? blocks : plainCharacters;
  const paint = { described: style.green, found: style.cyan, lost: style.red };
  const runs: { what: What; length: number }[] = [];
  for (const what of cellsOf(tracks, width)) {
    const last = runs.at(-1);
    if (last?.what === what) last.length++;
    else runs.push({ what, length: 1 });
  }
  const bar = runs.map(({ what, length }) => paint[what](characters[what].repeat(length))).join('');
  return `${bar} ${formatShare(share)}`;
}
