import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTruth, trackSamples } from './truth.ts';

const file = {
  note: 'two pictures and three sounds',
  timescale: { video: 90000, audio: null },
  config: { video: '0164', audio: '1210' },
  order: 'vaava',
  tracks: {
    audio: { size: 7, dts: [0, 23, 46], cts: 0, sync: true, sha1: 'a'.repeat(16) + 'b'.repeat(16) + 'c'.repeat(16) },
    video: { size: [100, 50], dts: [0, 3600], cts: [7200, -3600], sync: [1], sha1: 'd'.repeat(16) + 'e'.repeat(16) },
  },
} as const;

test('a truth file expands into samples that lie back to back from the end of the mdat header', () => {
  const { samples } = parseTruth(file);
  assert.deepEqual(
    samples.map(({ track, offset, size }) => [track, offset, size]),
    [
      ['video', 16, 100],
      ['audio', 116, 7],
      ['audio', 123, 7],
      ['video', 130, 50],
      ['audio', 180, 7],
    ],
  );
});

test('each sample of a truth file gets the times, flag and hash of its own row', () => {
  const truth = parseTruth(file);
  assert.deepEqual(trackSamples(truth, 'video')[1], {
    track: 'video',
    offset: 130,
    size: 50,
    dtsTicks: 3600,
    ctsTicks: -3600,
    sync: true,
    sha1: 'e'.repeat(16),
  });
  assert.equal(trackSamples(truth, 'video')[0]?.sync, false);
  assert.ok(trackSamples(truth, 'audio').every((sample) => sample.sync && sample.ctsTicks === 0));
});

test('a track without a timescale of its own counts in milliseconds', () => {
  assert.deepEqual(parseTruth(file).timescale, { audio: 1000, video: 90000 });
});

test('a truth file that contradicts itself is refused', () => {
  assert.throws(() => parseTruth({ ...file, order: 'vaav' }), /more samples than the order/);
  assert.throws(() => parseTruth({ ...file, order: 'vaavaa' }), /order names more samples/);
  const short = { ...file.tracks.video, size: [100] };
  assert.throws(() => parseTruth({ ...file, tracks: { ...file.tracks, video: short } }), /differ in length/);
});
