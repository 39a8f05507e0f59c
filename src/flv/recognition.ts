/** Whether bytes are an FLV: asked by every verb that takes files of any kind. */
import type { ByteSource } from '../io/file-source.ts';
import { openFlv, openMarkedFlv } from './opening.ts';
import { tagHeaderLength } from './tag.ts';
import { TagReader } from './tag-reader.ts';

/** Whether a file begins as an FLV does, or with what is known to stand before one, or with tags. */
export function looksLikeFlv(source: ByteSource): boolean {
  if (openMarkedFlv(source) !== undefined) return true;
  if (source.size <= tagHeaderLength) return false;
  const reader = new TagReader(source, 0);
  return reader.follows() && reader.follows();
}

/** Whether tags follow within a damaged beginning. */
export function holdsFlv(source: ByteSource): boolean {
  return openFlv(source) !== undefined;
}
