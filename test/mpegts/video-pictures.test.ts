import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PidStates } from '../../src/mpegts/pid-states.ts';
import { VideoPictures, type Picture } from '../../src/mpegts/pictures/video-pictures.ts';
import { packet, pesBytes } from './streams.ts';

const pid = 0x100;

/** NAL units of H.264 in small: what follows the headers is no picture, but nobody looks at it. */
const units = {
  delimiter: [9, 0xf0],
  sps: [0x67, 0x42, 0x00, 0x1e, 0xda, 0x02, 0x80, 0xbf, 0xe5],
  pps: [0x68, 0xce, 0x3c, 0x80],
  // first_mb_in_slice 0, slice_type 7 (I); and 5 (P).
  idr: [0x65, 0x88, 0x84, 0x21, 0xa0, 0x33],
  other: [0x41, 0x9a, 0x24, 0x6c, 0x41, 0x4f],
  // first_mb_in_slice 1: a second slice of the same picture.
  secondSlice: [0x41, 0x53, 0x30, 0x77],
};

interface MadePicture {
  readonly isIdr: boolean;
  readonly bytes: readonly number[];
}

const startCode = [0, 0, 0, 1];
const picture = fc
  .record({
    isIdr: fc.boolean(),
    hasDelimiter: fc.boolean(),
    slices: fc.integer({ min: 1, max: 3 }),
    length: fc.integer({ min: 1, max: 400 }),
  })
  .map(({ isIdr, hasDelimiter, slices, length }): MadePicture => {
    const filler = new Array<number>(length).fill(0x5a);
    const nalUnits = [
      ...(hasDelimiter ? [units.delimiter] : []),
      ...(isIdr ? [units.sps, units.pps] : []),
      [...(isIdr ? units.idr : units.other), ...filler],
      ...Array.from({ length: slices - 1 }, () => [...(isIdr ? [0x65, 0x53, 0x30] : units.secondSlice), ...filler]),
    ];
    return { isIdr, bytes: nalUnits.flatMap((unit) => [...startCode, ...unit]) };
  });

/** Packets of PES packets that hold these bytes; the place of a PES packet is that of its first packet. */
function packetsOfPes(pesPayloads: readonly (readonly number[])[]): { bytes: Buffer; offsets: number[] } {
  const packets: Uint8Array[] = [];
  const offsets: number[] = [];
  for (const [index, payload] of pesPayloads.entries()) {
    offsets.push(packets.length * 188);
    const pes = pesBytes(index * 3600, payload);
    for (let at = 0; at < pes.length; at += 184) {
      packets.push(packet({ pid, counter: packets.length, start: at === 0, payload: pes.slice(at, at + 184) }));
    }
  }
  return { bytes: Buffer.concat(packets), offsets };
}

function picturesIn(bytes: Buffer): Picture[] {
  const found: Picture[] = [];
  const states = new PidStates();
  const reader = new VideoPictures('h264', { wholePictures: false }, (each) => found.push(each));
  reader.enter(bytes);
  for (let at = 0; at < bytes.length; at += 188) {
    reader.take(at, at, states.take(bytes, at));
    // What is still to be told is held; what has been told is behind.
    assert.ok(reader.heldFrom >= (found.at(-1)?.offset ?? 0));
  }
  reader.finish();
  return found;
}

test('one picture in each PES packet: each is found, with its place and its time', () => {
  fc.assert(
    fc.property(fc.array(picture, { minLength: 1, maxLength: 12 }), (made) => {
      const { bytes, offsets } = packetsOfPes(made.map((each) => each.bytes));
      assert.deepEqual(
        picturesIn(bytes).map(({ offset, ptsTicks, entry, hasParameterSets }) => [
          offset,
          ptsTicks,
          entry,
          hasParameterSets,
        ]),
        made.map(({ isIdr }, index) => [offsets[index], index * 3600, isIdr ? 'idr' : undefined, isIdr]),
      );
    }),
  );
});

test('PES packets cut anywhere: every picture is found, and has a place only where none shares its PES packet before it', () => {
  fc.assert(
    fc.property(
      fc.array(picture, { minLength: 1, maxLength: 8 }),
      fc.array(fc.integer({ min: 20, max: 900 }), { minLength: 1, maxLength: 4 }),
      (made, lengths) => {
        const all = made.flatMap((each) => each.bytes);
        const payloads: number[][] = [];
        const starts: number[] = [];
        for (let at = 0, index = 0; at < all.length; index++) {
          const length = lengths[index % lengths.length]!;
          payloads.push(all.slice(at, at + length));
          starts.push(at);
          at += length;
        }
        const { bytes, offsets } = packetsOfPes(payloads);
        const found = picturesIn(bytes);
        assert.deepEqual(
          found.map(({ entry }) => entry === 'idr'),
          made.map(({ isIdr }) => isIdr),
        );
        // Where the first slice of each picture begins, and where the last slice of the one before ends.
        let begin = 0;
        for (const [index, { offset }] of found.entries()) {
          if (offset >= 0) {
            const start = starts[offsets.indexOf(offset)]!;
            const isClean = start >= begin || all.slice(start, begin).every((byte) => byte === 0);
            assert.ok(isClean, `picture ${index} begins at ${begin}, its PES packet at ${start}`);
          }
          begin += made[index]!.bytes.length;
        }
      },
    ),
  );
});

test('an access unit delimiter in a PES packet of its own belongs to the picture in the next one', () => {
  const [delimiter, idr, other] = [units.delimiter, units.idr, units.other].map((unit) => [...startCode, ...unit]);
  const { bytes, offsets } = packetsOfPes([other!, delimiter!, idr!]);
  assert.deepEqual(
    picturesIn(bytes).map(({ offset, entry }) => [offset, entry]),
    [
      [offsets[0], undefined],
      [offsets[1], 'idr'],
    ],
  );
});
