/** The server's parameters make the files that its documentation and its habits promise, and are answered by its own object. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, probePackets } from '../../support/judges.ts';
import { runInProcess } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { makeLive } from './live.ts';

/** What is given, in a folder of its own, what is there before, and which files there are afterwards, as a pattern each. */
interface Row {
  readonly words: readonly string[];
  readonly before?: readonly string[];
  readonly files: readonly RegExp[];
  readonly status?: number;
}

const table: Readonly<Record<string, Row>> = {
  'a path without an ending gets that of the type': { words: ['pathToFile=@/cam'], files: [/^cam\.mp4$/] },
  'another ending stays in the name': { words: ['pathToFile=@/c.foo'], files: [/^c\.foo\.mp4$/] },
  'any of the three endings is taken for any type': {
    words: ['pathToFile=@/cam.mp4', 'type=flv'],
    files: [/^cam\.mp4$/],
  },
  'names in any case': { words: ['PATHTOFILE=@/cam', 'TyPe=flv'], files: [/^cam\.flv$/] },
  'type=ts': { words: ['pathToFile=@/cam', 'type=ts'], files: [/^cam\.ts$/] },
  'a name that is taken is numbered': {
    words: ['pathToFile=@/cam', 'overwrite=0'],
    before: ['cam.mp4', 'cam.mp4_0001.mp4'],
    files: [/^cam\.mp4$/, /^cam\.mp4_0001\.mp4$/, /^cam\.mp4_0002\.mp4$/],
  },
  'overwrite=1': { words: ['pathToFile=@/cam', 'overwrite=1'], before: ['cam.mp4'], files: [/^cam\.mp4$/] },
  chunkLength: {
    words: ['pathToFile=@/cam', 'chunkLength=2'],
    files: [/^cam_part0000\.mp4$/, /^cam_part0001\.mp4$/, /^cam_part0002\.mp4$/],
  },
  'chunkLength with a chunk that is there': {
    words: ['pathToFile=@/cam', 'chunkLength=4'],
    before: ['cam_part0001.mp4'],
    files: [/^cam_part0000\.mp4$/, /^cam_part0001\.mp4$/, /^cam_part0001\.mp4_0001\.mp4$/],
  },
  dateFolderStructure: {
    words: ['pathToFile=@', 'localStreamName=cam1', 'dateFolderStructure=1'],
    files: [/^cam1\/(\d{8})\/cam1-\1-\d{6}\.mp4$/],
  },
  'dateFolderStructure with FLV has its ending': {
    words: ['pathToFile=@', 'localStreamName=live/cam1', 'dateFolderStructure=1', 'type=flv'],
    files: [/^live_cam1\/(\d{8})\/live_cam1-\1-\d{6}\.flv$/],
  },
  'dateFolderStructure in chunks of the same second is numbered': {
    words: ['pathToFile=@', 'localStreamName=c', 'dateFolderStructure=1', 'chunkLength=3'],
    files: [/^c\/\d{8}\/c-\d{8}-\d{6}\.mp4$/, /^c\/\d{8}\/c-\d{8}-\d{6}\.mp4(?:_0001\.mp4)?$/],
  },
  '--go-rtmp': { words: ['pathToFile=@', 'localStreamName=cam1', '--go-rtmp'], files: [/^cam1_\d{8}_\d{6}\.flv$/] },
  '--go-rtmp in chunks': {
    words: ['pathToFile=@', 'localStreamName=cam1', '--go-rtmp', '--chunk-length', '3s'],
    files: [/^cam1_\d{8}_\d{6}_seg000\.flv$/, /^cam1_\d{8}_\d{6}_seg001\.flv$/],
  },
  'winQtCompat and keepAlive are taken': {
    words: ['pathToFile=@/cam', 'winQtCompat=1', 'keepAlive=1'],
    files: [/^cam\.mp4$/],
  },
  'no parameter has this name': { words: ['pathToFile=@/cam', 'foo=1'], files: [], status: 2 },
  'a type that there is not': { words: ['pathToFile=@/cam', 'type=mkv'], files: [], status: 2 },
  'neither 0 nor 1': { words: ['pathToFile=@/cam', 'overwrite=2'], files: [], status: 2 },
  'no path': { words: ['type=mp4'], files: [], status: 2 },
  'date folders without the name of a stream': {
    words: ['pathToFile=@', 'dateFolderStructure=1'],
    files: [],
    status: 2,
  },
};

