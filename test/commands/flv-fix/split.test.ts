/** --split-on-change: each file has one configuration, and together they have every frame. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { needs } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import {
  checkWithFlvmeta,
  decodedFrames,
  encoded,
  fix,
  flvBytes,
  flvTags,
  h264AndAac,
  isConfiguration,
  isMedia,
  media,
  metadataOf,
  named,
  place,
} from './flv-tags.ts';

test(
  'a stream that goes on in another size becomes two files, each with what it needs',
  needs('ffmpeg', 'flvmeta'),
  async (t) => {
    const directory = scratchDirectory(t);
    const small = flvTags(await encoded(2, ...h264AndAac));
    const large = flvTags(await encoded(2, '-s', '320x240', ...h264AndAac)).filter(isMedia);
    // The sound's configuration goes on: only the picture's comes again.
    const later = large
      .filter((tag) => !(tag.type === 8 && isConfiguration(tag)))
      .map((tag) => ({ ...tag, timestamp: tag.timestamp + 2100 }));
    const bytes = flvBytes([...small, ...later]);
    const path = place(directory, 'rec.flv', bytes);
    const dry = await fix('-n', '--split-on-change', path);
    assert.match(dry.stdout, /would fix {2}\S*rec_001\.flv.*\nwould fix {2}\S*rec_002\.flv/);
    const { status, stderr } = await fix('--split-on-change', path);
    assert.equal(status, 0, stderr);
    assert.deepEqual(readdirSync(directory).sort(), ['rec.flv', 'rec_001.flv', 'rec_002.flv']);
    assert.ok(readFileSync(path).equals(bytes));
    const [first, second] = ['rec_001.flv', 'rec_002.flv'].map((name) => readFileSync(join(directory, name)));
    assert.deepEqual(media(first!).map(named), small.filter(isMedia).map(named));
    assert.deepEqual(media(second!).slice(1).map(named), later.map(named));
    assert.ok(isConfiguration(media(second!)[0]!));
    for (const [name, width] of [
      ['rec_001.flv', 160],
      ['rec_002.flv', 320],
    ] as const) {
      const part = join(directory, name);
      await checkWithFlvmeta(part);
      const metadata = await metadataOf(part);
      assert.equal(metadata['width'], width);
      assert.ok(Math.abs(Number(metadata['duration']) - 2) < 0.15, `${String(metadata['duration'])}`);
      assert.ok((await decodedFrames(part)).length > 100);
    }
    // The same command again ends right: its parts are there as it would make them. A dry run says so.
    const plan = await fix('-n', '--split-on-change', '--json', path);
    const outcomes = (JSON.parse(plan.stdout) as { recordings: { outcome: string }[] }).recordings;
    assert.deepEqual(
      outcomes.map(({ outcome }) => outcome),
      ['already-made', 'already-made'],
    );
    rmSync(join(directory, 'rec_002.flv'));
    const half = await fix('-n', '--split-on-change', path);
    assert.match(half.stdout, /was finished by an earlier run\nwould fix {2}\S*rec_002\.flv.*\n$/);
    const again = await fix('--split-on-change', path);
    assert.equal(again.status, 0, again.stderr);
    assert.ok(readFileSync(join(directory, 'rec_001.flv')).equals(first!));
    assert.ok(readFileSync(join(directory, 'rec_002.flv')).equals(second!));
    writeFileSync(join(directory, 'rec_001.flv'), small.length.toString());
    for (const words of [[], ['-n']]) {
      const other = await fix(...words, '--split-on-change', path);
      assert.equal(other.status, 1);
      assert.match(other.stderr, /rec_001\.flv: the file exists already/);
    }
    const same = await fix('--split-on-change', join(directory, 'rec_002.flv'));
    assert.match(same.stdout, /^intact /);
  },
);
