/**
 * Other recordings of the same stream, to take a lost sequence header from: the one the user names, then FLV and MP4 files
 * in the same directory, those with the most similar names first. They are opened one by one, only as far as someone asks.
 */
import { basename, dirname, join } from 'node:path';
import { listDirectory } from '../../io/directory.ts';
import { FileSource } from '../../io/file-source.ts';
import { writeAvcDecoderConfiguration } from '../../codecs/h264/decoder-configuration.ts';
import { SalvorError } from '../../media/errors.ts';
import { MediaTag } from '../../flv/media-tag.ts';
import { tagHeaderLength } from '../../flv/tag.ts';
import { firstTagOffset, TagReader } from '../../flv/tag-reader.ts';
import type { CodecReference, TrackReference } from '../../rescue/flv/plan.ts';
import { readMovieReference } from '../../mp4/codec-configurations.ts';

/** Siblings tried before giving up: a directory may hold thousands of recordings. */
const mostSiblings = 64;

/** How far sequence headers are looked for: they come first, or when the other track joins. */
const searchedTags = 2000;
const largestSequenceHeader = 64 * 1024;

function readReference(path: string): CodecReference | undefined {
  const source = new FileSource(path);
  try {
    const reference = readFlvReference(source) ?? readMovie(source);
    return reference.audio === undefined && reference.video === undefined ? undefined : reference;
  } finally {
    source.close();
  }
}

/** The first sequence header of each track, whatever the codec; undefined where the file is no FLV. */
function readFlvReference(source: FileSource): CodecReference | undefined {
  const first = firstTagOffset(source);
  if (first === undefined) return undefined;
  const found: Partial<Record<'video' | 'audio', TrackReference>> = {};
  const reader = new TagReader(source, first);
  const tag = new MediaTag();
  for (let left = searchedTags; left > 0; left--) {
    const event = reader.next();
    if (event !== 'tag') break;
    tag.read(reader);
    const { kind, role, codec, headerLength } = tag;
    const isHeader = role === 'sequenceHeader' && !tag.multitrack && reader.dataSize <= largestSequenceHeader;
    if (kind === undefined || !isHeader) continue;
    const data = source.read(reader.offset + tagHeaderLength, reader.dataSize);
    found[kind] ??= { codec, record: data.slice(headerLength) };
  }
  return { file: source.path, ...found };
}

function readMovie(source: FileSource): CodecReference {
  const movie = readMovieReference(source);
  return {
    file: source.path,
    ...(movie?.video === undefined
      ? {}
      : { video: { codec: 'avc1', record: writeAvcDecoderConfiguration(movie.video) } }),
    ...(movie?.audio === undefined ? {} : { audio: { codec: 'mp4a', record: movie.audio.specificConfig } }),
  };
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
