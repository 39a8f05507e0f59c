/**
 * The texts that a movie says of itself: QuickTime's user data (`©nam`), lists in the manner of iTunes (`ilst`), and keys
 * that are words (`mdta`), under the names that ffprobe has for them. What is no text is passed over.
 */
import { bodyReader, type BoxSpan } from './box.ts';
import type { BoxWalk } from './box-walk.ts';

/** Characters of a text that are kept, and how many texts. */
const maxLength = 4096;
const maxTexts = 256;

const names: Readonly<Record<string, string>> = {
  '\u00a9nam': 'title',
  '\u00a9ART': 'artist',
  aART: 'album_artist',
  '\u00a9alb': 'album',
  '\u00a9aut': 'author',
  '\u00a9cmt': 'comment',
  '\u00a9com': 'composer',
  '\u00a9wrt': 'composer',
  '\u00a9cpy': 'copyright',
  cprt: 'copyright',
  '\u00a9day': 'date',
  '\u00a9des': 'comment',
  desc: 'description',
  ldes: 'synopsis',
  '\u00a9gen': 'genre',
  '\u00a9grp': 'grouping',
  '\u00a9inf': 'comment',
  '\u00a9lyr': 'lyrics',
  '\u00a9mak': 'make',
  '\u00a9mod': 'model',
  '\u00a9swr': 'encoder',
  '\u00a9too': 'encoder',
  '\u00a9enc': 'encoder',
  '\u00a9fmt': 'original_format',
  '\u00a9xyz': 'location',
  keyw: 'keywords',
  catg: 'category',
};

/** Well-known types of values in an `ilst`. */
const typeOfText = 1;
const typeOfFloat = 23;

/** The texts of a moov's children, by name; the first of a name counts. */
export function readMetadataTexts(children: readonly BoxSpan[], boxes: BoxWalk): Record<string, string> {
  const texts: Record<string, string> = {};
  const add = (name: string | undefined, text: string | undefined): void => {
    if (name === undefined || text === undefined || Object.keys(texts).length >= maxTexts) return;
    // A name that objects have themselves stays a plain one.
    if (!Object.hasOwn(texts, name) && name !== '__proto__') texts[name] = text;
  };
  for (const child of children) {
    if (child.type === 'meta') readMeta(child, boxes, add);
    if (child.type !== 'udta') continue;
    for (const span of boxes.inside(child)) {
      if (span.type === 'meta') readMeta(span, boxes, add);
      else if (span.type.startsWith('\u00a9')) addUserText(span, add);
    }
  }
  return texts;
}

type Add = (name: string | undefined, text: string | undefined) => void;

/** A text of QuickTime's user data: length, language, bytes. ffprobe gives it once more under its language. */
function addUserText(span: BoxSpan, add: Add): void {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 4) });
  const length = reader.u16();
  const language = reader.u16();
  if (reader.fault !== undefined) return;
  const name = names[span.type];
  const text = textAt(span, 4, length);
  add(name, text);
  const letters = languageName(language);
  if (letters !== undefined && letters !== 'und') add(`${name}-${letters}`, text);
}

function readMeta(meta: BoxSpan, boxes: BoxWalk, add: Add): void {
  const inner = [0, 4].map((offset) => [...boxes.inside(meta, offset)]).find((each) => has(each, 'ilst'));
  const list = inner?.find(({ type }) => type === 'ilst');
  if (inner === undefined || list === undefined) return;
  const keys = inner.find(({ type }) => type === 'keys');
  const words = keys === undefined ? [] : readKeys(keys);
  for (const item of boxes.inside(list)) {
    const number = [...item.type].reduce((sum, character) => sum * 256 + character.charCodeAt(0), 0);
    addItem(words.length > 0 ? words[number - 1] : names[item.type], boxes.child(item, 'data'), add);
  }
}

function has(spans: readonly BoxSpan[], wanted: string): boolean {
  return spans.some(({ type }) => type === wanted);
}

function addItem(name: string | undefined, data: BoxSpan | undefined, add: Add): void {
  if (data === undefined) return;
  const reader = bodyReader({ ...data, end: Math.min(data.end, data.body + 12) });
  const type = reader.u32() & 0xff_ffff;
  reader.skip(4);
  if (type === typeOfText) add(name, textAt(data, 8, data.end - data.body - 8));
  if (type === typeOfFloat && data.end - data.body === 12) {
    add(name, new DataView(new Uint32Array([reader.u32()]).buffer).getFloat32(0, isLittleEndian).toFixed(6));
  }
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The words of a `keys` box, in their order. */
function readKeys(keys: BoxSpan): string[] {
  const reader = bodyReader({ ...keys, end: Math.min(keys.end, keys.body + 64 * 1024) });
  reader.skip(4);
  const count = Math.min(reader.u32(), maxTexts);
  const words: string[] = [];
  for (let key = 0; key < count && reader.fault === undefined; key++) {
    const size = reader.u32();
    reader.skip(4);
    if (size < 8 || size > 8 + maxLength) break;
    words.push(reader.latin1(size - 8));
  }
  return words;
}

/** Text at an offset in a body, up to its first zero. */
function textAt(span: BoxSpan, offset: number, length: number): string {
  const there = Math.max(0, Math.min(length, span.end - span.body - offset, maxLength));
  const bytes = there === 0 ? new Uint8Array(0) : span.source.read(span.body + offset, there);
  return Buffer.from(bytes).toString('utf8').replace(/\0.*$/s, '');
}

/** Languages that QuickTime numbers (Macintosh language codes), as ISO 639-2. */
const numbered =
  'eng fra ger ita dut sve spa dan por nor heb jpn ara fin gre ice mlt tur hrv chi urd hin tha kor lit pol hun est lav'.split(
    ' ',
  );

/** The three letters of a packed language code, or of one of QuickTime's numbers; undefined where it is neither (0x7fff among them). */
export function languageName(packed: number): string | undefined {
  if (packed < 0x400) return numbered[packed];
  const letters = [packed >> 10, packed >> 5, packed].map((bits) => String.fromCharCode((bits & 0x1f) + 0x60)).join('');
  return /^[a-z]{3}$/.test(letters) ? letters : undefined;
}
