/** Headers of MPEG-4 Part 2, bit by bit as ISO/IEC 14496-2, 6.2.2 and 6.2.3, lays them out. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  layerSampleAspectOf,
  profileAndLevelOf,
  visualSignalOf,
} from '../../../src/codecs/mpeg4/visual-object-sequence.ts';
import { fromBits, fromHex, truncations } from '../hex.ts';

const sequence = fromHex('000001b0 f3');
/** Not identified, type video, signal present: format 5, full range, colour described as 1, 6, 6. */
const object = [...fromHex('000001b5'), ...fromBits('0 0001 1 101 1 1 00000001 00000110 00000110 01')];
/** Random access, type 1, identified as 1 with priority 1, and the shape. */
const layer = (aspect: string): number[] => [
  ...fromHex('00000100 00000120'),
  ...fromBits(`0 00000001 1 0001 001 ${aspect} 1`),
];

test('profile, level, colour and the shape of a sample are read', () => {
  const bytes = Uint8Array.from([...sequence, ...object, ...layer('0010')]);
  assert.deepEqual(profileAndLevelOf(bytes), { profile: 15, level: 3 });
  assert.deepEqual(visualSignalOf(bytes), {
    fullRange: true,
    colour: { colourPrimaries: 1, transferCharacteristics: 6, matrixCoefficients: 6 },
  });
  assert.deepEqual(layerSampleAspectOf(bytes), { sarWidth: 12, sarHeight: 11 });
});

test('a shape of its own is read, one that is reserved or forbidden is none', () => {
  assert.deepEqual(layerSampleAspectOf(Uint8Array.from(layer('1111 00000111 00000101'))), {
    sarWidth: 7,
    sarHeight: 5,
  });
  for (const aspect of ['0000', '0110', '1111 00000000 00000101']) {
    assert.equal(layerSampleAspectOf(Uint8Array.from(layer(aspect))), undefined, aspect);
  }
});

test('what is not said is not known', () => {
  const unsaid = Uint8Array.from([...fromHex('000001b5'), ...fromBits('0 0001 0 01')]);
  assert.equal(visualSignalOf(unsaid), undefined);
  // Meshes and faces have no signal.
  assert.equal(visualSignalOf(Uint8Array.from([...fromHex('000001b5'), ...fromBits('0 0011 1 101 1 0 0')])), undefined);
  for (const cut of truncations(Uint8Array.from(object.slice(0, 8)))) assert.equal(visualSignalOf(cut), undefined);
  for (const cut of truncations(Uint8Array.from(layer('0001').slice(0, 10)))) {
    assert.equal(layerSampleAspectOf(cut), undefined);
  }
});
