/** Reads the boxes of an MP4 or MOV by itself, to hold a file against another: every box by its path, with its bytes. */
import { createHash } from 'node:crypto';

const containers: ReadonlySet<string> = new Set(
  'moov trak mdia minf dinf stbl edts udta gmhd tapt mvex tref'.split(' '),
);
/** Tables that follow from where samples lie and which there are. */
const ofSamples: ReadonlySet<string> = new Set('stco co64 stsz stz2 stsc stts ctts stss'.split(' '));

/** Every box of the moov but tables of samples, in order: its path, and a hash of its bytes. */
export function movieBoxes(bytes: Buffer): string[] {
  const found: string[] = [];
  const walk = (from: number, to: number, path: string): void => {
    for (let at = from; at + 8 <= to;) {
      const size = bytes.readUInt32BE(at) || to - at;
      const type = bytes.toString('latin1', at + 4, at + 8);
      const own = `${path}/${type}`;
      if (size < 8 || at + size > to) return;
      if (containers.has(type)) walk(at + 8, at + size, own);
      else if (path !== '' && !ofSamples.has(type)) {
        found.push(
          `${own} ${createHash('sha1')
            .update(bytes.subarray(at, at + size))
            .digest('hex')}`,
        );
      }
      at += size;
    }
  };
  walk(0, bytes.length, '');
  return found;
}
