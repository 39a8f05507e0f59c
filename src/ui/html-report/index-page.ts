/** The page that lists several recordings: a line and a bar each, and where the page of each is. */
import type { RecordingReport } from '../../media/report.ts';
import { cellsOf } from '../kept-bar.ts';
import { formatShare, keptShareOf } from '../kept-share.ts';
import { plural } from '../units.ts';
import { legend, type ByteKind } from './kinds.ts';
import { bars, drawing, type LaneSpan } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { page, section, table, type PageContext, type Row } from './page.ts';
import { moodOf, outcomeWord, verdictOf } from './recording-page.ts';

/** Cells of the bar of one recording. */
const cells = 60;

/** What is listed of one recording. */
export interface IndexEntry {
  readonly name: string;
  /** Where its page is, as a link on the index page; not there where it has none. */
  readonly link?: string | undefined;
  /** How it came off, in a word or two. */
  readonly word: string;
  readonly mood: 'good' | 'warn' | 'bad';
  /** A sentence. */
  readonly line: string;
  /** `97 %`; empty where that is not known. */
  readonly share: string;
  readonly stretches: readonly ByteKind[];
}

/** The entry of a recording that a verb reports. */
export function entryOf(report: RecordingReport, link?: string): IndexEntry {
  const share = keptShareOf(report.tracks);
  return {
    name: report.recording,
    link,
    word: outcomeWord(report),
    mood: moodOf(report),
    line: verdictOf(report),
    share: share === undefined ? '' : formatShare(share),
    stretches: cellsOf(report.tracks, cells),
  };
}

/** The page. */
export function indexPage(entries: readonly IndexEntry[], context: PageContext): string {
  const words = new Map<string, number>();
  for (const { word } of entries) words.set(word, (words.get(word) ?? 0) + 1);
  const summary = [...words].map(([word, count]) => `${count} ${word}`).join(', ');
  const mood = (['bad', 'warn'] as const).find((each) => entries.some((entry) => entry.mood === each)) ?? 'good';
  const kinds = (['described', 'found', 'lost'] as const).filter((kind) =>
    entries.some(({ stretches }) => stretches.includes(kind)),
  );
  const content = [
    markup`<h1>${plural(entries.length, 'recording')}</h1>`,
    markup`<div class="verdict ${mood}"><p class="line">${summary === '' ? 'There was nothing to do' : summary}</p></div>`,
    section('The recordings', [
      table(
        `${plural(entries.length, 'recording')}, in the order in which they were looked at`,
        ['Recording', 'Outcome', 'Kept and lost', '#Share', 'In words'],
        entries.map(row),
      ),
      kinds.length === 0 ? undefined : legend(kinds),
    ]),
  ];
  return page(context, { title: plural(entries.length, 'recording'), content });
}

function row({ name, link, word, mood, line, share, stretches }: IndexEntry, at: number): Row {
  return [
    link === undefined ? name : markup`<a href="${link}">${name}</a>`,
    markup`<span class="${mood}"><span class="word">${word}</span></span>`,
    bar(`bar-${at}`, name, share, stretches),
    share,
    line,
  ];
}

function bar(id: string, name: string, share: string, stretches: readonly ByteKind[]): Markup | undefined {
  if (stretches.length === 0) return undefined;
  const spans: LaneSpan[] = [];
  for (const [at, kind] of stretches.entries()) {
    const last = spans.at(-1);
    if (last?.kind === kind) spans[spans.length - 1] = { ...last, end: at + 1 };
    else spans.push({ kind, start: at, end: at + 1 });
  }
  return markup`<div class="bar">${drawing(id, name, `${share} kept`, 16, bars(spans, stretches.length, 0, 16))}</div>`;
}
