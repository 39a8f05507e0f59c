import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ByteSource } from '../../src/io/file-source.ts';
import { PacketScanner } from '../../src/mpegts/packet-scanner.ts';
import { packetRuns } from '../../src/mpegts/packet-stream.ts';
import { packet } from './streams.ts';

interface Cell {
  readonly offset: number;
  readonly length: number;
  readonly isPacket: boolean;
}

/** Everything the scanner finds in bytes that come in pieces; neighbours of one kind are one. */
function scan(bytes: Uint8Array, pieces: readonly number[]): Cell[] {
  let index = 0;
  const source: ByteSource = {
    path: 'memory',
    size: bytes.length,
    read(offset, length) {
      const piece = pieces.length === 0 ? bytes.length : Math.max(1, pieces[index++ % pieces.length]!);
      return bytes.slice(offset, offset + Math.min(length, piece));
    },
  };
  const found: Cell[] = [];
  for (const run of packetRuns(source)) {
    const isPacket = run.format !== undefined;
    const length = run.end - run.start;
    assert.deepEqual(
      Buffer.from(run.bytes.subarray(run.start, run.end)),
      Buffer.from(bytes.subarray(run.offset, run.offset + length)),
    );
    const last = found.at(-1);
    if (last?.isPacket === isPacket) found.splice(-1, 1, { ...last, length: last.length + length });
    else found.push({ offset: run.offset, length, isPacket });
  }
  return found;
}

function packets(count: number, stride = 188, lead = 0): Buffer {
  const cells = Array.from({ length: count }, (_, index) => {
    const cell = Buffer.alloc(stride, 0x11);
    cell.set(packet({ pid: 0x100, counter: index, payload: new Uint8Array(184).fill(index & 0x3f) }), lead);
    return cell;
  });
  return Buffer.concat(cells);
}

for (const [stride, lead] of [
  [188, 0],
  [192, 4],
  [204, 0],
] as const) {
  test(`packets of ${stride} bytes are found, however the bytes arrive`, async () => {
    const bytes = packets(300, stride, lead);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }), async (pieces) => {
        assert.deepEqual(scan(bytes, pieces), [{ offset: 0, length: bytes.length, isPacket: true }]);
      }),
      { numRuns: 20 },
    );
  });

  test(`junk before, between and behind packets of ${stride} bytes is told apart from them, byte for byte`, async () => {
    const junk = Buffer.alloc(777, 0x22);
    const bytes = Buffer.concat([
      junk,
      packets(20, stride, lead),
      junk.subarray(0, 50),
      packets(10, stride, lead),
      junk.subarray(0, 100),
    ]);
    const first = junk.length + 20 * stride;
    const second = first + 50 + 10 * stride;
    for (const pieces of [[], [1], [100, 1000], [188]]) {
      assert.deepEqual(scan(bytes, pieces), [
        { offset: 0, length: 777, isPacket: false },
        { offset: 777, length: 20 * stride, isPacket: true },
        { offset: first, length: 50, isPacket: false },
        { offset: first + 50, length: 10 * stride, isPacket: true },
        { offset: second, length: 100, isPacket: false },
      ]);
    }
  });
}

test('a packet that lost bytes does not take the next one with it', async () => {
  const whole = packets(20);
  const bytes = Buffer.concat([whole.subarray(0, 10 * 188 - 60), whole.subarray(10 * 188)]);
  assert.deepEqual(scan(bytes, []), [
    { offset: 0, length: 9 * 188, isPacket: true },
    { offset: 9 * 188, length: 128, isPacket: false },
    { offset: 9 * 188 + 128, length: 10 * 188, isPacket: true },
  ]);
});

test('one wrong sync byte costs one packet', async () => {
  const bytes = packets(20);
  bytes[7 * 188] = 0;
  assert.deepEqual(scan(bytes, [500]), [
    { offset: 0, length: 7 * 188, isPacket: true },
    { offset: 7 * 188, length: 188, isPacket: false },
    { offset: 8 * 188, length: 12 * 188, isPacket: true },
  ]);
});

test('megabytes of junk are handed on without being kept', () => {
  const scanner = new PacketScanner();
  const junk = new Uint8Array(100_000).fill(0x47 ^ 0xff);
  let held = 0;
  for (let round = 0; round < 10; round++) {
    const taken = scanner.scan(junk, 0, junk.length, false);
    assert.equal(scanner.inSync, false);
    held = Math.max(held, junk.length - taken);
  }
  assert.ok(held < 2048, `${held} bytes were held back`);
});

test('every byte of any stream is handed out once, in order, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constant(packets(3)), fc.constant(packets(7, 192, 4)), fc.uint8Array({ maxLength: 400 })), {
        maxLength: 8,
      }),
      fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 4 }),
      async (parts, pieces) => {
        const bytes = Buffer.concat(parts);
        const found = scan(bytes, pieces);
        assert.equal(
          found.reduce((sum, { length }) => sum + length, 0),
          bytes.length,
        );
      },
    ),
    { numRuns: 200 },
  );
});
