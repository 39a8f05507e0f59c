import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { NalChain } from '../../src/codecs/nal-chain.ts';

/** What the chain says of one sample. */
interface Seen {
  readonly index: number;
  readonly closed: boolean;
  readonly types: number;
}

/** A media file: samples with whatever lies between them. */
interface Media {
  readonly bytes: Uint8Array;
  readonly offsets: Float64Array;
  readonly sizes: Uint32Array;
  readonly lengthSize: number;
}

/** What is seen when the media goes by in blocks that end at these offsets. */
function seen({ bytes, offsets, sizes, lengthSize }: Media, cuts: readonly number[]): Seen[] {
  const all: Seen[] = [];
  const chain = new NalChain(offsets, sizes, lengthSize, (index, closed, types) => all.push({ index, closed, types }));
  const ends = [...new Set([...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    // As a window that is used again: what a block held is gone when the next one comes.
    const block = Uint8Array.from(bytes.subarray(start, end));
    chain.feed(block, start);
    block.fill(0xee);
    start = end;
  }
  return all;
}

const nalUnit = fc.record({ header: fc.integer({ min: 0, max: 0xff }), payload: fc.uint8Array({ maxLength: 30 }) });

type NalUnit = typeof nalUnit extends fc.Arbitrary<infer T> ? T : never;

const lengthSizes = fc.constantFrom(1, 2, 4);

function lengthField(length: number, lengthSize: number): Uint8Array {
  return Uint8Array.from({ length: lengthSize }, (_, index) => length >>> (8 * (lengthSize - 1 - index)));
}

function chainOf(units: readonly NalUnit[], lengthSize: number): Uint8Array {
  return Buffer.concat(
    units.flatMap(({ header, payload }) => [
      lengthField(1 + payload.length, lengthSize),
      Uint8Array.of(header),
      payload,
    ]),
  );
}

/** Lays pieces one behind the other; `gaps` bytes of something else come before each. */
function mediaOf(pieces: readonly Uint8Array[], gaps: readonly Uint8Array[], lengthSize: number): Media {
  const offsets = new Float64Array(pieces.length);
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [index, piece] of pieces.entries()) {
    const gap = gaps[index] ?? new Uint8Array(0);
    offsets[index] = at + gap.length;
    parts.push(gap, piece);
    at += gap.length + piece.length;
  }
  return { bytes: Buffer.concat(parts), offsets, sizes: Uint32Array.from(pieces, ({ length }) => length), lengthSize };
}

const cuts = fc.array(fc.nat(2000), { maxLength: 60 });
const gaps = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 12 });
const pictures = fc.array(fc.array(nalUnit, { minLength: 1, maxLength: 5 }), { maxLength: 12 });

