/**
 * Text of a page, made so that nothing of a recording can become part of its structure: whatever is put into a template is
 * shown as text, unless it was made by another template. It knows nothing of reports.
 */
import { printable } from '../printable.ts';

/** Text that is markup already. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may be put into a template; what is not defined gives nothing, a list its items one after the other. */
export type MarkupPart = Markup | string | number | undefined | readonly MarkupPart[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template of markup. Attributes that hold a part have to stand in quotation marks. */
export function markup(strings: TemplateStringsArray, ...parts: readonly MarkupPart[]): Markup {
  return new Markup(strings.map((text, at) => `${text}${at < parts.length ? textOf(parts[at]) : ''}`).join(''));
}

function textOf(part: MarkupPart): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return printable(part).replaceAll(/[&<>"']/g, (character) => entities[character]!);
  if (typeof part === 'number') return String(part);
  return part.map(textOf).join('');
}
