/**
 * Tells which entries of the track files are true: those whose range lies in the media file and overlaps no other's. An
 * entry that is not costs its sample and nothing else.
 */
import type { ByteSource } from '../io/file-source.ts';
import { samplesAtOnce, type SampleTable } from '../media/sample-table.ts';

/** NAL units of a sample that are followed; a picture has a few, a damaged chain might have millions. */
const maxChain = 4096;

/** Whether the bytes of a sample are NAL units with 4-byte lengths that end where it does. */
function isNalChain(mdat: ByteSource, offset: number, size: number): boolean {
  const end = offset + size;
  let at = offset;
  for (let count = 0; at < end && count < maxChain; count++) {
    const header = mdat.read(at, 5);
    if (header.length < 5) return false;
    const length = new DataView(header.buffer, header.byteOffset).getUint32(0);
    // The highest bit of a NAL unit header is 0 (ITU-T H.264 7.3.1), and the type is not 0.
    if (length === 0 || (header[4]! & 0x80) !== 0 || (header[4]! & 0x1f) === 0) return false;
    at += 4 + length;
  }
  return at === end;
}

/** Samples looked at to tell video from audio. */
const samplesLookedAt = 64;

/**
 * Whether a track's samples are H.264: undefined where it has none to look at. Samples of the whole track are looked at,
 * as its beginning may be damaged. Few of them suffice: that other bytes are a closed chain by chance is one in billions.
 * Goes step by step.
 */
export function* looksLikeVideo(samples: SampleTable, mdat: ByteSource): Generator<void, boolean | undefined> {
  const inMedia: number[] = [];
  const stride = Math.max(1, Math.floor((yield* countInMedia(samples, mdat)) / samplesLookedAt));
  let passed = 0;
  for (let i = 0; i < samples.length && inMedia.length < samplesLookedAt; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (isInMedia(samples, i, mdat) && passed++ % stride === 0) inMedia.push(i);
  }
  // A hole of zeros tells nothing: no NAL unit is empty, and no audio frame begins so.
  const looked = inMedia.filter((i) => mdat.read(samples.offsets.at(i), 5).some((byte) => byte !== 0));
  if (looked.length === 0) return undefined;
  const chains = looked.filter((i) => isNalChain(mdat, samples.offsets.at(i), samples.sizes.at(i))).length;
  return chains * 32 >= looked.length;
}

function isInMedia(samples: SampleTable, index: number, mdat: ByteSource): boolean {
  const size = samples.sizes.data[index]!;
  return size > 0 && samples.offsets.data[index]! + size <= mdat.size;
}

function* countInMedia(samples: SampleTable, mdat: ByteSource): Generator<void, number> {
  let count = 0;
  for (let i = 0; i < samples.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (isInMedia(samples, i, mdat)) count++;
  }
  return count;
}

/** One track whose entries are held against the media file and against the other track's. */
export interface EntryCheck {
  readonly kind: 'video' | 'audio';
  readonly samples: SampleTable;
}

/** Marks, for each track, the samples to keep (1) and to leave out (0). Goes step by step. */
export function* markTrueEntries(
  tracks: readonly EntryCheck[],
  mediaStart: number,
  mdat: ByteSource,
): Generator<void, Uint8Array[]> {
  const marks: Uint8Array[] = [];
  for (const { samples } of tracks) marks.push(yield* markInRange(samples, mediaStart, mdat.size));
  yield* dropOverlaps(tracks, marks, mdat);
  for (const [t, track] of tracks.entries()) yield* dropHalfOverwritten(track, marks[t]!, tracks, mdat);
  return marks;
}

/**
 * What was overwritten may end within an entry, of which some bytes are then true and others not: the first entry behind is
 * believed only if the media bears its size out. Otherwise it counts as overwritten too, and its sample is looked for.
 */
function* dropHalfOverwritten(
  { kind, samples }: EntryCheck,
  marks: Uint8Array,
  tracks: readonly EntryCheck[],
  mdat: ByteSource,
): Generator<void, void> {
  const { sizes, offsets } = samples;
  for (let i = 1; i < samples.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (marks[i] === 0 || sizes.data[i - 1] !== 0) continue;
    yield;
    const end = offsets.data[i]! + sizes.data[i]!;
    const isBorneOut =
      kind === 'video'
        ? isNalChain(mdat, offsets.data[i]!, sizes.data[i]!)
        : end === mdat.size || tracks.some((track) => track.samples.offsets.values().includes(end));
    if (isBorneOut) continue;
    marks[i] = 0;
    sizes.data[i] = 0;
  }
}

