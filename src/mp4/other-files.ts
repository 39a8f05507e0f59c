/**
 * What is intact and yet no recording by itself, because the rest lies in other files: segments of DASH and HLS and what
 * initialises them, movies whose samples are referred to, reference movies. Only what says so of itself is believed: a
 * recorder that was killed leaves files that look like it otherwise.
 */
import { child, type BoxSpan } from './box.ts';
import type { BoxWalk } from './box-walk.ts';
import type { FileType } from './boxes/ftyp.ts';
import type { FileLayout } from './file-layout.ts';

/** Brands of files that are made to be delivered in segments: DASH, CMAF, PIFF. */
const segmentBrands = /^(?:dash|cmf.|msdh|msix|piff)$/;

/** Boxes that begin a media segment, and those that may stand in one. */
const segmentStarts: ReadonlySet<string> = new Set(['styp', 'sidx']);
const segmentBoxes: ReadonlySet<string> = new Set(
  'styp sidx ssix moof mdat emsg prft free skip uuid mfra imda'.split(' '),
);

/** Whether a file without a moov is a media segment: it begins as one, and all of it is whole fragments. */
export function isMediaSegment({ boxes, strays, junk }: FileLayout): boolean {
  const [first] = boxes;
  return (
    first !== undefined &&
    segmentStarts.has(first.type) &&
    strays.length === 0 &&
    junk === undefined &&
    hasWholeFragments(boxes) &&
    boxes.every(({ type, fault }) => segmentBoxes.has(type) && fault === undefined)
  );
}

/** Whether there are fragments, and media for each. */
function hasWholeFragments(boxes: FileLayout['boxes']): boolean {
  const count = (wanted: string): number => boxes.filter(({ type }) => type === wanted).length;
  const fragments = count('moof');
  return fragments > 0 && count('mdat') + count('imda') >= fragments;
}

/** Whether a movie without a sample says by its brands that its media is delivered in other files. */
export function isInitialisation(fileType: FileType | undefined): boolean {
  if (fileType === undefined) return false;
  return [fileType.majorBrand, ...fileType.compatibleBrands].some((brand) => segmentBrands.test(brand));
}

/** Whether a moov without tracks is one that refers to other movies (the rmra box of QuickTime). */
export function isReferenceMovie(moov: BoxSpan): boolean {
  return child(moov, 'rmra') !== undefined;
}

const maxReferenceBytes = 4096;

/**
 * Whether a track's data references (the dinf box) name other files. Flag 1 of an entry means this very file; an entry
 * that has neither the flag nor a location says nothing.
 */
export function hasDataElsewhere(dinf: BoxSpan | undefined, boxes: BoxWalk): boolean {
  const dref = boxes.child(dinf, 'dref');
  if (dref === undefined) return false;
  const [entry] = boxes.inside(dref, 8);
  if (entry === undefined) return false;
  const bytes = entry.source.read(entry.body, Math.min(entry.end - entry.body, maxReferenceBytes));
  return bytes.length > 5 && (bytes[3]! & 1) === 0 && bytes.subarray(4).some((byte) => byte !== 0);
}
