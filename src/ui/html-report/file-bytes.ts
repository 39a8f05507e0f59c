/** Each file that was read as a bar of its bytes: what each stretch of it is. */
import type { InputReport, RecordingReport, TrackRange } from '../../media/report.ts';
import { formatBytes } from '../units.ts';
import { legend, rangeWords, type ByteKind } from './kinds.ts';
import { bars, drawing, figureWidth, placeOf, round, type LaneSpan } from './lane.ts';
import { markup, type Markup } from './markup.ts';
import { asTable, table, type Row } from './page.ts';
import type { TrackFacts } from './track-facts.ts';

const height = 26;
const maxRows = 150;

/** What a stretch of bytes is taken for where several tell of it: what is lost of one track before what is kept of others. */
const precedence: readonly ByteKind[] = ['lost', 'spare', 'found', 'described'];

interface Claim {
  readonly kind: ByteKind;
  readonly start: number;
  readonly end: number;
  readonly words: string;
}

/** The figure, with a table of the same; nothing where no stretch is known by its place in a file. */
export function fileFigure(report: RecordingReport, tracks: readonly TrackFacts[]): Markup | undefined {
  const files = report.inputs.map((input) => ({ input, spans: spansOf(claimsOf(input, report, tracks), input.bytes) }));
  const known = files.filter(({ spans }) => spans.some(({ kind }) => kind !== 'rest'));
  if (known.length === 0) return undefined;
  const kinds = (['described', 'found', 'lost', 'spare', 'rest'] as const).filter((kind) =>
    known.some(({ spans }) => spans.some((span) => span.kind === kind)),
  );
  const { missing } = report;
  const more: [string, string][] = missing === undefined ? [] : [['end', 'not in the file, by what it says of itself']];
  return markup`<figure class="bytes">${known.map(({ input, spans }, at) => fileBar(input, spans, at, missing?.bytes ?? 0))}
${legend(kinds, more)}
${asTable(byteTable(known))}</figure>`;
}

function fileBar({ path, bytes }: InputReport, spans: readonly LaneSpan[], at: number, missingBytes: number): Markup {
  const total = bytes + missingBytes;
  const drawn = bars(spans, total, 0, height);
  if (missingBytes > 0) {
    const x = placeOf(bytes, total);
    drawn.push(
      markup`<rect class="end" x="${x}" y="1" width="${round(figureWidth - x)}" height="${height - 2}" data-start="${bytes}" data-end="${total}"/>`,
    );
  }
  const beyond = missingBytes > 0 ? `, and ${formatBytes(missingBytes)} that are missing at its end` : '';
  return markup`<div class="file"><h3>${path} <span>${formatBytes(bytes)}${beyond}</span></h3>${drawing(
    `file-${at}`,
    `${path} from its first byte to its last`,
    summaryOf(spans),
    height,
    drawn,
  )}</div>`;
}

function summaryOf(spans: readonly LaneSpan[]): string {
  const sums = new Map<string, number>();
  for (const { note = '', start, end } of spans) sums.set(note, (sums.get(note) ?? 0) + end - start);
  return [...sums].map(([words, bytes]) => `${formatBytes(bytes)} ${words}`).join('; ');
}

function claimsOf(
  { path, bytes }: InputReport,
  { unindexed }: RecordingReport,
  tracks: readonly TrackFacts[],
): Claim[] {
  const isHere = (range: TrackRange): boolean => range.file === path && range.offset !== undefined;
  return [
    ...tracks.flatMap(({ ranges }) =>
      ranges.filter(isHere).map((range) => ({
        kind: range.what,
        start: range.offset!,
        end: Math.min(bytes, range.offset! + (range.length ?? 0)),
        words: rangeWords(range),
      })),
    ),
    ...unindexed
      .filter(({ file }) => file === path)
      .map(({ offset, length }) => ({
        kind: 'spare' as const,
        start: offset,
        end: Math.min(bytes, offset + length),
        words: 'media that belongs to no sample, not in the result',
      })),
  ].filter(({ start, end }) => end > start);
}

/** The bytes of a file from the first to the last, each in one stretch. */
function spansOf(claims: readonly Claim[], bytes: number): LaneSpan[] {
  const edges = claims
    .flatMap((claim) => [
      { at: claim.start, claim, opens: true },
      { at: claim.end, claim, opens: false },
    ])
    .toSorted((one, other) => one.at - other.at);
  const open = new Set<Claim>();
  const spans: LaneSpan[] = [];
  const add = (kind: ByteKind, start: number, end: number, note: string): void => {
    if (end <= start) return;
    const last = spans.at(-1);
    if (last?.kind === kind && last.note === note && last.end === start) spans[spans.length - 1] = { ...last, end };
    else spans.push({ kind, start, end, note });
  };
  let at = 0;
  for (const edge of [...edges, { at: bytes, claim: undefined, opens: false }]) {
    const now = precedence.flatMap((kind) => [...open].filter((claim) => claim.kind === kind))[0];
    add(now?.kind ?? 'rest', at, edge.at, now?.words ?? 'index, headers and everything else');
    at = edge.at;
    if (edge.claim === undefined) break;
    if (edge.opens) open.add(edge.claim);
    else open.delete(edge.claim);
  }
  return spans;
}

function byteTable(files: readonly { readonly input: InputReport; readonly spans: readonly LaneSpan[] }[]): Markup {
  const all = files.flatMap(({ input, spans }) => spans.map((span) => ({ path: input.path, span })));
  const lost = all.filter(({ span }) => span.kind === 'lost' || span.kind === 'spare');
  const shown = all.length <= maxRows ? all : lost.slice(0, maxRows);
  const rows = shown.map(({ path, span }): Row => [
    path,
    span.start,
    span.end - span.start,
    formatBytes(span.end - span.start),
    span.note,
  ]);
  const left = all.length - shown.length;
  return markup`${table('Stretches of each file', ['File', '#From byte', '#Bytes', '#Size', 'What it is'], rows)}${
    left === 0 ? undefined : markup`<p class="note">${left} more: --json lists all.</p>`
  }`;
}