describe('the chain of NAL unit lengths', () => {
  it('closes for every sample that is one, and says which types it has', () => {
    fc.assert(
      fc.property(pictures, gaps, lengthSizes, (samples, between, lengthSize) => {
        const pieces = samples.map((units) => chainOf(units, lengthSize));
        const expected = samples.map((units, index) => ({
          index,
          closed: true,
          types: units.reduce((types, { header }) => types | (1 << (header & 0x1f)), 0),
        }));
        assert.deepEqual(seen(mediaOf(pieces, between, lengthSize), []), expected);
      }),
    );
  });

  it('is the same wherever the blocks end that its bytes come in', () => {
    fc.assert(
      fc.property(pictures, gaps, lengthSizes, cuts, (samples, between, lengthSize, ends) => {
        const pieces = samples.map((units) => chainOf(units, lengthSize));
        const media = mediaOf(pieces, between, lengthSize);
        assert.deepEqual(seen(media, ends), seen(media, []));
      }),
    );
  });

  it('needs to be shown no more than the headers that it asks for', () => {
    const asked = ({ bytes, offsets, sizes, lengthSize }: Media, length: number): Seen[] => {
      const all: Seen[] = [];
      const visit = (index: number, closed: boolean, types: number): number => all.push({ index, closed, types });
      const chain = new NalChain(offsets, sizes, lengthSize, visit);
      for (let next = chain.next; next !== undefined; next = chain.next) {
        chain.feed(bytes.slice(next, next + lengthSize + length), next);
      }
      return all;
    };
    const lengths = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(pictures, gaps, lengthSizes, lengths, (samples, between, lengthSize, length) => {
        const media = mediaOf(
          samples.map((units) => chainOf(units, lengthSize)),
          between,
          lengthSize,
        );
        assert.deepEqual(asked(media, length), seen(media, []));
      }),
    );
    const anything = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 });
    fc.assert(
      fc.property(anything, gaps, lengthSizes, lengths, (pieces, between, lengthSize, length) => {
        const media = mediaOf(pieces, between, lengthSize);
        assert.deepEqual(asked(media, length), seen(media, []));
      }),
    );
  });

  it('is the same byte by byte', () => {
    fc.assert(
      fc.property(pictures, gaps, lengthSizes, (samples, between, lengthSize) => {
        const media = mediaOf(
          samples.map((units) => chainOf(units, lengthSize)),
          between,
          lengthSize,
        );
        const everywhere = Array.from({ length: media.bytes.length }, (_, index) => index);
        assert.deepEqual(seen(media, everywhere), seen(media, []));
      }),
    );
  });

  it('of arbitrary bytes is the same wherever blocks end, and each sample is told of once', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 12 }),
        gaps,
        lengthSizes,
        cuts,
        (pieces, between, lengthSize, ends) => {
          const media = mediaOf(pieces, between, lengthSize);
          const atOnce = seen(media, []);
          assert.deepEqual(
            atOnce.map(({ index }) => index),
            pieces.map((_, index) => index),
          );
          assert.deepEqual(seen(media, ends), atOnce);
        },
      ),
    );
  });

  it('is broken for a sample that begins where no block is, and the samples behind it are none the worse', () => {
    const units = [{ header: 0x65, payload: Uint8Array.of(1, 2, 3) }];
    const pieces = [units, units, units].map((each) => chainOf(each, 4));
    const media = mediaOf(pieces, [], 4);
    const closed = { closed: true, types: 1 << 5 };
    const broken = { closed: false, types: 0 };
    // The index has the first sample before the media, by 1 to 64 bytes, or the second in a gap of it.
    for (let before = 1; before <= 64; before++) {
      const all: Seen[] = [];
      const visit = (index: number, isClosed: boolean, types: number): void => {
        all.push({ index, closed: isClosed, types });
      };
      const first = 100;
      const offsets = Float64Array.of(first - before, first + 8, first + 16);
      const chain = new NalChain(offsets, media.sizes, 4, visit);
      chain.feed(media.bytes.subarray(0, 5), first);
      chain.feed(media.bytes.subarray(5), first + 5);
      assert.deepEqual(
        all,
        [broken, closed, closed].map((each, index) => ({ index, ...each })),
      );
    }
    const all: Seen[] = [];
    const chain = new NalChain(media.offsets, media.sizes, 4, (index, isClosed, types) => {
      all.push({ index, closed: isClosed, types });
    });
    chain.feed(media.bytes.subarray(0, 8), 0);
    chain.feed(media.bytes.subarray(14), 14);
    assert.deepEqual(
      all,
      [closed, broken, closed].map((each, index) => ({ index, ...each })),
    );
  });

  it('is broken where a length is wrong, cut short or 0, and the samples around it are none the worse', () => {
    const whole = { units: [{ header: 0x65, payload: Uint8Array.of(1, 2, 3) }], types: 1 << 5 };
    const damages: readonly ((bytes: Uint8Array) => Uint8Array)[] = [
      (bytes) => bytes.with(3, bytes[3]! + 1), // one byte too long
      (bytes) => bytes.with(3, bytes[3]! - 1), // one byte too short
      (bytes) => bytes.with(0, 0xff), // 4 billion bytes
      (bytes) => bytes.fill(0, 0, 4), // nothing, for ever
      (bytes) => bytes.subarray(0, -1), // the last byte is missing
      (bytes) => bytes.subarray(0, 4), // no header byte
      (bytes) => bytes.subarray(0, 2), // half a length
      () => new Uint8Array(0),
    ];
    for (const damage of damages) {
      const broken = damage(Uint8Array.from(chainOf(whole.units, 4)));
      const media = mediaOf([chainOf(whole.units, 4), broken, chainOf(whole.units, 4)], [], 4);
      for (const end of [0, 9, 13, 14, 1000]) {
        const [before, sample, after] = seen(media, [end]);
        assert.deepEqual(before, { index: 0, closed: true, types: whole.types });
        assert.equal(sample?.closed, false);
        assert.deepEqual(after, { index: 2, closed: true, types: whole.types });
      }
    }
  });

  it('broken behind some good units still says which types those have', () => {
    const units = [
      { header: 0x06, payload: Uint8Array.of(1) },
      { header: 0x65, payload: Uint8Array.of(1, 2, 3) },
    ];
    const bytes = Uint8Array.from([...chainOf(units, 4), 0, 0, 0, 9, 0x41]);
    assert.deepEqual(seen(mediaOf([bytes], [], 4), []), [{ index: 0, closed: false, types: (1 << 6) | (1 << 5) }]);
  });

  it('holds where offsets are beyond 4 GiB', () => {
    const bytes = chainOf([{ header: 0x41, payload: new Uint8Array(20) }], 4);
    const offset = 2 ** 40 + 3;
    const all: Seen[] = [];
    const chain = new NalChain(Float64Array.of(offset), Uint32Array.of(bytes.length), 4, (index, closed, types) => {
      all.push({ index, closed, types });
    });
    chain.feed(bytes.subarray(0, 2), offset);
    chain.feed(bytes.subarray(2), offset + 2);
    assert.deepEqual(all, [{ index: 0, closed: true, types: 1 << 1 }]);
  });

  it('of H.265 says which of 64 types it has, and needs two bytes of each NAL unit', () => {
    const unit = (type: number, length: number): Uint8Array =>
      Uint8Array.from([0, 0, 0, length, (type << 1) | 1, ...new Uint8Array(Math.max(0, length - 1))]);
    const bytes = Buffer.concat([unit(32, 4), unit(63, 2), unit(31, 3), unit(0, 2), unit(19, 1)]);
    const all: unknown[] = [];
    const offsets = Float64Array.of(0, bytes.length - 5);
    const chain = new NalChain(offsets, Uint32Array.of(bytes.length - 5, 5), 4, (...seen) => all.push(seen), 'h265');
    chain.feed(bytes, 0);
    assert.deepEqual(all, [
      [0, true, (1 << 31) | 1, (1 << 31) | 1],
      [1, false, 0, 0],
    ]);
  });

  it('tells of no sample whose bytes have not gone by', () => {
    const bytes = chainOf([{ header: 0x41, payload: new Uint8Array(20) }], 4);
    const all: number[] = [];
    const offsets = Float64Array.of(0, bytes.length);
    const sizes = Uint32Array.of(bytes.length, bytes.length);
    const chain = new NalChain(offsets, sizes, 4, (index) => all.push(index));
    chain.feed(bytes, 0);
    assert.deepEqual(all, [0]);
  });
});
