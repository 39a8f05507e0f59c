/**
 * Recognises the work of an earlier run on a recording: an MP4 that holds its media, byte for byte, while some of its staging
 * files are gone, because a run was stopped while it removed them or for another reason. What was made of more files than
 * there are now is never to be replaced by less.
 */
import { FileSource } from '../../io/file-source.ts';
import type { Pace } from '../../io/pace.ts';
import { pathKind } from '../../io/directory.ts';
import { child, childrenOf, readBoxes, type BoxSpan } from '../../mp4/box.ts';
import { readMvhd } from '../../mp4/boxes/mvhd.ts';
import { SampleCursor, sampleTableOf } from '../../mp4/sample-cursor.ts';
import { heldMedia, isWholeMovie } from '../../rescue/making/held-media.ts';
import { readInfo, type StagingInfo } from '../../staging/info.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { maxInfoBytes } from '../../staging/reader.ts';
import { unindexedRanges } from '../../staging/unindexed-ranges.ts';
import { isRemovalBegun } from '../../rescue/staging/removal-mark.ts';
import type { OpenStagingFiles } from './staging-files.ts';

/** What an earlier run made of a recording. */
export interface EarlierResult {
  /** Bytes of the media that the MP4 has in its samples; infinite where there is no media left to compare with. */
  readonly sampleBytes: number;
  /** Nothing of the media is outside of it. */
  readonly isWhole: boolean;
  /** What is left of the staging files is what was not removed yet. */
  readonly mayRemove: boolean;
}

/**
 * The MP4 at `output` as the work of an earlier run on a set of which files are missing. Undefined where no file is missing, for
 * then the set tells more than the MP4, and where the MP4 is not of this recording. `inPlace`: the media is expected to have
 * become the MP4. Throws `interrupted` errors.
 */
export async function earlierResult(
  recording: string,
  output: string,
  sources: OpenStagingFiles,
  pace: Pace,
  inPlace = false,
): Promise<EarlierResult | undefined> {
  if (pathKind(output) !== 'file') return undefined;
  const info = sources.info === undefined ? undefined : infoOf(sources.info);
  if (!lacksFiles(sources, info)) return undefined;
  const { mdat, all } = sources;
  if (mdat === undefined) {
    if (!(await isWholeMovie(output, pace))) return undefined;
    const mayRemove =
      all.length === 0 ||
      isRemovalBegun(recording) ||
      (info !== undefined && (await isDescribedBy(output, info, pace)));
    // Where media was lost, the MP4 that the media has become has other samples than .info says.
    const isOwn = mayRemove || (info === undefined ? inPlace : creationTimeOf(output) === info.creationTime);
    return isOwn ? { sampleBytes: Infinity, isWhole: true, mayRemove } : undefined;
  }
  const held = await heldMedia(output, mdat, pace);
  if (held === undefined) return undefined;
  const header = readMediaFileHeader(mdat);
  const mediaStart = 'fault' in header ? 0 : header.sizeFieldOffset + 8;
  return {
    sampleBytes: held.sampleBytes,
    isWhole: (await pace.through(unindexedRanges(held.tracks, mediaStart, mdat.size, 1))).length === 0,
    mayRemove: isRemovalBegun(recording) || (info !== undefined && (await isDescribedBy(output, info, pace))),
  };
}

/** Whether a file is missing that a set has, as far as `.info` says which that are. */
export function lacksFiles(
  sources: OpenStagingFiles,
  info = sources.info === undefined ? undefined : infoOf(sources.info),
): boolean {
  const { mdat, tracks } = sources;
  if (mdat === undefined || sources.info === undefined) return true;
  // Recordings of one track are rare: where nothing says that this is one, a file is missing.
  if (info === undefined) return tracks.size < 2;
  return [info.audio, info.video].some((record) => record !== undefined && !tracks.has(record.trackId));
}

/** Whether an MP4 says of itself what `.info` says of the recording: when it began, its bytes of media, its samples. */
async function isDescribedBy(path: string, info: StagingInfo, pace: Pace): Promise<boolean> {
  if (!(await isWholeMovie(path, pace))) return false;
  const file = new FileSource(path);
  try {
    const boxes = [...readBoxes(file, 0, file.size)];
    const moov = boxes.find(({ type }) => type === 'moov')!;
    const mdat = boxes.find(({ type }) => type === 'mdat')!;
    const sorted = (counts: number[]): string => String(counts.sort((a, b) => a - b));
    const cursors = [...childrenOf(moov)]
      .filter(({ type }) => type === 'trak')
      .map(sampleTableOf)
      .map((table) => (table === undefined ? undefined : new SampleCursor(table)));
    const recorded = [info.audio, info.video].filter((record) => record !== undefined);
    return (
      creationTimeIn(moov) === info.creationTime &&
      sorted(cursors.map((cursor) => cursor?.count ?? 0)) === sorted(recorded.map(({ sampleCount }) => sampleCount)) &&
      // Made in place, mdat has what was moved twice.
      (mdat.end - mdat.body === info.mediaBytes || (await bytesOf(cursors, pace)) === info.mediaBytes)
    );
  } finally {
    file.close();
  }
}

/** Bytes of all samples. */
async function bytesOf(cursors: readonly (SampleCursor | undefined)[], pace: Pace): Promise<number> {
  let bytes = 0;
  for (const cursor of cursors) {
    while (cursor?.next() === true) {
      bytes += cursor.size;
      if (pace.isDue) await pace.turn();
    }
  }
  return bytes;
}

/** When a whole MP4 says that its recording began. */
function creationTimeOf(path: string): number | undefined {
  const file = new FileSource(path);
  try {
    return creationTimeIn([...readBoxes(file, 0, file.size)].find(({ type }) => type === 'moov')!);
  } finally {
    file.close();
  }
}

function creationTimeIn(moov: BoxSpan): number | undefined {
  const header = child(moov, 'mvhd');
  return header === undefined ? undefined : readMvhd(header).creationTime;
}

function infoOf(source: FileSource): StagingInfo | undefined {
  if (source.size > maxInfoBytes) return undefined;
  const read = readInfo(source.read(0, source.size).slice());
  return 'info' in read ? read.info : undefined;
}