describe('the parameters of record', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const live = join(directory, 'live.flv');

  before(() => makeLive(directory));

  for (const [index, [name, { words, before: there = [], files, status: expected = 0 }]] of Object.entries(
    table,
  ).entries()) {
    test(name, async () => {
      const folder = join(directory, `row${index}`);
      mkdirSync(folder);
      for (const each of there) writeFileSync(join(folder, each), 'old');
      const given = words.map((word) => word.replace('@', folder));
      const { status, stderr } = await runInProcess('salvor', ['record', live, '-q', ...given]);
      assert.equal(status, expected, stderr);
      const found = (readdirSync(folder, { recursive: true, withFileTypes: true }) as Dirent[])
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
        .toSorted();
      assert.equal(found.length, files.length, found.join(' '));
      for (const [at, pattern] of files.entries()) assert.match(found[at]!, pattern);
    });
  }

  test('the answer is the object of the server, key by key', async () => {
    const words = ['record', live, 'localStreamName=cam1', `pathToFile=${join(directory, 'cam1')}`, 'type=flv'];
    const more = ['chunkLength=3', 'overwrite=1', 'waitForIDR=0', 'winQtCompat=1', 'keepAlive=1', '--json'];
    const { stdout } = await runInProcess('salvor', [...words, ...more]);
    assert.deepEqual(JSON.parse(stdout.split('\n')[0]!), {
      data: {
        chunkLength: 3,
        computedPathToFile: join(directory, 'cam1.flv'),
        configId: 1,
        dateFolderStructure: 0,
        hasAudio: 1,
        keepAlive: 1,
        localStreamName: 'cam1',
        mp4BinPath: '',
        operationType: 7,
        overwrite: 1,
        pathToFile: join(directory, 'cam1'),
        preset: 0,
        type: 'flv',
        waitForIDR: 0,
        winQtCompat: 1,
      },
      description: 'Recording cam1',
      status: 'SUCCESS',
    });
  });

  test('the path in the answer is that of the file, also where names are taken; what the stream decides is left empty', async () => {
    const folder = join(directory, 'answers');
    mkdirSync(folder);
    for (const name of ['cam1.mp4', 'cam1.mp4_0001.mp4', 'set.mp4.track1']) writeFileSync(join(folder, name), 'old');
    interface Answer {
      readonly data: { readonly computedPathToFile: string; readonly type: string };
    }
    const answers = async (...words: string[]): Promise<[Answer, { readonly file: string }]> => {
      const { status, stdout, stderr } = await runInProcess('salvor', ['record', live, '--json', ...words]);
      assert.equal(status, 0, stderr);
      return stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as never) as unknown as [Answer, { readonly file: string }];
    };
    for (const [expected, ...words] of [
      ['cam1.mp4_0002.mp4', `pathToFile=${join(folder, 'cam1')}`],
      ['cam1.mp4', `pathToFile=${join(folder, 'cam1')}`, 'overwrite=1'],
      ['set.mp4_0001.mp4', `pathToFile=${join(folder, 'set')}`, '--staging'],
    ] as const) {
      const [{ data }, { file }] = await answers(...words);
      assert.equal(data.computedPathToFile, join(folder, expected));
      assert.equal(file, join(folder, expected));
    }
    const [{ data }] = await answers(`pathToFile=${folder}`, 'localStreamName=cam1', '--go-rtmp');
    assert.deepEqual([data.computedPathToFile, data.type], ['', '']);
  });

  test('what cannot be done is answered in the same form', async () => {
    const { status, stdout } = await runInProcess('salvor', ['record', live, 'type=mp4', '--json']);
    assert.equal(status, 2);
    assert.deepEqual(JSON.parse(stdout), { data: null, description: 'nothing says where to record', status: 'FAIL' });
  });

  test('waitForIDR=0 cuts at the length, wherever that is; waitForIDR=1 before the next IDR', async () => {
    for (const [wait, files] of [
      ['0', 4],
      ['1', 3],
    ] as const) {
      const words = [live, `pathToFile=${join(directory, `idr${wait}`)}`, 'chunkLength=1700ms', `waitForIDR=${wait}`];
      const { status, stderr } = await runInProcess('salvor', ['record', ...words, '-q']);
      assert.equal(status, 0, stderr);
      const counts: number[] = [];
      for (let number = 0; existsSync(join(directory, `idr${wait}_part000${number}.mp4`)); number++) {
        const packets = await probePackets(join(directory, `idr${wait}_part000${number}.mp4`), { asStored: true });
        counts.push(packets.filter(({ kind }) => kind === 'video').length);
      }
      assert.equal(counts.length, files);
      const expected = wait === '0' ? [42, 43] : [50];
      for (const count of counts.slice(0, 3)) assert.ok(expected.includes(count), counts.join(' '));
      assert.equal(
        counts.reduce((sum, count) => sum + count, 0),
        150,
      );
    }
  });
});
