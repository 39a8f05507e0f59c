/**
 * Recognises the work of an earlier run that was stopped while it removed the staging files: the MP4 is in place and
 * whole, and what is left of the staging files describes it. Only the removal is left to do then.
 */
import { ByteSink } from '../../bytes/byte-sink.ts';
import { FileSource } from '../../io/file-source.ts';
import { pathKind } from '../../io/directory.ts';
import { childrenOf, readBoxes } from '../../mp4/box.ts';
import { readMvhd } from '../../mp4/boxes/mvhd.ts';
import { SampleCursor, sampleTableOf } from '../../mp4/sample-cursor.ts';
import { readInfo, type StagingInfo } from '../../staging/info.ts';
import { largestInfo } from '../../staging/reader.ts';
import { pathsOf, type StagingFiles } from './staging-files.ts';
import type { MovieLayout } from '../../mp4/write-movie.ts';

/** What a whole MP4 of ours says of itself. */
interface FinishedMovie {
  readonly creationTime: number;
  readonly mediaBytes: number;
  /** Samples of each track, sorted. */
  readonly sampleCounts: readonly number[];
}

/** Whether `output` is the finished MP4 of a set of which some files are gone already. */
export function isFinished(files: StagingFiles, output: string): boolean {
  if (pathKind(output) !== 'file') return false;
  if (pathsOf(files).length === 0) return readFinished(output) !== undefined;
  if (files.info === undefined) return false;
  const info = readInfoFile(files.info);
  if (info === undefined) return false;
  const records = [info.audio, info.video].filter((record) => record !== undefined);
  if (files.mdat !== undefined && records.every(({ trackId }) => files.tracks.has(trackId))) return false;
  const movie = readFinished(output);
  if (movie === undefined) return false;
  const counts = records.map(({ sampleCount }) => sampleCount).sort((a, b) => a - b);
  return (
    movie.creationTime === info.creationTime &&
    movie.mediaBytes === info.mediaBytes &&
    String(movie.sampleCounts) === String(counts)
  );
}

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

/**
 * Whether a file is already what would be written: as long, with the same ftyp and moov. Same input gives the same bytes,
 * so an earlier run on the same staging files made it.
 */
export function isWrittenAlready(path: string, layout: MovieLayout): boolean {
  const file = new FileSource(path);
  try {
    if (file.size !== layout.fileLength) return false;
    const comparison = new Comparison(file);
    for (const box of layout.head) box.write(comparison);
    return comparison.equal;
  } finally {
    file.close();
  }
}

function readInfoFile(path: string): StagingInfo | undefined {
  const source = new FileSource(path);
  try {
    if (source.size > largestInfo) return undefined;
    const read = readInfo(source.read(0, source.size).slice());
    return 'info' in read ? read.info : undefined;
  } finally {
    source.close();
  }
}

function readFinished(path: string): FinishedMovie | undefined {
  const file = new FileSource(path);
  try {
    const boxes = [...readBoxes(file, 0, file.size)];
    const [fileType, moov, mdat] = boxes;
    if (
      boxes.length !== 3 ||
      fileType?.type !== 'ftyp' ||
      moov?.type !== 'moov' ||
      mdat?.type !== 'mdat' ||
      mdat.end !== file.size
    ) {
      return undefined;
    }
    const inside = [...childrenOf(moov)];
    const header = inside.find(({ type }) => type === 'mvhd');
    if (header === undefined) return undefined;
    const tables = inside.filter(({ type }) => type === 'trak').map(sampleTableOf);
    const sampleCounts = tables
      .map((table) => (table === undefined ? 0 : new SampleCursor(table).count))
      .sort((a, b) => a - b);
    return { creationTime: readMvhd(header).creationTime, mediaBytes: mdat.end - mdat.body, sampleCounts };
  } finally {
    file.close();
  }
}
