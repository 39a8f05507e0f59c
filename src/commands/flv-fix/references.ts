/**
 * Other recordings of the same stream, to take a lost sequence header from: the one the user names, then FLV and MP4 files
 * in the same directory, those with the most similar names first. They are opened one by one, only as far as someone asks.
 */
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import { readFlvConfigurations } from '../../flv/codec-configurations.ts';
import { readMovieReference } from '../../mp4/codec-configurations.ts';

/** Siblings tried before giving up: a directory may hold thousands of recordings. */
const mostSiblings = 64;

function readReference(path: string): CodecReference | undefined {
  const source = new FileSource(path);
  try {
    const references = [readFlvConfigurations(source), readMovieReference(source)];
    return references.find((reference) => reference?.audio !== undefined || reference?.video !== undefined);
  } finally {
    source.close();
  }
}

/** Checks the reference the user named; gives a function that yields it and then the siblings of a recording. */
export function referencesFor(named: string | undefined): (recording: string) => () => Iterable<CodecReference> {
  const given = named === undefined ? undefined : readReference(named);
  if (named !== undefined && given === undefined) {
    throw new SalvorError('unreadable', 'tells no codec configuration', {
      file: named,
      advice: 'name an FLV or an MP4 of the same stream',
    });
  }
  return (recording) =>
    function* () {
      if (given !== undefined) yield given;
      for (const path of siblingsOf(recording)) {
        const reference = quietly(path);
        if (reference !== undefined) yield reference;
      }
    };
}

/** A sibling that cannot be read is no reason to fail: it was only asked for help. */
function quietly(path: string): CodecReference | undefined {
  try {
    return readReference(path);
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
}

function siblingsOf(recording: string): string[] {
  const directory = dirname(recording);
  const own = basename(recording);
  const alike = (name: string): number => {
    let length = 0;
    while (length < name.length && name[length] === own[length]) length++;
    return length;
  };
  return listDirectory(directory)
    .filter((name) => name !== own && !name.startsWith('.') && /\.(?:flv|mp4)$/.test(name))
    .sort((a, b) => alike(b) - alike(a))
    .slice(0, mostSiblings)
    .map((name) => join(directory, name));
}
