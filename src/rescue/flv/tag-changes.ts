/** What changes in a tag that is kept: four bytes here and there. Whoever writes a result, or knows one again, asks here. */
import { tagHeaderLength } from '../../flv/tag.ts';
import type { KeptTags } from './kept-tags.ts';

/**
 * Tells of each change to the tag that the walk is at: the offset in the source, and the four bytes that stand there in the
 * result, as a number of 32 bits. Offsets rise. The size behind the tag is changed where the source has one.
 */
export function forEachChange(tags: KeptTags, change: (offset: number, value: number) => void): void {
  const { reader, timestamp } = tags;
  const { offset, dataSize } = reader;
  if (reader.hasWrongSize) change(offset, ((reader.headerByte << 24) | dataSize) >>> 0);
  if (timestamp !== reader.timestamp) change(offset + 4, wireTimestamp(timestamp));
  if (tags.compositionTime !== tags.tag.compositionTime) {
    // Four bytes are changed at once: what stands before the three stays.
    const before = tags.tag.compositionAt - 1;
    const value = (reader.headByte(before) << 24) | (tags.compositionTime & 0xffffff);
    change(offset + tagHeaderLength + before, value >>> 0);
  }
  const size = tagHeaderLength + dataSize;
  if (reader.previousTagSize !== undefined && reader.previousTagSize !== size) change(reader.end, size);
}

/** The four bytes of a timestamp: 24 lower bits, then 8 upper ones. */
function wireTimestamp(timestamp: number): number {
  return (((timestamp & 0xffffff) << 8) | Math.floor(timestamp / 2 ** 24)) >>> 0;
}
