/**
 * Streams whose packets are multiplexed in any order, as broadcasters do and ffmpeg never does, made packet by packet here.
 * Whatever the order: every packet goes to one part, in order, and no PES packet to two.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { FreeNames } from '../../../src/commands/ts-split/free-names.ts';
import { PacketAccount } from '../../../src/commands/ts-split/packet-account.ts';
import { split } from '../../../src/commands/ts-split/split.ts';
import { FileStream } from '../../../src/io/byte-stream.ts';
import { Findings } from '../../../src/media/findings.ts';
import { PidSnapshot, PidStates } from '../../../src/mpegts/pid-states.ts';
import { programAssociationBody } from '../../../src/mpegts/program-association.ts';
import { programMapBody } from '../../../src/mpegts/program-map.ts';
import { writeTableSection } from '../../../src/mpegts/section.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  byPid,
  counterFaults,
  packetsOf,
  pesPids,
  plainPackets,
  tornPesPackets,
} from '../../support/transport-packets.ts';

/** A unit that a PID carries: the bytes of a PES packet, or a pointer field and a section. */
interface Unit {
  readonly bytes: readonly number[];
  readonly isSection?: boolean;
}

/** The packets of a PID's units, its counters running. */
function packetsFor(pid: number, units: readonly Unit[]): Uint8Array[] {
  let counter = 0;
  return units.flatMap(({ bytes, isSection }) => {
    const packets: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += 184) {
      const payload = bytes.slice(at, at + 184);
      if (isSection === true) while (payload.length < 184) payload.push(0xff);
      packets.push(packet({ pid, counter: counter++, start: at === 0, payload }));
    }
    return packets;
  });
}

const section = (tableId: number, extension: number, body: Uint8Array): Unit => ({
  isSection: true,
  bytes: [0, ...writeTableSection({ tableId, extension, version: 0, isCurrent: true, number: 0, lastNumber: 0, body })],
});

/** H.264 pictures of a twenty-fifth of a second, an IDR picture every third, each a PES packet. */
function videoUnits(sizes: readonly number[], isUnbounded: boolean): Unit[] {
  return sizes.map((size, index) => {
    const isIdr = index % 3 === 0;
    const slice = isIdr ? [0x65, 0x88] : [0x41, 0x9a];
    const media = [0, 0, 0, 1, 9, 0x10, 0, 0, 1, ...slice, ...Array.from({ length: size }, () => 0x5a)];
    const bytes = pesBytes(90_000 + index * 3600, media);
    return { bytes: isUnbounded ? [...bytes.slice(0, 4), 0, 0, ...bytes.slice(6)] : bytes };
  });
}

const otherUnits = (sizes: readonly number[], streamId: number): Unit[] =>
  sizes.map((size, index) => ({
    bytes: pesBytes(
      90_000 + index * 2000,
      Array.from({ length: size }, () => 0x33),
      streamId,
    ),
  }));

const sizes = (most: number, count: number): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: 1, max: most }), { minLength: count, maxLength: 3 * count });

const stream = fc.record({
  video: sizes(900, 7),
  isUnbounded: fc.boolean(),
  others: fc.array(fc.record({ sizes: sizes(1500, 3), id: fc.constantFrom(0xc0, 0xbd, 0xe1) }), {
    minLength: 1,
    maxLength: 4,
  }),
  programs: fc.integer({ min: 1, max: 2 }),
  order: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
});

