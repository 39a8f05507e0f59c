/**
 * Where the media of an index is lost although the file has bytes there: behind a head that was overwritten or encrypted,
 * up to the last sample that is not what the index says, and in holes of zeros. It leaves out nothing itself.
 */
import { ZeroRanges, type ByteRange } from '../../codecs/zero-ranges.ts';
import type { Pace } from '../../io/pace.ts';
import { zeroTail } from '../../io/zero-tail.ts';
import type { SampleTable } from '../../media/sample-table.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { mediaKindOf } from '../../mp4/movie-findings.ts';
import type { FileLayout, TopLevelBox } from '../../mp4/file-layout.ts';
import type { MovieTrack } from '../../mp4/movie-reader.ts';
import type { ReadTrack } from '../../mp4/movie-samples.ts';
import type { IndexedMovie } from './read-movie.ts';
import { confirmSome, witnessOf, type SampleWitness } from './samples-in-media.ts';

/** So many samples that stand one behind the other end what is lost. */
const confirmedInARow = 48;
/** Part of a track's samples, far from the head, that must be confirmed for its witness to be heard. */
const minHeard = 0.9;
/** A head that is lost is followed by media for the greater part: where it is, a witness is tried. */
const triedFrom = 0.5;

/** Bytes at the head of the file that no sample can be taken from; undefined where the head is no matter. */
export async function lostHead({ file, samples }: IndexedMovie, pace: Pace): Promise<ByteRange | undefined> {
  if (file.movie === undefined) return undefined;
  const doubt = headInDoubt(file.layout);
  if (doubt === undefined) return undefined;
  const heard: (TableWalk & { readonly witness: SampleWitness })[] = [];
  for (const read of samples.tracks) {
    const witness = witnessOf(file.layout.source, read);
    if (witness === undefined) continue;
    const { table } = read.samples;
    const { asked, confirmed } = confirmSome(table, witness, triedFrom);
    if (confirmed >= minHeard * asked) heard.push({ witness, table, next: 0 });
  }
  let [end, inARow] = [0, 0];
  // Samples asked for and there; and up to the end those there and those lost.
  let [asked, there, thereBefore, lost] = [0, 0, 0, 0];
  for (let n = 0; inARow < confirmedInARow; n++) {
    if (n % 16 === 0 && pace.isDue) await pace.turn();
    const first = lowest(heard);
    if (first === undefined) break;
    const [offset, size] = [first.table.offsets.data[first.next]!, first.table.sizes.data[first.next]!];
    if (offset >= doubt.end) break;
    first.next++;
    asked++;
    if (first.witness.confirms(offset, size)) [inARow, there] = [inARow + 1, there + 1];
    else [end, inARow, thereBefore, lost] = [Math.max(end, offset + size), 0, there, asked - there];
  }
  return end === 0 || (doubt.isWeak && lost < thereBefore) ? undefined : { start: 0, end };
}

/** Up to where samples are asked for, and whether most of those at the head have to be lost for it to be. */
interface HeadInDoubt {
  readonly end: number;
  readonly isWeak: boolean;
}

/**
 * Whether the head may be lost; undefined where the boxes from the first byte on leave no doubt. What a lost head looks
 * like by chance may be a box, the start of an mdat too: then that does not end where it claims.
 */
function headInDoubt({ boxes, strays, source }: FileLayout): HeadInDoubt | undefined {
  const [stray] = strays;
  const [first] = boxes;
  const isMedia = ({ type, start }: TopLevelBox): boolean => type === 'mdat' && start < (stray?.start ?? Infinity);
  if (stray !== undefined && !boxes.some(isMedia)) return { end: stray.end, isWeak: false };
  if (first === undefined || first.type === 'ftyp' || first.type === 'moov') return undefined;
  const isFalse = first.fault !== undefined && first.fault !== 'wrapped';
  return isFalse || stray !== undefined ? { end: source.size, isWeak: true } : undefined;
}

