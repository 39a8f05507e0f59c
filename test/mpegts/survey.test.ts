import assert from 'node:assert/strict';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { FileSource } from '../../src/io/file-source.ts';
import { packetRuns } from '../../src/mpegts/packet-stream.ts';
import { headRuns, tailRuns, TransportSurvey } from '../../src/mpegts/survey.ts';
import { needs, probePackets } from '../support/judges.ts';
import { fixturesDirectory } from '../support/project.ts';
import { scratchDirectory, type Lifetime } from '../support/scratch.ts';

const chunks = join(fixturesDirectory, 'ems/ts/killed-chunked4-10s');
const paths = readdirSync(chunks)
  .sort()
  .map((name) => join(chunks, name));

/** Enough for the tables, which come at least every half second, and for times of every stream. */
const quickBytes = 2 * 1024 * 1024;

function survey(context: Lifetime, path: string, quick = false): TransportSurvey {
  const source = new FileSource(path);
  context.after(() => source.close());
  const found = new TransportSurvey({ pictures: !quick });
  for (const run of quick ? headRuns(source, quickBytes) : packetRuns(source)) found.take(run);
  if (quick) {
    found.pids.jump();
    for (const run of tailRuns(source, quickBytes, found)) found.take(run);
  }
  found.finish();
  return found;
}

describe("what is in the server's chunks", () => {
  for (const path of paths) {
    test(
      `${path.slice(-16)}: streams, times and pictures are those that ffprobe sees`,
      needs('ffprobe'),
      async (context) => {
        const found = survey(context, path);
        const packets = await probePackets(path, { asStored: true });
        assert.deepEqual(
          found.programs.map(({ programNumber, pcrPid, streams }) => [
            programNumber,
            pcrPid,
            streams.map(({ pid, codec }) => [pid, codec]),
          ]),
          [
            [
              1,
              0x100,
              [
                [0x100, 'h264'],
                [0x101, 'aac'],
                [0x102, 'id3'],
              ],
            ],
          ],
        );
        for (const [pid, kind] of [
          [0x100, 'video'],
          [0x101, 'audio'],
        ] as const) {
          const theirs = packets.filter((packet) => packet.kind === kind);
          const times = found.times.get(pid)!;
          assert.equal(times.firstPts, theirs[0]!.ptsTicks);
          assert.equal(times.lastDts, theirs.at(-1)!.dtsTicks);
          assert.equal(times.pesPackets, theirs.length);
        }
        // Announced, but empty.
        assert.equal(found.times.get(0x102), undefined);
        assert.equal(found.pictures.get(0x100)?.pictures, packets.filter(({ kind }) => kind === 'video').length);
        assert.equal(found.pids.counterGaps[0x100], 0);
        assert.deepEqual([found.syncLossCount, found.unsynchronisedBytes, found.tornPids()], [0, 0, []]);
      },
    );
  }

  test('damage is told with its places', (context) => {
    const whole = readFileSync(paths[0]!);
    const path = join(scratchDirectory(context), 'damaged.ts');
    const pieces = [
      Buffer.alloc(500, 1),
      whole.subarray(0, 188 * 100),
      whole.subarray(188 * 103, 188 * 200),
      Buffer.alloc(77, 2),
      whole.subarray(188 * 200, -300),
    ];
    writeFileSync(path, Buffer.concat(pieces));
    const found = survey(context, path);
    const second = 500 + 197 * 188;
    assert.deepEqual(
      found.syncLosses.map(({ offset, length }) => [offset, length]),
      [
        [0, 500],
        [second, 77],
        [second + 77 + (whole.length / 188 - 202) * 188, 76],
      ],
    );
    assert.equal(found.unsynchronisedBytes, 653);
    assert.ok([...found.firstCounterGaps.values()].every((offset) => offset >= 500 + 188 * 100));
    assert.ok(found.firstCounterGaps.size > 0);
  });

  test('the head and the tail of a long stream tell its streams and its first and last times', (context) => {
    const path = join(scratchDirectory(context), 'long.ts');
    const all = paths.map((each) => readFileSync(each));
    writeFileSync(
      path,
      Buffer.concat(
        Array.from({ length: 60 }, () => all[1]!)
          .toSpliced(0, 1, all[0]!)
          .concat(all[2]!),
      ),
    );
    const [quick, slow] = [survey(context, path, true), survey(context, path)];
    assert.deepEqual(quick.programs, slow.programs);
    for (const pid of [0x100, 0x101]) {
      const [one, other] = [quick.times.get(pid)!, slow.times.get(pid)!];
      assert.deepEqual(
        [one.firstPts, one.lastPts, one.firstPcr, one.lastPcr],
        [other.firstPts, other.lastPts, other.firstPcr, other.lastPcr],
      );
    }
    assert.equal(quick.syncLossCount, 0);
    assert.ok(quick.pids.total < slow.pids.total);
  });
});
