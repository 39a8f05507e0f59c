/** Whether bytes are an MPEG transport stream: asked by every verb that takes files of any kind. */
import type { ByteSource } from '../io/file-source.ts';
import { packetLength } from './packet.ts';
import { packetRuns } from './packet-stream.ts';

/** What is looked through for packets: junk before them, and sync bytes enough to be sure. */
const searchedBytes = 64 * 1024;
const minBytesToBeSure = 3 * packetLength;

/** Whether packets of any length follow one another soon after the beginning. */
export function looksLikeTransportStream(source: ByteSource): boolean {
  for (const run of packetRuns(source, 0, Math.min(source.size, searchedBytes))) {
    const length = run.end - run.start;
    if (run.format !== undefined) return length >= minBytesToBeSure || run.offset + length >= source.size;
  }
  return false;
}
