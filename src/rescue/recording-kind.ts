/** Tells what a file is that is given to a verb, by its content, and which verb takes it where this one does not. */
import { dirname, basename, join } from 'node:path';
import { fileSize } from '../io/directory.ts';
import { FileSource, type ByteSource } from '../io/file-source.ts';
import { SalvorError } from '../media/errors.ts';
import { quoted } from '../media/shell-word.ts';
import { stripStagingSuffix } from '../staging/names.ts';
import { containerOf, foreignFormatOf, foreignRemedy } from './container.ts';

type RecordingKind =
  /** An MP4 or MOV. */
  | 'movie'
  | 'flv'
  | 'mpegts'
  /** A file of a staging set. */
  | 'staging'
  /** None of these as far as its beginning tells: perhaps media without anything around it. */
  | 'unknown';

/** What to run on a file of this kind instead. */
function adviceFor(kind: Exclude<RecordingKind, 'unknown'>, path: string): string {
  const file = quoted(path);
  if (kind === 'movie') return `salvor repair ${file} takes it`;
  if (kind === 'flv') return `salvor flv-fix ${file} takes it`;
  if (kind === 'staging') return `salvor mp4writer --recovery ${file} takes it`;
  return `salvor ts-fix ${file} repairs it, salvor ts-split --duration 10m ${file} cuts it`;
}

const kindNames: Readonly<Record<Exclude<RecordingKind, 'unknown'>, string>> = {
  movie: 'an MP4 or MOV',
  flv: 'an FLV',
  mpegts: 'an MPEG transport stream',
  staging: 'part of a staging set',
};

function recordingKindOf(source: ByteSource): RecordingKind {
  const recording = join(dirname(source.path), stripStagingSuffix(basename(source.path)));
  const isSet =
    recording !== source.path && (fileSize(`${recording}.info`) ?? fileSize(`${recording}.track1`)) !== undefined;
  if (isSet) return 'staging';
  const container = containerOf(source);
  return container === 'mp4' ? 'movie' : (container ?? 'unknown');
}

/** Throws an error that says what the file is and which verb takes it, if it is of a kind that is known and not `wanted`. */
export function refuseOtherKind(source: ByteSource, wanted: Exclude<RecordingKind, 'unknown'>): void {
  const kind = recordingKindOf(source);
  if (kind === wanted) return;
  if (kind === 'unknown') return refuseForeign(source, wanted);
  throw new SalvorError('unreadable', `is ${kindNames[kind]}, not ${kindNames[wanted]}`, {
    file: source.path,
    advice: adviceFor(kind, source.path),
  });
}

/** Throws for a format that salvor can only name. */
function refuseForeign(source: ByteSource, wanted: Exclude<RecordingKind, 'unknown'>): void {
  const foreign = foreignFormatOf(source);
  // Frames of it are found as media without anything around it.
  if (foreign === undefined || foreign === 'raw MPEG audio') return;
  const advice = foreignRemedy(foreign, source.path);
  throw new SalvorError('unreadable', `is ${foreign}, not ${kindNames[wanted]}`, {
    file: source.path,
    ...(advice === undefined ? {} : { advice }),
  });
}

/** The same of the file at a path. A path without a file is let pass. */
export function refuseFileOfOtherKind(path: string, wanted: Exclude<RecordingKind, 'unknown'>): void {
  if (fileSize(path) === undefined) return;
  const source = new FileSource(path);
  try {
    refuseOtherKind(source, wanted);
  } finally {
    source.close();
  }
}
