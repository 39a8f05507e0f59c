/**
 * Streams whose packets are multiplexed in any order, as broadcasters do and ffmpeg never does, made packet by packet here.
 * Whatever the order: every packet goes to one part, in order, and no PES packet to two.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CutRules } from '../../../src/rescue/splitting/cut-rules.ts';
import { FreeNames } from '../../../src/commands/ts-split/free-names.ts';
import { PacketAccount } from '../../../src/rescue/splitting/packet-account.ts';
import { randomAccessKinds, type RandomAccess } from '../../../src/rescue/splitting/random-access.ts';
import { split } from '../../../src/commands/ts-split/split.ts';
import { FileStream } from '../../../src/io/byte-stream.ts';
import { Findings } from '../../../src/media/findings.ts';
import { PidSnapshot, PidStates } from '../../../src/mpegts/pid-states.ts';
import { programAssociationBody } from '../../../src/mpegts/program-association.ts';
import { programMapBody } from '../../../src/mpegts/program-map.ts';
import { writeTableSection } from '../../../src/mpegts/section.ts';
import { pictureSet, sequenceSet, slice } from '../../mpegts/field-slices.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import {
  byPid,
  counterFaults,
  packetsOf,
  pesPids,
  plainPackets,
  tornPesPackets,
  type SeenPacket,
  type StreamFormat,
} from '../../support/transport-packets.ts';
import { countNoLines } from '../../support/uncounted.ts';

countNoLines();

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

const section = (tableId: number, extension: number, body: Uint8Array, version: number): Unit => ({
  isSection: true,
  bytes: [0, ...writeTableSection({ tableId, extension, version, isCurrent: true, number: 0, lastNumber: 0, body })],
});

/** The kinds of pictures: their NAL units, without start codes. Slices of all kinds are `first_mb_in_slice` 0. */
const pictureKinds = {
  idr: [[0x65, 0x88]],
  'recovery-point': [
    [0x06, 6, 1, 0x84, 0x80],
    [0x41, 0x9a],
  ],
  intra: [[0x41, 0x88]],
  predicted: [[0x41, 0x9a]],
} as const;

type PictureKind = keyof typeof pictureKinds;

/** Ticks from one picture to the next. */
const step = 3600;
/** What the clock jumps ahead by, in the middle of a stream. */
const jump = 90_000_000;

interface MadePicture {
  readonly size: number;
  readonly kind: PictureKind;
}

/** Of pictures in fields every second is a pair, each field a PES packet of its own. */
const isPair = (isFields: boolean, index: number): boolean => isFields && index % 2 === 1;

/** The NAL units of the PES packets of a picture: one, or two of fields. */
function nalUnitsOf(kind: PictureKind, index: number, isFields: boolean): (readonly (readonly number[])[])[] {
  if (!isFields) return [pictureKinds[kind]];
  const [isIdr, isIntra] = [kind === 'idr', kind === 'idr' || kind === 'intra'];
  const before = [
    ...(isIdr || index === 0 ? [sequenceSet, pictureSet] : []),
    ...(kind === 'recovery-point' ? pictureKinds[kind].slice(0, 1) : []),
  ];
  if (!isPair(isFields, index)) return [[...before, slice(isIdr, isIntra, index)]];
  return [[...before, slice(isIdr, isIntra, index, 0)], [slice(false, isIntra, index, 1)]];
}

