/** The report as lines for people: what a user of a terminal or a reader of cron's mail sees. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import type { Finding } from '../../src/media/findings.ts';
import type { RecordingReport, TrackReport } from '../../src/media/report.ts';
import { findingLine, inputLines, summaryLine, trackLines } from '../../src/ui/report-text.ts';

const plain = new Chalk({ level: 0 });
const coloured = new Chalk({ level: 1 });

const video: TrackReport = {
  id: 2,
  kind: 'video',
  codec: 'avc1.64001f',
  timescale: 1000,
  width: 640,
  height: 360,
  startSeconds: 0.06,
  kept: { samples: 312, syncSamples: 1, bytes: 190_000, durationSeconds: 12.48 },
  lost: { samples: 0, bytes: 0, durationSeconds: 0 },
  durationSeconds: 12.48,
  configuration: { from: 'recorded' },
  ranges: [],
};

const audio: TrackReport = {
  id: 1,
  kind: 'audio',
  codec: 'mp4a.40.2',
  timescale: 1000,
  sampleRate: 44100,
  channels: 1,
  startSeconds: 0,
  kept: { samples: 1, syncSamples: 1, bytes: 75_200, durationSeconds: 12.54 },
  lost: { samples: 0, bytes: 0, durationSeconds: 0 },
  durationSeconds: 12.54,
  configuration: { from: 'recorded' },
  ranges: [],
};

const made: RecordingReport = {
  recording: 'rec.mp4',
  outcome: 'made',
  inputs: [
    { path: 'rec.mp4.mdat', bytes: 265_312, fate: 'kept' },
    { path: 'rec.mp4.info', bytes: 1, fate: 'to be removed' },
  ],
  output: { path: 'out/rec.mp4', bytes: 278_821, durationSeconds: 12.54, replaced: true },
  tracks: [video, audio],
  unindexed: [],
  findings: [],
  elapsedSeconds: 0.02,
  bytesMoved: 265_296,
};

test('a recording that was made is one line: where, how long, what is in it, how large, how fast', () => {
  assert.equal(
    summaryLine(made, plain),
    'made  out/rec.mp4: 12.54 s, video 312 samples, audio 1 sample, 279 kB in 0.02 s',
  );
});

test('a dry run says what would be made and whether a file would be replaced', () => {
  const would: RecordingReport = { ...made, outcome: 'would-make' };
  assert.match(summaryLine(would, plain), /^would make {2}out\/rec\.mp4 \(replacing it\): 12\.54 s, /);
  const fresh: RecordingReport = { ...would, output: { ...made.output!, replaced: false } };
  assert.match(summaryLine(fresh, plain), /^would make {2}out\/rec\.mp4: 12\.54 s, /);
});

test('a recording that an earlier run had made is said to be done', () => {
  const line = summaryLine({ ...made, outcome: 'already-made' }, plain);
  assert.match(line, /^done {2}rec\.mp4: .*earlier run/);
});

test('each track has a line with its format, its place in time and its size', () => {
  assert.deepEqual(trackLines(made), [
    '      video avc1.64001f, 640x360, 1 sync sample, from 0.06 s for 12.48 s, 190 kB',
    '      audio mp4a.40.2, 44100 Hz, 1 channel, from 0.00 s for 12.54 s, 75.2 kB',
  ]);
});

test('what is not known of a format is called unknown', () => {
  const { width: _width, height: _height, ...sizeless } = video;
  const { sampleRate: _rate, channels: _channels, ...formatless } = audio;
  const [first, second] = trackLines({ ...made, tracks: [sizeless, formatless] });
  assert.match(first!, /unknown size, 1 sync sample/);
  assert.match(second!, /unknown rate, unknown channels/);
});

test('each input has a line with its size and what becomes of it', () => {
  assert.deepEqual(inputLines(made), ['      rec.mp4.mdat (265 kB) kept', '      rec.mp4.info (1 byte) to be removed']);
});

test('a finding is one line with its severity, place, sentence, count and code', () => {
  const finding: Finding = {
    code: 'nal-chain-broken',
    severity: 'warning',
    message: 'the lengths do not close',
    file: 'rec.mp4.mdat',
    offset: 16,
    repeated: 3,
  };
  assert.equal(
    findingLine(finding, plain),
    'warning  rec.mp4.mdat at byte 16: the lengths do not close (and 3 more like it) [nal-chain-broken]',
  );
  const { offset: _offset, repeated: _repeated, ...once } = finding;
  assert.equal(findingLine(once, plain), 'warning  rec.mp4.mdat: the lengths do not close [nal-chain-broken]');
});

test('without colours no line has an escape sequence; with them only the first word is painted', () => {
  const finding: Finding = { code: 'no-sync-sample', severity: 'warning', message: 'none is' };
  for (const line of [summaryLine(made, plain), findingLine(finding, plain)]) assert.doesNotMatch(line, /\p{Cc}/u);
  for (const line of [summaryLine(made, coloured), findingLine(finding, coloured)]) {
    assert.match(line, /^\p{Cc}\[\d+m[a-z ]+\p{Cc}\[39m {2}\P{Cc}+$/u);
  }
});

test('a recording whose name holds a line break or an escape sequence still takes one harmless line', () => {
  const named: RecordingReport = {
    ...made,
    recording: 'a\nb.mp4',
    inputs: [{ path: 'a\nb.mp4.mdat', bytes: 1, fate: 'kept' }],
    output: { ...made.output!, path: '\x1b[2J\n.mp4' },
  };
  const finding: Finding = { code: 'no-sync-sample', severity: 'note', message: 'none\nis', file: 'a\x1b[0m' };
  const lines = [
    summaryLine(named, plain),
    summaryLine({ ...named, outcome: 'already-made' }, plain),
    ...inputLines(named),
    findingLine(finding, plain),
  ];
  for (const line of lines) assert.doesNotMatch(line, /\p{Cc}/u);
});
