/** A transport stream recorded as one keeps its packets, whole and in chunks, judged by a reader that is not salvor's. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode, needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { byPid, counterFaults, packetsOf } from '../../support/transport-packets.ts';
import { makeLive } from './live.ts';

describe('record type=ts of a transport stream', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);

  before(() => makeLive(directory));

  test('in one file: the bytes are those that came', async () => {
    const { status, stderr } = await runInProcess('salvor', [
      'record',
      pathOf('live.ts'),
      '-p',
      pathOf('whole.ts'),
      '--type',
      'ts',
    ]);
    assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
    assert.ok(readFileSync(pathOf('whole.ts')).equals(readFileSync(pathOf('live.ts'))));
  });

  test('in chunks: tables first, then an IDR; all packets of all streams are there once, and counters follow', async () => {
    const words = [
      'record',
      pathOf('live.ts'),
      '-p',
      pathOf('part.ts'),
      '--type',
      'ts',
      '--chunk-length',
      '2',
      '--json',
    ];
    const { status, stdout } = await runInProcess('salvor', words);
    assert.equal(status, 0);
    const names = readdirSync(directory)
      .filter((name) => name.startsWith('part_part'))
      .toSorted();
    assert.deepEqual(names, ['part_part0000.ts', 'part_part0001.ts', 'part_part0002.ts']);
    const told = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => JSON.parse(line) as { frames: number; start: number; stop: number; lost: number });
    assert.deepEqual(
      told.map(({ frames, start, stop, lost }) => [frames, Math.round(stop - start), lost]),
      [
        [50, 2, 0],
        [50, 2, 0],
        [50, 2, 0],
      ],
    );
    const media = names.map((name) => packetsOf(readFileSync(pathOf(name))));
    for (const [index, packets] of media.entries()) {
      assert.deepEqual(counterFaults(packets, 'allowed'), []);
      const pids = packets.map(({ pid }) => pid);
      assert.ok(pids.indexOf(0) < pids.indexOf(0x100) && pids.indexOf(0x1000) < pids.indexOf(0x100));
      const shown = await probePackets(pathOf(names[index]!), { asStored: false });
      const video = shown.filter(({ kind }) => kind === 'video');
      assert.deepEqual([video.length, video[0]!.sync], [50, true]);
      assert.equal((await decode(pathOf(names[index]!))).backwardTimes, 0);
    }
    const [came, there] = [byPid(packetsOf(readFileSync(pathOf('live.ts')))), byPid(media.flat())];
    for (const pid of [0x100, 0x101]) assert.ok(there.get(pid)!.equals(came.get(pid)!), `PID ${pid}`);
  });

  test('bytes that are no packets stay where they are, and a line says so', async () => {
    const bytes = readFileSync(pathOf('live.ts'));
    const middle = 188 * Math.floor(bytes.length / 376);
    const damaged = Buffer.concat([bytes.subarray(0, middle), Buffer.alloc(500, 0x11), bytes.subarray(middle)]);
    writeFileSync(pathOf('damaged.ts'), damaged);
    const { status, stderr } = await runInProcess('salvor', [
      'record',
      pathOf('damaged.ts'),
      '-p',
      pathOf('kept.ts'),
      '--type',
      'ts',
    ]);
    assert.equal(status, 0);
    assert.match(stderr, /no packet begins in 500 bytes; they were kept where they are/);
    assert.ok(readFileSync(pathOf('kept.ts')).equals(damaged));
  });
});
