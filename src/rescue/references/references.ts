/**
 * Which recordings may lend a codec configuration to one that lost its own, and in which order: the one the user names, then
 * what lies in the same directory, recordings of an encoder with the same settings first, then those with the most similar
 * names. They are opened one by one, only as far as someone asks, and each is read once. What a file is shows in its
 * content; its name only decides when it is looked at. Whether what it lends is right is for `prove.ts`.
 */
import { basename } from 'node:path';
import { readFlvReference } from '../../flv/codec-configurations.ts';
import { filesBeside, pathKind } from '../../io/directory.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import { lends, type CodecReference } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import { readMovieReference } from '../../mp4/codec-configurations.ts';
import { readInfoReference } from '../../staging/info-reference.ts';
import { stagingSuffixes, stripStagingSuffix } from '../../staging/names.ts';
import { nameOfFormat } from '../configurations/format-names.ts';
import { encoderFingerprint, isSignedWith } from './encoder-fingerprint.ts';

/** Who may lend to one recording. */
export interface References {
  /** The recording the user named. */
  readonly named: CodecReference | undefined;
  /**
   * Those beside the recording. `media` and `offset`: where the media of the recording begins, in which its encoder may have
   * left its settings.
   */
  readonly beside: (media?: ByteSource, offset?: number) => Iterable<CodecReference>;
  /** The named one first, then those beside. */
  readonly all: () => Iterable<CodecReference>;
}

/** Files that are opened before giving up: a directory may hold thousands of recordings. */
const maxSiblings = 64;

/** How recordings that lend are named as a rule; others are looked at behind them. */
const usualName = /\.(?:info|mp4|m4v|m4a|mov|qt|3gp|3g2|flv|f4v)$/i;
/** Media without its index, and what an earlier repair made: that may rest on a guess. */
const lendsNothing = (name: string): boolean =>
  /\.repaired\.mp4$/i.test(name) || stagingSuffixes.some((suffix) => suffix !== '.info' && name.endsWith(suffix));

const readers: readonly ((source: ByteSource) => CodecReference)[] = [
  readMovieReference,
  readFlvReference,
  readInfoReference,
];

/** Reads one file as whatever it is; undefined where it lends nothing. Throws a `SalvorError` where it cannot be opened. */
function readReference(path: string): CodecReference | undefined {
  return firstRead(path, lends);
}

/** What the first reader makes of a file that makes of it what is asked for. */
function firstRead(path: string, isIt: (reference: CodecReference) => boolean): CodecReference | undefined {
  const source = new FileSource(path);
  try {
    for (const read of readers) {
      const reference = read(source);
      if (isIt(reference)) return reference;
    }
    return undefined;
  } finally {
    source.close();
  }
}

/** The file a reference is read from: the path itself, or the `.info` of the staging set it names. */
function referenceFile(path: string): string {
  if (pathKind(path) === 'file') {
    const isMedia = stagingSuffixes.some((suffix) => suffix !== '.info' && path.endsWith(suffix));
    if (!isMedia) return path;
  }
  const info = [`${stripStagingSuffix(path)}.info`, `${path}.mp4.info`].find(
    (candidate) => pathKind(candidate) === 'file',
  );
  if (info !== undefined) return info;
  if (pathKind(path) === 'file') return path;
  throw new SalvorError('unreadable', 'no such recording', { file: path, advice: whatLends });
}

const whatLends = 'name a complete recording of the same stream: an MP4, a MOV, an FLV or a staging set';

/** The reference a user names; it has to lend something. Throws a `SalvorError` otherwise. */
function namedReference(path: string): CodecReference {
  const reference = readReference(referenceFile(path));
  if (reference !== undefined) return reference;
  const strange = firstRead(referenceFile(path), ({ unknown }) => unknown !== undefined);
  if (strange !== undefined) {
    const codecs = strange.unknown!.map(({ kind, format }) => `its ${kind} is ${nameOfFormat(format)}`).join(' and ');
    throw new SalvorError('unreadable', `lends nothing: ${codecs}, which is not read in media without an index`, {
      file: path,
      advice: 'a tool that knows the codec may read it',
    });
  }
  throw new SalvorError('unreadable', 'has no codec configuration', { file: path, advice: whatLends });
}

/** Checks the reference the user named, if one was, and gives for each recording those that may lend to it. */
export function referencesFor(named: string | undefined): (recording: string) => References {
  const given = named === undefined ? undefined : namedReference(named);
  return (recording) => {
    const read = new Map<string, CodecReference | undefined>();
    const beside: References['beside'] = (media, offset = 0) => referencesBeside(recording, media, offset, read);
    return {
      named: given,
      beside,
      *all() {
        if (given !== undefined) yield given;
        yield* beside();
      },
    };
  };
}

/** Paths beside a recording, in the order in which they are looked at. */
function siblingsOf(recording: string): string[] {
  const own = stripStagingSuffix(basename(recording));
  const others = filesBeside(recording, /./).filter((path) => {
    const name = basename(path);
    return stripStagingSuffix(name) !== own && !lendsNothing(name);
  });
  const isUsual = (path: string): boolean => usualName.test(path);
  return [...others.filter(isUsual), ...others.filter((path) => !isUsual(path))].slice(0, maxSiblings);
}

/** `read`: what was read before, by path. */
function* referencesBeside(
  recording: string,
  media: ByteSource | undefined,
  offset: number,
  read: Map<string, CodecReference | undefined>,
): Generator<CodecReference> {
  const siblings = siblingsOf(recording);
  const fingerprint = media === undefined ? undefined : encoderFingerprint(media, offset);
  const alike = new Set(fingerprint === undefined ? [] : siblings.filter((path) => isSignedWith(path, fingerprint)));
  for (const path of [...alike, ...siblings.filter((sibling) => !alike.has(sibling))]) {
    if (!read.has(path)) read.set(path, readQuietly(path));
    const reference = read.get(path);
    if (reference !== undefined) yield reference;
  }
}

/** A sibling that cannot be read is no reason to fail: it was only asked for help. */
function readQuietly(path: string): CodecReference | undefined {
  try {
    return readReference(path);
  } catch (error) {
    if (error instanceof SalvorError) return undefined;
    throw error;
  }
}
