/**
 * The frame of every page: complete in one file, it runs nothing and asks for nothing, and its policy has a browser refuse
 * both. What is on it is not known here.
 */
import { patterns } from './kinds.ts';
import { markup, Markup, type MarkupPart } from './markup.ts';
import { stylesheet } from './stylesheet.ts';

/** What every page of salvor begins with: by it one is known when another is to take its place. */
export const pageMark = '<!doctype html><html lang="en"><meta name="generator" content="salvor report">';

/** What a page says of the run that it tells of. */
export interface PageContext {
  /** The verb. */
  readonly operation: string;
  readonly salvorVersion: string;
  readonly writtenAt: Date;
}

/** A whole page. `back`: a link to the page that lists this one among others. */
export function page(
  { operation, salvorVersion, writtenAt }: PageContext,
  {
    title,
    content,
    back,
  }: { readonly title: string; readonly content: readonly MarkupPart[]; readonly back?: string | undefined },
): string {
  const time = writtenAt.toISOString().slice(0, 16);
  const { text } = markup`
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} – salvor ${operation}</title>
<style>${new Markup(stylesheet)}</style>
<body>${patterns}
<p class="run">salvor ${salvorVersion} ${operation}, <time datetime="${time}Z">${time.replace('T', ' ')} UTC</time>${
    back === undefined ? undefined : markup` · <a href="${back}">all recordings</a>`
  }</p>
<main>
${content}
</main>
</body></html>
`;
  return pageMark + text;
}

/** A part of a page under a heading; nothing where it has nothing to say. */
export function section(heading: string, content: readonly MarkupPart[]): Markup | undefined {
  if (content.every((part) => part === undefined || (Array.isArray(part) && part.length === 0))) return undefined;
  const id = heading.toLowerCase().replaceAll(/[^a-z]+/g, '-');
  return markup`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>`;
}

/** A row of a table: its first cell says what the others are about. */
export type Row = readonly [string | Markup, ...MarkupPart[]];

/** A table; nothing where it has no rows. Columns whose names begin with `#` hold numbers. */
export function table(caption: string, columns: readonly string[], rows: readonly Row[]): Markup | undefined {
  if (rows.length === 0) return undefined;
  const numeric = columns.map((name) => (name.startsWith('#') ? ' class="n"' : ''));
  const head = columns.map(
    (name, at) => markup`<th scope="col"${new Markup(numeric[at]!)}>${name.replace('#', '')}</th>`,
  );
  const body = rows.map(
    ([first, ...others]) =>
      markup`<tr><th scope="row">${first}</th>${others.map((cell, at) => markup`<td${new Markup(numeric[at + 1]!)}>${cell}</td>`)}</tr>`,
  );
  return markup`<div class="scroll" role="region" tabindex="0" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** The same as a figure in a table that is unfolded on demand. */
export function asTable(content: MarkupPart): Markup | undefined {
  return content === undefined
    ? undefined
    : markup`<details><summary>The same in numbers</summary>${content}</details>`;
}

/** A command that is ready to be copied, and what it is for. */
export function commandOf(purpose: string, command: string): Markup {
  return markup`<p class="purpose">${purpose}:</p><pre><code>${command}</code></pre>`;
}