const blockLength = 128 * 1024;

/** Runs of zeros in samples of which no codec writes them, in order: those at the end of the file from its last other byte on. */
export async function zeroRanges(indexed: IndexedMovie, pace: Pace): Promise<readonly ByteRange[]> {
  const holes = await zeroHoles(indexed, pace);
  const tail = zeroTail(indexed.file.layout.source);
  if (tail === undefined) return holes;
  const before = holes.filter(({ start }) => start < tail.start);
  const meetsTail = indexed.samples.tracks.some((read) => writesNoZeros(read) && reachesInto(read.samples.table, tail));
  return meetsTail ? [...before, tail] : before;
}

function reachesInto({ length, offsets, sizes }: SampleTable, { start, end }: ByteRange): boolean {
  for (let i = 0; i < length; i++) {
    const behind = offsets.data[i]! + sizes.data[i]!;
    if (behind > start && behind <= end) return true;
  }
  return false;
}

async function zeroHoles({ file, samples }: IndexedMovie, pace: Pace): Promise<readonly ByteRange[]> {
  const { source } = file.layout;
  const zeros = new ZeroRanges();
  for (const { start, end } of rangesWithoutZeros(samples.tracks)) {
    // What one range ends with does not go on in the next.
    zeros.feed(notZero, start - 1);
    for (let at = start; at < Math.min(end, source.size);) {
      const bytes = source.read(at, Math.min(blockLength, end - at));
      if (bytes.length === 0) break;
      zeros.feed(bytes, at);
      at += bytes.length;
      if (pace.isDue) await pace.turn();
    }
  }
  return zeros.ranges;
}

const notZero = new Uint8Array([1]);

/** Bytes of samples whose codec writes no long runs of zeros, joined where they follow one another. */
export function* rangesWithoutZeros(tracks: readonly ReadTrack[]): Generator<ByteRange> {
  const tables = tracks
    .filter((read) => writesNoZeros(read))
    .map(({ track, samples: { table } }) => ({ track, table, isPadded: isPadded(track), next: 0 }));
  let [start, end] = [0, 0];
  for (;;) {
    const first = lowest(tables);
    if (first === undefined) break;
    const { table, track, isPadded: mayBePadded } = first;
    const offset = table.offsets.data[first.next]!;
    if (mayBePadded && !isZeros(track.span.source.read(offset, 2))) {
      first.next++;
      continue;
    }
    const behind = offset + table.sizes.data[first.next++]!;
    if (offset <= end) end = Math.max(end, behind);
    else {
      if (end > start) yield { start, end };
      [start, end] = [offset, behind];
    }
  }
  if (end > start) yield { start, end };
}

/** Whether the samples of a track are coded, by a codec that is known: silence that is not compressed is all zeros. */
export function writesNoZeros({ track }: ReadTrack): boolean {
  const [entry] = track.entries;
  if (entry === undefined || entry.encrypted || mediaKindOf(track) === undefined) return false;
  const { codec } = configurationOf(entry);
  return codec !== 'pcm' && codec !== 'unknown';
}

/** Frames of a constant size are filled up with zeros: only one that begins with them never reached the disk. */
function isPadded({ entries: [entry] }: MovieTrack): boolean {
  return entry !== undefined && paddedCodecs.has(configurationOf(entry).codec);
}

const paddedCodecs: ReadonlySet<string> = new Set(['ac3', 'eac3', 'mp3']);

function isZeros(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

interface TableWalk {
  readonly table: SampleTable;
  next: number;
}

/** The table whose next sample lies first in the file; undefined where all are through. */
function lowest<T extends TableWalk>(tables: readonly T[]): T | undefined {
  let chosen: T | undefined;
  let lowestOffset = Infinity;
  for (const each of tables) {
    const offset = each.next < each.table.length ? each.table.offsets.data[each.next]! : Infinity;
    if (offset < lowestOffset) [chosen, lowestOffset] = [each, offset];
  }
  return chosen;
}
