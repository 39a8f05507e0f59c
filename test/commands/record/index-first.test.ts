/**
 * A recording on a file system whose files can share blocks gets its index before its media, and it is the recording all the
 * same. XFS and btrfs, in images; where none can be mounted it is said that this was not tested.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { needs, probePackets, runJudge } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';
import { runProcess } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';

/** Mounts the image, for as long as the commands in it take. */
const onDisk = `
mount -o loop "$1" "$2" || exit 99
"$3" "$4" record "$5" -p "$2/rec.mp4" --json || exit 98
cp "$2/rec.mp4" "$2.mp4"
ls -A "$2" >&2`;

function boxesOf(path: string): string {
  const bytes = readFileSync(path);
  const types: string[] = [];
  for (let at = 0; at < bytes.length;) {
    types.push(bytes.toString('latin1', at + 4, at + 8));
    const length = bytes.readUInt32BE(at);
    at += length === 1 ? Number(bytes.readBigUInt64BE(at + 8)) : length;
  }
  return types.join(' ');
}

describe('record where files can share blocks', needs('ffmpeg', 'ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const source = join(directory, 'noise.flv');

  before(async () => {
    // Noise of 10 MB: shorter files are left as they are.
    const noise = ['-f', 'rawvideo', '-pix_fmt', 'yuv420p', '-s', '320x240', '-r', '25', '-i', '/dev/urandom'];
    const coder = ['-frames:v', '100', '-c:v', 'libx264', '-g', '25', '-qp', '8', '-preset', 'ultrafast', source];
    const { status, stderr } = await runJudge('ffmpeg', ['-nostdin', '-v', 'error', ...noise, ...coder]);
    assert.equal(status, 0, stderr);
    assert.ok(statSync(source).size > 9 * 1024 * 1024, `${statSync(source).size} bytes`);
  });

  for (const [type, ...words] of [
    ['xfs', 'mkfs.xfs', '-q'],
    ['btrfs', 'mkfs.btrfs', '-q'],
  ] as const) {
    test(`${type}: the index comes first, and every sample is there`, async (t) => {
      const [image, disk] = ['image', 'disk'].map((name) => join(directory, `${type}-${name}`));
      mkdirSync(disk!);
      writeFileSync(image!, '');
      truncateSync(image!, 320 * 1024 * 1024);
      const [program, ...options] = words;
      const formatted = await runProcess(program, [...options, image!]).catch(() => undefined);
      if (formatted?.status !== 0) return t.skip(`NOT TESTED: there is no ${program} here`);
      const command = [image!, disk!, process.execPath, programPath('salvor'), source];
      const mounted = await runProcess('unshare', ['-m', 'sh', '-c', onDisk, 'sh', ...command]).catch(() => undefined);
      if (mounted === undefined || mounted.status === 1 || mounted.status === 99) {
        return t.skip('NOT TESTED: no image can be mounted here (only root may, and not everywhere)');
      }
      assert.equal(mounted.status, 0, mounted.stderr);
      assert.equal(mounted.stderr.trim(), 'rec.mp4', 'nothing else is left');
      const made = `${disk}.mp4`;
      assert.equal(boxesOf(made), 'ftyp moov free mdat');
      const [, told] = mounted.stdout.trim().split('\n');
      assert.equal((JSON.parse(told!) as { bytes: number }).bytes, statSync(made).size);
      const [here, there] = await Promise.all([source, made].map((path) => probePackets(path, { asStored: true })));
      const shape = (packets: typeof here): unknown => packets!.map(({ sha1, sync }) => [sha1, sync]);
      assert.deepEqual(shape(there), shape(here));
      return undefined;
    });
  }
});