/**
 * Samples of one track arrive one after the other: each true entry begins at or behind the end of the one before it.
 * Where that does not hold, one entry of garbage must not cost the many it covers: the longest chain of entries for which
 * it does is taken to be true.
 */
function* markInRange(samples: SampleTable, mediaStart: number, mediaEnd: number): Generator<void, Uint8Array> {
  const marks = new Uint8Array(samples.length);
  let end = mediaStart;
  let inOrder = true;
  for (let i = 0; i < samples.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const offset = samples.offsets.data[i]!;
    const size = samples.sizes.data[i]!;
    if (size === 0 || offset < mediaStart || offset + size > mediaEnd) continue;
    marks[i] = 1;
    inOrder &&= offset >= end;
    end = offset + size;
  }
  if (!inOrder) yield* keepLongestChain(samples, marks);
  return marks;
}

/** Of the marked entries keeps those of the longest chain in which each begins at or behind the end of the one before. */
function* keepLongestChain(samples: SampleTable, marks: Uint8Array): Generator<void, void> {
  const { length } = samples;
  const endOf = (i: number): number => samples.offsets.data[i]! + samples.sizes.data[i]!;
  // The entry at which the chains of each length so far can end soonest, and the entry before each in its chain.
  const last = new Uint32Array(length);
  const before = new Int32Array(length).fill(-1);
  let longest = 0;
  for (let i = 0; i < length; i++) {
    if (i % samplesAtOnce === 0) yield;
    if (marks[i] === 0) continue;
    const offset = samples.offsets.data[i]!;
    let low = 0;
    let high = longest;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (endOf(last[middle]!) <= offset) low = middle + 1;
      else high = middle;
    }
    if (low > 0) before[i] = last[low - 1]!;
    if (low === longest) last[longest++] = i;
    else if (endOf(i) < endOf(last[low]!)) last[low] = i;
  }
  marks.fill(0);
  for (let i = longest === 0 ? -1 : last[longest - 1]!; i >= 0; i = before[i]!) marks[i] = 1;
}

interface Claim {
  readonly track: number;
  readonly index: number;
}

/** Whether of two claims to the same bytes the later is the true one: the NAL units of the video sample tell. */
function isLaterTrue(tracks: readonly EntryCheck[], earlier: Claim, later: Claim, mdat: ByteSource): boolean {
  const closes = ({ track, index }: Claim): boolean | undefined => {
    const { kind, samples } = tracks[track]!;
    return kind === 'video' ? isNalChain(mdat, samples.offsets.at(index), samples.sizes.at(index)) : undefined;
  };
  return closes(later) ?? closes(earlier) === false;
}

/** Where two tracks claim the same bytes, the video sample is true if its NAL units close, otherwise the other one. */
function* dropOverlaps(
  tracks: readonly EntryCheck[],
  marks: readonly Uint8Array[],
  mdat: ByteSource,
): Generator<void, void> {
  const heads = tracks.map(() => 0);
  let last: (Claim & { end: number }) | undefined;
  for (let n = 0; ; n++) {
    if (n % samplesAtOnce === 0) yield;
    let chosen = -1;
    let lowest = Infinity;
    for (let t = 0; t < tracks.length; t++) {
      const { samples } = tracks[t]!;
      while (heads[t]! < samples.length && marks[t]![heads[t]!] === 0) heads[t]!++;
      const offset = heads[t]! < samples.length ? samples.offsets.data[heads[t]!]! : Infinity;
      if (offset < lowest) {
        lowest = offset;
        chosen = t;
      }
    }
    if (chosen < 0) return;
    const index = heads[chosen]!++;
    const size = tracks[chosen]!.samples.sizes.data[index]!;
    if (last !== undefined && lowest < last.end) {
      // To tell which is true the media is read.
      yield;
      if (isLaterTrue(tracks, last, { track: chosen, index }, mdat)) {
        marks[last.track]![last.index] = 0;
      } else {
        marks[chosen]![index] = 0;
        continue;
      }
    }
    last = { track: chosen, index, end: lowest + size };
  }
}
