/**
 * Repairs a recording of more than 4 GiB that was closed in good order, where it lies: its mdat size and chunk offsets have
 * lost their upper 32 bits and nothing else is wrong. Room for the longer mdat header is taken from ftyp, the moov with
 * longer offsets goes where the old one stands, at the end; no byte of media moves.
 */
import { ByteWriter } from '../../bytes/byte-sink.ts';
import { patchFile, syncBeforePatch } from '../../io/journalled-patch.ts';
import type { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { PatchedSource, type Patch } from '../../io/patched-source.ts';
import { samplesAtOnce, type SampleTable } from '../../media/sample-table.ts';
import { ftyp } from '../../mp4/boxes/ftyp.ts';
import type { TopLevelBox } from '../../mp4/file-layout.ts';
import { movieFileSteps, type MovieFile } from '../../mp4/movie-reader.ts';
import { movieSamplesSteps, type MovieSamples } from '../../mp4/movie-samples.ts';
import { widenedMovie } from '../../mp4/widened-movie.ts';

/** What there is to be changed. */
export interface InPlacePatch {
  readonly patches: readonly Patch[];
  /** Bytes of the file afterwards. */
  readonly size: number;
}

/** A moov may be as long as that to be rewritten: that of weeks of recording. */
const maxMovie = 1024 * 1024 * 1024;

/** How the file is patched, or why that cannot be done. Goes step by step. */
export function* planInPlace(file: MovieFile): Generator<void, InPlacePatch | { readonly refused: string }> {
  const { layout, movie } = file;
  const [fileType, mdat, moov] = layout.boxes;
  if (movie === undefined || movie.torn || movie.isFragmented) return { refused: 'its moov is missing or truncated' };
  if (movie.isCompressed) return { refused: 'its moov is compressed' };
  const order = layout.boxes.map(({ type }) => type).join(' ');
  if (order !== 'ftyp mdat moov') return { refused: `its boxes are ${order}, not ftyp mdat moov` };
  if (moov!.end !== layout.source.size || layout.junk !== undefined) return { refused: 'the moov is not its end' };
  if (mdat!.fault !== 'wrapped') return { refused: 'the size of its mdat has not wrapped at 4 GiB' };
  const samples = yield* movieSamplesSteps(file);
  const problem = problemOf(samples, mdat!);
  if (problem !== undefined) return { refused: problem };
  if (moov!.end - moov!.body > maxMovie) return { refused: 'its moov is too long' };
  const head = headOf(file, fileType!, mdat!);
  if (head === undefined) return { refused: 'its ftyp has no brand to spare for a longer mdat header' };
  const patches = [head, { offset: moov!.start, bytes: movieBytes(moov!) }];
  const patch = { patches, size: moov!.start + patches[1]!.bytes.length };
  yield;
  return (yield* isRightAfterwards(file, samples, patch))
    ? patch
    : { refused: 'its samples would not be where they are' };
}

/** Whether a file is as an earlier run leaves it: whole boxes in that order, and an mdat of more than 4 GiB with a size of 64 bits. */
export function isWidened({ layout }: MovieFile): boolean {
  const { boxes, junk } = layout;
  const [, mdat] = boxes;
  return (
    boxes.map(({ type }) => type).join(' ') === 'ftyp mdat moov' &&
    boxes.every(({ fault }) => fault === undefined) &&
    junk === undefined &&
    mdat!.body - mdat!.start === 16 &&
    mdat!.end - mdat!.start > 0xffffffff
  );
}

/** Samples that do not lie in the media: then more is wrong than wrapped sizes and offsets. */
function problemOf({ tracks }: MovieSamples, mdat: TopLevelBox): string | undefined {
  for (const { track, samples } of tracks) {
    const { table, contradictions } = samples;
    if (contradictions.length > 0) return `of track ${track.trackId} ${contradictions[0]}`;
    for (let i = 0; i < table.length; i++) {
      const offset = table.offsets.data[i]!;
      if (offset < mdat.body || offset + table.sizes.data[i]! > mdat.end) {
        return `sample ${i + 1} of track ${track.trackId} does not lie in the media`;
      }
    }
  }
  return undefined;
}

/** ftyp and the header of mdat, as long as they were. The brands that go are the last two. */
function headOf({ fileType }: MovieFile, box: TopLevelBox, mdat: TopLevelBox): Patch | undefined {
  if (fileType === undefined || mdat.body - mdat.start !== 8 || fileType.compatibleBrands.length < 3) return undefined;
  const shorter = ftyp({ ...fileType, compatibleBrands: fileType.compatibleBrands.slice(0, -2) });
  const writer = new ByteWriter();
  shorter.write(writer);
  const size = mdat.end - (box.start + shorter.size);
  writer.u32(1);
  writer.latin1('mdat');
  writer.u64(size);
  const bytes = writer.toBytes();
  return box.start + bytes.length === mdat.body ? { offset: box.start, bytes } : undefined;
}

function movieBytes(moov: TopLevelBox): Uint8Array {
  const writer = new ByteWriter();
  widenedMovie(moov).write(writer);
  return writer.toBytes();
}

/** Reads the file as it will be: intact boxes, and every sample where it was. */
function* isRightAfterwards(
  file: MovieFile,
  before: MovieSamples,
  { patches, size }: InPlacePatch,
): Generator<void, boolean> {
  const patched = yield* movieFileSteps(new PatchedSource(file.layout.source, patches, size));
  if (patched.layout.boxes.some(({ fault }) => fault !== undefined) || patched.layout.junk !== undefined) return false;
  const after = yield* movieSamplesSteps(patched);
  if (after.tracks.length !== before.tracks.length) return false;
  for (const [index, { samples }] of after.tracks.entries()) {
    if (samples.offsetsWrapped) return false;
    if (!(yield* isSameTable(samples.table, before.tracks[index]!.samples.table))) return false;
  }
  return true;
}

function* isSameTable(a: SampleTable, b: SampleTable): Generator<void, boolean> {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (i % samplesAtOnce === 0) yield;
    const isSame =
      a.offsets.data[i] === b.offsets.data[i] &&
      a.sizes.data[i] === b.sizes.data[i] &&
      a.durations.data[i] === b.durations.data[i] &&
      a.compositionOffset(i) === b.compositionOffset(i) &&
      a.isSync(i) === b.isSync(i);
    if (!isSame) return false;
  }
  return true;
}

/** Repairs the file. Throws `interrupted` errors before it begins. */
export async function patchInPlace(source: FileSource, { patches, size }: InPlacePatch, pace: Pace): Promise<void> {
  await syncBeforePatch(source, pace);
  patchFile(source, patches, { size });
}
