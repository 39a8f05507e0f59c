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
  '\u00a9aut': 'artist',
  aART: 'album_artist',
  '\u00a9alb': 'album',
  '\u00a9chp': 'chapter',
  '\u00a9cmt': 'comment',
  '\u00a9com': 'composer',
  '\u00a9wrt': 'composer',
  '\u00a9cpy': 'copyright',
  cprt: 'copyright',
  '\u00a9day': 'date',
  '\u00a9des': 'comment',
  '\u00a9dir': 'director',
  '\u00a9dis': 'disclaimer',
  '\u00a9ed1': 'edit_date',
  desc: 'description',
  ldes: 'synopsis',
  '\u00a9gen': 'genre',
  '\u00a9grp': 'grouping',
  '\u00a9hst': 'host_computer',
  '\u00a9inf': 'comment',
  '\u00a9lyr': 'lyrics',
  '\u00a9mak': 'make',
  manu: 'make',
  '\u00a9mod': 'model',
  modl: 'model',
  '\u00a9ope': 'original_artist',
  '\u00a9prd': 'producer',
  '\u00a9PRD': 'producer',
  '\u00a9prf': 'performers',
  '\u00a9req': 'playback_requirements',
  '\u00a9src': 'original_source',
  '\u00a9st3': 'subtitle',
  '\u00a9swr': 'encoder',
  '\u00a9too': 'encoder',
  '\u00a9enc': 'encoder',
  '\u00a9fmt': 'original_format',
  '\u00a9trk': 'track',
  '\u00a9url': 'URL',
  '\u00a9wrn': 'warning',
  '\u00a9xyz': 'location',
  keyw: 'keywords',
  catg: 'category',
  apID: 'account_id',
  purd: 'purchase_date',
  soaa: 'sort_album_artist',
  soal: 'sort_album',
  soar: 'sort_artist',
  soco: 'sort_composer',
  sonm: 'sort_name',
  sosn: 'sort_show',
  tven: 'episode_id',
  tvnn: 'network',
  tvsh: 'show',
};

/** User data that is text from its first byte on. */
const rawNames: Readonly<Record<string, string>> = {
  '@PRM': 'premiere_version',
  '@PRQ': 'quicktime_version',
  FIRM: 'firmware',
  name: 'name',
};

/** Values of lists in the manner of iTunes that are numbers: at which byte they stand, or how they are written. */
const numbers: Readonly<Record<string, { readonly name: string; readonly at: number } | undefined>> = {
  akID: { name: 'account_type', at: 0 },
  cpil: { name: 'compilation', at: 0 },
  egid: { name: 'episode_uid', at: 0 },
  hdvd: { name: 'hd_video', at: 0 },
  pcst: { name: 'podcast', at: 0 },
  pgap: { name: 'gapless_playback', at: 0 },
  rtng: { name: 'rating', at: 0 },
  stik: { name: 'media_type', at: 0 },
  tves: { name: 'episode_sort', at: 3 },
  tvsn: { name: 'season_number', at: 3 },
};
const ofHowMany: Readonly<Record<string, string>> = { disk: 'disc', trkn: 'track' };

/** Well-known types of values in an `ilst`. */
const typeOfText = 1;
const typeOfInteger = 21;
const typeOfFloat = 23;

/**
 * The texts of the children of a moov or a trak, by name. Of two in the user data the later one counts; those of a list are joined.
 */
export function readMetadataTexts(children: readonly BoxSpan[], boxes: BoxWalk): Record<string, string> {
  const texts: Record<string, string> = {};
  const listed = new Set<string>();
  const add: Add = (name, text, isListed = false) => {
    // A name that objects have themselves stays a plain one.
    if (name === undefined || name === '__proto__' || text === undefined || text === '') return;
    const isThere = Object.hasOwn(texts, name);
    if (!isThere && Object.keys(texts).length >= maxTexts) return;
    texts[name] = isThere && isListed && listed.has(name) ? `${texts[name]};${text}`.slice(0, maxLength) : text;
    if (isListed) listed.add(name);
  };
  for (const child of children) {
    if (child.type === 'meta') readMeta(child, boxes, add);
    if (child.type !== 'udta') continue;
    for (const span of boxes.inside(child)) {
      if (span.type === 'meta') readMeta(span, boxes, add);
      else if (span.type === 'loci') addLocation(span, add);
      else if (Object.hasOwn(rawNames, span.type)) add(rawNames[span.type], textAt(span, 0, span.end - span.body));
      else if (span.type.startsWith('\u00a9')) addUserText(span, add);
    }
  }
  return texts;
}

/** `isListed`: of a list, whose texts of one name are joined. */
type Add = (name: string | undefined, text: string | undefined, isListed?: boolean) => void;

