/** A staging set of more than 4 GiB whose pictures are nearly all holes, so that it is made in no time. */
import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { ByteWriter } from '../../../src/bytes/byte-sink.ts';
import { readInfo } from '../../../src/staging/info.ts';
import { StagingWriter } from '../../support/staging-writer.ts';

/** Pictures of the set, bytes of each but the first, and ticks of a thousandth of a second that each lasts. */
export const pictures = 44;
export const pictureLength = 100_000_000;
export const frameTicks = 40;
const mediaStart = 16;

/**
 * Writes the set with 32-bit fields asked for (winQtCompat); one NAL unit a picture, the first an IDR picture of `firstLength`
 * bytes. `donor`: the path of a set whose video configuration it gets.
 */
export function makeSparseSet(recording: string, donor: string, firstLength = pictureLength): void {
  const described = readInfo(readFileSync(`${donor}.info`));
  assert.ok('info' in described);
  const [info, media, mediaHeader, track] = [new ByteWriter(), new ByteWriter(), new ByteWriter(), new ByteWriter()];
  const writer = new StagingWriter(
    { video: described.info.video, winQtCompat: 0x0f, creationTime: described.info.creationTime },
    { info, media, mediaHeader, tracks: new Map([[1, track]]) },
  );
  const mdat = openSync(`${recording}.mdat`, 'w');
  let end = mediaStart;
  for (let number = 0; number < pictures; number++) {
    const sync = number === 0;
    const length = number === 0 ? firstLength : pictureLength;
    writer.index({ kind: 'video', decodeTime: number * frameTicks, compositionOffset: 0, sync }, length);
    const nalUnit = Buffer.alloc(6);
    nalUnit.writeUInt32BE(length - 4);
    // nal_unit_type 5 and 1 (ITU-T H.264, table 7-1), and the picture's number to know it by.
    nalUnit[4] = sync ? 0x65 : 0x41;
    nalUnit[5] = 0x80 + number;
    writeSync(mdat, nalUnit, 0, nalUnit.length, end);
    end += length;
  }
  writer.close();
  writeSync(mdat, mediaHeader.toBytes(), 0, mediaStart, 0);
  ftruncateSync(mdat, end);
  closeSync(mdat);
  writeFileSync(`${recording}.info`, info.toBytes());
  writeFileSync(`${recording}.track1`, track.toBytes());
}
