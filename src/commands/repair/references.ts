/**
 * Other recordings of the same stream, to take lost codec configurations from: the one the user names, or what lies beside
 * the damaged one, names that resemble it most first. They are opened one by one, only as far as someone asks.
 */
import { readFlvConfigurations } from '../../flv/codec-configurations.ts';
import { filesBeside } from '../../io/directory.ts';
import { FileSource, type ByteSource } from '../../io/file-source.ts';
import type { CodecReference } from '../../media/codec-reference.ts';
import { SalvorError } from '../../media/errors.ts';
import type { AudioConfiguration, CodecConfiguration, Track, VideoConfiguration } from '../../media/track.ts';
import { configurationOf } from '../../mp4/codec-sample-entry.ts';
import { kindOf } from '../../mp4/movie-findings.ts';
import { readMovieFile } from '../../mp4/movie-reader.ts';
import { readInfoReference } from '../../staging/info-reference.ts';
import { aacConfigurationOf, avcConfigurationOf } from '../../staging/recovered-configuration.ts';

/** A stream of a reference: what it is coded with, and its clock where that is known. */
export interface ReferenceStream<C extends CodecConfiguration> {
  readonly configuration: C;
  readonly timescale: number | undefined;
}

export interface Reference {
  readonly file: string;
  readonly video: ReferenceStream<VideoConfiguration> | undefined;
  /** In the order of its tracks. */
  readonly audio: readonly ReferenceStream<AudioConfiguration>[];
}

/** Siblings tried before giving up: a directory may hold thousands of recordings. */
const mostSiblings = 64;

function readMovie(source: FileSource): Reference {
  const streams = (readMovieFile(source).movie?.tracks ?? []).flatMap((track) => {
    const [entry] = track.entries;
    const kind = kindOf(track);
    if (entry === undefined || kind === undefined) return [];
    return [{ kind, configuration: configurationOf(entry), timescale: track.mediaHeader?.timescale }];
  });
  const known = <C extends CodecConfiguration>(wanted: Track['kind']): ReferenceStream<C>[] =>
    streams
      .filter(({ kind, configuration }) => kind === wanted && configuration.codec !== 'unknown')
      .map(({ configuration, timescale }) => ({ configuration: configuration as C, timescale }));
  return { file: source.path, video: known<VideoConfiguration>('video')[0], audio: known('audio') };
}

function fromCodecReference(reference: CodecReference | undefined, file: string): Reference {
  const video = reference?.video === undefined ? undefined : avcConfigurationOf(reference.video);
  const audio =
    reference?.audio === undefined
      ? undefined
      : aacConfigurationOf(reference.audio.specificConfig, reference.audio.audio);
  return {
    file,
    video: video === undefined ? undefined : { configuration: video, timescale: undefined },
    audio: audio === undefined ? [] : [{ configuration: audio, timescale: undefined }],
  };
}

const readers: readonly ((source: FileSource) => Reference)[] = [
  readMovie,
  (source) => fromCodecReference(readFlvConfigurations(source), source.path),
  (source) => fromCodecReference(readInfoReference(source), source.path),
];

/** Reads one file as whatever it is; undefined where it tells nothing. The content decides, not the name. */
function readReference(path: string): Reference | undefined {
  const source = new FileSource(path);
  try {
    for (const read of readers) {
      const reference = read(source);
      if (reference.video !== undefined || reference.audio.length > 0) return reference;
    }
    return undefined;
  } finally {
    source.close();
  }
}

/** The reference a user names; it has to tell something. */
export function namedReference(path: string): Reference {
  const reference = readReference(path);
  if (reference !== undefined) return reference;
  throw new SalvorError('unreadable', 'tells no codec configuration', {
    file: path,
    advice: 'name a complete recording of the same stream: an MP4, a MOV, an FLV or the .info of a staging set',
  });
}

/** What x264 and x265 sign their first picture with, and what follows: version and settings, as text. */
const signatures = ['dc45e9bde6d948b7962cd820d923eeef', '2ca2de09b51747dbbb55a4fe7fc2fc4e'].map((uuid) =>
  Buffer.from(uuid, 'hex'),
);
const longestSettings = 4096;
/** Bytes at the beginning and at the end of a recording in which an encoder's signature is looked for. */
const signedWithin = 256 * 1024;

/** The signature and settings that an encoder left in media; undefined where it left none. */
export function encoderFingerprint(source: ByteSource, offset: number): Buffer | undefined {
  const bytes = Buffer.from(source.read(offset, signedWithin));
  const at = signatures.map((signature) => bytes.indexOf(signature)).find((place) => place >= 0);
  if (at === undefined) return undefined;
  const end = bytes.indexOf(0, at + 16);
  return end < 0 || end - at > longestSettings ? undefined : Buffer.from(bytes.subarray(at, end));
}

function isSignedWith(path: string, fingerprint: Buffer): boolean {
  try {
    const source = new FileSource(path);
    try {
      const places = [0, Math.max(0, source.size - signedWithin)];
      return places.some((offset) => Buffer.from(source.read(offset, signedWithin)).includes(fingerprint));
    } finally {
      source.close();
    }
  } catch {
    // It will be said of it when it is opened to be tried.
    return false;
  }
}

/** The recordings beside a damaged one that tell a codec configuration; first those of an encoder with the same settings. */
export function* referencesBeside(path: string, fingerprint: Buffer | undefined): Generator<Reference> {
  // What an earlier repair made may rest on a guess.
  const siblings = filesBeside(path, /\.(?:info|mp4|m4v|mov|flv)$/i)
    .filter((name) => !name.endsWith('.repaired.mp4'))
    .slice(0, mostSiblings);
  const isAlike = (sibling: string): boolean => fingerprint !== undefined && isSignedWith(sibling, fingerprint);
  const alike = new Set(siblings.filter(isAlike));
  for (const sibling of [...alike, ...siblings.filter((one) => !alike.has(one))]) {
    try {
      const reference = readReference(sibling);
      if (reference !== undefined) yield reference;
    } catch (error) {
      // A sibling that cannot be read is no reason to fail: it was only asked for help.
      if (!(error instanceof SalvorError)) throw error;
    }
  }
}
