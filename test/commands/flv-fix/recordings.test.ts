/** Genuine recordings, complete and killed: what was whole stays, what is said of it becomes true. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { allFlv, goFlvNames, goRecording, truthTags } from '../../flv/recordings.ts';
import { needs, probe } from '../../support/judges.ts';
import { scratchDirectory } from '../../support/scratch.ts';
import { checkWithFlvmeta, fix, fixed, flvTags, isMedia, media, place } from './flv-tags.ts';

const judges = needs('ffprobe', 'flvmeta');

test('every whole tag of the truth is there with its bytes and its time, and none that is false', async (t) => {
  const directory = scratchDirectory(t);
  for (const name of goFlvNames) {
    const bytes = Buffer.from(goRecording(name, 'recording.flv'));
    const truth = truthTags(name)
      .filter((tag) => tag.tag_offset + tag.tag_size <= bytes.length)
      .map(({ track, ts, tag_offset: offset, tag_size: size }) => ({
        type: track === 'video' ? 9 : 8,
        timestamp: ts,
        data: bytes.subarray(offset + 11, offset + size - 4),
      }));
    const repaired = await fixed(place(directory, `${name}.flv`, bytes));
    assert.deepEqual(media(repaired), truth, name);
  }
});

test(
  'of every recording the duration is right to a frame, flvmeta finds no error, a second run nothing to do',
  judges,
  async (t) => {
    const directory = scratchDirectory(t);
    for (const [name, bytes] of allFlv()) {
      const path = place(directory, `${name}.flv`, bytes);
      const tags = flvTags(await fixed(path)).filter(isMedia);
      await checkWithFlvmeta(path);
      const times = tags.map(({ timestamp }) => timestamp);
      const span = (Math.max(...times) - Math.min(...times)) / 1000;
      const { format } = await probe(path);
      const duration = Number(format.duration);
      assert.ok(duration >= span && duration <= span + 0.051, `${name}: ${duration} s of ${span} s`);
    }
  },
);

test('an intact recording stays as it is, to its time of modification, and is said to be intact', async (t) => {
  const directory = scratchDirectory(t);
  // The fixtures are cut; repairing one makes an intact file of another size.
  const once = place(directory, 'once.flv', allFlv()[0]![1]);
  const bytes = await fixed(once);
  const path = place(directory, 'sound.flv', bytes);
  const { mtimeMs } = statSync(path);
  const { status, stdout, stderr } = await fix(path);
  assert.deepEqual([status, stderr], [0, '']);
  assert.match(stdout, /^intact {2}.*nothing was changed\n$/);
  assert.ok(readFileSync(path).equals(bytes));
  assert.equal(statSync(path).mtimeMs, mtimeMs);
  const copy = await fix(path, '-o', `${path}.new`);
  assert.match(copy.stdout, /^intact {2}.*copied\n$/);
  assert.ok(readFileSync(`${path}.new`).equals(bytes));
});

test('what a file is called does not matter, and a directory is gone through', async (t) => {
  const directory = scratchDirectory(t);
  const bytes = Buffer.from(allFlv()[0]![1]);
  place(directory, 'recording.mp4', bytes);
  place(directory, 'text.txt', Buffer.from('FL'));
  const { status, stdout } = await fix('-r', directory);
  assert.equal(status, 0);
  assert.match(stdout, /^fixed {2}\S*recording\.mp4: /);
  assert.equal(stdout.trim().split('\n').length, 1);
});

test('the report says what was changed, so that it can be undone', async (t) => {
  const directory = scratchDirectory(t);
  const bytes = Buffer.from(goRecording('h264_aac', 'recording.flv'));
  // As a killed recorder leaves it: whole tags, zeros for duration and size.
  const ends = truthTags('h264_aac').map((tag) => tag.tag_offset + tag.tag_size);
  const killed = bytes.subarray(0, Math.max(...ends.filter((end) => end <= bytes.length)));
  killed.fill(0, 128, 136);
  killed.fill(0, 147, 155);
  const path = place(directory, 'killed.flv', killed);
  const { stdout } = await fix('--json', path);
  const { recordings } = JSON.parse(stdout) as {
    recordings: {
      outcome: string;
      inputs: unknown;
      changes: { name: string; old: number; new: number; offset: number }[];
    }[];
  };
  assert.equal(recordings[0]!.outcome, 'made');
  assert.deepEqual(recordings[0]!.inputs, [{ path, bytes: killed.length, fate: 'patched' }]);
  const [duration, size] = recordings[0]!.changes;
  assert.deepEqual([duration!.name, duration!.old, duration!.offset], ['duration', 0, 127]);
  assert.deepEqual(size, { name: 'filesize', old: 0, new: killed.length, offset: 146 });
  // Undone by what the report says, it is the file that was.
  const repaired = readFileSync(path);
  for (const change of [duration!, size!]) repaired.writeDoubleBE(change.old, change.offset + 1);
  assert.ok(repaired.equals(killed));
});
