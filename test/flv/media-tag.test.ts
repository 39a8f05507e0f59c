import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MediaTag } from '../../src/flv/media-tag.ts';
import { TagReader } from '../../src/flv/tag-reader.ts';
import { fromHex } from '../codecs/hex.ts';
import { forgetfulSource } from '../support/forgetful-source.ts';

/** A tag of a type with this data, read. */
function read(type: number, hex: string): MediaTag {
  const data = fromHex(hex);
  const length = 11 + data.length;
  const bytes = Uint8Array.from([type, 0, 0, data.length, 0, 0, 0, 0, 0, 0, 0, ...data, 0, 0, 0, length]);
  const reader = new TagReader(forgetfulSource(bytes), 0);
  assert.equal(reader.next(), 'tag');
  const tag = new MediaTag();
  tag.read(reader);
  return tag;
}

const rows: readonly (readonly [what: string, type: number, hex: string, expected: Partial<MediaTag>])[] = [
  ['an AVC key frame', 9, '1701 000043 00', { codec: 'avc1', role: 'keyFrame', compositionTime: 67, headerLength: 5 }],
  ['a composition time before the decode time', 9, '2701 ffffd8 00', { role: 'frame', compositionTime: -40 }],
  [
    'an AVC sequence header',
    9,
    '1700 000000 01',
    { codec: 'avc1', role: 'sequenceHeader', headerLength: 5, legacyId: 7 },
  ],
  ['the end of a sequence', 9, '1702 000000', { role: 'sequenceEnd' }],
  ['HEVC under the number 12', 9, '1c01 000000 00', { codec: 'hvc1', role: 'keyFrame', legacyId: 12, enhanced: false }],
  ['H.263', 9, '22 00', { codec: 'flv1', role: 'frame', headerLength: 1 }],
  ['a command to the player', 9, '57 00', { role: 'command' }],
  ['AAC', 8, 'af01 21', { codec: 'mp4a', role: 'frame', headerLength: 2, legacyId: 10 }],
  ['an AudioSpecificConfig', 8, 'af00 1210', { codec: 'mp4a', role: 'sequenceHeader', headerLength: 2 }],
  ['MP3', 8, '2f ff', { codec: '.mp3', role: 'frame', headerLength: 1 }],
  [
    'enhanced HEVC with a composition time',
    9,
    '91 68766331 000028 00',
    { codec: 'hvc1', role: 'keyFrame', compositionTime: 40, headerLength: 8, enhanced: true, legacyId: undefined },
  ],
  [
    'enhanced HEVC without one',
    9,
    'a3 68766331 00',
    { codec: 'hvc1', role: 'frame', compositionTime: 0, headerLength: 5 },
  ],
  ['AV1, which has none', 9, '91 61763031 00', { codec: 'av01', role: 'keyFrame', headerLength: 5 }],
  ['an enhanced sequence header', 9, '90 76703039 01', { codec: 'vp09', role: 'sequenceHeader', headerLength: 5 }],
  ['colour information', 9, 'd4 68766331 02', { codec: 'hvc1', role: 'metadata' }],
  [
    'a nanosecond modifier before a frame',
    9,
    '97 02 0001f4 01 68766331 000000 00',
    { codec: 'hvc1', role: 'keyFrame', headerLength: 13 },
  ],
  ['several tracks in a tag', 9, '96 01 68766331 01 000000', { codec: 'hvc1', role: 'keyFrame', multitrack: true }],
  ['Opus', 8, '91 4f707573 fc', { codec: 'Opus', role: 'frame', headerLength: 5 }],
  ['a FLAC sequence header', 8, '90 664c6143 00', { codec: 'fLaC', role: 'sequenceHeader' }],
  ['encrypted data', 0x29, '17010000', { kind: 'video', role: 'other' }],
  ['a script tag', 18, '02', { kind: undefined, role: 'script' }],
  ['a reserved type', 15, '00', { kind: undefined, role: 'other' }],
];

describe('what a tag holds', () => {
  for (const [what, type, hex, expected] of rows) {
    it(`is told of ${what}`, () => {
      const tag = read(type, hex);
      for (const [name, value] of Object.entries(expected)) assert.equal(tag[name as keyof MediaTag], value, name);
    });
  }

  it('is media of an unknown codec where modifiers are longer than what is looked at', () => {
    const tag = read(9, `97 1f ${'00'.repeat(32)} 01 68766331 00`);
    assert.deepEqual([tag.role, tag.codec], ['frame', '']);
  });
});
