/**
 * H.264 in field pictures, as broadcasters interlace and x264 never does (it codes macroblocks of both fields in one picture):
 * made here bit by bit, frames and pairs of fields mixed, each field a PES packet of its own or both in one.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { programAssociationBody } from '../../../src/mpegts/program-association.ts';
import { programMapBody } from '../../../src/mpegts/program-map.ts';
import { writeTableSection } from '../../../src/mpegts/section.ts';
import { pictureSet, sequenceSet, slice } from '../../mpegts/field-slices.ts';
import { packet, pesBytes } from '../../mpegts/streams.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { packetsOf } from '../../support/transport-packets.ts';
import { assertIntact, splitInto } from './splitting.ts';

const video = 0x100;

const withStartCodes = (nalUnits: readonly (readonly number[])[]): number[] =>
  nalUnits.flatMap((each) => [0, 0, 1, ...each]);

const frameTicks = 3600;
const groupLength = 5;

/** The media of PES packets, and their times: groups of five frames, of which every second one is a pair of fields. */
function units(frames: number, fieldsTogether: boolean): { ticks: number; media: number[] }[] {
  return Array.from({ length: frames }, (_, index) => index).flatMap((index) => {
    const inGroup = index % groupLength;
    const isIdr = inGroup === 0;
    const ticks = 90_000 + index * frameTicks;
    const sets = isIdr ? [sequenceSet, pictureSet] : [];
    if (inGroup % 2 === 1) return [{ ticks, media: withStartCodes([[9, 0x30], slice(false, false, inGroup)]) }];
    const top = withStartCodes([[9, 0x30], ...sets, slice(isIdr, isIdr, inGroup, 0)]);
    // The second field of an IDR picture refers to the first, and is no IDR picture itself.
    const bottom = withStartCodes([[9, 0x30], slice(false, false, inGroup, 1)]);
    if (fieldsTogether) return [{ ticks, media: [...top, ...bottom] }];
    return [
      { ticks, media: top },
      { ticks: ticks + frameTicks / 2, media: bottom },
    ];
  });
}

const tables = [
  { pid: 0, tableId: 0, body: programAssociationBody([{ programNumber: 1, pid: 0x1000 }]) },
  {
    pid: 0x1000,
    tableId: 2,
    body: programMapBody({
      programNumber: 1,
      pcrPid: video,
      descriptors: [],
      streams: [{ pid: video, streamType: 0x1b, descriptors: [] }],
    }),
  },
].map(({ pid, tableId, body }) => {
  const section = writeTableSection({
    tableId,
    extension: 1,
    version: 0,
    isCurrent: true,
    number: 0,
    lastNumber: 0,
    body,
  });
  const filled = [0, ...section, ...Array.from({ length: 184 }, () => 0xff)].slice(0, 184);
  return packet({ pid, counter: 0, start: true, payload: filled });
});

function stream(frames: number, fieldsTogether: boolean): Buffer {
  let counter = 0;
  const media = units(frames, fieldsTogether).flatMap(({ ticks, media: bytes }) => {
    const pes = pesBytes(ticks, bytes);
    return Array.from({ length: Math.ceil(pes.length / 184) }, (_, part) =>
      packet({ pid: video, counter: counter++, start: part === 0, payload: pes.slice(part * 184, (part + 1) * 184) }),
    );
  });
  return Buffer.concat([...tables, ...media]);
}

for (const fieldsTogether of [false, true]) {
  const where = fieldsTogether ? 'in one PES packet' : 'in a PES packet each';
  test(`the fields of a frame ${where} are one picture, and stay together`, async (context) => {
    const directory = scratchDirectory(context);
    const file = join(directory, 'fields.ts');
    const input = stream(4 * groupLength, fieldsTogether);
    writeFileSync(file, input);
    for (const args of [['--every-idr'], ['-d', '0.1s', '--random-access', 'any-intra']]) {
      const split = await splitInto(join(directory, args[0]!.replaceAll('-', '')), [file], ...args);
      assert.deepEqual(
        split.parts.map((part) => [part.frames, part.undecodableFrames, part.beginsWith, part.durationSeconds]),
        Array.from({ length: 4 }, () => [groupLength, 0, 'idr', 0.2]),
      );
      assert.deepEqual(split.findings, []);
      assertIntact(split, input);
      for (const { path } of split.parts) {
        const begun = packetsOf(readFileSync(path)).filter(({ pid, startsUnit }) => pid === video && startsUnit);
        assert.equal(begun.length, fieldsTogether ? 5 : 8);
      }
    }
  });
}
