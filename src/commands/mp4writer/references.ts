/**
 * Other recordings of the same stream, to take a lost codec configuration from: the one the user names, then what lies in
 * the same directory, parts of the same recording first. They are opened one by one, only as far as someone asks.
 */
import { basename } from 'node:path';
import { filesBeside, pathKind } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { SalvorError } from '../../media/errors.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { readFlvConfigurations } from '../../flv/codec-configurations.ts';
import { readMovieReference } from '../../mp4/codec-configurations.ts';
import { readInfoReference } from '../../staging/info-reference.ts';
import { stripStagingSuffix } from '../../staging/names.ts';

/** Siblings tried before giving up: a directory may hold thousands of recordings. */
const mostSiblings = 64;

/** Reads one file as whatever it is; undefined where it tells nothing. The content decides, not the name. */
function readReference(path: string): CodecReference | undefined {
  const source = new FileSource(path);
  try {
    for (const read of [readInfoReference, readMovieReference, readFlvConfigurations]) {
      const reference = read(source);
      if (reference?.audio !== undefined || reference?.video !== undefined) return reference;
    }
    return undefined;
  } finally {
    source.close();
  }
}

function siblingsOf(recording: string): string[] {
  const own = basename(recording);
  return filesBeside(recording, /\.(?:info|mp4|m4v|mov|flv)$/)
    .filter((path) => stripStagingSuffix(basename(path)) !== own)
    .slice(0, mostSiblings);
}

/** The file a reference is read from: the path itself, or the `.info` of the staging set it names. */
function referenceFile(path: string): string {
  if (pathKind(path) === 'file') return path;
  const info = [`${stripStagingSuffix(path)}.info`, `${path}.mp4.info`].find(
    (candidate) => pathKind(candidate) === 'file',
  );
  if (info === undefined) {
    throw new SalvorError('unreadable', 'no such recording', {
      file: path,
      advice: 'name an MP4, an FLV or a staging set',
    });
  }
  return info;
}

/** Checks the reference the user named and gives a function that yields it and then the siblings of a recording. */
export function referencesFor(named: string | undefined): (recording: string) => () => Iterable<CodecReference> {
  const given = named === undefined ? undefined : readReference(referenceFile(named));
  if (named !== undefined && given === undefined) {
    throw new SalvorError('unreadable', 'tells no codec configuration', {
      file: named,
      advice: 'name an MP4, an FLV or a staging set of the same stream',
    });
  }
  return (recording) =>
    function* () {
      if (given !== undefined) yield given;
      for (const path of siblingsOf(recording)) {
        let reference: CodecReference | undefined;
        try {
          reference = readReference(path);
        } catch (error) {
          // A sibling that cannot be read is no reason to fail: it was only asked for help.
          if (!(error instanceof SalvorError)) throw error;
        }
        if (reference !== undefined) yield reference;
      }
    };
}