/** The packets of all PIDs in an order that the numbers choose; the tables come first, and again in between. */
function multiplexed({
  video,
  isUnbounded,
  others,
  programs,
  order,
}: typeof stream extends fc.Arbitrary<infer T> ? T : never): Buffer {
  const map = (programNumber: number, pids: readonly number[]): Unit =>
    section(
      2,
      programNumber,
      programMapBody({
        programNumber,
        pcrPid: pids[0]!,
        descriptors: [],
        streams: pids.map((pid) => ({ pid, streamType: pid === 0x100 ? 0x1b : 6, descriptors: [] })),
      }),
    );
  const pids = others.map((_, index) => 0x101 + index);
  const ofFirst = pids.filter((_, index) => programs === 1 || index % 2 === 0);
  const ofSecond = pids.filter((pid) => !ofFirst.includes(pid));
  const associations = [0x1000, 0x1001].slice(0, programs).map((pid, index) => ({ programNumber: index + 1, pid }));
  const again = 6;
  const repeat = (unit: Unit): Unit[] => Array.from({ length: again }, () => unit);
  const queues = [
    packetsFor(0, repeat(section(0, 1, programAssociationBody(associations)))),
    packetsFor(0x1000, repeat(map(1, [0x100, ...ofFirst]))),
    ...(programs === 2 ? [packetsFor(0x1001, repeat(map(2, ofSecond.length === 0 ? [0x1ffe] : ofSecond)))] : []),
    packetsFor(0x100, videoUnits(video, isUnbounded)),
    ...others.map((other, index) => packetsFor(0x101 + index, otherUnits(other.sizes, other.id))),
  ];
  const tables = queues.slice(0, programs + 1).flatMap((queue) => queue.splice(0, 1));
  const rest: Uint8Array[] = [];
  for (let step = 0; queues.some(({ length }) => length > 0); step++) {
    const waiting = queues.filter(({ length }) => length > 0);
    const queue = waiting[(order[step % order.length]! + step) % waiting.length]!;
    // Runs of different lengths, as multiplexers send them.
    rest.push(...queue.splice(0, 1 + (order[(step * 7) % order.length]! % 3)));
  }
  return Buffer.concat([...tables, ...rest]);
}

test('in whatever order packets are multiplexed, each goes where it belongs', async (context) => {
  const directory = scratchDirectory(context);
  let cuts = 0;
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(stream, async (made) => {
      const input = multiplexed(made);
      const folder = mkdtempSync(join(directory, 'run-'));
      const file = join(folder, 'in.ts');
      writeFileSync(file, input);
      const source = new FileStream([file]);
      const findings = new Findings();
      try {
        const { parts } = await split(
          {
            input: source,
            rules: { everyEntry: true },
            randomAccess: 'idr',
            repeatParameterSets: true,
            pathOf: (index) => join(folder, `${index}.part`),
            replace: false,
            names: new FreeNames({ avoidsExisting: false, replace: false }, findings),
            dryRun: false,
          },
          findings,
        );
        cuts += parts.length - 1;
        moved += parts.reduce((sum, { movedPackets }) => sum + movedPackets, 0);
        const whole = packetsOf(input);
        const media = parts.map(({ path, insertedBytes }) => packetsOf(readFileSync(path).subarray(insertedBytes)));
        assert.deepEqual(byPid(media.flat()), byPid(whole));
        for (const pid of pesPids(whole)) {
          for (const each of media) assert.equal(tornPesPackets(each, pid), 0, `PID ${pid}`);
        }
        for (const { path } of parts) assert.deepEqual(counterFaults(packetsOf(readFileSync(path)), 'forbidden'), []);
        assert.equal(parts.length, Math.ceil(made.video.length / 3));
      } finally {
        source.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 60, seed: 15 },
  );
  assert.ok(cuts > 100 && moved > 100, `${cuts} cuts, ${moved} packets moved`);
});

/** Two PES packets of audio on one PID, of three packets each. */
const audio = Buffer.concat(packetsFor(0x101, otherUnits([500, 500], 0xc0)));

for (const [name, parts, fault] of [
  ['every packet in its place', [0, 0, 0, 1, 1, 1], undefined],
  ['a PES packet that goes on in another part', [0, 0, 1, 1, 1, 1], /a PES packet of PID 257 went to parts 0 and 1/],
  ['a packet that goes back to an older part', [0, 0, 0, 1, 1, 0], /PID 257 went to part 0, not to 1/],
] as const) {
  test(`the account of packets: ${name}`, () => {
    const account = new PacketAccount();
    const states = new PidStates();
    const snapshot = new PidSnapshot();
    for (const [index, part] of parts.entries()) {
      if (part > (parts[index - 1] ?? 0)) {
        snapshot.take(states, [], index * 188);
        account.cut(snapshot);
      }
      account.take(audio, index * 188, (index + 1) * 188, index * 188, plainPackets, part);
      states.take(audio, index * 188);
    }
    if (fault === undefined) assert.equal(account.fault, undefined);
    else assert.match(account.fault ?? '', fault);
  });
}

test('the account of packets: bytes that were passed over or sent twice', () => {
  for (const second of [0, 376]) {
    const account = new PacketAccount();
    account.take(audio, 0, 188, 0, plainPackets, 0);
    account.take(audio, second, second + 188, second, plainPackets, 0);
    assert.match(account.fault ?? '', /byte \d+ of the stream follows byte 188/);
  }
});
