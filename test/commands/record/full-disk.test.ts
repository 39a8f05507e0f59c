/** A disk that is really full: every file is whole, the message says so, and the sender is not disturbed where that is wanted. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { decode, needs, probePackets, runJudge } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** An ext4 of its own, where loop devices can be had: about 3 MB of it are free. */
function mountImage(image: string, at: string): boolean {
  writeFileSync(image, '');
  truncateSync(image, 5 * 1024 * 1024);
  const made = spawnSync('mkfs.ext4', ['-q', '-F', '-m', '0', '-N', '64', image]);
  return made.status === 0 && spawnSync('mount', ['-o', 'loop', image, at]).status === 0;
}

function mountMemory(at: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', at]).status === 0;
}

describe('record on a full disk', needs('ffmpeg', 'ffprobe'), () => {
  let mountedAt: string | undefined;
  // Before the directory is removed that it is mounted in.
  after(() => void (mountedAt !== undefined && spawnSync('umount', [mountedAt])));
  const directory = scratchDirectory({ after });
  const disk = join(directory, 'disk');
  const source = join(directory, 'live.flv');
  mkdirSync(disk);
  const isMounted = mountImage(join(directory, 'image'), disk) || mountMemory(disk);
  const skip = isMounted ? false : 'NOT TESTED: no file system can be mounted here';
  if (isMounted) mountedAt = disk;

  before(async () => {
    // Noise: about 6 MB.
    const noise = ['-f', 'lavfi', '-i', 'nullsrc=s=320x240:r=25:d=8,geq=random(1)*255:128:128'];
    const coders = [
      '-f',
      'lavfi',
      '-i',
      'sine=440:d=8',
      '-c:v',
      'libx264',
      '-b:v',
      '6M',
      '-g',
      '25',
      '-preset',
      'ultrafast',
    ];
    const args = ['-nostdin', '-v', 'error', ...noise, ...coders, '-c:a', 'aac', source];
    const { status, stderr } = await runJudge('ffmpeg', args);
    assert.equal(status, 0, stderr);
  });

  async function recorded(
    ...words: readonly string[]
  ): Promise<{ code: number | null; said: string; taken: boolean; files: string[] }> {
    for (const name of readdirSync(disk)) if (name !== 'lost+found') rmSync(join(disk, name));
    const bytes = readFileSync(source);
    const args = [programPath('salvor'), 'record', `pathToFile=${join(disk, 'rec')}`, ...words];
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => void (said += text.toString()));
    let taken = true;
    child.stdin.on('error', () => (taken = false));
    child.stdin.end(bytes);
    const [code] = (await once(child, 'close')) as [number | null];
    const files = readdirSync(disk).filter((name) => name !== 'lost+found');
    return { code, said, taken, files: files.toSorted() };
  }

  for (const type of ['mp4', 'flv', 'ts']) {
    test(`${type}: the file is whole, and the message says why it ends`, { skip }, async () => {
      const { code, said, files } = await recorded(`type=${type}`, '--on-full', 'stop');
      assert.equal(code, 1);
      assert.match(said, /the disk is full/);
      assert.deepEqual(files, [`rec.${type}`]);
      const file = join(disk, `rec.${type}`);
      const packets = await probePackets(file, { asStored: false });
      assert.ok(packets.filter(({ kind }) => kind === 'video').length > 25);
      assert.deepEqual(await decode(file), { complaints: [], backwardTimes: 0 });
      const bytes = readFileSync(file);
      const at = bytes.readUInt32BE();
      if (type === 'mp4') assert.equal(bytes.toString('latin1', at + 4, at + 8), 'mdat', 'an ordinary movie');
    });
  }

  test('drain: the sender can hand over all of the stream', { skip }, async () => {
    const { code, taken, files } = await recorded();
    assert.deepEqual({ code, taken, files }, { code: 1, taken: true, files: ['rec.mp4'] });
  });

  test('drop-oldest: the last part of the stream is there', { skip }, async () => {
    const { code, files } = await recorded('chunkLength=1', '--on-full', 'drop-oldest');
    assert.equal(code, 0);
    assert.ok(!files.includes('rec_part0000.mp4') && files.at(-1)! >= 'rec_part0007.mp4', files.join(' '));
    for (const name of files) assert.deepEqual(await decode(join(disk, name)), { complaints: [], backwardTimes: 0 });
  });
});
