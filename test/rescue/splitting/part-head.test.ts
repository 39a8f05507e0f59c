import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inFormat, tablePackets } from '../../../src/rescue/splitting/part-head.ts';
import { programAssociationBody } from '../../../src/mpegts/program-association.ts';
import { programMapBody } from '../../../src/mpegts/program-map.ts';
import { ProgramTables } from '../../../src/mpegts/program-tables.ts';
import { writeTableSection } from '../../../src/mpegts/section.ts';
import { packet } from '../../mpegts/streams.ts';
import { counterFaults, packetsOf, plainPackets } from '../../support/transport-packets.ts';

const section = (tableId: number, extension: number, body: Uint8Array): Uint8Array =>
  writeTableSection({ tableId, extension, version: 0, isCurrent: true, number: 0, lastNumber: 0, body });

/** The packets of a section, begun at this counter. */
function carried(pid: number, bytes: Uint8Array, counter: number): Uint8Array[] {
  const unit = Uint8Array.from([0, ...bytes]);
  return Array.from({ length: Math.ceil(unit.length / 184) }, (_, index) => {
    const payload = [...unit.subarray(index * 184, (index + 1) * 184)];
    while (payload.length < 184) payload.push(0xff);
    return packet({ pid, counter: (counter + index) & 15, start: index === 0, payload });
  });
}

/** Tables with a program map of so many streams, and the packets that brought them. */
function tablesWith(streams: number): { tables: ProgramTables; packets: Uint8Array[] } {
  const map = {
    programNumber: 1,
    pcrPid: 0x100,
    descriptors: [],
    streams: Array.from({ length: streams }, (_, index) => ({ pid: 0x100 + index, streamType: 0x1b, descriptors: [] })),
  };
  const packets = [
    ...carried(0, section(0, 1, programAssociationBody([{ programNumber: 1, pid: 0x1000 }])), 4),
    ...carried(0x1000, section(2, 1, programMapBody(map)), 14),
  ];
  const tables = new ProgramTables();
  for (const each of packets) tables.take(each, 0, ((each[1]! & 0x1f) << 8) | each[2]!, false);
  assert.equal(tables.programs[0]?.streams.length, streams);
  return { tables, packets };
}

for (const streams of [1, 30, 150]) {
  test(`the tables of ${streams} streams are put in so that the counters before and after them follow`, () => {
    const { tables, packets } = tablesWith(streams);
    const before = packetsOf(Buffer.concat(packets));
    const last = new Map(before.map(({ pid, counter }) => [pid, counter]));
    const inserted = packetsOf(Buffer.concat(tablePackets(tables.sections(), (pid) => last.get(pid)!)));
    const after = [...last].map(
      ([pid, counter]) =>
        packetsOf(Buffer.from(packet({ pid, counter: counter + 1, payload: new Uint8Array(184) })))[0]!,
    );
    assert.equal(inserted[0]!.pid, 0);
    // A part begins with them: nothing is taken for a duplicate in it.
    assert.deepEqual(counterFaults([...inserted, ...after], 'forbidden'), []);
    assert.deepEqual(counterFaults([...before, ...inserted, ...after], 'allowed'), []);
    const again = new ProgramTables();
    for (const { bytes, pid } of inserted) again.take(bytes, 0, pid, false);
    assert.deepEqual(again.programs, tables.programs);
  });
}

// Multiplexers fill table packets up in their own ways, and more than one table may share a PID.
const [pat, map] = tablesWith(1).packets as [Uint8Array, Uint8Array];
const sectionOf = (each: Uint8Array): Uint8Array => each.subarray(5, 8 + each[7]!);
const form = (each: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array => {
  const changed = each.slice();
  change(changed);
  return changed;
};
/** The section behind stuffing of the adaptation field (2.4.3.5) instead of before it. */
const behindField = (each: Uint8Array, flags?: number): Uint8Array =>
  packet({
    pid: ((each[1]! & 0x1f) << 8) | each[2]!,
    counter: each[3]! & 15,
    start: true,
    payload: [0, ...sectionOf(each)],
    ...(flags === undefined ? {} : { flags }),
  });
for (const [name, packets] of [
  ['with transport_priority', [pat, map].map((each) => form(each, (bytes) => (bytes[1]! |= 0x20)))],
  ['filled by the adaptation field', [pat, map].map((each) => behindField(each))],
  ['that announce a discontinuity', [pat, map].map((each) => behindField(each, 0x80))],
  ['one way and then another', [pat, map, ...[pat, map].map((each) => form(behindField(each), (b) => b[3]!++))]],
  ['and others of the same PID', [pat, map, form(map, (bytes) => bytes.set([bytes[3]! + 1, 0, 0xc0], 3))]],
  [
    'and a map of their own program beside them',
    [pat, form(map, (bytes) => bytes.set(sectionOf(map), 5 + sectionOf(map).length))],
  ],
] as const) {
  test(`tables that come in packets ${name} are put in as packets that may stand there`, () => {
    const tables = new ProgramTables();
    const before = packetsOf(Buffer.concat(packets));
    for (const { bytes, pid } of before) tables.take(bytes, 0, pid, false);
    const last = new Map(before.map(({ pid, counter }) => [pid, counter]));
    const inserted = packetsOf(Buffer.concat(tablePackets(tables.sections(), (pid) => last.get(pid)!)));
    assert.deepEqual(
      inserted.map(({ pid, counter }) => [pid, counter]),
      [...last],
    );
    // Every byte of a duplicate has to be that of the original (2.4.3.3).
    assert.deepEqual(counterFaults([...before, ...inserted], 'allowed'), []);
    const again = new ProgramTables();
    for (const { bytes, pid } of inserted) again.take(bytes, 0, pid, false);
    assert.deepEqual(again.programs, tables.programs);
  });
}

test('a table whose counter nobody knows is left out', () => {
  const { tables } = tablesWith(1);
  const inserted = packetsOf(Buffer.concat(tablePackets(tables.sections(), (pid) => (pid === 0 ? 3 : -1))));
  assert.deepEqual(
    inserted.map(({ pid, counter }) => [pid, counter]),
    [[0, 3]],
  );
});

test('packets are stored as those of the stream are', () => {
  const { tables } = tablesWith(1);
  const packets = tablePackets(tables.sections(), () => 0);
  const plain = packetsOf(Buffer.from(inFormat(packets, { stride: 188, lead: 0 }, new Uint8Array(0))), plainPackets);
  const timed = Buffer.from(inFormat(packets, { stride: 192, lead: 4 }, Uint8Array.of(1, 2, 3, 4)));
  const withParity = Buffer.from(inFormat(packets, { stride: 204, lead: 0 }, new Uint8Array(0)));
  for (const [cells, format] of [
    [timed, { stride: 192, lead: 4 }],
    [withParity, { stride: 204, lead: 0 }],
  ] as const) {
    assert.deepEqual(
      packetsOf(cells, format).map(({ bytes }) => bytes),
      plain.map(({ bytes }) => bytes),
    );
  }
  assert.deepEqual([...timed.subarray(192, 196)], [1, 2, 3, 4]);
});
