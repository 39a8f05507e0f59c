/** The checker of transport streams says what is wrong of any bytes; it does not fail on them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTransportStream } from './transport-checker.ts';

/** A packet that begins a unit on PID 0x100 with nothing but these bytes: the adaptation field fills it up. */
function packetWith(payload: readonly number[], counter = 0, pid = 0x100): Buffer {
  const packet = Buffer.alloc(188, 0xff);
  packet.set([0x47, 0x40 | (pid >> 8), pid & 0xff, 0x30 | counter, 183 - payload.length, 0]);
  packet.set(payload, 188 - payload.length);
  return packet;
}

const unit = [0, 0, 1, 0xe0, 0, 0, 0x84, 0xc0, 10, 0x31, 0, 1, 0, 1, 0x11, 0, 1, 0, 1, 7];

test('a PES packet that ends inside its header is a fault, wherever it ends', () => {
  assert.deepEqual(checkTransportStream(packetWith(unit)).faults, []);
  for (let length = 3; length < 19; length++) {
    const { faults } = checkTransportStream(packetWith(unit.slice(0, length)));
    assert.deepEqual(faults, [`PID 256: PES packet of ${length} bytes is shorter than its header`]);
  }
});

test('padding has no header behind its length', () => {
  const { faults } = checkTransportStream(packetWith([0, 0, 1, 0xbe, 0, 3, 0xff, 0xff, 0xff]));
  assert.deepEqual(faults, []);
});

test('a section of which nothing is there is a fault', () => {
  for (const payload of [[], [0], [0, 0], [0, 0, 0xb0], [0, 0, 0xb0, 13, 0]]) {
    assert.equal(checkTransportStream(packetWith(payload, 0, 0)).faults.length, 1, `${payload.length} bytes`);
  }
});
