import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32 } from '../../src/mpegts/crc.ts';
import { parseProgramAssociations, programAssociationBody } from '../../src/mpegts/program-association.ts';
import { parseProgramMap, programMapBody, type ProgramMap } from '../../src/mpegts/program-map.ts';
import { ProgramTables } from '../../src/mpegts/program-tables.ts';
import { packetize } from '../../src/mpegts/packet-writer.ts';
import { parseTableSection, SectionAssembler, writeTableSection, type TableSection } from '../../src/mpegts/section.ts';
import { packet } from './streams.ts';

/** A PAT as an EvoStream-style server wrote it. */
const pat = Buffer.from('00b00d0001c100000001f0002ab104b2', 'hex');

test('the CRC of a genuine section together with its own CRC is 0', () => {
  assert.equal(crc32(pat), 0);
  // The check value of CRC-32/MPEG-2.
  assert.equal(crc32(Buffer.from('123456789')), 0x0376e6e7);
});

test('a genuine PAT is read and written back to the same bytes', () => {
  const section = parseTableSection(pat)!;
  assert.deepEqual(parseProgramAssociations(section), [{ programNumber: 1, pid: 0x1000 }]);
  assert.deepEqual(Buffer.from(writeTableSection(section)), pat);
  assert.deepEqual(Buffer.from(programAssociationBody(parseProgramAssociations(section))), section.body);
});

test('a section with one wrong bit is not believed', () => {
  for (let bit = 0; bit < pat.length * 8; bit++) {
    const wrong = Uint8Array.from(pat);
    wrong[bit >>> 3]! ^= 1 << (bit & 7);
    assert.equal(parseTableSection(wrong), undefined, `bit ${bit}`);
  }
});

const pid = fc.integer({ min: 0, max: 0x1fff });
const descriptor = fc.record({ tag: fc.integer({ min: 0, max: 255 }), bytes: fc.uint8Array({ maxLength: 20 }) });
const programMap: fc.Arbitrary<ProgramMap> = fc.record({
  programNumber: fc.integer({ min: 1, max: 65535 }),
  pcrPid: pid,
  descriptors: fc.array(descriptor, { maxLength: 4 }),
  streams: fc.array(
    fc.record({
      pid,
      streamType: fc.integer({ min: 0, max: 255 }),
      descriptors: fc.array(descriptor, { maxLength: 4 }),
    }),
    { maxLength: 8 },
  ),
});

const sectionOf = (tableId: number, extension: number, body: Uint8Array): TableSection => ({
  tableId,
  extension,
  version: 3,
  isCurrent: true,
  number: 0,
  lastNumber: 0,
  body,
});

test('every program map is read as it was written', () => {
  fc.assert(
    fc.property(programMap, (map) => {
      const bytes = writeTableSection(sectionOf(2, map.programNumber, programMapBody(map)));
      // fast-check makes records without a prototype.
      assert.deepEqual(parseProgramMap(parseTableSection(bytes)!), structuredClone(map));
    }),
  );
});

test('sections of any length come back from the packets that carry them', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 900 }), { minLength: 1, maxLength: 4 }), (bodies) => {
      const found: Uint8Array[] = [];
      const assembler = new SectionAssembler();
      for (const body of bodies) {
        const section = writeTableSection(sectionOf(2, 1, body));
        const packets = packetize(Uint8Array.from([0, ...section]), {
          pid: 0x100,
          lastCounter: 5,
          announceDiscontinuity: false,
          fill: 'stuffing',
        });
        for (let at = 0; at < packets.length; at += 188) {
          assembler.take(packets, at, (each) => found.push(each.slice()));
        }
      }
      assert.deepEqual(
        found.map((section) => parseTableSection(section)?.body),
        bodies,
      );
    }),
  );
});

test('sections that share packets, with a pointer to where the next begins, are all found', () => {
  const sections = [200, 30, 300].map((length, index) =>
    writeTableSection(sectionOf(2, index, new Uint8Array(length).fill(index))),
  );
  const bytes = Buffer.concat(sections);
  const packets: Uint8Array[] = [];
  const starts = [0, sections[0]!.length, sections[0]!.length + sections[1]!.length];
  for (let at = 0, counter = 0; at < bytes.length; counter++) {
    const start = starts.find((each) => each >= at && each < at + 183);
    const room = start === undefined ? 184 : 183;
    const chunk = bytes.subarray(at, at + room);
    const filled = Buffer.concat([chunk, Buffer.alloc(room - chunk.length, 0xff)]);
    const payload = start === undefined ? filled : Buffer.concat([Buffer.of(start - at), filled]);
    packets.push(packet({ pid: 0x20, counter, start: start !== undefined, payload }));
    at += room;
  }
  const found: Uint8Array[] = [];
  const assembler = new SectionAssembler();
  for (const each of packets) assembler.take(each, 0, (section) => found.push(section.slice()));
  assert.deepEqual(found, sections);
});

test('a new version of a table takes the place of the old one, and a table for later is left alone', () => {
  const tables = new ProgramTables();
  const give = (section: TableSection): boolean => {
    const unit = Uint8Array.from([0, ...writeTableSection(section)]);
    return tables.take(
      packet({
        pid: 0,
        counter: 0,
        start: true,
        payload: [...unit, ...new Array<number>(184 - unit.length).fill(0xff)],
      }),
      0,
      0,
      false,
    );
  };
  const body = (number: number): Uint8Array => programAssociationBody([{ programNumber: number, pid: 0x100 + number }]);
  assert.ok(give(sectionOf(0, 1, body(1))));
  assert.equal(give(sectionOf(0, 1, body(1))), false);
  assert.equal(give({ ...sectionOf(0, 1, body(2)), version: 4, isCurrent: false }), false);
  assert.deepEqual(
    tables.programs.map(({ pmtPid }) => pmtPid),
    [0x101],
  );
  assert.ok(give({ ...sectionOf(0, 1, body(2)), version: 4 }));
  assert.deepEqual(
    tables.programs.map(({ pmtPid }) => pmtPid),
    [0x102],
  );
  assert.equal(tables.isTable(0x101), false);
});

test('no bytes make the tables fall', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 184, maxLength: 184 }), { maxLength: 20 }), (payloads) => {
      const tables = new ProgramTables();
      for (const [index, payload] of payloads.entries()) {
        tables.take(packet({ pid: 0, counter: index, start: index % 3 === 0, payload }), 0, 0, index % 5 === 0);
      }
      assert.deepEqual(tables.programs, []);
    }),
  );
});