/** A text of QuickTime's user data: length, language, bytes. ffprobe gives it once more under its language. */
function addUserText(span: BoxSpan, add: Add): void {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 4) });
  const length = reader.u16();
  const language = reader.u16();
  const name = names[span.type];
  if (reader.fault !== undefined || name === undefined) return;
  const text = textAt(span, 4, length, language < macLanguages || language === noLanguage ? 'macintosh' : 'utf-8');
  add(name, text);
  const letters = languageName(language);
  if (letters !== undefined && letters !== 'und') add(`${name}-${letters}`, text);
}

/** Where it was recorded (3GPP TS 26.244, 8.9), as ISO 6709 writes it: latitude, longitude, altitude. */
function addLocation(span: BoxSpan, add: Add): void {
  const reader = bodyReader({ ...span, end: Math.min(span.end, span.body + 512) });
  reader.skip(4);
  const letters = languageName(reader.u16());
  let place = '';
  for (let byte = reader.u8(); byte !== 0 && reader.fault === undefined; byte = reader.u8()) {
    place += String.fromCharCode(byte);
  }
  reader.skip(1);
  const [longitude, latitude, altitude] = [reader.u32(), reader.u32(), reader.u32()].map(
    (value) => (value | 0) / 65_536,
  );
  if (reader.fault !== undefined) return;
  const degrees = (value: number, width: number): string =>
    `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(4).padStart(width, '0')}`;
  const height = altitude === 0 ? '' : `${altitude! < 0 ? '-' : '+'}${Math.abs(altitude!).toFixed(6)}`;
  const name = Buffer.from(place, 'latin1').toString('utf8');
  const text = `${degrees(latitude!, 7)}${degrees(longitude!, 8)}${height}/${name}`;
  add('location', text);
  if (letters !== undefined && letters !== 'und') add(`location-${letters}`, text);
}

function readMeta(meta: BoxSpan, boxes: BoxWalk, add: Add): void {
  const inner = [0, 4].map((offset) => [...boxes.inside(meta, offset)]).find((each) => has(each, 'ilst'));
  const list = inner?.find(({ type }) => type === 'ilst');
  if (inner === undefined || list === undefined) return;
  const keys = inner.find(({ type }) => type === 'keys');
  const words = keys === undefined ? [] : readKeys(keys);
  for (const item of boxes.inside(list)) {
    const number = [...item.type].reduce((sum, character) => sum * 256 + character.charCodeAt(0), 0);
    const data = boxes.child(item, 'data');
    if (data === undefined) continue;
    if (words.length > 0) addValue(words[number - 1], data, add);
    else if (item.type === '----') addValue(wordOf(boxes.child(item, 'name')), data, add);
    else addItem(item.type, data, add);
  }
}

function has(spans: readonly BoxSpan[], wanted: string): boolean {
  return spans.some(({ type }) => type === wanted);
}

/** The name that a program gave to an item of its own. */
function wordOf(name: BoxSpan | undefined): string | undefined {
  return name === undefined ? undefined : textAt(name, 4, name.end - name.body - 4);
}

/** An item by its type: some are numbers, whatever they say they are. */
function addItem(type: string, data: BoxSpan, add: Add): void {
  const reader = bodyReader({ ...data, end: Math.min(data.end, data.body + 16) });
  reader.skip(8);
  const number = numbers[type];
  if (number !== undefined) {
    reader.skip(number.at);
    const value = reader.u8();
    if (reader.fault === undefined) add(number.name, String(value), true);
    return;
  }
  const numbered = ofHowMany[type];
  if (numbered === undefined) return addValue(names[type], data, add);
  reader.skip(2);
  const [value, total] = [reader.u16(), reader.u16()];
  if (reader.fault === undefined) add(numbered, total === 0 ? String(value) : `${value}/${total}`, true);
}

/** A value by the type that it says it has. */
function addValue(name: string | undefined, data: BoxSpan, add: Add): void {
  const length = data.end - data.body - 8;
  const reader = bodyReader({ ...data, end: Math.min(data.end, data.body + 16) });
  const type = reader.u32() & 0xff_ffff;
  reader.skip(4);
  if (type === typeOfText) add(name, textAt(data, 8, length), true);
  if (type === typeOfInteger && length >= 1 && length <= 4) {
    let value = 0;
    for (let byte = 0; byte < length; byte++) value = value * 256 + reader.u8();
    add(name, String(value >= 2 ** (8 * length - 1) ? value - 2 ** (8 * length) : value), true);
  }
  if (type === typeOfFloat && length === 4) {
    add(name, new DataView(new Uint32Array([reader.u32()]).buffer).getFloat32(0, isLittleEndian).toFixed(6), true);
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
function textAt(span: BoxSpan, offset: number, length: number, encoding: 'utf-8' | 'macintosh' = 'utf-8'): string {
  const there = Math.max(0, Math.min(length, span.end - span.body - offset, maxLength));
  const bytes = there === 0 ? new Uint8Array(0) : span.source.read(span.body + offset, there);
  return new TextDecoder(encoding).decode(bytes).replace(/\0.*$/s, '');
}

/** Language codes below are QuickTime's own, with texts in Macintosh's characters; so are those of no language. */
const macLanguages = 0x400;
const noLanguage = 0x7fff;

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
