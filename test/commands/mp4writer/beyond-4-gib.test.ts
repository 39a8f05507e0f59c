/**
 * A recording of more than 4 GiB, which the original refuses. Its pictures are nearly all holes in the staging file, so
 * that it is made in no time; the MP4 is written in full.
 */
import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { copyStagingCase } from '../../support/fixtures.ts';
import { needs, probe, probePackets } from '../../support/judges.ts';
import { runProgram } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { frameTicks, makeSparseSet, pictureLength, pictures } from './sparse-set.ts';

test(
  'a recording of more than 4 GiB is combined, and what does not fit 32 bits is said',
  needs('ffprobe'),
  async (t) => {
    const folder = scratchDirectory(t);
    const { bavail, bsize } = statfsSync(folder);
    if (bavail * bsize < 6e9) return t.skip('NOT TESTED: less than 6 GB of disk are free here');
    const recording = join(folder, 'rec.mp4');
    mkdirSync(join(folder, 'donor'));
    copyStagingCase('clean', 'video-only', join(folder, 'donor'));
    makeSparseSet(recording, join(folder, 'donor', 'rec.mp4'));
    const { status, stdout, stderr } = await runProgram('salvor', ['mp4writer', '--json', recording]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.match(stdout, /"beyond-32-bits"/);
    assert.ok(statSync(recording).size > 2 ** 32);
    const { streams, format } = await probe(recording);
    assert.equal(streams.length, 1);
    assert.ok(Math.abs(Number(format.duration) - (pictures * frameTicks) / 1000) < 0.002, String(format.duration));
    const packets = await probePackets(recording, { asStored: true, hashed: false });
    assert.deepEqual(
      packets.map(({ size }) => size),
      Array.from({ length: pictures }, () => pictureLength),
    );
    const file = openSync(recording, 'r');
    t.after(() => closeSync(file));
    const head = Buffer.alloc(6);
    for (const [number, { offset, sync, dtsTicks }] of packets.entries()) {
      readSync(file, head, 0, head.length, offset!);
      assert.deepEqual([head.readUInt32BE(), head[5]! - 0x80, sync], [pictureLength - 4, number, number === 0]);
      assert.equal(dtsTicks, number * frameTicks);
    }
    assert.ok(packets.at(-1)!.offset! > 2 ** 32);
    return undefined;
  },
);
