/**
 * What --in-place does with a staging set: its media file becomes the MP4 and gets its name. A run that was stopped leaves a
 * journal, which the next run with --in-place settles, or a whole MP4 that is still called `.mdat`, which any run names.
 */
import { basename } from 'node:path';
import { pathKind } from '../../io/directory.ts';
import { settlePending } from '../../io/journalled-patch.ts';
import { refuseWhileWritten } from '../../io/open-for-writing.ts';
import type { Pace } from '../../io/pace.ts';
import { existsAlready } from '../../io/system-error.ts';
import { giveName } from '../../io/take-place.ts';
import { SalvorError } from '../../media/errors.ts';
import type { Findings } from '../../media/findings.ts';
import { hasNoUnusedMedia, isWholeMovieIn } from '../../rescue/making/held-media.ts';
import { makeInPlace, type MadeInPlace } from '../../rescue/making/make-in-place.ts';
import type { MadeMovie } from '../../rescue/making/make-movie.ts';
import { isRemovalBegun } from '../../rescue/staging/removal-mark.ts';
import { readMediaFileHeader } from '../../staging/media-file.ts';
import { lacksFiles } from './finished.ts';
import { nameAndRemove } from './removal.ts';
import type { OpenStagingFiles, StagingFiles } from './staging-files.ts';

/** What finishing needs to know of what is asked for. */
interface NamingOptions {
  /** Path of the MP4. */
  readonly output: string;
  /** Whether an existing file of that name may be replaced. */
  readonly replace: boolean;
  /** Whether the other files are removed if nothing in them is left unused. */
  readonly removeStaging: boolean;
  readonly dryRun: boolean;
}

/** Settles what an earlier run began on the media file. Throws where it may not be changed, or is to be made elsewhere. */
export function settleInPlace(
  { mdat, recording }: StagingFiles,
  { inPlace, dryRun, output }: NamingOptions & { readonly inPlace?: boolean | undefined },
): void {
  if (inPlace === true && output !== recording) {
    throw new SalvorError('usage', 'an MP4 that is made in place cannot be put elsewhere', {
      file: output,
      advice: 'give --in-place without --output',
    });
  }
  if (mdat !== undefined) {
    settlePending(mdat, inPlace === true && !dryRun, 'run mp4writer with --in-place, which settles it');
  }
}

/** Whether the media file is a whole MP4 that an earlier run has made in place and not named yet. */
export async function isMadeInPlace({ mdat }: OpenStagingFiles, pace: Pace): Promise<boolean> {
  if (mdat === undefined) return false;
  // As a recorder leaves it, it has no index: what is told at a glance is not read.
  const begins = Buffer.from(mdat.read(4, 4)).toString('latin1') === 'ftyp';
  return begins && (await isWholeMovieIn(mdat, pace));
}

/** Gives what an earlier run has made in place its name, and removes the other files as it would have. Throws with all as it was. */
export async function nameMade(
  recording: string,
  sources: OpenStagingFiles,
  { output, replace, removeStaging, dryRun }: NamingOptions,
  pace: Pace,
): Promise<void> {
  const { path } = sources.mdat!;
  if (dryRun || output !== recording) {
    throw new SalvorError('unrecoverable', 'is a whole MP4, which an earlier run has made in place', {
      file: path,
      advice: `salvor mp4writer ${recording} gives it its name`,
    });
  }
  refuseExisting(output, replace);
  refuseWhileWritten(sources.all);
  const isToGo =
    removeStaging && (isRemovalBegun(recording) || (!lacksFiles(sources) && (await hasNoUnusedMedia(path, pace))));
  nameAndRemove(recording, sources, isToGo, () => giveName(path, output));
}

function refuseExisting(output: string, replace: boolean): void {
  if (pathKind(output) !== undefined && !replace) throw existsAlready(output);
}

/** What became of a set in place. */
export interface NamedInPlace extends MadeInPlace {
  /** Whether the files beside the media were removed. */
  readonly isRemoved: boolean;
}

/**
 * Makes the MP4 of a set in its media file. `planned`: what a dry run of making it elsewhere gave. `isToGo`: the other files
 * are removed. Throws as makeInPlace does.
 */
export async function makeSetInPlace(
  planned: MadeMovie,
  recording: string,
  sources: OpenStagingFiles,
  options: NamingOptions & { readonly isToGo: boolean; readonly findings: Findings; readonly pace: Pace },
): Promise<NamedInPlace> {
  const { output, replace, dryRun, isToGo, findings, pace } = options;
  const media = sources.mdat!;
  const header = readMediaFileHeader(media);
  // Of a header that cannot be read nothing is known: it is kept as if it were media.
  const mediaStart = 'fault' in header ? 0 : header.sizeFieldOffset + 8;
  let isRemoved = false;
  const name = (): void => {
    refuseExisting(output, replace);
    isRemoved = nameAndRemove(recording, sources, isToGo, () => giveName(media.path, output));
  };
  const made = await makeInPlace(planned.movie, {
    media,
    mediaStart,
    output,
    replace,
    dryRun,
    sources: sources.all,
    pace,
    name,
  });
  const { index, writtenBytes } = made.facts;
  const where = index === 'front' ? 'in front of' : 'behind';
  findings.add(
    'staging-made-in-place',
    dryRun
      ? `the index would go ${where} the media: ${writtenBytes} bytes would be written into ${basename(media.path)}, of which there is no other copy`
      : `the index went ${where} the media: ${writtenBytes} bytes were written into ${basename(media.path)}, which is ${basename(output)} now`,
    { file: media.path },
  );
  return { ...made, isRemoved };
}
