/**
 * An MP4 on a file system that lets files have blocks in common: it is the same as everywhere, byte for byte, and has the
 * blocks of its staging file. XFS and btrfs, in images; where none can be mounted it is said that this was not tested.
 */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ByteWriter } from '../../../src/bytes/byte-sink.ts';
import { readInfo } from '../../../src/staging/info.ts';
import { patterned } from '../../io/patterned.ts';
import { copyStagingCase } from '../../support/fixtures.ts';
import { programPath, runInProcess } from '../../support/programs.ts';
import { runProcess } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { StagingWriter } from '../../support/staging-writer.ts';

const pictures = 24;
const pictureLength = 500_001;

/** Writes a set of 12 MB, one NAL unit a picture: shorter ones are copied sooner than shared. */
function makeSet(recording: string, donor: string): void {
  const described = readInfo(readFileSync(`${donor}.info`));
  assert.ok('info' in described);
  const [info, media, mediaHeader, track] = [new ByteWriter(), new ByteWriter(), new ByteWriter(), new ByteWriter()];
  const writer = new StagingWriter(
    { video: described.info.video, winQtCompat: 0, creationTime: described.info.creationTime },
    { info, media, mediaHeader, tracks: new Map([[1, track]]) },
  );
  const bytes = Buffer.from(patterned(pictures * pictureLength));
  for (let number = 0; number < pictures; number++) {
    const sync = number % 8 === 0;
    writer.index({ kind: 'video', decodeTime: number * 40, compositionOffset: 0, sync }, pictureLength);
    bytes.writeUInt32BE(pictureLength - 4, number * pictureLength);
    // nal_unit_type 5 and 1 (ITU-T H.264, table 7-1)
    bytes.writeUInt8(sync ? 0x65 : 0x41, number * pictureLength + 4);
  }
  writer.close();
  writeFileSync(`${recording}.mdat`, Buffer.concat([mediaHeader.toBytes(), bytes]));
  writeFileSync(`${recording}.info`, info.toBytes());
  writeFileSync(`${recording}.track1`, track.toBytes());
}

/** Mounts the image, for as long as the commands in it take. */
const onDisk = `
mount -o loop "$1" "$2" || exit 99
cp "$3".* "$2" && sync || exit 98
"$4" "$5" mp4writer "$2/rec.mp4" -o "$2/out.mp4" --json || exit 97
cp "$2/out.mp4" "$3.made"
filefrag -v "$2/out.mp4" >&2`;

describe('a set on a file system whose files can share blocks', () => {
  for (const [type, ...words] of [
    ['xfs', 'mkfs.xfs', '-q'],
    ['btrfs', 'mkfs.btrfs', '-q'],
  ] as const) {
    test(`${type}: the MP4 is what it is everywhere, and has the blocks of the .mdat`, async (t) => {
      const directory = scratchDirectory(t);
      const [image, disk, recording] = ['image', 'disk', 'rec.mp4'].map((name) => join(directory, name));
      mkdirSync(disk!);
      mkdirSync(join(directory, 'donor'));
      copyStagingCase('clean', 'video-only', join(directory, 'donor'));
      makeSet(recording!, join(directory, 'donor', 'rec.mp4'));
      writeFileSync(image!, '');
      truncateSync(image!, 320 * 1024 * 1024);
      const [program, ...options] = words;
      const formatted = await runProcess(program, [...options, image!]).catch(() => undefined);
      if (formatted?.status !== 0) return t.skip(`NOT TESTED: there is no ${program} here`);
      const command = [image!, disk!, recording!, process.execPath, programPath('salvor')];
      const mounted = await runProcess('unshare', ['-m', 'sh', '-c', onDisk, 'sh', ...command]).catch(() => undefined);
      if (mounted === undefined || mounted.status === 1 || mounted.status === 99) {
        return t.skip('NOT TESTED: no image can be mounted here (only root may, and not everywhere)');
      }
      assert.equal(mounted.status, 0, mounted.stderr);
      const elsewhere = join(directory, 'elsewhere.mp4');
      const made = await runInProcess('salvor', ['mp4writer', recording!, '-o', elsewhere, '--json']);
      assert.equal(made.status, 0, made.stderr);
      assert.ok(readFileSync(`${recording}.made`).equals(readFileSync(elsewhere)));
      const findings = [mounted.stdout, made.stdout].map(
        (text) => (JSON.parse(text) as { recordings: { findings: unknown }[] }).recordings[0]!.findings,
      );
      assert.deepEqual(findings, [[], []]);
      const extents = [...mounted.stderr.matchAll(/^ *\d+: +\d+\.\. *\d+: +\d+\.\. *\d+: +(\d+):.*$/gm)];
      const blocks = { shared: 0, own: 0 };
      for (const [line, count] of extents) blocks[/shared/.test(line) ? 'shared' : 'own'] += Number(count);
      // All but the index and the blocks at both ends of the media.
      assert.ok(blocks.shared >= Math.floor((pictures * pictureLength) / 4096) - 2, mounted.stderr);
      assert.ok(blocks.own <= 4, mounted.stderr);
      return undefined;
    });
  }
});