/** H.264 pictures of a twenty-fifth of a second, each a PES packet; from the picture `jumpAt` on the clock is another. */
function videoUnits({ video, isUnbounded, jumpAt, isFields }: MadeStream): Unit[] {
  return video.flatMap(({ size, kind }, index) =>
    nalUnitsOf(kind, index, isFields).map((nalUnits, field) => {
      const head = [[9, 0x30], ...nalUnits].flatMap((nalUnit) => [0, 0, 1, ...nalUnit]);
      const media = [0, ...head, ...Array.from({ length: size }, () => 0x5a)];
      const ticks = 90_000 + index * step + (field * step) / 2 + (index >= jumpAt ? jump : 0);
      const bytes = pesBytes(ticks, media);
      return { bytes: isUnbounded ? [...bytes.slice(0, 4), 0, 0, ...bytes.slice(6)] : bytes };
    }),
  );
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

const kinds: readonly PictureKind[] = ['idr', 'idr', 'recovery-point', 'intra', 'predicted', 'predicted', 'predicted'];
const picture = fc.record({ size: fc.integer({ min: 1, max: 900 }), kind: fc.constantFrom(...kinds) });

/** Every way to ask for cuts, with every kind of picture that a part may begin with. */
const waysToCut: Readonly<Record<string, CutRules>> = {
  'every entry': { everyEntry: true },
  duration: { durationSeconds: 0.2 },
  size: { size: 2500 },
  times: { atSeconds: [0.1, 0.11, 0.5] },
  jumps: { atJumps: true },
  changes: { atChanges: true },
  'all of them': { durationSeconds: 0.3, size: 5000, atSeconds: [0.2], atJumps: true, atChanges: true },
};
const modes = Object.entries(waysToCut).flatMap(([name, rules]) =>
  randomAccessKinds.map((randomAccess) => ({ name: `${name}, ${randomAccess}`, rules, randomAccess })),
);

const formats: readonly StreamFormat[] = [plainPackets, { stride: 192, lead: 4 }, { stride: 204, lead: 0 }];

const anyStream = fc.record({
  video: fc.array(picture, { minLength: 12, maxLength: 30 }),
  isUnbounded: fc.boolean(),
  isFields: fc.boolean(),
  others: fc.array(fc.record({ sizes: sizes(1500, 3), id: fc.constantFrom(0xc0, 0xbd, 0xe1) }), {
    minLength: 1,
    maxLength: 4,
  }),
  programs: fc.integer({ min: 1, max: 2 }),
  order: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  format: fc.constantFrom(...formats),
  jumpAt: fc.integer({ min: 1, max: 20 }),
  changes: fc.boolean(),
});

/** Every second clock that jumps does so at a picture that all ways of cutting may begin with. */
const stream = anyStream.map((made) =>
  made.jumpAt % 2 === 1
    ? made
    : {
        ...made,
        video: made.video.map((each, index) => (index === made.jumpAt ? { ...each, kind: 'idr' as const } : each)),
      },
);

type MadeStream = typeof stream extends fc.Arbitrary<infer T> ? T : never;

/** The packets of all PIDs in an order that the numbers choose; the tables come first, and again in between. */
function multiplexed(made: MadeStream): Uint8Array[] {
  const { others, programs, order, changes } = made;
  const map = (programNumber: number, pids: readonly number[], version: number): Unit =>
    section(
      2,
      programNumber,
      programMapBody({
        programNumber,
        pcrPid: pids[0]!,
        descriptors: [],
        streams: pids.map((pid) => ({ pid, streamType: pid === 0x100 ? 0x1b : 6 + 9 * version, descriptors: [] })),
      }),
      version,
    );
  const pids = others.map((_, index) => 0x101 + index);
  const ofFirst = pids.filter((_, index) => programs === 1 || index % 2 === 0);
  const ofSecond = pids.filter((pid) => !ofFirst.includes(pid));
  const associations = [0x1000, 0x1001].slice(0, programs).map((pid, index) => ({ programNumber: index + 1, pid }));
  const again = 6;
  const repeat = (unitOf: (version: number) => Unit): Unit[] =>
    Array.from({ length: again }, (_, index) => unitOf(changes && index >= again / 2 ? 1 : 0));
  const queues = [
    packetsFor(
      0,
      repeat(() => section(0, 1, programAssociationBody(associations), 0)),
    ),
    packetsFor(
      0x1000,
      repeat((version) => map(1, [0x100, ...ofFirst], version)),
    ),
    ...(programs === 2
      ? [
          packetsFor(
            0x1001,
            repeat((version) => map(2, ofSecond.length === 0 ? [0x1ffe] : ofSecond, version)),
          ),
        ]
      : []),
    packetsFor(0x100, videoUnits(made)),
    ...others.map((other, index) => packetsFor(0x101 + index, otherUnits(other.sizes, other.id))),
  ];
  const tables = queues.slice(0, programs + 1).flatMap((queue) => queue.splice(0, 1));
  const rest: Uint8Array[] = [];
  for (let turn = 0; queues.some(({ length }) => length > 0); turn++) {
    const waiting = queues.filter(({ length }) => length > 0);
    const queue = waiting[(order[turn % order.length]! + turn) % waiting.length]!;
    // Runs of different lengths, as multiplexers send them.
    rest.push(...queue.splice(0, 1 + (order[(turn * 7) % order.length]! % 3)));
  }
  return [...tables, ...rest];
}

/** The packets as files of this format store them. */
function stored(packets: readonly Uint8Array[], { stride, lead }: StreamFormat): Buffer {
  const behind = Buffer.alloc(stride - lead - 188, 0xee);
  return Buffer.concat(packets.flatMap((each, index) => [Buffer.alloc(lead, index % 64), each, behind]));
}

/** By the words of the manual: with which pictures parts begin, by index; undefined where bytes or tables decide. */
function expectedCuts(
  { video, jumpAt }: MadeStream,
  rules: CutRules,
  randomAccess: RandomAccess,
): number[] | undefined {
  if (rules.size !== undefined || rules.atChanges === true) return undefined;
  const mayBegin = ({ kind }: MadePicture): boolean =>
    kind === 'idr' ||
    (kind === 'recovery-point' && (randomAccess === 'recovery-point' || randomAccess === 'any-intra')) ||
    (kind === 'intra' && randomAccess === 'any-intra');
  const times = [...(rules.atSeconds ?? [])];
  const cuts: number[] = [];
  let began = 0;
  for (const [index, made] of video.entries()) {
    if (index === 0 || !mayBegin(made)) continue;
    const seconds = (index * step) / 90_000;
    const isDue = rules.durationSeconds !== undefined && seconds - began + 1e-9 >= rules.durationSeconds;
    const passed = times.filter((time) => time <= seconds + 1e-9).length;
    times.splice(0, passed);
    const isJump = rules.atJumps === true && index === jumpAt;
    if (rules.everyEntry !== true && !isDue && passed === 0 && !isJump) continue;
    cuts.push(index);
    began = seconds;
  }
  return cuts;
}

/** How many video PES packets begin in the packets. */
const picturesIn = (packets: readonly SeenPacket[]): number =>
  packets.filter(({ pid, startsUnit }) => pid === 0x100 && startsUnit).length;

/** And how many there are before a picture. */
const unitsBefore = (picture: number, isFields: boolean): number => picture + (isFields ? picture >> 1 : 0);

test('in whatever order packets are multiplexed, and however cuts are asked for, each goes where it belongs', async (context) => {
  const directory = scratchDirectory(context);
  const cuts = new Map<string, number>();
  let moved = 0;
  await fc.assert(
    fc.asyncProperty(stream, fc.constantFrom(...modes), async (made, { name, rules, randomAccess }) => {
      const { format } = made;
      const input = stored(multiplexed(made), format);
      const folder = mkdtempSync(join(directory, 'run-'));
      const file = join(folder, 'in.ts');
      writeFileSync(file, input);
      const source = new FileStream([file]);
      const findings = new Findings();
      try {
        const { parts } = await split(
          {
            input: source,
            rules,
            randomAccess,
            repeatParameterSets: true,
            pathOf: (index) => join(folder, `${index}.part`),
            replace: false,
            names: new FreeNames({ avoidsExisting: false, replace: false }, findings),
            dryRun: false,
          },
          findings,
        );
        cuts.set(name, (cuts.get(name) ?? 0) + parts.length - 1);
        moved += parts.reduce((sum, { movedPackets }) => sum + movedPackets, 0);
        const whole = packetsOf(input, format);
        const media = parts.map(({ path, insertedBytes }) =>
          packetsOf(readFileSync(path).subarray(insertedBytes), format),
        );
        assert.deepEqual(byPid(media.flat()), byPid(whole));
        for (const pid of pesPids(whole)) {
          for (const each of media) assert.equal(tornPesPackets(each, pid), 0, `PID ${pid}`);
        }
        const parted = parts.map(({ path }) => packetsOf(readFileSync(path), format));
        for (const each of parted) assert.deepEqual(counterFaults(each, 'forbidden'), []);
        // Where they are joined again, what was put in is a duplicate, or announces that the counters begin anew.
        assert.deepEqual(counterFaults(parted.flat(), 'allowed'), [], name);
        const expected = expectedCuts(made, rules, randomAccess);
        let pictures = 0;
        const begun = media.slice(0, -1).map((each) => (pictures += picturesIn(each)));
        const begins = expected?.map((index) => unitsBefore(index, made.isFields));
        if (begins !== undefined) assert.deepEqual(begun, begins, name);
        const { faults } = checkTransportStream(Buffer.concat(packetsOf(input, format).map(({ bytes }) => bytes)));
        assert.deepEqual(faults, []);
        for (const { path } of parts) {
          const part = Buffer.concat(packetsOf(readFileSync(path), format).map(({ bytes }) => bytes));
          assert.deepEqual(checkTransportStream(part).faults, [], name);
        }
      } finally {
        source.close();
        rmSync(folder, { recursive: true });
      }
    }),
    { numRuns: 400, seed: 15 },
  );
  assert.ok(moved > 100, `${moved} packets moved`);
  assert.deepEqual(
    modes.flatMap(({ name }) => ((cuts.get(name) ?? 0) > 0 ? [] : [name])),
    [],
    'ways to cut that were not tried',
  );
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

test('the account of packets: as many of each PID have to go out as came in', () => {
  for (const [missing, fault] of [
    [0, undefined],
    [1, /6 packets of PID 257 came in, 5 went out/],
  ] as const) {
    const account = new PacketAccount();
    const states = new PidStates();
    for (let index = 0; index < 6; index++) states.take(audio, index * 188);
    account.take(audio, 0, (6 - missing) * 188, 0, plainPackets, 0);
    account.compare(states.packets);
    if (fault === undefined) assert.equal(account.fault, undefined);
    else assert.match(account.fault ?? '', fault);
  }
});
