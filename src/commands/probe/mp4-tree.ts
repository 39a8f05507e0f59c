/** The boxes of an MP4 or MOV as a tree, with what the more telling ones say. */
import { BoxWalk } from '../../mp4/box-walk.ts';
import type { BoxSpan } from '../../mp4/box.ts';
import { readCo64 } from '../../mp4/boxes/co64.ts';
import { readElst } from '../../mp4/boxes/elst.ts';
import { readFtyp } from '../../mp4/boxes/ftyp.ts';
import { readHdlr } from '../../mp4/boxes/hdlr.ts';
import { readMdhd } from '../../mp4/boxes/mdhd.ts';
import { readMvhd } from '../../mp4/boxes/mvhd.ts';
import { readStsz } from '../../mp4/boxes/stsz.ts';
import { readStts } from '../../mp4/boxes/stts.ts';
import { readTfdt } from '../../mp4/boxes/tfdt.ts';
import { readTfhd } from '../../mp4/boxes/tfhd.ts';
import { readTkhd } from '../../mp4/boxes/tkhd.ts';
import { readTrun } from '../../mp4/boxes/trun.ts';
import { visualSampleEntryLength } from '../../mp4/boxes/avc1.ts';
import { audioBoxOffsets } from '../../mp4/boxes/mp4a.ts';
import type { MovieFile } from '../../mp4/movie-reader.ts';
import type { TreeRow } from './inspection.ts';

/** Boxes that hold nothing but boxes. */
const containers: ReadonlySet<string> = new Set(
  'moov trak mdia minf stbl edts dinf udta mvex moof traf mfra sinf schi wave ilst tref gmhd'.split(' '),
);

const visualEntry = /^(?:avc[1-4]|hvc1|hev1|av01|vp0[89]|mp4v|encv)$/;
const audioEntry = /^(?:mp4a|Opus|ac-3|ec-3|fLaC|alac|enca)$/;

const maxBoxes = 4_000_000;
const deepest = 16;
/** A handler's name, and brands, are for people. */
const maxTextBytes = 256;

const texts: Readonly<Record<string, (span: BoxSpan) => string>> = {
  ftyp: (span) => {
    const { majorBrand, minorVersion, compatibleBrands } = readFtyp(span);
    return `${majorBrand} ${minorVersion}: ${compatibleBrands.slice(0, 32).join(' ')}`;
  },
  mvhd: (span) => durationText(readMvhd(span)),
  mdhd: (span) => durationText(readMdhd(span)),
  tkhd: (span) => {
    const { trackId, width, height } = readTkhd(span);
    return `track ${trackId}${width > 0 ? `, ${width}x${height}` : ''}`;
  },
  hdlr: (span) => readHdlr({ ...span, end: Math.min(span.end, span.body + maxTextBytes) }).handlerType,
  elst: (span) =>
    readElst(span)
      .slice(0, 8)
      .map(({ segmentDuration, mediaTime }) => `${segmentDuration} from ${mediaTime}`)
      .join(', '),
  stsz: (span) => {
    const { common, rows } = readStsz(span);
    return `${rows.claimed} samples${common > 0 ? ` of ${common} bytes` : ''}`;
  },
  stts: (span) => countText(readStts(span).claimed, 'run'),
  ctts: (span) => countText(readStts(span).claimed, 'run'),
  stss: (span) => countText(readStts(span).claimed, 'sync sample'),
  stsc: (span) => countText(readStts(span).claimed, 'run'),
  stco: (span) => countText(readStts(span).claimed, 'chunk'),
  co64: (span) => countText(readCo64(span).claimed, 'chunk'),
  tfhd: (span) => `track ${readTfhd(span).trackId}`,
  tfdt: (span) => `decode time ${readTfdt(span) ?? 'unreadable'}`,
  trun: (span) => countText(readTrun(span).claimed, 'sample'),
};

function durationText({ duration, timescale }: { readonly duration: number; readonly timescale: number }): string {
  return `${duration} ticks of 1/${timescale} s`;
}

function countText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** All boxes, each before those in it. */
export function* mp4Tree(file: MovieFile): Generator<TreeRow> {
  const boxes = new BoxWalk(maxBoxes);
  for (const box of file.layout.boxes) {
    const text = box.fault === undefined ? undefined : `claims ${box.claimedEnd - box.start} bytes`;
    yield* subtree(box, 0, boxes, text, '');
  }
  if (file.layout.junk !== undefined) {
    const { start, end } = file.layout.junk;
    yield { depth: 0, type: '?', offset: start, size: end - start, text: 'no box' };
  }
}

function* subtree(
  span: BoxSpan,
  depth: number,
  boxes: BoxWalk,
  note: string | undefined,
  handler: string,
): Generator<TreeRow> {
  const text = note ?? texts[span.type]?.(span);
  yield {
    depth,
    type: span.type,
    offset: span.start,
    size: span.end - span.start,
    ...(text === undefined ? {} : { text }),
  };
  if (depth >= deepest) return;
  let kind = handler;
  for (const child of boxes.inside(span, childOffset(span, handler) ?? Infinity)) {
    if (child.type === 'hdlr' && span.type === 'mdia') kind = texts['hdlr']!(child);
    yield* subtree(child, depth + 1, boxes, undefined, kind);
  }
}

/** Where in its body a box's own boxes begin; undefined where it has none. `handler`: of the track it is in. */
function childOffset(span: BoxSpan, handler: string): number | undefined {
  if (containers.has(span.type)) return 0;
  if (span.type === 'stsd' || span.type === 'dref') return 8;
  if (span.type === 'meta') return 4;
  if (handler === 'vide' && visualEntry.test(span.type)) return visualSampleEntryLength;
  return handler === 'soun' && audioEntry.test(span.type) ? audioBoxOffsets(span)[0] : undefined;
}
