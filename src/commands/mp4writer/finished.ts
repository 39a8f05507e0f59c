/**
 * Recognises the work of an earlier run that was stopped while it removed the staging files: the MP4 is in place and
 * whole, and what is left of the staging files describes it. Only the removal is left to do then.
 */
import { FileSource } from '../../io/file-source.ts';
import { pathKind } from '../../io/directory.ts';
import { childrenOf, readBoxes } from '../../mp4/box.ts';
import { readMvhd } from '../../mp4/boxes/mvhd.ts';
import { SampleCursor, sampleTableOf } from '../../mp4/sample-cursor.ts';
import { readInfo, type StagingInfo } from '../../staging/info.ts';
import { largestInfo } from '../../staging/reader.ts';
import { pathsOf, type StagingFiles } from './staging-files.ts';

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
