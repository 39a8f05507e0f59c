/** The four files of a staging set make an MP4 of what was recorded, whether the recorder ended or was killed; and commands. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode, needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { killRecorder, makeLive, picturesOf } from './live.ts';

describe('record --staging', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);
  const folder = (name: string): string => {
    mkdirSync(pathOf(name));
    return pathOf(name);
  };

  before(() => makeLive(directory));

  for (const source of ['live.flv', 'live.ts']) {
    test(`${source}: the set that is left makes an MP4 with every sample at its time`, async () => {
      const recording = join(folder(`whole-${source}`), 'rec.mp4');
      const { status } = await runInProcess('salvor', ['record', pathOf(source), '-p', recording, '--staging']);
      assert.equal(status, 0);
      assert.deepEqual(
        readdirSync(join(recording, '..')).toSorted(),
        ['.info', '.mdat', '.track1', '.track2'].map((suffix) => `rec.mp4${suffix}`),
      );
      const carried = pathOf(`carried-${source}.mp4`);
      const { status: remuxed } = await runInProcess('salvor', ['remux', recording, '-o', carried]);
      assert.equal(remuxed, 0);
      const made = await runInProcess('evo-mp4writer', [`-path=${recording}`]);
      assert.deepEqual({ status: made.status, stderr: made.stderr }, { status: 0, stderr: '' });
      const [here, there, remade] = await Promise.all([
        probePackets(pathOf('live.flv'), { asStored: false }),
        probePackets(recording, { asStored: false }),
        probePackets(carried, { asStored: false }),
      ]);
      const said = (packets: typeof here): unknown =>
        packets.map(({ kind, sha1, sync }) => `${kind} ${sha1} ${sync}`).toSorted();
      assert.deepEqual(said(remade), said(there), 'remux carries over what the combiner does');
      for (const kind of ['video', 'audio']) {
        const of = (packets: typeof here): typeof here => packets.filter((packet) => packet.kind === kind);
        const [first, second] = [of(here), of(there)];
        assert.equal(second.length, first.length);
        if (source === 'live.ts' && kind === 'video') continue;
        assert.deepEqual(
          second.map(({ sha1 }) => sha1),
          first.map(({ sha1 }) => sha1),
        );
      }
      assert.deepEqual(await decode(recording), { complaints: [], backwardTimes: 0 });
    });
  }

  for (const [source, part] of [
    ['live.flv', 0.31],
    ['live.ts', 0.77],
  ] as const) {
    test(`${source}: killed, it is finished by the combiner, but for the last pictures`, async () => {
      const recording = join(folder(`killed-${source}`), 'rec.mp4');
      const words = [`pathToFile=${recording}`, '--staging'];
      const handed = await killRecorder(pathOf(source), part, words, `${recording}.mdat`);
      const { status } = await runInProcess('evo-mp4writer', [`-path=${recording}`, '--recovery']);
      assert.equal(status, 0);
      const [there, all] = [await picturesOf(recording), await picturesOf(handed)];
      assert.ok(there >= all - 3 && all > 20, `${there} of ${all} pictures`);
      assert.deepEqual(await decode(recording), { complaints: [], backwardTimes: 0 });
    });
  }

  test('a set or an MP4 of the name is not touched', async () => {
    const at = folder('taken');
    const recording = join(at, 'rec.mp4');
    for (const expected of ['rec.mp4', 'rec.mp4_0001.mp4']) {
      const { stdout } = await runInProcess('salvor', ['record', pathOf('live.flv'), '-p', recording, '--staging']);
      assert.match(stdout, new RegExp(`${expected}: `));
      assert.ok(existsSync(join(at, `${expected}.info`)));
    }
    const refused = await runInProcess('salvor', ['record', '-p', recording, '--staging', '--overwrite', '1']);
    assert.equal(refused.status, 2);
  });

  test('--exec: a command for each file, in their order, with its path and what is told of it', async () => {
    const at = folder('exec');
    const script = join(at, 'note.sh');
    writeFileSync(script, '#!/bin/sh\nsleep 0.1\n[ -s "$1" ] && cat >> "$2"\n');
    chmodSync(script, 0o755);
    const words = ['record', pathOf('live.flv'), `pathToFile=${join(at, 'a b.mp4')}`, 'chunkLength=2', '--json'];
    const { status, stdout } = await runInProcess('salvor', [...words, '--exec', `${script} {} '${join(at, 'log')}'`]);
    assert.equal(status, 0);
    const chunks = stdout.trim().split('\n').slice(1);
    assert.equal(chunks.length, 3);
    assert.deepEqual(readFileSync(join(at, 'log'), 'utf8').trim().split('\n').toSorted(), chunks.toSorted());
    const failing = await runInProcess('salvor', [...words, 'overwrite=1', '--exec', 'false {}']);
    assert.equal(failing.status, 1);
    assert.match(failing.stderr, /a b_part0000\.mp4: false ended with 1/);
  });
});
