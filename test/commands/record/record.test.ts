/** What was handed to a recorder that is killed plays without any repair, and one that ends leaves an ordinary file. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { decode, needs, probePackets } from '../../support/judges.ts';
import { programPath, runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { killRecorder, makeLive, picturesOf } from './live.ts';

/** The type of the box behind the first. */
function secondBox(file: string): string {
  const bytes = readFileSync(file);
  const at = bytes.readUInt32BE();
  return bytes.toString('latin1', at + 4, at + 8);
}

describe('record', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);

  before(() => makeLive(directory));

  for (const [source, type, part] of [
    ['live.flv', 'mp4', 0.21],
    ['live.flv', 'mp4', 0.73],
    ['live.ts', 'mp4', 0.5],
    ['live.flv', 'flv', 0.4],
    ['live.ts', 'ts', 0.6],
  ] as const) {
    test(`${source} as ${type}: of what was handed over before a kill, all plays but the last pictures`, async () => {
      const file = pathOf(`killed-${source}-${part}.${type}`);
      const begin = await killRecorder(pathOf(source), part, [`pathToFile=${file}`, `type=${type}`], file);
      const [handed, there] = [await picturesOf(begin), await picturesOf(file)];
      // The picture at the end is not whole, and that of a transport stream ends where the next one begins.
      assert.ok(there >= handed - 3 && handed > 20, `${there} of ${handed} pictures`);
      assert.equal((await decode(file)).backwardTimes, 0);
    });
  }

  test('a stream that ends leaves an ordinary file with all samples', async () => {
    const { status, stdout } = await runInProcess('salvor', [
      'record',
      pathOf('live.flv'),
      '-p',
      pathOf('whole'),
      '--json',
    ]);
    assert.equal(status, 0);
    const [response, chunk] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(response!['status'], 'SUCCESS');
    assert.deepEqual(
      Object.keys(response!['data'] as object).toSorted(),
      'chunkLength computedPathToFile configId dateFolderStructure hasAudio keepAlive localStreamName mp4BinPath operationType overwrite pathToFile preset type waitForIDR winQtCompat'
        .split(' ')
        .toSorted(),
    );
    assert.equal(chunk!['file'], pathOf('whole.mp4'));
    assert.equal(chunk!['frames'], 150);
    const [here, there] = await Promise.all([
      probePackets(pathOf('live.flv'), { asStored: false }),
      probePackets(pathOf('whole.mp4'), { asStored: true }),
    ]);
    for (const kind of ['video', 'audio']) {
      const hashes = (packets: typeof here): string[] =>
        packets.filter((packet) => packet.kind === kind).map(({ sha1 }) => sha1);
      assert.deepEqual(hashes(there), hashes(here));
    }
    assert.equal(secondBox(pathOf('whole.mp4')), 'mdat', 'the fragments are media of an ordinary movie');
    assert.deepEqual(await decode(pathOf('whole.mp4')), { complaints: [], backwardTimes: 0 });
  });

  for (const source of ['live.flv', 'live.ts']) {
    test(`${source} in chunks: each begins with the IDR, and no sample is lost`, async () => {
      const base = pathOf(`chunks-${source.replace('.', '-')}`);
      const { status } = await runInProcess('salvor', [
        'record',
        pathOf(source),
        `pathToFile=${base}.mp4`,
        'CHUNKLENGTH=2',
      ]);
      assert.equal(status, 0);
      const whole = await probePackets(pathOf(source), { asStored: false });
      const counts = { video: 0, audio: 0 };
      for (const number of [0, 1, 2]) {
        const packets = await probePackets(`${base}_part000${number}.mp4`, { asStored: true });
        const video = packets.filter(({ kind }) => kind === 'video');
        assert.equal(video.length, 50);
        assert.ok(video[0]!.sync);
        counts.video += video.length;
        counts.audio += packets.length - video.length;
      }
      const all = (wanted: string): number => whole.filter(({ kind }) => kind === wanted).length;
      assert.deepEqual(counts, { video: all('video'), audio: all('audio') });
    });
  }

  test('names are numbered where they are taken, and nothing there is touched', async () => {
    const base = pathOf('taken.mp4');
    for (const expected of ['taken.mp4', 'taken.mp4_0001.mp4', 'taken.mp4_0002.mp4']) {
      const { stdout } = await runInProcess('salvor', ['record', pathOf('live.flv'), `pathtofile=${base}`, '--json']);
      assert.equal((JSON.parse(stdout.trim().split('\n')[1]!) as { file: string }).file, pathOf(expected));
    }
  });

  describe('overwrite=1', () => {
    const old = Buffer.from('the recording of yesterday');
    /** A stream without a picture that decoding can begin with, and without audio. */
    const withoutEntries = (): Buffer => {
      const bytes = readFileSync(pathOf('live.flv'));
      const parts = [bytes.subarray(0, 13)];
      for (let at = 13; at < bytes.length;) {
        const end = at + 11 + bytes.readUIntBE(at + 1, 3) + 4;
        const isKeyFrame = bytes[at] === 9 && bytes[at + 11]! >> 4 === 1 && bytes[at + 12] === 1;
        if (bytes[at] !== 8 && !isKeyFrame) parts.push(bytes.subarray(at, end));
        at = end;
      }
      return Buffer.concat(parts);
    };
    const prepared = (name: string): { folder: string; file: string } => {
      const folder = pathOf(name);
      mkdirSync(folder);
      const file = join(folder, 'rec.mp4');
      writeFileSync(file, old, { mode: 0o640 });
      return { folder, file };
    };

    test('a recorder that dies before it has media costs nothing', async () => {
      const { folder, file } = prepared('dies');
      const args = ['record', `pathToFile=${file}`, 'overwrite=1'];
      const child = spawn(process.execPath, [programPath('salvor'), ...args], { stdio: ['pipe', 'ignore', 'inherit'] });
      child.stdin.write(withoutEntries());
      for (let left = 300; left > 0 && readdirSync(folder).length === 1; left--) await wait(50);
      await wait(700);
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.deepEqual(readFileSync(file), old);
      const { status } = await runInProcess('salvor', ['record', pathOf('live.flv'), '-p', file, '--overwrite', '1']);
      assert.equal(status, 0);
      assert.deepEqual(readdirSync(folder), ['rec.mp4'], 'what the killed one left is gone');
      assert.equal(await picturesOf(file), 150);
      assert.equal(statSync(file).mode & 0o777, 0o640);
    });

    test('a stream of which nothing can be recorded costs nothing, and is a failure', async () => {
      const { folder, file } = prepared('nothing');
      writeFileSync(pathOf('no-entries.flv'), withoutEntries());
      const { status, stderr } = await runInProcess('salvor', [
        'record',
        pathOf('no-entries.flv'),
        `pathToFile=${file}`,
        'overwrite=1',
      ]);
      assert.equal(status, 1);
      assert.match(stderr, /no media came that can be recorded/);
      assert.deepEqual(readFileSync(file), old);
      assert.deepEqual(readdirSync(folder), ['rec.mp4']);
    });
  });
});
