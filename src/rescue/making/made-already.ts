/**
 * Recognises what an earlier run made: the same input gives the same bytes, so a file that holds just what would be written
 * was made of the same input. It compares; what follows from it is for others.
 */
import { ByteSink } from '../../bytes/byte-sink.ts';
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { isSameRange } from '../../io/same-bytes.ts';
import { SalvorError } from '../../media/errors.ts';
import { child, readBoxes } from '../../mp4/box.ts';
import { readMvhd } from '../../mp4/boxes/mvhd.ts';
import { mediaPlacesOf, type MediaPlaces, type MovieLayout, type MovieSource } from '../../mp4/write-movie.ts';

/** Compares what is written with the beginning of a file instead of writing it. */
class Comparison extends ByteSink {
  readonly #file: FileSource;
  readonly #slot = { view: new DataView(new ArrayBuffer(64 * 1024)), at: 0 };
  #filled = 0;
  #offset = 0;
  #equal = true;

  constructor(file: FileSource) {
    super();
    this.#file = file;
  }

  protected override reserve(length: number): { view: DataView; at: number } {
    if (this.#filled + length > this.#slot.view.byteLength) this.#compare();
    this.#slot.at = this.#filled;
    this.#filled += length;
    return this.#slot;
  }

  protected override append(bytes: Uint8Array): void {
    this.#compare();
    this.#equal &&= Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).equals(
      this.#file.read(this.#offset, bytes.length),
    );
    this.#offset += bytes.length;
  }

  #compare(): void {
    const { buffer } = this.#slot.view;
    this.#equal &&= Buffer.from(buffer, 0, this.#filled).equals(this.#file.read(this.#offset, this.#filled));
    this.#offset += this.#filled;
    this.#filled = 0;
  }

  /** Whether all that was written is there. */
  get equal(): boolean {
    this.#compare();
    return this.#equal;
  }
}

/** Bytes at each end of the media that are compared where not all of them are. */
const comparedLength = 64 * 1024;

/**
 * How the movie at `path` is laid out, if it can be one of that recording at all, at a glance: an MP4 with the boxes that are
 * written here, now or by salvor 0.1, which claims the same time of creation. Undefined where it is not, or cannot be read.
 */
export function madeLayoutOf(path: string, { creationTime }: MovieSource): MediaPlaces | undefined {
  let file: FileSource;
  try {
    file = new FileSource(path);
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
  try {
    const boxes = [...readBoxes(file, 0, file.size)];
    const places = mediaPlacesOf(boxes);
    if (places === undefined || boxes.at(-1)!.end !== file.size) return undefined;
    const header = child(boxes[1]!, 'mvhd');
    return header !== undefined && readMvhd(header).creationTime === creationTime ? places : undefined;
  } finally {
    file.close();
  }
}

/**
 * Whether the file at `path` is already what would be written: as long, with the same ftyp and moov, and the same media.
 * `thoroughly`: all of the media is compared, not its ends alone.
 */
export async function isMadeAlready(
  path: string,
  movie: MovieSource,
  layout: MovieLayout,
  thoroughly: boolean,
  pace: Pace,
): Promise<boolean> {
  const file = new FileSource(path);
  try {
    if (file.size !== layout.fileLength) return false;
    const comparison = new Comparison(file);
    for (const box of layout.head) box.write(comparison);
    if (!comparison.equal) return false;
    const { media, mediaStart, mediaEnd } = movie;
    const isSame = (start: number, end: number): Promise<boolean> =>
      isSameRange({ source: media, offset: start }, { source: file, offset: start + layout.shift }, end - start, pace);
    if (thoroughly || mediaEnd - mediaStart <= 2 * comparedLength) return await isSame(mediaStart, mediaEnd);
    return (
      (await isSame(mediaStart, mediaStart + comparedLength)) && (await isSame(mediaEnd - comparedLength, mediaEnd))
    );
  } finally {
    file.close();
  }
}
