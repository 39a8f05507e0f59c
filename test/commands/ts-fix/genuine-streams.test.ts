/**
 * What was met in genuine streams of broadcasters and players' test data, made here on small streams: repairing them must
 * neither leave out what is not damaged nor take its own result for damaged.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fixTs, type TsFixOptions } from '../../../src/commands/ts-fix/fix.ts';
import type { RecordingReport } from '../../../src/media/report.ts';
import { programAssociationBody } from '../../../src/mpegts/program-association.ts';
import { programMapBody } from '../../../src/mpegts/program-map.ts';
import { writeTableSection } from '../../../src/mpegts/section.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkTransportStream } from '../../support/transport-checker.ts';
import { byPid, packetsOf } from '../../support/transport-packets.ts';
import { standard } from './standard-options.ts';

const video = 0x100;
interface Fixed {
  readonly bytes: Buffer;
  readonly report: RecordingReport;
}

/** Repairs a stream, and what comes of it once more: then nothing is left to do. */
async function fixed(context: TestContext, input: Buffer, options: Partial<TsFixOptions> = {}): Promise<Fixed> {
  const directory = scratchDirectory(context);
  const path = join(directory, 'in.ts');
  writeFileSync(path, input);
  const report = await fixTs(path, { ...standard, beside: join(directory, 'out.ts'), ...options });
  const result = report.output!.path;
  const again = await fixTs(result, { ...standard, beside: join(directory, 'again.ts'), ...options });
  assert.equal(again.outcome, 'untouched');
  return { bytes: readFileSync(result), report };
}

const stuffed = (bytes: readonly number[]): number[] =>
  [...bytes, ...Array.from({ length: 184 }, () => 0xff)].slice(0, 184);

function section(pid: number, tableId: number, extension: number, body: Uint8Array, counter: number): Uint8Array {
  const bytes = writeTableSection({ tableId, extension, version: 0, isCurrent: true, number: 0, lastNumber: 0, body });
  return packet({ pid, counter, start: true, payload: stuffed([0, ...bytes]) });
}

const pat = (counter: number): Uint8Array =>
  section(0, 0, 1, programAssociationBody([{ programNumber: 1, pid: 0x1000 }]), counter);
const map = (counter: number, streamType = 0x1b): Uint8Array =>
  section(
    0x1000,
    2,
    1,
    programMapBody({
      programNumber: 1,
      pcrPid: video,
      descriptors: [],
      streams: [
        { pid: video, streamType, descriptors: [] },
        { pid: 0x101, streamType: 3, descriptors: [] },
      ],
    }),
    counter,
  );

const idr = [0x65, 0x88];
const predicted = [0x41, 0x9a];
/** 160 × 96, Baseline: a sequence and a picture parameter set of x264. */
const parameterSets = [
  [
    0x67, 0x42, 0xc0, 0x0a, 0xd9, 0x0a, 0x0d, 0x93, 0x01, 0x10, 0x00, 0x00, 0x03, 0x00, 0x10, 0x00, 0x00, 0x03, 0x03,
    0x20, 0xf1, 0x22, 0x6e,
  ],
  [0x68, 0xcb, 0x83, 0xcb, 0x20],
];

/** The packets of H.264 pictures of `packets` packets each, their PES packets of known length. */
function pictures(nalUnits: readonly (readonly number[])[], packets = 3): Uint8Array[] {
  let counter = 0;
  return nalUnits.flatMap((slice, index) => {
    const sets = slice === idr ? parameterSets.flatMap((set) => [0, 0, 1, ...set]) : [];
    const head = [0, 0, 0, 1, 9, 0x10, ...sets, 0, 0, 1, ...slice];
    const media = [
      ...head,
      ...Array.from({ length: packets * 184 - 14 - head.length }, (_, at) => 1 + ((at + index) % 250)),
    ];
    const bytes = pesBytes(90_000 + index * 3600, media);
    return Array.from({ length: packets }, (_, part) =>
      packet({ pid: video, counter: counter++, start: part === 0, payload: bytes.slice(part * 184, (part + 1) * 184) }),
    );
  });
}

const startsOn = (bytes: Buffer, pid: number): number =>
  packetsOf(bytes).filter((each) => each.pid === pid && each.startsUnit).length;

test('a packet with the counter of the one before it and other bytes is no packet sent twice: sixteen are missing', async (context) => {
  const media = pictures([idr, predicted, predicted], 24);
  // Seventeen behind the fifth of the second picture are gone but the last: its counter is that of the fifth.
  const lossy = [...media.slice(0, 29), ...media.slice(44)];
  const twice = [...media.slice(0, 29), media[28]!, ...media.slice(29)];
  const right = await fixed(context, Buffer.concat([pat(0), map(0), ...twice]));
  assert.deepEqual(byPid(packetsOf(right.bytes)).get(video), Buffer.concat(media));
  const { bytes, report } = await fixed(context, Buffer.concat([pat(0), map(0), ...lossy]), { torn: 'keep' });
  assert.equal(packetsOf(bytes).filter(({ pid }) => pid === video).length, lossy.length);
  assert.ok(report.findings.some(({ code }) => code === 'ts-counter-gap'));
  assert.match(checkTransportStream(bytes).faults.join(), /counter/);
});

