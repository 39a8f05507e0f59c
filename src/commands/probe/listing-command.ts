/** How `salvor probe` shows its listings: as a table in columns, or as one JSON object a line. */
import { setImmediate as turn } from 'node:timers/promises';
import { printable } from '../../ui/printable.ts';
import type { Terminal } from '../../ui/terminal.ts';
import type { Inspection } from './inspection.ts';
import { groupsOf, sampleForm, treeForm, type ListedRow } from './listings.ts';

/** What `--samples`, `--tree` and `--gops` list. */
export type ListingKind = 'samples' | 'tree' | 'gops';

/** Text is handed on in pieces of about this many characters. */
const pieceLength = 64 * 1024;

interface TextForm {
  readonly head: string;
  readonly line: (row: ListedRow) => string;
}

const cell = (value: ListedRow[string], width: number): string => String(value ?? '-').padStart(width);
const time = (value: ListedRow[string], width: number): string =>
  (typeof value === 'number' ? value.toFixed(6) : '-').padStart(width);

const textForms: Readonly<Record<ListingKind, TextForm>> = {
  samples: {
    head: 'track kind       dts_time     pts_time          dts          pts duration      size       offset sync',
    line: (row) =>
      `${cell(row['track'], 5)} ${String(row['kind']).padEnd(6)} ${time(row['dtsTime'], 12)} ${time(row['ptsTime'], 12)} ${cell(row['dts'], 12)} ${cell(row['pts'], 12)} ${cell(row['duration'], 8)} ${cell(row['size'], 9)} ${cell(row['offset'], 12)} ${row['sync'] === true ? 'K' : ''}`.trimEnd(),
  },
  tree: {
    head: '      offset         size  what',
    line: (row) =>
      `${cell(row['offset'], 12)} ${cell(row['size'], 12)}  ${'  '.repeat(Number(row['depth']))}${printable(String(row['type']))}${row['text'] === undefined ? '' : `  ${printable(String(row['text']))}`}`,
  },
  gops: {
    head: 'track         time     duration   frames        bytes       offset',
    line: (row) =>
      `${cell(row['track'], 5)} ${time(row['time'], 12)} ${time(row['duration'], 12)} ${cell(row['frames'], 8)} ${cell(row['bytes'], 12)} ${cell(row['offset'], 12)}`,
  },
};

function* rowsOf(inspection: Inspection, kind: ListingKind): Generator<ListedRow> {
  if (kind === 'tree') for (const row of inspection.tree()) yield treeForm(row);
  else if (kind === 'gops') yield* groupsOf(inspection.samples());
  else for (const row of inspection.samples()) yield sampleForm(row);
}

/** Writes the listing. `asJson`: one object a line. */
export async function showListing(
  inspection: Inspection,
  kind: ListingKind,
  asJson: boolean,
  terminal: Terminal,
): Promise<void> {
  const form = textForms[kind];
  let text = asJson ? '' : `${form.head}\n`;
  for (const row of rowsOf(inspection, kind)) {
    text += `${asJson ? JSON.stringify(row) : form.line(row)}\n`;
    if (text.length < pieceLength) continue;
    terminal.out.write(text);
    text = '';
    await turn();
  }
  terminal.out.write(text);
}
