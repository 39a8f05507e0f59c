import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CutPlan } from '../../src/rescue/splitting/cut-rules.ts';
import { PartNames, numberedPath, partNumberOf, streamNameOf } from '../../src/commands/ts-split/part-names.ts';
import { playlistText, uriOf } from '../../src/commands/ts-split/playlist.ts';
import { parseSeconds, parseSize, parseTimes } from '../../src/commands/quantities.ts';

test('times are read as people write them', () => {
  for (const [text, seconds] of [
    ['90', 90],
    ['10s', 10],
    ['1.5s', 1.5],
    ['500ms', 0.5],
    ['15m', 900],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1:30', 90],
    ['1:02:03.5', 3723.5],
  ] as const) {
    assert.equal(parseSeconds(text), seconds, text);
  }
  for (const text of ['', 'ten', '10 s', '-5', '5d', '1:2:3:4', 's']) {
    assert.throws(() => parseSeconds(text), /is not a time/, text);
  }
  assert.deepEqual(parseTimes('5m, 10,10,0:05'), [5, 10, 300]);
});

test('sizes are read as people write them', () => {
  for (const [text, bytes] of [
    ['1000', 1000],
    ['500k', 500_000],
    ['1G', 1e9],
    ['1.5GB', 1.5e9],
    ['1GiB', 2 ** 30],
    ['2M', 2e6],
  ] as const) {
    assert.equal(parseSize(text), bytes, text);
  }
  for (const text of ['', '0', 'G', '1X', '-1']) assert.throws(() => parseSize(text), /is not a size/, text);
});

test('of several rules the first that is met cuts, and never at the place where the part began', () => {
  const at = (partTicks: number, streamTicks = partTicks, partBytes = 1): object => ({
    partTicks,
    streamTicks,
    partBytes,
    isJump: false,
  });
  const plan = new CutPlan({ durationSeconds: 10, size: 1000, atSeconds: [3, 3.5] });
  const cuts = (candidate: object): boolean => plan.isCut(candidate as never);
  assert.equal(cuts(at(0, 0, 0)), false);
  assert.equal(cuts(at(2 * 90_000)), false);
  assert.equal(cuts(at(4 * 90_000)), true);
  assert.equal(cuts(at(899_999, 5 * 90_000)), false);
  assert.equal(cuts(at(900_000, 20 * 90_000)), true);
  assert.equal(cuts(at(90_000, 30 * 90_000, 1000)), true);
});

test('names: numbers, streams, times, and what a name may look like', () => {
  const time = new Date(2026, 10, 5, 7, 8, 9);
  const name = (pattern: string): string => new PartNames(pattern, 'cam.1').name(12, time);
  assert.equal(name('%s_part%04d.ts'), 'cam.1_part0012.ts');
  assert.equal(name('%s-%d.ts'), 'cam.1-12.ts');
  assert.equal(name('%Y%m%d-%H%M%S.ts'), '20261105-070809.ts');
  assert.equal(name('100%%-%F-%j.ts'), '100%-2026-11-05-309.ts');
  for (const pattern of ['%q.ts', '%', '%05s.ts']) assert.throws(() => name(pattern), /means nothing/, pattern);
  const names = new PartNames('%s_part%04d.ts', 'cam.1');
  assert.ok(names.matches('cam.1_part0003.ts') && names.matches('cam.1_part12345.ts'));
  assert.ok(!names.matches('camx1_part0003.ts') && !names.matches('cam.1_part003.ts'));
  assert.deepEqual(
    ['cam.1_part0003.ts', 'cam.1_part12345.ts', 'cam.1_part003.ts'].map((each) => names.numberIn(each)),
    [3, 12345, -1],
  );
  assert.deepEqual(
    ['/a.b/cam.ts', '/a.b/cam'].map((path) => numberedPath(path, 2)),
    ['/a.b/cam-2.ts', '/a.b/cam-2'],
  );
  assert.equal(streamNameOf('/srv/rec.x_part0003.ts'), 'rec.x');
  assert.equal(streamNameOf('/srv/x-20261121-083136.mp4'), 'x-20261121-083136');
  assert.deepEqual(['a_part0012.ts', 'a.ts', 'a_part7'].map(partNumberOf), [12, -1, 7]);
});

test('a playlist is as RFC 8216 has it', () => {
  const text = playlistText([
    { uri: uriOf('a b.ts'), durationSeconds: 9.6, isDiscontinuity: false },
    { uri: uriOf('x:y.ts'), durationSeconds: 4, isDiscontinuity: true },
  ]);
  assert.equal(
    text,
    '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:10\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:9.600000,\na%20b.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:4.000000,\n./x%3Ay.ts\n#EXT-X-ENDLIST\n',
  );
});
