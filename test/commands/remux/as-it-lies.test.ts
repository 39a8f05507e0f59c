/** Media that is in turn already stays as it lies when an MP4 is made of one; other media is laid out anew. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { mediaAsItLies } from '../../../src/commands/remux/media-as-it-lies.ts';
import { remux } from '../../../src/commands/remux/remux.ts';
import { FileSource } from '../../../src/io/file-source.ts';
import { atOnce } from '../../../src/io/pace.ts';
import { audioTrack, tableOf, videoTrack } from '../../mp4/movies.ts';
import { needs, probePackets } from '../../support/judges.ts';
import { scratchDirectory, type Lifetime } from '../../support/scratch.ts';
import { combineCleanCase } from '../mp4writer/combined-cases.ts';
import { boxesIn, onlyBox } from '../mp4writer/movie-boxes.ts';

/** The bytes of a file's only mdat, and where they begin. */
function mediaOf(path: string): { bytes: Buffer; offset: number } {
  const file = readFileSync(path);
  const { body } = onlyBox(boxesIn(file), 'mdat');
  return { bytes: body, offset: body.byteOffset - file.byteOffset };
}

test(
  'an MP4 of an MP4 has its media as it was, where it was in the blocks of the file',
  needs('ffprobe'),
  async (t) => {
    const [combined] = (await combineCleanCase('av-bframes', scratchDirectory(t))).recordings;
    const output = join(scratchDirectory(t), 'out.mp4');
    const options = { output, kind: 'mp4', replace: false, dryRun: false, gaps: 'keep' } as const;
    await remux([combined!.file], options);
    const [before, after] = [mediaOf(combined!.file), mediaOf(output)];
    assert.ok(after.bytes.equals(before.bytes));
    assert.equal((after.offset - before.offset) % 4096, 0);
    const packets = async (path: string): Promise<unknown[]> =>
      (await probePackets(path, { asStored: true })).map((packet) => ({ ...packet, offset: undefined }));
    assert.deepEqual(await packets(output), await packets(combined!.file));
  },
);

describe('media stays as it lies', () => {
  /** Samples of 40 ms of two tracks, one byte each, where these letters lie: v, a, or something else. */
  const found = (t: Lifetime, letters: string, milliseconds = 40): [number, number] | undefined => {
    const path = join(scratchDirectory(t), 'media');
    writeFileSync(path, letters);
    const media = new FileSource(path);
    t.after(() => media.close());
    const table = (letter: string): ReturnType<typeof tableOf> =>
      tableOf(
        [...letters]
          .flatMap((each, offset) => (each === letter ? [offset] : []))
          .map((offset) => ({ offset, size: 1, duration: milliseconds, compositionOffset: 0, sync: true })),
      );
    const tracks = [videoTrack(table('v')), audioTrack(table('a'))].map((track) => ({
      ...track,
      pieces: [{ firstSample: 0, media }],
    }));
    const lying = atOnce(mediaAsItLies(tracks));
    return lying === undefined ? undefined : [lying.start, lying.end];
  };

  test('where the tracks come in turn', (t) => {
    assert.deepEqual(found(t, 'vavavava'), [0, 8]);
    assert.deepEqual(found(t, '..vvvaaavvvaaa....'), [2, 14]);
    assert.deepEqual(found(t, 'vvvvv'.repeat(5) + 'aaaaa'.repeat(5)), [0, 50]);
  });

  test('not where one track lies far behind another', (t) => {
    assert.equal(found(t, 'vvvvv'.repeat(6) + 'aaaaa'.repeat(6)), undefined);
    assert.equal(found(t, 'vvvvaaaa', 400), undefined);
  });

  test('not where something lies between, or nothing is known to', (t) => {
    assert.equal(found(t, 'vava.vava'), undefined);
  });
});
