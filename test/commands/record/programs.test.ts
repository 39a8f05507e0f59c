/** Recording from a program, and the page of what was recorded: what ffprobe finds in the files is what is told of them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { record, SalvorError, type RecordedFile } from '../../../src/index.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { makeLive } from './live.ts';

/** Bytes in pieces of odd sizes, as a network has them. */
async function* inPieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, length = 1; at < bytes.length; at += length, length = (length * 7 + 11) % 5003) {
    yield bytes.subarray(at, at + length);
  }
}

async function countsOf(file: string): Promise<Record<string, number>> {
  const packets = await probePackets(file, { asStored: true });
  const video = packets.filter(({ kind }) => kind === 'video').length;
  return { video, audio: packets.length - video };
}

describe('record for programs', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const pathOf = (name: string): string => join(directory, name);

  before(() => makeLive(directory));

  for (const [source, type] of [
    ['live.flv', 'mp4'],
    ['live.flv', 'flv'],
    ['live.ts', 'mp4'],
    ['live.ts', 'ts'],
  ] as const) {
    test(`${source} from bytes as ${type}, in files that are told of as they are in the result`, async () => {
      const told: RecordedFile[] = [];
      const files = await record(inPieces(readFileSync(pathOf(source))), {
        output: pathOf(`bytes-${source}`),
        type,
        chunkSeconds: 2,
        onFile: (file) => told.push(file),
      });
      assert.equal(files.length, 3);
      assert.deepEqual(new Set(told), new Set(files));
      for (const { file, frames, start, stop, report } of files) {
        const counts = await countsOf(file);
        assert.deepEqual(Object.fromEntries(report.tracks.map(({ kind, kept }) => [kind, kept.samples])), counts);
        assert.equal(frames, counts['video']);
        assert.ok(Math.abs(stop - start - 2) < 0.1, `${start} to ${stop}`);
        const stretches = new Set(report.tracks.flatMap(({ ranges }) => ranges.map(({ what }) => what)));
        assert.deepEqual([...stretches], ['described']);
        assert.deepEqual(report.findings, []);
      }
    });
  }

  test('is ended by its signal, and the file is whole', async () => {
    const ended = new AbortController();
    const bytes = readFileSync(pathOf('live.flv'));
    async function* half(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length >> 1);
      await wait(50);
      ended.abort();
      await once(new EventTarget(), 'never', { signal: AbortSignal.timeout(10_000) }).catch(() => {});
    }
    const files = await record(half(), { output: pathOf('ended'), signal: ended.signal });
    const [{ file, frames }] = files as [RecordedFile];
    assert.ok(frames > 50 && frames < 100, `${frames} pictures`);
    assert.equal((await countsOf(file))['video'], frames);
    assert.equal(existsSync(pathOf('ended.mp4')), true);
  });

  test('cuts when it is told to', async () => {
    let cutNow: (() => void) | undefined;
    const bytes = readFileSync(pathOf('live.flv'));
    async function* cutAtHalf(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length >> 1);
      await wait(50);
      cutNow!();
      yield bytes.subarray(bytes.length >> 1);
    }
    const options = { output: pathOf('cut'), type: 'flv', onBegin: (cut: () => void) => (cutNow = cut) } as const;
    const files = await record(cutAtHalf(), options);
    assert.equal(files.length, 2);
    assert.equal(
      files.reduce((sum, { frames }) => sum + frames, 0),
      150,
    );
  });

  test('what cannot be recorded is told by the kind of the error', async () => {
    const kind = async (bytes: Uint8Array): Promise<string> =>
      record(inPieces(bytes), { output: pathOf('none') }).then(
        () => assert.fail('nothing was thrown'),
        (error: unknown) => (error instanceof SalvorError ? error.kind : assert.fail(String(error))),
      );
    assert.equal(await kind(Buffer.alloc(100_000, 'no media ')), 'unreadable');
    assert.equal(await kind(readFileSync(pathOf('live.flv')).subarray(0, 13)), 'unrecoverable');
    assert.equal(existsSync(pathOf('none.mp4')), false);
  });

  test('damage of the stream is a finding of the file', async () => {
    const bytes = Buffer.from(readFileSync(pathOf('live.flv')));
    bytes.fill(0x55, 40_000, 42_000);
    const notices: string[] = [];
    const [file] = await record(inPieces(bytes), { output: pathOf('torn'), onNotice: (text) => notices.push(text) });
    assert.ok(file!.report.findings.some(({ code, offset }) => code === 'stream-damaged' && offset! <= 40_000));
    assert.equal(notices.length, 1);
  });

  test('--report makes a page of one file, and an index of several', async () => {
    const folder = pathOf('pages');
    mkdirSync(folder);
    const words = ['record', pathOf('live.flv'), '-q', '-p', join(folder, 'one'), '--report', join(folder, 'one.html')];
    assert.equal((await runInProcess('salvor', words)).status, 0);
    const page = readFileSync(join(folder, 'one.html'), 'utf8');
    assert.match(page, /one\.mp4/);
    assert.match(page, /avc1\./);
    const more = ['-p', join(folder, 'more'), 'chunkLength=2', '--report', join(folder, 'more.html')];
    assert.equal((await runInProcess('salvor', ['record', pathOf('live.flv'), '-q', ...more])).status, 0);
    assert.deepEqual(
      readdirSync(join(folder, 'more')),
      [0, 1, 2].map((number) => `00${number + 1}-more_part000${number}.mp4.html`),
    );
    assert.equal([...readFileSync(join(folder, 'more.html'), 'utf8').matchAll(/href="more\//g)].length, 3);
  });
});
