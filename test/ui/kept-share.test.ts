/** How much of a recording is kept: the line, the share, and the bar of one line. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chalk } from 'chalk';
import { cellsOf, hasUnicode, keptBar } from '../../src/ui/kept-bar.ts';
import { formatShare, keptShareOf, shareLine, stretchesOf } from '../../src/ui/kept-share.ts';
import { rangesOf, trackOf } from './html-report/sample-reports.ts';

const plain = new Chalk({ level: 0 });
const counted = { samples: 1, bytes: 1 };

const video = trackOf(
  'video',
  rangesOf([
    { what: 'described', seconds: 40, ...counted },
    { what: 'lost', seconds: 2, ...counted },
    { what: 'found', seconds: 58, ...counted },
  ]),
);
const audio = trackOf(
  'audio',
  rangesOf([
    { what: 'described', seconds: 41, ...counted },
    { what: 'lost', seconds: 4, ...counted },
    { what: 'found', seconds: 55, ...counted },
  ]),
);

test('a stretch is lost where any track is lost, and overlapping holes are one place', () => {
  assert.deepEqual(
    stretchesOf([video, audio]).map(({ what, startSeconds, endSeconds }) => [what, startSeconds, endSeconds]),
    [
      ['described', 0, 40],
      ['lost', 40, 45],
      ['found', 45, 100],
    ],
  );
  assert.deepEqual(keptShareOf([video, audio]), {
    totalSeconds: 100,
    missingSeconds: 5,
    places: 1,
    isEstimated: false,
  });
});

test('the line says what would come back, and how much is missing in how many places', () => {
  assert.equal(
    shareLine({ outcome: 'would-make', tracks: [video, audio] }),
    '95 % of 1:40.00 would come back; 5.00 s are missing, in 1 place',
  );
  assert.equal(
    shareLine({
      outcome: 'made',
      tracks: [trackOf('audio', rangesOf([{ what: 'described', seconds: 9, ...counted }]))],
    }),
    'all of 9.00 s came back',
  );
  assert.equal(shareLine({ outcome: 'made', tracks: [trackOf('audio', [])] }), undefined);
});

test('what was never counted is said to be about so much', () => {
  const ranges = rangesOf([
    { what: 'described', seconds: 9, ...counted },
    { what: 'lost', seconds: 1, ...counted, isEstimated: true },
  ]);
  assert.match(shareLine({ outcome: 'made', tracks: [trackOf('audio', ranges)] })!, /; about 1\.00 s are missing/);
});

for (const [missingSeconds, expected] of [
  [0, '100 %'],
  [0.001, 'more than 99.9 %'],
  [0.25, '99.7 %'],
  [1.5, '98 %'],
  [99.9, 'less than 1 %'],
  [100, '0 %'],
] as const) {
  test(`of 100 s, ${missingSeconds} s missing leave ${expected}: never rounded to all or to nothing`, () => {
    assert.equal(formatShare({ totalSeconds: 100, missingSeconds, places: 1, isEstimated: false }), expected);
  });
}

test('the bar shows every hole, however short, in blocks or in ASCII', () => {
  const ranges = rangesOf([
    { what: 'described', seconds: 40, ...counted },
    { what: 'found', seconds: 40, ...counted },
    { what: 'lost', seconds: 0.001, ...counted },
    { what: 'described', seconds: 19.999, ...counted },
  ]);
  assert.equal(keptBar([{ ranges }], plain, true, 10), '████▓▓▓▓░█ more than 99.9 %');
  assert.equal(keptBar([{ ranges }], plain, false, 10), '####====.# more than 99.9 %');
  assert.equal(cellsOf([{ ranges }], 1000).filter((what) => what === 'lost').length, 1);
  assert.equal(keptBar([{ ranges: [] }], plain, true), undefined);
});

test('a locale is what LC_ALL says, then LC_CTYPE, then LANG', () => {
  assert.equal(hasUnicode({ LANG: 'en_GB.UTF-8' }), true);
  assert.equal(hasUnicode({ LANG: 'en_GB.UTF-8', LC_ALL: 'C' }), false);
  assert.equal(hasUnicode({ LANG: 'C', LC_CTYPE: 'de_DE.utf8', LC_ALL: '' }), true);
  assert.equal(hasUnicode({}), false);
});
