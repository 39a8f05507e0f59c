/**
 * Reads the codec configurations of an FLV recording from its sequence headers, legacy or enhanced, for a recording of the
 * same stream that lost its own. Only the beginning of the file is looked at; the file may be torn anywhere.
 */
import type { ByteSource } from '../io/file-source.ts';
import { codecReference, lends, type CodecReference, type ReferenceStream } from '../media/codec-reference.ts';
import { configurationOfRecord } from './codec-record.ts';
import { MediaTag } from './media-tag.ts';
import { tagHeaderLength } from './tag.ts';
import { firstTagOffset, TagReader } from './tag-reader.ts';

/** How far the sequence headers are looked for: they come first, or when the other stream joins. */
const searchedBytes = 4 * 1024 * 1024;
const searchedTags = 2000;
/** Sequence headers have some dozens of bytes; anything larger is none. */
const maxSequenceHeader = 64 * 1024;

/**
 * The first configuration of each track that something can be decoded with. One of them may be missing: a recorder that was
 * opened at the first picture never saw the audio's.
 */
export function readFlvReference(source: ByteSource): CodecReference {
  return codecReference(source.path, sequenceHeaders(source));
}

function* sequenceHeaders(source: ByteSource): Generator<ReferenceStream & { readonly kind: 'video' | 'audio' }> {
  const first = firstTagOffset(source);
  if (first === undefined) return;
  const wanted = new Set(['video', 'audio']);
  const reader = new TagReader(source, first);
  const tag = new MediaTag();
  for (let left = searchedTags; left > 0 && wanted.size > 0; left--) {
    const event = reader.next();
    if (event !== 'tag' || reader.offset >= searchedBytes) return;
    tag.read(reader);
    const { kind, role, codec, headerLength } = tag;
    if (kind === undefined || !wanted.has(kind) || role !== 'sequenceHeader' || tag.multitrack) continue;
    if (reader.dataSize > maxSequenceHeader) continue;
    const data = source.read(reader.offset + tagHeaderLength, reader.dataSize).slice();
    const configuration = configurationOfRecord({ codec, record: data.subarray(headerLength) });
    if (configuration === undefined) continue;
    const stream = { kind, configuration, timescale: undefined };
    if (!lends(codecReference(source.path, [stream]))) continue;
    wanted.delete(kind);
    yield stream;
  }
}
