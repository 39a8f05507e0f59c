/** What is held against the source before an MP4 gets its name, and what is not: single bytes of a written file are changed. */
import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { AtomicOutput } from '../../src/io/atomic-output.ts';
import { Findings } from '../../src/media/findings.ts';
import { placeOnTimeline } from '../../src/media/timeline.ts';
import { verifyMovie } from '../../src/mp4/verify-movie.ts';
import { layOutMovie, writeMovie, type MovieSource } from '../../src/mp4/write-movie.ts';
import { openStagingFiles, stagingFilesOf } from '../../src/staging/open-set.ts';
import { readStagingSet } from '../../src/staging/reader.ts';
import { copyStagingCase } from '../support/fixtures.ts';
import { scratchDirectory } from '../support/scratch.ts';

test('boxes, every value of the tables and both ends of the media are read back, and the rest of the media is not', async (t) => {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', 'av-bframes', directory);
  const sources = openStagingFiles(stagingFilesOf(join(directory, 'rec.mp4')));
  t.after(() => sources.close());
  const set = (await readStagingSet(sources, new Findings()))!;
  const offsets = set.tracks.flatMap(({ samples }) => [
    samples.offsets.at(0),
    samples.offsets.at(samples.length - 1) + samples.sizes.at(samples.length - 1),
  ]);
  const movie: MovieSource = {
    media: sources.mdat!,
    mediaStart: Math.min(...offsets),
    mediaEnd: Math.max(...offsets),
    tracks: placeOnTimeline(set.tracks),
    creationTime: set.creationTime,
    timescale: set.movieTimescale,
  };
  const layout = await layOutMovie(movie);
  const path = join(directory, 'out.mp4');
  const output = new AtomicOutput(path, { replace: false });
  await writeMovie(movie, layout, output, {});
  output.commit();
  await verifyMovie(path, movie, layout);
  const whole = readFileSync(path);

  /** Offset of the first value of a table, behind its count; `ahead`: bytes of other fields before it. */
  const inTable = (type: string, ahead: number): number => whole.indexOf(type, 0, 'latin1') + 4 + ahead;
  const media = whole.indexOf('mdat', 0, 'latin1') + 4;
  const changes: Readonly<Record<string, number>> = {
    'the name of a box': whole.indexOf('moov', 0, 'latin1'),
    'a size': inTable('stsz', 12) + 3,
    'a duration': inTable('stts', 8) + 7,
    'a composition offset': inTable('ctts', 8) + 7,
    'a sync sample': inTable('stss', 8) + 3,
    'a chunk offset': inTable('stco', 8) + 3,
    'a number of samples in a chunk': inTable('stsc', 8) + 7,
    'the first byte of the media': media,
    'the last byte of the media': whole.length - 1,
  };
  for (const [what, offset] of Object.entries(changes)) {
    writeFileSync(path, whole);
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.of(whole[offset]! ^ 1), 0, 1, offset);
    closeSync(file);
    await assert.rejects(verifyMovie(path, movie, layout), { name: 'SalvorError', kind: 'output' }, what);
  }
  writeFileSync(path, whole.subarray(0, -1));
  await assert.rejects(verifyMovie(path, movie, layout), { kind: 'output' });

  const middle = Buffer.from(whole);
  const at = Math.floor((media + whole.length) / 2);
  middle[at] = middle[at]! ^ 1;
  writeFileSync(path, middle);
  await verifyMovie(path, movie, layout);
});
