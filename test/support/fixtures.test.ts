import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { allStagingFixtures, copyStagingCase, stagingCases, stagingFixtures } from './fixtures.ts';
import { fixturesDirectory } from './project.ts';
import { scratchDirectory } from './scratch.ts';

for (const group of ['clean', 'crashed'] as const) {
  describe(`the ${group} staging sets`, () => {
    for (const name of stagingCases(group)) {
      test(`every sample that the truth of ${name} names lies in its media file`, (t) => {
        const directory = scratchDirectory(t);
        copyStagingCase(group, name, directory);
        for (const { base, truth } of stagingFixtures(group, name)) {
          const media = readFileSync(join(directory, `${base}.mdat`));
          assert.ok(truth.samples.length > 0);
          for (const { offset, size, sha1 } of truth.samples) {
            const bytes = media.subarray(offset, offset + size);
            assert.equal(createHash('sha1').update(bytes).digest('hex').slice(0, 16), sha1, `sample at ${offset}`);
          }
        }
      });
    }

    test('each set has an index, media and the file of its first track', (t) => {
      for (const name of stagingCases(group)) {
        const directory = join(scratchDirectory(t), name);
        copyStagingCase(group, name, directory);
        for (const { base } of stagingFixtures(group, name)) {
          for (const ending of ['info', 'mdat', 'track1']) {
            assert.ok(existsSync(join(directory, `${base}.${ending}`)), `${name}/${base}.${ending}`);
          }
        }
        assert.ok(readdirSync(directory).every((file) => !file.endsWith('.json')));
      }
    });
  });
}

test('there are 20 cases closed in good order and 25 crashed ones, in 21 and 28 sets', () => {
  assert.deepEqual([stagingCases('clean').length, stagingCases('crashed').length], [20, 25]);
  assert.deepEqual([allStagingFixtures('clean').length, allStagingFixtures('crashed').length], [21, 28]);
});

test('the size in the header of a media file counts the whole file when the recording was closed', (t) => {
  const directory = scratchDirectory(t);
  copyStagingCase('clean', 'exactly-1024-keyframes', directory);
  const media = readFileSync(join(directory, 'rec.mp4.mdat'));
  assert.equal(media.readBigUInt64BE(8), BigInt(media.length));
});

test('all fixtures together stay below 16 MB', () => {
  const size = readdirSync(fixturesDirectory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((total, entry) => total + statSync(join(entry.parentPath, entry.name)).size, 0);
  assert.ok(size < 16e6, `${size} bytes`);
});
