/** The places that were looked at last are known, older ones are forgotten. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentPlaces } from '../../../src/rescue/carver/recent-places.ts';

test('so many places at least are known, and no more than twice as many', () => {
  const places = new RecentPlaces<string>(3);
  for (let offset = 0; offset < 20; offset++) {
    places.set(offset, `at ${offset}`);
    for (let known = Math.max(0, offset - 2); known <= offset; known++) assert.equal(places.get(known), `at ${known}`);
    if (offset >= 6) assert.equal(places.get(offset - 6), undefined);
  }
  places.set(19, 'anew');
  assert.equal(places.get(19), 'anew');
  places.clear();
  for (let offset = 0; offset < 20; offset++) assert.equal(places.get(offset), undefined);
});