test('a single wrong counter is set right, and costs nothing; where packets are missing it is no single one', async (context) => {
  const media = pictures([idr, predicted, predicted, predicted], 20);
  for (const [place, counter] of [
    [7, 3],
    [7, 6],
    [7, 8],
    [20, 13],
    [33, 0],
  ] as const) {
    const wrong = Buffer.concat(media);
    wrong[place * 188 + 3] = (wrong[place * 188 + 3]! & 0xf0) | counter;
    const { bytes, report } = await fixed(context, Buffer.concat([pat(0), map(0), wrong]));
    assert.deepEqual(byPid(packetsOf(bytes)).get(video), Buffer.concat(media), `packet ${place} with ${counter}`);
    assert.deepEqual(checkTransportStream(bytes).faults, []);
    assert.deepEqual(
      report.findings.filter(({ code }) => code === 'ts-counter-gap'),
      [],
    );
  }
  const lossy = Buffer.concat([pat(0), map(0), ...media.slice(0, 27), ...media.slice(30)]);
  const { bytes } = await fixed(context, lossy);
  assert.equal(startsOn(bytes, video), 3);
});

test('sections of other tables, and PIDs in which nothing begins, are left alone whatever their counters are', async (context) => {
  const eit = [0, 3, 7, 8, 15].map((counter, index) =>
    packet({ pid: 0x12, counter, start: index === 2, payload: stuffed([index, 0x4e, 0xf0, 0x20]) }),
  );
  const unknown = [4, 5, 9].map((counter) => packet({ pid: 0x333, counter, payload: stuffed([0x5a]) }));
  const input = Buffer.concat([pat(0), map(0), ...unknown, ...eit, ...pictures([idr, predicted])]);
  const { bytes } = await fixed(context, input);
  for (const pid of [0x12, 0x333]) {
    const payloads = (stream: Buffer): Buffer[] =>
      packetsOf(stream).flatMap((each) => (each.pid === pid ? [each.bytes.subarray(4)] : []));
    assert.deepEqual(payloads(bytes), payloads(input), `PID ${pid}`);
  }
});

test('audio of which nothing is whole goes, and the rest is written', async (context) => {
  const torn = [1, 2, 3].map((counter) => packet({ pid: 0x101, counter, payload: stuffed([0x33]) }));
  const began = packet({
    pid: 0x101,
    counter: 4,
    start: true,
    payload: pesBytes(
      90_000,
      Array.from({ length: 900 }, () => 0x33),
      0xc0,
    ).slice(0, 184),
  });
  const media = pictures([idr, predicted]);
  const { bytes } = await fixed(context, Buffer.concat([pat(0), map(0), ...torn, began, ...media]));
  assert.deepEqual(byPid(packetsOf(bytes)).get(video), Buffer.concat(media));
  assert.equal(startsOn(bytes, 0x101), 0);
});

test('what is kept with --from-first-key begins with the first such picture that is whole', async (context) => {
  const media = pictures([predicted, predicted, idr, predicted, predicted, idr, predicted, predicted]);
  // The last packet of the first IDR picture is missing.
  const lossy = media.filter((_, index) => index !== 8);
  const { bytes, report } = await fixed(context, Buffer.concat([pat(0), map(0), ...lossy]), { fromFirstKey: true });
  assert.deepEqual(byPid(packetsOf(bytes)).get(video)?.length, 9 * 188);
  const first = packetsOf(bytes).find(({ pid }) => pid === video)!;
  assert.deepEqual(first.bytes.subarray(4), Buffer.from(media[15]!.subarray(4)));
  assert.deepEqual(
    packetsOf(bytes)
      .slice(0, 2)
      .map(({ pid }) => pid),
    [0, 0x1000],
  );
  assert.equal(report.outcome, 'made');
});

test('a map that names another codec than the media has is put right where it stands, behind the PAT', async (context) => {
  const media = pictures([idr, predicted, predicted, idr, predicted, predicted]);
  const wrong = 0x03;
  const input = Buffer.concat([pat(0), map(0, wrong), ...media.slice(0, 9), pat(1), map(1, wrong), ...media.slice(9)]);
  const { bytes } = await fixed(context, input);
  assert.deepEqual(
    packetsOf(bytes).map(({ pid }) => pid),
    packetsOf(input).map(({ pid }) => pid),
  );
  assert.deepEqual(
    packetsOf(bytes)
      .filter(({ pid }) => pid === 0x1000)
      .map((each) => each.bytes[4 + 1 + 12]),
    [0x1b, 0x1b],
  );
});

test('H.264 that begins without parameter sets keeps its type in the map', async (context) => {
  // Slices of B pictures and P pictures, NAL units 0x01 and 0x21, are short where nothing moves.
  const media = pictures([
    [0x01, 0x9f, 0x40, 0, 0, 1, 0x21, 0x9a],
    predicted,
    [0x01, 0x9f, 0x40, 0, 0, 1, 0x21, 0x9a],
    predicted,
  ]);
  const input = Buffer.concat([pat(0), map(0), ...media]);
  const { bytes, report } = await fixed(context, input);
  assert.equal(report.outcome, 'untouched');
  assert.ok(bytes.equals(input));
});
