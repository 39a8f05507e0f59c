/**
 * The names of the parts: a pattern with the number of the part, the name of the stream and the time. It knows no
 * directory; whether a name is taken is for others.
 */
import { basename, extname } from 'node:path';
import { SalvorError } from '../../media/errors.ts';

/** The server's own way of naming. */
export const defaultPattern = '%s_part%04d';

const extensions = /\.(?:ts|m2ts|mts|m2t|tsv|tp|trp|mp4|flv|mpg|mpeg)$/i;
const keptExtensions = /\.(?:m2ts|mts|m2t|tp|trp)$/i;

/** `rec` of `/srv/rec_part0003.ts`. */
export function streamNameOf(path: string): string {
  return basename(path)
    .replace(extensions, '')
    .replace(/_part\d+$/, '');
}

/** The extension of the parts: that of the input where it is one for transport streams, as recorders name anything `.mp4`. */
export function extensionOf(path: string): string {
  return keptExtensions.exec(path)?.[0] ?? '.ts';
}

/** The part number in a name as the server gives it, `_part0003`; -1 where there is none. */
export function partNumberOf(path: string): number {
  const match = /_part(\d+)(?=\.[^.]*$|$)/.exec(basename(path));
  return match === null ? -1 : Number(match[1]);
}

const two = (value: number): string => String(value).padStart(2, '0');

/** The strftime fields there are; times are local. */
const timeFields: Readonly<Record<string, (time: Date) => string>> = {
  Y: (time) => String(time.getFullYear()),
  y: (time) => two(time.getFullYear() % 100),
  m: (time) => two(time.getMonth() + 1),
  d: (time) => two(time.getDate()),
  H: (time) => two(time.getHours()),
  M: (time) => two(time.getMinutes()),
  S: (time) => two(time.getSeconds()),
  F: (time) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`,
  T: (time) => `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`,
  j: (time) => {
    const days = Date.UTC(time.getFullYear(), time.getMonth(), time.getDate()) - Date.UTC(time.getFullYear(), 0, 0);
    return String(Math.round(days / 86_400_000)).padStart(3, '0');
  },
};

type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly width: number }
  | { readonly kind: 'time'; readonly field: string };

/** Makes names by a pattern and reads their numbers back. Throws usage errors for fields it does not know. */
export class PartNames {
  readonly #pieces: readonly Piece[];
  readonly #expression: RegExp;

  /** `%%` `%04d` `%s`, and strftime fields. A plain `%d` is the day of the month where the pattern has a month, else the number. */
  constructor(pattern: string, streamName: string) {
    const hasMonth = /%[mFj]/.test(pattern.replaceAll('%%', ''));
    const pieces: Piece[] = [];
    for (const [whole, text, width, field] of pattern.matchAll(/([^%]+)|%(0?\d*)([A-Za-z%]?)/g)) {
      if (text !== undefined) pieces.push({ kind: 'text', text });
      else if (field === '%') pieces.push({ kind: 'text', text: '%' });
      else if (field === 's' && width === '') pieces.push({ kind: 'text', text: streamName });
      else if (field === 'd' && (width !== '' || !hasMonth)) pieces.push({ kind: 'number', width: Number(width) });
      else if (width === '' && timeFields[field!] !== undefined) pieces.push({ kind: 'time', field: field! });
      else throw unknownField(whole);
    }
    this.#pieces = pieces;
    this.#expression = this.#makeExpression();
  }

  /** Whether names tell when a part begins. */
  get hasTime(): boolean {
    return this.#pieces.some(({ kind }) => kind === 'time');
  }

  /** Whether one part gets another name than the next. */
  get hasNumber(): boolean {
    return this.#pieces.some(({ kind }) => kind === 'number');
  }

  name(number: number, time: Date): string {
    return this.#pieces
      .map((piece) => {
        if (piece.kind === 'text') return piece.text;
        return piece.kind === 'number' ? String(number).padStart(piece.width, '0') : timeFields[piece.field]!(time);
      })
      .join('');
  }

  /** Whether a name is one that a part could get. */
  matches(name: string): boolean {
    return this.#expression.test(name);
  }

  /** The number in a name that a part could get, -1 where it is none or has no number. */
  numberIn(name: string): number {
    const number = this.#expression.exec(name)?.groups?.['number'];
    return number === undefined ? -1 : Number(number);
  }

  #makeExpression(): RegExp {
    let numbers = 0;
    const source = this.#pieces
      .map((piece) => {
        if (piece.kind === 'text') return piece.text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
        if (piece.kind === 'time') return '[0-9:-]+';
        return numbers++ === 0 ? String.raw`(?<number>\d{${Math.max(1, piece.width)},})` : String.raw`\d+`;
      })
      .join('');
    return new RegExp(`^${source}$`, 'u');
  }
}

/** A path with a number after the name, before its extension: `cam-1.ts`. */
export function numberedPath(path: string, number: number): string {
  const extension = extname(path);
  return `${path.slice(0, path.length - extension.length)}-${number}${extension}`;
}

function unknownField(field: string): SalvorError {
  return new SalvorError('usage', `the pattern has '${field}', which means nothing`, {
    advice: 'there are %04d, %s, %% and the fields Y y m d H M S F T j of strftime',
  });
}
