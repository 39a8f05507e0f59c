/** The lines of the README about `salvor remux` are run by a shell, on recordings of a real server. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { needs, probePackets } from '../../support/judges.ts';
import { programPath } from '../../support/programs.ts';
import { fixturesDirectory } from '../../support/project.ts';
import { commandsBelow } from '../../support/readme.ts';
import { cleanEnvironment } from '../../support/run-process.ts';
import { scratchDirectory } from '../../support/scratch.ts';

const chunks = (kind: string): string[] =>
  ['0000', '0001'].map((number) =>
    join(fixturesDirectory, `ems/${kind}/killed-chunked4-10s/rec_part${number}.${kind}`),
  );

/** What each line is given, under the names that it has there, and what it makes of it. */
const recipes = [
  { files: { 'rec.flv': chunks('flv')[0]! }, output: 'rec.mp4' },
  { files: { 'rec_part0000.ts': chunks('ts')[0]!, 'rec_part0001.ts': chunks('ts')[1]! }, output: 'rec.mp4' },
  { files: { 'first.flv': chunks('flv')[0]!, 'second.flv': chunks('flv')[1]! }, output: 'all.mp4' },
] as const;

/** Pictures from the first on that decoding can begin with, and audio. */
async function countsOf(paths: readonly string[]): Promise<{ video: number; audio: number }> {
  const all = await Promise.all(paths.map((path) => probePackets(path, { asStored: false })));
  const video = all.flat().filter(({ kind }) => kind === 'video');
  const audio = all.flat().filter(({ kind }) => kind === 'audio').length;
  const isStream = paths[0]!.endsWith('.ts');
  return { video: video.length - (isStream ? video.findIndex(({ sync }) => sync) : 0), audio };
}

describe('the lines of the README about salvor remux', needs('ffprobe'), () => {
  const directory = scratchDirectory({ after });
  const lines = commandsBelow('salvor remux');

  test('there are three', () => {
    assert.equal(lines.length, recipes.length);
  });

  for (const [index, { files, output }] of recipes.entries()) {
    test(lines[index] ?? `line ${index}`, async () => {
      const folder = join(directory, String(index));
      mkdirSync(folder);
      for (const [name, path] of Object.entries(files)) copyFileSync(path, join(folder, name));
      const line = lines[index]!.replace('salvor', `${process.execPath} ${programPath('salvor')}`);
      const { status, stderr } = spawnSync('/bin/sh', ['-c', line], {
        cwd: folder,
        env: cleanEnvironment(),
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      assert.deepEqual(readdirSync(folder).toSorted(), [...Object.keys(files), output].toSorted());
      const there = await countsOf([join(folder, output)]);
      const here = await countsOf(Object.values(files));
      // The last packet of a transport stream that was cut may be missing.
      assert.ok(here.video - there.video <= (output === 'rec.mp4' && index === 1 ? 1 : 0), `${there.video} pictures`);
      assert.equal(there.audio, here.audio);
      assert.ok(there.video <= here.video && there.video > 50);
    });
  }
});
