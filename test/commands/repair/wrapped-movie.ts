/** Recordings of more than 4 GiB, nearly all of them holes, as their recorder closed them: without what is above 32 bits. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { goFixture, movieStart } from './damaged-recordings.ts';

const wrap = 2 ** 32;

/** Chunk offset tables of a moov: where their rows are. */
function* offsetRows(moov: Buffer): Generator<number> {
  for (let at = moov.indexOf('stco', 0, 'latin1'); at >= 0; at = moov.indexOf('stco', at + 4, 'latin1')) {
    const rows = moov.readUInt32BE(at + 8);
    for (let row = 0; row < rows; row++) yield at + 12 + 4 * row;
  }
}

/**
 * The recording with a hole in its media, so long that the last third lies beyond 4 GiB, as its recorder would have closed
 * it: the size of mdat and all chunk offsets without what is above 32 bits.
 */
export function makeWrapped(path: string): void {
  const bytes = readFileSync(goFixture('h265_segments_clean', 'recording.mp4'));
  const start = movieStart(bytes);
  const moov = Buffer.from(bytes.subarray(start));
  const offsets = [...offsetRows(moov)].map((at) => moov.readUInt32BE(at)).sort((a, b) => a - b);
  const behindHole = offsets[Math.floor(offsets.length / 3)]!;
  const shift = wrap - offsets[Math.floor((offsets.length * 2) / 3)]!;
  for (const at of offsetRows(moov)) {
    const offset = moov.readUInt32BE(at);
    if (offset >= behindHole) moov.writeUInt32BE((offset + shift) % wrap, at);
  }
  const head = Buffer.from(bytes.subarray(0, behindHole));
  head.writeUInt32BE((start + shift - 32) % wrap, 32);
  const file = openSync(path, 'w');
  writeSync(file, head, 0, head.length, 0);
  writeSync(file, bytes, behindHole, start - behindHole, behindHole + shift);
  ftruncateSync(file, start + shift);
  writeSync(file, moov, 0, moov.length, start + shift);
  closeSync(file);
}
