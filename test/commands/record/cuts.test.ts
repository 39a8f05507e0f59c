/** Where a recording is cut, by its length and by SIGHUP, and what its files are called then, however many there are. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ChunkFiles } from '../../../src/commands/record/chunk-files.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { programPath, runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { makeLive, picturesOf } from './live.ts';

/** Where the tags of an FLV begin, and which of them are key frames. */
function tagsOf(bytes: Buffer): { readonly start: number; readonly end: number; readonly isKey: boolean }[] {
  const tags = [];
  for (let at = 13; at < bytes.length;) {
    const end = at + 11 + bytes.readUIntBE(at + 1, 3) + 4;
    const isKey = bytes[at] === 9 && bytes[at + 11]! >> 4 === 1 && bytes[at + 12] === 1;
    tags.push({ start: at, end, isKey });
    at = end;
  }
  return tags;
}

describe('where record cuts', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);

  before(() => makeLive(directory));

  for (const source of ['live.flv', 'live.ts']) {
    test(`${source}: before the first IDR at or after the length, and audio goes to the file of its time`, async () => {
      const base = pathOf(`by-time-${source.slice(5)}`);
      const words = ['record', pathOf(source), `pathToFile=${base}.flv`, 'type=flv', 'chunkLength=1500ms', '-q'];
      assert.equal((await runInProcess('salvor', words)).status, 0);
      const whole = await probePackets(pathOf(source), { asStored: false });
      const ofKind = (wanted: string): typeof whole => whole.filter(({ kind }) => kind === wanted);
      // An IDR each second, and counted from each file's first: the cuts are at 2 and at 4.
      const cuts = ofKind('video')
        .filter(({ sync }) => sync)
        .map(({ dtsTicks }) => dtsTicks!);
      const bounds = [cuts[2]!, cuts[4]!, Infinity];
      let from = -Infinity;
      for (const [number, to] of bounds.entries()) {
        const there = await probePackets(`${base}_part000${number}.flv`, { asStored: true });
        for (const wanted of ['video', 'audio']) {
          const count = ofKind(wanted).filter(({ dtsTicks }) => dtsTicks! >= from && dtsTicks! < to).length;
          assert.equal(there.filter(({ kind }) => kind === wanted).length, count, `${wanted} of file ${number}`);
        }
        assert.equal(there.find(({ kind }) => kind === 'video')!.sync, true);
        from = to;
      }
    });
  }

  test('where no IDR comes for twice the length, a line says so, and nothing is cut', async () => {
    const bytes = readFileSync(pathOf('live.flv'));
    const all = tagsOf(bytes);
    const first = all.find(({ isKey }) => isKey);
    const kept = all.filter((tag) => !tag.isKey || tag === first).map(({ start, end }) => bytes.subarray(start, end));
    writeFileSync(pathOf('one-idr.flv'), Buffer.concat([bytes.subarray(0, 13), ...kept]));
    const words = ['record', pathOf('one-idr.flv'), `pathToFile=${pathOf('late.mp4')}`, 'chunkLength=2', '--json'];
    const { status, stdout, stderr } = await runInProcess('salvor', words);
    assert.equal(status, 0);
    assert.match(stderr, /no picture that decoding can begin with came for twice the length of a chunk/);
    assert.equal(stdout.trim().split('\n').length, 2);
    assert.equal(await picturesOf(pathOf('late_part0000.mp4')), 145);
  });

  test('SIGHUP: the next file begins with the next IDR, and nothing is missing', async () => {
    const folder = pathOf('hangup');
    mkdirSync(folder);
    const bytes = readFileSync(pathOf('live.flv'));
    const keys = tagsOf(bytes).filter(({ isKey }) => isKey);
    const args = [programPath('salvor'), 'record', `pathToFile=${join(folder, 'rec.flv')}`, 'type=flv', '-q'];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'inherit'] });
    const closed = once(child, 'close');
    const size = (): number => statSync(join(folder, 'rec.flv'), { throwIfNoEntry: false })?.size ?? 0;
    // The first two seconds, and then one more each time until it has cut.
    let sent = keys[2]!.start;
    child.stdin.write(bytes.subarray(0, sent));
    for (let left = 400; left > 0 && size() < sent / 2; left--) await wait(50);
    child.kill('SIGHUP');
    for (const { start } of keys.slice(3)) {
      for (let left = 20; left > 0 && readdirSync(folder).length === 1; left--) await wait(50);
      child.stdin.write(bytes.subarray(sent, start));
      sent = start;
    }
    child.stdin.end(bytes.subarray(sent));
    const [status] = (await closed) as [number | null];
    assert.equal(status, 0);
    const names = readdirSync(folder).toSorted();
    assert.deepEqual(names, ['rec.flv', 'rec.flv_0001.flv']);
    const packets = await Promise.all(names.map((name) => probePackets(join(folder, name), { asStored: false })));
    assert.equal(packets.flat().filter(({ kind }) => kind === 'video').length, 150);
    for (const each of packets) {
      const video = each.filter(({ kind }) => kind === 'video');
      assert.ok(video.length >= 25 && video.length % 25 === 0 && video[0]!.sync, `${video.length} pictures`);
    }
  });
});

describe('names of recordings that are taken', () => {
  const plan = { streamName: 'cam', goRtmp: false, overwrite: false, onFull: 'drain' } as const;
  const files = (words: {
    readonly path: string;
    readonly dateFolders: boolean;
    readonly chunked: boolean;
  }): ChunkFiles => new ChunkFiles({ ...plan, ...words, onChunk: () => {}, onNotice: () => {} });

  for (const [dateFolders, chunked] of [
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ] as const) {
    const where = `${dateFolders ? 'in date folders' : 'beside each other'}${chunked ? ', in chunks' : ''}`;
    test(`are numbered ${where}, also beyond 8192 and 9999`, () => {
      const recording = files({ path: '/rec/cam.mp4', dateFolders, chunked });
      const asked: string[] = [];
      const free = recording.next('mp4', (path, mayReplace) => {
        assert.equal(mayReplace, false);
        return asked.push(path) > 10_001 ? path : undefined;
      });
      assert.equal(new Set(asked).size, asked.length);
      assert.match(
        asked[0]!,
        dateFolders ? /^\/rec\/cam\.mp4\/cam\/\d{8}\/cam-\d{8}-\d{6}\.mp4$/ : /^\/rec\/cam(?:_part0000)?\.mp4$/,
      );
      const number = chunked && !dateFolders ? /^\/rec\/cam\.mp4_10001_part0000\.mp4$/ : /\.mp4_10001\.mp4$/;
      assert.match(free, number);
    });
  }
});
